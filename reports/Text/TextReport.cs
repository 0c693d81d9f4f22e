using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;
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

    /// <summary>Renders a run.</summary>
    public static string Render(AuditRun run, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        var page = new TextPage(options.Color, options.Width);
        if (!options.Quiet)
        {
            foreach (var finding in run.Findings.Where(finding => finding.IsLive))
            {
                Failure(page, finding, options);
            }

            Unsettled(page, run, options);
            Gaps(page, run);
            Accepted(page, run);
            Notices(page, run, options);
        }

        Summary(page, run, options);
        return page.ToString();
    }

    private static void Failure(TextPage page, Finding finding, TextOptions options)
    {
        var level = finding.Level!.Value;
        page.Line(
            page.Style(JsonReport.Word(level), StyleOf(level)),
            page.Style($"[{finding.Rule.Id}] {finding.Rule.Name}", TextStyle.Bold),
            finding.Environments.IsEmpty ? "" : page.Style($"({string.Join(", ", finding.Environments)})", TextStyle.Dim)
        );
        page.Wrap("  ", finding.Message);
        Excerpt(page, finding.Place, level);
        foreach (var fact in finding.Facts)
        {
            page.Wrap("  " + page.Style($"{fact.Side, -8}", TextStyle.Cyan) + " ", $"{fact.Name}: {fact.Value}", 11);
        }

        foreach (var related in finding.Related.Take(options.Verbose ? int.MaxValue : 4))
        {
            page.Wrap("  " + page.Style("see", TextStyle.Dim) + "      ", $"{related.Place}: {related.Text}", 11);
        }

        if (finding.Witness is { } witness)
        {
            Witness(page, witness, options);
        }

        if (finding.Subjects.Length > 1)
        {
            page.Wrap(
                "  " + page.Style("affects", TextStyle.Dim) + "  ",
                Shortened(finding.Subjects, options.Verbose ? int.MaxValue : 3),
                11
            );
        }

        if (finding.Remedy is { } remedy)
        {
            page.Wrap("  " + page.Style("fix", TextStyle.Green) + "      ", remedy, 11);
        }

        if (!finding.Also.IsEmpty)
        {
            page.Wrap("  " + page.Style("also", TextStyle.Dim) + "     ", string.Join(", ", finding.Also), 11);
        }

        if (options.FixPreview)
        {
            foreach (var fix in finding.Fixes)
            {
                page.Line();
                foreach (var line in fix.Diff.TrimEnd('\n').Split('\n'))
                {
                    page.Line(
                        "    "
                            + page.Style(
                                line,
                                line.StartsWith('+') ? TextStyle.Green
                                    : line.StartsWith('-') ? TextStyle.Red
                                    : TextStyle.Dim
                            )
                    );
                }
            }
        }

        page.Line();
    }

    private static void Excerpt(TextPage page, Place place, Level level)
    {
        page.Line("   " + page.Style("-->", TextStyle.Dim), Neutral.Line(place.ToString()));
        if (place.Excerpt is not { } excerpt)
        {
            return;
        }

        var number = place.Line.ToString(CultureInfo.InvariantCulture);
        var gutter = new string(' ', number.Length);
        var trimmed = excerpt.TrimStart();
        var cut = excerpt.Length - trimmed.Length;
        page.Line("  " + page.Style($"{gutter} |", TextStyle.Dim));
        page.Line("  " + page.Style($"{number} |", TextStyle.Dim), Neutral.Line(trimmed));
        var from = Math.Clamp(place.Column - 1 - cut, 0, trimmed.Length);
        var to = place.EndLine == place.Line ? Math.Clamp(place.EndColumn - 1 - cut, from, trimmed.Length) : trimmed.TrimEnd().Length;
        page.Line(
            "  " + page.Style($"{gutter} |", TextStyle.Dim),
            new string(' ', from) + page.Style(new string('^', Math.Max(1, to - from)), StyleOf(level))
        );
    }

    private static void Witness(TextPage page, Witness witness, TextOptions options)
    {
        page.Line("  " + page.Style("request", TextStyle.Magenta), " " + Neutral.Line($"{witness.RequestLine} HTTP/1.1"));
        if (witness.Host is { } host)
        {
            page.Line("           " + Neutral.Line($"Host: {host}"));
        }

        foreach (var header in witness.Headers)
        {
            page.Line("           " + Neutral.Line($"{header.Name}: {header.Value}"));
        }

        foreach (var header in witness.WithoutHeaders)
        {
            page.Line("           " + page.Style(Neutral.Line($"(no {header} header)"), TextStyle.Dim));
        }

        foreach (var circumstance in witness.Circumstances)
        {
            page.Line("           " + page.Style(Neutral.Line($"({circumstance})"), TextStyle.Dim));
        }

        page.Line("           " + page.Style(Neutral.Line($"({witness.Token})"), TextStyle.Dim));
        var steps = options.Verbose ? witness.Steps : [.. witness.Steps.Where(step => step.Outcome != "passed")];
        foreach (var step in steps)
        {
            page.Wrap("           " + page.Style("· ", TextStyle.Dim), $"{step.Step} {Outcome(step.Outcome)}: {step.Why}", 13);
        }

        page.Line("           " + page.Style("→", TextStyle.Red), Neutral.Line($"reaches {witness.Reaches}"));
    }

    private static string Outcome(string outcome) =>
        outcome switch
        {
            "failed-and-continued" => "fails and goes on",
            "skipped" => "is skipped",
            "disabled" => "is off",
            "stopped" => "stops it",
            _ => outcome,
        };

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

        if (open.Count > MaxOpen && !options.Verbose)
        {
            page.Line(
                "  "
                    + page.Style(
                        $"… and {(open.Count - MaxOpen).ToString(CultureInfo.InvariantCulture)} more (--verbose shows them)",
                        TextStyle.Dim
                    )
            );
        }

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

    private static void Accepted(TextPage page, AuditRun run)
    {
        var accepted = run.Findings.Where(finding => finding.Accepted is not null).ToList();
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
        var notices = run
            .Notices.Where(notice =>
                options.Verbose
                || notice.Code.EndsWith("suppression", StringComparison.Ordinal)
                || notice.Code.EndsWith("exception", StringComparison.Ordinal)
            )
            .ToList();
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

    private static void Summary(TextPage page, AuditRun run, TextOptions options)
    {
        if (!options.Quiet)
        {
            var checkedSubjects = run.Populations.Sum(population => population.Subjects - population.NotApplicable);
            page.Wrap(
                "",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Audited {Headline.Inventory(run)} with {Nouns.Count(run.Rules.Length, "rules")}: {Nouns.Count(checkedSubjects, "judgements")}, {run.Populations.Sum(population => population.Pass)} in order."
                ),
                0
            );
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

    private static string Shortened(ImmutableArray<string> items, int most) =>
        items.Length <= most
            ? string.Join("; ", items)
            : string.Join("; ", items.Take(most)) + $"; and {(items.Length - most).ToString(CultureInfo.InvariantCulture)} more";

    private static TextStyle StyleOf(Level level) =>
        level switch
        {
            Level.Error => TextStyle.Red,
            Level.Warning => TextStyle.Yellow,
            _ => TextStyle.Cyan,
        };
}

/// <summary>The styles of a text report.</summary>
internal enum TextStyle
{
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Magenta,
    Cyan,
}

/// <summary>Lines of text with styles; whatever is put in goes through <see cref="Neutral"/> unless it is a style's own code.</summary>
internal sealed class TextPage(bool color, int width)
{
    private readonly StringBuilder text = new();

    /// <summary>A styled piece. The text is neutralised first.</summary>
    public string Style(string piece, TextStyle style)
    {
        var plain = Neutral.Line(piece);
        if (!color)
        {
            return plain;
        }

        var code = style switch
        {
            TextStyle.Bold => "1",
            TextStyle.Dim => "2",
            TextStyle.Red => "1;31",
            TextStyle.Green => "32",
            TextStyle.Yellow => "33",
            TextStyle.Magenta => "35",
            _ => "36",
        };
        return $"\u001b[{code}m{plain}\u001b[0m";
    }

    /// <summary>A line of pieces that are already neutral, with blanks between.</summary>
    public void Line(params ReadOnlySpan<string> pieces)
    {
        var first = true;
        foreach (var piece in pieces)
        {
            if (piece.Length == 0)
            {
                continue;
            }

            if (!first)
            {
                text.Append(' ');
            }

            text.Append(piece);
            first = false;
        }

        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        text.Append('\n');
    }

    /// <summary>A text wrapped at the width, behind a prefix; further lines are indented.</summary>
    public void Wrap(string prefix, string content, int indent = 2)
    {
        var words = Neutral.Line(content).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var line = new StringBuilder();
        var room = Math.Max(20, width - indent);
        var first = true;
        foreach (var piece in words)
        {
            // A runner takes a line that begins like this for a command, and wrapping decides where lines begin.
            var word = piece.StartsWith("::", StringComparison.Ordinal) ? "·" + piece : piece;
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                Flush(line, first ? prefix : new string(' ', indent));
                first = false;
            }

            if (line.Length > 0)
            {
                line.Append(' ');
            }

            line.Append(word);
        }

        if (line.Length > 0 || first)
        {
            Flush(line, first ? prefix : new string(' ', indent));
        }
    }

    public override string ToString() => text.ToString();

    private void Flush(StringBuilder line, string prefix)
    {
        text.Append(prefix).Append(line).Append('\n');
        line.Clear();
    }
}
