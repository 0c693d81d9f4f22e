namespace Auditor.Reports.Text;

/// <summary>The page of a rule for people at a terminal: its Markdown, with paragraphs wrapped, headings and marks made visible, and examples left as they are.</summary>
public static class RulePageReport
{
    /// <summary>Renders a page. A list item or a table row is a paragraph of its own.</summary>
    /// <param name="page">The page, as Markdown.</param>
    /// <param name="color">Whether ANSI colours are used.</param>
    /// <param name="width">The width to wrap at.</param>
    public static string Render(string page, bool color, int width)
    {
        ArgumentNullException.ThrowIfNull(page);
        var result = new TextPage(color, width);
        var paragraph = new List<string>();
        string? fence = null;
        foreach (var line in page.TrimEnd('\n').Split('\n'))
        {
            if (fence is not null)
            {
                fence = line == fence ? null : fence;
                result.Line("    " + (fence is null ? "" : Example(result, line)));
                continue;
            }

            if (IsParagraph(line) && !StartsItem(line))
            {
                paragraph.Add(line.Trim());
                continue;
            }

            Flush(result, paragraph);
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                fence = line[..(line.Length - line.TrimStart('`').Length)];
                var info = line[fence.Length..].Split(' ', 2);
                result.Line("  " + result.Style(info[^1], TextStyle.Dim));
            }
            else if (line.StartsWith('#'))
            {
                result.Line(result.Style(line.TrimStart('#').Trim(), TextStyle.Bold));
            }
            else if (line.Length > 0)
            {
                paragraph.Add(line.Trim());
            }
            else
            {
                result.Line();
            }
        }

        Flush(result, paragraph);
        return result.ToString();
    }

    private static bool IsParagraph(string line) =>
        line.Length > 0 && !line.StartsWith('#') && !line.StartsWith("```", StringComparison.Ordinal);

    private static bool StartsItem(string line) => line.TrimStart() is ['-' or '*', ' ', ..] or ['|', ..];

    private static void Flush(TextPage result, List<string> paragraph)
    {
        if (paragraph.Count > 0)
        {
            var indent = StartsItem(paragraph[0]) && paragraph[0][0] != '|' ? 4 : 2;
            result.Wrap("  ", string.Join(' ', paragraph), indent);
            paragraph.Clear();
        }
    }

    // The marks at the lines of an example say what is found there.
    private static string Example(TextPage result, string line) =>
        line.Contains("error:", StringComparison.Ordinal) ? result.Style(line, TextStyle.Red)
        : line.Contains("warning:", StringComparison.Ordinal) ? result.Style(line, TextStyle.Yellow)
        : line.Contains("open:", StringComparison.Ordinal) ? result.Style(line, TextStyle.Cyan)
        : Neutral.Line(line);
}
