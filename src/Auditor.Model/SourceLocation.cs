namespace Auditor.Model;

/// <summary>A place in what was read: an artifact, and where in it.</summary>
/// <param name="Artifact">
/// The artifact's path within the input, with forward slashes: a bundle file, or the recorded answer of an API. Never absolute, never a URL with a query.
/// </param>
/// <param name="Line">The line, from 1; 0 when only the pointer or only the artifact is known.</param>
/// <param name="Column">The column in UTF-16 code units, from 1; 0 when unknown.</param>
/// <param name="Pointer">The RFC 6901 pointer into a JSON artifact, or the name of an attribute of the XML element at the line; null when the whole place is meant.</param>
public sealed record SourceLocation(string Artifact, int Line = 0, int Column = 0, string? Pointer = null)
{
    /// <summary>The same artifact at a deeper JSON pointer.</summary>
    public SourceLocation At(string name) => this with { Pointer = (Pointer ?? "") + "/" + JsonPointer.Escape(name) };

    /// <summary>The same artifact at an element of the array this location points to.</summary>
    public SourceLocation At(int index) => At(index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The attribute of the element at this place.</summary>
    public SourceLocation Attribute(string name) => this with { Pointer = "@" + name };

    /// <summary>The form used in messages: <c>path:line:column</c>, or <c>path#pointer</c>.</summary>
    public override string ToString() =>
        Line > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Artifact}:{Line}:{Column}")
        : Pointer is { Length: > 0 } ? $"{Artifact}#{Pointer}"
        : Artifact;
}

/// <summary>The escaping of RFC 6901.</summary>
public static class JsonPointer
{
    /// <summary>Escapes one reference token (RFC 6901 §3).</summary>
    public static string Escape(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.AsSpan().IndexOfAny('~', '/') < 0
            ? token
            : token.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }
}
