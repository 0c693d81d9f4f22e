using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>A call by which the gateway asks an identity provider about the caller's token while the request waits, in one endpoint.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Policy">The callout.</param>
/// <param name="Owner">The bundle it belongs to.</param>
/// <param name="Kind">Introspection or userinfo.</param>
/// <param name="Url">Where it goes.</param>
/// <param name="Step">The step that makes the call.</param>
/// <param name="Caches">The caches whose hit saves the call.</param>
/// <param name="IsStored">Whether some policy of the same bundles writes to one of those caches.</param>
public sealed record TokenLookup(
    TracedEndpoint Endpoint,
    ServiceCalloutPolicy Policy,
    Bundle Owner,
    CalloutKind Kind,
    Resolution Url,
    SourceLocation Step,
    ImmutableArray<LookupCache> Caches,
    bool IsStored
) : ISubject
{
    /// <summary>A request that reaches the backend though the call failed: a timeout, an outage of the identity provider. Null when none does, and when a failure stops the request.</summary>
    public Possibility? Unanswered { get; init; }

    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{(ReferenceEquals(Owner, Endpoint.Program.Bundle) ? "" : Owner.Name + "/")}{Policy.Name}";

    /// <inheritdoc/>
    public string Title => $"ServiceCallout '{Policy.Name}' in {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;

    /// <summary>The policy by stable names.</summary>
    public string Cause => Names.Of(Owner, Endpoint.Program.Organization) + "/" + Policy.Name;
}

/// <summary>A lookup in a cache, with what its key is made of.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Owner">The bundle it belongs to.</param>
/// <param name="Fragments">The fragments of the key as resolved, in order.</param>
public sealed record LookupCache(LookupCachePolicy Policy, Bundle Owner, ImmutableArray<Resolution> Fragments);
