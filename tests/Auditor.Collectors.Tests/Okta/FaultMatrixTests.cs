using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Okta;

/// <summary>
/// Every way of failing at every thing that is read: it ends, it ends well or with a gap that says why, and it never ends with a part that looks read and is not. A run
/// after it is as if nothing had been.
/// </summary>
public sealed class FaultMatrixTests
{
    private static readonly byte[] Key = new byte[32];

    /// <summary>The faults, with the beginning of what is said where they last, and whether one more attempt mends them.</summary>
    private static readonly (Fault Fault, string Says, bool IsMended)[] Faults =
    [
        (Fault.Reset, "the answer", true),
        (Fault.CutBody, "the answer broke off", true),
        (Fault.CutWithoutLength, "the answer is not valid JSON", true),
        (Fault.Garbage, "the answer is not valid HTTP", true),
        (Fault.SilentHeaders, "there was no complete answer within", true),
        (Fault.SilentBody, "there was no complete answer within", true),
        (Fault.Drip, "there was no complete answer within", true),
        (Fault.ByteOrderMark, "the answer is not valid JSON", true),
        (Fault.Empty, "the answer is not valid JSON", true),
        (Fault.GzipBomb, "the answer is larger than", false),
        (Fault.HugeBody, "the answer is larger than", false),
        (Fault.LoginPage, "the answer is not valid JSON", true),
        (Fault.Latin1, "the answer is not valid JSON", true),
        (Fault.Null, "the answer is not a", false),
        (Fault.Body("a list of a number", 200, "[17]"), "1 rows could not be read", false),
        (Fault.ObjectInsteadOfList, "the answer", false),
        (Fault.Body("a member twice", 200, """{"a":1,"a":2}"""), "the answer is not valid JSON", true),
        (Fault.Body("deeper than any answer", 200, new string('[', 100) + new string(']', 100)), "the answer is not valid JSON", true),
        (Fault.RedirectElsewhere(new Uri("https://elsewhere.example/")), "the source answered 302", false),
        (Fault.Status(401), "401", false),
        (Fault.Body("403", 403, """{"errorCode":"E0000006"}"""), "403 E0000006", false),
        (Fault.Body("404", 404, """{"errorCode":"E0000007"}"""), "the source answered 404 E0000007", false),
        (Fault.Status(405), "the source answered 405", false),
        (Fault.Status(423), "the source answered 423", true),
        (Fault.Status(500), "the source answered 500", true),
        (Fault.Status(502), "the source answered 502", true),
        (Fault.Status(503), "the source answered 503", true),
        (Fault.Status(504), "the source answered 504", true),
        (Fault.Status(429), "the source answered 429", true),
        (
            Fault.Status(429, ("X-Rate-Limit-Limit", "0"), ("X-Rate-Limit-Remaining", "0"), ("X-Rate-Limit-Reset", "1")) with
            {
                Name = "429 for concurrency",
            },
            "the source answered 429",
            true
        ),
        (Fault.Status(429, ("Retry-After", "30")) with { Name = "429 with Retry-After" }, "the source answered 429", true),
    ];

    /// <summary>What can go wrong with an answer.</summary>
    internal static IEnumerable<Fault> Lasting => Faults.Select(entry => entry.Fault);

    /// <summary>Of that, what one more attempt mends.</summary>
    internal static IEnumerable<Fault> Mended => Faults.Where(entry => entry.IsMended).Select(entry => entry.Fault);

    /// <summary>Those that one more attempt mends.</summary>
    public static TheoryData<string> Passing => [.. Faults.Where(fault => fault.IsMended).Select(fault => fault.Fault.Name)];

    /// <summary>All of them.</summary>
    public static TheoryData<string> Names => [.. Faults.Select(fault => fault.Fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_that_lasts_becomes_a_gap_that_says_why(string name)
    {
        var (fault, says, _) = Faults.Single(entry => entry.Fault.Name == name);
        // What others hang on is made to fail on its own: below it, nothing would be asked for.
        foreach (var kind in new[] { "lists", "policies", "rest" })
        {
            await using var org = await SimulatedOrg.MeridianAsync();
            org.Simulator.Server.Faults.Add(request => Kind(request.Path.Value!) == kind, fault);
            var landscape = await org.CollectAsync(manners: Brisk);
            var hit = landscape
                .Coverage.Where(entry => Kind(Path(entry.Part)) == kind)
                // Agents are not in Okta's OpenAPI file: that they are refused means that there are none. Of the org's own document nothing is needed but that it is one.
                .Where(entry => !(entry.Part.EndsWith("/ai-agents", StringComparison.Ordinal) && fault.Name is "403" or "404" or "405"))
                .Where(entry => !(entry.Part.EndsWith("/org", StringComparison.Ordinal) && fault == Fault.ObjectInsteadOfList))
                .ToArray();
            Assert.True(hit.Length >= 2, kind);
            Assert.All(
                hit,
                entry =>
                    Assert.True(
                        entry.Coverage.IsGap
                            && Expected(entry.Part, says).Any(text => entry.Coverage.Reason!.Contains(text, StringComparison.Ordinal)),
                        $"{entry.Part}: {entry.Coverage.State}: {entry.Coverage.Reason}"
                    )
            );
            Assert.All(
                landscape.Coverage.Where(entry =>
                    Kind(Path(entry.Part)) != kind && !entry.Part.EndsWith("/logs", StringComparison.Ordinal)
                ),
                entry => Assert.True(entry.Coverage.IsComplete, $"{entry.Part}: {entry.Coverage.State}: {entry.Coverage.Reason}")
            );
        }
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_fault_that_passes_leaves_no_trace(string name)
    {
        var fault = Faults.Single(entry => entry.Fault.Name == name).Fault;
        await using var org = await SimulatedOrg.MeridianAsync();
        var clean = await RecordedAsync(org);
        foreach (var path in org.Simulator.Reads.Select(request => request.Path).Distinct(StringComparer.Ordinal).ToArray())
        {
            org.Simulator.Server.Faults.Add(path, fault, times: 1);
        }

        Assert.Equal(clean, await RecordedAsync(org, Brisk with { Attempts = 5 }));
        org.Simulator.Server.Faults.Clear();
        Assert.Equal(clean, await RecordedAsync(org));
    }

    [Theory]
    [InlineData("circle")]
    [InlineData("elsewhere")]
    [InlineData("other path")]
    [InlineData("no address")]
    [InlineData("repeated")]
    [InlineData("longer than any")]
    [InlineData("empty for ever")]
    [InlineData("fails")]
    [InlineData("not a list")]
    public async Task A_list_whose_pages_go_wrong_is_partial_and_keeps_what_came(string how)
    {
        await using var foreign = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("[]"));
        await using var org = await SimulatedOrg.MeridianAsync();
        var pages = 0;
        org.Simulator.Server.Faults.Add(
            "/api/v1/groups",
            new Fault(
                how,
                (context, _) =>
                {
                    var page = Interlocked.Increment(ref pages);
                    var here = $"{context.Request.Scheme}://{context.Request.Host}/api/v1/groups";
                    var next = how switch
                    {
                        "circle" => here + "?limit=200&after=same",
                        "elsewhere" => new Uri(foreign.Origin, "api/v1/groups?after=2").AbsoluteUri,
                        "other path" => $"{context.Request.Scheme}://{context.Request.Host}/api/v1/org",
                        "no address" => "http://[",
                        _ => $"{here}?limit=200&after={page}",
                    };
                    context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
                    if (page > 1 && how == "fails")
                    {
                        context.Response.StatusCode = 403;
                        return Task.CompletedTask;
                    }

                    return context.Response.WriteAsync(
                        how switch
                        {
                            "repeated" => """[{"id":"00g1","profile":{"name":"one"},"type":"OKTA_GROUP"}]""",
                            "empty for ever" when page > 1 => "[]",
                            "not a list" when page > 1 => """{"a":1}""",
                            _ => $$"""[{"id":"00g{{page}}","profile":{"name":"n{{page}}"},"type":"OKTA_GROUP"}]""",
                        }
                    );
                }
            )
        );
        var landscape = await org.CollectAsync(manners: how == "longer than any" ? Brisk with { MaxRows = 50 } : Brisk);
        Assert.IsType<Model.Coverage.Partial>(landscape.Okta[0].Groups.Coverage);
        Assert.Contains(landscape.Okta[0].Groups.Items, group => group.Id == "00g1");
        Assert.Empty(foreign.Requests);
        Assert.InRange(pages, 1, 110);
    }

    [Fact]
    public async Task An_org_that_is_down_altogether_is_a_gap_in_every_part()
    {
        foreach (
            var fault in new[]
            {
                Fault.Reset,
                Fault.Status(503),
                Fault.LoginPage,
                Fault.SilentHeaders,
                Fault.Status(401),
                Fault.Status(403),
                Fault.Status(429),
            }
        )
        {
            await using var org = await SimulatedOrg.MeridianAsync();
            org.Simulator.Server.Faults.Add(_ => true, fault);
            var landscape = await org.CollectAsync(manners: Brisk with { FailuresInARow = 3 });
            Assert.NotEmpty(landscape.Coverage);
            Assert.All(
                landscape.Coverage.Where(entry =>
                    !entry.Part.EndsWith("/logs", StringComparison.Ordinal)
                    // That agents are refused means that there are none.
                    && !(entry.Part.EndsWith("/ai-agents", StringComparison.Ordinal) && fault.Name == "403")
                ),
                entry => Assert.True(entry.Coverage.IsGap, $"{fault.Name}: {entry.Part}: {entry.Coverage.State}")
            );
        }
    }

    [Fact]
    public async Task Three_requests_of_ten_fail_and_everything_is_read()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var clean = await RecordedAsync(org);
        // Of seven paths three fail once: with the attempts that mend it, three requests of ten.
        foreach (
            var path in org.Simulator.Reads.Select(request => request.Path).Distinct(StringComparer.Ordinal).Where((_, i) => i % 7 < 3)
        )
        {
            org.Simulator.Server.Faults.Add(path, Fault.Status(503), times: 1);
        }

        Assert.Equal(clean, await RecordedAsync(org));
    }

    [Theory]
    [InlineData("token endpoint down")]
    [InlineData("token endpoint answers with a login page")]
    [InlineData("token endpoint refuses")]
    [InlineData("token endpoint answers without a token")]
    [InlineData("token endpoint asks for a nonce for ever")]
    public async Task Without_a_token_everything_is_a_gap_and_the_endpoint_is_not_hammered(string how)
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        var fault = how switch
        {
            "token endpoint down" => Fault.Status(503),
            "token endpoint answers with a login page" => Fault.LoginPage,
            "token endpoint refuses" => Fault.Body("refusal", 401, """{"error":"invalid_client"}"""),
            "token endpoint answers without a token" => Fault.Body("none", 200, """{"token_type":"Bearer","access_token":"a\nb"}"""),
            _ => new Fault(
                "nonce",
                (context, _) =>
                {
                    context.Response.StatusCode = 400;
                    context.Response.Headers["DPoP-Nonce"] = Guid.NewGuid().ToString();
                    return context.Response.WriteAsync("""{"error":"use_dpop_nonce"}""");
                }
            ),
        };
        org.Simulator.Server.Faults.Add(SimulatedTokens.Path, fault);
        var landscape = await org.CollectAsync(org.Connection(app), Brisk);
        Assert.All(
            landscape.Coverage.Where(entry => !entry.Part.EndsWith("/logs", StringComparison.Ordinal)),
            entry => Assert.True(entry.Coverage.IsGap, $"{entry.Part}: {entry.Coverage.State}")
        );
        Assert.InRange(org.Simulator.Server.Requests.Count(request => request.Path == SimulatedTokens.Path), 1, 8);
    }

    private static Manners Brisk { get; } =
        SimulatedOrg.Quick with
        {
            Attempts = 2,
            // So small that it takes nothing to be larger.
            MaxBody = 1024 * 1024,
            FailuresInARow = int.MaxValue,
            WaitingBudget = TimeSpan.FromDays(100),
        };

    // What is asked for first, what it leads to, and what that leads to.
    private static string Kind(string path) =>
        path.EndsWith("/authorizationServers", StringComparison.Ordinal) || path.EndsWith("/apps", StringComparison.Ordinal) ? "lists"
        : path.EndsWith("/policies", StringComparison.Ordinal) ? "policies"
        : path.StartsWith("/.well-known/", StringComparison.Ordinal) || path.EndsWith("/logs", StringComparison.Ordinal) ? "neither"
        : "rest";

    private static string Path(string part) => part[part.LastIndexOf('/')..];

    private static string[] Expected(string part, string says) =>
        part.EndsWith("/org", StringComparison.Ordinal) || part.EndsWith("/metadata", StringComparison.Ordinal)
            ? [says, "the answer is not an object", "the answer has no"]
            : [says, "the answer has no"];

    private static async Task<SortedDictionary<string, string>> RecordedAsync(SimulatedOrg org, Manners? manners = null)
    {
        await org.CollectAsync(manners: manners ?? Brisk, redactor: new Redactor(Key));
        return SimulatedOrg.Files(org.Recording);
    }
}
