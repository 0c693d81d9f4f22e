using System.Text;

namespace Auditor.Reports.Evidence;

/// <summary>
/// Texts as OSCAL writes them in JSON: its data types <c>markup-line</c> and <c>markup-multiline</c>, of which every title and description is one, are Markdown there
/// (Metaschema, "Markup Data Types").
/// </summary>
internal static class OscalMarkup
{
    /// <summary>A text of which no character is markup. Without it <c>&lt;Password&gt;</c> would be an element that OSCAL does not have, and a star would be gone.</summary>
    public static string Text(string content)
    {
        var line = Neutral.Visible(content).Trim();
        var result = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (IsMarkup(line, i))
            {
                result.Append('\\');
            }

            result.Append(line[i]);
        }

        return result.ToString();
    }

    // As few as are needed: who reads the JSON as it is should still be able to. Quotation marks stay, they are read as such.
    private static bool IsMarkup(string line, int at)
    {
        var before = at > 0 ? line[at - 1] : ' ';
        var after = at + 1 < line.Length ? line[at + 1] : ' ';
        return line[at] switch
        {
            '\\' or '`' or '*' or '~' or '^' or '[' or '<' => true,
            '_' => !char.IsLetterOrDigit(before) || !char.IsLetterOrDigit(after),
            '&' => after == '#' || char.IsAsciiLetter(after),
            // Two of them insert the value of a parameter.
            '{' => before == '{' || after == '{',
            // Between them are the cells of a table.
            '|' => true,
            // A heading, a quotation, a list.
            '#' or '>' or '+' or '-' or '=' => at == 0,
            '.' or ')' => at is > 0 and < 10 && !line.AsSpan(0, at).ContainsAnyExceptInRange('0', '9'),
            _ => false,
        };
    }
}
