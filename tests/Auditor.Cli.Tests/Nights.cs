using System.Text.Json;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>
/// An estate night after night, through the real program: a quiet night, one after which somebody widened a rule and detached a hook, and one after both were repaired.
/// </summary>
public sealed class Nights(NightlyStore nightly) : IClassFixture<NightlyStore>
{
    [Fact]
    public void The_first_night_is_clean()
    {
        Assert.Equal((0, ""), (nightly.First.Code, nightly.First.Error));
        Assert.EndsWith("clean\n", nightly.First.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_night_fails_and_names_both_changes()
    {
        Assert.Equal(1, nightly.Second.Code);
        var changes = nightly.SecondReport.GetProperty("changes").GetProperty("entities").EnumerateArray().ToList();
        var hook = Assert.Single(changes, change => Text(change, "kind") == "flow hook");
        Assert.Equal(("modified", "critical", "weakens"), (Text(hook, "status"), Text(hook, "impact"), Text(hook, "direction")));
        var rule = Assert.Single(changes, change => Text(change, "kind") == "access rule");
        Assert.Equal(("modified", "weakens"), (Text(rule, "status"), Text(rule, "direction")));
        Assert.Equal(2, changes.Count(change => !change.TryGetProperty("access", out _)));
    }

    [Fact]
    public void The_second_night_names_who_did_it_and_when()
    {
        var entities = nightly.SecondReport.GetProperty("changes").GetProperty("entities").EnumerateArray().ToList();
        (string Kind, string Name, string At)[] expected =
        [
            ("access rule", "Ana Beck", "2026-11-20T14:03:00Z"),
            ("flow hook", "ben@meridian.example", "2026-11-20T15:30:00Z"),
        ];
        foreach (var (kind, name, at) in expected)
        {
            var attribution = entities.Single(change => Text(change, "kind") == kind).GetProperty("attribution");
            Assert.Equal("exact", Text(attribution, "confidence"));
            var actor = Assert.Single(attribution.GetProperty("actors").EnumerateArray());
            Assert.Equal((name, at), (Text(actor, "name"), Text(actor, "at")));
        }
    }

    [Fact]
    public void The_second_night_says_whose_access_was_widened_and_how_to_see_it()
    {
        var wider = nightly
            .SecondReport.GetProperty("changes")
            .GetProperty("entities")
            .EnumerateArray()
            .Where(change => change.TryGetProperty("access", out var access) && access.GetString() == "wider")
            .ToList();
        Assert.Equal(2, wider.Count);
        Assert.All(wider, change => Assert.Contains("orders.admin", Text(change, "example"), StringComparison.Ordinal));
        var findings = nightly.SecondReport.GetProperty("findings").EnumerateArray().Where(finding => Text(finding, "rule") == "DRF-004");
        Assert.All(
            findings,
            finding =>
                Assert.Contains("Ana Beck", finding.GetProperty("related")[0].GetProperty("text").GetString(), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_second_night_opens_findings_and_the_third_closes_them()
    {
        string[] opened =
        [
            .. NewFindings(nightly.SecondReport).Where(rule => !rule.StartsWith("DRF-", StringComparison.Ordinal)).Distinct(),
        ];
        // The rule was widened in production alone, which staging no longer shows.
        Assert.Equal(["APP-009", "APP-004", "ENV-006"], opened);
        var gone = nightly.ThirdReport.GetProperty("vanished").EnumerateArray().Select(finding => Text(finding, "rule")).Distinct();
        Assert.Equal(opened.Order(StringComparer.Ordinal), gone.Order(StringComparer.Ordinal));
        // That something was put back is told, and is no defect.
        Assert.Equal(0, nightly.Third.Code);
        Assert.All(nightly.ThirdReport.GetProperty("findings").EnumerateArray(), finding => Assert.Equal("note", Text(finding, "level")));
    }

    [Fact]
    public async Task The_trend_shows_it()
    {
        var text = await nightly.RunAsync("history", "--store", "auditor.db", "--every", "1d");
        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.Contains("errors   ▁█▁  0 → 0\n", text.Output, StringComparison.Ordinal);
        using var history = JsonDocument.Parse((await nightly.RunAsync("history", "--store", "auditor.db", "--format", "json")).Output);
        var runs = history.RootElement.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal(
            [(3, 0, 2), (2, 1, 2), (1, 0, 0)],
            runs.Select(run => (Number(run, "number"), Number(run, "exitCode"), Number(run, "changes")))
        );
    }

    [Fact]
    public async Task Any_two_nights_can_be_compared()
    {
        var same = await nightly.RunAsync("diff", "run:1", "run:last", "--store", "auditor.db");
        Assert.Equal((0, ""), (same.Code, same.Error));
        Assert.Contains("no change\n", same.Output, StringComparison.Ordinal);
        var other = await nightly.RunAsync("diff", "run:1", "second", "--store", "auditor.db", "--quiet");
        Assert.Equal((1, "2 changes (1 critical, 1 medium); access: 2 wider\n"), (other.Code, other.Output));
    }

    [Fact]
    public async Task A_second_audit_at_the_same_time_is_refused()
    {
        var series = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("busy"u8).AsSpan(0, 6));
        await using var claim = new FileStream(
            Path.Combine(nightly.Folder, $"auditor.db.{series}.lock"),
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.None
        );
        var run = await nightly.RunAsync("audit", "first", "--store", "auditor.db", "--series", "busy");
        AuditorProgram.EndsWithOneLine(run, 4, "Another audit of 'busy' is going on");
    }

    [Theory]
    [InlineData("not a store at all, and long enough to be taken for something", "is not a history store")]
    [InlineData("", "clean")]
    public async Task A_store_that_cannot_be_used_does_not_take_the_report_with_it(string content, string says)
    {
        var file = Path.Combine(nightly.Folder, $"fault-{content.Length}.db");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat(content, 100)), TestContext.Current.CancellationToken);
        var run = await nightly.RunAsync("audit", "first", "--store", Path.GetFileName(file));
        Assert.Equal(content.Length == 0 ? 0 : 4, run.Code);
        Assert.NotEmpty(run.Output);
        Assert.Contains(says, run.Output + run.Error, StringComparison.Ordinal);
        Assert.Equal(content.Length == 0 ? 0 : 1, run.Complaints.Length);
    }

    [Fact]
    public async Task A_drift_can_fail_an_audit_that_has_no_findings()
    {
        Assert.Equal(0, (await nightly.RunAsync("audit", "first", "--compare-with", "second")).Code);
        Assert.Equal(1, (await nightly.RunAsync("audit", "first", "--compare-with", "second", "--fail-on-drift")).Code);
        var run = await nightly.RunAsync("audit", "first", "--fail-on-drift");
        AuditorProgram.EndsWithOneLine(run, 2, "--fail-on-drift needs something to compare with");
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    [InlineData("sarif")]
    [InlineData("html")]
    [InlineData("markdown")]
    public async Task A_difference_can_be_had_in_every_format_and_ends_with_the_same_code(string format)
    {
        var run = await nightly.RunAsync("diff", "first", "second", "--report", format);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Contains("PreProxyFlowHook", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run:last", "name the store")]
    [InlineData("nowhere", "does not exist")]
    public async Task A_side_that_is_not_there_is_said_to_be_missing(string side, string says) =>
        AuditorProgram.EndsWithOneLine(await nightly.RunAsync("diff", side, "first"), 2, says);

    [Fact]
    public async Task What_is_declared_is_compared_with_what_is_live()
    {
        // A checkout has the bundles without the numbers of revisions, and nothing else.
        const string Live = "apigee/meridian/apis/orders-v1/revisions/14/";
        var checkout = Estate.Empty();
        foreach (
            var path in nightly.Estate.Paths.Where(path =>
                path.StartsWith("apigee/meridian/apis/", StringComparison.Ordinal) && path.Contains("/apiproxy/", StringComparison.Ordinal)
            )
        )
        {
            checkout.With(path.Replace("apigee/meridian/apis/", "proxies/", StringComparison.Ordinal), nightly.Estate.Text(path));
        }

        checkout.WriteTo(Path.Combine(nightly.Folder, "checkout"));
        var same = await nightly.RunAsync("diff", "checkout", "first", "--declared");
        Assert.Equal((0, ""), (same.Code, same.Error));
        Assert.Contains("no change\n", same.Output, StringComparison.Ordinal);
        var policy = nightly.Estate.Paths.First(path =>
            path.StartsWith(Live + "apiproxy/policies/", StringComparison.Ordinal)
            && nightly.Estate.Text(path).Contains("<DisplayName>", StringComparison.Ordinal)
            && path.Contains("/RF-", StringComparison.Ordinal)
        );
        nightly
            .Estate.Copy()
            .With(policy, nightly.Estate.Text(policy).Replace("</StatusCode>", "9</StatusCode>", StringComparison.Ordinal))
            .WriteTo(Path.Combine(nightly.Folder, "edited"));
        var other = await nightly.RunAsync("diff", "checkout", "edited", "--declared", "--report", "json");
        Assert.Equal(1, other.Code);
        Assert.Contains("\"DRF-003\"", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task States_that_have_nothing_in_common_are_not_called_the_same()
    {
        Estate.Load("acme").WriteTo(Path.Combine(nightly.Folder, "elsewhere"));
        var run = await nightly.RunAsync("diff", "first", "elsewhere");
        Assert.Equal((4, ""), (run.Code, run.Error));
        Assert.DoesNotContain("no change", run.Output, StringComparison.Ordinal);
        Assert.Contains("nothing could be compared; ", run.Output, StringComparison.Ordinal);
        Assert.StartsWith(
            "incomplete nothing could be compared: ",
            run.Output[(run.Output.IndexOf("\nincomplete", StringComparison.Ordinal) + 1)..],
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("--declared", run.Output, StringComparison.Ordinal);
        var quiet = await nightly.RunAsync("diff", "first", "elsewhere", "--quiet");
        Assert.Equal(4, quiet.Code);
        Assert.StartsWith("nothing could be compared; ", quiet.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await nightly.RunAsync("diff", "first", "elsewhere", "--quiet", "--allow-incomplete")).Code);
    }

    [Theory]
    [InlineData("bundles", "first")]
    [InlineData("first", "bundles")]
    public async Task A_checkout_that_is_not_said_to_be_what_is_declared_gets_a_hint(params string[] sides)
    {
        foreach (var (path, text) in Inputs.Bundle)
        {
            var file = Path.Combine(nightly.Folder, "bundles", path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        }

        var run = await nightly.RunAsync(["diff", .. sides]);
        Assert.Equal((4, ""), (run.Code, run.Error));
        Assert.Contains(
            "if 'bundles' is what is declared, give it first, with --declared",
            string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal
        );
    }

    private static IEnumerable<string> NewFindings(JsonElement report) =>
        report
            .GetProperty("findings")
            .EnumerateArray()
            .Where(finding => finding.TryGetProperty("new", out var isNew) && isNew.GetBoolean())
            .Select(finding => Text(finding, "rule"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}

/// <summary>Three nights of Meridian in one store.</summary>
public sealed class NightlyStore : IAsyncLifetime
{
    private const string Rules = "okta/meridian.okta.com/api/v1/authorizationServers/aus1ord/policies/00p2ord/rules.json";
    private const string Hook = "apigee/meridian/environments/prod/flowhooks/PreProxyFlowHook.json";

    private readonly TemporaryFolder folder = new();

    public string Folder => folder.Path;

    public Estate Estate { get; } = Estate.Load("meridian");

    public Run First { get; private set; } = null!;

    public Run Second { get; private set; } = null!;

    public JsonElement SecondReport { get; private set; }

    public Run Third { get; private set; } = null!;

    public JsonElement ThirdReport { get; private set; }

    public Task<Run> RunAsync(params string[] arguments) => AuditorProgram.RunAsync(Folder, arguments);

    public async ValueTask InitializeAsync()
    {
        var estate = Estate;
        estate.WriteTo(Path.Combine(Folder, "first"));
        Night(estate, 21)
            .With(Rules, Widened(estate.Text(Rules)))
            .Replace(Hook, "\"sharedFlow\": \"sf-threat\",", "")
            .With(
                "okta/meridian.okta.com/api/v1/logs.json",
                """
                [{"uuid":"e1","published":"2026-11-20T14:03:00.000Z","eventType":"policy.rule.update",
                  "actor":{"id":"00u1","type":"User","displayName":"Ana Beck","alternateId":"ana@meridian.example"},
                  "target":[{"id":"RULE","type":"PolicyRule","displayName":"Services read and write"}],"outcome":{"result":"SUCCESS"}}]
                """.Replace("RULE", RuleId(estate.Text(Rules)), StringComparison.Ordinal)
            )
            .With(
                "apigee/meridian/audit.json",
                """
                {"entries":[{"timestamp":"2026-11-20T15:30:00Z","protoPayload":{
                  "methodName":"google.cloud.apigee.v1.FlowHookService.DetachSharedFlowFromFlowHook",
                  "resourceName":"organizations/meridian/environments/prod/flowhooks/PreProxyFlowHook",
                  "authenticationInfo":{"principalEmail":"ben@meridian.example"}}}]}
                """
            )
            .WriteTo(Path.Combine(Folder, "second"));
        Night(estate, 22).WriteTo(Path.Combine(Folder, "third"));
        First = await RunAsync("audit", "first", "--store", "auditor.db");
        Second = await RunAsync("audit", "second", "--store", "auditor.db", "--report", "json");
        SecondReport = Parsed(Second);
        Third = await RunAsync("audit", "third", "--store", "auditor.db", "--report", "json");
        ThirdReport = Parsed(Third);
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Estate Night(Estate estate, int day) =>
        estate
            .Copy()
            .With(
                "recording.json",
                $$"""
                { "format": 1, "capturedAt": "2026-11-{{day.ToString(System.Globalization.CultureInfo.InvariantCulture)}}T02:00:00Z",
                  "changesSince": { "okta/meridian.okta.com": "2026-11-20T02:00:00Z", "apigee/meridian": "2026-11-20T02:00:00Z" } }
                """
            );

    private static string RuleId(string rules)
    {
        using var document = JsonDocument.Parse(rules);
        return document.RootElement[0].GetProperty("id").GetString()!;
    }

    private static string Widened(string rules)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(rules)!;
        root[0]!["conditions"]!["scopes"]!["include"]!.AsArray().Add("orders.admin");
        return root.ToJsonString();
    }

    private static JsonElement Parsed(Run run)
    {
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }
}
