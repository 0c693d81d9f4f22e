using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Changes;
using Auditor.Reports.Json;

namespace Auditor.Reports.Markdown;

/// <summary>
/// A summary in GitHub's Markdown, for job summaries and merge requests. GitHub drops a summary of more than 1 MiB as a whole, so that this one ends, and says so, well
/// before.
/// </summary>
public static class MarkdownReport
{
    /// <summary>The greatest size in bytes.</summary>
    public const int Budget = 900_000;

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var page = new MarkdownPage(Budget);
        page.Must($"# auditor: {MarkdownPage.Text(Headline.Line(run))}\n\n{MarkdownPage.Text(Headline.Systems(run))}\n\n");
        if (Headline.News(run) is { Length: > 0 } news)
        {
            page.Must($"Since the run before: {MarkdownPage.Text(news)}.\n\n");
        }

        Gaps(page, run);
        Findings(page, run);
        if (run.Comparison is { } comparison)
        {
            ChangesMarkdown.Write(page, comparison);
        }

        Unsettled(page, run);
        Accepted(page, run);
        Populations(page, run);
        page.Close();
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void Gaps(MarkdownPage page, AuditRun run)
    {
        if (run.Gaps.IsEmpty)
        {
            return;
        }

        page.Section("Incomplete: what could not be read or assessed", run.Gaps.Length, "gaps");
        foreach (var gap in run.Gaps)
        {
            page.Add($"- {MarkdownPage.Text(gap)}\n");
        }
    }

    private static void Findings(MarkdownPage page, AuditRun run)
    {
        var live = run.Findings.Where(finding => finding.IsLive).ToList();
        page.Section("Findings", live.Count, "findings");
        if (live.Count == 0)
        {
            page.Add("None.\n");
        }

        foreach (var finding in live)
        {
            page.Add(Describe(run, finding));
        }
    }

    private static string Describe(AuditRun run, Finding finding)
    {
        var text = new StringBuilder();
        var where = finding.Environments.IsEmpty ? "" : $" ({string.Join(", ", finding.Environments.Select(MarkdownPage.Text))})";
        text.Append(
            CultureInfo.InvariantCulture,
            $"### {JsonReport.Word(finding.Level!.Value)} {finding.Rule.Id} {finding.Rule.Name}{where}{(finding.IsNew == true ? ", new" : "")}\n\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"{MarkdownPage.Text(finding.Message)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- at {MarkdownPage.Code(PlaceOf(run, finding.Place))}\n");
        foreach (var fact in finding.Facts)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {MarkdownPage.Text(fact.Side)}, {MarkdownPage.Text(fact.Name)}: {MarkdownPage.Code(fact.Value)}\n"
            );
        }

        foreach (var related in finding.Beside.Take(4))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {MarkdownPage.Text(related.Text)}: {MarkdownPage.Code(PlaceOf(run, related.Place))}\n"
            );
        }

        if (finding.Witness is { } witness)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {MarkdownPage.Code(witness.RequestLine)} with {MarkdownPage.Text(witness.Token)} reaches {MarkdownPage.Text(witness.Reaches)}\n"
            );
        }

        if (finding.Remedy is { } remedy)
        {
            text.Append(CultureInfo.InvariantCulture, $"- fix: {MarkdownPage.Text(remedy)}\n");
        }

        foreach (var fix in finding.Fixes)
        {
            text.Append('\n').Append(MarkdownPage.Block("diff", fix.Diff));
        }

        return text.Append('\n').ToString();
    }

    private static string PlaceOf(AuditRun run, Place place) => (place with { Artifact = run.PathOf(place.Artifact) }).ToString();

    private static void Unsettled(MarkdownPage page, AuditRun run)
    {
        var open = run.Findings.Where(finding => finding.Verdict == "open").ToList();
        if (open.Count == 0)
        {
            return;
        }

        page.Section("Open: what configuration alone does not say", open.Count, "open findings");
        foreach (var finding in open)
        {
            page.Add(
                $"- {finding.Rule.Id}: {MarkdownPage.Text(finding.Message)}{(finding.Remedy is { } closes ? $" Closes with {MarkdownPage.Text(closes)}." : "")}\n"
            );
        }
    }

    private static void Accepted(MarkdownPage page, AuditRun run)
    {
        var accepted = run.Findings.Where(finding => finding.Accepted is not null).ToList();
        if (accepted.Count == 0)
        {
            return;
        }

        page.Section("Accepted", accepted.Count, "accepted findings");
        foreach (var finding in accepted)
        {
            var until = finding.Accepted!.Expires is { } day ? $" until {day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : "";
            page.Add(
                $"- {finding.Rule.Id} at {MarkdownPage.Code(PlaceOf(run, finding.Place))}: {MarkdownPage.Text(finding.Accepted.Reason)} ({MarkdownPage.Text(finding.Accepted.By ?? "comment")}{until})\n"
            );
        }
    }

    private static void Populations(MarkdownPage page, AuditRun run)
    {
        page.Section("What was judged", run.Populations.Length, "rules");
        page.Add("| rule | subjects | in order | wrong | open | not assessed | not applicable |\n|---|--:|--:|--:|--:|--:|--:|\n");
        foreach (var population in run.Populations)
        {
            page.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {population.Rule.Id} {population.Rule.Name} | {population.Subjects} | {population.Pass} | {population.Fail} | {population.Open} | {population.NotAssessed} | {population.NotApplicable} |\n"
                )
            );
        }
    }
}
