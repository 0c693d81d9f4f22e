using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.Text;

/// <summary>One finding at a terminal: what, where, both sides, a request that shows it, the way out. Nothing is said twice.</summary>
internal static class TextFinding
{
    // Where what is said about a label begins.
    private const int Indent = 11;
    private const int MaxRelated = 4;
    private const int MaxSubjects = 3;

    /// <summary>Writes it.</summary>
    public static void Write(TextPage page, Finding finding, TextOptions options)
    {
        var level = finding.Level!.Value;
        page.Line(
            page.Style(JsonReport.Word(level), TextReport.StyleOf(level)),
            page.Style($"[{finding.Rule.Id}] {finding.Rule.Name}", TextStyle.Bold),
            finding.Environments.IsEmpty ? "" : page.Style($"({string.Join(", ", finding.Environments)})", TextStyle.Dim),
            finding.IsNew == true ? page.Style("new", TextStyle.Magenta) : ""
        );
        page.Wrap("  ", finding.Message);
        Excerpt(page, finding.Place, level);
        foreach (var fact in finding.Facts)
        {
            Row(page, fact.Side, TextStyle.Cyan, $"{fact.Name}: {fact.Value}");
        }

        foreach (var related in (options.Verbose ? finding.Related : finding.Beside).Take(options.Verbose ? int.MaxValue : MaxRelated))
        {
            Row(page, "see", TextStyle.Dim, $"{Short(related.Place, finding.Place)}: {related.Text}");
        }

        if (finding.Witness is { } witness)
        {
            Witness(page, witness, options);
        }

        Affects(page, finding, options);
        if (finding.Remedy is { } remedy)
        {
            Row(page, "fix", TextStyle.Green, remedy);
        }

        if (!finding.Also.IsEmpty)
        {
            Row(page, "also", TextStyle.Dim, string.Join(", ", finding.Also));
        }

        Fixes(page, finding, options);
        page.Line();
    }

    private static void Row(TextPage page, string label, TextStyle style, string text) =>
        page.Wrap("  " + page.Style($"{label, -8}", style) + " ", text, Indent);

    // A place in the same file is a line of it.
    private static string Short(Place place, Place from) =>
        place.Artifact == from.Artifact && place.Line > 0
            ? string.Create(CultureInfo.InvariantCulture, $"line {place.Line}")
            : place.ToString();

    private static void Excerpt(TextPage page, Place place, Level level)
    {
        page.Line("   " + page.Style("-->", TextStyle.Dim), Neutral.Line(place.ToString()));
        if (place.Excerpt is not { } excerpt)
        {
            return;
        }

        var last = (place.Line + place.MoreLines.Length).ToString(CultureInfo.InvariantCulture);
        var gutter = new string(' ', last.Length);
        var trimmed = excerpt.TrimStart();
        var cut = excerpt.Length - trimmed.Length;
        page.Line("  " + page.Style($"{gutter} |", TextStyle.Dim));
        Numbered(page, place.Line, last.Length, trimmed);
        var from = Math.Clamp(place.Column - 1 - cut, 0, trimmed.Length);
        var to = place.EndLine == place.Line ? Math.Clamp(place.EndColumn - 1 - cut, from, trimmed.Length) : trimmed.TrimEnd().Length;
        page.Line(
            "  " + page.Style($"{gutter} |", TextStyle.Dim),
            new string(' ', from) + page.Style(new string('^', Math.Max(1, to - from)), TextReport.StyleOf(level))
        );
        for (var i = 0; i < place.MoreLines.Length; i++)
        {
            var line = place.MoreLines[i];
            Numbered(page, place.Line + 1 + i, last.Length, line[Math.Min(cut, line.Length - line.TrimStart().Length)..]);
        }
    }

    private static void Numbered(TextPage page, int number, int width, string text) =>
        page.Line(
            "  " + page.Style(number.ToString(CultureInfo.InvariantCulture).PadLeft(width) + " |", TextStyle.Dim),
            Neutral.Line(text)
        );

    private static void Witness(TextPage page, Witness witness, TextOptions options)
    {
        var indent = new string(' ', Indent);
        page.Line("  " + page.Style("request", TextStyle.Magenta), " " + Neutral.Line($"{witness.RequestLine} HTTP/1.1"));
        if (witness.Host is { } host)
        {
            page.Line(indent + Neutral.Line($"Host: {host}"));
        }

        foreach (var header in witness.Headers)
        {
            page.Line(indent + Neutral.Line($"{header.Name}: {header.Value}"));
        }

        foreach (
            var remark in witness.WithoutHeaders.Select(header => $"no {header} header").Concat(witness.Circumstances).Append(witness.Token)
        )
        {
            page.Line(indent + page.Style(Neutral.Line($"({remark})"), TextStyle.Dim));
        }

        // Steps that let it pass for one reason are told together.
        var steps = options.Verbose ? witness.Steps : [.. witness.Steps.Where(step => step.Outcome != "passed" && !step.IsAside)];
        foreach (var group in steps.GroupBy(step => (step.Outcome, step.Why)))
        {
            var many = group.Skip(1).Any();
            var why = many && group.Key.Why.StartsWith("its ", StringComparison.Ordinal) ? $"their {group.Key.Why[4..]}" : group.Key.Why;
            page.Wrap(
                indent + page.Style("· ", TextStyle.Dim),
                $"{string.Join("; ", group.Select(step => options.Verbose ? $"{step.Step} ({step.Location})" : step.Step))} {Outcome(group.Key.Outcome, many)}: {why}",
                Indent + 2
            );
        }

        page.Line(indent + page.Style("→", TextStyle.Red), Neutral.Line($"reaches {witness.Reaches}"));
    }

    private static string Outcome(string outcome, bool many) =>
        outcome switch
        {
            "failed-and-continued" => many ? "fail and go on" : "fails and goes on",
            "skipped" => many ? "are skipped" : "is skipped",
            "disabled" => many ? "are off" : "is off",
            "stopped" => many ? "stop it" : "stops it",
            _ => outcome,
        };

    // Environments stand beside the rule: subjects that differ in nothing else are one.
    private static void Affects(TextPage page, Finding finding, TextOptions options)
    {
        var subjects = finding.Subjects;
        if (!options.Verbose)
        {
            subjects =
            [
                .. subjects
                    .Select(subject =>
                        finding.Environments.Aggregate(
                            subject,
                            (title, environment) => title.Replace($", environment '{environment}'", "", StringComparison.Ordinal)
                        )
                    )
                    .Distinct(StringComparer.Ordinal),
            ];
        }

        if (finding.Subjects.Length <= 1 || (subjects.Length == 1 && finding.Message.Contains(subjects[0], StringComparison.Ordinal)))
        {
            return;
        }

        var most = options.Verbose ? int.MaxValue : MaxSubjects;
        Row(
            page,
            "affects",
            TextStyle.Dim,
            string.Join("; ", subjects.Take(most))
                + (subjects.Length > most ? string.Create(CultureInfo.InvariantCulture, $"; and {subjects.Length - most} more") : "")
        );
    }

    private static void Fixes(TextPage page, Finding finding, TextOptions options)
    {
        foreach (var fix in options.FixPreview ? finding.Fixes : [])
        {
            page.Line();
            foreach (var line in fix.Diff.TrimEnd('\n').Split('\n'))
            {
                var style =
                    line.StartsWith('+') ? TextStyle.Green
                    : line.StartsWith('-') ? TextStyle.Red
                    : TextStyle.Dim;
                page.Line("    " + page.Style(line, style));
            }
        }
    }
}
