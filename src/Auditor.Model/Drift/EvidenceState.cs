using Auditor.Model.Findings;

namespace Auditor.Model.Drift;

/// <summary>What is known of the audits of an estate as evidence: whether nights are missing, and whether this one saw everything.</summary>
public sealed record EvidenceState : ISubject
{
    /// <summary>The series of audits.</summary>
    public required string Series { get; init; }

    /// <summary>When the last finished audit was; null for the first.</summary>
    public DateTimeOffset? Previous { get; init; }

    /// <summary>When this one is.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>How often it is meant to run; null when that is not declared.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>What the last finished audit could not read, ordered.</summary>
    public ImmutableArray<string> PreviousGaps { get; init; } = [];

    /// <summary>The version that the last one ran with; null for the first.</summary>
    public string? PreviousVersion { get; init; }

    /// <summary>The version of this one.</summary>
    public required string Version { get; init; }

    /// <summary>Whether the last one asked other rules than this one.</summary>
    public bool RulesDiffer { get; init; }

    /// <inheritdoc/>
    public string Key => "audit/" + Series;

    /// <inheritdoc/>
    public string Title => $"the audits of '{Series}'";

    /// <inheritdoc/>
    public required SourceLocation Location { get; init; }

    /// <inheritdoc/>
    public string? Environment => null;
}
