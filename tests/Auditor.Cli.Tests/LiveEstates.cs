using System.Text;
using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>
/// Both sides live, over real HTTP: what an audit says of them is, byte for byte and in every format, what the audit of their recording says, but for the one thing that
/// differs, which is where the input came from.
/// </summary>
public sealed class LiveEstates
{
    private static readonly string[] Everything = ["--include", "kvm-values,app-credentials,system-log,audit-log", "--since", "90d"];

    private static readonly string[] ValuesAndKeys = ["--include", "kvm-values,app-credentials"];

    // Everything that is known of a run is in this one.
    private static readonly string[] All = ["json"];

    [Theory]
    [InlineData("meridian", 0)]
    [InlineData("meridian-bad-day", 1)]
    public async Task A_live_audit_and_the_audit_of_its_recording_are_the_same_bytes(string name, int code)
    {
        await using var estate = await SimulatedEstate.SampleAsync(name);
        var collected = await estate.RunAsync(["collect", .. Everything]);
        Assert.Equal((0, ""), (collected.Code, collected.Output));
        var formats = await AuditorProgram.FormatsAsync();
        var live = await estate.RunAsync(["audit", .. Reports("live", formats), .. Everything]);
        Assert.Equal((code, "", ""), (live.Code, live.Output, live.Error));
        await CompareAsync(estate, code, formats);
        Assert.Empty(estate.Apigee.Writes);
        Assert.All(estate.Okta.SelectMany(org => org.Server.Requests), request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task An_estate_of_a_median_customer_is_read_with_the_requests_that_it_takes_and_audited_alike_live_and_recorded()
    {
        var generated = new GeneratedEstate();
        using var served = new TemporaryFolder(inMemory: true);
        generated.WriteTo(served.Path);
        await using var estate = await SimulatedEstate.StartAsync(served.Path);

        // The first night.
        var collected = await estate.RunAsync(["collect", .. ValuesAndKeys]);
        Assert.True(collected.Code == 0, collected.Error);
        Asked(estate, 0, 0, generated.ApigeeRequests, generated.OktaRequests);

        // A collection of any size takes what any run may. An audit holds all bundles at once, and every report of them.
        estate.Memory = [("DOTNET_GCHeapHardLimit", "40000000")];

        // Later the same night nothing is downloaded again; should midnight have come in between, a seventh is, and once more tells.
        int okta;
        int apigee;
        Run live;
        do
        {
            (okta, apigee) = (estate.Okta[0].Reads.Count, estate.Apigee.Reads.Count);
            live = await estate.RunAsync(["audit", .. Reports("live", All), .. ValuesAndKeys]);
        } while (
            estate.Apigee.Reads[^1].At.Date != estate.Apigee.Reads[0].At.Date
            && estate.Apigee.Reads[apigee].At.Date == estate.Apigee.Reads[0].At.Date
        );
        Assert.Equal((live.Output, ""), ("", live.Error));
        Asked(estate, okta, apigee, generated.ApigeeRequestsWithoutBundles, generated.OktaRequests);

        await CompareAsync(estate, live.Code, All);
        var report = JsonNode.Parse(Read(estate, "live.json"))!;
        Assert.Equal(generated.DeployedRevisions, report["run"]!["inventory"]!["proxies"]!.GetValue<int>());
        Assert.True(report["findings"]!.AsArray().Count > 0);
    }

    private static void Asked(SimulatedEstate estate, int okta, int apigee, int apigeeFormula, int oktaFormula)
    {
        Assert.InRange(estate.Apigee.Reads.Count - apigee, 0.95 * apigeeFormula, 1.05 * apigeeFormula);
        Assert.InRange(estate.Okta[0].Reads.Count - okta, 0.95 * oktaFormula, 1.05 * oktaFormula);
    }

    private static string[] Reports(string name, string[] formats) =>
        [.. formats.SelectMany(format => new[] { "--report", $"{format}=../{name}.{format}" })];

    // The recording says when it was captured, and that is the time of everything that is said of it: given the time of the live run, nothing is left to differ.
    private static async Task CompareAsync(SimulatedEstate estate, int code, string[] formats)
    {
        var time = JsonNode.Parse(Read(estate, "live.json"))!["run"]!["time"]!.GetValue<string>();
        var header = Path.Combine(estate.Work, "recording", "recording.json");
        var captured = JsonNode.Parse(await File.ReadAllTextAsync(header, TestContext.Current.CancellationToken))!["capturedAt"]!;
        await File.WriteAllTextAsync(
            header,
            (await File.ReadAllTextAsync(header, TestContext.Current.CancellationToken)).Replace(
                captured.GetValue<string>(),
                time,
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        var recorded = await estate.RunAsync(["audit", "recording", .. Reports("recorded", formats)]);
        Assert.Equal((code, "", ""), (recorded.Code, recorded.Output, recorded.Error));
        foreach (var format in formats)
        {
            var said = Read(estate, "live." + format);
            foreach (var (theirs, ours) in Input(format, estate.Sources))
            {
                Assert.Equal(2, said.Split(theirs).Length);
                said = said.Replace(theirs, ours, StringComparison.Ordinal);
            }

            Assert.True(said == Read(estate, "recorded." + format), format);
        }
    }

    // How the formats that name the input name it: of a live run by its sources, of a recording by its folder.
    private static (string Live, string Recorded)[] Input(string format, string sources) =>
        format switch
        {
            "json" => [($"\"path\": \"{sources}\"", "\"path\": \"recording\""), ("\"kind\": \"live\"", "\"kind\": \"recording\"")],
            "html" => [($"<dd>{sources}: live</dd>", "<dd>recording: recording</dd>")],
            "run" => [($"\"path\":\"{sources}\",\"kind\":\"live\"", "\"path\":\"recording\",\"kind\":\"recording\"")],
            _ => [],
        };

    private static string Read(SimulatedEstate estate, string file) => File.ReadAllText(Path.Combine(estate.Folder, file), Encoding.UTF8);
}
