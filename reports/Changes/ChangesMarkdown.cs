using System.Text;
using Auditor.Engine;
using Auditor.Model.Drift;
using Auditor.Reports.Markdown;

namespace Auditor.Reports.Changes;

/// <summary>A comparison in GitHub's Markdown, for merge requests and job summaries.</summary>
public static class ChangesMarkdown
{
    /// <summary>Renders the comparison of a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var page = new MarkdownPage(MarkdownReport.Budget);
        if (run.Comparison is { } comparison)
        {
            page.Must(
                $"# auditor: {MarkdownPage.Text(ChangeRow.Summary(comparison))}\n\n{MarkdownPage.Text(comparison.Before)} → {MarkdownPage.Text(comparison.After)}\n"
            );
            Write(page, comparison);
        }

        if (!run.Gaps.IsEmpty)
        {
            page.Section("Incomplete", run.Gaps.Length, "gaps");
            foreach (var gap in run.Gaps)
            {
                page.Add($"- {MarkdownPage.Text(gap)}\n");
            }
        }

        page.Close();
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    /// <summary>Writes the changes of a comparison as sections.</summary>
    internal static void Write(MarkdownPage page, EstateComparison comparison)
    {
        if (comparison.Incomparable is { } why)
        {
            page.Must($"\nNot comparable: {MarkdownPage.Text(why)}\n");
            return;
        }

        var access = ChangeRow.OfAccess(comparison);
        if (!access.IsEmpty)
        {
            page.Section("Access", access.Length, "accesses");
            foreach (var change in access)
            {
                page.Add($"- **{Words.Of(change.Effect)}** {MarkdownPage.Text(change.Title)}\n{Fields(change)}{Example(change)}");
            }
        }

        var rows = ChangeRow.OfConfiguration(comparison);
        page.Section("Changes", rows.Length, "changes");
        foreach (var row in rows)
        {
            var by = ChangeRow.Told(row.Change.Attribution) is { } words ? $"  - {MarkdownPage.Text(words)}\n" : "";
            var others = row.Others.IsEmpty
                ? ""
                : $"  - the same in {Nouns.Count(row.Others.Length, "more places")}: {MarkdownPage.Text(string.Join("; ", row.Others.Take(5)))}\n";
            page.Add(
                $"- **{Words.Of(row.Change.Impact)}** {MarkdownPage.Text(row.Change.Title)} ({ChangeRow.Spoken(row.Change.Status)}, {ChangeRow.Spoken(row.Change.Direction)})\n{Fields(row.Change)}{by}{others}"
            );
        }

        foreach (var (reason, changes) in ChangeRow.NobodyKnown(comparison))
        {
            page.Add($"- by whom, of {Nouns.Count(changes, "changes")}, is not known: {MarkdownPage.Text(reason)}\n");
        }

        var accepted = comparison.Changes.Where(change => change.Status == EntityStatus.Ignored).ToList();
        if (accepted.Count > 0)
        {
            page.Section("Accepted changes", accepted.Count, "changes");
            foreach (var change in accepted)
            {
                page.Add($"- {MarkdownPage.Text(change.Title)}: {MarkdownPage.Text(change.IgnoredBy ?? "")}\n");
            }
        }

        if (!comparison.NotAssessed.IsEmpty)
        {
            page.Section("Not compared", comparison.NotAssessed.Length, "parts");
            foreach (var part in comparison.NotAssessed)
            {
                page.Add($"- {MarkdownPage.Code(part.Part)}, {Nouns.Count(part.Entities, "entities")}: {MarkdownPage.Text(part.Reason)}\n");
            }
        }
    }

    private static string Fields(EntityChange change) =>
        string.Concat(
            change
                .Fields.OrderByDescending(field => field.Impact)
                .ThenBy(field => field.Path, StringComparer.Ordinal)
                .Select(field => $"  - {MarkdownPage.Code(ChangeRow.Told(field))}\n")
        );

    private static string Example(EntityChange change) =>
        change.Effect == AccessEffect.Narrower
            ? change.ExampleBefore is { } before
                ? $"  - before: {MarkdownPage.Text(before)}\n"
                : ""
            : change.Example is { } example
                ? $"  - for example: {MarkdownPage.Text(example)}\n"
                : "";
}
