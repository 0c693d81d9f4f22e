namespace Auditor.Engine;

/// <summary>Who vouches for the callers of which proxy, which products cover it, and which clients hold them: what the two systems say of each other, side by side.</summary>
public sealed record TrustMap
{
    /// <summary>The nodes, ordered by kind and id.</summary>
    public ImmutableArray<TrustNode> Nodes { get; init; } = [];

    /// <summary>The edges, ordered by their ends.</summary>
    public ImmutableArray<TrustEdge> Edges { get; init; } = [];
}

/// <summary>What a node stands for; in the order of the columns.</summary>
public enum TrustNodeKind
{
    /// <summary>An authorization server of a collected Okta org.</summary>
    Server,

    /// <summary>An issuer that was not collected, or is not known.</summary>
    OtherIssuer,

    /// <summary>A credential that no issuer stands behind: an API key, a password.</summary>
    Credential,

    /// <summary>Nobody: requests without a credential.</summary>
    Nobody,

    /// <summary>A proxy in an environment.</summary>
    Proxy,

    /// <summary>An API product.</summary>
    Product,

    /// <summary>A client: an Okta app, or a gateway app that no Okta app stands behind.</summary>
    Client,
}

/// <summary>A node.</summary>
/// <param name="Id">A stable key of names.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Name">The name.</param>
/// <param name="Environment">The environment of a proxy; null for other kinds, and where deployments are not known.</param>
/// <param name="Details">What else is known of it, a clause each: <c>issuer https://…</c>, <c>/orders/v1</c>.</param>
public sealed record TrustNode(string Id, TrustNodeKind Kind, string Name, string? Environment, ImmutableArray<string> Details)
{
    /// <summary>The scopes that a product opens, or that a client can be granted, ordered; empty for other kinds.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>The fingerprints of the failures about it that count, ordered; those about its edges are at the edges.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];
}

/// <summary>How the two ends of an edge agree; from good to bad.</summary>
public enum TrustState
{
    /// <summary>They agree, as far as rules judge it.</summary>
    Aligned,

    /// <summary>They do not, and somebody accepted it or declared it.</summary>
    Accepted,

    /// <summary>Configuration does not say, or it could not be assessed.</summary>
    Open,

    /// <summary>They disagree.</summary>
    Mismatched,

    /// <summary>There is nothing where something should be: a request without a credential gets through.</summary>
    Missing,
}

/// <summary>An edge between two nodes of neighbouring columns.</summary>
/// <param name="From">The id of the node on the left.</param>
/// <param name="To">The id of the node on the right.</param>
/// <param name="State">How the two agree.</param>
/// <param name="Text">What connects them, in words.</param>
/// <param name="Findings">The fingerprints of the findings about it, ordered.</param>
public sealed record TrustEdge(string From, string To, TrustState State, string Text, ImmutableArray<string> Findings);
