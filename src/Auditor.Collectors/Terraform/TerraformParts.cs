using Auditor.Model;

namespace Auditor.Collectors.Terraform;

/// <summary>
/// The parts of a list that belongs to another thing, where resources of their own say them: the groups of a client, the entries of a map. What they belong to may be managed, or not, or
/// not be there yet; parts of which that is not known are noted, and so is nothing lost.
/// </summary>
internal sealed class TerraformParts
{
    private readonly ILookup<string, TerraformResource> declared;
    private readonly ILookup<string, TerraformResource> deleted;
    private readonly bool mayHoldMore;

    /// <summary>Sorts parts by what they belong to.</summary>
    /// <param name="set">The resources.</param>
    /// <param name="types">The types of the parts.</param>
    /// <param name="ownerOf">The key of what a part belongs to; null when it is not known.</param>
    /// <param name="owners">The keys of what there is.</param>
    /// <param name="attribute">The attribute that says what a part belongs to.</param>
    /// <param name="owner">What a part belongs to, in words.</param>
    public TerraformParts(
        TerraformSet set,
        string[] types,
        Func<TerraformResource, string?> ownerOf,
        IEnumerable<string> owners,
        string attribute,
        string owner
    )
    {
        var known = owners.ToHashSet(StringComparer.Ordinal);
        var all = set.OfType(types).Select(part => (Owner: ownerOf(part), Part: part)).ToList();
        foreach (var (_, part) in all.Where(one => one.Owner is null || !known.Contains(one.Owner)))
        {
            part.Note(attribute, $"which {owner} it belongs to is not known, or the {owner} is not");
        }

        mayHoldMore = set.WithHomeless(all.Where(one => one.Owner is null).Select(one => one.Part)).MayHoldMore(types);
        declared = all.ToLookup(one => one.Owner ?? "", one => one.Part, StringComparer.Ordinal);
        deleted = set.DeletedOf(types).ToLookup(part => ownerOf(part) ?? "", StringComparer.Ordinal);
    }

    /// <summary>The list of one owner with what is declared of it. What nobody declares stays, but for what a part that goes had said.</summary>
    /// <param name="owner">The key of the owner.</param>
    /// <param name="before">The list as it was.</param>
    /// <param name="itemsOf">What a part says; null, and noted, when it is not known.</param>
    /// <param name="keyOf">By which key two items are the same one.</param>
    /// <param name="isWhole">Whether a part says all that is in the list, and not only what is in it.</param>
    /// <param name="others">What becomes of what is not managed.</param>
    public Collected<T> Lay<T>(
        string owner,
        Collected<T> before,
        Func<TerraformResource, ImmutableArray<T>?> itemsOf,
        Func<T, string> keyOf,
        Func<TerraformResource, bool> isWhole,
        TerraformOthers others
    )
    {
        var items = new List<T>();
        var (isAll, isAllKnown) = (false, true);
        foreach (var part in declared[owner])
        {
            var own = itemsOf(part);
            isAll |= isWhole(part);
            isAllKnown &= own is not null || !isWhole(part);
            // Until it is known what a part will say, it says what it said.
            items.AddRange(own ?? (part.Before is { } was ? itemsOf(was) : null) ?? []);
        }

        var said = items.Select(keyOf).ToHashSet(StringComparer.Ordinal);
        var gone = deleted[owner].SelectMany(part => itemsOf(part) ?? []).Select(keyOf).ToHashSet(StringComparer.Ordinal);
        var rest =
            mayHoldMore ? before.Items
            : !isAll ? TerraformList.Rest(before, others)
            : isAllKnown ? []
            : before.Items;
        return new Collected<T>(
            [
                .. rest.Where(item => !gone.Contains(keyOf(item)) && !said.Contains(keyOf(item)))
                    .Concat(items)
                    .DistinctBy(keyOf, StringComparer.Ordinal),
            ],
            TerraformList.Known(TerraformList.CoverageOf(before, others), others, mayHoldMore)
        );
    }
}
