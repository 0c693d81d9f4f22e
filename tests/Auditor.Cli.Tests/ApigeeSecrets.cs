using System.IO.Compression;
using System.Text;
using Auditor.Simulators;

namespace Auditor.Cli.Tests;

/// <summary>
/// Secrets of an organization do not travel: a marker in every place of its answers and bundles that can hold one is looked for in everything that the program prints,
/// records, keeps and leaves behind.
/// </summary>
public sealed class ApigeeSecrets
{
    [Fact]
    public async Task No_secret_of_an_organization_is_in_anything_that_the_program_prints_or_leaves()
    {
        await using var estate = await SimulatedEstate.SampleAsync("meridian");
        var markers = PlantedSecrets.In(estate.Apigee);
        Assert.True(markers.Count > 50);
        // Of the answers that go wrong, those that nobody tries again, which would take its time.
        estate.Apigee.Server.Faults.Clear();
        const string Staging = "/v1/organizations/meridian/environments/staging/";
        estate.Apigee.Server.Faults.Add(
            Staging + "references",
            Fault.Body("error", 400, $$$"""{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"Bad value {{{markers[0]}}}"}}""")
        );
        estate.Apigee.Server.Faults.Add(Staging + "caches", Fault.Body("page", 404, $"<html>{markers[0]}</html>", "text/html"));
        estate.Apigee.Server.Faults.Add(Staging + "keystores", Fault.Body("no JSON", 200, $"[\"{markers[0]}\","));
        var said = new StringBuilder();
        async Task<Run> RunAsync(int code, params string[] arguments)
        {
            var run = await AuditorProgram.RunAsync(estate.Work, arguments, estate.With(("AUDITOR_DEBUG", "1")));
            said.Append(run.Output).Append(run.Error);
            Assert.True(run.Code == code, $"{string.Join(' ', arguments)}: {run.Code}\n{run.Error}");
            return run;
        }

        string[] everything = ["--include", "kvm-values,app-credentials,system-log,audit-log", "--since", "90d"];
        var formats = await AuditorProgram.FormatsAsync();
        var collected = await RunAsync(4, ["collect", .. everything]);
        // Reading went well: what is not found was taken out, and not missed.
        Assert.Equal(3, collected.Complaints.Count(line => line.Contains("/staging/", StringComparison.Ordinal)));
        Assert.Contains(
            Written(estate),
            file =>
                file.Where.Contains("/cache/", StringComparison.Ordinal) && file.Where.EndsWith("/AM-Marked.xml", StringComparison.Ordinal)
        );
        await RunAsync(
            4,
            [
                "audit",
                "--verbose",
                "--store",
                "history.db",
                .. everything,
                .. formats.SelectMany(format => new[] { "--report", $"{format}=live.{format}" }),
            ]
        );
        await RunAsync(4, ["audit", "recording", "--verbose", "--fix-preview"]);
        await RunAsync(0, ["doctor", "apigee"]);
        await KillAsync(estate, [.. everything, "--no-cache"], said);

        // What the markers have in common is looked for in every encoding, and so all of them are.
        const string Common = "QjX7vKp2mZr9TsWy4LbN";
        Assert.All(markers, marker => Assert.EndsWith(Common, marker, StringComparison.Ordinal));
        string[] forms = [.. PlantedSecrets.Forms(Common), .. PlantedSecrets.Forms(estate.Apigee.Identity.AccessToken!)];
        var places = Written(estate).Append((Where: "what was printed", Text: said.ToString())).ToArray();
        Assert.True(places.Length > 150, $"{places.Length} files");
        Assert.All(
            places,
            place =>
                Assert.All(
                    forms,
                    form => Assert.False(place.Text.Contains(form, StringComparison.OrdinalIgnoreCase), $"{form} in {place.Where}")
                )
        );
        Assert.Empty(estate.Apigee.Writes);
    }

    // In the middle, with most of what it will write written.
    private static async Task KillAsync(SimulatedEstate estate, string[] options, StringBuilder said)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        estate.Apigee.Server.Faults.Add(
            request => request.Query["format"] == "bundle",
            new Fault(
                "no answer any more",
                (context, _) =>
                {
                    reached.TrySetResult();
                    return Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
            )
        );
#pragma warning disable RS0030 // The program is a process here.
        var run = await AuditorProgram.RunAsync(
            estate.Work,
            ["collect", "--out", "killed", .. options],
            estate.With(("AUDITOR_DEBUG", "1")),
            async process =>
            {
                await Task.WhenAny(reached.Task, process.WaitForExitAsync(TestContext.Current.CancellationToken));
                process.Kill();
            }
        );
#pragma warning restore RS0030
        said.Append(run.Output).Append(run.Error);
        Assert.Equal(137, run.Code);
        Assert.NotEmpty(Directory.GetDirectories(estate.Work, "killed.partial-*"));
    }

    // Every file that is left, and of an archive everything that is in it.
    private static IEnumerable<(string Where, string Text)> Written(SimulatedEstate estate)
    {
        foreach (var file in Directory.GetFiles(estate.Folder, "*", SearchOption.AllDirectories))
        {
            yield return (file, file + File.ReadAllText(file, Encoding.Latin1));
            if (!file.EndsWith(".zip", StringComparison.Ordinal))
            {
                continue;
            }

            using var zip = ZipFile.OpenRead(file);
            foreach (var entry in zip.Entries)
            {
                using var reader = new StreamReader(entry.Open());
                yield return (file + "/" + entry.FullName, entry.FullName + reader.ReadToEnd());
            }
        }
    }
}
