using System.Text;

namespace Auditor.Reports.Sarif;

/// <summary>Texts as SARIF and its readers want them.</summary>
internal static class SarifText
{
    /// <summary>
    /// A message: nothing hides in it, it ends with a period, and no name from an audited system can make a link of itself (SARIF §3.11.6: <c>[text](target)</c> is one).
    /// </summary>
    public static string Sentence(string text)
    {
        var plain = Neutral.Visible(text).Trim().Replace("](", "] (", StringComparison.Ordinal);
        return plain.Length == 0 ? "Nothing was said."
            : plain[^1] is '.' or '!' or '?' ? plain
            : plain + ".";
    }

    /// <summary>The text of a link.</summary>
    public static string LinkText(string text) =>
        Neutral
            .Visible(text)
            .Trim()
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("[", "\\[", StringComparison.Ordinal)
            .Replace("]", "\\]", StringComparison.Ordinal);

    /// <summary>A text of at most so many characters, cut between words.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var end = text.LastIndexOf(' ', most - 2);
        end = end < most / 2 ? most - 1 : end;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }

    /// <summary>A name as a segment of a hierarchical string (SARIF §3.5.4): no slash of its own.</summary>
    public static string Segment(string name)
    {
        var result = new StringBuilder();
        foreach (var c in Neutral.Visible(name))
        {
            result.Append(c is '/' or '\\' ? '-' : c);
        }

        return result.Length == 0 ? "-" : result.ToString();
    }

    /// <summary>A relative reference (RFC 3986 §4.2) for a path: every segment is encoded, and none climbs out.</summary>
    public static string Uri(string path) =>
        string.Join(
            '/',
            path.Split('/')
                .Where(segment => segment.Length > 0)
                .Select(segment => segment is "." or ".." ? "%2E" : System.Uri.EscapeDataString(segment))
        );

    /// <summary>A count with its noun.</summary>
    public static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
