using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Okta;

/// <summary>
/// Reads an Okta org over its management API, or from a recording of it. Every part has its own coverage: a refused or missing answer never becomes an empty list.
/// </summary>
internal sealed class OktaCollector(ManagementApi api, string host, CollectorLog log, OktaScope scope)
{
    private static readonly string[] GrantTypes =
    [
        "authorization_code",
        "implicit",
        "password",
        "client_credentials",
        "interaction_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
        "urn:okta:params:oauth:grant-type:otp",
        "urn:okta:params:oauth:grant-type:oob",
        "http://auth0.com/oauth/grant-type/mfa-otp",
        "http://auth0.com/oauth/grant-type/mfa-oob",
    ];

    private readonly Listing listing = new(api, log, "okta/" + host, omitsEmptyLists: false);

    /// <summary>Collects the org.</summary>
    public async Task<OktaOrg> CollectAsync(CancellationToken cancellationToken)
    {
        var org = await listing.DocumentAsync("api/v1/org", "org", cancellationToken);
        var domains = await listing.ListAsync("api/v1/domains", "domains", "domains", Domain, cancellationToken);
        var listed = await listing.ListAsync(ServersPath, "authorizationServers", null, Listed, cancellationToken, Unlicensed);
        var servers = (await Task.WhenAll(listed.Select(server => DetailAsync(server.Server, cancellationToken)))).ToImmutableArray();
        var visibility = new OktaVisibility(listing, scope);
        var apps = await listing.ListAsync("api/v1/apps?limit=200", "apps", null, AnyApp, cancellationToken);
        var visible = apps.Select(app => app.App.ClientId ?? app.App.Id).ToHashSet(StringComparer.Ordinal);
        var appsCoverage = Said("apps", apps.Coverage, await visibility.OfClientsAsync(apps.Coverage, visible, servers, cancellationToken));
        var groups = await listing.ListAsync("api/v1/groups?limit=200", "groups", null, Group, cancellationToken);
        var groupsCoverage = Said("groups", groups.Coverage, await visibility.OfGroupsAsync(groups, servers, cancellationToken));
        var named = servers
            .SelectMany(server => server.Policies.Items)
            .SelectMany(policy => policy.Clients)
            .ToHashSet(StringComparer.Ordinal);
        var clients = apps.Where(app => app.IsClient).Select(app => app.App).ToArray();
        scope.Plan?.Invoke(OrgLists + clients.Sum(app => RequestsOf(app, named)));
        var detailed = await Task.WhenAll(clients.Select(app => AppAsync(app, named, cancellationToken)));
        var result = new OktaOrg
        {
            Host = host,
            Id = org.Document?.Text("id"),
            Domains = domains,
            Apps = new Collected<OktaApp>([.. detailed], appsCoverage),
            Groups = new Collected<OktaGroup>(groups.Items, groupsCoverage),
            GroupRules = await listing.ListAsync("api/v1/groups/rules?limit=200", "groups/rules", null, GroupRule, cancellationToken),
            InlineHooks = await listing.ListAsync("api/v1/inlineHooks", "inlineHooks", null, Hook, cancellationToken),
            EventHooks = await ObjectsAsync("eventHooks", cancellationToken),
            ApiTokens = await ObjectsAsync("api-tokens", cancellationToken),
            TrustedOrigins = await ObjectsAsync("trustedOrigins", cancellationToken),
            Zones = await ObjectsAsync("zones", cancellationToken),
            LogStreams = await ObjectsAsync("logStreams", cancellationToken),
            Agents = await listing.ListAsync(
                "workload-principals/api/v1/ai-agents",
                "ai-agents",
                null,
                Agent,
                cancellationToken,
                WithoutAgents,
                Recorded.UnlessAbsent
            ),
            Log = await LogAsync(cancellationToken),
            Location = new SourceLocation("okta/" + host + "/api/v1/org.json"),
        };
        return result with { AuthorizationServers = await SettledAsync(listed, servers, cancellationToken) };
    }

    // What is asked once per org after the lists of apps and groups, for the plan.
    private const int OrgLists = 10;

    private const string ServersPath = "api/v1/authorizationServers?limit=200";

    private sealed record ListedServer(AuthorizationServer Server, string? Version);

    private ListedServer? Listed(Json row) => Server(row) is { } server ? new ListedServer(server, row.Text("lastUpdated")) : null;

    // E0000015 is about the org's licence and not about the credential: an org without API Access Management has no custom authorization servers.
    private Coverage? Unlicensed(Answer answer)
    {
        if (answer.ErrorCode != "E0000015")
        {
            return null;
        }

        log.Notice(
            "no-api-access-management",
            "The org has no API Access Management, and so no authorization servers besides the org's own.",
            answer.Location
        );
        return Coverage.Complete.Instance;
    }

    // Not in Okta's OpenAPI file (2026.06.3), only in release notes: most orgs answer that there is no such path.
    private static Coverage? WithoutAgents(Answer answer) =>
        answer.Status is 403 or 404 or 405
            ? new Coverage.NotCollected("the org has no registered agents, or not for this credential")
            : null;

    /// <summary>
    /// The servers as they are at the end. One that was changed or added while the org was read is read again, one that was deleted goes; where that does not settle it,
    /// the part is not complete.
    /// </summary>
    private async Task<Collected<AuthorizationServer>> SettledAsync(
        Collected<ListedServer> listed,
        ImmutableArray<AuthorizationServer> detailed,
        CancellationToken cancellationToken
    )
    {
        if (scope.Recording is not { } recording || !listed.Coverage.IsComplete || listed.Count == 0)
        {
            return new Collected<AuthorizationServer>(detailed, listed.Coverage);
        }

        var read = detailed.ToDictionary(server => server.Id, StringComparer.Ordinal);
        var versions = listed.ToDictionary(server => server.Server.Id, server => server.Version, StringComparer.Ordinal);
        Coverage coverage = listed.Coverage;
        for (var round = 0; ; round++)
        {
            var answer = await listing.TryGetAsync(ServersPath, Recorded.IfAnswered, cancellationToken);
            var again = listing.Read(answer, null, Listed);
            if (!again.Coverage.IsComplete)
            {
                coverage = new Coverage.Partial("whether servers changed while the org was read is not known: " + again.Coverage.Reason);
                break;
            }

            var now = again.ToDictionary(server => server.Server.Id, StringComparer.Ordinal);
            var gone = read.Keys.Where(id => !now.ContainsKey(id)).ToArray();
            var changed = again
                .Where(server => !versions.TryGetValue(server.Server.Id, out var version) || version != server.Version)
                .ToArray();
            if (gone.Length == 0 && changed.Length == 0)
            {
                break;
            }

            if (round == 1)
            {
                coverage = new Coverage.Partial("servers kept changing while the org was read");
                break;
            }

            foreach (var id in gone)
            {
                read.Remove(id);
                recording.Writer.Forget(recording.Folder + "/api/v1/authorizationServers/" + RecordingPath.Encode(id));
                recording.Writer.Forget(recording.Folder + "/oauth2/" + RecordingPath.Encode(id));
            }

            foreach (var server in changed)
            {
                read[server.Server.Id] = await DetailAsync(server.Server, cancellationToken);
                versions[server.Server.Id] = server.Version;
            }
        }

        return new Collected<AuthorizationServer>(
            [.. read.Values.OrderBy(server => server.Id, StringComparer.Ordinal)],
            Said("authorizationServers", listed.Coverage, coverage)
        );
    }

    // What was found out about a list after it was read belongs into the coverage table, and into the recording.
    private Coverage Said(string part, Coverage before, Coverage now)
    {
        if (!ReferenceEquals(before, now))
        {
            log.Cover("okta/" + host + "/" + part, now, 0);
            scope.Recording?.Writer.Partial(scope.Recording.Value.Folder + "/api/v1/" + part, now.Reason!);
        }

        return now;
    }

    private async Task<Collected<LogEvent>> LogAsync(CancellationToken cancellationToken)
    {
        if (!scope.IsLive)
        {
            return await listing.ListAsync("api/v1/logs", "logs", null, Event, cancellationToken);
        }

        if (scope.LogSince is not { } since)
        {
            return new Collected<LogEvent>([], new Coverage.NotCollected("the System Log is read with --include system-log"));
        }

        // With both ends the query is bounded and its pages end; what arrives late is the next run's, whose extract begins before this one's end.
        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"api/v1/logs?since={since.UtcDateTime - LogOverlap:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}&until={scope.Now!().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}&limit=1000&filter={Uri.EscapeDataString(ChangeEvents)}"
        );
        return await listing.ListAsync(path, "logs", null, Event, cancellationToken);
    }

    // Bounded queries may miss events that arrive late (reference/system-log-query).
    private static readonly TimeSpan LogOverlap = TimeSpan.FromMinutes(15);

    // The changes of what an audit is about, by the beginning of their types (event types as of release 2026.08.1).
    private static readonly string ChangeEvents = string.Join(
        " or ",
        new[]
        {
            "oauth2.as.",
            "oauth2.scope.",
            "oauth2.claim.",
            "policy.lifecycle.",
            "policy.rule.",
            "app.oauth2.as.key.rollover",
            "app.oauth2.trusted_server.",
            "app.oauth2.client.lifecycle.",
            "app.oauth2.credentials.lifecycle.",
            "app.oauth2.client.privilege.",
            "app.oauth2.admin.consent.",
            "application.lifecycle.",
            "group.application_assignment.",
            "inline_hook.",
            "event_hook.",
            "system.api_token.",
            "system.log_stream.lifecycle.",
            "security.trusted_origin.",
            "zone.",
        }.Select(type => $"eventType sw \"{type}\"")
    );

    private Task<Collected<OktaObject>> ObjectsAsync(string part, CancellationToken cancellationToken) =>
        listing.ListAsync("api/v1/" + part, part, null, Object, cancellationToken);

    private async Task<AuthorizationServer> DetailAsync(AuthorizationServer server, CancellationToken cancellationToken)
    {
        var path = "api/v1/authorizationServers/" + Uri.EscapeDataString(server.Id);
        var part = "authorizationServers/" + server.Id;
        var policies = await listing.ListAsync(path + "/policies", part + "/policies", null, Policy, cancellationToken);
        var withRules = await Task.WhenAll(
            policies.Select(async policy =>
                policy with
                {
                    Rules = Ordered(
                        await listing.ListAsync(
                            path + "/policies/" + Uri.EscapeDataString(policy.Id) + "/rules",
                            part + "/policies/" + policy.Id + "/rules",
                            null,
                            Rule,
                            cancellationToken
                        ),
                        rule => rule.Priority
                    ),
                }
            )
        );
        if (server.AccessTokenEncryption is not null)
        {
            await listing.ListAsync(
                path + "/resourceservercredentials/keys",
                part + "/encryptionKeys",
                null,
                row => row.Text("kid"),
                cancellationToken
            );
        }

        var published = "oauth2/" + Uri.EscapeDataString(server.Id);
        var metadata = await listing.DocumentAsync(
            published + "/.well-known/oauth-authorization-server",
            part + "/metadata",
            cancellationToken,
            requires: "issuer"
        );
        return server with
        {
            Scopes = await listing.ListAsync(path + "/scopes?limit=200", part + "/scopes", null, Scope, cancellationToken),
            Claims = await listing.ListAsync(path + "/claims", part + "/claims", null, Claim, cancellationToken),
            Policies = Ordered(new Collected<AccessPolicy>([.. withRules], policies.Coverage), policy => policy.Priority),
            Keys = await listing.ListAsync(path + "/credentials/keys", part + "/keys", null, Key, cancellationToken),
            PublishedKeys = await listing.ListAsync(published + "/v1/keys", part + "/jwks", "keys", Key, cancellationToken),
            TrustedServers = await listing.ListAsync(
                path + "/associatedServers?trusted=true&limit=200",
                part + "/associatedServers",
                null,
                row => row.Text("id"),
                cancellationToken
            ),
            PublishedIssuer = new Collected<string>(metadata.Document?.Text("issuer") is { } issuer ? [issuer] : [], metadata.Coverage),
        };
    }

    // What takes a request per app comes from the smallest bucket there is, so it is read where it can matter: assignments of clients that a policy names, grants of
    // those and of service apps, which are the ones that hold them.
    private bool WantsGroups(OktaApp app, HashSet<string> named) =>
        scope.EveryApp || (app.ClientId is { } id && named.Contains(id) && app.ApplicationType != "service");

    private bool WantsGrants(OktaApp app, HashSet<string> named) =>
        scope.EveryApp || app.ApplicationType == "service" || (app.ClientId is { } id && named.Contains(id));

    private bool WantsSecrets(OktaApp app) =>
        scope.SecretAges && app.TokenEndpointAuthMethod?.StartsWith("client_secret", StringComparison.Ordinal) == true;

    private int RequestsOf(OktaApp app, HashSet<string> named) =>
        (WantsGroups(app, named) ? 1 : 0) + (WantsGrants(app, named) ? 1 : 0) + (WantsSecrets(app) ? 1 : 0);

    private async Task<OktaApp> AppAsync(OktaApp app, HashSet<string> named, CancellationToken cancellationToken)
    {
        var path = "api/v1/apps/" + Uri.EscapeDataString(app.Id);
        var groups = WantsGroups(app, named)
            ? await listing.ListAsync(path + "/groups?limit=200", "apps/*/groups", null, row => row.Text("id"), cancellationToken)
            : new Collected<string>([], OnlySome);
        var grants = WantsGrants(app, named)
            ? await listing.ListAsync(path + "/grants", "apps/*/grants", null, Grant, cancellationToken)
            : new Collected<ScopeGrant>([], OnlySome);
        if (WantsSecrets(app))
        {
            await listing.ListAsync(path + "/credentials/secrets", "apps/*/secrets", null, row => row.Text("id"), cancellationToken);
        }

        return app with
        {
            Groups = groups,
            Grants = new Collected<string>([.. grants.Where(grant => grant.IsActive).Select(grant => grant.Scope)], grants.Coverage),
        };
    }

    private static readonly Coverage OnlySome = new Coverage.NotCollected("read only for service apps and for clients that a policy names");

    private sealed record ScopeGrant(string Scope, bool IsActive);

    private static ScopeGrant? Grant(Json row) =>
        row.Text("scopeId") is { } scope ? new ScopeGrant(scope, row.Word("status", "ACTIVE", "INACTIVE") is not "INACTIVE") : null;

    // Priorities are ranks: equal or missing ones keep the order of the answer.
    private static Collected<T> Ordered<T>(Collected<T> items, Func<T, int> priority) => new([.. items.OrderBy(priority)], items.Coverage);

    private static OktaDomain? Domain(Json row) =>
        row.Text("domain") is { } name
            ? new OktaDomain(
                name,
                row.Word("validationStatus", "NOT_STARTED", "IN_PROGRESS", "VERIFIED", "COMPLETED", "FAILED_TO_VERIFY"),
                row["publicCertificate"].Time("expiration"),
                row.Location
            )
            : null;

    private AuthorizationServer? Server(Json row)
    {
        if (row.Text("id") is not { } id || row.Text("issuer") is not { } issuer)
        {
            return null;
        }

        var signing = row["credentials"]["signing"];
        return new AuthorizationServer
        {
            OrgHost = host,
            Id = id,
            Name = row.Text("name", id),
            Issuer = issuer,
            IssuerMode = row.Word("issuerMode", "ORG_URL", "CUSTOM_URL", "DYNAMIC") ?? "ORG_URL",
            Audiences = row.Texts("audiences"),
            Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
            Signing = signing.IsObject
                ? new SigningSettings(
                    signing.Text("kid"),
                    signing.Word("rotationMode", "AUTO", "MANUAL"),
                    signing.Time("lastRotated"),
                    signing.Time("nextRotation"),
                    signing.Location
                )
                : null,
            AccessTokenEncryption = row.Text("accessTokenEncryptedResponseAlgorithm"),
            Created = row.Time("created"),
            Location = row.Location,
        };
    }

    private static Scope? Scope(Json row) =>
        row.Text("name") is { } name
            ? new Scope(
                name,
                row.Word("consent", "IMPLICIT", "REQUIRED", "FLEXIBLE") ?? "IMPLICIT",
                row.Flag("default") ?? false,
                row.Flag("system") ?? false,
                row.Location
            )
            : null;

    private static Claim? Claim(Json row) =>
        row.Text("name") is { } name
            ? new Claim(
                name,
                row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
                row.Word("claimType", "RESOURCE", "IDENTITY") ?? "RESOURCE",
                row.Word("valueType", "EXPRESSION", "GROUPS", "SYSTEM") ?? "EXPRESSION",
                row.Text("value"),
                row.Word("group_filter_type", "STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"),
                row["conditions"].Texts("scopes"),
                row.Location
            )
            : null;

    private static AccessPolicy? Policy(Json row) =>
        row.Text("id") is { } id
            ? new AccessPolicy
            {
                Id = id,
                Name = row.Text("name", id),
                Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
                Priority = row.Number("priority") ?? int.MaxValue,
                Clients = row["conditions"]["clients"].Texts("include"),
                Location = row.Location,
            }
            : null;

    private static AccessRule? Rule(Json row)
    {
        if (row.Text("id") is not { } id)
        {
            return null;
        }

        var conditions = row["conditions"];
        var people = conditions["people"];
        var token = row["actions"]["token"];
        return new AccessRule
        {
            Id = id,
            Name = row.Text("name", id),
            Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
            Priority = row.Number("priority") ?? int.MaxValue,
            GrantTypes = conditions["grantTypes"].Words("include", GrantTypes),
            Scopes = conditions["scopes"].Texts("include"),
            Groups = people["groups"].Texts("include"),
            ExcludedGroups = people["groups"].Texts("exclude"),
            Users = people["users"].Texts("include"),
            ExcludedUsers = people["users"].Texts("exclude"),
            AccessTokenMinutes = token.Number("accessTokenLifetimeMinutes"),
            RefreshTokenMinutes = token.Number("refreshTokenLifetimeMinutes"),
            RefreshTokenWindowMinutes = token.Number("refreshTokenWindowMinutes"),
            InlineHookId = token["inlineHook"].Text("id"),
            Location = row.Location,
        };
    }

    private static SigningKey? Key(Json row) =>
        row.Text("kid") is { } kid
            ? new SigningKey(
                kid,
                row.Word("status", "ACTIVE", "NEXT", "EXPIRED", "INACTIVE"),
                row.Text("alg"),
                Thumbprint(row),
                row.Location
            )
            : null;

    // RFC 7638 over the public members; RSA only, which is all that authorization servers sign with.
    private static string? Thumbprint(Json key)
    {
        if (key.Text("kty") != "RSA" || key.Text("n") is not { } n || key.Text("e") is not { } e)
        {
            return null;
        }

        var canonical =
            $$"""{"e":{{JsonSerializer.Serialize(e, TextJson.Default.String)}},"kty":"RSA","n":{{JsonSerializer.Serialize(n, TextJson.Default.String)}}}""";
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(canonical)));
    }

    private sealed record AnyOktaApp(OktaApp App, bool IsClient);

    private static AnyOktaApp? AnyApp(Json row)
    {
        if (row.Text("id") is not { } id)
        {
            return null;
        }

        var client = row["credentials"]["oauthClient"];
        var settings = row["settings"]["oauthClient"];
        var app = new OktaApp
        {
            Id = id,
            ClientId = client.Text("client_id"),
            Label = row.Text("label", id),
            Status = row.Word("status", "ACTIVE", "INACTIVE", "DELETED") ?? "ACTIVE",
            ApplicationType = settings.Word("application_type", "web", "browser", "native", "service"),
            TokenEndpointAuthMethod = client.Word(
                "token_endpoint_auth_method",
                "client_secret_basic",
                "client_secret_post",
                "client_secret_jwt",
                "private_key_jwt",
                "none"
            ),
            PkceRequired = client.Flag("pkce_required"),
            AutoKeyRotation = client.Flag("autoKeyRotation") ?? true,
            GrantTypes = settings.Words("grant_types", GrantTypes),
            ResponseTypes = settings.Texts("response_types"),
            RedirectUris = settings.Texts("redirect_uris"),
            DpopBound = settings.Flag("dpop_bound_access_tokens"),
            RefreshTokenRotation = settings["refresh_token"].Text("rotation_type"),
            ImplicitAssignment = row["settings"].Flag("implicitAssignment") ?? false,
            ZoneBound = settings["network"].Text("connection") == "ZONE",
            Created = row.Time("created"),
            LastUpdated = row.Time("lastUpdated"),
            Location = row.Location,
        };
        return new AnyOktaApp(app, row.Text("signOnMode") == "OPENID_CONNECT");
    }

    private static OktaGroup? Group(Json row) =>
        row.Text("id") is { } id
            ? new OktaGroup(
                id,
                row["profile"].Text("name", id),
                row.Word("type", "OKTA_GROUP", "APP_GROUP", "BUILT_IN"),
                row["_embedded"]["stats"].Number("usersCount"),
                row.Location
            )
            : null;

    private static GroupRule? GroupRule(Json row) =>
        row.Text("id") is { } id
            ? new GroupRule(
                id,
                row.Text("name", id),
                row.Text("status"),
                row["conditions"]["expression"].Text("value"),
                row["actions"]["assignUserToGroups"].Texts("groupIds"),
                row.Location
            )
            : null;

    private static InlineHook? Hook(Json row) =>
        row.Text("id") is { } id
            ? new InlineHook(
                id,
                row.Text("name", id),
                row.Text("type"),
                row.Text("status"),
                Uri.TryCreate(row["channel"]["config"].Text("uri"), UriKind.Absolute, out var uri) ? uri.Host : null,
                row.Location
            )
            : null;

    private static OktaObject? Object(Json row) =>
        row.Text("id") is { } id
            ? new OktaObject(id, row.Text("name", id), row.Text("status"), row.Time("created"), row.Time("lastUpdated"), row.Location)
            : null;

    private static AiAgent? Agent(Json row) =>
        row.Text("id") is { } id
            ? new AiAgent(
                id,
                row.Text("name") ?? row["profile"].Text("name", id),
                row.Text("clientId") ?? row.Text("appId"),
                row.Text("status"),
                [.. row.Objects("owners").Select(owner => owner.Text("id")).OfType<string>(), .. row.Texts("owners")],
                row.Flag("delegationActive"),
                row.Location
            )
            : null;

    private static LogEvent? Event(Json row) =>
        row.Text("uuid") is { } id && row.Time("published") is { } published && row.Text("eventType") is { } type
            ? new LogEvent(
                id,
                published,
                type,
                row["actor"].Text("id"),
                row["actor"].Text("type"),
                row["actor"].Text("displayName"),
                row["transaction"]["detail"].Text("requestApiTokenId"),
                [.. row.Objects("target").Select(target => target.Text("id")).OfType<string>()],
                row.Location
            )
            : null;
}
