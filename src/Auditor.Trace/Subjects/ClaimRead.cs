using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>What becomes of a step whose condition reads a claim that tokens do not carry.</summary>
public enum MissingClaimEffect
{
    /// <summary>The step runs for every request that gets there.</summary>
    AlwaysRuns,

    /// <summary>The step never runs.</summary>
    NeverRuns,

    /// <summary>Other parts of the condition decide.</summary>
    Depends,
}

/// <summary>A condition of a step that reads a claim of a verified token, or a script that reads it for one.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Check">The check that verifies the token.</param>
/// <param name="Claim">The claim.</param>
/// <param name="Variable">The flow variable that is read.</param>
/// <param name="Step">The policy of the step.</param>
/// <param name="Refuses">Whether the policy refuses the request.</param>
/// <param name="IsCarried">Whether tokens of the check's server carry the claim; null when that is not known.</param>
/// <param name="Effect">What becomes of the step when they do not.</param>
/// <param name="Location">The condition; the line of the script where a script reads.</param>
public sealed record ClaimRead(
    TracedEndpoint Endpoint,
    TokenCheck Check,
    string Claim,
    string Variable,
    string Step,
    bool Refuses,
    bool? IsCarried,
    MissingClaimEffect Effect,
    SourceLocation Location
) : ISubject
{
    /// <summary>The bundle of the step.</summary>
    public required Bundle Owner { get; init; }

    /// <summary>Whether a script reads the claim and the step decides by what the script sets.</summary>
    public bool IsInScript { get; init; }

    /// <summary>The conditional flows in which the step decides; null among them: outside of them, for every request.</summary>
    public required ImmutableArray<Flow?> Flows { get; init; }

    /// <summary>Whether the step decides about requests of an operation.</summary>
    public bool Decides(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return ReferenceEquals(operation.Endpoint, Endpoint) && (Flows.Contains(null) || Flows.Contains(operation.Flow));
    }

    /// <inheritdoc/>
    public string Key => $"{Check.Key}/{Claim}@{Location}";

    /// <inheritdoc/>
    public string Title => $"claim '{Claim}' as read in {Endpoint.Program.Title}";

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;
}
