using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Terraform;

/// <summary>Lays the resources of Okta's provider over the orgs they are in. Attributes and their names in the API: the provider's sources, 2026-06.</summary>
internal sealed class TerraformOkta
{
    private static readonly string[] Servers = ["okta_auth_server", "okta_auth_server_default"];

    // Of a group that nobody manages every rule that names it would be told as well; most groups come from a directory.
    private static readonly string[] Types =
    [
        .. Servers,
        "okta_auth_server_scope",
        "okta_auth_server_claim",
        "okta_auth_server_policy",
        "okta_auth_server_policy_rule",
        "okta_trusted_server",
        "okta_app_oauth",
        "okta_app_oauth_api_scope",
        "okta_app_group_assignment",
        "okta_app_group_assignments",
        "okta_group",
        "okta_group_rule",
        "okta_inline_hook",
        "okta_event_hook",
        "okta_trusted_origin",
        "okta_network_zone",
        "okta_log_stream",
        "okta_domain",
    ];

    private readonly TerraformSet set;
    private readonly OktaOrg org;
    private readonly TerraformOthers others;

    private TerraformOkta(TerraformSet set, OktaOrg org, TerraformOthers others)
    {
        this.set = set;
        this.org = org;
        this.others = others;
    }

    /// <summary>Whether a type of resource is read.</summary>
    public static bool Reads(string type) => Types.Contains(type, StringComparer.Ordinal);

    /// <summary>The orgs with what is declared.</summary>
    /// <param name="set">The resources.</param>
    /// <param name="orgs">The orgs that are there; null when nothing is known but the resources.</param>
    /// <param name="others">What becomes of what Terraform does not manage.</param>
    /// <param name="artifact">The document.</param>
    public static ImmutableArray<OktaOrg> Lay(TerraformSet set, ImmutableArray<OktaOrg>? orgs, TerraformOthers others, string artifact)
    {
        var hosts = Hosts(set, orgs);
        // Of what Terraform managed, nothing is left.
        var isGone = others == TerraformOthers.Go && !set.Any(Reads);
        var laid = ImmutableArray.CreateBuilder<OktaOrg>();
        foreach (var one in orgs ?? [.. hosts.Values.Distinct(StringComparer.Ordinal).Select(host => Empty(host, artifact))])
        {
            var own = set with
            {
                Open = set.WithHomeless(set.All.Where(resource => Reads(resource.Type) && !hosts.ContainsKey(resource))).Open,
                All = [.. set.All.Where(resource => hosts.GetValueOrDefault(resource) == one.Host)],
                Deleted = [.. set.Deleted.Where(resource => hosts.GetValueOrDefault(resource) == one.Host)],
            };
            laid.Add(own.IsEmpty && own.Open.IsEmpty && !isGone ? one : new TerraformOkta(own, one, others).Laid());
        }

        return [.. laid.OrderBy(org => org.Host, StringComparer.Ordinal)];
    }

    // Which org a resource is in: as its provider is set up, else the one that has what it names, else the only one there is.
    private static Dictionary<TerraformResource, string> Hosts(TerraformSet set, ImmutableArray<OktaOrg>? there)
    {
        var hosts = new Dictionary<TerraformResource, string>();
        var issuers = set.OfType(Servers)
            .Where(server => server.Text("issuer_mode") is null or "ORG_URL")
            .Select(server => Uri.TryCreate(server.Text("issuer"), UriKind.Absolute, out var issuer) ? issuer.Host : null)
            .OfType<string>()
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToArray();
        var isAlone = there is null;
        var orgs = there ?? [];
        var only =
            orgs.Length == 1 ? orgs[0].Host
            : isAlone && issuers is [var host] ? host
            : null;
        var ids = Ids(orgs);
        foreach (var resource in set.All.Concat(set.Deleted).Where(resource => Reads(resource.Type)))
        {
            var said = set.Configuration.HostOf(resource);
            var home = orgs.FirstOrDefault(one => said is not null && one.HasHost(said))?.Host ?? (isAlone ? said : null);
            if (home is null && said is null)
            {
                home = Named(resource, ids) ?? only ?? (isAlone && issuers.Length == 0 ? "okta" : null);
            }

            if (home is not null)
            {
                hosts.Add(resource, home);
            }
            else
            {
                resource.Note(
                    "org",
                    said is not null ? $"it is in the org '{said}'"
                        : there is [] ? "what it is compared with holds no Okta org"
                        : "nothing says which of the orgs it is in"
                );
            }
        }

        return hosts;
    }

    private static Dictionary<string, string> Ids(ImmutableArray<OktaOrg> orgs)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in orgs)
        {
            var own = one
                .AuthorizationServers.Items.SelectMany(server => server.Policies.Items.Select(policy => policy.Id).Append(server.Id))
                .Concat(one.Apps.Items.Select(app => app.Id))
                .Concat(one.Groups.Items.Select(group => group.Id));
            foreach (var id in own)
            {
                // An id that two orgs have, like that of the default server, tells nothing.
                ids[id] = ids.TryGetValue(id, out var other) && other != one.Host ? "" : one.Host;
            }
        }

        return ids;
    }

    private static string? Named(TerraformResource resource, Dictionary<string, string> ids)
    {
        foreach (var attribute in (ReadOnlySpan<string>)["id", "auth_server_id", "policy_id", "app_id"])
        {
            if (resource.Text(attribute) is { } id && ids.TryGetValue(id, out var host) && host.Length > 0)
            {
                return host;
            }
        }

        return null;
    }

    /// <summary>An org of which Terraform manages nothing.</summary>
    public static OktaOrg Empty(string host, string artifact) =>
        new()
        {
            Host = host,
            AuthorizationServers = TerraformList.Empty<AuthorizationServer>(),
            Apps = TerraformList.Empty<OktaApp>(),
            Groups = TerraformList.Empty<OktaGroup>(),
            GroupRules = TerraformList.Empty<GroupRule>(),
            InlineHooks = TerraformList.Empty<InlineHook>(),
            EventHooks = TerraformList.Empty<OktaObject>(),
            TrustedOrigins = TerraformList.Empty<OktaObject>(),
            Zones = TerraformList.Empty<OktaObject>(),
            LogStreams = TerraformList.Empty<OktaObject>(),
            Domains = TerraformList.Empty<OktaDomain>(),
            Location = new SourceLocation(artifact),
        };

    private OktaOrg Laid()
    {
        var servers = new TerraformServers(set, org.Host, others);
        return org with
        {
            AuthorizationServers = servers.Lay(org.AuthorizationServers),
            Apps = new TerraformClients(set, others).Lay(org.Apps),
            Groups = Lay(org.Groups, ["okta_group"], group => group.Id, group => group.Name, "name", Group),
            GroupRules = Lay(org.GroupRules, ["okta_group_rule"], rule => rule.Id, rule => rule.Name, "name", Rule),
            InlineHooks = Lay(org.InlineHooks, ["okta_inline_hook"], hook => hook.Id, hook => hook.Name, "name", Hook),
            EventHooks = Objects(org.EventHooks, "okta_event_hook", "name"),
            TrustedOrigins = Objects(org.TrustedOrigins, "okta_trusted_origin", "name"),
            Zones = Objects(org.Zones, "okta_network_zone", "name"),
            LogStreams = Objects(org.LogStreams, "okta_log_stream", "name"),
            Domains = Lay(
                org.Domains,
                ["okta_domain"],
                // What Okta tells of a domain has no id.
                _ => null,
                domain => domain.Name,
                "name",
                (resource, was) =>
                    resource.Text("name", was?.Name) is { } name
                        ? new OktaDomain(
                            name,
                            resource.Text("validation_status", was?.ValidationStatus),
                            was?.CertificateExpiresAt,
                            resource.Location
                        )
                        : was
            ),
        };
    }

    private Collected<OktaObject> Objects(Collected<OktaObject> list, string type, string nameAttribute) =>
        Lay(
            list,
            [type],
            item => item.Id,
            item => item.Name,
            nameAttribute,
            (resource, was) =>
                new OktaObject(
                    resource.Id ?? was?.Id ?? resource.Address,
                    resource.Word(nameAttribute, was?.Name ?? resource.Address),
                    resource.Flag("active", null) is { } active ? (active ? "ACTIVE" : "INACTIVE") : resource.Text("status") ?? was?.Status,
                    was?.Created,
                    was?.LastUpdated,
                    resource.Location
                )
        );

    // Groups stay where they are: what names them would be told again for each.
    private Collected<T> Lay<T>(
        Collected<T> list,
        string[] types,
        Func<T, string?> idOf,
        Func<T, string> nameOf,
        string nameAttribute,
        Func<TerraformResource, T?, T?> build
    )
        where T : class
    {
        var declared = set.OfType(types).ToList();
        return TerraformList.Lay(
            list,
            declared,
            set.DeletedOf(types),
            idOf,
            nameOf,
            resource => resource.Text(nameAttribute),
            build,
            others,
            set.MayHoldMore(types),
            item => item is OktaGroup
        );
    }

    private static OktaGroup Group(TerraformResource resource, OktaGroup? was) =>
        new(
            resource.Id ?? was?.Id ?? resource.Address,
            resource.Word("name", was?.Name ?? resource.Address),
            was?.Type ?? "OKTA_GROUP",
            was?.UsersCount,
            resource.Location
        );

    private static GroupRule Rule(TerraformResource resource, GroupRule? was) =>
        new(
            resource.Id ?? was?.Id ?? resource.Address,
            resource.Word("name", was?.Name ?? resource.Address),
            resource.Word("status", was?.Status ?? "ACTIVE"),
            resource.Text("expression_value", was?.Expression),
            resource.Texts("group_assignments", was?.Groups ?? []),
            resource.Location
        );

    private static InlineHook Hook(TerraformResource resource, InlineHook? was) =>
        new(
            resource.Id ?? was?.Id ?? resource.Address,
            resource.Word("name", was?.Name ?? resource.Address),
            resource.Text("type", was?.Type),
            resource.Word("status", was?.Status ?? "ACTIVE"),
            resource.Block("channel") is { } channel && Uri.TryCreate(channel.Text("uri"), UriKind.Absolute, out var uri)
                ? uri.Host
                : was?.Host,
            resource.Location
        );
}
