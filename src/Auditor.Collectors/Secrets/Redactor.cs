using System.Security.Cryptography;
using System.Text;
using Auditor.Model;

namespace Auditor.Collectors.Secrets;

/// <summary>
/// Turns values into what may be kept of them. The fingerprint is keyed, so that equal values are recognised within one landscape while nobody can test guesses
/// against a report: by default the key lives as long as the run, and a store may hand in its own.
/// </summary>
public sealed class Redactor
{
    private readonly byte[] key;

    /// <summary>A redactor with a key that dies with it.</summary>
    public Redactor()
        : this(RandomNumberGenerator.GetBytes(32)) { }

    /// <summary>A redactor with the key of a store.</summary>
    public Redactor(ReadOnlySpan<byte> key) => this.key = key.ToArray();

    /// <summary>A name for the key, which says nothing about it: fingerprints can be compared when their keys have the same name.</summary>
    public string KeyName => Convert.ToHexStringLower(HMACSHA256.HashData(key, "the name of this key"u8).AsSpan(0, 8));

    /// <summary>What may be kept of a value. Of one that was taken out before, that is what its mark says.</summary>
    public Redacted Redact(string kind, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (RedactedMark.Parse(value) is { } before)
        {
            return before;
        }

        var digest = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(value));
        return new Redacted(kind, Redacted.LengthClass(value.Length), "hmac:" + Convert.ToHexStringLower(digest.AsSpan(0, 16)));
    }
}
