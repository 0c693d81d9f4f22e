using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Env;

/// <summary>What an access rule of production grants is not what the authorization server that tests are made with grants.</summary>
public sealed class AccessRuleDiffers : IRule<ServerRule>
{
    // Okta's defaults where a rule says nothing (management API, 2026-08).
    private const int AccessMinutes = 60;
    private const int RefreshMinutes = 0;

    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-006",
        Name = "access-rule-differs",
        Title = "Access policies of production grant what those that tests are made with do not, or the reverse",
        Level = Level.Warning,
        SecuritySeverity = 5.0,
        Fix = FixKind.Manual,
        YieldsTo = ["TOK-001", "TOK-002", "SCP-008"],
        Subjects = "access rules",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerRule subject, AuditContext context)
    {
        if (!subject.IsInForce || Counterpart.Of(subject.Server, context) is not { } other)
        {
            return Verdict.NotApplicable;
        }

        if ((ServerTrust.Unread(subject.Server, context) ?? ServerTrust.Unread(other.Server, context)) is { } unread)
        {
            return unread;
        }

        var people = new PeopleNames(subject.Server, other, context);
        var others = Granted(other.Server, other.Environment, people, context).ToList();
        var own = Granted(subject.Policy, subject.Rule, subject.Server, other.OwnEnvironment, people, context);
        if (!More(own, others, mayBe: false).Any())
        {
            return Verdict.Pass;
        }

        // People whose names are not known may be any of the others: only what differs even then differs.
        var more = More(own, others, mayBe: true).ToList();
        return more.Count == 0 ? NotNamed(subject, other, own, others)
            : other.IsProduction ? Missing(subject, other, more)
            : Wider(subject, other, more);
    }

    private static Verdict.Open NotNamed(ServerRule subject, Counterpart other, Grants own, List<Grants> others)
    {
        var unnamed = own.People.Concat(others.SelectMany(grants => grants.People)).Where(person => person.Unnamed is not null).ToList();
        var first = unnamed.Find(person => person.Unnamed is { Cause: not null }) ?? unnamed[0];
        return new Verdict.Open(
            $"whether {other.Server.Description} of environment '{other.Environment}' grants what rule '{subject.Rule.Name}' of {subject.Server.Description} grants in '{other.OwnEnvironment}' is not known: {first.Unnamed!.Why}",
            first.Unnamed.Closes,
            subject.Location
        )
        {
            Cause = first.Unnamed.Cause,
        };
    }

    /// <summary>The server that the same check trusts in production or outside of it, as the other one.</summary>
    private sealed record Counterpart(AuthorizationServer Server, string Environment, string OwnEnvironment, bool IsProduction)
    {
        public static Counterpart? Of(AuthorizationServer server, AuditContext context)
        {
            var own = context
                .Traced.TokenChecks.Where(check => ReferenceEquals(check.Server, server) && check.Role == TokenRole.Bearer)
                .OrderBy(check => check.Key, StringComparer.Ordinal)
                .ToList();
            var isProduction = own.Exists(check => EnvironmentClass.IsProduction(check.Environment, context.Settings));
            if (isProduction && own.Exists(check => IsOutside(check, context)))
            {
                // One server for both: there is nothing to compare, and token-valid-in-both says so.
                return null;
            }

            foreach (var check in own.Where(check => isProduction || IsOutside(check, context)))
            {
                var other = context.Traced.TokenChecks.FirstOrDefault(candidate =>
                    candidate is { Server: not null, Role: TokenRole.Bearer }
                    && !ReferenceEquals(candidate.Server, server)
                    && candidate.Policy.Name == check.Policy.Name
                    && candidate.Owner.Name == check.Owner.Name
                    && candidate.Endpoint.Program.Bundle.Name == check.Endpoint.Program.Bundle.Name
                    && candidate.Endpoint.Program.Endpoint?.Name == check.Endpoint.Program.Endpoint?.Name
                    && (
                        isProduction
                            ? IsOutside(candidate, context)
                            : EnvironmentClass.IsProduction(candidate.Environment, context.Settings)
                    )
                );
                if (other is not null)
                {
                    return new Counterpart(other.Server!, other.Environment!, check.Environment!, !isProduction);
                }
            }

            return null;
        }

        private static bool IsOutside(TokenCheck check, AuditContext context) =>
            EnvironmentClass.Of(check.Environment, context.Settings) is "staging" or "development";
    }

    /// <summary>What a rule grants, in names that both environments have.</summary>
    private sealed record Grants(AccessPolicy Policy, AccessRule Granting, ImmutableArray<Person> People, ImmutableArray<string> Scopes)
    {
        public bool Admits(Person? person, bool mayBe) =>
            person is null || Granting.IsForEveryone || People.Any(other => other.IsSame(person, mayBe));

        public bool Covers(string grant, Person? person, string scope, bool mayBe) =>
            Granting.GrantTypes.Contains(grant, StringComparer.Ordinal)
            && Admits(person, mayBe)
            && (Granting.GrantsAnyScope || Scopes.Contains(scope, StringComparer.Ordinal));
    }

    /// <summary>A group or a user, as the other environment calls them.</summary>
    /// <param name="Name">The name; the id where the name is not known.</param>
    /// <param name="Unnamed">Why it is not known what they are called there; null when it is.</param>
    private sealed record Person(string Name, Unnamed? Unnamed)
    {
        public bool IsSame(Person other, bool mayBe) =>
            string.Equals(Name, other.Name, StringComparison.Ordinal) || (mayBe && (Unnamed ?? other.Unnamed) is not null);
    }

    /// <summary>Why a name is not known.</summary>
    private sealed record Unnamed(string Why, string Closes, string? Cause);

    /// <summary>What the people of two servers are called. Ids mean something in their own org only.</summary>
    private sealed class PeopleNames(AuthorizationServer own, Counterpart other, AuditContext context)
    {
        private readonly bool isOneOrg = own.OrgHost == other.Server.OrgHost;
        private readonly bool hasNames = context.Settings.Pairs.Any(pair =>
            !pair.Names.IsEmpty && (pair.Environment == other.Environment || pair.Environment == other.OwnEnvironment)
        );

        public Person Group(string id, OktaOrg? org, string environment)
        {
            var name = org?.FindGroup(id)?.Name;
            var called = context.Settings.CalledElsewhere(environment, name ?? id);
            var isNamed =
                name is not null
                || id == AccessRule.Everyone
                || called != id
                || org is null or { Groups.IsComplete: true }
                || (isOneOrg && !hasNames);
            return new Person(
                called,
                isNamed
                    ? null
                    : new Unnamed(
                        $"the groups of '{org!.Host}' were not all read",
                        $"the groups of the org ({org.Groups.Coverage.Reason})",
                        $"{org.Host}/groups"
                    )
            );
        }

        public Person User(string id, string environment)
        {
            var called = context.Settings.CalledElsewhere(environment, id);
            return new Person(
                called,
                isOneOrg || called != id
                    ? null
                    : new Unnamed(
                        $"who user '{id}' of environment '{environment}' is in the other org is not declared",
                        $"the user's id in the other org, among 'names' of the environment in auditor.yaml",
                        null
                    )
            );
        }
    }

    private static IEnumerable<Grants> Granted(AuthorizationServer server, string environment, PeopleNames people, AuditContext context) =>
        server
            .Policies.Items.Where(policy => policy.IsActive)
            .SelectMany(policy =>
                policy.Rules.Items.Where(rule => rule.IsActive).Select(rule => Granted(policy, rule, server, environment, people, context))
            );

    private static Grants Granted(
        AccessPolicy policy,
        AccessRule rule,
        AuthorizationServer server,
        string environment,
        PeopleNames people,
        AuditContext context
    )
    {
        var org = context.Landscape.Okta.FirstOrDefault(candidate => candidate.Host == server.OrgHost);
        return new Grants(
            policy,
            rule,
            [.. rule.Groups.Select(id => people.Group(id, org, environment)), .. rule.Users.Select(id => people.User(id, environment))],
            [.. rule.Scopes.Select(scope => context.Settings.CalledElsewhere(environment, scope))]
        );
    }

    // What a rule grants that no rule of the other server does: by grant, then by people, then by scope; and for longer.
    private static IEnumerable<string> More(Grants own, List<Grants> others, bool mayBe)
    {
        var comparable = new HashSet<Grants>();
        foreach (var grant in own.Granting.GrantTypes)
        {
            var same = others.Where(other => other.Granting.GrantTypes.Contains(grant, StringComparer.Ordinal)).ToList();
            if (same.Count == 0)
            {
                yield return $"grant '{grant}'";
                continue;
            }

            Person?[] people = IssuedGrant.IsService(grant) || own.People.IsEmpty ? [null] : [.. own.People];
            foreach (var person in people)
            {
                var theirs = same.Where(other => other.Admits(person, mayBe)).ToList();
                if (theirs.Count == 0)
                {
                    yield return person!.Name == AccessRule.Everyone ? "it for everyone" : $"it for '{person.Name}'";
                    continue;
                }

                var scopes = own.Scopes.Where(scope => !theirs.Exists(other => other.Covers(grant, person, scope, mayBe))).ToList();
                if (scopes.Count > 0)
                {
                    yield return scopes.Contains(AccessRule.AnyScope, StringComparer.Ordinal)
                        ? "every scope"
                        : Phrase.Listed("scope", scopes);
                }

                comparable.UnionWith(theirs.Where(other => own.Scopes.Any(scope => other.Covers(grant, person, scope, mayBe))));
            }
        }

        if (own.Policy.IsForAllClients && others.Count > 0 && !others.Exists(other => other.Policy.IsForAllClients))
        {
            yield return "it to all clients";
        }

        if (comparable.Count > 0)
        {
            if (
                Longer(
                    "access tokens",
                    own.Granting.AccessTokenMinutes ?? AccessMinutes,
                    comparable.Max(other => other.Granting.AccessTokenMinutes ?? AccessMinutes)
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
                    comparable.Max(other => Endless(other.Granting.RefreshTokenMinutes ?? RefreshMinutes))
                )
                    is { } refresh
            )
            {
                yield return refresh;
            }
        }
    }

    private static int Endless(int minutes) => minutes == 0 ? int.MaxValue : minutes;

    private static string? Longer(string what, int own, int other) =>
        own <= other ? null
        : own == int.MaxValue ? $"{what} without an end instead of for {Minutes(other)}"
        : $"{what} for {Minutes(own)} instead of {Minutes(other)}";

    private static string Minutes(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes");

    private static Verdict.Fail Wider(ServerRule subject, Counterpart other, List<string> more) =>
        new()
        {
            Message =
                $"Rule '{subject.Rule.Name}' of {subject.Server.Description}, which environment '{other.OwnEnvironment}' trusts, grants {Few(more)}; {other.Server.Description} of environment '{other.Environment}' does not. No test there shows what that opens.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "wider",
            FollowsFrom = [subject.Key + "/refresh"],
            Related = [new RelatedPlace(other.Server.Location, $"the server of '{other.Environment}'")],
            Remedy = "Make both servers grant the same, best from one source for both, or accept the difference with its reason.",
        };

    private static Verdict.Fail Missing(ServerRule subject, Counterpart other, List<string> more) =>
        new()
        {
            Message =
                $"Rule '{subject.Rule.Name}' of {subject.Server.Description}, which environment '{other.OwnEnvironment}' trusts, grants {Few(more)}; {other.Server.Description} of environment '{other.Environment}' does not. What works there is refused in production.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "narrower",
            Level = Level.Note,
            SecuritySeverity = 3.5,
            Related = [new RelatedPlace(other.Server.Location, $"the server of '{other.Environment}'")],
            Remedy = "Make both servers grant the same, best from one source for both, or accept the difference with its reason.",
        };

    private static string Few(List<string> words)
    {
        var all = words.Distinct(StringComparer.Ordinal).ToList();
        return all.Count <= 4
            ? Phrase.And(all)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", all.Take(4))} and {all.Count - 4} more");
    }
}
