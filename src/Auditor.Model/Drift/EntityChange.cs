using Auditor.Model.Findings;

namespace Auditor.Model.Drift;

/// <summary>What happened to an entity between two states of an estate.</summary>
public enum EntityStatus
{
    /// <summary>The same in both, apart from what is volatile.</summary>
    InSync,

    /// <summary>In both, with other values.</summary>
    Modified,

    /// <summary>Only in the later state, and the earlier one listed all of its kind.</summary>
    Added,

    /// <summary>Only in the earlier state, and the later one listed all of its kind.</summary>
    Removed,

    /// <summary>In one state only, while the other did not list all of its kind: whether it changed is not known.</summary>
    NotAssessed,

    /// <summary>The states were written in forms that cannot be compared.</summary>
    Incomparable,

    /// <summary>Changed, and somebody accepted the change.</summary>
    Ignored,
}

/// <summary>What happened to a field.</summary>
public enum FieldChangeKind
{
    /// <summary>It has another value.</summary>
    Changed,

    /// <summary>It is there now, or holds more.</summary>
    Added,

    /// <summary>It is gone, or holds less.</summary>
    Removed,

    /// <summary>The same things in another order, where the order decides.</summary>
    Reordered,
}

/// <summary>Which way a change goes, as far as the field alone tells.</summary>
public enum ChangeDirection
{
    /// <summary>The field does not tell.</summary>
    Unclear,

    /// <summary>A control is weaker or gone, or somebody may do more.</summary>
    Weakens,

    /// <summary>A control is stronger or new, or somebody may do less.</summary>
    Strengthens,
}

/// <summary>How much a change matters.</summary>
public enum ChangeImpact
{
    /// <summary>Names and descriptions.</summary>
    Cosmetic,

    /// <summary>Something that no access decision hangs on.</summary>
    Low,

    /// <summary>Something that access decisions may hang on.</summary>
    Medium,

    /// <summary>Something that widens what tokens or clients may do.</summary>
    High,

    /// <summary>A control itself: who is trusted, what is verified, whether a failure stops the request.</summary>
    Critical,
}

/// <summary>A change of one field.</summary>
/// <param name="Path">The field: <c>Audiences</c>, <c>PreFlow/Request</c>, <c>Root/Audience</c>.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Before">The value before, readable and redacted; null when there was none.</param>
/// <param name="After">The value after; null when there is none.</param>
/// <param name="Impact">How much it matters.</param>
/// <param name="Direction">Which way it goes.</param>
public sealed record FieldChange(
    string Path,
    FieldChangeKind Kind,
    string? Before,
    string? After,
    ChangeImpact Impact,
    ChangeDirection Direction
);

/// <summary>How sure it is who made a change.</summary>
public enum AttributionConfidence
{
    /// <summary>Nothing is known: the log was not read, or it does not reach back far enough.</summary>
    None,

    /// <summary>Several actors touched the object in the time between.</summary>
    Candidates,

    /// <summary>One actor touched the object in the time between.</summary>
    Exact,
}

/// <summary>Who made a change, as far as a log tells.</summary>
/// <param name="Confidence">How sure that is.</param>
/// <param name="Actors">The actors, ordered by time; empty when nothing is known.</param>
/// <param name="Why">When nothing is known: why. One clause.</param>
public sealed record Attribution(AttributionConfidence Confidence, ImmutableArray<ChangeActor> Actors, string? Why)
{
    /// <summary>Nothing is known.</summary>
    public static Attribution Unknown(string why) => new(AttributionConfidence.None, [], why);
}

/// <summary>Somebody who touched an object.</summary>
/// <param name="Name">The actor, as the log names it.</param>
/// <param name="Kind">The kind of actor: <c>User</c>, <c>PublicClientApp</c>, <c>SystemPrincipal</c>; null when not said.</param>
/// <param name="At">When.</param>
/// <param name="Event">The event: <c>policy.rule.update</c>.</param>
public sealed record ChangeActor(string Name, string? Kind, DateTimeOffset At, string Event)
{
    /// <summary>Through what: <c>API token 00T…</c>, the name of a program; null when the log does not say.</summary>
    public string? Through { get; init; }
}

/// <summary>An entity, compared in two states of an estate.</summary>
public sealed record EntityChange : ISubject
{
    /// <summary>The kind of entity: <c>access rule</c>.</summary>
    public required string EntityKind { get; init; }

    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <summary>The entity in words: <c>access rule 'Shop users' of authorization server 'Orders'</c>.</summary>
    public required string Title { get; init; }

    /// <summary>Modified, Added or Removed; or Ignored; or InSync for an entity that is unchanged.</summary>
    public required EntityStatus Status { get; init; }

    /// <summary>The fields that changed, by path. For an entity that came or went: what it holds or held.</summary>
    public required ImmutableArray<FieldChange> Fields { get; init; }

    /// <summary>How much the change matters: the most that one of its fields does, or the entity's coming or going.</summary>
    public required ChangeImpact Impact { get; init; }

    /// <summary>Which way the change goes; unclear when its fields go both ways.</summary>
    public required ChangeDirection Direction { get; init; }

    /// <summary>Who made it.</summary>
    public required Attribution Attribution { get; init; }

    /// <summary>What the change has in common with others, by which they are one row: the same fields with the same values.</summary>
    public required string Cause { get; init; }

    /// <summary>For a change of access: the request that shows it in the later state; null otherwise.</summary>
    public string? Example { get; init; }

    /// <summary>Whether it is about access worked out from the configuration, rather than about the configuration.</summary>
    public bool IsAccess => EntityKind is AccessFact.Operation or AccessFact.Grant;

    /// <summary>Who accepted it and until when, in words; null when nobody did.</summary>
    public string? IgnoredBy { get; init; }

    /// <inheritdoc/>
    public required SourceLocation Location { get; init; }

    /// <inheritdoc/>
    public string? Environment { get; init; }
}

/// <summary>Entities of which it is not known whether they changed.</summary>
/// <param name="Part">The part that was not listed completely.</param>
/// <param name="Reason">Which state, and why.</param>
/// <param name="Entities">How many entities that concerns.</param>
public sealed record NotAssessedPart(string Part, string Reason, int Entities);

/// <summary>Two states of an estate, compared.</summary>
public sealed record EstateComparison
{
    /// <summary>The earlier state in words: <c>the run of 2026-11-22 02:00 UTC</c>.</summary>
    public required string Before { get; init; }

    /// <summary>The later state in words.</summary>
    public required string After { get; init; }

    /// <summary>When the earlier state was captured; null when unknown.</summary>
    public DateTimeOffset? BeforeAt { get; init; }

    /// <summary>The changes, the weightiest first, then by key.</summary>
    public required ImmutableArray<EntityChange> Changes { get; init; }

    /// <summary>What could not be compared.</summary>
    public ImmutableArray<NotAssessedPart> NotAssessed { get; init; } = [];

    /// <summary>The entities that are the same, by key: what was looked at and found unchanged.</summary>
    public ImmutableArray<EntityChange> Unchanged { get; init; } = [];

    /// <summary>Why the states cannot be compared at all; null when they can.</summary>
    public string? Incomparable { get; init; }

    /// <summary>What is known of the audits themselves; null when two states are compared outside of a series.</summary>
    public EvidenceState? Evidence { get; init; }

    /// <summary>The changes that count: not accepted.</summary>
    public IEnumerable<EntityChange> Live => Changes.Where(change => change.Status != EntityStatus.Ignored);
}
