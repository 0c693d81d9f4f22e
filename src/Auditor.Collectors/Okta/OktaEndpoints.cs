using Auditor.Collectors.Live;

namespace Auditor.Collectors.Okta;

/// <summary>
/// Every request that the program may send to an Okta org: the management API as of its OpenAPI file 2026.06.3, the public documents, and the token endpoint. GET but
/// for the last. What is not here is not sent, so this table is also the answer to "what does it read?".
/// </summary>
public static class OktaEndpoints
{
    private const string Server = "/api/v1/authorizationServers/{server}";
    private const string Servers = "okta.authorizationServers.read";
    private const string Apps = "okta.apps.read";

    /// <summary>The scope of the System Log, which is read only when asked for.</summary>
    internal const string LogScope = "okta.logs.read";

    /// <summary>The scope of the program's own roles, which only an examination looks at.</summary>
    internal const string RolesScope = "okta.roles.read";

    /// <summary>The endpoint that gives service apps their access tokens.</summary>
    public static Endpoint Token { get; } = new(HttpMethod.Post, "/oauth2/v1/token", null, "the access token of a service app");

    /// <summary>What is read.</summary>
    public static ImmutableArray<Endpoint> Read { get; } =
    [
        Get("/.well-known/okta-organization", null, "which org answers, its pipeline and its hosts"),
        Get("/api/v1/org", "okta.orgs.read", "the org's id"),
        Get("/api/v1/domains", "okta.domains.read", "custom domains that issuers may use"),
        Get("/api/v1/authorizationServers", Servers, "authorization servers: issuer, audience, key rotation"),
        Get(Server + "/scopes", Servers, "scopes"),
        Get(Server + "/claims", Servers, "claims"),
        Get(Server + "/policies", Servers, "access policies"),
        Get(Server + "/policies/{policy}/rules", Servers, "access rules: grants, people, scopes, lifetimes"),
        Get(Server + "/credentials/keys", Servers, "signing keys with their status"),
        Get(Server + "/resourceservercredentials/keys", Servers, "keys that access tokens are encrypted with, where they are"),
        Get(Server + "/associatedServers", Servers, "servers whose tokens can be exchanged"),
        Get("/oauth2/{server}/v1/keys", null, "the published key set"),
        Get("/oauth2/{server}/.well-known/oauth-authorization-server", null, "the published metadata"),
        Get("/api/v1/apps", Apps, "clients"),
        Get("/api/v1/apps/{app}", Apps, "whether a client that a policy names is hidden or deleted"),
        Get("/api/v1/apps/{app}/groups", Apps, "groups assigned to a client"),
        Get("/api/v1/apps/{app}/grants", "okta.appGrants.read", "Okta API scopes granted to a service app"),
        Get("/api/v1/apps/{app}/credentials/secrets", Apps, "ages of client secrets; only when asked for, and without the secrets"),
        Get("/oauth2/v1/clients/{client}/roles", RolesScope, "administrator roles of the program's own service app; only by the doctor"),
        Get("/api/v1/groups", "okta.groups.read", "groups"),
        Get("/api/v1/groups/{group}", "okta.groups.read", "whether a group that a rule names is hidden or deleted"),
        Get("/api/v1/groups/rules", "okta.groups.read", "group rules"),
        Get("/api/v1/inlineHooks", "okta.inlineHooks.read", "hooks that can change tokens"),
        Get("/api/v1/eventHooks", "okta.eventHooks.read", "where events are sent"),
        Get("/api/v1/logStreams", "okta.logStreams.read", "where the System Log is streamed to"),
        Get("/api/v1/api-tokens", "okta.apiTokens.read", "API tokens: names and ages"),
        Get("/api/v1/trustedOrigins", "okta.trustedOrigins.read", "trusted origins"),
        Get("/api/v1/zones", "okta.networkZones.read", "network zones"),
        Get("/workload-principals/api/v1/ai-agents", "okta.apps.read", "registered AI agents, where the org has them"),
        Get("/api/v1/logs", LogScope, "who changed what; only when asked for"),
    ];

    /// <summary>The scopes that a service app is given for everything that is read by default.</summary>
    public static ImmutableArray<string> DefaultScopes { get; } =
    [
        .. Read.Select(endpoint => endpoint.Permission)
            .OfType<string>()
            .Where(scope => scope is not (LogScope or RolesScope))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Members that hold a secret, whatever their value looks like.</summary>
    internal static IReadOnlySet<string> SecretMembers { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            "client_secret",
            "secret_hash",
            "clientSecret",
            "password",
            "token",
            "sharedSecret",
            "privateKey",
        };

    /// <summary>Members of events that say more about a person's device and session than an audit has business to keep.</summary>
    internal static IReadOnlySet<string> DroppedMembers { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            "authenticationContext",
            "securityContext",
            "debugContext",
            "ipAddress",
            "ipChain",
            "geographicalContext",
            // The prose of errors echoes what was sent and what is there; their codes are what is acted on.
            "errorSummary",
            "errorCauses",
        };

    /// <summary>What reading a path takes, to be named when it is refused; null when it takes nothing or is not read.</summary>
    internal static string? Needs(string path)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var plain = "/" + (question < 0 ? path : path[..question]);
        return Read.FirstOrDefault(endpoint => endpoint.Matches(plain))?.Permission is { } scope
            ? $"the scope {scope} and an administrator role that sees it"
            : null;
    }

    /// <summary>
    /// The bucket of the rate limit that a path counts against, and its size in requests a minute where answers do not say it. From Okta's last published table
    /// (reference/rl-global-mgmt, removed 2025-12-16, column One App), which the headers of the answers override; the public documents are not limited.
    /// </summary>
    internal static RateBucket BucketOf(string path)
    {
        var name = path.Split('/') switch
        {
            ["", "api", "v1", "apps", var id] when id.Length > 0 => "/api/v1/apps/{id}",
            ["", "api", "v1", "apps", ..] => AppsBucket,
            ["", "api", "v1", "groups"] => "/api/v1/groups",
            ["", "api", "v1", "groups", ..] => "/api/v1/groups/{id}",
            ["", "api", "v1", "logs"] => "/api/v1/logs",
            ["", "oauth2", "v1", "clients", ..] => "/oauth2/v1/clients",
            ["", "api", ..] => ManagementBucket,
            _ => "public documents",
        };
        return new RateBucket(name, Sizes.TryGetValue(name, out var size) ? size : null);
    }

    /// <summary>The bucket of everything below <c>/api/v1</c> that has none of its own.</summary>
    internal const string ManagementBucket = "/api/v1";

    /// <summary>The bucket of what is asked once per app: the smallest that matters.</summary>
    internal const string AppsBucket = "/api/v1/apps";

    /// <summary>What buckets are assumed to hold where answers do not say it.</summary>
    internal static ImmutableSortedDictionary<string, int> Sizes { get; } =
        new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [ManagementBucket] = 600,
            [AppsBucket] = 100,
            ["/api/v1/apps/{id}"] = 500,
            ["/api/v1/groups"] = 500,
            ["/api/v1/groups/{id}"] = 500,
            ["/api/v1/logs"] = 50,
            ["/oauth2/v1/clients"] = 100,
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static Endpoint Get(string template, string? scope, string purpose) => new(HttpMethod.Get, template, scope, purpose);
}
