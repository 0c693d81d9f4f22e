using Auditor.Engine;
using Auditor.Model.Drift;

namespace Auditor.Reports.Changes;

/// <summary>Changes that have a cause in common: one row of a report, however many places it touches.</summary>
/// <param name="Change">The first of them, by weight and key.</param>
/// <param name="Others">The others, in words.</param>
public sealed record ChangeRow(EntityChange Change, ImmutableArray<string> Others)
{
    private const int ShownText = 200;

    /// <summary>The changes of configuration that count, one row per cause, the weightiest first.</summary>
    public static ImmutableArray<ChangeRow> OfConfiguration(EstateComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return
        [
            .. comparison
                .Live.Where(change => !change.IsAccess)
                .GroupBy(change => change.Cause, StringComparer.Ordinal)
                .Select(group => new ChangeRow(group.First(), [.. group.Skip(1).Select(change => change.Title)])),
        ];
    }

    /// <summary>What changed in who can do what, wider access first.</summary>
    public static ImmutableArray<EntityChange> OfAccess(EstateComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return
        [
            .. comparison
                .Live.Where(change => change.Effect != AccessEffect.None)
                .OrderBy(change => Rank(change.Effect))
                .ThenBy(change => change.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>What happened to an entity, for people: it is new, gone, or what a change of it does.</summary>
    public static string Spoken(EntityStatus status) =>
        status switch
        {
            EntityStatus.Added => "new",
            EntityStatus.Removed => "gone",
            EntityStatus.Modified => "changed",
            EntityStatus.Ignored => "accepted",
            EntityStatus.NotAssessed => "not assessed",
            EntityStatus.Incomparable => "not comparable",
            _ => "the same",
        };

    /// <summary>What a change does to protection, for people.</summary>
    public static string Spoken(ChangeDirection direction) =>
        direction switch
        {
            ChangeDirection.Weakens => "weaker",
            ChangeDirection.Strengthens => "stronger",
            _ => "neither clearly weaker nor stronger",
        };

    /// <summary>A changed field in words: <c>Audiences: 'a' → 'b'</c>.</summary>
    public static string Told(FieldChange field)
    {
        ArgumentNullException.ThrowIfNull(field);
        // Of a long list, only what came and went says something.
        if (
            field.Kind != FieldChangeKind.Reordered
            && field.Before?.Length + field.After?.Length > ShownText
            && field.Lost.Length + field.Gained.Length > 0
        )
        {
            var items = string.Join(", ", field.Lost.Select(item => "-" + item).Concat(field.Gained.Select(item => "+" + item)));
            return $"{field.Path}: {(items.Length > 2 * ShownText ? items[..(2 * ShownText)] + "…" : items)}";
        }

        return field.Kind == FieldChangeKind.Reordered
            ? $"{field.Path} in another order: {Value(field.Before)} → {Value(field.After)}"
            : $"{field.Path}: {Value(field.Before)} → {Value(field.After)}";
    }

    /// <summary>Who made a change, in words; null when nobody is known.</summary>
    public static string? Told(Attribution attribution)
    {
        ArgumentNullException.ThrowIfNull(attribution);
        return attribution.Confidence switch
        {
            AttributionConfidence.Exact => $"by {Actor(attribution.Actors[^1])}",
            AttributionConfidence.Candidates =>
                $"by one of {string.Join("; ", attribution.Actors.Select(Actor))}{(attribution.Why is { } why ? $" ({why})" : "")}",
            _ => null,
        };
    }

    /// <summary>Why it is not known who made changes of configuration, with their number, each reason once.</summary>
    public static IEnumerable<(string Why, int Changes)> NobodyKnown(EstateComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return comparison
            .Live.Where(change => !change.IsAccess && change.Attribution is { Confidence: AttributionConfidence.None, Why: not null })
            .GroupBy(change => change.Attribution.Why!, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, group.Count()));
    }

    /// <summary>The numbers in one line: <c>3 changes (1 critical, 2 high), access: 1 wider</c>.</summary>
    public static string Summary(EstateComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var rows = OfConfiguration(comparison);
        var weights = rows.GroupBy(row => row.Change.Impact)
            .OrderByDescending(group => group.Key)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {Words.Of(group.Key)}"));
        var effects = OfAccess(comparison)
            .GroupBy(change => change.Effect)
            .OrderBy(group => Rank(group.Key))
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {Words.Of(group.Key)}"))
            .ToList();
        var parts = new List<string>
        {
            comparison.ComparedNothing ? "nothing could be compared"
            : rows.IsEmpty ? "no change"
            : $"{Nouns.Count(rows.Length, "changes")} ({string.Join(", ", weights)})",
        };
        if (effects.Count > 0)
        {
            parts.Add("access: " + string.Join(", ", effects));
        }

        if (comparison.Changes.Count(change => change.Status == EntityStatus.Ignored) is var ignored and > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{ignored} accepted"));
        }

        if (comparison.NotAssessed.Sum(part => part.Entities) is var unknown and > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{unknown} not compared"));
        }

        return string.Join("; ", parts);
    }

    private static string Actor(ChangeActor actor) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{actor.Name}{(actor.Kind is { } kind and not "User" ? $" ({kind})" : "")}, {actor.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC ({actor.Event})"
        );

    private static string Value(string? text) =>
        text is null or "" ? "nothing"
        : text.Length > ShownText ? $"'{text[..ShownText]}…'"
        : $"'{text}'";

    private static int Rank(AccessEffect effect) =>
        effect switch
        {
            AccessEffect.Wider => 0,
            AccessEffect.Different => 1,
            AccessEffect.Unknown => 2,
            _ => 3,
        };
}
