using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Env;

/// <summary>One token works in production and outside of it.</summary>
public sealed class TokenValidInBoth : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-002",
        Name = "token-valid-in-both",
        Title = "A token that works outside of production works in production, too",
        Level = Level.Error,
        SecuritySeverity = 8.2,
        Cwe = 1188,
        Fix = FixKind.Manual,
        YieldsTo = ["ENV-001"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (
            !EnvironmentClass.IsProduction(subject.Environment, context.Settings)
            || subject is not { IsOfToken: true, LeadsToBackend: true }
        )
        {
            return Verdict.NotApplicable;
        }

        if (subject.Server is not { } server)
        {
            return Trust.Of(subject, context).Instead ?? Verdict.NotApplicable;
        }

        var others = context
            .Traced.TokenChecks.Where(other =>
                ReferenceEquals(other.Server, server)
                && other is { IsOfToken: true, LeadsToBackend: true }
                && EnvironmentClass.Of(other.Environment, context.Settings) is "staging" or "development"
                && CanShareAudience(subject, other)
            )
            .OrderBy(other => other.Key, StringComparer.Ordinal)
            .ToList();
        if (others.Count == 0)
        {
            return Verdict.Pass;
        }

        return Shared(subject, others, server, context);
    }

    // What is not known may be the same.
    private static bool CanShareAudience(TokenCheck one, TokenCheck other) =>
        !one.Audience.IsKnown
        || !other.Audience.IsKnown
        || one.Audience.Texts.Intersect(other.Audience.Texts, StringComparer.Ordinal).Any();

    private static Verdict Shared(TokenCheck subject, List<TokenCheck> others, AuthorizationServer server, AuditContext context)
    {
        var issuance = context.Traced.IssuanceOf(server);

        // Many clients obtain the same scopes: what a check does with them is asked once.
        var tokens = issuance
            .Grants.Where(grant => grant.IsLive != false)
            .GroupBy(grant => string.Join(' ', grant.Scopes), StringComparer.Ordinal)
            .Select(same => (Grants: same.ToList(), Token: TokenContents.WithScopes(same.First().Scopes)))
            .Select(same => (same.Grants, same.Token, Here: Admitted(subject, same.Token)))
            .Where(same => same.Here.Answer != false)
            .ToList();
        var environments = new SortedSet<string>(StringComparer.Ordinal);
        var unknowns = new OrderedDictionary<TraceUnknown, bool>();
        foreach (var other in others)
        {
            foreach (var (grants, token, here) in tokens)
            {
                var there = Admitted(other, token);
                if (here.Answer == true && there.Answer == true && grants.Find(grant => grant.IsLive == true) is { } grant)
                {
                    return Fail(subject, other, server, grant.Clients[0].App?.Label ?? grant.Clients[0].Id, grant.Grant);
                }

                if (there.Answer != false)
                {
                    environments.Add(other.Environment!);
                    foreach (var unknown in here.Unknowns.Concat(there.Unknowns))
                    {
                        unknowns.TryAdd(unknown, true);
                    }
                }
            }
        }

        return issuance.Unread is not null ? ServerTrust.Unread(server, context)!
            : environments.Count > 0
                ? Dependence.Open(
                    $"whether a token of {server.Description} that works in {Phrase.Listed("environment", [.. environments])} works in '{subject.Environment}'",
                    [.. unknowns.Keys],
                    subject.Location
                )
            : UnknownClients(server, issuance, context) ?? Verdict.Pass;
    }

    // Where a policy admits all clients, one that was not read may obtain what the others do not.
    private static Verdict.Open? UnknownClients(AuthorizationServer server, ServerIssuance issuance, AuditContext context) =>
        !issuance.KnowsClients && server.Policies.Items.Any(policy => policy is { IsActive: true, IsForAllClients: true })
            ? new Verdict.Open(
                $"which clients obtain tokens of {server.Description} is not known: a policy admits all of them, and the clients of '{server.OrgHost}' were not all read",
                $"the clients of the org ({context.Landscape.Okta.First(org => org.Host == server.OrgHost).Apps.Coverage.Reason})",
                server.Location
            )
            : null;

    // Whether a token with these scopes gets to a backend through a check.
    private static TokenAccess Admitted(TokenCheck check, TokenContents token)
    {
        var unknowns = new List<TraceUnknown>();
        var isOpen = false;
        foreach (var operation in check.Endpoint.Operations.Where(one => one.Checks.Any(item => ReferenceEquals(item.Check, check))))
        {
            var access = IsClosedToKeys(operation) ? new TokenAccess(false, []) : operation.Admits(token);
            if (access.Answer == true)
            {
                return access;
            }

            isOpen |= access.Answer is null;
            unknowns.AddRange(access.Unknowns);
        }

        return new TokenAccess(isOpen ? null : false, [.. unknowns]);
    }

    // Where a key is asked for as well, some product must open the operation in that environment.
    private static bool IsClosedToKeys(Operation operation) =>
        operation.Products.IsEmpty
        && operation.Endpoint.Program.Organization.Products.IsComplete
        && operation.Checks.Any(item => item is { Always: true, Check.Kind: TokenCheckKind.ApiKey });

    private static Verdict.Fail Fail(TokenCheck subject, TokenCheck other, AuthorizationServer server, string client, string grant) =>
        new()
        {
            Message =
                $"Environments '{subject.Environment}' and '{other.Environment}' accept the same tokens of {server.Description}: what client '{client}' obtains by {grant} to test with works in production, too.",
            Location = subject.Location,
            Cause = $"{server.OrgHost}/{server.Id}/{subject.Environment}/{other.Environment}",
            FollowsFrom = [ForeignEnvironmentIssuer.CauseOf(subject), ForeignEnvironmentIssuer.CauseOf(other)],
            Facts =
            [
                new Fact("gateway", "audience", subject.Audience.Words, subject.Audience.Origin ?? subject.Location),
                new Fact("okta", "issuer", server.Issuer, server.Location),
            ],
            Related =
            [
                new RelatedPlace(server.Location, "the server that both trust"),
                .. other.Location == subject.Location
                    ? []
                    : new[] { new RelatedPlace(other.Location, $"the check in '{other.Environment}'") },
            ],
            Remedy =
                $"Give '{other.Environment}' an authorization server of its own, with an audience of its own, and let '{subject.Environment}' demand what only production issues.",
        };
}
