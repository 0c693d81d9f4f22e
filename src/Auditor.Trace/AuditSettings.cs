using Auditor.Model;

namespace Auditor.Trace;

/// <summary>What the owner of the estate declares about it: operations that are public on purpose, which org serves which environment, what is sensitive.</summary>
public sealed record AuditSettings
{
    /// <summary>The operations that need no token on purpose.</summary>
    public ImmutableArray<PublicOperation> Public { get; init; } = [];

    /// <summary>The headers that something in front of the gateway sets, whatever the caller sends.</summary>
    public ImmutableArray<TrustedHeader> TrustedHeaders { get; init; } = [];

    /// <summary>The backends that may be sent the caller's token because they validate it themselves.</summary>
    public ImmutableArray<TokenBackend> TokenBackends { get; init; } = [];

    /// <summary>Which Okta org serves which Apigee environment.</summary>
    public ImmutableArray<EnvironmentPair> Pairs { get; init; } = [];

    /// <summary>The clients that are AI agents or other non-human callers.</summary>
    public ImmutableArray<DeclaredAgent> Agents { get; init; } = [];

    /// <summary>Patterns of scopes that are highly sensitive; empty: names with admin, write, delete, pay, transfer or export.</summary>
    public ImmutableArray<string> HighSensitivity { get; init; } = [];

    /// <summary>Patterns of scopes that only read.</summary>
    public ImmutableArray<string> LowSensitivity { get; init; } = [];

    /// <summary>Who changes the estate on purpose; null when that is not declared.</summary>
    public ChangePipeline? Pipeline { get; init; }

    /// <summary>What something of an environment is called elsewhere: as declared, else the same.</summary>
    public string CalledElsewhere(string? environment, string name)
    {
        foreach (var pair in Pairs)
        {
            if (string.Equals(pair.Environment, environment, StringComparison.Ordinal) && pair.Names.TryGetValue(name, out var other))
            {
                return other;
            }
        }

        return name;
    }

    /// <summary>Only these Apigee environments; empty: all.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];
}

/// <summary>The accounts by which an estate is changed on purpose.</summary>
/// <param name="Actors">Patterns of the names or addresses of pipelines.</param>
/// <param name="BreakGlass">Patterns of accounts for emergencies: what they change is told, and is no defect.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record ChangePipeline(ImmutableArray<string> Actors, ImmutableArray<string> BreakGlass, SourceLocation Location);

/// <summary>An operation that is public on purpose, with the person behind it.</summary>
/// <param name="Proxy">The proxy's name.</param>
/// <param name="Path">A path pattern, with or without the base path; <c>/**</c> is everything below and the base path itself.</param>
/// <param name="Verbs">The verbs; empty: all.</param>
/// <param name="Owner">Who answers for it; empty when not given.</param>
/// <param name="Reason">Why; empty when not given.</param>
/// <param name="Expires">The day from which the declaration no longer counts; null when not given.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record PublicOperation(
    string Proxy,
    string Path,
    ImmutableArray<string> Verbs,
    string Owner,
    string Reason,
    DateOnly? Expires,
    SourceLocation Location
);

/// <summary>A header that something in front of the gateway sets.</summary>
/// <param name="Header">The header.</param>
/// <param name="SetBy">What sets it.</param>
/// <param name="Evidence">How that is known; empty when it is only said.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record TrustedHeader(string Header, string SetBy, string Evidence, SourceLocation Location);

/// <summary>A backend that validates the caller's token itself, for the audience it was issued for.</summary>
/// <param name="Host">The host; <c>*.orders.example</c> stands for every host below.</param>
/// <param name="Evidence">How that is known; empty when it is only said.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record TokenBackend(string Host, string Evidence, SourceLocation Location)
{
    /// <summary>Whether the declaration covers a host.</summary>
    public bool Covers(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Host.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(Host[1..], StringComparison.OrdinalIgnoreCase)
            : string.Equals(Host, host, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Which Okta org serves an Apigee environment.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="OktaHost">The org's host.</param>
/// <param name="Class">production, staging or development; null when not given.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record EnvironmentPair(string Environment, string OktaHost, string? Class, SourceLocation Location)
{
    /// <summary>What has another name here than in the environment that it is compared with, as it is called there: groups, scopes, hosts, audiences.</summary>
    public ImmutableSortedDictionary<string, string> Names { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A client that is an AI agent or another non-human caller.</summary>
/// <param name="ClientId">The client id.</param>
/// <param name="Owner">Who answers for it; empty when not given.</param>
/// <param name="Location">Where it is declared.</param>
public sealed record DeclaredAgent(string ClientId, string Owner, SourceLocation Location);
