using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Terraform;

/// <summary>Lays the resources of Google's provider over the organizations they are in. Attributes and their names in the API: the provider's sources, 2026-08.</summary>
internal sealed class TerraformApigee
{
    private const string Hook = "google_apigee_flowhook";
    private const string Target = "google_apigee_target_server";
    private const string Reference = "google_apigee_env_references";
    private const string Map = "google_apigee_environment_keyvaluemaps";
    private const string MapEntry = "google_apigee_environment_keyvaluemaps_entries";
    private const string Product = "google_apigee_api_product";
    private const string Group = "google_apigee_envgroup";
    private const string Attachment = "google_apigee_envgroup_attachment";
    private const string Environment = "google_apigee_environment";
    private const string Organization = "google_apigee_organization";
    private static readonly string[] Deployments =
    [
        "google_apigee_api_deployment",
        "google_apigee_environment_api_revision_deployment",
        "google_apigee_sharedflow_deployment",
    ];

    private static readonly string[] Types =
    [
        Hook,
        Target,
        Reference,
        Map,
        MapEntry,
        Product,
        Group,
        Attachment,
        Environment,
        Organization,
        .. Deployments,
        // Said apart: what is in a bundle is not in Terraform.
        "google_apigee_api",
        "google_apigee_sharedflow",
    ];

    private readonly TerraformSet set;
    private readonly ApigeeOrganization organization;
    private readonly TerraformOthers others;
    private readonly Redactor redactor;

    private TerraformApigee(TerraformSet set, ApigeeOrganization organization, TerraformOthers others, Redactor redactor)
    {
        this.set = set;
        this.organization = organization;
        this.others = others;
        this.redactor = redactor;
    }

    /// <summary>Whether a type of resource is read.</summary>
    public static bool Reads(string type) => Types.Contains(type, StringComparer.Ordinal);

    /// <summary>The organizations with what is declared.</summary>
    /// <param name="set">The resources.</param>
    /// <param name="organizations">The organizations that are there; null when nothing is known but the resources.</param>
    /// <param name="others">What becomes of what Terraform does not manage.</param>
    /// <param name="artifact">The document.</param>
    /// <param name="redactor">Takes the secrets out.</param>
    public static ImmutableArray<ApigeeOrganization> Lay(
        TerraformSet set,
        ImmutableArray<ApigeeOrganization>? organizations,
        TerraformOthers others,
        string artifact,
        Redactor redactor
    )
    {
        var ours = set.All.Concat(set.Deleted).Where(resource => Reads(resource.Type)).ToList();
        var names = ours.Select(OrganizationOf).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var known = organizations?.Select(one => one.Name).ToArray() ?? names;
        var only = known is [var single] && names.All(name => name == single) ? single : null;
        var owners = new Dictionary<TerraformResource, string>();
        foreach (var resource in ours)
        {
            if (OrganizationOf(resource) is { } name ? Array.IndexOf(known, name) >= 0 : only is not null)
            {
                owners.Add(resource, OrganizationOf(resource) ?? only!);
            }
            else
            {
                resource.Note(
                    "organization",
                    OrganizationOf(resource) is { } other
                        ? $"it is in the organization '{other}'"
                        : "nothing says which organization it is in"
                );
            }
        }

        return
        [
            .. (organizations ?? [.. names.Select(name => Empty(name, artifact))]).Select(organization =>
                owners.ContainsValue(organization.Name)
                    ? new TerraformApigee(
                        set with
                        {
                            All = [.. set.All.Where(resource => owners.GetValueOrDefault(resource) == organization.Name)],
                            Deleted = [.. set.Deleted.Where(resource => owners.GetValueOrDefault(resource) == organization.Name)],
                        },
                        organization,
                        others,
                        redactor
                    ).Laid(organizations is null)
                    : organization
            ),
        ];
    }

    private static ApigeeOrganization Empty(string name, string artifact) =>
        new()
        {
            Name = name,
            Environments = TerraformList.Empty<ApigeeEnvironment>(),
            EnvironmentGroups = TerraformList.Empty<EnvironmentGroup>(),
            Products = TerraformList.Empty<ApiProduct>(),
            Deployments = TerraformList.Empty<Deployment>(),
            Location = new SourceLocation(artifact),
        };

    // organizations/acme, organizations/acme/environments/prod, or the bare name where a resource has an attribute for it alone.
    private static string? OrganizationOf(TerraformResource resource)
    {
        foreach (var attribute in (ReadOnlySpan<string>)["org_id", "env_id", "envgroup_id", "env_keyvaluemap_id", "id"])
        {
            if (resource.Text(attribute) is { Length: > 0 } text)
            {
                if (Segment(text, "organizations") is { } name)
                {
                    return name;
                }

                if (attribute == "org_id" && !text.Contains('/', StringComparison.Ordinal))
                {
                    return text;
                }
            }
        }

        return null;
    }

    private static string? Segment(string path, string collection)
    {
        var parts = path.Split('/');
        var at = Array.IndexOf(parts, collection);
        return at >= 0 && at + 1 < parts.Length && parts[at + 1].Length > 0 ? parts[at + 1] : null;
    }

    private string? EnvironmentOf(TerraformResource resource) =>
        resource.Text("environment") is { } name ? (Segment(name, "environments") ?? name)
        : resource.Text("env_id") is { } path ? Segment(path, "environments")
        : resource.Text("env_keyvaluemap_id") is { } map ? Segment(map, "environments")
        : set.Configuration.Referred(resource, "env_id", set.OfType(Environment))?.Text("name");

    private ApigeeOrganization Laid(bool isAlone)
    {
        var environments = set
            .All.Select(resource => resource.Type == Environment ? resource.Text("name") : EnvironmentOf(resource))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Where(name => organization.FindEnvironment(name) is null)
            .Order(StringComparer.Ordinal)
            .Select(name => new ApigeeEnvironment
            {
                Name = name,
                FlowHooks = TerraformList.Empty<FlowHook>(),
                TargetServers = TerraformList.Empty<TargetServer>(),
                KeyValueMaps = TerraformList.Empty<KeyValueMap>(),
                References = TerraformList.Empty<KeystoreReference>(),
                Location = (set.OfType(Environment).FirstOrDefault(one => one.Text("name") == name) ?? set.All[0]).Location,
            });
        var removed = set.DeletedOf(Environment).Select(one => one.Text("name")).ToHashSet(StringComparer.Ordinal);
        return organization with
        {
            Environments = new Collected<ApigeeEnvironment>(
                [
                    .. organization
                        .Environments.Items.Concat(environments)
                        .Where(environment => !removed.Contains(environment.Name))
                        .Select(WithParts),
                ],
                organization.Environments.Coverage
            ),
            EnvironmentGroups = Lay(organization.EnvironmentGroups, Group, null, group => group.Name, EnvironmentGroup),
            Products = Lay(organization.Products, Product, null, product => product.Name, TerraformProducts.Of),
            Deployments = isAlone ? organization.Deployments : new TerraformDeployments(set, organization).Laid(Deployments),
        };
    }

    private ApigeeEnvironment WithParts(ApigeeEnvironment environment) =>
        environment with
        {
            FlowHooks = Hooks(environment),
            TargetServers = Lay(environment.TargetServers, Target, environment.Name, server => server.Name, TargetServer),
            References = Lay(environment.References, Reference, environment.Name, reference => reference.Name, KeystoreReference),
            KeyValueMaps = Lay(environment.KeyValueMaps, Map, environment.Name, map => map.Name, KeyValueMap),
        };

    // The four points are always there, and where a resource goes the point stays, with nothing attached.
    private Collected<FlowHook> Hooks(ApigeeEnvironment environment)
    {
        var own = Of(set.OfType(Hook), environment.Name);
        var deleted = Of(set.DeletedOf(Hook), environment.Name)
            .Select(one => one.Text("flow_hook_point"))
            .ToHashSet(StringComparer.Ordinal);
        var laid = TerraformList.Lay(
            environment.FlowHooks,
            own,
            [],
            _ => null,
            hook => hook.Point,
            resource => resource.Text("flow_hook_point"),
            (resource, was) =>
                resource.Text("flow_hook_point") is { } point
                    ? new FlowHook(
                        point,
                        resource.Text("sharedflow", was?.SharedFlow),
                        resource.Flag("continue_on_error", was?.ContinueOnError) ?? true,
                        resource.Location
                    )
                    : was,
            others,
            // A point to which nothing is attached is nobody's.
            hook => hook.SharedFlow is null
        );
        return new Collected<FlowHook>(
            [.. laid.Items.Select(hook => deleted.Contains(hook.Point) ? hook with { SharedFlow = null, ContinueOnError = null } : hook)],
            laid.Coverage
        );
    }

    private static TargetServer? TargetServer(TerraformResource resource, TargetServer? was) =>
        resource.Text("name") is { } name && (was is not null || !resource.IsUnknown("host"))
            ? new TargetServer(
                name,
                resource.Word("host", was?.Host ?? ""),
                resource.Number("port", was?.Port) ?? 0,
                resource.Flag("is_enabled", was?.IsEnabled) ?? true,
                resource.Block("s_sl_info") is { } ssl ? Ssl(ssl.Items().FirstOrDefault(), was?.Ssl) : was?.Ssl,
                resource.Location
            )
            : was;

    private static SslInfo? Ssl(Json row, SslInfo? was) =>
        row.IsObject
            ? new SslInfo
            {
                Enabled = row.Flag("enabled") ?? was?.Enabled,
                Enforce = Said(row.Flag("enforce"), was?.Enforce),
                ClientAuthEnabled = Said(row.Flag("client_auth_enabled"), was?.ClientAuthEnabled),
                IgnoreValidationErrors = Said(row.Flag("ignore_validation_errors"), was?.IgnoreValidationErrors),
                KeyStore = Said(row.Text("key_store")),
                TrustStore = Said(row.Text("trust_store")),
                KeyAlias = Said(row.Text("key_alias")),
                Location = row.Location,
            }
            : null;

    // The API leaves out what is false or empty, and Terraform writes it.
    private static bool? Said(bool? flag, bool? was) => flag == true || was is not null ? flag ?? was : null;

    private static string? Said(string? text) => text is { Length: > 0 } ? text : null;

    private static KeystoreReference? KeystoreReference(TerraformResource resource, KeystoreReference? was) =>
        resource.Text("name") is { } name
            ? new KeystoreReference(
                name,
                resource.Word("refers", was?.Refers ?? ""),
                resource.Word("resource_type", was?.ResourceType ?? "KeyStore"),
                resource.Location
            )
            : was;

    private KeyValueMap? KeyValueMap(TerraformResource resource, KeyValueMap? was)
    {
        if (resource.Text("name") is not { } name)
        {
            return was;
        }

        var mapping = new ApigeeMapping(redactor);
        var entries = set.OfType(MapEntry)
            .Where(entry =>
                EnvironmentOf(entry) == EnvironmentOf(resource)
                && (
                    entry.Text("env_keyvaluemap_id") is { } id
                        ? Segment(id, "keyvaluemaps") == name
                        : ReferenceEquals(set.Configuration.Referred(entry, "env_keyvaluemap_id", set.OfType(Map)), resource)
                )
            )
            .Select(entry => (Key: entry.Text("name"), Value: entry.Raw("value"), Resource: entry))
            .Where(entry => entry is { Key: not null, Value: not null })
            .Select(entry => new KeyValueEntry(
                entry.Key!,
                mapping.Value(
                    entry.Key!,
                    entry.Value!.Value.Value,
                    (key, text) => !entry.Value.Value.IsMarked && SecretShapes.IsPublicConfiguration(key, text)
                )
            ))
            .ToImmutableArray();
        // Entries that Terraform does not manage are the work of somebody else, and often meant to be.
        var before = was?.Entries ?? TerraformList.Empty<KeyValueEntry>();
        return new KeyValueMap(
            name,
            was is null ? true : was.Encrypted,
            new Collected<KeyValueEntry>(
                [
                    .. TerraformList
                        .Rest(before, others)
                        .Where(entry => !entries.Any(other => other.Key == entry.Key))
                        .Concat(entries)
                        .OrderBy(entry => entry.Key, StringComparer.Ordinal),
                ],
                TerraformList.CoverageOf(before, others)
            ),
            resource.Location
        );
    }

    private EnvironmentGroup? EnvironmentGroup(TerraformResource resource, EnvironmentGroup? was)
    {
        if (resource.Text("name") is not { } name)
        {
            return was;
        }

        var before = was?.Environments ?? TerraformList.Empty<string>();
        var attached = set.OfType(Attachment)
            .Where(one => one.Text("envgroup_id") is { } id && id[(id.LastIndexOf('/') + 1)..] == name)
            .Select(one => one.Text("environment", null))
            .OfType<string>()
            .ToImmutableArray();
        return new EnvironmentGroup(
            name,
            resource.Texts("hostnames", was?.Hostnames ?? []),
            new Collected<string>(
                attached.IsEmpty ? TerraformList.Rest(before, others) : attached,
                TerraformList.CoverageOf(before, others)
            ),
            resource.Location
        );
    }

    private Collected<T> Lay<T>(
        Collected<T> list,
        string type,
        string? environment,
        Func<T, string> nameOf,
        Func<TerraformResource, T?, T?> build
    )
        where T : class
    {
        var own = Of(set.OfType(type), environment);
        return TerraformList.Lay(
            list,
            own,
            Of(set.DeletedOf(type), environment),
            _ => null,
            nameOf,
            resource => resource.Text("name"),
            build,
            others,
            _ => false
        );
    }

    private List<TerraformResource> Of(IEnumerable<TerraformResource> resources, string? environment) =>
        [.. resources.Where(resource => environment is null || EnvironmentOf(resource) == environment)];
}
