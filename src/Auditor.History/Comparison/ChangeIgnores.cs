using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>A change that is accepted.</summary>
/// <param name="Entity">The entity's key or natural key; <c>*</c> stands for anything.</param>
/// <param name="Path">The field; <c>*</c> stands for anything. Null: every field.</param>
/// <param name="Value">The value that is accepted; null: any.</param>
/// <param name="Reason">Why.</param>
/// <param name="Owner">Who accepted it.</param>
/// <param name="Expires">The last day on which it holds; null: no end.</param>
public sealed record AcceptedChange(string Entity, string? Path, string? Value, string Reason, string Owner, DateOnly? Expires);

/// <summary>The accepted changes of a configuration, on one day.</summary>
public sealed class ChangeIgnores
{
    private readonly ImmutableArray<AcceptedChange> accepted;

    /// <summary>The entries that still hold on a day. One that expired is told by the configuration, and accepts nothing.</summary>
    public ChangeIgnores(IEnumerable<AcceptedChange> accepted, DateOnly today) =>
        this.accepted = [.. accepted.Where(entry => entry.Expires is not { } last || last >= today)];

    /// <summary>Nothing is accepted.</summary>
    public static ChangeIgnores None { get; } = new([], DateOnly.MinValue);

    /// <summary>Who accepted a change and why, in words; null when a part of it is not accepted.</summary>
    public string? Find(Entity entity, ImmutableArray<FieldChange> fields)
    {
        ArgumentNullException.ThrowIfNull(entity);
        if (accepted.IsEmpty)
        {
            return null;
        }

        var by = new List<AcceptedChange>();
        foreach (var field in fields)
        {
            var entry = accepted.FirstOrDefault(candidate => Accepts(candidate, entity, field));
            if (entry is null)
            {
                return null;
            }

            by.Add(entry);
        }

        return by.Count == 0 ? null : string.Join("; ", by.Select(Words).Distinct(StringComparer.Ordinal));
    }

    private static bool Accepts(AcceptedChange entry, Entity entity, FieldChange field) =>
        (NamePattern.Matches(entry.Entity, entity.Key) || NamePattern.Matches(entry.Entity, entity.NaturalKey))
        && (entry.Path is null || NamePattern.Matches(entry.Path, field.Path))
        && (entry.Value is null || string.Equals(entry.Value, field.After ?? "", StringComparison.Ordinal));

    private static string Words(AcceptedChange entry) =>
        $"{entry.Reason} ({entry.Owner}{(entry.Expires is { } day ? ", until " + day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "")})";
}
