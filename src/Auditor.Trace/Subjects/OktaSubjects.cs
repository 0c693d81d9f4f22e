using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;

namespace Auditor.Trace;

/// <summary>An access policy of an authorization server.</summary>
/// <param name="Org">The org.</param>
/// <param name="Server">The server.</param>
/// <param name="Policy">The policy.</param>
public sealed record ServerPolicy(OktaOrg Org, AuthorizationServer Server, AccessPolicy Policy) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Server.OrgHost}/{Server.Id}/{Policy.Name}";

    /// <inheritdoc/>
    public string Title => $"access policy '{Policy.Name}' of {Server.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A rule of an access policy.</summary>
/// <param name="Org">The org.</param>
/// <param name="Server">The server.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Rule">The rule.</param>
public sealed record ServerRule(OktaOrg Org, AuthorizationServer Server, AccessPolicy Policy, AccessRule Rule) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Server.OrgHost}/{Server.Id}/{Policy.Name}/{Rule.Name}";

    /// <inheritdoc/>
    public string Title => $"rule '{Rule.Name}' of access policy '{Policy.Name}', {Server.Description}";

    /// <inheritdoc/>
    public SourceLocation Location => Rule.Location;

    /// <inheritdoc/>
    public string? Environment => null;

    /// <summary>Whether it takes part in the evaluation: an inactive rule, or one of an inactive policy or server, does not.</summary>
    public bool IsInForce => Server.IsActive && Policy.IsActive && Rule.IsActive;
}

/// <summary>A client of an Okta org.</summary>
/// <param name="Org">The org.</param>
/// <param name="App">The app.</param>
public sealed record OktaClient(OktaOrg Org, OktaApp App) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Org.Host}/{App.ClientId ?? App.Id}";

    /// <inheritdoc/>
    public string Title => $"client '{App.Label}' ({App.ClientId ?? App.Id}) of {Org.Host}";

    /// <inheritdoc/>
    public SourceLocation Location => App.Location;

    /// <inheritdoc/>
    public string? Environment => null;
}

/// <summary>A client that both sides know: its id in Okta is the consumer key of a credential in Apigee (Google, <i>Import an external client id</i>).</summary>
/// <param name="Organization">The Apigee organization.</param>
/// <param name="GatewayApp">The developer app.</param>
/// <param name="Credential">The credential.</param>
/// <param name="Org">The Okta org.</param>
/// <param name="App">The Okta client.</param>
public sealed record LinkedClient(
    ApigeeOrganization Organization,
    DeveloperApp GatewayApp,
    AppCredential Credential,
    OktaOrg Org,
    OktaApp App
) : ISubject
{
    /// <inheritdoc/>
    public string Key => $"{Organization.Name}/{GatewayApp.Name}/{Credential.ConsumerKey}";

    /// <inheritdoc/>
    public string Title => $"client '{App.Label}' ({App.ClientId}) and app '{GatewayApp.Name}' of {Organization.Name}";

    /// <inheritdoc/>
    public SourceLocation Location => Credential.Location;

    /// <inheritdoc/>
    public string? Environment => null;

    /// <summary>The clients that both sides know.</summary>
    public static IEnumerable<LinkedClient> Of(Landscape landscape)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        var clients = landscape
            .Okta.SelectMany(org => org.Apps.Items.Where(app => app.ClientId is not null).Select(app => (Org: org, App: app)))
            .ToLookup(pair => pair.App.ClientId!, StringComparer.Ordinal);
        foreach (var organization in landscape.Apigee)
        {
            foreach (var gatewayApp in organization.Apps)
            {
                foreach (var credential in gatewayApp.Credentials)
                {
                    foreach (var (org, app) in clients[credential.ConsumerKey].Take(1))
                    {
                        yield return new LinkedClient(organization, gatewayApp, credential, org, app);
                    }
                }
            }
        }
    }
}
