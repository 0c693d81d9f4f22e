using System.Text.Json.Nodes;
using Auditor.Engine;
using Auditor.Reports.Evidence;
using Auditor.Testing;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Auditor.Reports.Tests;

/// <summary>OSCAL assessment results are what their schema demands, whatever is in them, and the check of that can fail.</summary>
public sealed class OscalDocuments
{
    private static readonly PackFacts Facts = new()
    {
        Started = new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
        Finished = new DateTimeOffset(2027, 1, 2, 3, 4, 6, TimeSpan.FromHours(1)),
        Sequence = 1,
        Operator = "tester",
        OperatorKind = "account",
        ExitCode = 1,
    };

    private static readonly Dictionary<string, (string Says, Action<JsonNode> Spoil)> Variants = new(StringComparer.Ordinal)
    {
        ["no title"] = ("metadata has no title", results => results["metadata"]!.AsObject().Remove("title")),
        ["a member that belongs elsewhere"] = (
            "findings has a member collected, which the schema does not know",
            results => Finding(results)["collected"] = "2027-01-02T02:04:05Z"
        ),
        ["a UUID of version 1"] = ("assessment-results/uuid is ", results => results["uuid"] = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"),
        ["a UUID twice"] = ("uuid ", results => Finding(results)["uuid"] = (string?)Result(results)["uuid"]),
        ["a time without its zone"] = ("results/start is ", results => Result(results)["start"] = "2027-01-02T02:04:05"),
        ["a list of nothing"] = ("observations/methods is empty", results => Observation(results)["methods"] = new JsonArray()),
        ["a token with a blank"] = ("target/target-id is ", results => Finding(results)["target"]!["target-id"] = "SOC 2"),
        ["a token that begins with a digit"] = ("target/target-id is ", results => Finding(results)["target"]!["target-id"] = "800-53"),
        ["a state that does not exist"] = (
            "target/status/state is ",
            results => Finding(results)["target"]!["status"]!["state"] = "unknown"
        ),
        ["a version with a blank at its end"] = ("metadata/version is ", results => results["metadata"]!["version"] = "1 "),
        ["a number for a text"] = ("metadata/version is not", results => results["metadata"]!["version"] = 1),
        ["an observation that is not there"] = (
            "observation-uuid ",
            results => Related(results)["observation-uuid"] = "00000000-0000-4000-8000-000000000000"
        ),
        ["a plan that is not there"] = ("href ", results => results.AsObject().Remove("back-matter")),
    };

    public static TheoryData<string> Spoiled => [.. Variants.Keys];

    [Fact]
    public void A_document_is_what_the_schema_demands()
    {
        AuditRun[] runs = [Runs.Clean, Runs.Bad, Runs.Broken, Injection.HostileRun, Runs.Clean with { Rules = [], Populations = [] }];

        Assert.All(runs, run => Assert.Empty(OscalConformance.Defects(Document(run))));
    }

    [Theory]
    [MemberData(nameof(Spoiled))]
    public void A_defect_is_found(string variant)
    {
        var document = Document(Runs.Bad);
        var (says, spoil) = Variants[variant];

        spoil(document["assessment-results"]!);

        Assert.StartsWith(says, Assert.Single(OscalConformance.Defects(document)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_shown_as_it_is()
    {
        var document = Document(Injection.HostileRun);
        var findings = Injection.HostileRun.Findings.DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal);

        Assert.Equal(
            findings.Select(finding => Neutral.Visible(finding.Message).Trim()),
            Result(document["assessment-results"]!)["observations"]!.AsArray().Select(item => Shown((string)item!["description"]!))
        );
        foreach (var text in Texts(document))
        {
            Assert.NotEmpty(Shown(text));

            // OSCAL puts the value of a parameter there.
            Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("In proxy 'a', <Password> of policy 'B' holds a password.", "In proxy 'a', \\<Password> of policy 'B' holds a password.")]
    [InlineData("Rule 'R' grants '*' & CUSTOM_URL, _x_ and {id}.", "Rule 'R' grants '\\*' & CUSTOM_URL, \\_x\\_ and {id}.")]
    [InlineData("{{ insert: param, p }} &lt; a\\b", "\\{\\{ insert: param, p }} \\&lt; a\\\\b")]
    [InlineData("1. one", "1\\. one")]
    [InlineData("# one - two", "\\# one - two")]
    [InlineData("    one\n- two ", "one - two")]
    public void A_text_is_Markdown_and_stays_readable(string message, string written)
    {
        var document = Document(Runs.Bad with { Findings = [Runs.Bad.Findings[0] with { Message = message }] });

        Assert.Equal(written, (string)Observation(document["assessment-results"]!)["description"]!);
    }

    private static JsonNode Document(AuditRun run) => JsonNode.Parse(OscalResults.Write(run, Facts))!;

    private static JsonNode Result(JsonNode results) => results["results"]![0]!;

    private static JsonNode Observation(JsonNode results) => Result(results)["observations"]![0]!;

    private static JsonNode Finding(JsonNode results) => Result(results)["findings"]![0]!;

    private static JsonNode Related(JsonNode results) =>
        Result(results)["findings"]!.AsArray().First(finding => finding!["related-observations"] is not null)!["related-observations"]![0]!;

    // What a reader of Markdown sees of a text; fails where there is anything but one paragraph of plain text.
    private static string Shown(string markdown)
    {
        var document = Markdig.Markdown.Parse(markdown, new MarkdownPipelineBuilder().UseEmphasisExtras().UsePipeTables().Build());
        var paragraph = Assert.IsType<ParagraphBlock>(Assert.Single(document));
        return string.Concat(paragraph.Inline!.Select(inline => Assert.IsType<LiteralInline>(inline).Content.ToString()));
    }

    private static IEnumerable<string> Texts(JsonNode node) =>
        node switch
        {
            JsonObject item => item.SelectMany(member =>
                member.Key is "title" or "description" ? [(string)member.Value!] : Texts(member.Value!)
            ),
            JsonArray list => list.SelectMany(value => Texts(value!)),
            _ => [],
        };
}
