using Auditor.Model;

namespace Auditor.Collectors.Terraform;

/// <summary>Lays what Terraform declares of a list over the list.</summary>
internal static class TerraformList
{
    /// <summary>How much is known of a list of which only what Terraform manages is known.</summary>
    public static Coverage OnlyManaged { get; } = new Coverage.NotCollected("only what Terraform manages is known");

    private static readonly Coverage MoreMayBe = new Coverage.Partial(
        "sources of Terraform declare more of this kind than can be known from them"
    );

    /// <summary>
    /// How much is known of a list of which the sources may declare more than can be known. Of what is live everything stays where it was, and is known as well as it was: who can do what
    /// with it is the same as before. Of a state of what Terraform manages, which has nothing else, a part is missing.
    /// </summary>
    public static Coverage Known(Coverage coverage, TerraformOthers others, bool mayHoldMore) =>
        mayHoldMore && others == TerraformOthers.Go ? Coverage.Worst(coverage, MoreMayBe) : coverage;

    /// <summary>An empty list of that kind.</summary>
    public static Collected<T> Empty<T>() => new([], OnlyManaged);

    /// <summary>What there was of a list of which the resources say only some; nothing where what is not managed goes.</summary>
    public static ImmutableArray<T> Rest<T>(Collected<T> list, TerraformOthers others) => others == TerraformOthers.Go ? [] : list.Items;

    /// <summary>How much is known of such a list: all of it, where what is not managed goes.</summary>
    public static Coverage CoverageOf<T>(Collected<T> list, TerraformOthers others) =>
        others == TerraformOthers.Go ? Coverage.Complete.Instance : list.Coverage;

    /// <summary>The list with what is declared in the place of what was there, in the order of the list and new things after it.</summary>
    /// <param name="list">The list.</param>
    /// <param name="declared">The resources of that kind.</param>
    /// <param name="deleted">Those that the apply removes, changes or replaces, as they were.</param>
    /// <param name="idOf">The id by which a thing and its resource are the same one.</param>
    /// <param name="nameOf">The name by which they are, where no id is known.</param>
    /// <param name="nameOfResource">The name that a resource declares.</param>
    /// <param name="build">The declared thing, from what was there; null when what decides it is not known.</param>
    /// <param name="others">What becomes of what is not managed.</param>
    /// <param name="mayHoldMore">Whether there may be resources of that kind that are not known.</param>
    /// <param name="isOthers">Whether a thing is always somebody else's, where only what is managed goes: a product of the vendor, or of a directory.</param>
    public static Collected<T> Lay<T>(
        Collected<T> list,
        IReadOnlyList<TerraformResource> declared,
        IEnumerable<TerraformResource> deleted,
        Func<T, string?> idOf,
        Func<T, string> nameOf,
        Func<TerraformResource, string?> nameOfResource,
        Func<TerraformResource, T?, T?> build,
        TerraformOthers others,
        bool mayHoldMore,
        Func<T, bool> isOthers
    )
        where T : class
    {
        var items = new List<T?>(list.Items);
        var isDeclared = new bool[items.Count];
        var added = new List<T>();
        var coverage = Known(list.Coverage, others, mayHoldMore);
        // By id first, so that a thing that took the name of another one is not taken for it.
        foreach (var byId in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var resource in declared)
            {
                var known =
                    resource.Id is { } id && items.FindIndex(item => item is not null && idOf(item) == id) is var at and >= 0 ? at : -1;
                if (byId != known >= 0)
                {
                    continue;
                }

                var index =
                    known >= 0 ? known
                    : nameOfResource(resource) is { } name ? Undeclared(item => nameOf(item) == name)
                    : resource.Before is { } before ? Undeclared(item => IsSame(item, before))
                    : -1;
                if (index < 0 && nameOfResource(resource) is null && (resource.IsHidden || resource.IsOfSource))
                {
                    // A plan that makes something knows that it is new. Sources do not: it may be any of those that are there.
                    var why = resource.IsHidden ? "marked as sensitive" : resource.NotKnown;
                    resource.NoteWhole("which one it is is " + why);
                    coverage = resource.IsOfSource
                        ? Known(coverage, others, mayHoldMore: true)
                        : Coverage.Worst(coverage, new Coverage.Partial($"which one {resource.Address} is is {why}"));
                    mayHoldMore |= resource.IsOfSource;
                    continue;
                }

                var built = build(resource, index >= 0 ? items[index] : null);
                if (index >= 0 && !isDeclared[index])
                {
                    items[index] = built;
                    isDeclared[index] = true;
                }
                else if (built is not null)
                {
                    added.Add(built);
                }

                if (built is null)
                {
                    resource.NoteWhole();
                    coverage = Coverage.Worst(coverage, new Coverage.Partial($"what {resource.Address} will be is {resource.NotKnown}"));
                }
            }
        }

        foreach (var resource in deleted)
        {
            var index = Undeclared(item => IsSame(item, resource));
            if (index >= 0)
            {
                items[index] = null;
            }
        }

        return new Collected<T>(
            [.. items.Where((item, i) => item is not null && (isDeclared[i] || Stays(item))).Select(item => item!), .. added],
            coverage
        );

        int Undeclared(Func<T, bool> isIt) =>
            Enumerable.Range(0, isDeclared.Length).FirstOrDefault(i => !isDeclared[i] && items[i] is { } item && isIt(item), -1);

        bool IsSame(T item, TerraformResource resource) =>
            resource.Id is { } id && idOf(item) is { } own ? own == id : nameOfResource(resource) == nameOf(item);

        bool Stays(T item) =>
            mayHoldMore
            || others == TerraformOthers.Stay
            || (others == TerraformOthers.StayByKind && (declared.Count == 0 || isOthers(item)));
    }
}
