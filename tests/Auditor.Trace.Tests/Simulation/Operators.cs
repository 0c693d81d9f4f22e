using System.Globalization;
using System.Text.RegularExpressions;

namespace Auditor.Trace.Tests.Simulation;

/// <summary>The operators of conditions on concrete values, null included (conditions reference, 2026-04-10).</summary>
internal static class Operators
{
    public static bool Holds(string? left, string op, string? right) =>
        left is null || right is null
            ? WithNull(op, left is null, right is null)
            : op switch
            {
                "=" => left == right,
                "!=" => left != right,
                ":=" => left.Equals(right, StringComparison.OrdinalIgnoreCase),
                "=|" => left.StartsWith(right, StringComparison.Ordinal),
                "~" => Glob(left, right),
                "~~" => Regex.IsMatch(left, $"^(?:{right})$", RegexOptions.CultureInvariant, TimeSpan.FromMinutes(1)),
                "~/" => PathMatches(left, right),
                ">" => Compare(left, right) > 0,
                ">=" => Compare(left, right) >= 0,
                "<" => Compare(left, right) < 0,
                "<=" => Compare(left, right) <= 0,
                _ => throw new InvalidOperationException(op),
            };

    // Two numbers in digits compare as numbers.
    private static int Compare(string left, string right) =>
        left.Any(char.IsAsciiDigit) && left.All(IsNumeric) && right.Any(char.IsAsciiDigit) && right.All(IsNumeric)
            ? decimal.Parse(left, CultureInfo.InvariantCulture).CompareTo(decimal.Parse(right, CultureInfo.InvariantCulture))
            : string.CompareOrdinal(left, right);

    private static bool IsNumeric(char c) => char.IsAsciiDigit(c) || c == '.';

    // The table as it is printed: left null, right null, both null.
    private static bool WithNull(string op, bool left, bool right) =>
        (
            op,
            left && right ? 2
            : left ? 0
            : 1
        ) switch
        {
            ("=" or ":=", var which) => which == 2,
            ("!=", var which) => which != 2,
            (">", var which) => which == 0,
            (">=", var which) => which != 0,
            ("<", var which) => which == 0,
            ("<=", var which) => which != 1,
            _ => false,
        };

    private static bool Glob(string text, string pattern)
    {
        if (pattern.Length == 0)
        {
            return text.Length == 0;
        }

        return pattern[0] == '*'
            ? Enumerable.Range(0, text.Length + 1).Any(skip => Glob(text[skip..], pattern[1..]))
            : text.Length > 0 && text[0] == pattern[0] && Glob(text[1..], pattern[1..]);
    }

    private static bool PathMatches(string path, string pattern)
    {
        var (left, right) = (path.Split('/'), pattern.Split('/'));
        for (var i = 0; i < right.Length; i++)
        {
            if (right[i] == "**")
            {
                return left.Length > i;
            }

            if (i >= left.Length || (right[i] != "*" && right[i] != left[i]))
            {
                return false;
            }
        }

        return left.Length == right.Length;
    }
}
