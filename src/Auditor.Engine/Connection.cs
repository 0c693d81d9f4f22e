namespace Auditor.Engine;

/// <summary>The checklist of one connection: an endpoint of a proxy in an environment, with what has to be right for tokens to mean what both sides think.</summary>
/// <param name="Organization">The organization; empty for bundles that belong to none.</param>
/// <param name="Proxy">The proxy.</param>
/// <param name="Environment">The environment; null where deployments are not known.</param>
/// <param name="Endpoint">The proxy endpoint.</param>
/// <param name="BasePath">Its base path.</param>
/// <param name="Items">One item for each aspect, in the order of aspects.</param>
public sealed record Connection(
    string Organization,
    string Proxy,
    string? Environment,
    string Endpoint,
    string BasePath,
    ImmutableArray<ConnectionItem> Items
);

/// <summary>What has to be right.</summary>
public enum ConnectionAspect
{
    /// <summary>The clients that call it are known on both sides.</summary>
    Client,

    /// <summary>Tokens of one issuer are accepted, and it is the right one.</summary>
    Issuer,

    /// <summary>Tokens for one audience are accepted, and it is the one that is issued.</summary>
    Audience,

    /// <summary>Tokens that were issued for another API, by another issuer or in another environment are refused.</summary>
    OtherTokens,

    /// <summary>Signatures are verified with the issuer's keys.</summary>
    Keys,

    /// <summary>The scopes that are asked for exist.</summary>
    Scopes,

    /// <summary>Nothing gets to the backend without a credential.</summary>
    Protection,

    /// <summary>Calls are logged.</summary>
    Logging,
}

/// <summary>How an aspect stands.</summary>
public enum ConnectionState
{
    /// <summary>In order.</summary>
    Pass,

    /// <summary>Nothing was judged: it does not apply, or no rule judges it.</summary>
    None,

    /// <summary>It was looked for and is not there; no rule says that it must be.</summary>
    Absent,

    /// <summary>Wrong, and accepted or declared by somebody.</summary>
    Accepted,

    /// <summary>Configuration does not say.</summary>
    Open,

    /// <summary>It could not be assessed.</summary>
    NotAssessed,

    /// <summary>Wrong.</summary>
    Fail,
}

/// <summary>An item of a checklist.</summary>
/// <param name="Aspect">What has to be right.</param>
/// <param name="State">How it stands.</param>
/// <param name="Text">What was found, in words.</param>
/// <param name="Findings">The fingerprints of the findings about it, ordered.</param>
public sealed record ConnectionItem(ConnectionAspect Aspect, ConnectionState State, string Text, ImmutableArray<string> Findings);
