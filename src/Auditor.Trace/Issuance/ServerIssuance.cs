using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Trace.Issuance;

/// <summary>
/// What an authorization server would issue, to which client, with which grant, through which rule. Policies and rules are an ordered list of permissions: the first rule
/// that matches client, grant, people and all requested scopes decides; one that matches but for a scope is passed over; and there is no rule that forbids (Okta,
/// <i>Policies</i>, <i>Configure an access policy</i> and knowledge article <i>Tokens not issued with lifetime configured in access rule</i>, 2026-08). Reserved scopes are left aside: a client may ask for a custom scope alone, so that they do not change who can obtain it.
/// </summary>
public sealed class ServerIssuance
{
    private static readonly string[] FeatureGrants =
    [
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

    private readonly OktaOrg org;
    private readonly ImmutableArray<(AccessPolicy Policy, AccessRule Rule)> order;

    private ServerIssuance(OktaOrg org, AuthorizationServer server)
    {
        this.org = org;
        Server = server;
        order =
        [
            .. server
                .Policies.Items.Where(policy => policy.IsActive)
                .SelectMany(policy => policy.Rules.Items.Where(rule => rule.IsActive).Select(rule => (policy, rule))),
        ];
        Unread =
            !server.Policies.IsComplete ? server.Policies.Coverage
            : server.Policies.Items.FirstOrDefault(policy => policy.IsActive && !policy.Rules.IsComplete) is { } unread
                ? unread.Rules.Coverage
            : null;
        Grants = server.IsActive ? [.. FindGrants()] : [];
    }

    /// <summary>Works out what a server issues.</summary>
    public static ServerIssuance Of(OktaOrg org, AuthorizationServer server)
    {
        ArgumentNullException.ThrowIfNull(org);
        ArgumentNullException.ThrowIfNull(server);
        return new ServerIssuance(org, server);
    }

    /// <summary>The server.</summary>
    public AuthorizationServer Server { get; }

    /// <summary>The coverage of policies or rules that were not read completely; null when all were. Then <see cref="Grants"/> is not all there is.</summary>
    public Coverage? Unread { get; }

    /// <summary>Whether all clients of the org are known.</summary>
    public bool KnowsClients => org.Apps.IsComplete;

    /// <summary>What clients obtain, in the order of policies, rules, clients and grants. Empty for an inactive server.</summary>
    public ImmutableArray<IssuedGrant> Grants { get; }

    /// <summary>The grants of a rule that get their turn, or may.</summary>
    public IEnumerable<IssuedGrant> LiveGrantsOf(AccessRule rule) =>
        Grants.Where(grant => ReferenceEquals(grant.Rule, rule) && grant.IsLive != false);

    /// <summary>The rules before a rule that match whatever it matches; empty when it gets its turn, or may.</summary>
    /// <returns>The rules, and the points on which it depends whether they do; the rules are those of the best reading when it depends.</returns>
    public (bool? IsShadowed, ImmutableArray<AccessRule> By, ImmutableArray<Reading> DependsOn) Shadow(AccessPolicy policy, AccessRule rule)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(rule);
        var grants = rule.GrantTypes.Where(grant => grant != "refresh_token").ToArray();
        var clients = policy.IsForAllClients ? [AccessPolicy.AllClients] : policy.Clients;
        if (grants.Length == 0 || clients.IsEmpty)
        {
            return (false, [], []);
        }

        var (answer, points) = IssuanceReading.Ask(reading =>
            // A rule that matches nobody under a reading is overshadowed there by whichever rule comes before it, and by none when none does.
            clients.All(client =>
                grants.All(grant => Before(client, rule, grant, reading).Any() && !GetsItsTurn(client, rule, grant, reading))
            )
        );
        if (answer == false)
        {
            return (false, [], []);
        }

        var by = clients.SelectMany(client => grants.SelectMany(grant => Before(client, rule, grant, IssuanceReading.All[0]))).Distinct();
        return (answer, [.. order.Select(entry => entry.Rule).Where(by.Contains)], points);
    }

    /// <summary>Whether some client can obtain one token that carries all of some custom scopes.</summary>
    /// <param name="scopes">The scopes.</param>
    /// <param name="counts">Which clients count.</param>
    public ObtainableAnswer CanObtain(IReadOnlyCollection<string> scopes, Func<GrantClient, bool> counts)
    {
        ArgumentNullException.ThrowIfNull(scopes);
        ArgumentNullException.ThrowIfNull(counts);
        var holders = Grants.Where(grant => IssuanceReading.All.Any(reading => HoldsAll(grant, scopes, reading))).ToList();
        var known = holders.Where(grant => grant.Clients.Any(client => client.App is not null && counts(client))).ToList();
        var (answer, points) = IssuanceReading.Ask(reading => known.Exists(grant => Reaches(grant, scopes, reading)));
        if (answer == true)
        {
            return new ObtainableAnswer(true, [.. known.Where(grant => HoldsAll(grant, scopes, IssuanceReading.All[0]))], []);
        }

        var unknowns = ImmutableArray.CreateBuilder<string>();
        if (answer is null)
        {
            unknowns.AddRange(points.Select(point => point.Question));
        }

        if (Unread is { } unread)
        {
            unknowns.Add($"the policies of {Server.Description} were not all read: {unread.Reason}");
        }

        if (!KnowsClients)
        {
            unknowns.Add($"the clients of the org were not all read: {org.Apps.Coverage.Reason}");
        }

        unknowns.AddRange(
            holders
                .SelectMany(grant => grant.Clients.Where(client => client.App is null).Select(client => (grant.Policy, client.Id)))
                .Select(client => $"client '{client.Id}' of policy '{client.Policy.Name}' is not in the inventory")
                .Distinct(StringComparer.Ordinal)
        );
        return new ObtainableAnswer(unknowns.Count > 0 ? null : false, [], unknowns.ToImmutable());
    }

    private IEnumerable<IssuedGrant> FindGrants()
    {
        // Clients that the same policies admit meet the same rules: one answer serves them all, and an org may have thousands.
        var admitting = order.Select(entry => entry.Policy).Distinct().ToArray();
        var classes = Clients()
            .Where(client => client.App is not { IsActive: false })
            .GroupBy(client => string.Concat(admitting.Select(policy => policy.Admits(client.Id) ? '1' : '0')), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.OrderBy(client => client.Id, StringComparer.Ordinal).ToArray())
            .ToArray();
        var holders = new Dictionary<(int Class, string Grant), ImmutableArray<GrantClient>>();
        foreach (var (policy, rule) in order)
        {
            for (var i = 0; i < classes.Length; i++)
            {
                if (!policy.Admits(classes[i][0].Id))
                {
                    continue;
                }

                foreach (var grant in rule.GrantTypes.Where(grant => grant != "refresh_token"))
                {
                    if (!holders.TryGetValue((i, grant), out var clients))
                    {
                        clients = [.. classes[i].Where(client => client.App is null || Allows(client.App, grant))];
                        holders[(i, grant)] = clients;
                    }

                    if (clients.IsEmpty)
                    {
                        continue;
                    }

                    var id = clients[0].Id;
                    var (live, points) = IssuanceReading.Ask(reading => GetsItsTurn(id, rule, grant, reading));
                    yield return new IssuedGrant
                    {
                        Clients = clients,
                        Grant = grant,
                        Policy = policy,
                        Rule = rule,
                        Scopes = ScopesOf(rule, grant, IssuanceReading.All[0]),
                        IsLive = live,
                        DependsOn = points,
                        NeedsFeature = FeatureGrants.Contains(grant, StringComparer.Ordinal),
                    };
                }
            }
        }
    }

    private IEnumerable<GrantClient> Clients()
    {
        var named = order
            .Where(entry => !entry.Policy.IsForAllClients)
            .SelectMany(entry => entry.Policy.Clients)
            .Distinct(StringComparer.Ordinal);
        var byId = org.Apps.Items.Where(app => app.ClientId is not null).ToLookup(app => app.ClientId!, StringComparer.Ordinal);
        return order.Any(entry => entry.Policy.IsForAllClients)
            ? byId.Select(group => new GrantClient(group.Key, group.First()))
                .Concat(named.Where(id => !byId.Contains(id)).Select(id => new GrantClient(id, null)))
            : named.Select(id => new GrantClient(id, byId[id].FirstOrDefault()));
    }

    // A client whose grant is not among its own may not use it, whatever the rule says.
    private static bool Allows(OktaApp app, string grant) =>
        app.GrantTypes.Contains(grant, StringComparer.Ordinal)
        && (grant != "implicit" || app.ResponseTypes.IsEmpty || app.ResponseTypes.Contains("token", StringComparer.Ordinal));

    private ImmutableArray<string> ScopesOf(AccessRule rule, string grant, IssuanceReading reading)
    {
        var any = rule.GrantsAnyScope || (rule.Scopes.IsEmpty && !reading.NoScopesIsNone);
        return
        [
            .. Server
                .Scopes.Items.Where(scope => scope.IsCustom && (any || rule.Scopes.Contains(scope.Name, StringComparer.Ordinal)))
                // Nobody can consent for a service (Okta, scope consent table).
                .Where(scope => !IssuedGrant.IsService(grant) || scope.Consent != "REQUIRED")
                .Select(scope => scope.Name)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool HoldsAll(AccessRule rule, AccessRule of, IssuanceReading reading) =>
        rule.GrantsAnyScope
        || (rule.Scopes.IsEmpty && !reading.NoScopesIsNone)
        || (!of.GrantsAnyScope && (!of.Scopes.IsEmpty || reading.NoScopesIsNone) && of.Scopes.All(rule.Grants));

    // The rules before one that a client meets with a grant and that leave it no scopes of its own.
    private IEnumerable<AccessRule> Before(string client, AccessRule rule, string grant, IssuanceReading reading) =>
        order
            .TakeWhile(entry => !ReferenceEquals(entry.Rule, rule))
            .Where(entry =>
                entry.Policy.Admits(client)
                && entry.Rule.GrantTypes.Contains(grant, StringComparer.Ordinal)
                && HoldsAll(entry.Rule, rule, reading)
            )
            .Select(entry => entry.Rule);

    private bool GetsItsTurn(string client, AccessRule rule, string grant, IssuanceReading reading) =>
        new RulePeople(grant, org, reading).HasOwn(rule, [.. Before(client, rule, grant, reading)]);

    // An earlier rule that holds all the scopes too takes the request over, and issues the token as well: order changes the lifetime, not what can be obtained.
    private bool Reaches(IssuedGrant grant, IReadOnlyCollection<string> scopes, IssuanceReading reading) =>
        HoldsAll(grant, scopes, reading) && new RulePeople(grant.Grant, org, reading).CanMatch(grant.Rule);

    private bool HoldsAll(IssuedGrant grant, IReadOnlyCollection<string> scopes, IssuanceReading reading)
    {
        var held = ScopesOf(grant.Rule, grant.Grant, reading);
        return scopes.All(scope => held.Contains(scope, StringComparer.Ordinal));
    }
}

/// <summary>Whether a token with some scopes can be obtained.</summary>
/// <param name="Answer">True or false; null when that is not known.</param>
/// <param name="Through">What it is obtained through; empty when it is not.</param>
/// <param name="Unknowns">What is not known, in words.</param>
public sealed record ObtainableAnswer(bool? Answer, ImmutableArray<IssuedGrant> Through, ImmutableArray<string> Unknowns);
