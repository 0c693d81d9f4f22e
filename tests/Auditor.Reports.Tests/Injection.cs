using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Azure;
using Auditor.Reports.Chat;
using Auditor.Reports.Csv;
using Auditor.Reports.GitHub;
using Auditor.Reports.GitLab;
using Auditor.Reports.Html;
using Auditor.Reports.Json;
using Auditor.Reports.JUnit;
using Auditor.Reports.Markdown;
using Auditor.Reports.Ndjson;
using Auditor.Reports.Sarif;
using Auditor.Reports.Tests.Html;
using Auditor.Reports.Tests.Sarif;
using Auditor.Reports.Text;
using Markdig;

namespace Auditor.Reports.Tests;

/// <summary>Every name from an audited system is hostile: in no format can it become anything but a text.</summary>
public sealed partial class Injection
{
    internal const string Payload =
        "=cmd|' /C calc'!A0\"><script>alert(1)</script><img src=x onerror=alert(1)>'` javascript:alert(1) [x](https://evil.example) ![i](https://evil.example/i.png) "
        + "https://evil.example www.evil.example @security #1 ```` | </script></style><!-- --> &lt; {{ 7 * 7 }} %0A%5D ; , "
        + "\n::error::pwned\n##vso[task.complete result=Failed]\r\n##[error]pwned\n# pwned\n- pwned\n"
        + "\u001b[31m\u001b]8;;https://evil.example\u0007 \u0000\u0085\u009b31m \u202e\u2066\u200b \ufffe ]]>";

    // A real run, so that formats say what they say of one, and to it whatever it does not happen to have.
    private static readonly Lazy<(AuditRun Run, SortedSet<string> Fields)> Run = new(() =>
    {
        var hostile = new Hostile(text => Payload + text);
        var run = HtmlContents.Compared;
        var small = Runs.Small(run with { Findings = [.. run.Findings, .. Runs.Broken.Findings] });
        var filled = (AuditRun)Filled.Of(typeof(AuditRun), "");
        return (hostile.Run(Filled.Into(small, filled)), hostile.Fields);
    });

    internal static AuditRun HostileRun => Run.Value.Run;

    public static TheoryData<string> Formats =>
        [
            "text",
            "json",
            "ndjson",
            "sarif",
            "github-sarif",
            "html",
            "junit",
            "github",
            "gitlab",
            "azure",
            "markdown",
            "csv",
            "slack",
            "teams",
        ];

    [Fact]
    public void The_payload_is_in_every_field_that_others_write() =>
        Assert.Empty(
            Filled
                .Strings(typeof(AuditRun), typeof(RuleInfo), typeof(RuleDescription))
                .Except(Hostile.Ours, StringComparer.Ordinal)
                .Except(Run.Value.Fields, StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Formats))]
    public void No_format_carries_a_character_that_does_something(string format)
    {
        var text = Encoding.UTF8.GetString(Render(format, HostileRun)).TrimStart('\ufeff');

        Assert.DoesNotContain(text, c => c is not ('\n' or '\r') && Neutral.IsHostile(c));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("sarif")]
    [InlineData("github-sarif")]
    [InlineData("gitlab")]
    [InlineData("slack")]
    [InlineData("teams")]
    public void A_JSON_format_stays_a_document_that_can_be_put_into_a_page(string format)
    {
        var bytes = Render(format, HostileRun);

        using var document = JsonDocument.Parse(bytes);
        Assert.DoesNotContain('<', Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("sarif")]
    [InlineData("github-sarif")]
    public void A_SARIF_log_stays_a_good_one(string format) =>
        Assert.Empty(
            SarifConformance.Defects(System.Text.Json.Nodes.JsonNode.Parse(Render(format, HostileRun))!, format == "github-sarif")
        );

    [Fact]
    public void Every_line_of_NDJSON_is_an_object_of_scalars()
    {
        var lines = Encoding.UTF8.GetString(Render("ndjson", HostileRun)).TrimEnd('\n').Split('\n');

        Assert.Equal(1 + HostileRun.Gaps.Length + HostileRun.Evaluations.Length, lines.Length);
        Assert.All(
            lines,
            line =>
            {
                using var document = JsonDocument.Parse(line);
                Assert.All(
                    document.RootElement.EnumerateObject(),
                    field => Assert.False(field.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                );
            }
        );
    }

    [Fact]
    public void JUnit_stays_what_it_is()
    {
#pragma warning disable RS0030 // What is parsed is our own.
        var document = XDocument.Parse(Encoding.UTF8.GetString(Render("junit", HostileRun)));
#pragma warning restore RS0030

        Assert.Equal(
            ["error", "failure", "skipped", "testcase", "testsuite", "testsuites"],
            document.Descendants().Select(element => element.Name.LocalName).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_line_of_the_annotations_is_one_of_ours()
    {
        var lines = Encoding.UTF8.GetString(Render("github", HostileRun)).TrimEnd('\n').Split('\n');

        Assert.All(
            lines,
            line =>
                Assert.Matches(
                    @"^::(?:error|warning|notice) (?:(?:file|title)=[^:,]*|(?:line|endLine|col|endColumn)=\d+)(?:,(?:(?:file|title)=[^:,]*|(?:line|endLine|col|endColumn)=\d+))*::[^\r\n]+$",
                    line
                )
        );
        Assert.Equal(2 + HostileRun.Findings.Count(finding => finding.IsLive), lines.Length);
    }

    [Fact]
    public void Every_command_to_Azure_is_one_of_ours()
    {
        var lines = Encoding.UTF8.GetString(Render("azure", HostileRun)).TrimEnd('\n').Split('\n');

        Assert.All(lines[..^1], line => Assert.Matches(@"^##vso\[task\.logissue type=(?:error|warning)(?:;[a-z]+=[^;\]]*)*\]", line));
        Assert.All(lines[..^1], line => Assert.Single(Commands().Matches(line)));
        Assert.Empty(Commands().Matches(lines[^1]));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("markdown")]
    public void What_is_printed_into_a_log_holds_no_command(string format)
    {
        var text = Encoding.UTF8.GetString(Render(format, HostileRun));

        Assert.All(text.Split('\n'), line => Assert.False(line.TrimStart().StartsWith("::", StringComparison.Ordinal)));
        Assert.Empty(Commands().Matches(text));
    }

    [Fact]
    public void No_cell_of_the_CSV_is_a_formula_and_every_row_has_every_column()
    {
        var rows = Rows(Encoding.UTF8.GetString(Render("csv", HostileRun)).TrimStart('\ufeff'));

        Assert.All(rows, row => Assert.Equal(rows[0].Count, row.Count));
        Assert.All(rows.SelectMany(row => row), cell => Assert.DoesNotMatch(@"^\s*[=+\-@]", cell));
        Assert.Equal(1 + HostileRun.Gaps.Length + HostileRun.Findings.Length, rows.Count);
    }

    [Fact]
    public void Markdown_makes_nothing_of_a_name()
    {
        var markdown = Encoding.UTF8.GetString(Render("markdown", HostileRun));
        var html = Markdig.Markdown.ToHtml(markdown, new MarkdownPipelineBuilder().UseAdvancedExtensions().Build());

        Assert.DoesNotMatch("<(?:script|img|a|iframe|style|svg)\\b", html);
        Assert.DoesNotContain(">pwned<", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chat_message_stays_within_the_limits()
    {
        Assert.InRange(Render("teams", HostileRun).Length, 1, 28_000);
        Assert.InRange(Render("slack", HostileRun).Length, 1, 13_000);
    }

    [Fact]
    public void A_summary_stays_within_its_budget_and_counts_what_it_leaves_out()
    {
        var run = Runs.Bad with { Findings = [.. Enumerable.Repeat(Runs.Bad.Findings[0] with { Message = new string('x', 2000) }, 2000)] };

        var bytes = Render("markdown", run);

        Assert.InRange(bytes.Length, MarkdownReport.Budget / 2, MarkdownReport.Budget);
        Assert.Contains("findings left out", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_incomplete_run_says_so_in_every_format(string format) =>
        Assert.Contains(
            "apps",
            Encoding.UTF8.GetString(Render(format, Runs.Broken with { Findings = [], Evaluations = [], Coverage = [] })),
            StringComparison.Ordinal
        );

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_same_run_gives_the_same_bytes(string format) => Assert.Equal(Render(format, Runs.Bad), Render(format, Runs.Bad));

    internal static byte[] Render(string format, AuditRun run) =>
        format switch
        {
            "json" => JsonReport.Render(run),
            "ndjson" => NdjsonReport.Render(run),
            "sarif" => SarifReport.Render(run, new SarifOptions(NotApplicable: true)),
            "github-sarif" => SarifReport.Render(run, new SarifOptions(SarifProfile.GitHub)),
            "html" => HtmlReport.Render(run),
            "junit" => JUnitReport.Render(run),
            "github" => GitHubAnnotations.Render(run),
            "gitlab" => GitLabReport.Render(run),
            "azure" => AzureReport.Render(run),
            "markdown" => MarkdownReport.Render(run),
            "csv" => CsvReport.Render(run),
            "slack" => SlackReport.Render(run),
            "teams" => TeamsReport.Render(run),
            _ => Encoding.UTF8.GetBytes(TextReport.Render(run, new TextOptions(Color: false, Verbose: true, FixPreview: true))),
        };

    // RFC 4180.
    private static List<List<string>> Rows(string csv)
    {
        var rows = new List<List<string>> { new() };
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < csv.Length; i++)
        {
            var c = csv[i];
            if (quoted && c == '"' && i + 1 < csv.Length && csv[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is ',' or '\r')
            {
                rows[^1].Add(cell.ToString());
                cell.Clear();
                if (c == '\r')
                {
                    i++;
                    rows.Add([]);
                }
            }
            else
            {
                cell.Append(c);
            }
        }

        rows.RemoveAt(rows.Count - 1);
        return rows;
    }

    [GeneratedRegex(@"##vso\[|##\[", RegexOptions.IgnoreCase)]
    private static partial Regex Commands();
}
