using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>A callout on the way of an endpoint.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Kind">What it is for, as far as that can be seen.</param>
/// <param name="Url">Where it goes.</param>
/// <param name="Owner">The bundle.</param>
public sealed record TracedCallout(ServiceCalloutPolicy Policy, CalloutKind Kind, Resolution Url, Bundle Owner);

/// <summary>An endpoint that was interpreted, with its operations and checks.</summary>
public sealed class TracedEndpoint
{
    private readonly TraceKnowledge knowledge;

    internal TracedEndpoint(FlowProgram program, TraceKnowledge knowledge)
    {
        Program = program;
        this.knowledge = knowledge;
    }

    /// <summary>What was interpreted.</summary>
    public FlowProgram Program { get; }

    /// <summary>What it does with a request whose path begins with its base path.</summary>
    public Decision Decide(GatewayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return RequestTracer.Decide(this, knowledge, request);
    }

    /// <summary>The operations that lead to a backend, in document order.</summary>
    public ImmutableArray<Operation> Operations { get; internal set; } = [];

    /// <summary>The operations without a backend whose answer holds a key or a token of the gateway's, in document order.</summary>
    public ImmutableArray<Operation> Disclosing { get; internal set; } = [];

    /// <summary>The checks on the way, in document order; a policy on several ways once.</summary>
    public ImmutableArray<TokenCheck> Checks { get; internal set; } = [];

    /// <summary>The tokens that are read without being verified.</summary>
    public ImmutableArray<DecodedToken> Decoded { get; internal set; } = [];

    /// <summary>The callouts on the way, with where they go.</summary>
    public ImmutableArray<TracedCallout> Callouts { get; internal set; } = [];

    /// <summary>The ways out: targets, URLs and callouts.</summary>
    public ImmutableArray<BackendRoute> Routes { get; internal set; } = [];

    /// <summary>The headers by which backends are told who calls.</summary>
    public ImmutableArray<IdentityHeader> IdentityHeaders { get; internal set; } = [];

    /// <summary>The calls that ask an identity provider about the caller's token.</summary>
    public ImmutableArray<TokenLookup> Lookups { get; internal set; } = [];

    /// <summary>The verifying policies as attached on the way, switched off ones included.</summary>
    public ImmutableArray<AttachedCheck> Attached { get; internal set; } = [];

    /// <summary>The members of claims that conditions, scripts and policies ask for.</summary>
    public ImmutableArray<ClaimDemand> Demands { get; internal set; } = [];

    /// <summary>The conditions that read claims of verified tokens.</summary>
    public ImmutableArray<ClaimRead> ClaimReads { get; internal set; } = [];

    /// <summary>The refusals of credentials that fault rules answer as successes.</summary>
    public ImmutableArray<MaskedRefusal> MaskedRefusals { get; internal set; } = [];

    /// <summary>Why it could not be interpreted; null when it was.</summary>
    public string? NotAssessed { get; internal set; }

    /// <summary>The flow hook without which requests without a credential would get through; null when there is none.</summary>
    internal FlowHook? ProtectedByHook { get; set; }

    /// <summary>What was taken for granted: <c>no flow hook verifies tokens</c>.</summary>
    public ImmutableArray<string> Assumptions { get; internal set; } = [];

    /// <summary>The endpoint, or the shared flow.</summary>
    public SourceLocation Location =>
        Program.Endpoint?.Location
        ?? (Program.Bundle.SharedFlows.IsEmpty ? Program.Bundle.Location : Program.Bundle.SharedFlows[0].Location);
}

/// <summary>A subject on the way of one endpoint.</summary>
public interface IEndpointSubject : ISubject
{
    /// <summary>The endpoint.</summary>
    TracedEndpoint Endpoint { get; }
}
