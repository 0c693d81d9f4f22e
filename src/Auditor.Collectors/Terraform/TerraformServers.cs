using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Terraform;

/// <summary>Lays authorization servers with their scopes, claims, policies and rules over those of an org.</summary>
internal sealed class TerraformServers(TerraformSet set, string host, TerraformOthers others)
{
    private const string ServerAttribute = "auth_server_id";

    // What decides who gets which token: a thing of which such a value is not known yet cannot be made up.
    private static readonly string[] RuleDecides =
    [
        "grant_type_whitelist",
        "scope_whitelist",
        "group_whitelist",
        "group_blacklist",
        "user_whitelist",
        "user_blacklist",
    ];

    private readonly TerraformResource[] declared = [.. set.OfType("okta_auth_server", "okta_auth_server_default")];
    private readonly TerraformResource[] policies = [.. set.OfType("okta_auth_server_policy")];

    // By which id a resource is laid: one that is replaced has none yet, and is the one that it replaces.
    private readonly Dictionary<TerraformResource, string> laidIds = [];

    /// <summary>The servers with what is declared.</summary>
    public Collected<AuthorizationServer> Lay(Collected<AuthorizationServer> servers)
    {
        var laid = TerraformList.Lay(
            servers,
            declared,
            set.DeletedOf("okta_auth_server"),
            server => server.Id,
            server => server.Name,
            resource => resource.Type == "okta_auth_server_default" ? "default" : resource.Text("name"),
            (resource, was) => Server(resource, was),
            others,
            set.MayHoldMore("okta_auth_server", "okta_auth_server_default"),
            server => server.Id == "default" || server.Name == "default"
        );
        // Scopes and rules may be managed where their server is not.
        var known = laid.Items.Select(server => server.Id).ToHashSet(StringComparer.Ordinal);
        foreach (
            var part in set.OfType(
                "okta_auth_server_scope",
                "okta_auth_server_claim",
                "okta_auth_server_policy",
                "okta_auth_server_policy_rule"
            )
        )
        {
            if (ServerOf(part) is not { } id || !known.Contains(id))
            {
                part.Note(ServerAttribute, "which authorization server it belongs to is not known, or the authorization server is not");
            }
        }

        var trusted = new TerraformParts(set, ["okta_trusted_server"], ServerOf, known, ServerAttribute, "authorization server");
        var whole = new Collected<AuthorizationServer>([.. laid.Items.Select(server => WithParts(server, trusted))], laid.Coverage);
        foreach (
            var rule in set.OfType("okta_auth_server_policy_rule")
                .Where(rule =>
                    whole.Items.FirstOrDefault(server => server.Id == ServerOf(rule)) is { } server
                    && !server.Policies.Items.Any(policy => policy.Id == PolicyOf(rule))
                )
        )
        {
            rule.Note("policy_id", "which access policy it belongs to is not known, or the access policy is not");
        }

        return whole;
    }

    private AuthorizationServer Server(TerraformResource resource, AuthorizationServer? was)
    {
        var id = laidIds[resource] = resource.Id ?? was?.Id ?? resource.Address;
        var rotation = resource.Text("credentials_rotation_mode") ?? was?.Signing?.RotationMode;
        return (
            was
            ?? new AuthorizationServer
            {
                OrgHost = host,
                Id = id,
                Name = id,
                Issuer = TerraformResource.AfterApply,
                Scopes = TerraformList.Empty<Scope>(),
                Claims = TerraformList.Empty<Claim>(),
                Policies = TerraformList.Empty<AccessPolicy>(),
                Location = resource.Location,
            }
        ) with
        {
            Id = id,
            Name = resource.Word("name", was?.Name ?? id),
            Issuer = resource.Word("issuer", was?.Issuer ?? TerraformResource.AfterApply),
            IssuerMode = resource.Word("issuer_mode", was?.IssuerMode ?? "ORG_URL"),
            Audiences = resource.Texts("audiences", was?.Audiences ?? []),
            Status = resource.Word("status", was?.Status ?? "ACTIVE"),
            Signing = new SigningSettings(
                resource.Text("kid", was?.Signing?.Kid) ?? was?.Signing?.Kid,
                rotation,
                was?.Signing?.LastRotated,
                was?.Signing?.NextRotation,
                resource.Location
            ),
            Location = resource.Location,
        };
    }

    private AuthorizationServer WithParts(AuthorizationServer server, TerraformParts trusted) =>
        server with
        {
            Scopes = Lay(
                server.Scopes,
                "okta_auth_server_scope",
                server.Id,
                scope => scope.Name,
                resource => resource.Text("name"),
                (resource, was) =>
                    resource.Text("name", was?.Name) is { } name
                        ? new Scope(
                            name,
                            resource.Word("consent", was?.Consent ?? "IMPLICIT"),
                            resource.Flag("default", was?.IsDefault) ?? false,
                            was?.IsSystem ?? false,
                            resource.Location
                        )
                        : was,
                // Okta makes these for every server.
                scope => !scope.IsCustom
            ),
            Claims = Lay(
                server.Claims,
                "okta_auth_server_claim",
                server.Id,
                claim => $"{claim.ClaimType} {claim.Name}",
                resource => resource.Text("name") is { } name ? $"{resource.Text("claim_type") ?? "RESOURCE"} {name}" : null,
                Claim,
                claim => string.Equals(claim.ValueType, "SYSTEM", StringComparison.Ordinal)
            ),
            // What is said of a server is all that it trusts.
            TrustedServers = trusted.Lay(
                server.Id,
                server.TrustedServers,
                part => part.Texts("trusted"),
                issuer => issuer,
                _ => true,
                others
            ),
            Policies = PoliciesOf(server),
        };

    private static Claim? Claim(TerraformResource resource, Claim? was) =>
        resource.Text("name", was?.Name) is { } name && (was is not null || !resource.IsUnknown("value"))
            ? new Claim(
                name,
                resource.Word("status", was?.Status ?? "ACTIVE"),
                resource.Word("claim_type", was?.ClaimType ?? "RESOURCE"),
                resource.Word("value_type", was?.ValueType ?? "EXPRESSION"),
                resource.Text("value", was?.Value),
                resource.Text("group_filter_type", was?.GroupFilter),
                resource.Texts("scopes", was?.Scopes ?? []),
                resource.Location
            )
            : was;

    private Collected<AccessPolicy> PoliciesOf(AuthorizationServer server)
    {
        var own = policies.Where(policy => ServerOf(policy) == server.Id).ToList();
        var laid = TerraformList.Lay(
            server.Policies,
            own,
            set.DeletedOf("okta_auth_server_policy"),
            policy => policy.Id,
            policy => policy.Name,
            resource => resource.Text("name"),
            Policy,
            others,
            MayHoldMore("okta_auth_server_policy", ServerOf),
            _ => false
        );
        return new Collected<AccessPolicy>(
            [.. laid.Items.OrderBy(policy => policy.Priority).Select(policy => policy with { Rules = RulesOf(server, policy) })],
            laid.Coverage
        );
    }

    private AccessPolicy? Policy(TerraformResource resource, AccessPolicy? was)
    {
        if (was is null && resource.IsUnknown("client_whitelist"))
        {
            return null;
        }

        var id = laidIds[resource] = resource.Id ?? was?.Id ?? resource.Address;
        return (
            was
            ?? new AccessPolicy
            {
                Id = id,
                Name = id,
                Rules = TerraformList.Empty<AccessRule>(),
                Location = resource.Location,
            }
        ) with
        {
            Id = id,
            Name = resource.Word("name", was?.Name ?? id),
            Status = resource.Word("status", was?.Status ?? "ACTIVE"),
            Priority = resource.Number("priority", was?.Priority) ?? int.MaxValue,
            Clients = resource.Texts("client_whitelist", was?.Clients ?? []),
            Location = resource.Location,
        };
    }

    private Collected<AccessRule> RulesOf(AuthorizationServer server, AccessPolicy policy)
    {
        var own = set.OfType("okta_auth_server_policy_rule")
            .Where(rule => ServerOf(rule) == server.Id && PolicyOf(rule) == policy.Id)
            .ToList();
        var laid = TerraformList.Lay(
            policy.Rules,
            own,
            set.DeletedOf("okta_auth_server_policy_rule"),
            rule => rule.Id,
            rule => rule.Name,
            resource => resource.Text("name"),
            Rule,
            others,
            MayHoldMore("okta_auth_server_policy_rule", rule => ServerOf(rule) is null ? null : PolicyOf(rule)),
            _ => false
        );
        return new Collected<AccessRule>([.. laid.Items.OrderBy(rule => rule.Priority)], laid.Coverage);
    }

    private static AccessRule? Rule(TerraformResource resource, AccessRule? was)
    {
        if (was is null && RuleDecides.Any(resource.IsUnknown))
        {
            return null;
        }

        var id = resource.Id ?? was?.Id ?? resource.Address;
        return (
            was
            ?? new AccessRule
            {
                Id = id,
                Name = id,
                Location = resource.Location,
            }
        ) with
        {
            Id = id,
            Name = resource.Word("name", was?.Name ?? id),
            Status = resource.Word("status", was?.Status ?? "ACTIVE"),
            Priority = resource.Number("priority", was?.Priority) ?? int.MaxValue,
            GrantTypes = resource.Texts("grant_type_whitelist", was?.GrantTypes ?? []),
            Scopes = resource.Texts("scope_whitelist", was?.Scopes ?? []),
            Groups = resource.Texts("group_whitelist", was?.Groups ?? []),
            ExcludedGroups = resource.Texts("group_blacklist", was?.ExcludedGroups ?? []),
            Users = resource.Texts("user_whitelist", was?.Users ?? []),
            ExcludedUsers = resource.Texts("user_blacklist", was?.ExcludedUsers ?? []),
            AccessTokenMinutes = resource.Number("access_token_lifetime_minutes", was?.AccessTokenMinutes, 60),
            RefreshTokenMinutes = resource.Number("refresh_token_lifetime_minutes", was?.RefreshTokenMinutes, 0),
            RefreshTokenWindowMinutes = resource.Number("refresh_token_window_minutes", was?.RefreshTokenWindowMinutes, 10080),
            InlineHookId = resource.Text("inline_hook_id", was?.InlineHookId),
            Location = resource.Location,
        };
    }

    private Collected<T> Lay<T>(
        Collected<T> list,
        string type,
        string server,
        Func<T, string> nameOf,
        Func<TerraformResource, string?> nameOfResource,
        Func<TerraformResource, T?, T?> build,
        Func<T, bool> isSystem
    )
        where T : class
    {
        var own = set.OfType(type).Where(resource => ServerOf(resource) == server).ToList();
        return TerraformList.Lay(
            list,
            own,
            set.DeletedOf(type).Where(resource => resource.Text(ServerAttribute) == server),
            _ => null,
            nameOf,
            nameOfResource,
            build,
            others,
            MayHoldMore(type, ServerOf),
            isSystem
        );
    }

    private bool MayHoldMore(string type, Func<TerraformResource, string?> ownerOf) =>
        set.WithHomeless(set.OfType(type).Where(part => ownerOf(part) is null)).MayHoldMore(type);

    private string? ServerOf(TerraformResource part) => OwnerOf(part, ServerAttribute, declared);

    private string? PolicyOf(TerraformResource rule) => OwnerOf(rule, "policy_id", policies);

    private string? OwnerOf(TerraformResource part, string attribute, TerraformResource[] owners) =>
        part.Text(attribute)
        ?? (
            set.Configuration.Referred(part, attribute, owners) is { } owner && !IsNameless(owner)
                ? laidIds.GetValueOrDefault(owner) ?? owner.Address
                : null
        );

    // Of sources: which one it is is not known, nor what belongs to it.
    private static bool IsNameless(TerraformResource owner) =>
        owner.IsOfSource && owner.Type != "okta_auth_server_default" && owner.Text("name") is null;
}
