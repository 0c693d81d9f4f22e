using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>What an answer gives away.</summary>
public enum DisclosureKind
{
    /// <summary>A key or password that policies sign, decrypt or authenticate with.</summary>
    Key,

    /// <summary>A token that the gateway signs.</summary>
    Token,
}

/// <summary>Something in an answer of the gateway's own that is worth as much as a credential.</summary>
/// <param name="Kind">A key or a token.</param>
/// <param name="Words">It in words: <c>a token that GenerateJWT 'GJ' signs</c>.</param>
/// <param name="Location">The step that puts it into the answer.</param>
public sealed record Disclosure(DisclosureKind Kind, string Words, SourceLocation Location);
