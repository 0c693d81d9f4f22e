using System.Buffers;
using System.Text;

namespace Auditor.Model;

/// <summary>Which names are names of credentials. A name says what a value is where the value itself cannot be read.</summary>
public static class SecretNames
{
    // Words that make the name of a header, parameter, property or variable the name of a credential. Matched as whole words of a split name, so that
    // "tokenUrl", "passwordPolicy" and "token_type" are not.
    private static readonly string[] SecretWords =
    [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "clientsecret",
        "apikey",
        "privatekey",
        "accesskey",
        "secretkey",
        "credential",
        "credentials",
        "apitoken",
        "accesstoken",
        "refreshtoken",
        "bearertoken",
        "authtoken",
        "basicauth",
        "signingkey",
        "sharedkey",
        "ssws",
    ];

    // Words after a secret word that turn the name into something about the credential instead of the credential.
    private static readonly string[] DefusingWords =
    [
        "url",
        "uri",
        "endpoint",
        "type",
        "policy",
        "name",
        "id",
        "ref",
        "reference",
        "path",
        "header",
        "expiry",
        "expires",
        "expiration",
        "ttl",
        "timeout",
        "length",
        "hint",
        "format",
        "field",
        "prefix",
        "status",
        "valid",
        "enabled",
        "required",
        "location",
        "map",
        "kvm",
        "hash",
        "error",
        "count",
        "in",
        "lifetime",
        "duration",
        "version",
        "alias",
        "link",
        "rotation",
        "store",
        "manager",
    ];

    /// <summary>Whether a name is the name of a credential: <c>client_secret</c>, <c>x-api-key</c>, <c>backendPassword</c>; not <c>tokenUrl</c>.</summary>
    public static bool IsSecret(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 200 || !MayOccurIn(name))
        {
            return false;
        }

        var words = Words(name);
        for (var i = 0; i < words.Count; i++)
        {
            var single = words[i];
            var pair = i + 1 < words.Count ? words[i] + words[i + 1] : "";
            var length =
                SecretWords.Contains(pair, StringComparer.Ordinal) ? 2
                : SecretWords.Contains(single, StringComparer.Ordinal) ? 1
                : 0;
            if (length == 0)
            {
                continue;
            }

            var next = i + length < words.Count ? words[i + length] : "";
            if (!DefusingWords.Contains(next, StringComparer.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a text can hold the name of a credential, however it is written: <c>apiKey</c>, <c>API-KEY</c>. Quick, and only sure of a no.</summary>
    public static bool MayOccurIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // A letter beyond ASCII may be another case of one of the words' own.
        if (!Ascii.IsValid(text))
        {
            return true;
        }

        var letters = ArrayPool<char>.Shared.Rent(text.Length);
        var length = 0;
        foreach (var c in text.AsSpan())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                letters[length++] = char.ToLowerInvariant(c);
            }
        }

        var may = letters.AsSpan(0, length).ContainsAny(AnySecretWord);
        ArrayPool<char>.Shared.Return(letters);
        return may;
    }

    private static readonly SearchValues<string> AnySecretWord = SearchValues.Create(SecretWords, StringComparison.Ordinal);

    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var boundary =
                i == name.Length
                || !char.IsLetterOrDigit(name[i])
                || (
                    i > start && char.IsUpper(name[i]) && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])))
                );
            if (!boundary)
            {
                continue;
            }

            if (i > start)
            {
                words.Add(name[start..i].ToLowerInvariant());
            }

            start = i < name.Length && char.IsLetterOrDigit(name[i]) ? i : i + 1;
        }

        return words;
    }
}
