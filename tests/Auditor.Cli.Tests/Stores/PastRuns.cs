using System.Text.Json;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Stores;

/// <summary>What the runs of a store are good for later: what is new, what was accepted, reports of a past night, evidence.</summary>
public sealed class PastRuns : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task The_reports_of_a_past_run_are_those_that_it_had()
    {
        await NightsAsync();
        foreach (var (run, printed) in new[] { ("run:1", "first.json"), ("run:2", "second.json"), ("run:last", "second.json") })
        {
            var again = await RunAsync("render", run, "--store", "auditor.db", "--report", "json");
            Assert.Equal((0, ""), (again.Code, again.Error));
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(folder.Path, printed), TestContext.Current.CancellationToken),
                again.Output
            );
        }

        AuditorProgram.EndsWithOneLine(await RunAsync("render", "run:9", "--store", "auditor.db"), 2, "holds runs 1 to 2 of 'default'");
        AuditorProgram.EndsWithOneLine(await RunAsync("render", "run:1"), 2, "name the store with --store");
        AuditorProgram.EndsWithOneLine(await RunAsync("render", "run:1", "--store", "other.db"), 2, "'other.db' does not exist");
        Assert.False(File.Exists(Path.Combine(folder.Path, "other.db")));
    }

    [Fact]
    public async Task Two_past_runs_are_compared_and_the_text_says_what_changed_and_that_nobody_is_known()
    {
        await NightsAsync();
        var diff = await RunAsync("diff", "run:1", "run:2", "--store", "auditor.db");
        Assert.Contains("property set 'okta' of environment 'prod' has changed", diff.Output, StringComparison.Ordinal);
        var audit = await RunAsync("render", "run:2", "--store", "auditor.db");
        Assert.Contains("Changed (since run 1 of 2026-11-20 02:00 UTC)", audit.Output, StringComparison.Ordinal);
        Assert.Contains("property set 'okta' of environment 'prod' has changed", audit.Output, StringComparison.Ordinal);
        Assert.Contains("the audit log of Apigee was not read", audit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_new_is_known_neither_to_the_last_run_nor_to_the_baseline()
    {
        await NightsAsync();

        // Without drift: of an audience that is put right, it says that tokens pass which were refused.
        string[] plain = ["--store", "auditor.db", "--exclude-rules", "DRF"];
        string[] store = [.. plain, "--new-only"];

        // The third night knows the finding from the second, and only the next one is new again.
        Assert.Equal(1, (await RunAsync(["audit", "second", .. plain])).Code);
        Assert.Equal(0, (await RunAsync(["audit", "second", .. store])).Code);
        Assert.Equal(0, (await RunAsync(["audit", "first", .. store])).Code);
        Assert.Equal(1, (await RunAsync(["audit", "second", .. store])).Code);
        Assert.Equal(0, (await RunAsync(["audit", "first", .. plain])).Code);

        // With a baseline, what it knows is not new whenever it comes back.
        Assert.Equal(0, (await RunAsync("baseline", "create", "second", "--baseline", "known.json")).Code);
        var known = await RunAsync(["audit", "second", .. store, "--baseline", "known.json", "--report", "json"]);
        Assert.Equal(0, known.Code);
        var finding = Assert.Single(Json(known).GetProperty("findings").EnumerateArray(), IsAudience);
        Assert.False(finding.GetProperty("new").GetBoolean());
    }

    [Fact]
    public async Task The_first_run_has_nothing_to_compare_with_and_drifts_from_nothing()
    {
        Prepare();
        Assert.Equal(0, (await RunAsync("audit", "first", "--store", "auditor.db", "--fail-on-drift")).Code);
        Assert.Equal(0, (await RunAsync("audit", "first", "--store", "auditor.db", "--fail-on-drift")).Code);
        Assert.Equal(1, (await RunAsync("audit", "second", "--store", "auditor.db", "--fail-on-drift", "--fail-on", "never")).Code);
    }

    [Theory]
    [InlineData("path: Entries/audience", "2026-12-31", true)]
    [InlineData("path: Entries/*", "2026-12-31", true)]
    [InlineData("value: https://api.acme.example/orders/", "2026-12-31", true)]
    [InlineData("value: https://elsewhere.example", "2026-12-31", false)]
    [InlineData("path: Entries/issuer", "2026-12-31", false)]
    [InlineData("path: Entries/audience", "2026-11-21", false)]
    public async Task A_change_that_somebody_accepted_is_listed_and_does_not_count(string which, string expires, bool accepted)
    {
        Prepare();
        folder.Write(
            "accepted.yaml",
            $"""
            changes:
              - entity: "*/propertysets/okta"
                {which}
                reason: The audience moves with the gateway, ticket 4711.
                approver: platform@acme.example
                expires: {expires}
            """
        );
        string[] options = ["--exceptions", "accepted.yaml", "--fail-on-drift", "--fail-on", "never"];
        Assert.Equal(0, (await RunAsync(["audit", "first", "--store", "auditor.db", .. options])).Code);
        var audit = await RunAsync(["audit", "second", "--store", "auditor.db", .. options, "--report", "json"]);
        var change = Assert.Single(
            Json(audit).GetProperty("changes").GetProperty("entities").EnumerateArray(),
            entity => entity.GetProperty("kind").GetString() == "property set"
        );
        Assert.Equal(accepted ? "ignored" : "modified", change.GetProperty("status").GetString());
        var rules = Json(audit).GetProperty("findings").EnumerateArray().Select(found => found.GetProperty("rule").GetString()).ToList();
        Assert.Equal(expires == "2026-11-21", rules.Contains("GOV-006"));
        if (accepted)
        {
            // Who gets in changes by it, and is accepted with it.
            Assert.Equal(0, audit.Code);
            Assert.DoesNotContain("DRF-004", rules);
            Assert.Contains("ticket 4711", change.GetProperty("ignoredBy").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("DRF-001", rules);
            var text = await RunAsync("render", "run:2", "--store", "auditor.db");
            Assert.Contains("accepted   property set 'okta' of environment 'prod'", text.Output, StringComparison.Ordinal);
            var markdown = await RunAsync("render", "run:2", "--store", "auditor.db", "--report", "markdown");
            Assert.Contains("## Accepted changes (3)", markdown.Output, StringComparison.Ordinal);
            Assert.Contains("it follows from what is accepted", markdown.Output, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(1, audit.Code);
        }
    }

    [Fact]
    public async Task A_pack_of_evidence_is_compared_with_the_last_run_and_is_one()
    {
        Prepare();
        string[] options = ["--store", "auditor.db", "--unsigned", "--out", "packs"];
        Assert.Equal(0, (await RunAsync(["evidence", "pack", "first", .. options])).Code);
        var second = await RunAsync(["evidence", "pack", "second", .. options]);
        Assert.Equal((1, ""), (second.Code, second.Error));
        var text = await RunAsync("render", second.Output.TrimEnd('\n'));
        Assert.Contains("Changed (since run 1 of 2026-11-20 02:00 UTC)", text.Output, StringComparison.Ordinal);
        var history = await RunAsync("history", "--store", "auditor.db", "--format", "json");
        Assert.Equal(
            [(2, 1), (1, 0)],
            Json(history)
                .GetProperty("runs")
                .EnumerateArray()
                .Select(run => (run.GetProperty("number").GetInt32(), run.GetProperty("exitCode").GetInt32()))
        );
    }

    [Fact]
    public async Task A_run_of_which_no_pack_could_be_written_is_not_kept()
    {
        Prepare();
        string[] store = ["--store", "auditor.db", "--unsigned", "--out"];
        Assert.Equal(0, (await RunAsync(["evidence", "pack", "first", .. store, "packs"])).Code);
        folder.Write("occupied", "");
        AuditorProgram.EndsWithOneLine(
            await RunAsync(["evidence", "pack", "second", .. store, "occupied/packs"]),
            2,
            "The pack cannot be written"
        );
        Assert.Equal(1, Json(await RunAsync("history", "--store", "auditor.db", "--format", "json")).GetProperty("runs").GetArrayLength());

        // The next pack tells of the change that the lost one would have told of.
        var second = await RunAsync(["evidence", "pack", "second", .. store, "packs"]);
        Assert.Equal((1, ""), (second.Code, second.Error));
        var text = await RunAsync("render", second.Output.TrimEnd('\n'));
        Assert.Contains("property set 'okta' of environment 'prod' has changed", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_night_that_was_missed_is_told_by_the_next_one()
    {
        Prepare();
        folder.Write("auditor.yaml", "store: { location: auditor.db, every: 1d, keep: 30d }");
        Assert.Equal(0, (await RunAsync("audit", "first")).Code);
        Inputs.TrailingSlash().Replace("recording.json", "2026-11-20", "2026-11-24").WriteTo(Path.Combine(folder.Path, "late"));
        var late = await RunAsync("audit", "late", "--report", "json");
        var hole = Assert.Single(
            Json(late).GetProperty("findings").EnumerateArray(),
            finding => finding.GetProperty("rule").GetString() == "DRF-006"
        );
        Assert.Contains("3 runs are missing", hole.GetProperty("message").GetString(), StringComparison.Ordinal);
        var history = await RunAsync("history");
        Assert.Contains("3 runs missing between run 1 and run 2", history.Output, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private async Task NightsAsync()
    {
        Prepare();
        foreach (var (night, code) in new[] { ("first", 0), ("second", 1) })
        {
            var run = await RunAsync("audit", night, "--store", "auditor.db", "--report", "json=" + night + ".json");
            Assert.Equal((code, ""), (run.Code, run.Error));
        }
    }

    private void Prepare()
    {
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "first"));
        Inputs.TrailingSlash().Replace("recording.json", "2026-11-20", "2026-11-21").WriteTo(Path.Combine(folder.Path, "second"));
    }

    private Task<Run> RunAsync(params string[] arguments) => AuditorProgram.RunAsync(folder.Path, arguments);

    private static bool IsAudience(JsonElement finding) => finding.GetProperty("rule").GetString() == "AUD-001";

    private static JsonElement Json(Run run)
    {
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }
}
