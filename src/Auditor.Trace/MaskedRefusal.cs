using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>That a caller whose credential is refused is told of a success: the request does not get to the backend, and nobody learns that it did not.</summary>
public sealed record MaskedRefusal
{
    /// <summary>The step that refuses, with its type.</summary>
    public required string Refusing { get; init; }

    /// <summary>The fault rule that answers.</summary>
    public required FaultRule Rule { get; init; }

    /// <summary>The status the caller gets: <c>200</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The service whose answer the fault rule fetches and gives to the caller; null when it gives none.</summary>
    public string? Fetching { get; init; }

    /// <summary>Where the status is set.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether it holds whatever the unknowns are; otherwise it depends on <see cref="Unknowns"/>.</summary>
    public required bool IsDefinite { get; init; }

    /// <summary>What it depends on, when it is not definite.</summary>
    public ImmutableArray<TraceUnknown> Unknowns { get; init; } = [];

    /// <summary>A request that is answered so.</summary>
    public required Witness Witness { get; init; }
}
