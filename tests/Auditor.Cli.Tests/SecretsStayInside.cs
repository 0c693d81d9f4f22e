using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Auditor.Simulators;

namespace Auditor.Cli.Tests;

/// <summary>
/// Secrets do not travel: with one in every place of both systems that can hold one, none is in any report, in an evidence pack, in the store, or in what is printed; not
/// even when it was changed between two nights, and what changed is what is told.
/// </summary>
public sealed class SecretsStayInside(LiveEstate estate) : IClassFixture<LiveEstate>
{
    private static readonly string[] Everything =
    [
        "--include",
        "kvm-values,app-credentials,system-log,audit-log,client-secrets-age",
        "--since",
        "90d",
        "--no-progress",
    ];

    [Fact]
    public async Task No_secret_is_in_anything_that_the_program_writes_or_says()
    {
        var formats = await AuditorProgram.FormatsAsync();
        var reports = formats.SelectMany(format => new[] { "--report", $"{format}=night.{format}" }).ToArray();

        // Two nights; between them every secret is another one.
        var first = await estate.RunAsync(["audit", .. Everything, "--store", "runs.db", "--verbose"]);
        estate.Plant();
        var second = await estate.RunAsync(["audit", .. Everything, .. reports, "--store", "runs.db"]);
        var packed = await estate.RunAsync(["evidence", "pack", .. Everything, "--out", "packs", "--oscal"]);
        var pack = Path.Combine("packs", Path.GetFileName(packed.Output.TrimEnd('\n')));
        await estate.RunAsync(["collect", .. Everything, "--out", "recording"]);
        foreach (
            var arguments in new string[][]
            {
                ["diff", "run:1", "run:2", "--store", "runs.db", "--report", "html=diff.html", "--verbose"],
                ["audit", "recording", "--verbose", "--fix-preview"],
                ["render", pack, "--report", "sarif=github.sarif", "--sarif-profile", "github"],
                ["baseline", "create", "recording", "--baseline", "known.yaml"],
                ["history", "--store", "runs.db", "--format", "json"],
                ["evidence", "verify", pack],
                ["evidence", "sample", "packs", "--seed", "s", "--from", "2026-11-01", "--to", "2026-11-30"],
                ["doctor"],
            }
        )
        {
            await estate.RunAsync(arguments);
        }

        // Reading went well enough to have something to say: what is not found was taken out, and not missed.
        Assert.Equal((4, 4, 4), (first.Code, second.Code, packed.Code));
        var folder = estate.Folder.Path;
        Assert.All(formats, format => Assert.True(File.Exists(Path.Combine(folder, "night." + format)), format));
        var report = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder, "night.json"), TestContext.Current.CancellationToken)
        )!;
        Assert.Contains(report["findings"]!.AsArray(), finding => (string)finding!["rule"]! == "SEC-001");
        Assert.All(
            new[]
            {
                "okta/meridian.okta.com/apps",
                "okta/meridian.okta.com/inlineHooks",
                "apigee/meridian/apps",
                "apigee/meridian/keyvaluemaps/*/entries",
            },
            part =>
                Assert.Contains(
                    report["coverage"]!.AsArray(),
                    entry => (string)entry!["part"]! == part && (string)entry["state"]! == "complete"
                )
        );
        Assert.NotEmpty(report["changes"]!["entities"]!.AsArray());
        Assert.Contains("[REDACTED]", estate.Said, StringComparison.Ordinal);

        var places = Directory
            .GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => (Where: Path.GetRelativePath(folder, file), Text: Encoding.Latin1.GetString(File.ReadAllBytes(file))))
            .Append((Where: "what was printed", Text: estate.Said))
            .ToArray();
        Assert.Contains(places, place => place.Where == "runs.db");
        Assert.Contains(places, place => place.Where.EndsWith("AM-Marked.xml", StringComparison.Ordinal));
        Assert.True(estate.Markers.Count > 120);
        var forms = estate
            .Markers.SelectMany(marker => PlantedSecrets.Forms(marker).Select(form => (Form: form, Marker: marker)))
            .DistinctBy(pair => pair.Form, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(pair => pair.Form, pair => pair.Marker, StringComparer.OrdinalIgnoreCase);
        var sought = SearchValues.Create([.. forms.Keys], StringComparison.OrdinalIgnoreCase);
        var found = places
            .Where(place => place.Text.AsSpan().ContainsAny(sought))
            .SelectMany(place =>
                forms
                    .Where(form => place.Text.Contains(form.Key, StringComparison.OrdinalIgnoreCase))
                    .Select(form => $"{form.Value} is in {place.Where}")
            )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
        Assert.True("x" + forms.Keys.Last() is { } planted && planted.AsSpan().ContainsAny(sought));
        Assert.Empty(estate.Apigee.Writes);
    }

    [Fact]
    public async Task A_pack_of_a_live_estate_says_when_each_page_was_asked_for_and_what_the_source_calls_it()
    {
        var (pack, queries) = await PackAsync("--no-cache");

        Assert.All(queries, query => Assert.Matches("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z$", (string)query["time"]!));
        Assert.All(queries, query => Assert.True(query["status"] is not null || query["note"] is not null));
        Assert.Equal(
            queries.Select(query => (string)query["time"]!).Order(StringComparer.Ordinal),
            queries.Select(query => (string)query["time"]!)
        );

        // Every page of a list, with the rows that make up the file.
        var apps = queries
            .Where(query => ((string?)query["answer"])?.EndsWith("/api/v1/apps.json", StringComparison.Ordinal) == true)
            .ToList();
        Assert.True(apps.Count > 2);
        var kept = await File.ReadAllTextAsync(
            Path.Combine(pack, "recording", (string)apps[0]["answer"]!),
            TestContext.Current.CancellationToken
        );
        Assert.All(apps, query => Assert.Matches("^aR[0-9]{6}-simulated$", (string)query["requestId"]!));
        Assert.Equal(apps.Count, apps.Select(query => (string)query["requestId"]!).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(JsonNode.Parse(kept)!.AsArray().Count, apps.Sum(query => (int)query["items"]!));
        Assert.All(apps, query => Assert.Contains((string)query["sha256"]!, Sums(pack), StringComparison.Ordinal));

        // What was refused is there, too, and the numbers that have to agree say how many pages there were.
        Assert.Contains(
            queries,
            query => (int?)query["status"] == 403 && ((string)query["address"]!).Contains("/zones", StringComparison.Ordinal)
        );
        var lists = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(pack, "population-summary.json"), TestContext.Current.CancellationToken)
        )!;
        var list = lists["lists"]!.AsArray().Single(item => ((string)item!["part"]!).EndsWith(".okta.com/apps", StringComparison.Ordinal))!;
        Assert.Equal((apps.Count, (int)list["collected"]!), ((int)list["pages"]!, (int)list["rowsReceived"]!));
        var identity = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(pack, "run.json"), TestContext.Current.CancellationToken))!;
        Assert.StartsWith("written down as they were sent", (string)identity["queries"]!, StringComparison.Ordinal);

        // The bundles, which come whole.
        Assert.Contains(queries, query => ((string?)query["answer"])?.EndsWith("/revisions/14", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_pack_of_a_live_estate_says_which_bundles_were_kept_from_an_earlier_reading()
    {
        await PackAsync();
        var (_, queries) = await PackAsync();

        var bundles = queries.Where(query => ((string)query["address"]!).EndsWith("?format=bundle", StringComparison.Ordinal)).ToList();
        Assert.Equal(bundles.Count, bundles.Select(query => (string)query["answer"]!).Distinct(StringComparer.Ordinal).Count());

        // One of seven is asked for again.
        var kept = bundles.Where(query => query["time"] is null).ToList();
        Assert.InRange(kept.Count, 1, bundles.Count);
        Assert.All(kept, query => Assert.Null(query["status"]));
        Assert.All(kept, query => Assert.StartsWith("not asked for this time", (string)query["note"]!, StringComparison.Ordinal));
        Assert.All(bundles.Except(kept), query => Assert.Equal(200, (int)query["status"]!));
    }

    private async Task<(string Pack, List<JsonNode> Queries)> PackAsync(params string[] options)
    {
        var into = Path.GetRandomFileName();
        var run = await estate.RunAsync(["evidence", "pack", "--out", into, "--no-progress", .. options]);
        var pack = Path.Combine(estate.Folder.Path, into, Path.GetFileName(run.Output.TrimEnd('\n')));
        return (
            pack,
            [
                .. (await File.ReadAllLinesAsync(Path.Combine(pack, "queries.ndjson"), TestContext.Current.CancellationToken)).Select(
                    line => JsonNode.Parse(line)!
                ),
            ]
        );
    }

    private static string Sums(string pack) => File.ReadAllText(Path.Combine(pack, "SHA256SUMS"));
}
