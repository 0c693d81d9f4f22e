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
    private readonly Listing listing = new(api, log, "okta/" + host, omitsEmptyLists: false);

    /// <summary>Collects the org.</summary>
    public async Task<OktaOrg> CollectAsync(CancellationToken cancellationToken)
    {
        // What needs nothing of each other is asked for side by side: it counts against different rate limits, and the tightest of them alone should decide how long it takes.
        var org = listing.DocumentAsync("api/v1/org", "org", cancellationToken);
        var domains = listing.ListAsync("api/v1/domains", "domains", "domains", OktaMapping.Domain, cancellationToken);
        var listed = listing.ListAsync(ServersPath, "authorizationServers", null, Listed, cancellationToken, Unlicensed);
        var apps = listing.ListAsync("api/v1/apps?limit=200", "apps", null, OktaMapping.App, cancellationToken);
        var groups = listing.ListAsync("api/v1/groups?limit=200", "groups", null, OktaMapping.Group, cancellationToken);
        var servers = DetailsAsync(listed, cancellationToken);
        var clients = ClientsAsync(apps, servers, cancellationToken);
        var visibility = new OktaVisibility(listing, scope);
        var appsCoverage = AppsCoverageAsync(visibility, apps, servers, cancellationToken);
        var groupsCoverage = GroupsCoverageAsync(visibility, groups, servers, cancellationToken);
        var groupRules = listing.ListAsync("api/v1/groups/rules?limit=200", "groups/rules", null, OktaMapping.GroupRule, cancellationToken);
        var inlineHooks = listing.ListAsync("api/v1/inlineHooks", "inlineHooks", null, OktaMapping.Hook, cancellationToken);
        var eventHooks = ObjectsAsync("eventHooks", cancellationToken);
        var apiTokens = ObjectsAsync("api-tokens", cancellationToken);
        var trustedOrigins = ObjectsAsync("trustedOrigins", cancellationToken);
        var zones = ObjectsAsync("zones", cancellationToken);
        var logStreams = ObjectsAsync("logStreams", cancellationToken);
        var agents = listing.ListAsync(
            "workload-principals/api/v1/ai-agents",
            "ai-agents",
            null,
            OktaMapping.Agent,
            cancellationToken,
            WithoutAgents,
            Recorded.UnlessAbsent
        );
        var events = LogAsync(cancellationToken);
        await Task.WhenAll(
            org,
            domains,
            clients,
            appsCoverage,
            groupsCoverage,
            groupRules,
            inlineHooks,
            eventHooks,
            apiTokens,
            trustedOrigins,
            zones,
            logStreams,
            agents,
            events,
            PlanAsync(listed, apps)
        );
        return new OktaOrg
        {
            Host = host,
            Id = (await org).Document?.Text("id"),
            Domains = await domains,
            Apps = new Collected<OktaApp>(await clients, await appsCoverage),
            Groups = new Collected<OktaGroup>((await groups).Items, await groupsCoverage),
            GroupRules = await groupRules,
            InlineHooks = await inlineHooks,
            EventHooks = await eventHooks,
            ApiTokens = await apiTokens,
            TrustedOrigins = await trustedOrigins,
            Zones = await zones,
            LogStreams = await logStreams,
            Agents = await agents,
            Log = await events,
            AuthorizationServers = await SettledAsync(await listed, await servers, cancellationToken),
            Location = new SourceLocation("okta/" + host + "/api/v1/org.json"),
        };
    }

    private async Task<ImmutableArray<AuthorizationServer>> DetailsAsync(
        Task<Collected<ListedServer>> listed,
        CancellationToken cancellationToken
    ) => [.. await Task.WhenAll((await listed).Select(server => DetailAsync(server.Server, cancellationToken)))];

    private async Task<ImmutableArray<OktaApp>> ClientsAsync(
        Task<Collected<ListedApp>> apps,
        Task<ImmutableArray<AuthorizationServer>> servers,
        CancellationToken cancellationToken
    )
    {
        var named = NamedAsync(servers);
        var clients = (await apps).Where(app => app.IsClient);
        ImmutableArray<OktaApp> read = [.. await Task.WhenAll(clients.Select(app => AppAsync(app.App, named, cancellationToken)))];
        await named;
        return read;
    }

    // The clients that policies name, and those that a gateway knows.
    private async Task<HashSet<string>> NamedAsync(Task<ImmutableArray<AuthorizationServer>> servers)
    {
        var named = (await servers)
            .SelectMany(server => server.Policies.Items)
            .SelectMany(policy => policy.Clients)
            .ToHashSet(StringComparer.Ordinal);
        named.UnionWith(scope.GatewayKeys is { } keys ? await keys : []);
        return named;
    }

    private async Task<Coverage> AppsCoverageAsync(
        OktaVisibility visibility,
        Task<Collected<ListedApp>> apps,
        Task<ImmutableArray<AuthorizationServer>> servers,
        CancellationToken cancellationToken
    )
    {
        var listed = await apps;
        var visible = listed.Select(app => app.App.ClientId ?? app.App.Id).ToHashSet(StringComparer.Ordinal);
        return Said("apps", listed.Coverage, await visibility.OfClientsAsync(listed.Coverage, visible, await servers, cancellationToken));
    }

    private async Task<Coverage> GroupsCoverageAsync(
        OktaVisibility visibility,
        Task<Collected<OktaGroup>> groups,
        Task<ImmutableArray<AuthorizationServer>> servers,
        CancellationToken cancellationToken
    )
    {
        var listed = await groups;
        return Said("groups", listed.Coverage, await visibility.OfGroupsAsync(listed, await servers, cancellationToken));
    }

    // What is known to be needed once the two long lists are there. How many policies there are, and whom they name, is not known then, so it is the least that it takes.
    private async Task PlanAsync(Task<Collected<ListedServer>> listed, Task<Collected<ListedApp>> apps)
    {
        var servers = (await listed).Count;
        var clients = (await apps).Where(app => app.IsClient).Select(app => app.App);
        scope.Plan?.Invoke((servers * RequestsPerServer) + OrgLists, clients.Sum(app => RequestsOf(app, [])), servers * PublicPerServer);
    }

    // What is asked once per org besides the two long lists, and per server with the one policy that each has at least, for the plan.
    private const int OrgLists = 11;
    private const int RequestsPerServer = 6;
    private const int PublicPerServer = 2;

    private const string ServersPath = "api/v1/authorizationServers?limit=200";

    private sealed record ListedServer(AuthorizationServer Server, string? Version);

    private ListedServer? Listed(Json row) =>
        OktaMapping.Server(row, host) is { } server ? new ListedServer(server, row.Text("lastUpdated")) : null;

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
            return await listing.ListAsync("api/v1/logs", "logs", null, OktaMapping.Event, cancellationToken);
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
        return await listing.ListAsync(path, "logs", null, OktaMapping.Event, cancellationToken);
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
        listing.ListAsync("api/v1/" + part, part, null, OktaMapping.Object, cancellationToken);

    private async Task<AuthorizationServer> DetailAsync(AuthorizationServer server, CancellationToken cancellationToken)
    {
        var path = "api/v1/authorizationServers/" + Uri.EscapeDataString(server.Id);
        var part = "authorizationServers/" + server.Id;
        var policies = await listing.ListAsync(path + "/policies", part + "/policies", null, OktaMapping.Policy, cancellationToken);
        var withRules = await Task.WhenAll(
            policies.Select(async policy =>
                policy with
                {
                    Rules = Ordered(
                        await listing.ListAsync(
                            path + "/policies/" + Uri.EscapeDataString(policy.Id) + "/rules",
                            part + "/policies/" + policy.Id + "/rules",
                            null,
                            OktaMapping.Rule,
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
            Scopes = await listing.ListAsync(path + "/scopes?limit=200", part + "/scopes", null, OktaMapping.Scope, cancellationToken),
            Claims = await listing.ListAsync(path + "/claims", part + "/claims", null, OktaMapping.Claim, cancellationToken),
            Policies = Ordered(new Collected<AccessPolicy>([.. withRules], policies.Coverage), policy => policy.Priority),
            Keys = await listing.ListAsync(path + "/credentials/keys", part + "/keys", null, OktaMapping.Key, cancellationToken),
            PublishedKeys = await listing.ListAsync(published + "/v1/keys", part + "/jwks", "keys", OktaMapping.Key, cancellationToken),
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

    // What takes a request per app comes from the smallest bucket there is, so it is read where it can matter: assignments of clients that a policy or a gateway names,
    // grants of those and of service apps, which are the ones that hold them.
    private bool WantsGroups(OktaApp app, HashSet<string> named) =>
        scope.EveryApp || (app.ClientId is { } id && named.Contains(id) && app.ApplicationType != "service");

    private bool WantsGrants(OktaApp app, HashSet<string> named) =>
        scope.EveryApp || app.ApplicationType == "service" || (app.ClientId is { } id && named.Contains(id));

    private bool WantsSecrets(OktaApp app) =>
        scope.SecretAges && app.TokenEndpointAuthMethod?.StartsWith("client_secret", StringComparison.Ordinal) == true;

    private int RequestsOf(OktaApp app, HashSet<string> named) =>
        (WantsGroups(app, named) ? 1 : 0) + (WantsGrants(app, named) ? 1 : 0) + (WantsSecrets(app) ? 1 : 0);

    private async Task<OktaApp> AppAsync(OktaApp app, Task<HashSet<string>> policies, CancellationToken cancellationToken)
    {
        // What needs no policy to be known does not wait for them.
        var named = WantsGroups(app, []) && WantsGrants(app, []) ? [] : null as HashSet<string>;
        var early = WantsGrants(app, []) ? GrantsAsync(app, cancellationToken) : null;
        named ??= await policies;
        var groups = WantsGroups(app, named)
            ? listing.ListAsync(Path(app) + "/groups?limit=200", "apps/*/groups", null, row => row.Text("id"), cancellationToken)
            : Task.FromResult(new Collected<string>([], OnlySome));
        var grants =
            early
            ?? (WantsGrants(app, named) ? GrantsAsync(app, cancellationToken) : Task.FromResult(new Collected<ScopeGrant>([], OnlySome)));
        var secrets = WantsSecrets(app)
            ? listing.ListAsync(Path(app) + "/credentials/secrets", "apps/*/secrets", null, row => row.Text("id"), cancellationToken)
            : Task.CompletedTask;
        await Task.WhenAll(groups, grants, secrets);
        return app with
        {
            Groups = await groups,
            Grants = new Collected<string>(
                [.. (await grants).Where(grant => grant.IsActive).Select(grant => grant.Scope)],
                (await grants).Coverage
            ),
        };
    }

    private Task<Collected<ScopeGrant>> GrantsAsync(OktaApp app, CancellationToken cancellationToken) =>
        listing.ListAsync(Path(app) + "/grants", "apps/*/grants", null, OktaMapping.Grant, cancellationToken);

    private static string Path(OktaApp app) => "api/v1/apps/" + Uri.EscapeDataString(app.Id);

    private static readonly Coverage OnlySome = new Coverage.NotCollected(
        "read only for service apps and for clients that a policy or a gateway names"
    );

    // Priorities are ranks: equal or missing ones keep the order of the answer.
    private static Collected<T> Ordered<T>(Collected<T> items, Func<T, int> priority) => new([.. items.OrderBy(priority)], items.Coverage);
}
