using System.Text;

namespace Auditor.Reports.Markdown;

/// <summary>Collects pieces of Markdown up to a size. What no longer fits is counted, section by section, instead of being cut in the middle.</summary>
internal sealed class MarkdownPage(int budget)
{
    // Room for the sentences that say what was left out.
    private const int Reserve = 4_000;

    private readonly StringBuilder text = new();
    private int size;
    private int left;
    private string nouns = "";

    /// <summary>Adds a piece that is never left out.</summary>
    public void Must(string piece)
    {
        text.Append(piece);
        size += Encoding.UTF8.GetByteCount(piece);
    }

    /// <summary>Begins a section.</summary>
    public void Section(string title, int count, string nouns)
    {
        Close();
        this.nouns = nouns;
        Must(string.Create(CultureInfo.InvariantCulture, $"\n## {title} ({count})\n\n"));
    }

    /// <summary>Adds a piece, or counts it as left out.</summary>
    public void Add(string piece)
    {
        if (size + Encoding.UTF8.GetByteCount(piece) > budget - Reserve)
        {
            left++;
            return;
        }

        Must(piece);
    }

    /// <summary>Ends the section.</summary>
    public void Close()
    {
        if (left > 0)
        {
            Must($"\n{Nouns.Count(left, nouns)} left out: the summary would be too large. The other formats have them.\n");
            left = 0;
        }
    }

    public override string ToString() => text.ToString();

    /// <summary>
    /// A text of which no character is markup: no link, no image, no heading, no table cell, no mention of a person. Empty comments keep GitHub from making addresses,
    /// mentions and references out of it.
    /// </summary>
    public static string Text(string content)
    {
        var result = new StringBuilder();
        var line = Neutral.Line(content);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            _ = c switch
            {
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '&' => result.Append("&amp;"),
                '@' or '#' => result.Append('\\').Append(c).Append("<!-- -->"),
                '\\' or '`' or '*' or '_' or '{' or '}' or '[' or ']' or '(' or ')' or '!' or '|' or '~' or '$' => result
                    .Append('\\')
                    .Append(c),
                '+' or '-' or '=' when result.Length == 0 => result.Append('\\').Append(c),
                ':' when i + 1 < line.Length && line[i + 1] == '/' => result.Append(":<!-- -->"),
                '.' when EndsWithWww(result) => result.Append("<!-- -->."),
                '.' when IsNumber(result) => result.Append("\\."),
                _ => result.Append(c),
            };
        }

        return result.ToString();
    }

    /// <summary>A text as code, in a fence that it cannot end.</summary>
    public static string Code(string content)
    {
        var line = Neutral.Line(content).Replace("|", "¦", StringComparison.Ordinal);
        var fence = new string('`', LongestRun(line) + 1);
        return line.Length == 0 ? "(empty)"
            : line[0] is '`' or ' ' || line[^1] is '`' or ' ' ? $"{fence} {line} {fence}"
            : fence + line + fence;
    }

    /// <summary>Lines as a block of code.</summary>
    public static string Block(string language, string content)
    {
        var lines = content.TrimEnd('\n').Split('\n').Select(Neutral.Line).ToList();
        var fence = new string('`', Math.Max(3, lines.Max(LongestRun) + 1));
        return $"{fence}{language}\n{string.Join('\n', lines)}\n{fence}\n";
    }

    private static bool EndsWithWww(StringBuilder text) =>
        text.Length >= 3 && text.ToString(text.Length - 3, 3).Equals("www", StringComparison.OrdinalIgnoreCase);

    // "1." at the start of a line begins a list.
    private static bool IsNumber(StringBuilder text) => text.Length is > 0 and < 10 && text.ToString().All(char.IsAsciiDigit);

    private static int LongestRun(string line)
    {
        var (longest, current) = (0, 0);
        foreach (var c in line)
        {
            current = c == '`' ? current + 1 : 0;
            longest = Math.Max(longest, current);
        }

        return longest;
    }
}
