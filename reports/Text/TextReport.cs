using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Changes;
using Auditor.Reports.Json;

namespace Auditor.Reports.Text;

/// <summary>How a text report looks.</summary>
/// <param name="Color">Whether ANSI colours are used.</param>
/// <param name="Quiet">Whether only the last line is printed.</param>
/// <param name="Verbose">Whether open findings, passed-over steps and notices are printed in full.</param>
/// <param name="FixPreview">Whether the proposed changes are printed as diffs.</param>
/// <param name="Width">The width to wrap at.</param>
public sealed record TextOptions(bool Color, bool Quiet = false, bool Verbose = false, bool FixPreview = false, int Width = 100);

/// <summary>The report for people at a terminal: findings grouped by root cause, with the place, both sides, a request that shows it, and the way out.</summary>
public static class TextReport
{
    private const int MaxOpen = 12;
    private const int MaxRules = 18;
    private const int MaxSummary = 80;

    /// <summary>Renders a run.</summary>
    public static string Render(AuditRun run, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        var page = new TextPage(options.Color, options.Width);
        if (!options.Quiet)
        {
            foreach (var finding in run.Findings.Where(finding => finding.IsLive && IsListed(run, finding)))
            {
                TextFinding.Write(page, finding, options);
            }

            Changed(page, run, options);
            Gone(page, run, options);
            Unsettled(page, run, options);
            Gaps(page, run);
            Accepted(page, run);
            Notices(page, run, options);
        }

        Summary(page, run, options);
        return page.ToString();
    }

    private static void Changed(TextPage page, AuditRun run, TextOptions options)
    {
        if (
            run.Comparison is { } comparison
            && (comparison.Incomparable is not null || !comparison.Changes.IsEmpty || !comparison.NotAssessed.IsEmpty)
        )
        {
            page.Line(page.Style("Changed", TextStyle.Bold), page.Style($"(since {comparison.Before})", TextStyle.Dim));
            ChangesText.Write(page, comparison, options);
        }
    }

    private static void Unsettled(TextPage page, AuditRun run, TextOptions options)
    {
        var open = run.Findings.Where(finding => finding.Verdict == "open").ToList();
        if (open.Count == 0)
        {
            return;
        }

        page.Line(page.Style("Open", TextStyle.Bold), page.Style("(what configuration alone does not say)", TextStyle.Dim));
        foreach (var finding in open.Take(options.Verbose ? int.MaxValue : MaxOpen))
        {
            page.Wrap("  " + page.Style(finding.Rule.Id, TextStyle.Yellow) + "  ", finding.Message, 11);
            var about = finding.Subjects.Length > 1 ? Nouns.Count(finding.Subjects.Length, finding.Rule.Subjects) + "; " : "";
            if (finding.Remedy is { Length: > 0 } closes)
            {
                page.Wrap("           " + page.Style("closes with", TextStyle.Dim) + " ", about + closes, 23);
            }
        }

        More(page, options.Verbose ? 0 : open.Count - MaxOpen);

        page.Line();
    }

    private static void Gaps(TextPage page, AuditRun run)
    {
        if (run.Gaps.IsEmpty)
        {
            return;
        }

        page.Line(page.Style("Incomplete", TextStyle.Red), page.Style("(what could not be read or assessed)", TextStyle.Dim));
        foreach (var gap in run.Gaps.Take(20))
        {
            page.Wrap("  - ", gap, 4);
        }

        if (run.Gaps.Length > 20)
        {
            page.Line("  " + page.Style($"… and {(run.Gaps.Length - 20).ToString(CultureInfo.InvariantCulture)} more", TextStyle.Dim));
        }

        page.Line();
    }

    // What is not new is told by its number where only what is new is asked for.
    private static bool IsListed(AuditRun run, Finding finding) => !run.NewOnly || finding.IsNew != false;

    private static void Accepted(TextPage page, AuditRun run)
    {
        if (run.Findings.Count(finding => !IsListed(run, finding)) is > 0 and var known)
        {
            page.Line(
                $"{Nouns.Count(known, "findings")} that {(known == 1 ? "is" : "are")} not new {(known == 1 ? "is" : "are")} not listed here."
            );
            page.Line();
        }

        var accepted = run.Findings.Where(finding => finding.Accepted is not null && IsListed(run, finding)).ToList();
        if (accepted.Count == 0)
        {
            return;
        }

        page.Line(page.Style("Accepted", TextStyle.Bold));
        foreach (var finding in accepted)
        {
            page.Wrap(
                "  " + page.Style(finding.Rule.Id, TextStyle.Dim) + "  ",
                $"{finding.Place}: {finding.Accepted!.Reason}{(finding.Accepted.By is { Length: > 0 } by ? $" ({by})" : "")}",
                11
            );
        }

        page.Line();
    }

    private static void Notices(TextPage page, AuditRun run, TextOptions options)
    {
        var notices = run.Notices.Where(notice => options.Verbose || notice.Code == "old-baseline").ToList();
        foreach (var notice in notices)
        {
            page.Wrap(page.Style("note", TextStyle.Dim) + " ", $"{notice.Location}: {notice.Text}", 5);
        }

        if (options.Verbose)
        {
            foreach (var assumption in run.Assumptions)
            {
                page.Wrap(page.Style("assumed", TextStyle.Dim) + " ", assumption, 8);
            }
        }

        if (notices.Count > 0)
        {
            page.Line();
        }
    }

    // What was wrong in the run before and no longer is.
    private static void Gone(TextPage page, AuditRun run, TextOptions options)
    {
        var gone = run.Vanished?.Where(finding => finding.Level is "error" or "warning" or "note").ToList() ?? [];
        if (gone.Count == 0)
        {
            return;
        }

        page.Line(page.Style("Gone", TextStyle.Bold), page.Style("(findings of the run before)", TextStyle.Dim));
        foreach (var finding in gone.Take(options.Verbose ? int.MaxValue : MaxOpen))
        {
            page.Wrap("  " + page.Style(finding.Rule, TextStyle.Green) + "  ", $"{finding.Message} ({finding.Place})", 11);
        }

        More(page, options.Verbose ? 0 : gone.Count - MaxOpen);
        page.Line();
    }

    private static void More(TextPage page, int left)
    {
        if (left > 0)
        {
            page.Line(
                "  " + page.Style(string.Create(CultureInfo.InvariantCulture, $"… and {left} more (--verbose shows them)"), TextStyle.Dim)
            );
        }
    }

    // Fits 80 columns, whatever the findings above are wrapped at: it is what is left on the screen.
    private static void Summary(TextPage page, AuditRun run, TextOptions options)
    {
        if (!options.Quiet)
        {
            var closing = page.Narrow(MaxSummary);
            foreach (var level in new[] { Level.Error, Level.Warning, Level.Note })
            {
                var rules = run
                    .Findings.Where(finding => finding.IsLive && finding.Level == level)
                    .GroupBy(finding => finding.Rule.Id, StringComparer.Ordinal)
                    .Select(group =>
                        group.Count() == 1 ? group.Key : string.Create(CultureInfo.InvariantCulture, $"{group.Key} (×{group.Count()})")
                    )
                    .ToList();
                if (rules.Count > 0)
                {
                    closing.Wrap(page.Style($"{JsonReport.Word(level), -9}", StyleOf(level)), Listed(rules), 9);
                }
            }

            closing.Wrap("audited  ", Headline.Inventory(run), 9);
            closing.Wrap(
                "judged   ",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Nouns.Count(run.Rules.Length, "rules")}, {Nouns.Count(run.Populations.Sum(population => population.Subjects - population.NotApplicable), "judgements")}, {run.Populations.Sum(population => population.Pass)} in order"
                ),
                9
            );
            if (Headline.News(run) is { Length: > 0 } news)
            {
                closing.Wrap("changed  ", news, 9);
            }
        }

        var counts = Headline.Counts(run);
        var style = run.Outcome switch
        {
            AuditOutcome.Clean when run.Findings.Any(finding => finding.IsLive) => TextStyle.Yellow,
            AuditOutcome.Clean => TextStyle.Green,
            AuditOutcome.Findings or AuditOutcome.Incomplete => TextStyle.Red,
            _ => TextStyle.Yellow,
        };
        page.Line(page.Style(Headline.Word(run), style) + (counts.Length == 0 ? "" : ":"), counts);
    }

    private static string Listed(List<string> rules) =>
        rules.Count <= MaxRules
            ? string.Join(", ", rules)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{string.Join(", ", rules.Take(MaxRules))} and {rules.Count - MaxRules} more rules"
            );

    /// <summary>The style of a level.</summary>
    internal static TextStyle StyleOf(Level level) =>
        level switch
        {
            Level.Error => TextStyle.Red,
            Level.Warning => TextStyle.Yellow,
            _ => TextStyle.Cyan,
        };
}
