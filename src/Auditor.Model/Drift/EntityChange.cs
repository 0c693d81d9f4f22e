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

/// <summary>What a change of access lets callers do.</summary>
public enum AccessEffect
{
    /// <summary>The same as before; also what every change of configuration has, whose effect is told by the accesses it touches.</summary>
    None,

    /// <summary>More than before, by somebody or by everybody.</summary>
    Wider,

    /// <summary>Less than before.</summary>
    Narrower,

    /// <summary>Other tokens than before: some more, some less. Counts as wider.</summary>
    Different,

    /// <summary>What was known before is not known now.</summary>
    Unknown,
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
)
{
    /// <summary>The values that are there now and were not before, readable and redacted; empty for a mere change of order.</summary>
    public ImmutableArray<string> Gained { get; init; } = [];

    /// <summary>The values that were there before and are not now.</summary>
    public ImmutableArray<string> Lost { get; init; } = [];
}

/// <summary>How sure it is who made a change.</summary>
public enum AttributionConfidence
{
    /// <summary>Nothing is known: the log was not read, or it does not reach back far enough; or nobody is asked.</summary>
    None,

    /// <summary>Several actors touched the object in the time between, or one did and the log leaves a part of that time out.</summary>
    Candidates,

    /// <summary>One actor touched the object in the time between.</summary>
    Exact,
}

/// <summary>Who made a change, as far as a log tells.</summary>
/// <param name="Confidence">How sure that is.</param>
/// <param name="Actors">The actors, ordered by time; empty when nothing is known.</param>
/// <param name="Why">When nothing is known: why; null where nobody made the difference, as between two environments. With candidates: what the log leaves out, so that there may be others; null for nothing. One clause.</param>
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

    /// <summary>For a change of access: the request that was possible in the earlier state and that shows what is gone; null otherwise.</summary>
    public string? ExampleBefore { get; init; }

    /// <summary>For a change of access: whether callers can do more or less than before.</summary>
    public AccessEffect Effect =>
        !IsAccess || Status is EntityStatus.InSync or EntityStatus.Ignored ? AccessEffect.None
        : Find(AccessFact.WithoutToken) is { After: "unknown", Before: not null } ? AccessEffect.Unknown
        : EntityKind == AccessFact.Operation ? OfOperation()
        : OfGrant();

    /// <summary>The change of a field; null when it did not change.</summary>
    public FieldChange? Find(string path)
    {
        foreach (var field in Fields)
        {
            if (string.Equals(field.Path, path, StringComparison.Ordinal))
            {
                return field;
            }
        }

        return null;
    }

    private AccessEffect OfOperation()
    {
        // An operation that is new and asks for a token lets nobody do what it was not made for; one that is gone is no access any more.
        if (Find(AccessFact.WithoutToken)?.After is "yes")
        {
            return AccessEffect.Wider;
        }

        if (Status != EntityStatus.Modified)
        {
            return AccessEffect.None;
        }

        var without = Find(AccessFact.WithoutToken)?.Before is "yes";
        var changes = new[] { Find(AccessFact.Demands), Find(AccessFact.Contents) }.OfType<FieldChange>().ToArray();
        return Together(changes, without);
    }

    private AccessEffect OfGrant() =>
        Status switch
        {
            EntityStatus.Added => AccessEffect.Wider,
            EntityStatus.Removed => AccessEffect.Narrower,
            // What is only possible is told where it becomes certain, or stays open.
            _ => Together([.. Fields.Where(field => field.Path != AccessFact.MayReach)], false) is not AccessEffect.None and var effect
                ? effect
            : Find(AccessFact.MayReach) is { Direction: not ChangeDirection.Strengthens } ? AccessEffect.Unknown
            : AccessEffect.Narrower,
        };

    private static AccessEffect Together(FieldChange[] changes, bool alsoLess)
    {
        var more = changes.Any(field => field.Direction == ChangeDirection.Weakens);
        var less = alsoLess || changes.Any(field => field.Direction == ChangeDirection.Strengthens);
        return changes.Any(field => field.Direction == ChangeDirection.Unclear) || (more && less) ? AccessEffect.Different
            : more ? AccessEffect.Wider
            : less ? AccessEffect.Narrower
            : AccessEffect.None;
    }

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
/// <param name="Entities">How many entities that concerns; 1 where none is known: there may be some.</param>
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

    /// <summary>Whether the earlier state is what is declared, rather than what was.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>Why the states cannot be compared at all; null when they can.</summary>
    public string? Incomparable { get; init; }

    /// <summary>Whether nothing at all could be compared, although there is something: that nothing is known to have changed says nothing then.</summary>
    public bool ComparedNothing => Incomparable is null && Changes.IsEmpty && Unchanged.IsEmpty && !NotAssessed.IsEmpty;

    /// <summary>What is known of the audits themselves; null when two states are compared outside of a series.</summary>
    public EvidenceState? Evidence { get; init; }

    /// <summary>The changes that count: not accepted.</summary>
    public IEnumerable<EntityChange> Live => Changes.Where(change => change.Status != EntityStatus.Ignored);
}
