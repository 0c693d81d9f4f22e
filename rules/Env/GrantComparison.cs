using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Env;

/// <summary>Something that one server grants and the other does not.</summary>
/// <param name="Words">What, behind <c>grants</c>: <c>it for 'staff'</c>.</param>
/// <param name="IsOfServer">Whether it is the server's, and the same for other rules.</param>
internal sealed record Difference(string Words, bool IsOfServer = false);

/// <summary>Something without which two servers cannot be compared.</summary>
/// <param name="Why">A clause.</param>
/// <param name="Closes">What would have to be known.</param>
/// <param name="Cause">What several rules wait for, by stable names; null when it is this one.</param>
internal sealed record UnknownPart(string Why, string Closes, string? Cause);

/// <summary>What a rule of one server grants, compared with what any rule of the other does, in names that both environments have.</summary>
internal sealed class GrantComparison
{
    // Okta's defaults where a rule says nothing (management API, 2026-08).
    private const int AccessMinutes = 60;
    private const int RefreshMinutes = 0;

    private readonly ServerRule rule;
    private readonly Counterpart other;
    private readonly AuditContext context;
    private readonly PeopleNames names;
    private readonly Grants own;
    private readonly List<Grants> others;

    public GrantComparison(ServerRule rule, Counterpart other, AuditContext context)
    {
        (this.rule, this.other, this.context) = (rule, other, context);
        names = new PeopleNames(rule.Server, other, context);
        own = Granted(rule.Policy, rule.Rule, rule.Server, other.OwnEnvironment);
        others =
        [
            .. other
                .Server.Policies.Items.Where(policy => policy.IsActive)
                .SelectMany(policy =>
                    policy
                        .Rules.Items.Where(granting => granting.IsActive)
                        .Select(granting => Granted(policy, granting, other.Server, other.Environment))
                ),
        ];
    }

    /// <summary>What may make a difference, or none, and is not known; null when all is.</summary>
    public UnknownPart? Unknown
    {
        get
        {
            var people = others.Prepend(own).SelectMany(grants => grants.People.Concat(grants.Excluded)).Select(person => person.Unnamed);
            return people
                .Append(UnreadApps)
                .Append(Unread(rule.Server))
                .Append(Unread(other.Server))
                .OfType<UnknownPart>()
                .MinBy(part => part.Cause is null);
        }
    }

    /// <summary>What the rule grants that no rule of the other server does: by grant, then by people, then by scope; for longer, to more clients, with more in the token.</summary>
    /// <param name="mayBe">Whether what is not known is taken to be the same.</param>
    public IEnumerable<Difference> More(bool mayBe) =>
        Access(mayBe, out var comparable)
            .Concat(Lifetimes(comparable))
            .Select(words => new Difference(words))
            .Concat(Claims(mayBe).Select(words => new Difference(words, IsOfServer: true)));

    private List<string> Access(bool mayBe, out HashSet<Grants> comparable)
    {
        var more = new List<string>();
        comparable = [];
        foreach (var grant in own.Granting.GrantTypes)
        {
            var same = others.Where(candidate => candidate.Granting.GrantTypes.Contains(grant, StringComparer.Ordinal)).ToList();
            if (same.Count == 0)
            {
                more.Add($"grant '{grant}'");
                continue;
            }

            Person?[] people = IssuedGrant.IsService(grant) || own.People.IsEmpty ? [null] : [.. own.People];
            foreach (var person in people)
            {
                var theirs = same.Where(candidate => candidate.Admits(person, mayBe)).ToList();
                if (theirs.Count == 0)
                {
                    more.Add(person!.Name == AccessRule.Everyone ? "it for everyone" : $"it for '{person.Name}'");
                    continue;
                }

                var scopes = own.Scopes.Where(scope => !theirs.Exists(candidate => candidate.Covers(grant, person, scope, mayBe))).ToList();
                if (scopes.Count > 0)
                {
                    more.Add(scopes.Contains(AccessRule.AnyScope, StringComparer.Ordinal) ? "every scope" : Phrase.Listed("scope", scopes));
                }

                if (person is not null && NotExcluded(theirs, mayBe) is { Count: > 0 } also)
                {
                    more.Add($"it for '{person.Name}' without excluding {Phrase.List(also)}");
                }

                comparable.UnionWith(theirs.Where(candidate => own.Scopes.Any(scope => candidate.Covers(grant, person, scope, mayBe))));
            }

            more.AddRange(MoreClients(grant, same, mayBe));
        }

        if (own.Policy.IsForAllClients && others.Count > 0 && !others.Exists(candidate => candidate.Policy.IsForAllClients))
        {
            more.Add("it to all clients");
        }

        if (
            own.Granting.InlineHookId is not null
            && comparable.Count > 0
            && comparable.All(candidate => candidate.Granting.InlineHookId is null)
        )
        {
            more.Add("tokens that an inline hook may change");
        }

        return more;
    }

    // Whom every rule there excludes, and the rule here does not.
    private List<string> NotExcluded(List<Grants> theirs, bool mayBe) =>
        [
            .. theirs[0]
                .Excluded.Where(excluded =>
                    theirs.TrueForAll(candidate => candidate.Excluded.Any(person => person.IsSame(excluded, !mayBe)))
                    && !own.Excluded.Any(person => person.IsSame(excluded, mayBe))
                )
                .Select(person => person.Name)
                .Distinct(StringComparer.Ordinal),
        ];

    // Only a client that the other org knows by the same name could be admitted there: tests are made with others on purpose.
    private IEnumerable<string> MoreClients(string grant, List<Grants> same, bool mayBe)
    {
        if (!HasOwnClients || same.Exists(theirs => theirs.Policy.IsForAllClients))
        {
            yield break;
        }

        if (!mayBe && UnreadApps is not null)
        {
            yield return "it to other clients";
            yield break;
        }

        var theirApps = AppsOf(other.Server)
            .ToLookup(app => context.Settings.CalledElsewhere(other.Environment, app.Label), StringComparer.Ordinal);
        var apps = AppsOf(rule.Server)
            .Where(app =>
                own.Policy.Clients.Contains(app.ClientId!, StringComparer.Ordinal) && app.GrantTypes.Contains(grant, StringComparer.Ordinal)
            );
        foreach (var app in apps)
        {
            var called = theirApps[context.Settings.CalledElsewhere(other.OwnEnvironment, app.Label)].ToList();
            if (called.Count > 0 && !called.Exists(there => same.Exists(theirs => theirs.Policy.Admits(there.ClientId!))))
            {
                yield return $"it to client '{app.Label}'";
            }
        }
    }

    private bool HasOwnClients => rule.Server.OrgHost != other.Server.OrgHost && !own.Policy.IsForAllClients;

    private UnknownPart? UnreadApps =>
        HasOwnClients
        && context.Landscape.Okta.FirstOrDefault(org =>
            (org.Host == rule.Server.OrgHost || org.Host == other.Server.OrgHost) && !org.Apps.IsComplete
        )
            is { } unread
            ? new UnknownPart(
                $"the clients of '{unread.Host}' were not all read",
                $"the clients of the org ({unread.Apps.Coverage.Reason})",
                $"{unread.Host}/apps"
            )
            : null;

    private IEnumerable<OktaApp> AppsOf(AuthorizationServer server) =>
        context
            .Landscape.Okta.Where(org => org.Host == server.OrgHost)
            .SelectMany(org => org.Apps.Items)
            .Where(app => app.ClientId is not null);

    private IEnumerable<string> Lifetimes(HashSet<Grants> comparable)
    {
        if (comparable.Count == 0)
        {
            yield break;
        }

        if (
            Longer(
                "access tokens",
                own.Granting.AccessTokenMinutes ?? AccessMinutes,
                comparable.Max(candidate => candidate.Granting.AccessTokenMinutes ?? AccessMinutes)
            ) is
            { } access
        )
        {
            yield return access;
        }

        // Zero is no end.
        if (
            own.Granting.GrantTypes.Any(grant => !IssuedGrant.IsService(grant))
            && Longer(
                "refresh tokens",
                Endless(own.Granting.RefreshTokenMinutes ?? RefreshMinutes),
                comparable.Max(candidate => Endless(candidate.Granting.RefreshTokenMinutes ?? RefreshMinutes))
            )
                is { } refresh
        )
        {
            yield return refresh;
        }
    }

    private static int Endless(int minutes) => minutes == 0 ? int.MaxValue : minutes;

    private static string? Longer(string what, int own, int other) =>
        own <= other ? null
        : own == int.MaxValue ? $"{what} without an end instead of for {Minutes(other)}"
        : $"{what} for {Minutes(own)} instead of {Minutes(other)}";

    private static string Minutes(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes");

    // The claims of the rule's tokens that the other server's never carry, or with another content, which is told where it is production's.
    private IEnumerable<string> Claims(bool mayBe)
    {
        if (!mayBe && (Unread(rule.Server) ?? Unread(other.Server)) is not null)
        {
            yield return "claims";
            yield break;
        }

        foreach (
            var claim in rule
                .Server.Claims.Items.Where(claim =>
                    claim.IsInAccessTokens && (claim.Scopes.IsEmpty || own.Granting.GrantsAnyScope || claim.Scopes.Any(own.Granting.Grants))
                )
                .DistinctBy(claim => claim.Name, StringComparer.Ordinal)
        )
        {
            var name = context.Settings.CalledElsewhere(other.OwnEnvironment, claim.Name);
            var theirs = other
                .Server.Claims.Items.Where(there =>
                    there.IsInAccessTokens
                    && string.Equals(context.Settings.CalledElsewhere(other.Environment, there.Name), name, StringComparison.Ordinal)
                )
                .ToList();
            if (theirs.Count == 0)
            {
                if (other.Server.Claims.IsComplete)
                {
                    yield return $"claim '{claim.Name}'";
                }
            }
            else if (!other.IsProduction && !theirs.Exists(there => IsAlike(claim, there)))
            {
                yield return $"claim '{claim.Name}' with another content";
            }
        }
    }

    private bool IsAlike(Claim claim, Claim there) =>
        claim.ValueType == there.ValueType
        && claim.GroupFilter == there.GroupFilter
        && context.Settings.CalledElsewhere(other.OwnEnvironment, claim.Value ?? "")
            == context.Settings.CalledElsewhere(other.Environment, there.Value ?? "");

    private static UnknownPart? Unread(AuthorizationServer server) =>
        server.Claims.IsComplete
            ? null
            : new UnknownPart(
                $"the claims of {server.Description} were not all read",
                $"the claims of the server ({server.Claims.Coverage.Reason})",
                $"{server.OrgHost}/{server.Id}/claims"
            );

    private Grants Granted(AccessPolicy policy, AccessRule granting, AuthorizationServer server, string environment)
    {
        var org = context.Landscape.Okta.FirstOrDefault(candidate => candidate.Host == server.OrgHost);
        return new Grants(
            policy,
            granting,
            People(granting.Groups, granting.Users),
            // Who is in everyone cannot be excluded (Okta, terraform-create-custom-auth-server).
            granting.IsForEveryone
                ? []
                : People(granting.ExcludedGroups, granting.ExcludedUsers),
            [.. granting.Scopes.Select(scope => context.Settings.CalledElsewhere(environment, scope))]
        );

        ImmutableArray<Person> People(ImmutableArray<string> groups, ImmutableArray<string> users) =>
            [.. groups.Select(id => names.Group(id, org, environment)), .. users.Select(id => names.User(id, environment))];
    }

    /// <summary>What a rule grants, in names that both environments have.</summary>
    private sealed record Grants(
        AccessPolicy Policy,
        AccessRule Granting,
        ImmutableArray<Person> People,
        ImmutableArray<Person> Excluded,
        ImmutableArray<string> Scopes
    )
    {
        public bool Admits(Person? person, bool mayBe) =>
            person is null || Granting.IsForEveryone || People.Any(other => other.IsSame(person, mayBe));

        public bool Covers(string grant, Person? person, string scope, bool mayBe) =>
            Granting.GrantTypes.Contains(grant, StringComparer.Ordinal)
            && Admits(person, mayBe)
            && (Granting.GrantsAnyScope || Scopes.Contains(scope, StringComparer.Ordinal));
    }
}
