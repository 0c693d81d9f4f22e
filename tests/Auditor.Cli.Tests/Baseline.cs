using System.Text.Json;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Known findings in a reviewed file: they are told, and only new ones fail.</summary>
public sealed class Baseline
{
    private static readonly string[] Json = ["--report", "json"];

    [Fact]
    public async Task What_is_known_does_not_fail_and_what_is_new_does()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        Assert.Equal(1, (await AuditorProgram.RunAsync(folder.Path, ["audit", "."])).Code);

        var create = await AuditorProgram.RunAsync(
            folder.Path,
            ["baseline", "create", ".", "--reason", "since before we looked", "--approver", "ciso@acme.example"]
        );
        Assert.Equal((0, ""), (create.Code, create.Output));
        Assert.Contains("auditor-baseline.json: 1 taken in, 0 taken out, 0 kept.", create.Error, StringComparison.Ordinal);

        var known = await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--baseline", "auditor-baseline.json", .. Json]);
        Assert.Equal(0, known.Code);
        var finding = Assert.Single(Findings(known));
        Assert.False(finding.GetProperty("new").GetBoolean());
        Assert.Equal("since before we looked", finding.GetProperty("accepted").GetProperty("reason").GetString());
        Assert.Equal("ciso@acme.example", finding.GetProperty("accepted").GetProperty("by").GetString());

        // A second defect: only it counts, and only it is listed where only what is new is asked for.
        Inputs
            .TrailingSlash()
            .Replace(Inputs.Policy("VJ-Okta"), "<Algorithm>RS256</Algorithm>", "<Algorithm>RS256,HS256</Algorithm>")
            .WriteTo(folder.Path);
        var both = await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--baseline", "auditor-baseline.json", "--new-only"]);
        Assert.Equal(1, both.Code);
        Assert.Contains("[KEY-006]", both.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("[AUD-001]", both.Output, StringComparison.Ordinal);
        Assert.Contains("that is not new is not listed here", both.Output, StringComparison.Ordinal);
        var sarif = await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--baseline", "auditor-baseline.json", "--report", "sarif"]);
        Assert.Contains("\"baselineState\": \"new\"", sarif.Output, StringComparison.Ordinal);
        Assert.Contains("\"baselineState\": \"unchanged\"", sarif.Output, StringComparison.Ordinal);
        Assert.Contains("\"justification\": \"since before we looked\"", sarif.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_takes_in_and_out_and_prune_only_out()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "known.json");
        Inputs.TrailingSlash().WriteTo(folder.Path);
        await AuditorProgram.RunAsync(folder.Path, ["baseline", "create", ".", "--baseline", "known.json"]);
        var first = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        AuditorProgram.EndsWithOneLine(
            await AuditorProgram.RunAsync(folder.Path, ["baseline", "create", ".", "--baseline", "known.json"]),
            2,
            "'auditor baseline update' brings it up to date"
        );

        Estate
            .Load("acme")
            .Replace(Inputs.Policy("VJ-Okta"), "<Algorithm>RS256</Algorithm>", "<Algorithm>RS256,HS256</Algorithm>")
            .WriteTo(folder.Path);
        var audit = await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--baseline", "known.json"]);
        Assert.Contains("One finding of the baseline is gone", audit.Output, StringComparison.Ordinal);
        var prune = await AuditorProgram.RunAsync(folder.Path, ["baseline", "prune", ".", "--baseline", "known.json"]);
        Assert.Contains("0 taken in, 1 taken out, 0 kept", prune.Error, StringComparison.Ordinal);
        var update = await AuditorProgram.RunAsync(folder.Path, ["baseline", "update", ".", "--baseline", "known.json"]);
        Assert.Contains("1 taken in, 0 taken out, 0 kept", update.Error, StringComparison.Ordinal);
        Assert.NotEqual(first, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_taken_out_for_what_could_not_be_read()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        await AuditorProgram.RunAsync(folder.Path, ["baseline", "create", "."]);
        Estate.Load("acme").With("okta/acme.okta.com/api/v1/apps.json", "[not json").WriteTo(folder.Path);
        var update = await AuditorProgram.RunAsync(folder.Path, ["baseline", "update", "."]);
        Assert.Equal(4, update.Code);
        Assert.Contains("0 taken out, 1 kept", update.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{ \"auditorBaseline\": 1, \"findings\": [ { \"rule\": \"AUD-001\" } ] }")]
    [InlineData("{ \"auditorBaseline\": 1, \"findings\": [ 1 ] }")]
    [InlineData("not json")]
    public async Task What_is_no_baseline_is_refused(string text)
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        folder.Write("known.json", text);
        AuditorProgram.EndsWithOneLine(
            await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--baseline", "known.json"]),
            2,
            "known.json: is no baseline"
        );
    }

    private static JsonElement.ArrayEnumerator Findings(Run run) =>
        JsonDocument.Parse(run.Output).RootElement.GetProperty("findings").EnumerateArray();
}
