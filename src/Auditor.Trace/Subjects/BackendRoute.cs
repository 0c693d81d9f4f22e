using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>
/// A way out of the gateway: a target endpoint, a URL of a route rule, or a callout, in one environment, with what the requests that take it carry and have passed.
/// </summary>
public sealed class BackendRoute : ISubject
{
    internal BackendRoute(TracedEndpoint endpoint, string name, SourceLocation location)
    {
        Endpoint = endpoint;
        Name = name;
        Location = location;
    }

    /// <summary>The endpoint.</summary>
    public TracedEndpoint Endpoint { get; }

    /// <summary>The target endpoint; null when a route rule names a URL, and for callouts.</summary>
    public TargetEndpoint? Target { get; init; }

    /// <summary>The callout; null for targets.</summary>
    public ServiceCalloutPolicy? Callout { get; init; }

    /// <summary>The bundle of the callout, or of the endpoint.</summary>
    public required Bundle Owner { get; init; }

    /// <summary>The connection; null when a route rule names a URL.</summary>
    public TargetConnection? Connection { get; init; }

    /// <summary>The address as resolved when all steps have run; absent when target servers are named instead.</summary>
    public Resolution Address { get; init; } = Resolution.Absent.Instance;

    /// <summary>The target servers that the load balancer names, as far as the environment knows them.</summary>
    public ImmutableArray<TargetServer> Servers { get; init; } = [];

    /// <summary>Whether every address is known: the texts of <see cref="Address"/>, or all named target servers.</summary>
    public bool HostsAreKnown { get; init; }

    /// <summary>The hosts that are known, ordered.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>A request that gets there and that no policy limits the rate of; null when every request is counted.</summary>
    public Possibility? Unlimited { get; init; }

    /// <summary>Whether the gateway reads a token of the caller that could be sent along.</summary>
    public bool ReadsToken { get; init; }

    /// <summary>The caller's tokens that are sent along, one for each check that verifies one.</summary>
    public ImmutableArray<ForwardedToken> ForwardedTokens { get; init; } = [];

    /// <summary>Whether some request can get there.</summary>
    public bool IsReachable { get; init; }

    /// <summary>The target, URL or callout, in words.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{Name}";

    /// <inheritdoc/>
    public string Title => $"{Name} of {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public SourceLocation Location { get; }

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}

/// <summary>That the caller's token goes on to a backend.</summary>
/// <param name="Check">The check that verified it; null when only code reads it as a bearer token.</param>
/// <param name="Carrier">What carries it there: <c>request.header.authorization</c>.</param>
/// <param name="Possibility">A request that shows it.</param>
public sealed record ForwardedToken(TokenCheck? Check, string Carrier, Possibility Possibility);

/// <summary>A header by which a backend is told who calls, in one endpoint.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Header">The header, in lower case.</param>
/// <param name="Value">What it is made of: <c>the token's claim.uid</c>.</param>
/// <param name="SetBy">The steps that set it, in document order.</param>
/// <param name="Survives">A request whose own value of the header reaches a backend; null when none does.</param>
/// <param name="IsAdded">Whether a step adds to what is there instead of replacing it.</param>
public sealed record IdentityHeader(
    TracedEndpoint Endpoint,
    string Header,
    string Value,
    ImmutableArray<HeaderStep> SetBy,
    Possibility? Survives,
    bool IsAdded
) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{Header}";

    /// <inheritdoc/>
    public string Title => $"header '{Header}' of {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public SourceLocation Location => SetBy.IsEmpty ? Endpoint.Location : SetBy[0].Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}

/// <summary>A step that sets a header.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Owner">Its bundle.</param>
/// <param name="Location">The Header element.</param>
/// <param name="Adds">Whether it adds to what is there.</param>
public sealed record HeaderStep(Policy Policy, Bundle Owner, SourceLocation Location, bool Adds);
