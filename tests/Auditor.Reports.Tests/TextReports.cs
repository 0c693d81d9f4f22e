using Auditor.Engine;
using Auditor.Reports.Tests.Html;
using Auditor.Reports.Text;

namespace Auditor.Reports.Tests;

/// <summary>The report for a terminal, as somebody reads it at night.</summary>
public sealed class TextReports
{
    private static readonly TextOptions Plain = new(Color: false);

    [Fact]
    public void Nothing_is_said_twice_about_a_finding()
    {
        foreach (var block in TextReport.Render(Runs.Bad, Plain).Split("\n\n"))
        {
            var lines = block.Split('\n').Where(line => line.Trim().Length > 3 && !line.TrimStart().StartsWith('^')).ToList();

            Assert.Equal(lines.Distinct(StringComparer.Ordinal), lines);
        }
    }

    [Fact]
    public void A_place_that_the_request_passes_is_told_on_its_way_only()
    {
        var finding = Runs.Bad.Findings.First(item => item is { IsLive: true, Witness.Steps.IsEmpty: false });
        var step = finding.Witness!.Steps[0];
        var related = new RelatedPlaceText(
            finding.Place with
            {
                Artifact = step.Location.Artifact,
                Line = step.Location.Line,
            },
            "passed by"
        );

        Assert.Contains(related, (finding with { Related = [related] }).Related);
        Assert.Empty((finding with { Related = [related] }).Beside);
        Assert.DoesNotContain(
            "passed by",
            TextReport.Render(Runs.Bad with { Findings = [finding with { Related = [related] }] }, Plain),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    public void The_closing_lines_fit_a_screen_of_eighty_columns(int width)
    {
        var closing = TextReport.Render(HtmlContents.Compared, Plain with { Width = width }).TrimEnd('\n').Split("\n\n")[^1].Split('\n');

        Assert.All(closing, line => Assert.InRange(line.Length, 1, Math.Min(80, width)));
        Assert.Equal(Headline.Line(HtmlContents.Compared), closing[^1]);
        Assert.Contains(
            closing,
            line => line.StartsWith("error    ", StringComparison.Ordinal) && line.Contains("AUD-001", StringComparison.Ordinal)
        );
        Assert.Contains(closing, line => line.StartsWith("judged   ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_gone_and_what_is_new_since_the_run_before_is_told()
    {
        var text = TextReport.Render(HtmlContents.Compared, Plain);

        Assert.Contains("  AUD-001  The audience differed. (apigee/acme/x.xml:3:1)\n", text, StringComparison.Ordinal);
        Assert.Contains($"changed  {Headline.News(HtmlContents.Compared)}\n", text, StringComparison.Ordinal);
        Assert.Contains(
            text.Split('\n'),
            line => line.StartsWith("error [", StringComparison.Ordinal) && line.EndsWith(" new", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Carets_stand_below_what_they_mark()
    {
        var finding = Runs.Bad.Findings.First(item =>
            item.IsLive && item.Place is { EndLine: var end, Line: > 0 and var line } && end == line
        );
        var lines = TextReport.Render(Runs.Bad with { Findings = [finding] }, Plain).Split('\n');
        var at = Array.FindIndex(
            lines,
            line =>
                line.TrimStart().StartsWith("| ^", StringComparison.Ordinal)
                || line.Contains("| ", StringComparison.Ordinal) && line.TrimEnd().EndsWith('^')
        );
        var from = lines[at].IndexOf('^', StringComparison.Ordinal);
        var marked = lines[at - 1][from..(lines[at].LastIndexOf('^') + 1)];

        Assert.Equal(finding.Place.Excerpt![(finding.Place.Column - 1)..(finding.Place.EndColumn - 1)], marked);
    }

    [Fact]
    public void A_bracket_that_opens_a_record_is_shown_with_what_it_opens()
    {
        var opened = Runs
            .Bad.Findings.Select(finding => finding.Place)
            .Concat(Runs.Bad.Findings.SelectMany(finding => finding.Related.Select(item => item.Place)));

        Assert.All(
            opened.Where(place => place.Excerpt?.TrimEnd() is ['{', ..] or [.., '{'] or [.., '[']),
            place =>
                Assert.True(place.MoreLines.Length > 0 || !place.Artifact.EndsWith(".json", StringComparison.Ordinal), place.ToString())
        );
    }

    [Fact]
    public void Everything_is_told_when_asked_for()
    {
        var run = Runs.Bad;
        var text = TextReport.Render(run, Plain with { Verbose = true, FixPreview = true, Width = 400 });

        Assert.All(
            run.Findings.Where(finding => finding.IsLive).SelectMany(finding => finding.Related),
            related => Assert.Contains(related.Text, text, StringComparison.Ordinal)
        );
        Assert.All(
            run.Findings.SelectMany(finding => finding.Witness?.Steps ?? []),
            step => Assert.Contains(step.Why, text, StringComparison.Ordinal)
        );
        Assert.Equal(
            run.Findings.Where(finding => finding.IsLive).Sum(finding => finding.Fixes.Length),
            text.Split('\n').Count(line => line.StartsWith("    +++ ", StringComparison.Ordinal))
        );
    }
}
