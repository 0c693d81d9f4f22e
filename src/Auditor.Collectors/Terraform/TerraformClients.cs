using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Terraform;

/// <summary>Lays clients over those of an org, with the groups that they are assigned to and the scopes of Okta's own APIs that are granted to them.</summary>
internal sealed class TerraformClients(TerraformSet set, TerraformOthers others)
{
    private const string AllGroups = "okta_app_group_assignments";
    private const string OneGroup = "okta_app_group_assignment";

    private readonly TerraformResource[] declared = [.. set.OfType("okta_app_oauth")];

    // By which id a resource is laid: one that is replaced has none yet, and is the one that it replaces.
    private readonly Dictionary<TerraformResource, string> laidIds = [];

    /// <summary>The clients with what is declared.</summary>
    public Collected<OktaApp> Lay(Collected<OktaApp> apps)
    {
        var laid = TerraformList.Lay(
            apps,
            declared,
            set.DeletedOf("okta_app_oauth"),
            app => app.Id,
            app => app.Label,
            resource => resource.Text("label"),
            Client,
            others,
            set.MayHoldMore("okta_app_oauth"),
            // The clients of others stay where they are: what names them would be told again for each.
            _ => true
        );
        var ids = laid.Items.Select(app => app.Id).ToList();
        var groups = new TerraformParts(set, [AllGroups, OneGroup], ClientOf, ids, "app_id", "client");
        var grants = new TerraformParts(set, ["okta_app_oauth_api_scope"], ClientOf, ids, "app_id", "client");
        return new Collected<OktaApp>(
            [
                .. laid.Items.Select(app =>
                    app with
                    {
                        // A single assignment says nothing of others; the list of all of them does.
                        Groups = groups.Lay(app.Id, app.Groups, GroupsOf, id => id, part => part.Type == AllGroups, others),
                        Grants = grants.Lay(app.Id, app.Grants, part => part.Texts("scopes"), scope => scope, _ => true, others),
                    }
                ),
            ],
            laid.Coverage
        );
    }

    private string? ClientOf(TerraformResource part) =>
        part.Text("app_id") ?? (set.Configuration.Referred(part, "app_id", declared) is { } app ? laidIds.GetValueOrDefault(app) : null);

    private static ImmutableArray<string>? GroupsOf(TerraformResource part) =>
        part.Type == OneGroup ? (part.Text("group_id", null) is { } group ? [group] : null)
        : part.Block("group") is { } groups ? [.. groups.Items().Select(group => group.Text("id")).OfType<string>()]
        : null;

    private OktaApp Client(TerraformResource resource, OktaApp? was)
    {
        var id = laidIds[resource] = resource.Id ?? was?.Id ?? resource.Address;
        return (
            was
            ?? new OktaApp
            {
                Id = id,
                Label = id,
                Groups = TerraformList.Empty<string>(),
                Grants = TerraformList.Empty<string>(),
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
            Location = resource.Location,
        };
    }
}
