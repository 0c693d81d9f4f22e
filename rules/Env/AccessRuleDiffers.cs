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

        var others = Granted(other.Server, other.Environment, context).ToList();
        var own = Granted(subject.Policy, subject.Rule, subject.Server, other.OwnEnvironment, context);
        var more = More(own, others).ToList();
        return more.Count == 0 ? Verdict.Pass
            : other.IsProduction ? Missing(subject, other, more)
            : Wider(subject, other, more);
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
    private sealed record Grants(AccessPolicy Policy, AccessRule Granting, ImmutableArray<string> People, ImmutableArray<string> Scopes)
    {
        public bool Covers(string grant, string? person, string scope) =>
            Granting.GrantTypes.Contains(grant, StringComparer.Ordinal)
            && (person is null || Granting.IsForEveryone || People.Contains(person, StringComparer.Ordinal))
            && (Granting.GrantsAnyScope || Scopes.Contains(scope, StringComparer.Ordinal));
    }

    private static IEnumerable<Grants> Granted(AuthorizationServer server, string environment, AuditContext context) =>
        server
            .Policies.Items.Where(policy => policy.IsActive)
            .SelectMany(policy =>
                policy.Rules.Items.Where(rule => rule.IsActive).Select(rule => Granted(policy, rule, server, environment, context))
            );

    private static Grants Granted(
        AccessPolicy policy,
        AccessRule rule,
        AuthorizationServer server,
        string environment,
        AuditContext context
    )
    {
        var org = context.Landscape.Okta.FirstOrDefault(candidate => candidate.Host == server.OrgHost);
        string Called(string name) => context.Settings.CalledElsewhere(environment, name);
        return new Grants(
            policy,
            rule,
            [.. rule.Groups.Select(id => Called(org?.FindGroup(id)?.Name ?? id)), .. rule.Users.Select(Called)],
            [.. rule.Scopes.Select(Called)]
        );
    }

    // What a rule grants that no rule of the other server does: by grant, then by people, then by scope; and for longer.
    private static IEnumerable<string> More(Grants own, List<Grants> others)
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

            string?[] people = IssuedGrant.IsService(grant) || own.People.IsEmpty ? [null] : [.. own.People];
            foreach (var person in people)
            {
                var theirs = same.Where(other =>
                        person is null || other.Granting.IsForEveryone || other.People.Contains(person, StringComparer.Ordinal)
                    )
                    .ToList();
                if (theirs.Count == 0)
                {
                    yield return person == AccessRule.Everyone ? "it for everyone" : $"it for '{person}'";
                    continue;
                }

                var scopes = own.Scopes.Where(scope => !theirs.Exists(other => other.Covers(grant, person, scope))).ToList();
                if (scopes.Count > 0)
                {
                    yield return scopes.Contains(AccessRule.AnyScope, StringComparer.Ordinal)
                        ? "every scope"
                        : Phrase.Listed("scope", scopes);
                }

                comparable.UnionWith(theirs.Where(other => own.Scopes.Any(scope => other.Covers(grant, person, scope))));
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
