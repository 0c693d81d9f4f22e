using Auditor.Collectors.Answers;
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
    private const string Product = "google_apigee_api_product";
    private const string Attachment = "google_apigee_envgroup_attachment";
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
        TerraformOwners.Maps,
        TerraformMaps.Entry,
        Product,
        TerraformOwners.Groups,
        Attachment,
        TerraformOwners.Environments,
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
    private readonly TerraformOwners owners;

    private TerraformApigee(TerraformSet set, ApigeeOrganization organization, TerraformOthers others, Redactor redactor)
    {
        this.set = set;
        this.organization = organization;
        this.others = others;
        this.redactor = redactor;
        owners = new TerraformOwners(set);
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
        var names = ours.Select(TerraformOwners.OrganizationOf)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var known = organizations?.Select(one => one.Name).ToArray() ?? names;
        var only = known is [var single] && names.All(name => name == single) ? single : null;
        var ownerOf = new Dictionary<TerraformResource, string>();
        foreach (var resource in ours)
        {
            var name = TerraformOwners.OrganizationOf(resource);
            if (name is not null ? Array.IndexOf(known, name) >= 0 : only is not null)
            {
                ownerOf.Add(resource, name ?? only!);
            }
            else
            {
                resource.Note(
                    "organization",
                    name is not null ? $"it is in the organization '{name}'" : "nothing says which organization it is in"
                );
            }
        }

        set = set.WithHomeless(set.All.Where(resource => Reads(resource.Type) && !ownerOf.ContainsKey(resource)));
        // Of what Terraform managed, nothing is left.
        var isGone = others == TerraformOthers.Go && !set.Any(Reads);
        return
        [
            .. (organizations ?? [.. names.Select(name => Empty(name, artifact))]).Select(organization =>
                ownerOf.ContainsValue(organization.Name) || !set.Open.IsEmpty || isGone
                    ? new TerraformApigee(
                        set with
                        {
                            All = [.. set.All.Where(resource => ownerOf.GetValueOrDefault(resource) == organization.Name)],
                            Deleted = [.. set.Deleted.Where(resource => ownerOf.GetValueOrDefault(resource) == organization.Name)],
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

    /// <summary>
    /// The organizations of one state of what Terraform manages, with what only another one names: an organization of which nothing is managed yet, and an environment that is not managed
    /// and in which something is or was.
    /// </summary>
    /// <param name="own">The organizations.</param>
    /// <param name="other">Those of the other state.</param>
    /// <param name="artifact">The document of the first.</param>
    public static ImmutableArray<ApigeeOrganization> Beside(
        ImmutableArray<ApigeeOrganization> own,
        ImmutableArray<ApigeeOrganization> other,
        string artifact
    ) =>
        [
            .. (own.IsEmpty ? [.. other.Select(organization => Empty(organization.Name, artifact))] : own).Select(organization =>
                organization with
                {
                    Environments = new Collected<ApigeeEnvironment>(
                        [
                            .. organization.Environments.Items,
                            .. other
                                .Where(one => one.Name == organization.Name)
                                .SelectMany(one => one.Environments.Items)
                                .Where(one => IsOnlyNamed(one) && organization.FindEnvironment(one.Name) is null)
                                .Select(one => Named(one.Name, new SourceLocation(artifact))),
                        ],
                        organization.Environments.Coverage
                    ),
                }
            ),
        ];

    private static ApigeeEnvironment Named(string name, SourceLocation location) =>
        new()
        {
            Name = name,
            FlowHooks = TerraformList.Empty<FlowHook>(),
            TargetServers = TerraformList.Empty<TargetServer>(),
            KeyValueMaps = TerraformList.Empty<KeyValueMap>(),
            References = TerraformList.Empty<KeystoreReference>(),
            Location = location,
        };

    // An environment that is managed is written somewhere in the document.
    private static bool IsOnlyNamed(ApigeeEnvironment environment) => environment.Location is { Pointer: null, Line: 0 };

    private ApigeeOrganization Laid(bool isAlone)
    {
        var declared = set.OfType(TerraformOwners.Environments).Select(one => one.Key("name")).ToHashSet(StringComparer.Ordinal);
        var named = set
            .All.Select(resource => resource.Type == TerraformOwners.Environments ? resource.Key("name") : owners.EnvironmentOf(resource))
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var added = named
            .Where(name => organization.FindEnvironment(name) is null)
            .Order(StringComparer.Ordinal)
            .Select(name =>
                Named(
                    name,
                    set.OfType(TerraformOwners.Environments).FirstOrDefault(one => one.Key("name") == name)?.Location
                        ?? new SourceLocation(set.All[0].Location.Artifact)
                )
            );
        var removed = set.DeletedOf(TerraformOwners.Environments)
            .Select(one => one.Text("name"))
            .Where(name => !declared.Contains(name))
            .ToHashSet(StringComparer.Ordinal);
        owners.NoteHomeless(Hook, Target, Reference, TerraformOwners.Maps);
        var mayHoldMore = set.WithHomeless(set.OfType(TerraformOwners.Environments).Where(one => one.Key("name") is null))
            .MayHoldMore(TerraformOwners.Environments);
        var environments = organization
            .Environments.Items.Concat(added)
            .Where(environment => !removed.Contains(environment.Name))
            .Where(environment =>
                others != TerraformOthers.Go || mayHoldMore || named.Contains(environment.Name) || IsOnlyNamed(environment)
            )
            .Select(WithParts)
            .ToList();
        return organization with
        {
            Environments = new Collected<ApigeeEnvironment>(
                new TerraformMaps(set, owners, others, redactor).WithEntries(environments),
                TerraformList.Known(organization.Environments.Coverage, others, mayHoldMore)
            ),
            EnvironmentGroups = Groups(),
            Products = Lay(organization.Products, Product, null, product => product.Name, TerraformProducts.Of),
            Deployments = isAlone ? organization.Deployments : new TerraformDeployments(set, organization, others).Laid(Deployments),
        };
    }

    private ApigeeEnvironment WithParts(ApigeeEnvironment environment) =>
        environment with
        {
            FlowHooks = Hooks(environment),
            TargetServers = Lay(environment.TargetServers, Target, environment.Name, server => server.Name, TargetServer),
            References = Lay(environment.References, Reference, environment.Name, reference => reference.Name, KeystoreReference),
            KeyValueMaps = Lay(environment.KeyValueMaps, TerraformOwners.Maps, environment.Name, map => map.Name, TerraformMaps.Of),
        };

    // The four points are always there, and where a resource goes the point stays, with nothing attached.
    private Collected<FlowHook> Hooks(ApigeeEnvironment environment)
    {
        var own = Of(set.OfType(Hook), environment.Name);
        var declared = own.Select(one => one.Key("flow_hook_point")).ToHashSet(StringComparer.Ordinal);
        var deleted = Of(set.DeletedOf(Hook), environment.Name)
            .Select(one => one.Text("flow_hook_point"))
            .Where(point => !declared.Contains(point))
            .ToHashSet(StringComparer.Ordinal);
        var laid = TerraformList.Lay(
            environment.FlowHooks,
            own,
            [],
            _ => null,
            hook => hook.Point,
            resource => resource.Text("flow_hook_point"),
            (resource, was) =>
                resource.Text("flow_hook_point", was?.Point) is { } point
                    ? new FlowHook(
                        point,
                        resource.Text("sharedflow", was?.SharedFlow),
                        resource.Flag("continue_on_error", was?.ContinueOnError) ?? true,
                        resource.Location
                    )
                    : was,
            others,
            MayHoldMore(Hook),
            // A point to which nothing is attached is nobody's.
            hook => hook.SharedFlow is null
        );
        return new Collected<FlowHook>(
            [.. laid.Items.Select(hook => deleted.Contains(hook.Point) ? hook with { SharedFlow = null, ContinueOnError = null } : hook)],
            laid.Coverage
        );
    }

    private static TargetServer? TargetServer(TerraformResource resource, TargetServer? was) =>
        resource.Text("name", was?.Name) is { } name && (was is not null || !resource.IsUnknown("host"))
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
        resource.Text("name", was?.Name) is { } name
            ? new KeystoreReference(
                name,
                resource.Word("refers", was?.Refers ?? ""),
                resource.Word("resource_type", was?.ResourceType ?? "KeyStore"),
                resource.Location
            )
            : was;

    // A group may be managed elsewhere, and one attachment says nothing of others.
    private Collected<EnvironmentGroup> Groups()
    {
        var laid = Lay(organization.EnvironmentGroups, TerraformOwners.Groups, null, group => group.Name, EnvironmentGroup);
        var attachments = new TerraformParts(
            set,
            [Attachment],
            owners.GroupOf,
            laid.Items.Select(group => group.Name),
            "envgroup_id",
            "environment group"
        );
        return new Collected<EnvironmentGroup>(
            [
                .. laid.Items.Select(group =>
                    group with
                    {
                        Environments = attachments.Lay(group.Name, group.Environments, AttachedOf, name => name, _ => false, others),
                    }
                ),
            ],
            laid.Coverage
        );
    }

    private ImmutableArray<string>? AttachedOf(TerraformResource attachment)
    {
        if (owners.EnvironmentOf(attachment) is { } environment)
        {
            return [environment];
        }

        attachment.Note("environment", "which environment it attaches is not known");
        return null;
    }

    private static EnvironmentGroup? EnvironmentGroup(TerraformResource resource, EnvironmentGroup? was) =>
        resource.Text("name", was?.Name) is { } name
            ? new EnvironmentGroup(
                name,
                resource.Texts("hostnames", was?.Hostnames ?? []),
                was?.Environments ?? TerraformList.Empty<string>(),
                resource.Location
            )
            : was;

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
            environment is null ? set.MayHoldMore(type) : MayHoldMore(type),
            _ => false
        );
    }

    private bool MayHoldMore(string type) =>
        set.WithHomeless(set.OfType(type).Where(resource => owners.EnvironmentOf(resource) is null)).MayHoldMore(type);

    private List<TerraformResource> Of(IEnumerable<TerraformResource> resources, string? environment) =>
        [.. resources.Where(resource => environment is null || owners.EnvironmentOf(resource) == environment)];
}
