using Auditor.Collectors.Answers;
using Auditor.Collectors.Terraform.Source;
using Auditor.Model;

namespace Auditor.Collectors.Terraform;

/// <summary>Finds the resources of Okta and Apigee in a document of Terraform, in whichever of its states.</summary>
internal sealed class TerraformResources(Json document, CollectorLog log, bool isPlan)
{
    /// <summary>The resources of a state.</summary>
    public TerraformSet Of(TerraformView view)
    {
        var all = isPlan
            ? view switch
            {
                TerraformView.Planned => Planned(),
                TerraformView.Refreshed => [.. In(document["prior_state"]["values"]).Select(entry => Plain(entry))],
                _ => Recorded(),
            }
            : [.. In(document["values"]).Select(entry => Plain(entry))];
        if (isPlan && view == TerraformView.Planned)
        {
            Complain();
        }

        return new TerraformSet(
            [.. all.DistinctBy(resource => resource.Address, StringComparer.Ordinal)],
            isPlan && view == TerraformView.Planned ? Gone(Removes) : [],
            isPlan && view == TerraformView.Planned ? Gone(Forgets) : [],
            new TerraformConfiguration(document)
        );
    }

    private TerraformResource Plain(Json entry) => new(entry, entry["values"], entry["after_unknown"], [entry["sensitive_values"]], log);

    private List<TerraformResource> Planned()
    {
        var changes = Changes("resource_changes");
        return
        [
            .. In(document["planned_values"])
                .Select(entry =>
                    changes.TryGetValue(entry.Text("address", ""), out var change)
                        ? new TerraformResource(
                            entry,
                            entry["values"],
                            change["change"]["after_unknown"],
                            [entry["sensitive_values"], change["change"]["after_sensitive"]],
                            log
                        )
                        {
                            Before = Removes(change) && change["change"]["before"].IsObject ? Before(change) : null,
                        }
                        : Plain(entry)
                ),
        ];
    }

    // What Terraform found, with what was changed outside put back.
    private List<TerraformResource> Recorded()
    {
        var drift = Changes("resource_drift");
        var recorded = new List<TerraformResource>();
        foreach (var entry in In(document["prior_state"]["values"]))
        {
            if (!drift.Remove(entry.Text("address", ""), out var change))
            {
                recorded.Add(Plain(entry));
            }
            else if (change["change"]["before"].IsObject)
            {
                recorded.Add(Before(change));
            }
        }

        // What is gone from outside is not in what was found.
        recorded.AddRange(drift.Values.Where(change => change["change"]["before"].IsObject).Select(Before));
        return recorded;
    }

    private ImmutableArray<TerraformResource> Gone(Func<Json, bool> isGone) =>
        [
            .. document
                .Objects("resource_changes")
                .Where(change => IsOurs(change) && change["change"]["before"].IsObject && isGone(change))
                .Select(Before),
        ];

    // What is replaced or changed goes, too, as what it was: it may have had another name, or have belonged to something else.
    private static bool Removes(Json change) => change["change"].Texts("actions").Any(action => action is "delete" or "update");

    // What one that takes its place leaves behind is not managed, either.
    private static bool Forgets(Json change) => change["change"].Texts("actions").Contains("forget", StringComparer.Ordinal);

    private TerraformResource Before(Json change) =>
        new(change, change["change"]["before"], change["change"]["before_unknown"], [change["change"]["before_sensitive"]], log);

    private void Complain()
    {
        if (document["complete"].AsText == "false")
        {
            log.Cover(
                "terraform",
                new Coverage.Partial("the plan is not complete: it was made for a part (-target), or a part was deferred"),
                0
            );
        }

        if (document["errored"].AsText == "true")
        {
            log.Cover("terraform", new Coverage.Partial("the planning ended with an error"), 0);
        }

        var outside = document.Objects("resource_drift").Where(IsOurs).ToList();
        if (outside.Count > 0)
        {
            log.Cover(
                "terraform/resource_drift",
                new Coverage.NotCollected(
                    $"changed outside of Terraform, '{outside[0].Text("address", "")}' for one: 'recorded:' compared with 'refreshed:' of this plan tells what"
                ),
                outside.Count
            );
        }
    }

    // An object that a failed replacement left behind has the address of the one that took its place.
    private Dictionary<string, Json> Changes(string member)
    {
        var changes = new Dictionary<string, Json>(StringComparer.Ordinal);
        foreach (var change in document.Objects(member).Where(change => IsOurs(change) && !change.Has("deposed")))
        {
            changes.TryAdd(change.Text("address", ""), change);
        }

        return changes;
    }

    private static IEnumerable<Json> In(Json values) => InModule(values["root_module"]);

    private static IEnumerable<Json> InModule(Json module) =>
        module.Objects("resources").Where(IsOurs).Concat(module.Objects("child_modules").SelectMany(InModule));

    private static bool IsOurs(Json resource) =>
        resource.Text("mode") == "managed"
        && resource.Text("address") is { Length: > 0 }
        && resource.Text("type") is { } type
        && (type.StartsWith("okta_", StringComparison.Ordinal) || type.StartsWith("google_apigee_", StringComparison.Ordinal));
}

/// <summary>The resources of one state.</summary>
/// <param name="All">What is there.</param>
/// <param name="Deleted">What the apply removes, and what it changes or replaces, as it was: gone unless it is declared, at whatever address.</param>
/// <param name="Forgotten">What stays after the apply, and is no longer managed.</param>
/// <param name="Configuration">What the sources say, as far as the document holds it.</param>
internal sealed record TerraformSet(
    ImmutableArray<TerraformResource> All,
    ImmutableArray<TerraformResource> Deleted,
    ImmutableArray<TerraformResource> Forgotten,
    TerraformConfiguration Configuration
)
{
    /// <summary>The types of which there may be resources that are not known: nothing of their kind is known to be managed by nobody.</summary>
    public ImmutableHashSet<string> Open { get; init; } = [];

    /// <summary>Whether there may be resources of some types that are not known.</summary>
    public bool MayHoldMore(params ReadOnlySpan<string> types)
    {
        var isOpen = Open.Contains(TerraformSource.AnyType);
        foreach (var type in types)
        {
            isOpen |= Open.Contains(type);
        }

        return isOpen;
    }

    /// <summary>The same set, with the types of resources of which it is not known what they belong to among those of which there may be more anywhere.</summary>
    public TerraformSet WithHomeless(IEnumerable<TerraformResource> homeless) =>
        this with
        {
            Open = Open.Union(homeless.Where(resource => resource.IsOfSource).Select(resource => resource.Type)),
        };

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => All.IsEmpty && Deleted.IsEmpty;

    /// <summary>Whether any resource of some types is there or goes.</summary>
    public bool Any(Func<string, bool> isType) => All.Concat(Deleted).Any(resource => isType(resource.Type));

    /// <summary>The resources of a type.</summary>
    public IEnumerable<TerraformResource> OfType(params string[] types) =>
        All.Where(resource => types.Contains(resource.Type, StringComparer.Ordinal));

    /// <summary>The resources of a type that the apply removes, changes or replaces, as they were.</summary>
    public IEnumerable<TerraformResource> DeletedOf(params string[] types) =>
        Deleted.Where(resource => types.Contains(resource.Type, StringComparer.Ordinal));
}
