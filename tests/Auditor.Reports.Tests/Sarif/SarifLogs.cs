using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Sarif;
using Auditor.Reports.Tests.Html;
using Auditor.Testing;
using NJsonSchema;

namespace Auditor.Reports.Tests.Sarif;

public sealed class SarifLogs
{
    private static readonly SarifOptions Full = new();
    private static readonly SarifOptions GitHub = new(SarifProfile.GitHub);

    private static readonly Lazy<Task<JsonSchema>> Schema = new(() =>
        JsonSchema.FromFileAsync(Repository.Shared("specs/sarif-2.1.0.schema.json"), CancellationToken.None)
    );
    private static readonly ConcurrentDictionary<(string Run, string Profile), byte[]> Rendered = new();

    public static TheoryData<string, string> Logs =>
        new()
        {
            { "clean", "full" },
            { "meridian", "full" },
            { "meridian", "github" },
            { "compared", "everything" },
            { "compared", "github" },
        };

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_log_has_no_defect(string run, string profile) =>
        Assert.Empty(SarifConformance.Defects(Log(run, profile), profile == "github"));

    [Theory]
    [MemberData(nameof(Logs))]
    public async Task A_log_is_valid_against_the_schema_of_the_standard(string run, string profile) =>
        Assert.Empty((await Schema.Value).Validate(Encoding.UTF8.GetString(Bytes(run, profile))));

    [Fact]
    public void The_multitool_has_neither_errors_nor_warnings()
    {
        using var folder = new TemporaryFolder();
        var logs = Logs.Select(row => folder.Write($"{row.Data.Item1}-{row.Data.Item2}.sarif", Bytes(row.Data.Item1, row.Data.Item2)));
        var said = Path.Combine(folder.Path, "said.sarif");
        var printed = Tools.Run(
            Tools.Multitool,
            ["validate", .. logs, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "-o", said, "--log", "ForceOverwrite"]
        );

        var results = JsonNode.Parse(File.ReadAllText(said))!["runs"]![0]!["results"]!.AsArray();

        // About what it did not open it has nothing to say.
        Assert.Contains($"{Logs.Count} files scanned", printed, StringComparison.Ordinal);
        Assert.Empty(results.Select(result => $"{result!["ruleId"]}: {result["message"]!["arguments"]}"));
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void The_same_run_gives_the_same_bytes(string run, string profile) =>
        Assert.Equal(SarifReport.Render(Named(run), Options(profile)), Bytes(run, profile));

    [Fact]
    public void What_is_new_since_the_run_before_is_marked_and_what_is_gone_is_listed()
    {
        var run = Log("compared", "everything")["runs"]![0]!;
        var states = run["results"]!.AsArray().Select(result => (string?)result!["baselineState"]).ToHashSet(StringComparer.Ordinal);

        Assert.Superset(new HashSet<string?>(["new", "unchanged"], StringComparer.Ordinal), states);
        Assert.Single(run["properties"]!["auditor/gone"]!.AsArray());
    }

    [Fact]
    public void An_incomplete_run_did_not_succeed_and_says_why()
    {
        var invocation = Log("compared", "github")["runs"]![0]!["invocations"]![0]!;

        Assert.False((bool)invocation["executionSuccessful"]!);
        Assert.Contains(
            invocation["toolExecutionNotifications"]!.AsArray(),
            notification =>
                (string?)notification!["level"] == "error"
                && ((string)notification["message"]!["text"]!).Contains("apps", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Everything_that_was_judged_is_in_the_full_log()
    {
        var results = Log("bad", "everything")["runs"]![0]!["results"]!.AsArray();
        var run = Runs.Bad;

        Assert.Equal(
            run.Findings.Length + run.Evaluations.Count(evaluation => evaluation.Verdict is "pass" or "notApplicable"),
            results.Count
        );
        Assert.Contains(results, result => result!["suppressions"]!.AsArray().Count == 1);
        Assert.Contains(results, result => result!["codeFlows"] is not null && result["webRequest"] is not null);
        Assert.Contains(results, result => result!["fixes"] is not null);
        Assert.Contains(results, result => (string?)result!["kind"] == "open");
    }

    [Fact]
    public void Code_scanning_gets_the_failures_that_count_and_nothing_else()
    {
        var results = Log("bad", "github")["runs"]![0]!["results"]!.AsArray();

        Assert.Equal(
            Runs.Bad.Findings.Where(finding => finding.IsLive).Select(finding => finding.Fingerprint),
            results.Select(result => (string?)result!["partialFingerprints"]!["auditorFinding/v1"])
        );
        Assert.Contains(Runs.Bad.Findings, finding => finding.Accepted is not null);
    }

    [Fact]
    public void A_file_of_a_checkout_is_named_from_its_top()
    {
        var run = Log("bad", "full")["runs"]![0]!;
        var place = run["results"]![0]!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!;

        Assert.StartsWith("estate/apigee/", (string?)place["uri"], StringComparison.Ordinal);
        Assert.Equal("%SRCROOT%", (string?)place["uriBaseId"]);
        Assert.Equal(new string('a', 40), (string?)run["versionControlProvenance"]![0]!["revisionId"]);
    }

    [Fact]
    public void More_results_than_code_scanning_accepts_are_cut_from_the_least_severe_end_and_it_says_so()
    {
        var worst = Runs.Bad.Findings.First(finding => finding.IsLive);
        var many = Enumerable
            .Range(0, SarifReport.MaxGitHubResults + 1)
            .Select(i =>
                worst with
                {
                    Level = i == SarifReport.MaxGitHubResults ? Level.Note : Level.Error,
                    Related = [],
                    Witness = null,
                    Facts = [],
                }
            );

        var run = JsonNode.Parse(SarifReport.Render(Runs.Bad with { Findings = [.. many] }, GitHub))!["runs"]![0]!;

        Assert.Equal(SarifReport.MaxGitHubResults, run["results"]!.AsArray().Count);
        Assert.DoesNotContain(run["results"]!.AsArray(), result => (string?)result!["level"] == "note");
        Assert.Contains(
            "1 result",
            (string?)run["invocations"]![0]!["toolExecutionNotifications"]![0]!["message"]!["text"],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_log_that_is_too_large_for_code_scanning_is_cut_until_it_fits()
    {
        // Text that does not compress: 24 findings of half a megabyte each.
        var random = new Random(1);
        var worst = Runs.Bad.Findings.First(finding => finding.IsLive);
        var many = Enumerable.Range(0, 24).Select(_ => worst with { Message = Noise(random, 700_000) });

        var bytes = SarifReport.Render(Runs.Bad with { Findings = [.. many] }, GitHub);

        using var compressed = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            zip.Write(bytes);
        }

        Assert.InRange(compressed.Length, SarifReport.MaxGitHubBytes / 2, SarifReport.MaxGitHubBytes);
    }

    [Fact]
    public void A_name_that_looks_like_a_link_makes_none()
    {
        var finding = Runs.Bad.Findings.First(finding => finding.IsLive && !finding.Related.IsEmpty) with
        {
            Message = "Proxy '[free](https://evil.example)' is wrong",
        };
        finding = finding with { Related = [finding.Related[0] with { Text = "the ](https://evil.example) server" }] };

        var log = JsonNode.Parse(SarifReport.Render(Runs.Bad with { Findings = [finding] }, Full))!;

        Assert.Empty(SarifConformance.Defects(log, gitHub: false));
    }

    [Fact]
    public void Line_hashes_are_those_of_code_scanning()
    {
        var long_ = string.Join(
            '\n',
            Enumerable.Range(0, 40).Select(i => $"  <Element number=\"{i % 7}\">some text that goes on and on</Element>")
        );
        string[] texts = ["", "\n", "one line without an end", "a\nb\r\nc\rd\n\n  e\tf\n"];
        var contents = texts.SelectMany(text => new[] { text, text + long_, long_ + text }).ToList();
        using var folder = new TemporaryFolder();
        var results = contents.SelectMany(
            (content, i) =>
            {
                folder.Write($"{i}.xml", content);
                return Enumerable.Range(1, LineHashes.Of(content).Length).Select(line => Pointing($"{i}.xml", line));
            }
        );
        var log = new JsonObject
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(
                new JsonObject
                {
                    ["tool"] = new JsonObject { ["driver"] = new JsonObject { ["name"] = "x" } },
                    ["originalUriBaseIds"] = new JsonObject
                    {
                        ["ROOT"] = new JsonObject { ["uri"] = new Uri(folder.Path + "/").AbsoluteUri },
                    },
                    ["results"] = new JsonArray([.. results]),
                }
            ),
        };
        var path = folder.Write("log.sarif", log.ToJsonString());
        var rewritten = Path.Combine(folder.Path, "rewritten.sarif");
        Tools.Run(
            Tools.Multitool,
            "rewrite",
            path,
            "-o",
            rewritten,
            "--insert",
            "RollingHashPartialFingerprints",
            "--log",
            "ForceOverwrite"
        );

        var theirs = JsonNode.Parse(File.ReadAllText(rewritten))!["runs"]![0]!["results"]!
            .AsArray()
            .Select(result => (string?)result!["partialFingerprints"]?["primaryLocationLineHash"]);

        Assert.Equal(theirs, contents.SelectMany(content => LineHashes.Of(content)));
    }

    private static JsonNode Pointing(string file, int line) =>
        new JsonObject
        {
            ["message"] = new JsonObject { ["text"] = "x" },
            ["locations"] = new JsonArray(
                new JsonObject
                {
                    ["physicalLocation"] = new JsonObject
                    {
                        ["artifactLocation"] = new JsonObject { ["uri"] = file, ["uriBaseId"] = "ROOT" },
                        ["region"] = new JsonObject { ["startLine"] = line },
                    },
                }
            ),
        };

    private static string Noise(Random random, int length) =>
        string.Create(
            length,
            random,
            (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = (char)('0' + source.Next(70));
                }
            }
        );

    internal static JsonNode Log(string run, string profile) => JsonNode.Parse(Bytes(run, profile))!;

    private static byte[] Bytes(string run, string profile) =>
        Rendered.GetOrAdd((run, profile), key => SarifReport.Render(Named(key.Run), Options(key.Profile)));

    private static AuditRun Named(string run) =>
        run switch
        {
            "clean" => Runs.Clean,
            "meridian" => Runs.Meridian,
            "small" => Runs.Small(Runs.Bad),
            "compared" => Runs.Small(HtmlContents.Compared),
            _ => Runs.Bad,
        };

    private static SarifOptions Options(string profile) =>
        profile switch
        {
            "github" => GitHub,
            "everything" => Full with { NotApplicable = true },
            _ => Full,
        };
}
