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
        var hosts = Hosts(set, orgs ?? []);
        var laid = ImmutableArray.CreateBuilder<OktaOrg>();
        foreach (var one in orgs ?? [.. hosts.Values.Distinct(StringComparer.Ordinal).Select(host => Empty(host, artifact))])
        {
            var own = set with
            {
                All = [.. set.All.Where(resource => hosts.GetValueOrDefault(resource) == one.Host)],
                Deleted = [.. set.Deleted.Where(resource => hosts.GetValueOrDefault(resource) == one.Host)],
            };
            laid.Add(own.All.IsEmpty && own.Deleted.IsEmpty ? one : new TerraformOkta(own, one, others).Laid());
        }

        return [.. laid.OrderBy(org => org.Host, StringComparer.Ordinal)];
    }

    // Which org a resource is in: as its provider is set up, else the one that has what it names, else the only one there is.
    private static Dictionary<TerraformResource, string> Hosts(TerraformSet set, ImmutableArray<OktaOrg> orgs)
    {
        var hosts = new Dictionary<TerraformResource, string>();
        var issuers = set.OfType(Servers)
            .Where(server => server.Text("issuer_mode") is null or "ORG_URL")
            .Select(server => Uri.TryCreate(server.Text("issuer"), UriKind.Absolute, out var issuer) ? issuer.Host : null)
            .OfType<string>()
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToArray();
        var only =
            orgs.Length == 1 ? orgs[0].Host
            : orgs.IsEmpty && issuers is [var host] ? host
            : null;
        var ids = Ids(orgs);
        foreach (var resource in set.All.Concat(set.Deleted).Where(resource => Reads(resource.Type)))
        {
            var said = set.Configuration.HostOf(resource);
            var home = orgs.FirstOrDefault(one => said is not null && one.HasHost(said))?.Host ?? (orgs.IsEmpty ? said : null);
            if (home is null && said is null)
            {
                home = Named(resource, ids) ?? only ?? (orgs.IsEmpty && issuers.Length == 0 ? "okta" : null);
            }

            if (home is not null)
            {
                hosts.Add(resource, home);
            }
            else
            {
                resource.Note("org", said is null ? "nothing says which of the orgs it is in" : $"it is in the org '{said}'");
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

    private static OktaOrg Empty(string host, string artifact) =>
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
            Apps = Lay(org.Apps, ["okta_app_oauth"], app => app.Id, app => app.Label, "label", App),
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
                domain => domain.Name,
                domain => domain.Name,
                "name",
                (resource, was) =>
                    resource.Text("name") is { } name
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

    // Groups, and the clients of others, stay where they are: what names them would be told again for each.
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
            item => item is OktaGroup or OktaApp
        );
    }

    private OktaApp App(TerraformResource resource, OktaApp? was)
    {
        var id = resource.Id ?? was?.Id ?? resource.Address;
        return (
            was
            ?? new OktaApp
            {
                Id = id,
                Label = id,
                Location = resource.Location,
            }
        ) with
        {
            Id = id,
            ClientId = resource.Text("client_id", was?.ClientId) ?? was?.ClientId ?? id,
            Label = resource.Word("label", was?.Label ?? id),
            Status = resource.Word("status", was?.Status ?? "ACTIVE"),
            ApplicationType = resource.Text("type", was?.ApplicationType),
            TokenEndpointAuthMethod = resource.Word("token_endpoint_auth_method", was?.TokenEndpointAuthMethod ?? "client_secret_basic"),
            PkceRequired = resource.Flag("pkce_required", was?.PkceRequired, false),
            AutoKeyRotation = resource.Flag("auto_key_rotation", was?.AutoKeyRotation) ?? true,
            GrantTypes = resource.Texts("grant_types", was?.GrantTypes ?? []),
            ResponseTypes = resource.Texts("response_types", was?.ResponseTypes ?? []),
            RedirectUris = resource.Texts("redirect_uris", was?.RedirectUris ?? []),
            // The provider writes STATIC for clients that have no refresh tokens, too.
            RefreshTokenRotation =
                resource.Text("refresh_token_rotation", was?.RefreshTokenRotation) is { } rotation
                && (
                    was?.RefreshTokenRotation is not null
                    || rotation != "STATIC"
                    || resource.Texts("grant_types", []).Contains("refresh_token", StringComparer.Ordinal)
                )
                    ? rotation
                    : was?.RefreshTokenRotation,
            ImplicitAssignment = resource.Flag("implicit_assignment", was?.ImplicitAssignment) ?? false,
            ZoneBound =
                resource.Block("network") is { } network && network.Items().FirstOrDefault() is { IsObject: true } zone
                    ? zone.Text("connection") == "ZONE"
                    : was?.ZoneBound ?? false,
            Groups = GroupsOf(resource, id, was),
            Grants = GrantsOf(id, was),
            Location = resource.Location,
        };
    }

    private Collected<string> GroupsOf(TerraformResource app, string id, OktaApp? was)
    {
        var before = was?.Groups ?? TerraformList.Empty<string>();
        var whole = set.OfType("okta_app_group_assignments").Where(one => IsOf(one, app, id)).ToList();
        var single = set.OfType("okta_app_group_assignment").Where(one => IsOf(one, app, id)).ToList();
        var named = whole
            .SelectMany(one => one.Block("group") is { } groups ? groups.Items().Select(group => group.Text("id")).OfType<string>() : [])
            .Concat(single.Select(one => one.Text("group_id", null)).OfType<string>())
            .ToImmutableArray();
        // A single assignment says nothing of others; the list of all of them does.
        return new Collected<string>(
            [.. (whole.Count > 0 ? [] : TerraformList.Rest(before, others)).Concat(named).Distinct(StringComparer.Ordinal)],
            TerraformList.CoverageOf(before, others)
        );
    }

    private bool IsOf(TerraformResource part, TerraformResource app, string id) =>
        part.Text("app_id") is { } given
            ? given == id
            : ReferenceEquals(set.Configuration.Referred(part, "app_id", set.OfType("okta_app_oauth")), app);

    private Collected<string> GrantsOf(string id, OktaApp? was)
    {
        var before = was?.Grants ?? TerraformList.Empty<string>();
        var declared = set.OfType("okta_app_oauth_api_scope").Where(one => one.Text("app_id") == id).ToList();
        return new Collected<string>(
            declared.Count == 0
                ? TerraformList.Rest(before, others)
                : [.. declared.SelectMany(one => one.Texts("scopes", before.Items)).Distinct(StringComparer.Ordinal)],
            TerraformList.CoverageOf(before, others)
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
