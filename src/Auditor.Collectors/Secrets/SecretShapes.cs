using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Model;

namespace Auditor.Collectors.Secrets;

/// <summary>
/// What names and values of credentials look like. Context decides first (an element that holds nothing but a password), the shape of the value second, and entropy
/// never alone: a hash of a build, a key id and a client id are as random as a secret.
/// </summary>
public static partial class SecretShapes
{
    /// <summary>
    /// How long a pattern may take, in milliseconds. The patterns are linear or bounded, so this is no part of their meaning: it must be far above what a busy machine
    /// takes for an ordinary text.
    /// </summary>
    internal const int Patience = 30_000;

    /// <summary>Whether a header or parameter of that name carries a credential.</summary>
    public static bool IsCredentialParameter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToLowerInvariant()
                is "authorization"
                    or "proxy-authorization"
                    or "x-api-key"
                    or "apikey"
                    or "api-key"
                    or "api_key"
                    or "client_secret"
                    or "password"
                    or "client_assertion"
                    or "refresh_token"
                    or "access_token"
                    or "subscription-key"
                    or "ocp-apim-subscription-key"
                    or "cookie"
            || SecretNames.IsSecret(name);
    }

    /// <summary>The kind of credential the value is by its own shape, or null. Templates and placeholders are none.</summary>
    public static string? KindOf(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length < 12)
        {
            return null;
        }

        if (RedactedMark.Parse(value) is { } before)
        {
            return before.Kind;
        }

        if (value.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return "private-key";
        }

        var match = Known().Match(value);
        if (match.Success)
        {
            return match.Groups["okta"].Success ? "okta-api-token"
                : match.Groups["google"].Success ? "google-api-key"
                : match.Groups["aws"].Success ? "aws-access-key"
                : match.Groups["slack"].Success ? "slack-token"
                : match.Groups["github"].Success ? "github-token"
                : match.Groups["userinfo"].Success ? "url-password"
                : match.Groups["authorization"].Success ? "authorization-header"
                : "jwt";
        }

        return null;
    }

    /// <summary>Whether the text only stands for a value that is to be filled in, or is taken from a variable.</summary>
    public static bool IsPlaceholder(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        // Of an address with a password only the password is looked at: that its host is called test says nothing of it.
        var text = UrlPassword().Match(value) is { Success: true } address ? address.Groups["password"].Value : value.Trim();
        return text.Length == 0
            || (RedactedMark.Parse(text) is null ? Placeholder().IsMatch(text) || IsRepeated(text) : RedactedMark.IsOfPlaceholder(text));
    }

    /// <summary>Whether the text holds a message template, and so its value comes from a variable.</summary>
    public static bool HasTemplate(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Template().IsMatch(value);
    }

    /// <summary>
    /// Whether a value is known-public configuration that an audit needs in clear: a URL without credentials, an audience or scope by its key, a public key or key
    /// set, a flag, a duration.
    /// </summary>
    public static bool IsPublicConfiguration(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (SecretNames.IsSecret(key) || KindOf(value) is not null)
        {
            return false;
        }

        var text = value.Trim();
        return text.Length == 0
            || text is "true" or "false"
            || IsPlainUrl(text)
            || IsPublicKey(text)
            || (PublicKeyName().IsMatch(key) && !HasLongRandomRun(text));
    }

    /// <summary>
    /// Whether a value that a gateway uses as public configuration (an issuer, an audience, the address of a key set or of a backend) may be read in clear: it may unless
    /// its key or its shape says otherwise.
    /// </summary>
    internal static bool IsPublicByUse(string key, string value) =>
        value.Length <= 2048
        && !SecretNames.IsSecret(key)
        && KindOf(value) is null
        && !HasLongRandomRun(value.Trim())
        && (!value.Contains("://", StringComparison.Ordinal) || IsPlainUrl(value.Trim()));

    /// <summary>Whether the text is a URL that carries no credential: no userinfo, no query parameter of a credential's name or with a value that nobody chose as a name.</summary>
    public static bool IsPlainUrl(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!UrlStart().IsMatch(text) || text.Contains('@', StringComparison.Ordinal) || text.Length > 2048)
        {
            return false;
        }

        var query = text.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
        {
            return true;
        }

        foreach (var part in text[(query + 1)..].Split('&'))
        {
            var name = part.Split('=')[0];
            if (
                IsCredentialParameter(name)
                || name.ToLowerInvariant() is "key" or "sig" or "token" or "code"
                || HasLongRandomRun(part[name.Length..])
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Masks everything in a line of text that has the shape of a credential, for excerpts of files whose structure is not known.</summary>
    public static string MaskLine(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Length > MaxLine)
        {
            line = line[..MaxLine];
        }

        return MayBeMasked(line) ? MaskText(line) : line;
    }

    /// <summary>The text with every line of it masked.</summary>
    internal static string MaskLines(string text)
    {
        var isShort = true;
        foreach (var line in text.AsSpan().Split('\n'))
        {
            isShort &= line.End.Value - line.Start.Value <= MaxLine;
        }

        return isShort && !MayBeMasked(text) ? text : string.Join('\n', text.Split('\n').Select(MaskLine));
    }

    /// <summary>A text of unknown structure, of several lines, with everything in it masked that has the shape of a credential.</summary>
    internal static string MaskText(string text) => Masked().Replace(text, match => match.Groups["keep"].Value + Mask.Text);

    // Every way to be masked begins or ends with one of these; most texts have none of them. Letters beyond ASCII may be other cases of these to a pattern.
    private static bool MayBeMasked(string text) => text.AsSpan().ContainsAny(Marks) || !Ascii.IsValid(text);

    private const int MaxLine = 4096;

    private static readonly SearchValues<string> Marks = SearchValues.Create(
        [
            .. new[] { "ssws", "basic", "bearer", "eyj", "aiza", "akia", "xox", "gho_", "ghp_", "ghs_", "ghu_", "00", "@" },
            .. new[] { "passw", "pwd", "secret" },
            .. new[] { "api", "access", "refresh", "private" }.SelectMany(owner =>
                new[] { "", "_", "-" }.Select(between => owner + between + (owner is "access" or "refresh" ? "token" : "key"))
            ),
        ],
        StringComparison.OrdinalIgnoreCase
    );

    private static bool IsPublicKey(string text) =>
        (
            text.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal)
            || text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)
        )
        || (
            text.StartsWith('{')
            && text.Contains("\"kty\"", StringComparison.Ordinal)
            && !text.Contains("\"d\"", StringComparison.Ordinal)
            && !text.Contains("\"k\"", StringComparison.Ordinal)
            && !text.Contains("\"p\"", StringComparison.Ordinal)
        );

    private static readonly SearchValues<char> TokenChars = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-="
    );

    // A run of 24 or more characters of a token's alphabet that holds both digits and letters is not a name somebody chose.
    private static bool HasLongRandomRun(string text)
    {
        var run = 0;
        var digits = 0;
        foreach (var c in text)
        {
            if (TokenChars.Contains(c) && c != '/' && c != '-')
            {
                run++;
                digits += char.IsAsciiDigit(c) ? 1 : 0;
                if (run >= 24 && digits >= 3)
                {
                    return true;
                }
            }
            else
            {
                run = 0;
                digits = 0;
            }
        }

        return false;
    }

    private static bool IsRepeated(string text)
    {
        foreach (var c in text)
        {
            if (c != text[0])
            {
                return false;
            }
        }

        return text[0] is '*' or 'x' or 'X' or '.' or '-' or '_' or '#';
    }

    // Shapes: Okta SSWS tokens are 00 and 40 characters (provider samples, 2026-06), Google, AWS, Slack and GitHub keys carry their prefixes, a JWT has three parts.
    [GeneratedRegex(
        """(?<okta>\bSSWS\s+[\w-]{20,}|\b00[\w-]{40}\b)|(?<google>\bAIza[\w-]{35}\b)|(?<aws>\bAKIA[0-9A-Z]{16}\b)|(?<slack>\bxox[abprs]-[\w-]{10,})|(?<github>\bgh[opsu]_\w{36})|(?<jwt>\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})|(?<userinfo>\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@{}]+:[^\s/@{}]+@)|(?<authorization>\b(Basic|Bearer)\s+(?=[A-Za-z+/_=-]*[0-9])[A-Za-z0-9+/_=-]{16,})""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Patience
    )]
    private static partial Regex Known();

    [GeneratedRegex(
        """^(<[^>]*>|\$\{.*\}|\{\{.*\}\}|@[\w.-]+@|%[\w.-]+%|__\w+__|\[[\w -]+\]|\*+)$|(?i)(\b(add|insert|enter|put|paste|replace|change|your|example|sample|dummy|placeholder|todo|fixme|redacted|fake|test)(\b|[-_ ])|change-?me|replace-?me|not-?used|secret-?here|^(password|passwd|secret|none|null|n/a|value|string)$)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Patience
    )]
    private static partial Regex Placeholder();

    [GeneratedRegex(
        """^\s*[a-z][a-z0-9+.-]{0,30}://[^\s/:@{}]+:(?<password>[^\s/@{}]+)@""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        Patience
    )]
    private static partial Regex UrlPassword();

    [GeneratedRegex("""\{[A-Za-z_][^{}\s]*\}""", RegexOptions.CultureInvariant, Patience)]
    private static partial Regex Template();

    [GeneratedRegex(
        """^[a-z][a-z0-9+.-]{0,30}:(//|\w)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        Patience
    )]
    private static partial Regex UrlStart();

    [GeneratedRegex(
        """(?i)(^|[._-])(iss|issuers?|aud|audiences?|jwks?|jwks[_-]?ur[il]|kid|ur[il]|hosts?|hostname|domain|endpoint|scopes?|client[_-]?id|ttl|timeout|algs?|algorithm|env|environment|region|version|enabled|base[_-]?path|path|port|realm|tenant|roles?|groups?|need)$|(Issuer|Audience|Jwks|JwksUri|Url|Uri|Host|Scope|Scopes|ClientId|Endpoint)$""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Patience
    )]
    private static partial Regex PublicKeyName();

    [GeneratedRegex(
        """(?<keep>\bSSWS\s+)[\w-]{8,}|(?<keep>\b(Basic|Bearer)\s+)[A-Za-z0-9+/_=.-]{12,}|(?<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?|(?<keep>)\bAIza[\w-]{35}|(?<keep>)\bAKIA[0-9A-Z]{16}|(?<keep>)\bxox[abprs]-[\w-]{10,}|(?<keep>)\bgh[opsu]_\w{36}|(?<keep>)\b00[\w-]{40}\b|(?<keep>[a-z][a-z0-9+.-]{0,30}://[^\s/:@{}]+:)[^\s/@{}]+(?=@)|(?<keep>(?i:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|refresh[_-]?token|private[_-]?key)["']?\s*[:=]\s*["'])[^"'{}\s]{4,}|(?<keep>(?i:password|passwd|pwd|secret|api[_-]?key)\s*[:=]\s*)(?=[^\s"'<>{}]*[0-9])[^\s"'<>{}();,]{8,}""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Patience
    )]
    private static partial Regex Masked();
}
