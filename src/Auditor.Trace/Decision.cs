using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>A request, as far as a gateway looks at it. It is never sent.</summary>
public sealed record GatewayRequest
{
    /// <summary>The HTTP method, in capitals.</summary>
    public required string Method { get; init; }

    /// <summary>The path with the base path, without host and query.</summary>
    public required string Path { get; init; }

    /// <summary>The headers besides the token's: names in any case. One that is not here is not sent.</summary>
    public ImmutableDictionary<string, string> Headers { get; init; } =
        ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The query parameters. One that is not here is not sent.</summary>
    public ImmutableDictionary<string, string> Query { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The bearer token in <c>Authorization</c>; null: the header is not sent, unless it is among <see cref="Headers"/>.</summary>
    public PresentedToken? Token { get; init; }

    /// <summary>When the gateway gets it.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A JWT that a caller presents.</summary>
public sealed record PresentedToken
{
    /// <summary>The issuer; null when the claim is absent.</summary>
    public string? Issuer { get; init; }

    /// <summary>The audiences; empty when the claim is absent.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>The algorithm of the header; null when it is not known.</summary>
    public string? Algorithm { get; init; }

    /// <summary>When it expires; null when the claim is absent, which VerifyJWT allows (VerifyJWT page, 2026-04-10).</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it begins to be good; null when the claim is absent.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Whether the keys that the gateway uses verify its signature; null when that is not known.</summary>
    public bool? IsSigned { get; init; } = true;

    /// <summary>The other claims.</summary>
    public TokenContents Contents { get; init; } = new() { Others = OtherClaims.Absent };
}

/// <summary>What a gateway does with a request.</summary>
public enum DecisionOutcome
{
    /// <summary>It reaches a backend.</summary>
    Accepted,

    /// <summary>A policy stops it.</summary>
    Rejected,

    /// <summary>It passes, and no route leads to a backend: the gateway answers by itself.</summary>
    Answered,

    /// <summary>Configuration does not say.</summary>
    Open,
}

/// <summary>What a gateway does with a request, and why.</summary>
public sealed record Decision
{
    /// <summary>What it does.</summary>
    public required DecisionOutcome Outcome { get; init; }

    /// <summary>The endpoint that gets the request; null when none has the path.</summary>
    public TracedEndpoint? Endpoint { get; init; }

    /// <summary>The steps the request meets, in order, each with what happens there; up to the one that stops it.</summary>
    public ImmutableArray<WitnessStep> Steps { get; init; } = [];

    /// <summary>What it reaches, in words; null when it does not.</summary>
    public string? Reaches { get; init; }

    /// <summary>The step that stops it, with its type; null when none does.</summary>
    public string? RejectedBy { get; init; }

    /// <summary>Why it is stopped; null when it is not.</summary>
    public string? Why { get; init; }

    /// <summary>Apigee's name of the fault, where it is known: <c>JwtAudienceMismatch</c>; null otherwise.</summary>
    public string? Fault { get; init; }

    /// <summary>
    /// The HTTP status of the answer to a refused request, after fault rules: <c>401</c>, or <c>200</c> where a rule says so. Null when it is not refused, and when
    /// configuration does not say.
    /// </summary>
    public string? Status { get; init; }

    /// <summary>Where it is stopped; null when it is not.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>What decides, when configuration does not say; empty otherwise.</summary>
    public ImmutableArray<TraceUnknown> Unknowns { get; init; } = [];
}
