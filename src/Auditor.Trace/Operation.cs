using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>Why a request without a valid credential is not stopped. In the order in which one explains more than the next.</summary>
public enum BypassCause
{
    /// <summary>A step that would stop it is switched off.</summary>
    Disabled,

    /// <summary>A step fails, and its failure is ignored.</summary>
    FailOpen,

    /// <summary>The flow hook that verifies ignores failures.</summary>
    HookFailOpen,

    /// <summary>The flow hook that verifies elsewhere is missing here.</summary>
    HookMissing,

    /// <summary>Nothing verifies, and whether a flow hook does could not be read.</summary>
    HookUnknown,

    /// <summary>A step only runs when a credential is sent.</summary>
    CredentialOptional,

    /// <summary>Something else that the caller sends decides whether a step runs.</summary>
    Spoofable,

    /// <summary>A step does not run for this verb, or the flow for this verb has none.</summary>
    MethodGap,

    /// <summary>The request matches none of the conditional flows that verify.</summary>
    NoDefaultDeny,

    /// <summary>The token is read and not verified.</summary>
    DecodeOnly,

    /// <summary>A step does not run for this path.</summary>
    ExcludedPath,

    /// <summary>This flow has no step that verifies, others have.</summary>
    UnprotectedFlow,

    /// <summary>Nothing verifies anything.</summary>
    NoVerification,
}

/// <summary>That a request without a valid credential reaches a backend, or an answer that gives a key or a token away.</summary>
public sealed record Bypass
{
    /// <summary>Why.</summary>
    public required BypassCause Cause { get; init; }

    /// <summary>Whether it holds whatever the unknowns are; otherwise it depends on <see cref="Unknowns"/>.</summary>
    public required bool IsDefinite { get; init; }

    /// <summary>The request.</summary>
    public required Witness Witness { get; init; }

    /// <summary>The step at fault; null when a step is missing.</summary>
    public BypassStep? Culprit { get; init; }

    /// <summary>What it depends on, when it is not definite.</summary>
    public ImmutableArray<TraceUnknown> Unknowns { get; init; } = [];

    /// <summary>The steps on its way that verify, themselves or in the shared flow they call, and did not stop it.</summary>
    public ImmutableArray<SourceLocation> Verifying { get; init; } = [];

    /// <summary>What the gateway gives away in an answer of its own, when that is what the request gets to; null when it is a backend.</summary>
    public Disclosure? Disclosure { get; init; }

    /// <summary>Whether only OPTIONS, HEAD or TRACE get through.</summary>
    public bool OnlyHarmlessVerbs { get; init; }

    /// <summary>Whether a verb that changes something gets through.</summary>
    public bool UnsafeVerb { get; init; }
}

/// <summary>A step at fault.</summary>
/// <param name="Policy">The policy; null for hooks.</param>
/// <param name="Owner">The bundle it belongs to.</param>
/// <param name="Step">The step; null for hooks.</param>
/// <param name="Hook">The hook; null for steps.</param>
/// <param name="Location">The step or hook.</param>
/// <param name="DecidedBy">The variables that decide whether it runs.</param>
public sealed record BypassStep(
    Policy? Policy,
    Bundle Owner,
    Step? Step,
    FlowHook? Hook,
    SourceLocation Location,
    ImmutableArray<string> DecidedBy
);

/// <summary>Something that configuration alone does not say.</summary>
/// <param name="What">What is not known, in words that follow "depends on": <c>the answer to ServiceCallout 'SC'</c>, <c>whether 'SF' lets the request pass</c>.</param>
/// <param name="Closes">What would close it.</param>
/// <param name="Location">Where; null when nowhere in particular.</param>
public sealed record TraceUnknown(string What, string Closes, SourceLocation? Location);

/// <summary>A check on the way of an operation's requests.</summary>
/// <param name="Check">The check.</param>
/// <param name="Always">Whether every request that gets to the backend has passed it.</param>
public sealed record OperationCheck(TokenCheck Check, bool Always);

/// <summary>What happens with a token that is in order and has no scopes.</summary>
/// <param name="Accepted">It reaches the backend, whatever the unknowns are.</param>
/// <param name="Unknowns">What decides it, when nothing definite can be said; empty otherwise.</param>
/// <param name="Witness">A request that shows it; null when it is refused.</param>
/// <param name="UnsafeVerb">Whether it gets there with a verb that changes something.</param>
public sealed record ScopelessToken(bool Accepted, ImmutableArray<TraceUnknown> Unknowns, Witness? Witness, bool UnsafeVerb)
{
    /// <summary>It is refused.</summary>
    public static ScopelessToken Refused { get; } = new(false, [], null, false);

    /// <summary>Whether it is refused whatever the unknowns are.</summary>
    public bool IsRefused => Witness is null;
}

/// <summary>That an API product opens an operation to the keys of its apps.</summary>
/// <param name="Product">The product.</param>
/// <param name="Operation">The product's operation; null when the proxy and path are in its legacy lists.</param>
/// <param name="Resource">The path pattern.</param>
/// <param name="IsWhole">Whether it covers every request of the operation.</param>
public sealed record ProductGrant(ApiProduct Product, ProductOperation? Operation, string Resource, bool IsWhole);

/// <summary>
/// One operation of an API: a conditional flow of an endpoint, or what matches none, that leads to a backend, or whose answer the gateway makes itself out of a key or a
/// token (<see cref="TracedEndpoint.Disclosing"/>).
/// </summary>
public sealed class Operation : IEndpointSubject
{
    internal Operation(TracedEndpoint endpoint, Flow? flow)
    {
        Endpoint = endpoint;
        Flow = flow;
    }

    /// <summary>The endpoint.</summary>
    public TracedEndpoint Endpoint { get; }

    /// <summary>The conditional flow; null for requests that match none.</summary>
    public Flow? Flow { get; }

    /// <summary>The verbs it serves; empty: any.</summary>
    public ImmutableArray<string> Verbs { get; init; } = [];

    /// <summary>The paths it serves, as readable patterns with the base path; empty: any.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>Where it leads, in words.</summary>
    public string Destination { get; init; } = "";

    /// <summary>How a request without a credential gets through; null when none does.</summary>
    public Bypass? Bypass { get; init; }

    /// <summary>The declaration that makes it public; null when there is none.</summary>
    public PublicOperation? DeclaredPublic { get; init; }

    /// <summary>The checks that requests pass on their way to the backend, in document order.</summary>
    public ImmutableArray<OperationCheck> Checks { get; init; } = [];

    /// <summary>
    /// What a token must have, where one is verified; for operations that verify none, what else decides (attributes of an app). Null when that is too much to write
    /// down.
    /// </summary>
    public Requirement? Requirement { get; init; }

    /// <summary>What happens with a token that is in order and has no scopes; null when no token is verified.</summary>
    public ScopelessToken? WithoutScopes { get; init; }

    /// <summary>The API products whose keys may call it, or a part of it.</summary>
    public ImmutableArray<ProductGrant> Products { get; init; } = [];

    /// <summary>Why it was not analysed; null when it was.</summary>
    public string? NotAssessed { get; init; }

    /// <summary>Whether a token that is in order and has these contents gets to the backend.</summary>
    public TokenAccess Admits(TokenContents token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return NotAssessed is { } why
                ? new TokenAccess(null, [new TraceUnknown($"'{Name}', which was not analysed ({why})", why, Location)])
            : Bypass is { IsDefinite: true } ? new TokenAccess(true, [])
            : Requirement is null
                ? new TokenAccess(null, [new TraceUnknown("what the token must have", "a requirement that can be written down", Location)])
            : Requirement.Allows(token);
    }

    /// <summary>The same operation with another way past authentication.</summary>
    internal Operation With(Bypass? bypass) =>
        new(Endpoint, Flow)
        {
            Verbs = Verbs,
            Paths = Paths,
            Destination = Destination,
            LeadsToBackend = LeadsToBackend,
            Bypass = bypass,
            DeclaredPublic = DeclaredPublic,
            Checks = Checks,
            Requirement = Requirement,
            WithoutScopes = WithoutScopes,
            Products = Products,
            NotAssessed = NotAssessed,
        };

    /// <summary>Whether it leads to a backend; otherwise the gateway answers by itself.</summary>
    public bool LeadsToBackend { get; init; } = true;

    /// <inheritdoc/>
    public string Key =>
        Endpoint.Program.Key
        + (LeadsToBackend ? "/" : "/answer/")
        + (
            Flow is null ? "(no flow)"
            : Flow.Name.Length > 0 ? Flow.Name
            : Flow.Location.ToString()
        );

    /// <inheritdoc/>
    public string Title => $"{Name} of {Endpoint.Program.Title}";

    /// <summary>The operation without its proxy: verbs and paths, or the flow.</summary>
    public string Name =>
        Endpoint.Program.Endpoint is null ? "the flow"
        : Flow is null ? "requests that match no conditional flow"
        : Paths.IsEmpty ? $"flow '{Flow.Name}'"
        : $"{(Verbs.IsEmpty ? "any verb" : string.Join(',', Verbs))} {string.Join(" or ", Paths)}";

    /// <inheritdoc/>
    public SourceLocation Location => Flow?.Location ?? Endpoint.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}
