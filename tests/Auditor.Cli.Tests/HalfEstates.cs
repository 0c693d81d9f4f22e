using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Auditor.Simulators;

namespace Auditor.Cli.Tests;

/// <summary>Two sides, one of which cannot be read: the report of the other is there all the same, and the run does not pass for a whole one.</summary>
public sealed class HalfEstates
{
    [Theory]
    [InlineData("okta", "failed")]
    [InlineData("okta", "denied")]
    [InlineData("apigee", "failed")]
    [InlineData("apigee", "denied")]
    public async Task One_side_that_cannot_be_read_leaves_the_report_of_the_other_and_an_incomplete_run(string side, string state)
    {
        await using var estate = await SimulatedEstate.SampleAsync("meridian-bad-day");
        var strangers = new List<LoopbackServer>();
        if (state == "denied")
        {
            foreach (var org in estate.Okta.Where(_ => side == "okta"))
            {
                org.Tokens.ApiToken = "revoked";
            }

            estate.Apigee.Granted = side == "apigee" ? [] : null;
        }
        else
        {
            // Somebody else answers there, with a certificate that nobody vouches for: that is found at once, and asked no second time.
            var file = Path.Combine(estate.Work, "auditor.yaml");
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            foreach (var server in side == "okta" ? estate.Okta.Select(org => org.Server) : [estate.Apigee.Server])
            {
                strangers.Add(await StrangerAsync());
                text = text.Replace(
                    server.Origin.GetLeftPart(UriPartial.Authority),
                    strangers[^1].Origin.GetLeftPart(UriPartial.Authority),
                    StringComparison.Ordinal
                );
            }

            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        }

        var run = await estate.RunAsync("audit", "--report", "json", "--report", "text=report.txt");
        foreach (var stranger in strangers)
        {
            await stranger.DisposeAsync();
        }

        Assert.Equal((4, ""), (run.Code, run.Error));
        var report = JsonNode.Parse(run.Output)!;
        var coverage = report["coverage"]!
            .AsArray()
            .Select(entry => (Part: (string)entry!["part"]!, State: (string)entry["state"]!))
            .ToArray();
        var (theirs, others) = (
            coverage.Where(entry => entry.Part.StartsWith(side + "/", StringComparison.Ordinal)).ToArray(),
            coverage.Where(entry => !entry.Part.StartsWith(side + "/", StringComparison.Ordinal)).ToArray()
        );
        Assert.NotEmpty(theirs);
        Assert.All(theirs, entry => Assert.True(entry.State != "complete", entry.Part));
        Assert.Contains(theirs, entry => entry.State == state);
        Assert.NotEmpty(others);
        Assert.All(others, entry => Assert.True(entry.State is "complete" or "notCollected", $"{entry.Part}: {entry.State}"));
        Assert.Contains(report["run"]!["gaps"]!.AsArray(), gap => ((string)gap!).StartsWith(side + "/", StringComparison.Ordinal));

        // The other side is judged: what a rule can say of it alone, it says.
        var rule = side == "okta" ? "POL-005" : "TOK-001";
        Assert.Contains(
            report["populations"]!.AsArray(),
            population => (string)population!["rule"]! == rule && (int)population["subjects"]! > 0
        );
        if (side == "okta")
        {
            Assert.Contains(
                report["findings"]!.AsArray(),
                finding => (string)finding!["rule"]! == rule && (string)finding["verdict"]! == "fail"
            );
        }

        Assert.Contains(
            "incomplete",
            await File.ReadAllTextAsync(Path.Combine(estate.Work, "report.txt"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private static async Task<LoopbackServer> StrangerAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(130));
        return await LoopbackServer.StartAsync(_ => Task.CompletedTask, certificate: certificate);
    }
}
