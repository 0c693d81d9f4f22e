using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>How far back the logs of changes are read, live and through the real program: as far as the state that is compared with, whichever it is.</summary>
public sealed class ChangeLogs : IDisposable
{
    private const string Products = "apigee/acme/apiproducts.json";
    private const string Product = "organizations/acme/apiproducts/orders";

    private const string Configuration = """
        pipeline:
          actors: ["terraform@*"]
        """;

    private static readonly string[] Logs = ["--include", "system-log,audit-log", "--report", "json", "--fail-on", "never"];

    private readonly TemporaryFolder served = new();
    private readonly Estate acme = Estate.Load("acme");

    public void Dispose() => served.Dispose();

    [Fact]
    public async Task The_log_is_read_from_the_state_that_is_compared_with_and_not_from_the_last_run()
    {
        await using var estate = await ServeAsync(("ana@acme.example", 20), ("terraform@acme.example", 0.5));
        await KeepAsync(estate, 30, "manual");
        await KeepAsync(estate, 1, "auto");
        var run = await estate.RunAsync(["audit", "--store", "auditor.db", "--compare-with", "run:1", .. Logs]);
        var by = Attribution(run);
        Assert.Equal("candidates", by.GetProperty("confidence").GetString());
        Assert.Equal(["ana@acme.example", "terraform@acme.example"], Actors(by));
        Assert.Equal("open", Verdict(run));
    }

    [Fact]
    public async Task The_log_of_Google_is_read_further_back_than_that_of_Okta()
    {
        await using var estate = await ServeAsync(("ana@acme.example", 200));
        await KeepAsync(estate, 300, "manual");
        var run = await estate.RunAsync(["audit", "--store", "auditor.db", .. Logs]);
        var by = Attribution(run);
        Assert.Equal("exact", by.GetProperty("confidence").GetString());
        Assert.Equal(["ana@acme.example"], Actors(by));
        Assert.Equal("fail", Verdict(run));
    }

    [Fact]
    public async Task What_the_log_leaves_out_is_no_pass()
    {
        await using var estate = await ServeAsync(("ana@acme.example", 20), ("terraform@acme.example", 0.5));
        await KeepAsync(estate, 30, "manual");
        var run = await estate.RunAsync(["audit", "--store", "auditor.db", "--since", "7d", .. Logs]);
        var by = Attribution(run);
        Assert.Equal("candidates", by.GetProperty("confidence").GetString());
        Assert.Equal(["terraform@acme.example"], Actors(by));
        Assert.Contains("UTC on, and the earlier state is older", by.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Equal("open", Verdict(run));
    }

    // The organization as it is now, with what its log has.
    private async Task<SimulatedEstate> ServeAsync(params (string Actor, double DaysAgo)[] changes)
    {
        var entries = changes
            .Reverse()
            .Select(change => (change.Actor, Time: Ago(change.DaysAgo)))
            .Select(change =>
                $$"""
                    { "timestamp": "{{change.Time}}", "logName": "projects/acme/logs/cloudaudit.googleapis.com%2Factivity", "protoPayload": {
                      "serviceName": "apigee.googleapis.com", "methodName": "google.cloud.apigee.v1.ApiProductService.UpdateApiProduct",
                      "resourceName": "{{Product}}", "authenticationInfo": { "principalEmail": "{{change.Actor}}" } } }
                    """
            );
        acme.Replace(Products, "\"approvalType\": \"manual\"", "\"approvalType\": \"auto\"")
            .With("apigee/acme/audit.json", $$"""{"entries":[{{string.Join(',', entries)}}] }""")
            .WriteTo(served.Path);
        return await SimulatedEstate.StartAsync(served.Path, Configuration);
    }

    // A night of the same estate, from its recording, as it was then.
    private async Task KeepAsync(SimulatedEstate estate, double daysAgo, string approval)
    {
        var night = "night-" + daysAgo.ToString(CultureInfo.InvariantCulture);
        var collected = await estate.RunAsync("collect", "--out", night);
        Assert.Equal((0, ""), (collected.Code, collected.Output));
        var recording = Path.Combine(estate.Work, night);
        await EditAsync(Path.Combine(recording, Products), document => document["apiProduct"]![0]!["approvalType"] = approval);
        await EditAsync(Path.Combine(recording, "recording.json"), document => document["capturedAt"] = Ago(daysAgo));
        var run = await estate.RunAsync("audit", night, "--store", "auditor.db", "--fail-on", "never");
        Assert.Equal((0, ""), (run.Code, run.Error));
    }

    private static async Task EditAsync(string file, Action<JsonNode> edit)
    {
        var document = JsonNode.Parse(await File.ReadAllTextAsync(file, Cancel))!;
        edit(document);
        await File.WriteAllTextAsync(file, document.ToJsonString(), Cancel);
    }

    private static JsonElement Attribution(Run run)
    {
        Assert.Equal("", run.Error);
        return Assert
            .Single(
                JsonDocument.Parse(run.Output).RootElement.GetProperty("changes").GetProperty("entities").EnumerateArray(),
                change => change.GetProperty("kind").GetString() == "API product"
            )
            .GetProperty("attribution");
    }

    private static IEnumerable<string?> Actors(JsonElement by) =>
        by.GetProperty("actors").EnumerateArray().Select(actor => actor.GetProperty("name").GetString());

    private static string Verdict(Run run) =>
        Assert
            .Single(
                JsonDocument.Parse(run.Output).RootElement.GetProperty("findings").EnumerateArray(),
                finding => finding.GetProperty("rule").GetString() == "DRF-005"
            )
            .GetProperty("verdict")
            .GetString()!;

#pragma warning disable RS0030 // The program's clock is the world's.
    private static string Ago(double days) =>
        DateTimeOffset.UtcNow.AddDays(-days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
#pragma warning restore RS0030

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
