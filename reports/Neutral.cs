using System.Text;

namespace Auditor.Reports;

/// <summary>Takes the sting out of names and texts of audited systems before they reach something that would act on them.</summary>
public static class Neutral
{
    /// <summary>
    /// A text that a terminal or a CI log only shows: control characters, escape sequences and direction marks become visible stand-ins, line breaks become blanks,
    /// and the sequences that runners take for commands are broken.
    /// </summary>
    public static string Line(string text) => BreakCommands(Visible(text));

    /// <summary>
    /// A text in which nothing hides: control characters, escape sequences and direction marks become visible stand-ins, line breaks become blanks. It keeps its length.
    /// </summary>
    public static string Visible(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!NeedsWork(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\n' or '\r' or '\t' or '\u2028' or '\u2029')
            {
                result.Append(' ');
            }
            else if (IsHostile(c))
            {
                result.Append('\uFFFD');
            }
            else if (char.IsSurrogate(c))
            {
                if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                {
                    result.Append(c).Append(text[++i]);
                }
                else
                {
                    result.Append('\uFFFD');
                }
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    private static bool NeedsWork(string text)
    {
        foreach (var c in text.AsSpan())
        {
            if (char.IsSurrogate(c) || IsHostile(c))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a character does something instead of being something: C0, DEL, C1, bidirectional and other invisible format characters.</summary>
    public static bool IsHostile(char c) =>
        char.IsControl(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // GitHub's runner acts on lines that begin with "::", Azure's on "##vso[" anywhere, older ones on "##[".
    private static string BreakCommands(string line)
    {
        if (line.AsSpan().TrimStart().StartsWith("::", StringComparison.Ordinal))
        {
            line = "·" + line;
        }

        return line.Replace("##vso[", "## vso[", StringComparison.OrdinalIgnoreCase).Replace("##[", "## [", StringComparison.Ordinal);
    }
}
