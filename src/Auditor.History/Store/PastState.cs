using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>
/// The state of an estate in a run, as it was read from a store and not yet opened. Of two nights nearly every entity is the same, and what is known from one of them needs no opening in
/// the other.
/// </summary>
public sealed class PastState
{
    private readonly StoreLocation location;
    private readonly StoredRun run;
    private readonly List<Row> rows;
    private readonly ImmutableSortedDictionary<string, PartCoverage> parts;

    internal PastState(StoreLocation location, StoredRun run, List<Row> rows, ImmutableSortedDictionary<string, PartCoverage> parts)
    {
        this.location = location;
        this.run = run;
        this.rows = rows;
        this.parts = parts;
        rows.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
    }

    /// <summary>Opens it.</summary>
    /// <param name="other">Another state of the estate: what is the same in both is taken from it. Null: there is none.</param>
    /// <exception cref="StoreException">It is damaged.</exception>
    public Snapshot Open(Snapshot? other)
    {
        var known = (other?.Entities ?? []).ToDictionary(entity => entity.Key, StringComparer.Ordinal);
        var entities = new Entity[rows.Count];
        return StoreFaults.Guard(
            location,
            () =>
            {
                Parallel.For(0, rows.Count, i => entities[i] = Open(rows[i], known));
                return new Snapshot
                {
                    Form = run.Form,
                    RedactionKey = run.RedactionKey,
                    Description = run.Description,
                    CapturedAt = run.Time,
                    Entities = [.. entities],
                    Parts = parts,
                };
            }
        );
    }

    private static Entity Open(Row row, Dictionary<string, Entity> known) =>
        known.TryGetValue(row.Key, out var same) && EntityEncoding.HashOf(same) == row.Hash
            ? same
            : EntityEncoding.Decode(row.Key, row.Hash, row.Body, row.Packed);

    internal readonly record struct Row(string Key, string Hash, string Body, byte[]? Packed);
}
