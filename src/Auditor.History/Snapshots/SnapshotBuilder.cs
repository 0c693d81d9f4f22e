using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Snapshots;

/// <summary>Writes a landscape as entities. What changes by itself (times, links, numbers that a vendor counts up) is left out.</summary>
public static class SnapshotBuilder
{
    /// <summary>The state of a landscape.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="access">Who can do what in it.</param>
    /// <param name="description">The state in words.</param>
    public static Snapshot Build(Landscape landscape, ImmutableArray<AccessFact> access, string description)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        var entities = new EntityList();
        foreach (var org in landscape.Okta)
        {
            new OktaEntities(org, entities).Write();
            entities.Part(
                "access/" + org.Host,
                org.AuthorizationServers.Items.Aggregate(
                    Coverage.Worst(org.AuthorizationServers.Coverage, org.Apps.Coverage),
                    (worst, server) =>
                        server.Policies.Items.Aggregate(
                            Coverage.Worst(worst, server.Policies.Coverage),
                            (rules, policy) => Coverage.Worst(rules, policy.Rules.Coverage)
                        )
                )
            );
        }

        foreach (var organization in landscape.Apigee)
        {
            new ApigeeEntities(organization, entities).Write();
            entities.Part("access/" + organization.Name, organization.Proxies.Coverage);
        }

        foreach (var fact in access)
        {
            Add(entities, fact);
        }

        return new Snapshot
        {
            Description = description,
            CapturedAt = landscape.CapturedAt,
            RedactionKey = landscape.RedactionKey,
            Entities = entities.Build(),
            Parts = entities.Parts(),
            Unsaid =
            [
                .. landscape
                    .Coverage.Where(entry =>
                        (
                            entry.Part.StartsWith("terraform/", StringComparison.Ordinal)
                            || entry.Part.StartsWith("declared/", StringComparison.Ordinal)
                        )
                        && entry.Coverage is Coverage.NotCollected
                    )
                    .Select(entry => new NotAssessedPart(entry.Part, entry.Coverage.Reason!, entry.Count)),
            ],
        };
    }

    private static void Add(EntityList entities, AccessFact fact)
    {
        entities.Add(
            new Entity
            {
                Kind = fact.Kind,
                Key = "access/" + fact.Key,
                NaturalKey = "access/" + fact.NaturalKey,
                Title = fact.Title,
                Part = "access/" + fact.Owner,
                Fields = fact.Fields.Aggregate(new FieldList(), (fields, field) => fields.Set(field.Path, field.Values)).Build(),
                Environment = fact.Environment,
                Example = fact.Example,
                Location = fact.Location,
            }
        );
    }
}

/// <summary>Collects entities. Two that would have the same key are told apart by a number, in the order of the source.</summary>
internal sealed class EntityList
{
    private readonly SortedDictionary<string, Entity> entities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PartCoverage> parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> natural = new(StringComparer.Ordinal);

    /// <summary>Notes how completely a list was read.</summary>
    public void Part(string part, Coverage coverage) => parts[part] = PartCoverage.Of(coverage);

    /// <summary>Adds an entity.</summary>
    public void Add(Entity entity)
    {
        var key = entity.Key;
        for (var i = 2; entities.ContainsKey(key); i++)
        {
            key = string.Create(CultureInfo.InvariantCulture, $"{entity.Key}#{i}");
        }

        var same = natural[entity.NaturalKey] = natural.GetValueOrDefault(entity.NaturalKey) + 1;
        entities.Add(
            key,
            entity with
            {
                Key = key,
                NaturalKey = same == 1 ? entity.NaturalKey : string.Create(CultureInfo.InvariantCulture, $"{entity.NaturalKey}#{same}"),
            }
        );
    }

    /// <summary>The entities by key.</summary>
    public ImmutableArray<Entity> Build() => [.. entities.Values];

    /// <summary>The lists.</summary>
    public ImmutableSortedDictionary<string, PartCoverage> Parts() => parts.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
