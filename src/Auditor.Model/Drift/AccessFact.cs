namespace Auditor.Model.Drift;

/// <summary>
/// Who can do what, as worked out from a landscape: what an operation demands, or which tokens a client obtains. Access facts are kept with the state of an estate, so that a later night
/// can say whose access widened, and not only which field changed.
/// </summary>
public sealed record AccessFact
{
    /// <summary>The kind of a fact about an operation.</summary>
    public const string Operation = "operation access";

    /// <summary>The kind of a fact about tokens.</summary>
    public const string Grant = "token grant";

    /// <summary>The field that says whether a request without a token reaches the backend: yes, no, declared, or unknown.</summary>
    public const string WithoutToken = "WithoutToken";

    /// <summary>The field that lists how a token is verified: by which policies, issuer and audience.</summary>
    public const string Demands = "Demands";

    /// <summary>The field that lists what a verified token must hold to get through, as alternatives: each is enough. More alternatives let more in.</summary>
    public const string Contents = "Contents";

    /// <summary>The field that lists the people of a grant.</summary>
    public const string People = "People";

    /// <summary>The field that lists the scopes of a grant.</summary>
    public const string Scopes = "Scopes";

    /// <summary>The field that lists the operations that a token of a grant certainly gets to.</summary>
    public const string Reaches = "Reaches";

    /// <summary>The field that lists the operations of which it is not known whether a token of a grant gets to them.</summary>
    public const string MayReach = "MayReach";

    /// <summary><see cref="Operation"/> or <see cref="Grant"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The key, of ids.</summary>
    public required string Key { get; init; }

    /// <summary>The key, of names.</summary>
    public required string NaturalKey { get; init; }

    /// <summary>The fact's subject in words: <c>GET /orders/v1/items/*</c> of proxy 'orders-v1'.</summary>
    public required string Title { get; init; }

    /// <summary>The Apigee organization or the host of the Okta org that decides it.</summary>
    public required string Owner { get; init; }

    /// <summary>The fields: a name and its values, sorted.</summary>
    public required ImmutableArray<AccessField> Fields { get; init; }

    /// <summary>The request, or the token request, that shows it. Not compared.</summary>
    public string? Example { get; init; }

    /// <summary>The environment; null when it belongs to none.</summary>
    public string? Environment { get; init; }

    /// <summary>Where it is decided.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>A field of an access fact.</summary>
/// <param name="Path">The name.</param>
/// <param name="Values">The values, sorted.</param>
public sealed record AccessField(string Path, ImmutableArray<string> Values);
