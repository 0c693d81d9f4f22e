namespace Auditor.Trace.Flows;

/// <summary>Finds the names of scopes or groups in the texts and patterns that people compare claims with.</summary>
public static class ClaimLiterals
{
    /// <summary>The names in a text: what is left between wildcards, quotes, brackets, anchors and blanks. <c>".*orders\.read.*"</c> gives <c>orders.read</c>.</summary>
    public static IEnumerable<string> In(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var text = pattern
            .Replace(".*", " ", StringComparison.Ordinal)
            .Replace("\\b", " ", StringComparison.Ordinal)
            .Replace("\\s", " ", StringComparison.Ordinal)
            .Replace("\\", "", StringComparison.Ordinal);
        var names = new List<string>();
        var depth = 0;
        var current = new System.Text.StringBuilder();
        foreach (var c in text + " ")
        {
            // A bracket expression of a regular expression is a set of characters, not a name.
            if (c == '[')
            {
                depth++;
            }

            var isName = depth == 0 && (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '/');
            if (isName)
            {
                current.Append(c);
                continue;
            }

            if (c == ']' && depth > 0)
            {
                depth--;
            }

            if (current.Length > 1)
            {
                names.Add(current.ToString());
            }

            current.Clear();
        }

        return names.Distinct(StringComparer.Ordinal);
    }
}
