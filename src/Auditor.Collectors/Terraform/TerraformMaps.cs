using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Terraform;

/// <summary>Reads the key value maps of environments, and lays their entries over those that are there.</summary>
internal sealed class TerraformMaps(TerraformSet set, TerraformOwners owners, TerraformOthers others, Redactor redactor)
{
    /// <summary>The type of entries.</summary>
    public const string Entry = "google_apigee_environment_keyvaluemaps_entries";

    /// <summary>The map that a resource declares, from what was there; its entries are resources of their own.</summary>
    public static KeyValueMap? Of(TerraformResource resource, KeyValueMap? was) =>
        resource.Text("name", was?.Name) is { } name
            ? new KeyValueMap(
                name,
                was is null ? true : was.Encrypted,
                was?.Entries ?? TerraformList.Empty<KeyValueEntry>(),
                resource.Location
            )
            : was;

    /// <summary>The environments with the entries that are declared. Those that Terraform does not manage are the work of somebody else, and often meant to be.</summary>
    public ImmutableArray<ApigeeEnvironment> WithEntries(List<ApigeeEnvironment> environments)
    {
        var entries = new TerraformParts(
            set,
            [Entry],
            owners.MapOf,
            environments.SelectMany(one => one.KeyValueMaps.Items.Select(map => TerraformOwners.MapKey(one.Name, map.Name))),
            "env_keyvaluemap_id",
            "key value map"
        );
        return
        [
            .. environments.Select(environment =>
                environment with
                {
                    KeyValueMaps = new Collected<KeyValueMap>(
                        [
                            .. environment.KeyValueMaps.Items.Select(map =>
                                map with
                                {
                                    Entries = Ordered(
                                        entries.Lay(
                                            TerraformOwners.MapKey(environment.Name, map.Name),
                                            map.Entries,
                                            EntryOf,
                                            entry => entry.Key,
                                            _ => false,
                                            others
                                        )
                                    ),
                                }
                            ),
                        ],
                        environment.KeyValueMaps.Coverage
                    ),
                }
            ),
        ];
    }

    private static Collected<KeyValueEntry> Ordered(Collected<KeyValueEntry> entries) =>
        new([.. entries.Items.OrderBy(entry => entry.Key, StringComparer.Ordinal)], entries.Coverage);

    private ImmutableArray<KeyValueEntry>? EntryOf(TerraformResource part) =>
        part.Text("name", null) is { } key && part.Raw("value") is { } value
            ?
            [
                new KeyValueEntry(
                    key,
                    new ApigeeMapping(redactor).Value(
                        key,
                        value.Value,
                        (name, text) => !value.IsMarked && SecretShapes.IsPublicConfiguration(name, text)
                    )
                ),
            ]
            : null;
}
