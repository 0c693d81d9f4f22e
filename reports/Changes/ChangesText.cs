using Auditor.Engine;
using Auditor.Model.Drift;
using Auditor.Reports.Text;

namespace Auditor.Reports.Changes;

/// <summary>A comparison for people at a terminal: what changed, by whom, and what that does to access.</summary>
public static class ChangesText
{
    private const int MaxFields = 6;
    private const int MaxOthers = 3;
    private const int MaxRows = 25;

    /// <summary>Renders the comparison of a run.</summary>
    public static string Render(AuditRun run, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        var page = new TextPage(options.Color, options.Width);
        if (run.Comparison is { } comparison)
        {
            if (!options.Quiet)
            {
                page.Wrap("", $"{comparison.Before} → {comparison.After}", 2);
                page.Line();
                Write(page, comparison, options);
            }

            page.Line(
                page.Style(
                    comparison.Incomparable is null ? ChangeRow.Summary(comparison) : "not comparable",
                    run.Outcome == AuditOutcome.Clean ? TextStyle.Green : TextStyle.Red
                )
            );
        }

        foreach (var gap in run.Gaps.Take(options.Quiet ? 0 : int.MaxValue))
        {
            page.Wrap(page.Style("incomplete", TextStyle.Red) + " ", gap, 11);
        }

        return page.ToString();
    }

    /// <summary>Writes the changes of a comparison.</summary>
    internal static void Write(TextPage page, EstateComparison comparison, TextOptions options)
    {
        if (comparison.Incomparable is { } why)
        {
            page.Wrap("  " + page.Style("not comparable", TextStyle.Red) + " ", why, 17);
            page.Line();
            return;
        }

        var rows = ChangeRow.OfConfiguration(comparison);
        var shown = options.Verbose ? rows.Length : MaxRows;
        foreach (var row in rows.Take(shown))
        {
            Write(page, row, options);
        }

        if (rows.Length > shown)
        {
            page.Line("             " + page.Style($"and {Nouns.Count(rows.Length - shown, "changes")} more (--verbose)", TextStyle.Dim));
        }

        foreach (var (reason, changes) in ChangeRow.NobodyKnown(comparison))
        {
            page.Wrap(
                "  " + page.Style("by whom?   ", TextStyle.Dim),
                $"of {Nouns.Count(changes, "changes")} that is not known: {reason}",
                13
            );
        }

        foreach (var change in ChangeRow.OfAccess(comparison))
        {
            Write(page, change, options);
        }

        foreach (var change in comparison.Changes.Where(change => change.Status == EntityStatus.Ignored))
        {
            page.Wrap("  " + page.Style("accepted   ", TextStyle.Dim), $"{change.Title}: {change.IgnoredBy}", 13);
        }

        foreach (var part in comparison.NotAssessed)
        {
            page.Wrap(
                "  " + page.Style("unknown    ", TextStyle.Yellow),
                $"{part.Part}, {Nouns.Count(part.Entities, "entities")}: not compared, {part.Reason}",
                13
            );
        }

        if (!comparison.Changes.IsEmpty || !comparison.NotAssessed.IsEmpty)
        {
            page.Line();
        }
    }

    private static void Write(TextPage page, ChangeRow row, TextOptions options)
    {
        var change = row.Change;
        page.Wrap(
            "  " + page.Style($"{Words.Of(change.Impact), -11}", StyleOf(change)),
            change switch
            {
                { Status: EntityStatus.Added or EntityStatus.Removed } => $"{change.Title} is {ChangeRow.Spoken(change.Status)}",
                { Direction: ChangeDirection.Unclear } => $"{change.Title} has changed",
                _ => $"{change.Title} is {ChangeRow.Spoken(change.Direction)}",
            },
            13
        );
        foreach (var field in Shown(change.Fields, options))
        {
            page.Wrap("             ", ChangeRow.Told(field), 15);
        }

        if (change.Fields.Length > MaxFields && !options.Verbose)
        {
            page.Line("             " + page.Style($"and {Nouns.Count(change.Fields.Length - MaxFields, "fields")} more", TextStyle.Dim));
        }

        if (ChangeRow.Told(change.Attribution) is { } by)
        {
            page.Wrap("             ", by, 15);
        }

        if (!row.Others.IsEmpty)
        {
            var shown = options.Verbose ? row.Others.Length : Math.Min(row.Others.Length, MaxOthers);
            page.Wrap(
                "             " + page.Style("the same in ", TextStyle.Dim),
                string.Join("; ", row.Others.Take(shown))
                    + (
                        shown < row.Others.Length
                            ? string.Create(CultureInfo.InvariantCulture, $"; and {row.Others.Length - shown} more")
                            : ""
                    ),
                15
            );
        }
    }

    private static void Write(TextPage page, EntityChange change, TextOptions options)
    {
        page.Wrap(
            "  "
                + page.Style(
                    $"{Words.Of(change.Effect), -11}",
                    change.Effect switch
                    {
                        AccessEffect.Wider or AccessEffect.Different => TextStyle.Red,
                        AccessEffect.Unknown => TextStyle.Yellow,
                        _ => TextStyle.Cyan,
                    }
                ),
            change.Title + (change.Status is EntityStatus.Added or EntityStatus.Removed ? $" is {ChangeRow.Spoken(change.Status)}" : ""),
            13
        );
        foreach (var field in Shown(change.Fields, options))
        {
            page.Wrap("             ", ChangeRow.Told(field), 15);
        }

        var isLess = change.Effect == AccessEffect.Narrower;
        if ((isLess ? change.ExampleBefore : change.Example) is { } example)
        {
            page.Wrap("             " + page.Style(isLess ? "before:" : "e.g.", TextStyle.Magenta) + " ", example, 18);
        }
    }

    private static IEnumerable<FieldChange> Shown(ImmutableArray<FieldChange> fields, TextOptions options) =>
        fields
            .OrderByDescending(field => field.Impact)
            .ThenBy(field => field.Path, StringComparer.Ordinal)
            .Take(options.Verbose ? int.MaxValue : MaxFields);

    private static TextStyle StyleOf(EntityChange change) =>
        change.Direction == ChangeDirection.Strengthens ? TextStyle.Green
        : change.Impact >= ChangeImpact.High ? TextStyle.Red
        : change.Impact == ChangeImpact.Medium ? TextStyle.Yellow
        : TextStyle.Dim;
}
