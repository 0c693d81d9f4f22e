using System.Globalization;
using Auditor.Collectors.Live;
using Auditor.Collectors.Tests.Okta;
using Auditor.Model;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>
/// Every way of failing at every thing that is read of an Apigee organization: it ends, it ends well or with a gap that says why, and never with a part that looks read
/// and is not. A run after it is as if nothing had been.
/// </summary>
public sealed class ApigeeFaultTests
{
    /// <summary>What can go wrong with the answer to any request.</summary>
    private static readonly Fault[] Faults =
    [
        .. FaultMatrixTests.Lasting,
        GoogleError.OutsidePerimeter.AsFault("outside the perimeter"),
        GoogleError.ServiceDisabled("estate").AsFault("service disabled"),
        GoogleError.Exhausted("RequestsPerMinute").AsFault("quota"),
        Fault.Body("names that are numbers", 200, "[1,2]"),
    ];

    /// <summary>The things that others hang on fail on their own: below them, nothing would be asked for.</summary>
    public static TheoryData<string> Layers => ["roots", "lists", "leaves"];

    [Theory]
    [MemberData(nameof(Layers))]
    public async Task A_fault_that_lasts_becomes_a_gap(string layer)
    {
        await using var organization = await SimulatedOrganization.StartAsync(Small);
        var clean = await organization.CollectAsync();
        var files = organization.Recorded();
        var wrong = new List<string>();
        foreach (var fault in Faults)
        {
            organization.Simulator.Server.Faults.Add(request => LayerOf(Below(request)) == layer, fault);
            var landscape = await organization.CollectAsync(manners: Brisk);
            organization.Simulator.Server.Faults.Clear();
            wrong.AddRange(Wrong(fault, landscape, clean, files, organization.Recorded(), layer).Select(text => $"{fault.Name}: {text}"));
        }

        Assert.True(wrong is [], string.Join('\n', wrong));
        await organization.CollectAsync(manners: Brisk);
        Assert.Equal(files, organization.Recorded());
    }

    [Fact]
    public async Task A_fault_that_passes_leaves_no_trace()
    {
        await using var organization = await SimulatedOrganization.StartAsync(Small);
        await organization.CollectAsync();
        var files = organization.Recorded();
        string[] paths = [.. organization.Simulator.Reads.Select(request => request.Path).Distinct(StringComparer.Ordinal)];
        foreach (var fault in FaultMatrixTests.Mended)
        {
            // Of a property set nothing tells that it is not whole, or that it is not one.
            foreach (var path in paths.Where(path => !path.Contains("/resourcefiles/properties/", StringComparison.Ordinal)))
            {
                organization.Simulator.Server.Faults.Add(path, fault, times: 1);
            }

            await organization.CollectAsync(manners: Brisk with { Attempts = 5 });
            organization.Simulator.Server.Faults.Clear();
            Assert.Equal(files, organization.Recorded());
        }
    }

    [Fact]
    public async Task Three_requests_of_ten_fail_and_everything_is_read()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        await organization.CollectAsync();
        var files = organization.Recorded();
        // Of seven paths three fail once: with the attempts that mend it, three requests of ten.
        foreach (
            var path in organization
                .Simulator.Reads.Select(request => request.Path)
                .Distinct(StringComparer.Ordinal)
                .Where((_, i) => i % 7 < 3)
        )
        {
            organization.Simulator.Server.Faults.Add(path, Fault.Status(503), times: 1);
        }

        await organization.CollectAsync();
        Assert.Equal(files, organization.Recorded());
    }

    [Theory]
    [InlineData("apiproducts", "apiProduct", "the same startKey again")]
    [InlineData("apiproducts", "apiProduct", "another row first")]
    [InlineData("apiproducts", "apiProduct", "fails")]
    [InlineData("apiproducts", "apiProduct", "not a list")]
    [InlineData("envgroups", "environmentGroups", "circle")]
    [InlineData("envgroups", "environmentGroups", "repeated")]
    [InlineData("envgroups", "environmentGroups", "empty for ever")]
    [InlineData("envgroups", "environmentGroups", "fails")]
    [InlineData("envgroups", "environmentGroups", "not a list")]
    public async Task A_list_whose_pages_go_wrong_is_partial_and_keeps_what_came(string list, string member, string how)
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var pages = 0;
        organization.Simulator.Server.Faults.Add(
            $"/v1/organizations/meridian/{list}",
            new Fault(
                how,
                (context, _) =>
                {
                    var page = Interlocked.Increment(ref pages);
                    if (page > 1 && how == "fails")
                    {
                        return GoogleError.Denied($"apigee.{list}.list", "organizations/meridian").AnswerAsync(context);
                    }

                    context.Response.ContentType = "application/json";
                    var token =
                        member == "apiProduct"
                            ? ""
                            : $$""","nextPageToken":"{{(how == "circle" ? "same" : page.ToString(CultureInfo.InvariantCulture))}}" """;
                    return context.Response.WriteAsync(
                        how switch
                        {
                            "not a list" when page > 1 => $$"""{"{{member}}":7}""",
                            "empty for ever" when page > 1 => $$"""{"nextPageToken":"{{page}}"}""",
                            "the same startKey again" or "repeated" => $$"""{"{{member}}":[{"name":"one"},{"name":"two"}]{{token}}}""",
                            _ => $$"""{"{{member}}":[{"name":"n{{page}}"},{"name":"m{{page}}"}]{{token}}}""",
                        }
                    );
                }
            )
        );
        var landscape = await organization.CollectAsync(manners: Brisk with { MaxRows = 100 });
        var part = landscape.Coverage.Single(entry => entry.Part == "apigee/meridian/" + list);
        Assert.True(part.Coverage is Coverage.Partial, $"{part.Coverage.State}: {part.Coverage.Reason}");
        Assert.InRange(pages, 2, 1_000);
    }

    [Fact]
    public async Task Bundles_that_are_damaged_hostile_or_something_else_are_gaps_and_the_others_are_read()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        await organization.CollectAsync();
        var archive = Path.Combine(organization.Recording, "apigee", "meridian", "apis", "orders-v1", "revisions", "14.zip");
        var good = await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken);
        var flipped = good.ToArray();
        flipped[flipped.Length / 2] ^= 0x40;
        foreach (
            var (name, bytes) in new (string, byte[])[]
            {
                ("cut", good[..(good.Length / 2)]),
                ("a byte that changed", flipped),
                ("empty", []),
                ("no archive", "PK no archive at all"u8.ToArray()),
                ("larger than an archive may be", new byte[16 * 1024 * 1024]),
            }
        )
        {
            organization.Simulator.Put("apis/orders-v1/revisions/14.zip", bytes);
            var landscape = await organization.CollectAsync(organization.Cached(), Brisk);
            Assert.Contains(
                landscape.Coverage,
                entry =>
                    entry.Coverage.IsGap
                    && entry.Part.Contains("/apis/", StringComparison.Ordinal)
                    && entry.Part.EndsWith("/revisions", StringComparison.Ordinal)
            );
            Assert.True(landscape.Apigee[0].Proxies.Coverage.IsGap, name);
            Assert.NotEmpty(landscape.Apigee[0].Proxies.Items);
        }

        // Nothing of it is in the cache.
        organization.Simulator.Remove("apis/orders-v1/revisions/14.zip");
        var mended = await organization.CollectAsync(organization.Cached());
        Assert.Empty(mended.Coverage.Where(entry => entry.Coverage.IsGap));
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_leaves_everything_denied_after_few_requests()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var connection = organization.Connection();
        organization.Simulator.Identity.AccessToken = "another";
        var landscape = await organization.CollectAsync(connection);
        Assert.NotEmpty(landscape.Coverage);
        Assert.All(landscape.Coverage, entry => Assert.True(entry.Coverage.IsGap, $"{entry.Part}: {entry.Coverage.State}"));
        Assert.InRange(organization.Simulator.Reads.Count, 1, 40);
    }

    [Fact]
    public async Task An_organization_that_is_down_altogether_is_a_gap_in_every_part()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        foreach (var fault in new[] { Fault.Reset, Fault.Status(503), Fault.LoginPage })
        {
            organization.Simulator.Server.Faults.Add(_ => true, fault);
            var landscape = await organization.CollectAsync(manners: Brisk with { FailuresInARow = 3 });
            organization.Simulator.Server.Faults.Clear();
            Assert.NotEmpty(landscape.Coverage);
            Assert.All(
                landscape.Coverage,
                entry => Assert.True(entry.Coverage.IsGap, $"{fault.Name}: {entry.Part}: {entry.Coverage.State}")
            );
        }
    }

    // One of everything that is read.
    private static GeneratedEstate Small { get; } =
        new()
        {
            Proxies = 1,
            DeployedRevisions = 1,
            SharedFlows = 1,
            Environments = 1,
            MapsPerEnvironment = 1,
            MapEntries = 2,
            TargetServersPerEnvironment = 1,
            Products = 1,
            DeveloperApps = 1,
        };

    private static Manners Brisk { get; } =
        SimulatedOrganization.Quick with
        {
            Attempts = 2,
            // So small that it takes nothing to be larger.
            MaxBody = 1024 * 1024,
            FailuresInARow = int.MaxValue,
            WaitingBudget = TimeSpan.FromDays(100),
        };

    // What was hit is a gap with a reason; what was not is whole; and no body was recorded as whole that is another than without the fault.
    private static IEnumerable<string> Wrong(
        Fault fault,
        Landscape landscape,
        Landscape clean,
        SortedDictionary<string, string> files,
        SortedDictionary<string, string> recorded,
        string layer
    )
    {
        var parts = landscape.Coverage.ToDictionary(entry => entry.Part, entry => entry.Coverage, StringComparer.Ordinal);
        foreach (var part in clean.Coverage.Select(entry => entry.Part))
        {
            var of = LayerOf(part["apigee/estate".Length..].TrimStart('/'));
            if (IsAnswer(part, fault))
            {
                continue;
            }

            if (!parts.TryGetValue(part, out var coverage))
            {
                // Not asked for, because what it hangs on could not be read: of aliases that is their keystore, which fails with them.
                if ((of == layer && !part.Contains("/aliases/", StringComparison.Ordinal)) || Rank(of) < Rank(layer))
                {
                    yield return $"{part} is missing";
                }
            }
            else if (of == layer && !coverage.IsGap)
            {
                yield return $"{part} is {coverage.State}";
            }
            else if (of == layer && coverage.Reason is null or "")
            {
                yield return $"{part} does not say why";
            }
            else if (Rank(of) < Rank(layer) && !coverage.IsComplete)
            {
                yield return $"{part} was not hit and is {coverage.State}: {coverage.Reason}";
            }
        }

        foreach (var (path, content) in recorded)
        {
            var error = path.EndsWith(".json", StringComparison.Ordinal) ? path[..^".json".Length] + ".error.json" : path + ".error.json";
            if (
                !path.EndsWith(".error.json", StringComparison.Ordinal)
                && !recorded.ContainsKey(error)
                && files.GetValueOrDefault(path) != content
            )
            {
                // Bodies that the reader refuses are recorded as they came; then the part is a gap, which was looked at above.
                if (LayerOf(path["apigee/estate/".Length..].Replace(".json", "", StringComparison.Ordinal)) != layer)
                {
                    yield return $"{path} is recorded as something else";
                }
            }
        }
    }

    // What goes wrong with other answers is a good one here. A property set may be any text, of any length; that an organization has no app groups is told by 404.
    private static bool IsAnswer(string part, Fault fault) =>
        part.EndsWith("/resourcefiles/properties/*", StringComparison.Ordinal)
            ? fault == Fault.CutWithoutLength || (fault != Fault.LoginPage && Texts.Contains(fault.Name, StringComparer.Ordinal))
            : part.EndsWith("/appgroups", StringComparison.Ordinal) && fault.Name == "404";

    private static readonly string[] Texts =
    [
        "Latin-1",
        "null",
        "a list of a number",
        "object instead of a list",
        "a member twice",
        "deeper than any answer",
        "byte order mark",
        "empty body",
        "names that are numbers",
    ];

    private static string Below(HttpRequest request) =>
        request.Path.Value!.StartsWith("/v2/", StringComparison.Ordinal) ? "audit"
        : request.Path.Value.EndsWith(":getProjectMapping", StringComparison.Ordinal) ? ":getProjectMapping"
        : request.Path.Value["/v1/organizations/estate".Length..].Trim('/');

    // What is asked for first, what it leads to, and what that leads to.
    private static string LayerOf(string path) =>
        path.Split('/') switch
        {
            [":getProjectMapping"] => "neither",
            [_] => "roots",
            ["environments", _] or ["environments", _, _] => "lists",
            ["envgroups", _, "attachments"] or ["apis", _, "keyvaluemaps"] => "lists",
            [.., "revisions"] or [.., "revisions", _] => "lists",
            _ => "leaves",
        };

    private static int Rank(string layer) => Array.IndexOf(["neither", "roots", "lists", "leaves"], layer);
}
