using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.History.Snapshots;

/// <summary>Writes an Okta org as entities.</summary>
internal sealed class OktaEntities(OktaOrg org, EntityList entities)
{
    private readonly string root = "okta/" + org.Host;

    public void Write()
    {
        entities.Part($"{root}/authorizationServers", org.AuthorizationServers.Coverage);
        foreach (var server in org.AuthorizationServers)
        {
            Write(server);
        }

        WriteApps();
        WriteGroups();
        WriteHooksAndAgents();
        Simple("trusted origin", "trustedOrigins", org.TrustedOrigins);
        Simple("network zone", "zones", org.Zones);
        Simple("event hook", "eventHooks", org.EventHooks);
        Simple("log stream", "logStreams", org.LogStreams);
        Simple("API token", "apiTokens", org.ApiTokens);
        entities.Part($"{root}/domains", org.Domains.Coverage);
        foreach (var domain in org.Domains)
        {
            Add(
                "custom domain",
                "domains",
                domain.Name,
                domain.Name,
                $"custom domain '{domain.Name}'",
                new FieldList().Scalar("ValidationStatus", domain.ValidationStatus),
                domain.Location
            );
        }
    }

    private void Write(AuthorizationServer server)
    {
        var (key, name) = ($"authorizationServers/{server.Id}", $"authorizationServers/{server.Name}");
        var automatic = string.Equals(server.Signing?.RotationMode, "AUTO", StringComparison.Ordinal);
        Add(
            "authorization server",
            "authorizationServers",
            server.Id,
            server.Name,
            server.Description,
            new FieldList()
                .Scalar("Name", server.Name)
                .Scalar("Issuer", server.Issuer)
                .Scalar("IssuerMode", server.IssuerMode)
                .Set("Audiences", server.Audiences)
                .Scalar("Status", server.Status)
                .Scalar("AccessTokenEncryption", server.AccessTokenEncryption)
                .Scalar("Signing/RotationMode", server.Signing?.RotationMode)
                // A key that the server rotates by itself changes on schedule.
                .Scalar("Signing/Kid", automatic ? null : server.Signing?.Kid)
                .Set("TrustedServers", server.TrustedServers, Server)
                .Rank("Policies", server.Policies.Items.Select(policy => new FieldItem(policy.Name, policy.Id))),
            server.Location
        );
        entities.Part($"{root}/{key}/scopes", server.Scopes.Coverage);
        foreach (var scope in server.Scopes)
        {
            Add(
                "scope",
                $"{key}/scopes",
                $"{key}/scopes/{scope.Name}",
                $"{name}/scopes/{scope.Name}",
                $"scope '{scope.Name}' of {server.Description}",
                new FieldList().Scalar("Consent", scope.Consent).Flag("IsDefault", scope.IsDefault).Flag("IsSystem", scope.IsSystem),
                scope.Location,
                [server.Id]
            );
        }

        entities.Part($"{root}/{key}/claims", server.Claims.Coverage);
        foreach (var claim in server.Claims)
        {
            var kind = string.Equals(claim.ClaimType, "IDENTITY", StringComparison.Ordinal) ? "id" : "access";
            Add(
                "claim",
                $"{key}/claims",
                $"{key}/claims/{kind}/{claim.Name}",
                $"{name}/claims/{kind}/{claim.Name}",
                $"claim '{claim.Name}' of {server.Description}",
                new FieldList()
                    .Scalar("Status", claim.Status)
                    .Scalar("ClaimType", claim.ClaimType)
                    .Scalar("ValueType", claim.ValueType)
                    .Scalar("Value", claim.Value)
                    .Scalar("GroupFilter", claim.GroupFilter)
                    .Set("Scopes", claim.Scopes),
                claim.Location,
                [server.Id]
            );
        }

        entities.Part($"{root}/{key}/policies", server.Policies.Coverage);
        foreach (var policy in server.Policies)
        {
            Write(server, policy, $"{key}/policies", $"{name}/policies");
        }
    }

    private void Write(AuthorizationServer server, AccessPolicy policy, string key, string name)
    {
        Add(
            "access policy",
            key,
            $"{key}/{policy.Id}",
            $"{name}/{policy.Name}",
            $"access policy '{policy.Name}' of {server.Description}",
            new FieldList()
                .Scalar("Name", policy.Name)
                .Scalar("Status", policy.Status)
                .Set("Clients", policy.Clients.Select(Client))
                .Rank("Rules", policy.Rules.Items.Select(rule => new FieldItem(rule.Name, rule.Id))),
            policy.Location,
            [policy.Id, server.Id]
        );
        entities.Part($"{root}/{key}/{policy.Id}/rules", policy.Rules.Coverage);
        foreach (var rule in policy.Rules)
        {
            Add(
                "access rule",
                $"{key}/{policy.Id}/rules",
                $"{key}/{policy.Id}/rules/{rule.Id}",
                $"{name}/{policy.Name}/rules/{rule.Name}",
                $"access rule '{rule.Name}' of {server.Description}",
                new FieldList()
                    .Scalar("Name", rule.Name)
                    .Scalar("Status", rule.Status)
                    .Set("GrantTypes", rule.GrantTypes)
                    .Set("Scopes", rule.Scopes)
                    .Set("Groups", rule.Groups.Select(Group))
                    .Set("ExcludedGroups", rule.ExcludedGroups.Select(Group))
                    .Set("Users", rule.Users)
                    .Set("ExcludedUsers", rule.ExcludedUsers)
                    .Number("AccessTokenMinutes", rule.AccessTokenMinutes)
                    .Number("RefreshTokenMinutes", rule.RefreshTokenMinutes)
                    .Number("RefreshTokenWindowMinutes", rule.RefreshTokenWindowMinutes)
                    .Reference("InlineHook", rule.InlineHookId is { } hook ? Hook(hook) : null),
                rule.Location,
                [rule.Id, policy.Id]
            );
        }
    }

    private void WriteApps()
    {
        entities.Part($"{root}/apps", org.Apps.Coverage);
        foreach (var app in org.Apps)
        {
            Add(
                "client",
                "apps",
                app.Id,
                app.Label,
                $"client '{app.Label}'",
                new FieldList()
                    .Scalar("Label", app.Label)
                    .Scalar("ClientId", app.ClientId == app.Id ? null : app.ClientId)
                    .Scalar("Status", app.Status)
                    .Scalar("ApplicationType", app.ApplicationType)
                    .Scalar("TokenEndpointAuthMethod", app.TokenEndpointAuthMethod)
                    .Flag("PkceRequired", app.PkceRequired)
                    .Flag("AutoKeyRotation", app.AutoKeyRotation)
                    .Flag("DpopBound", app.DpopBound)
                    .Flag("ImplicitAssignment", app.ImplicitAssignment)
                    .Flag("ZoneBound", app.ZoneBound)
                    .Scalar("RefreshTokenRotation", app.RefreshTokenRotation)
                    .Set("GrantTypes", app.GrantTypes)
                    .Set("ResponseTypes", app.ResponseTypes)
                    // Okta shows the first as the default, and Terraform keeps the order.
                    .Sequence("RedirectUris", app.RedirectUris)
                    .Set("Groups", app.Groups, Group)
                    .Set("Grants", app.Grants, grant => new FieldItem(grant)),
                app.Location
            );
        }
    }

    private void WriteGroups()
    {
        entities.Part($"{root}/groups", org.Groups.Coverage);
        foreach (var group in org.Groups)
        {
            Add(
                "group",
                "groups",
                group.Id,
                group.Name,
                $"group '{group.Name}'",
                new FieldList().Scalar("Name", group.Name).Scalar("Type", group.Type),
                group.Location
            );
        }

        entities.Part($"{root}/groupRules", org.GroupRules.Coverage);
        foreach (var rule in org.GroupRules)
        {
            Add(
                "group rule",
                "groupRules",
                rule.Id,
                rule.Name,
                $"group rule '{rule.Name}'",
                new FieldList()
                    .Scalar("Name", rule.Name)
                    .Scalar("Status", rule.Status)
                    .Scalar("Expression", rule.Expression)
                    .Set("Groups", rule.Groups.Select(Group)),
                rule.Location
            );
        }
    }

    private void WriteHooksAndAgents()
    {
        entities.Part($"{root}/inlineHooks", org.InlineHooks.Coverage);
        foreach (var hook in org.InlineHooks)
        {
            Add(
                "inline hook",
                "inlineHooks",
                hook.Id,
                hook.Name,
                $"inline hook '{hook.Name}'",
                new FieldList().Scalar("Name", hook.Name).Scalar("Type", hook.Type).Scalar("Status", hook.Status).Scalar("Host", hook.Host),
                hook.Location
            );
        }

        entities.Part($"{root}/agents", org.Agents.Coverage);
        foreach (var agent in org.Agents)
        {
            Add(
                "AI agent",
                "agents",
                agent.Id,
                agent.Name,
                $"AI agent '{agent.Name}'",
                new FieldList()
                    .Scalar("Name", agent.Name)
                    .Scalar("Status", agent.Status)
                    .Reference("Client", agent.ClientId is { } client ? Client(client) : null)
                    .Set("Owners", agent.Owners)
                    .Flag("DelegationActive", agent.DelegationActive),
                agent.Location
            );
        }
    }

    private void Simple(string kind, string part, Collected<OktaObject> objects)
    {
        entities.Part($"{root}/{part}", objects.Coverage);
        foreach (var item in objects)
        {
            Add(
                kind,
                part,
                item.Id,
                item.Name,
                $"{kind} '{item.Name}'",
                new FieldList().Scalar("Name", item.Name).Scalar("Status", item.Status),
                item.Location
            );
        }
    }

    // An entity of a top-level list: key and name are one segment below it.
    private void Add(string kind, string part, string id, string name, string title, FieldList fields, SourceLocation location) =>
        Add(kind, part, $"{part}/{id}", $"{part}/{name}", title, fields, location, [id]);

    private void Add(
        string kind,
        string part,
        string key,
        string name,
        string title,
        FieldList fields,
        SourceLocation location,
        ImmutableArray<string> ids
    ) =>
        entities.Add(
            new Entity
            {
                Kind = kind,
                Key = $"{root}/{key}",
                NaturalKey = $"{root}/{name}",
                Title = title,
                Part = $"{root}/{part}",
                Fields = fields.Build(),
                Unknown = fields.Unknown(),
                Ids = ids,
                Location = location,
            }
        );

    private FieldItem Group(string id) => new(org.FindGroup(id)?.Name ?? id, id);

    private FieldItem Client(string id) => new(org.FindClient(id)?.Label ?? id, id);

    private FieldItem Server(string id) => new(org.AuthorizationServers.Items.FirstOrDefault(server => server.Id == id)?.Name ?? id, id);

    private FieldItem Hook(string id) => new(org.InlineHooks.Items.FirstOrDefault(hook => hook.Id == id)?.Name ?? id, id);
}
