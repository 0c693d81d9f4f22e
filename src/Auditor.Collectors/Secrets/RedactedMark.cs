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
    public static string Of(Redacted value) => $"[REDACTED {value.Kind} {value.Length} {value.Fingerprint}]";

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
        "^\\[REDACTED (?<kind>[a-z-]{1,30}) (?<length>[0-9-]{1,7}) (?<fingerprint>hmac:[0-9a-f]{32})\\]$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        SecretShapes.Patience
    )]
    private static partial Regex Whole();
}
