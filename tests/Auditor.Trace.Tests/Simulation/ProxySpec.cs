namespace Auditor.Trace.Tests.Simulation;

internal enum Act
{
    /// <summary>VerifyJWT of the issuer <c>https://idp.example</c>.</summary>
    Verify,

    /// <summary>The same with continueOnError.</summary>
    VerifyAndContinue,

    /// <summary>The same, switched off.</summary>
    VerifyNever,

    /// <summary>VerifyJWT of the issuer <c>https://other.example</c>.</summary>
    VerifyOther,

    /// <summary>DecodeJWT.</summary>
    Decode,

    /// <summary>RaiseFault with status 403.</summary>
    Refuse,

    /// <summary>RaiseFault with continueOnError.</summary>
    RefuseAndContinue,

    /// <summary>AssignMessage: flow.v = "x".</summary>
    SetX,

    /// <summary>AssignMessage: flow.v = "y".</summary>
    SetY,

    /// <summary>AssignMessage: flow.v = a header.</summary>
    Copy,

    /// <summary>AssignMessage: flow.v = a header, or "x" where it is not sent.</summary>
    CopyOr,

    /// <summary>AssignMessage: flow.t = the template <c>{flow.v:none}-t</c>.</summary>
    Fill,

    /// <summary>AssignMessage: sets the header x-mode to "x".</summary>
    Header,

    /// <summary>AssignMessage: removes the header x-copy.</summary>
    Drop,

    /// <summary>ExtractVariables: flow.v = the whole header x-mode, if it is sent.</summary>
    Extract,

    /// <summary>KeyValueMapOperations: flow.v = an entry, "y".</summary>
    Entry,

    /// <summary>AssignMessage: flow.v = a property, "x".</summary>
    Property,

    /// <summary>AssertCondition: whether the verb is GET.</summary>
    Assert,

    /// <summary>Javascript: flow.v = "x" or flow.w = "y", by a header.</summary>
    ScriptSets,

    /// <summary>Javascript: throws for DELETE.</summary>
    ScriptThrows,

    /// <summary>JavaCallout, of which nothing is known; it may set flow.o, which nothing else sets, and what other steps have set.</summary>
    Opaque,

    /// <summary>CORS, which answers preflights.</summary>
    Preflight,

    /// <summary>FlowCallout of the shared flow.</summary>
    Call,

    /// <summary>FlowCallout with continueOnError.</summary>
    CallAndContinue,

    /// <summary>In a shared flow: FlowCallout of another.</summary>
    CallInner,

    /// <summary>In a fault rule: AssignMessage with status 200.</summary>
    Status200,

    /// <summary>In a fault rule: AssignMessage with status 503.</summary>
    Status503,

    /// <summary>In a fault rule: RaiseFault with status 418.</summary>
    Raise418,
}

internal sealed record Stp(Act Act, Cond? Condition);

internal sealed record Flw(Cond? Condition, IReadOnlyList<Stp> Steps);

internal enum Way
{
    /// <summary>No target.</summary>
    Null,

    /// <summary>The first target.</summary>
    First,

    /// <summary>The second target.</summary>
    Second,

    /// <summary>A URL without a target endpoint.</summary>
    Url,

    /// <summary>The proxy behind, by its name.</summary>
    Proxy,

    /// <summary>The proxy behind, by a path that leads into it.</summary>
    Path,
}

internal sealed record Rte(Cond? Condition, Way Way);

/// <summary>A shared flow at a flow hook.</summary>
internal sealed record Hook(IReadOnlyList<Stp> Steps, bool ContinueOnError);

/// <summary>The fault rules of an endpoint.</summary>
internal sealed record Faults(IReadOnlyList<Flw> Rules, Flw? Default, bool AlwaysEnforce)
{
    public static Faults None { get; } = new([], null, false);
}

internal sealed record Target(IReadOnlyList<Stp> PreFlow, IReadOnlyList<Flw> Flows, IReadOnlyList<Stp> PostFlow, Faults Faults);

/// <summary>A small proxy.</summary>
internal sealed record ProxySpec(
    IReadOnlyList<Stp> PreFlow,
    IReadOnlyList<Flw> Flows,
    IReadOnlyList<Stp> PostFlow,
    IReadOnlyList<Rte> Routes,
    Target First,
    Target Second,
    Faults Faults
)
{
    public IEnumerable<Stp> Steps =>
        [
            .. PreFlow,
            .. Flows.SelectMany(flow => flow.Steps),
            .. PostFlow,
            .. new[] { First, Second }.SelectMany(target =>
                target.PreFlow.Concat(target.Flows.SelectMany(flow => flow.Steps)).Concat(target.PostFlow).Concat(StepsOf(target.Faults))
            ),
            .. StepsOf(Faults),
        ];

    private static IEnumerable<Stp> StepsOf(Faults faults) =>
        faults.Rules.Concat(faults.Default is { } last ? [last] : []).SelectMany(rule => rule.Steps);
}

/// <summary>An environment with a proxy, a proxy behind it, the shared flows they call, and its flow hooks.</summary>
internal sealed record Gateway(
    ProxySpec Front,
    ProxySpec Back,
    IReadOnlyList<Stp> SharedFlow,
    IReadOnlyList<Stp> Inner,
    Hook? BeforeProxy,
    Hook? BeforeTarget
);

internal enum Token
{
    None,
    Good,
    Expired,
    Other,
}

/// <summary>A request.</summary>
internal sealed record RequestSpec(
    string Verb,
    string Suffix,
    string? Mode,
    string? Copy,
    Token Token,
    IReadOnlyList<string> Scopes,
    bool HasOrigin = false
);

/// <summary>What configuration does not say, as it is in one of the possible worlds.</summary>
/// <param name="OpaqueLets">Whether the code of which nothing is known lets requests pass.</param>
/// <param name="OpaqueSets">What it sets flow.o to, and the other variables of the flow; null when it leaves them alone.</param>
/// <param name="FailedSetsClaims">Whether a verification that failed and continued leaves claims behind.</param>
/// <param name="HookFaultsAreHandled">Whether fault rules handle faults of hooks.</param>
/// <param name="PreflightNeedsOrigin">Whether the CORS policy leaves OPTIONS without an origin alone.</param>
internal sealed record World(
    bool OpaqueLets,
    string? OpaqueSets,
    bool FailedSetsClaims,
    bool HookFaultsAreHandled,
    bool PreflightNeedsOrigin
);

/// <summary>What becomes of a request.</summary>
/// <param name="End"><c>accepted</c>, <c>rejected</c> or <c>answered</c>.</param>
/// <param name="By">What rejects it; null when nothing does.</param>
/// <param name="Status">The status of a rejection.</param>
internal sealed record Outcome(string End, Act? By = null, int Status = 0);
