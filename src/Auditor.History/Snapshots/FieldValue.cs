namespace Auditor.History.Snapshots;

/// <summary>What the values of a field mean to each other, and so which differences count.</summary>
public enum FieldSemantics
{
    /// <summary>One value.</summary>
    Scalar,

    /// <summary>Values whose order says nothing: scopes, grant types, the proxies of a product.</summary>
    Set,

    /// <summary>Values in an order that decides: the steps of a flow, redirect URIs.</summary>
    Sequence,

    /// <summary>
    /// The order of things that are entities themselves: policies, rules, flows. Only a changed order of what is in both states counts; what came or went is told by the
    /// entity. Priority numbers do not count, since Okta renumbers them.
    /// </summary>
    Rank,
}

/// <summary>One value of a field.</summary>
/// <param name="Text">The value, readable; for a reference the name of what it points to; for a secret its fingerprint.</param>
/// <param name="Id">For a reference: the id of what it points to. Two references are equal when their ids or their names are, so that neither a renamed target nor a copied estate is a change.</param>
/// <param name="IsSecret">Whether the text is the fingerprint of a value that is not shown.</param>
public readonly record struct FieldItem(string Text, string? Id = null, bool IsSecret = false)
{
    /// <summary>The value as reports show it.</summary>
    public string Shown => IsSecret ? "[REDACTED]" : Text;

    /// <summary>Whether two values say the same.</summary>
    public bool Means(FieldItem other) =>
        string.Equals(Text, other.Text, StringComparison.Ordinal)
        || (Id is not null && string.Equals(Id, other.Id, StringComparison.Ordinal));
}

/// <summary>A field of an entity.</summary>
/// <param name="Path">The path within the entity.</param>
/// <param name="Semantics">What its values mean to each other.</param>
/// <param name="Items">The values; sets are sorted.</param>
public sealed record EntityField(string Path, FieldSemantics Semantics, ImmutableArray<FieldItem> Items);

/// <summary>A field of which it is not known what it holds: the list that it comes from was denied, cut short, or not asked for.</summary>
/// <param name="Path">The field; ending in a slash: all below it.</param>
/// <param name="Reason">Why.</param>
public sealed record UnknownField(string Path, string Reason)
{
    /// <summary>Whether nobody asked for it, rather than that it was refused or failed.</summary>
    public bool IsUnasked => Reason.StartsWith(PartCoverage.NotCollected, StringComparison.Ordinal);

    /// <summary>Whether it is about a field.</summary>
    public bool Covers(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.EndsWith('/') ? path.StartsWith(Path, StringComparison.Ordinal) : string.Equals(path, Path, StringComparison.Ordinal);
    }
}
