namespace Auditor.Model;

/// <summary>
/// What is left of a value that may be secret: its kind, how long it is within a class, and a keyed fingerprint by which equal values of one landscape can be
/// recognised. There is no way back to the value, and none is carried: redaction happens at the collector's edge.
/// </summary>
public sealed class Redacted : IEquatable<Redacted>
{
    /// <summary>Describes a value that is not carried.</summary>
    /// <param name="kind">What the value looks like: <c>password</c>, <c>private-key</c>, <c>jwt</c>, <c>api-token</c>, <c>value</c>.</param>
    /// <param name="length">The length class: <c>0</c>, <c>1-8</c>, <c>9-16</c>, <c>17-32</c>, <c>33-64</c>, <c>65-128</c>, <c>129-</c>.</param>
    /// <param name="fingerprint">A keyed digest of the value, or null when only its presence is known.</param>
    public Redacted(string kind, string length, string? fingerprint)
    {
        Kind = kind;
        Length = length;
        Fingerprint = fingerprint;
    }

    /// <summary>What the value looks like.</summary>
    public string Kind { get; }

    /// <summary>The class of its length in characters.</summary>
    public string Length { get; }

    /// <summary>A keyed digest, equal for equal values collected with the same key; null when the value was withheld from us, too.</summary>
    public string? Fingerprint { get; }

    /// <summary>Whether two redacted values are known to be the same value. Two values without a fingerprint are not known to be.</summary>
    public bool Equals(Redacted? other) =>
        other is { Fingerprint: { } theirs } && string.Equals(Fingerprint, theirs, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Redacted other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint is null ? 0 : StringComparer.Ordinal.GetHashCode(Fingerprint);

    /// <summary>Always the same words, so that formatting one by mistake says nothing.</summary>
    public override string ToString() => "[REDACTED]";

    /// <summary>The class of a length in characters.</summary>
    public static string LengthClass(int length) =>
        length switch
        {
            0 => "0",
            <= 8 => "1-8",
            <= 16 => "9-16",
            <= 32 => "17-32",
            <= 64 => "33-64",
            <= 128 => "65-128",
            _ => "129-",
        };
}

/// <summary>A value of a property set, of a key value map or of a variable: readable, or redacted.</summary>
/// <param name="Text">The value, when it may be read (issuer, audience, URL, ...); null when it is redacted or masked.</param>
/// <param name="Secret">What is left of it when it may not.</param>
/// <param name="Location">Where it is written.</param>
public sealed record ConfigurationValue(string? Text, Redacted? Secret, SourceLocation Location);
