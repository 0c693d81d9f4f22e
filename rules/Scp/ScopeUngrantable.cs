using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Rules.Env;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Scp;

/// <summary>No client can obtain a token with the scopes that an operation needs.</summary>
public sealed class ScopeUngrantable : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-003",
        Name = "scope-ungrantable",
        Title = "No client can obtain the scopes that an operation needs",
        Level = Level.Error,
        SecuritySeverity = 6.0,
        Cwe = 863,
        Fix = FixKind.Manual,
        IsCore = true,
        YieldsTo = ["ENV-001"],
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context)
    {
        if (subject.Requirement is not { AsksForScopes: true } requirement)
        {
            return Verdict.NotApplicable;
        }

        var check = subject
            .Checks.Select(item => item.Check)
            .FirstOrDefault(check => check is { IsOfToken: true, Kind: TokenCheckKind.Jwt });
        if (check is null)
        {
            return Verdict.NotApplicable;
        }

        var trust = Trust.Of(check, context);
        if (trust.Server is not { } server)
        {
            return trust.Instead!;
        }

        if (!server.IsActive)
        {
            // It issues nothing at all, which other rules say.
            return Verdict.NotApplicable;
        }

        if (!server.Scopes.IsComplete)
        {
            return server.Scopes.Coverage.IsGap
                ? new Verdict.NotAssessed($"the scopes of {server.Description}: {server.Scopes.Coverage.Reason}", server.Location)
                : new Verdict.Open($"the scopes of {server.Description} were not collected", "the scopes of the server", server.Location);
        }

        var known = server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name).ToList();
        var sets = requirement.ScopeSets(known);
        if (sets.Any(set => set.All(scope => Scope.Reserved.Contains(scope, StringComparer.Ordinal))))
        {
            return Verdict.Pass;
        }

        // A scope that is not defined is another rule's business.
        sets = [.. sets.Where(set => set.All(scope => known.Contains(scope, StringComparer.Ordinal)))];
        if (sets.IsEmpty)
        {
            return Verdict.NotApplicable;
        }

        if (ServerTrust.Unread(server, context) is { } unread)
        {
            return unread;
        }

        var issuance = context.Traced.IssuanceOf(server);
        var answers = sets.Select(set => (Set: set, Answer: issuance.CanObtain(set, client => HasKey(client, subject)))).ToList();
        if (answers.Exists(item => item.Answer.Answer == true))
        {
            return Verdict.Pass;
        }

        var unknowns = answers.SelectMany(item => item.Answer.Unknowns).Distinct(StringComparer.Ordinal).ToList();
        if (Trust.HookOf(server, context.Landscape) is { } hook)
        {
            unknowns.Add($"inline hook '{hook.Hook}' of rule '{hook.Rule.Name}' may change what a token carries");
        }

        if (unknowns.Count > 0)
        {
            return new Verdict.Open(
                $"whether any client can obtain {Words(sets[0])} of {server.Description} is not known: {string.Join("; ", unknowns)}",
                "the clients of the org, or a test in it",
                server.Location
            );
        }

        return Fail(subject, check, server, issuance, sets[0]);
    }

    private static Verdict.Fail Fail(
        Operation subject,
        TokenCheck check,
        AuthorizationServer server,
        ServerIssuance issuance,
        ImmutableArray<string> set
    )
    {
        var place = subject
            .Requirement!.Atoms.Where(atom => atom.Claim.IsScope)
            .SelectMany(atom => atom.Places)
            .FirstOrDefault(subject.Location);
        var nearest = issuance
            .Grants.OrderByDescending(grant => set.Count(scope => grant.Scopes.Contains(scope, StringComparer.Ordinal)))
            .FirstOrDefault();
        var holders = issuance.Grants.Where(grant => set.All(scope => grant.Scopes.Contains(scope, StringComparer.Ordinal))).ToList();
        var lacking = set.Where(scope => !issuance.Grants.Any(grant => grant.Scopes.Contains(scope, StringComparer.Ordinal))).ToList();
        var why =
            lacking.Count > 0 ? $"no active access rule that a client can use grants {Phrase.List(lacking)}"
            : holders.Count == 0 ? $"no access rule grants {Phrase.List(set)} together, and a token comes from one rule"
            : holders.TrueForAll(grant => grant.IsLive == false)
                ? $"{Phrase.Listed("rule", [.. holders.Select(grant => grant.Rule.Name).Distinct(StringComparer.Ordinal)])} would grant {(set.Length == 1 ? "it" : "them")}, but earlier rules match first"
            : "the clients that could obtain it have no approved key of a product that opens the operation";
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(server.Description[0])}{server.Description[1..]} issues to no client a token with {Words(set)}, which {subject.Name} of {subject.Endpoint.Program.Bundle.Description} needs: {why}.",
            Location = nearest?.Rule.Location ?? server.Location,
            Cause = $"{server.OrgHost}/{server.Id}/{string.Join('+', set)}",
            FollowsFrom = [ForeignEnvironmentIssuer.CauseOf(check)],
            Facts =
            [
                new Fact("gateway", "required scopes", string.Join(", ", set), place),
                new Fact("okta", "granted together", "to no client", nearest?.Rule.Location ?? server.Location),
            ],
            Related = [new RelatedPlace(place, "asks for the scope")],
            Remedy = $"Grant {Words(set)} in one access rule to the clients that are meant to call the operation, or ask for less.",
        };
    }

    private static string Words(ImmutableArray<string> set) => Phrase.Listed("scope", set);

    // Where the key of the caller's app is verified by the client id of the token, only clients with an approved key get through.
    private static bool HasKey(GrantClient client, Operation operation)
    {
        var organization = operation.Endpoint.Program.Organization;
        if (
            operation.Products.IsEmpty
            || !organization.Apps.IsComplete
            || !operation.Checks.Any(item =>
                item is { Always: true, Check.Policy: VerifyApiKeyPolicy { ApiKey.Reference: { } reference } }
                && (reference.EndsWith(".cid", StringComparison.Ordinal) || reference.EndsWith(".client_id", StringComparison.Ordinal))
            )
        )
        {
            return true;
        }

        return organization
            .Apps.SelectMany(app => app.Credentials)
            .Any(credential =>
                string.Equals(credential.ConsumerKey, client.Id, StringComparison.Ordinal)
                && credential.Products.Any(own =>
                    operation.Products.Any(grant => string.Equals(grant.Product.Name, own.Product, StringComparison.Ordinal))
                )
            );
    }
}
