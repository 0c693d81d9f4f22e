using Auditor.History.Snapshots;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>A field that is not the same in two states, before its meaning is weighed.</summary>
/// <param name="Path">The field.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Before">The field before; null when there was none.</param>
/// <param name="After">The field after; null when there is none.</param>
/// <param name="Lost">The values that are no longer there.</param>
/// <param name="Gained">The values that are there now.</param>
public sealed record FieldDifference(
    string Path,
    FieldChangeKind Kind,
    EntityField? Before,
    EntityField? After,
    ImmutableArray<FieldItem> Lost,
    ImmutableArray<FieldItem> Gained
)
{
    /// <summary>Compares the fields of one entity in two states.</summary>
    public static IEnumerable<FieldDifference> Between(ImmutableArray<EntityField> before, ImmutableArray<EntityField> after)
    {
        // Both are ordered by path: one walk over the two.
        var (i, j) = (0, 0);
        while (i < before.Length || j < after.Length)
        {
            var order =
                i == before.Length ? 1
                : j == after.Length ? -1
                : string.CompareOrdinal(before[i].Path, after[j].Path);
            var (left, right) = (order <= 0 ? before[i] : null, order >= 0 ? after[j] : null);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
            if (!ReferenceEquals(left, right) && Between(left, right) is { } difference)
            {
                yield return difference;
            }
        }
    }

    private static FieldDifference? Between(EntityField? before, EntityField? after)
    {
        var path = (after ?? before)!.Path;
        var semantics = (after ?? before)!.Semantics;
        var (left, right) = (before?.Items ?? [], after?.Items ?? []);
        if (SameOrder(left, right))
        {
            return null;
        }

        var gained = Without(right, left);
        var lost = Without(left, right);
        if (semantics == FieldSemantics.Rank)
        {
            // What came or went is another entity's change, or another field's.
            return SameOrder(Without(left, lost), Without(right, gained))
                ? null
                : new FieldDifference(path, FieldChangeKind.Reordered, before, after, [], []);
        }

        if (gained.IsEmpty && lost.IsEmpty)
        {
            return semantics == FieldSemantics.Set ? null : new FieldDifference(path, FieldChangeKind.Reordered, before, after, [], []);
        }

        var kind =
            lost.IsEmpty && (before is null || semantics != FieldSemantics.Scalar) ? FieldChangeKind.Added
            : gained.IsEmpty && (after is null || semantics != FieldSemantics.Scalar) ? FieldChangeKind.Removed
            : FieldChangeKind.Changed;
        return new FieldDifference(path, kind, before, after, lost, gained);
    }

    // What one list holds more than the other, each value as often as it is missing there.
    private static ImmutableArray<FieldItem> Without(ImmutableArray<FieldItem> items, ImmutableArray<FieldItem> others)
    {
        if (items.IsEmpty || others.IsEmpty)
        {
            return items;
        }

        var left = others.ToList();
        var more = ImmutableArray.CreateBuilder<FieldItem>();
        foreach (var item in items)
        {
            var at = left.FindIndex(other => other.Means(item));
            if (at < 0)
            {
                more.Add(item);
            }
            else
            {
                left.RemoveAt(at);
            }
        }

        return more.DrainToImmutable();
    }

    private static bool SameOrder(ImmutableArray<FieldItem> left, ImmutableArray<FieldItem> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].Means(right[i]))
            {
                return false;
            }
        }

        return true;
    }
}
