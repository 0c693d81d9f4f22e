using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Whose request is interpreted.</summary>
internal enum Caller
{
    /// <summary>Nobody's: everything that could be asked is collected.</summary>
    Survey,

    /// <summary>Somebody whose credentials are all in order.</summary>
    Admitted,

    /// <summary>Somebody who has no valid credential of any kind, and may send whatever they like.</summary>
    Stranger,

    /// <summary>Somebody with a token that is in order but for what its sheet says.</summary>
    TokenHolder,

    /// <summary>Whoever sends a given request with a given token.</summary>
    Sender,
}

/// <summary>A token that differs from one that a given check demands.</summary>
/// <param name="Target">The policy it is made for.</param>
/// <param name="RightIssuer">Whether it carries the issuer the policy demands.</param>
/// <param name="RightAudience">Whether it carries the audience the policy demands.</param>
internal sealed record TokenSheet(JwtPolicy Target, bool RightIssuer, bool RightAudience)
{
    /// <summary>An audience and an issuer that nobody demands.</summary>
    public const string ForeignAudience = "https://another-api.example";

    /// <summary>An issuer that nobody demands.</summary>
    public const string ForeignIssuer = "https://another-issuer.example";
}

/// <summary>Where a step is attached.</summary>
/// <param name="Place">The flow in words: <c>PreFlow</c>, <c>flow 'items'</c>, <c>PreProxyFlowHook</c>.</param>
/// <param name="Caller">The FlowCallout or hook that led into a shared flow; null at the endpoint itself.</param>
internal sealed record StepPlace(string Place, StepVisit? Caller)
{
    /// <summary>The segment: hook, proxy or target.</summary>
    public required string Segment { get; init; }

    /// <summary>The conditional flow; null in the unconditional parts.</summary>
    public Flow? Flow { get; init; }
}

/// <summary>One step on the way of a request, with the conditions under which it is reached, runs and stops the request.</summary>
internal sealed class StepVisit
{
    public required StepPlace Place { get; init; }

    /// <summary>The step; null for the shared flow of a hook.</summary>
    public required Step? Step { get; init; }

    /// <summary>The policy; null when the step names none that exists.</summary>
    public required Policy? Policy { get; init; }

    /// <summary>The bundle whose policy it is.</summary>
    public required Bundle Owner { get; init; }

    public required SourceLocation Location { get; init; }

    /// <summary>The hook; null for steps.</summary>
    public FlowHook? Hook { get; init; }

    /// <summary>When the step is reached.</summary>
    public required int Arrives { get; init; }

    /// <summary>When it is reached and its condition holds.</summary>
    public required int Runs { get; init; }

    /// <summary>When it fails, whether or not that stops the request.</summary>
    public int Fails { get; set; }

    /// <summary>When it stops the request: it fails, and nothing ignores that.</summary>
    public int Stops { get; set; }

    /// <summary>Why it stops the request, each with when, in the order in which the policy looks; only for a given request.</summary>
    public List<(int Guard, string? Fault, string? Why)> Refusals { get; } = [];

    /// <summary>Whether a failure is ignored here (its own continueOnError, or its hook's).</summary>
    public bool Ignores { get; set; }

    /// <summary>The settings as resolved at this step; only when everything is admitted.</summary>
    public SortedDictionary<string, Resolution>? Settings { get; set; }

    /// <summary>The policy with its type, for messages.</summary>
    public string Title =>
        Policy is { } policy ? $"{policy.Kind} '{policy.Name}'"
        : Hook is { } hook ? $"{hook.Point} → '{hook.SharedFlow}'"
        : $"'{Step?.Policy}'";
}

/// <summary>What lies at the end of a way through an endpoint.</summary>
internal enum Destination
{
    /// <summary>A backend.</summary>
    Target,

    /// <summary>No target: the proxy answers by itself.</summary>
    NullRoute,

    /// <summary>The end of a shared flow that stands alone.</summary>
    End,
}

/// <summary>One way through an endpoint: a conditional flow or none, and a route.</summary>
internal sealed class FlowPath
{
    /// <summary>The conditional flow; null for requests that match none.</summary>
    public required Flow? Flow { get; init; }

    public required RouteRule? Route { get; init; }

    public required TargetEndpoint? Target { get; init; }

    public required Destination Destination { get; init; }

    /// <summary>When a request takes this flow, whether or not it gets through.</summary>
    public required int Enters { get; init; }

    /// <summary>When a request gets to the end.</summary>
    public required int Reaches { get; init; }

    public required ImmutableArray<StepVisit> Visits { get; init; }

    /// <summary>The steps that follow in the proxies it calls; they belong to those.</summary>
    public ImmutableArray<StepVisit> Beyond { get; init; } = [];

    /// <summary>All steps on the way.</summary>
    public IEnumerable<StepVisit> AllVisits => Visits.Concat(Beyond);

    /// <summary>The answer, where the gateway makes it itself.</summary>
    public OwnAnswer Answer { get; init; } = OwnAnswer.None;

    /// <summary>The variables at the end.</summary>
    public required FlowState State { get; init; }

    /// <summary>The destination in words.</summary>
    public string Words =>
        Destination switch
        {
            Destination.NullRoute => "no target",
            Destination.End => "the end of the shared flow",
            _ => Target is { } target ? $"target '{target.Name}'"
            : Route?.Url is { } url ? $"'{url.Text}'"
            : "a target",
        };
}

/// <summary>The value of a variable under a guard, with the way it came.</summary>
internal readonly record struct Alternative(int Guard, FlowValue Value, ProvenanceChain? Origin);

/// <summary>A chain of places, the latest first.</summary>
internal sealed record ProvenanceChain(Provenance Head, ProvenanceChain? Rest)
{
    public ImmutableArray<Provenance> ToArray()
    {
        var result = ImmutableArray.CreateBuilder<Provenance>();
        for (var link = this; link is not null; link = link.Rest)
        {
            result.Add(link.Head);
        }

        return result.ToImmutable();
    }
}

/// <summary>What is known while a request is on its way. Copied where ways part.</summary>
internal sealed class FlowState
{
    private readonly Dictionary<string, Alternative[]> variables;
    private readonly List<OpaqueWriter> writers;
    private readonly List<(string Prefix, int Guard)> cleared;

    public FlowState(int reach)
    {
        Reach = reach;
        variables = new Dictionary<string, Alternative[]>(StringComparer.Ordinal);
        writers = [];
        cleared = [];
        Jwts = new Dictionary<string, List<JwtOutcome>>(StringComparer.Ordinal);
        Held = new Dictionary<string, ImmutableArray<HeldValue>>(StringComparer.Ordinal);
    }

    private FlowState(FlowState other)
    {
        Reach = other.Reach;
        Aside = other.Aside;
        variables = new Dictionary<string, Alternative[]>(other.variables, StringComparer.Ordinal);
        writers = [.. other.writers];
        cleared = [.. other.cleared];
        Jwts = other.Jwts.ToDictionary(pair => pair.Key, pair => new List<JwtOutcome>(pair.Value), StringComparer.Ordinal);
        Held = new Dictionary<string, ImmutableArray<HeldValue>>(other.Held, StringComparer.Ordinal);
    }

    /// <summary>When a request is still on its way here.</summary>
    public int Reach { get; set; }

    /// <summary>When a request is on its way elsewhere while a part of the flow runs for others, and comes back to it: its variables must survive.</summary>
    public int Aside { get; set; }

    /// <summary>What the JWT policies left behind, by policy name.</summary>
    public Dictionary<string, List<JwtOutcome>> Jwts { get; }

    /// <summary>The keys and tokens of the gateway's that parts of messages hold, by part: <c>response.content</c>.</summary>
    public Dictionary<string, ImmutableArray<HeldValue>> Held { get; }

    public IReadOnlyList<OpaqueWriter> Writers => writers;

    public IReadOnlyList<(string Prefix, int Guard)> Cleared => cleared;

    public IEnumerable<string> Names => variables.Keys;

    public FlowState Copy() => new(this);

    public bool TryGet(string name, out Alternative[] alternatives) => variables.TryGetValue(name, out alternatives!);

    public void Set(string name, Alternative[] alternatives) => variables[name] = alternatives;

    /// <summary>Code that may have written any variable nothing else writes.</summary>
    public void AddWriter(OpaqueWriter writer) => writers.Add(writer);

    /// <summary>Everything with the prefix is gone.</summary>
    public void Clear(string prefix, int guard) => cleared.Add((prefix, guard));
}

/// <summary>Code whose writes are not known.</summary>
internal sealed record OpaqueWriter(int Guard, string Title, SourceLocation Location);

/// <summary>A key or a token of the gateway's in a message.</summary>
/// <param name="Guard">When it is there.</param>
/// <param name="What">What it is.</param>
internal readonly record struct HeldValue(int Guard, Disclosure What);

/// <summary>An answer that the gateway makes itself.</summary>
/// <param name="Disclosed">The keys and tokens of the gateway's that it gives away.</param>
/// <param name="Steps">The steps that make it.</param>
/// <param name="IsFollowed">Whether they were all followed: otherwise what it gives away is not known.</param>
internal sealed record OwnAnswer(ImmutableArray<HeldValue> Disclosed, ImmutableArray<StepVisit> Steps, bool IsFollowed)
{
    /// <summary>An answer that gives nothing away.</summary>
    public static OwnAnswer None { get; } = new([], [], true);

    /// <summary>An answer of which nothing is known.</summary>
    public static OwnAnswer NotFollowed { get; } = new([], [], false);
}

/// <summary>What a JWT policy left behind.</summary>
/// <param name="Guard">When.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Verified">Whether it verified the token.</param>
/// <param name="Failed">Whether it failed and the request went on.</param>
/// <param name="Owner">The bundle.</param>
internal sealed record JwtOutcome(int Guard, JwtPolicy Policy, bool Verified, bool Failed, Bundle Owner);
