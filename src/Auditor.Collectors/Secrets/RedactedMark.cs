using System.Text.RegularExpressions;
using Auditor.Model;

namespace Auditor.Collectors.Secrets;

/// <summary>
/// What stands in the text of a recorded bundle where a credential was: <c>[REDACTED password 9-16 hmac:…]</c>. It says what <see cref="Redacted"/> says, so that a
/// bundle reads the same before and after the credential was taken out. Without quotes, braces and line ends, so that it fits wherever a credential can stand.
/// </summary>
internal static partial class RedactedMark
{
    /// <summary>The mark of a value.</summary>
    /// <param name="value">What may be kept of it.</param>
    /// <param name="isPlaceholder">Whether it only stood for one that is to be filled in.</param>
    public static string Of(Redacted value, bool isPlaceholder) =>
        $"[REDACTED {value.Kind} {value.Length} {value.Fingerprint}{(isPlaceholder ? " placeholder" : "")}]";

    /// <summary>Whether a text is the mark of a value that only stood for one.</summary>
    public static bool IsOfPlaceholder(string text) =>
        Parse(text) is not null && text.TrimEnd().EndsWith(" placeholder]", StringComparison.Ordinal);

    /// <summary>What a text that is nothing but a mark says; null for any other text.</summary>
    public static Redacted? Parse(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("[REDACTED ", StringComparison.Ordinal))
        {
            return null;
        }

        var match = Whole().Match(text.Trim());
        return match.Success
            ? new Redacted(match.Groups["kind"].Value, match.Groups["length"].Value, match.Groups["fingerprint"].Value)
            : null;
    }

    [GeneratedRegex(
        "^\\[REDACTED (?<kind>[a-z-]{1,30}) (?<length>[0-9-]{1,7}) (?<fingerprint>hmac:[0-9a-f]{32})( placeholder)?\\]$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex Whole();
}
