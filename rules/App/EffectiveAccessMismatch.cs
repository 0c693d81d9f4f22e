using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.App;

/// <summary>What Okta grants a client and what its API products open do not meet.</summary>
public sealed class EffectiveAccessMismatch : IRule<LinkedClient>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "APP-004",
        Name = "effective-access-mismatch",
        Title = "What Okta grants a client and what its API products open do not meet",
        Level = Level.Warning,
        SecuritySeverity = 6.0,
        Cwe = 863,
        Fix = FixKind.Manual,
        YieldsTo = ["SCP-008"],
        Subjects = "linked clients",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(LinkedClient subject, AuditContext context)
    {
        var operations = context
            .Traced.Operations.Where(operation =>
                operation.Endpoint.Program.Organization == subject.Organization && operation.Requirement is { AsksForScopes: true }
            )
            .Select(operation =>
                (
                    Operation: operation,
                    Server: operation
                        .Checks.Select(item => item.Check.Server)
                        .FirstOrDefault(server => server is not null && server.OrgHost == subject.Org.Host)
                )
            )
            .Where(pair => pair.Server is { IsActive: true })
            .Select(pair => (pair.Operation, Server: pair.Server!))
            .ToList();
        if (operations.Count == 0 || !subject.App.IsActive)
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Organization.Products.IsComplete)
        {
            return subject.Organization.Products.Coverage.IsGap
                ? new Verdict.NotAssessed(
                    $"the API products of '{subject.Organization.Name}': {subject.Organization.Products.Coverage.Reason}"
                )
                : new Verdict.Open($"the API products of '{subject.Organization.Name}' were not collected", "the API products");
        }

        foreach (var server in operations.Select(pair => pair.Server).Distinct())
        {
            if (ServerTrust.Unread(server, context) is { } unread)
            {
                return unread;
            }
        }

        var approved = subject
            .Credential.Products.Where(item => item.Status is null or "approved")
            .Select(item => item.Product)
            .ToHashSet(StringComparer.Ordinal);
        var opened = operations.Where(pair => pair.Operation.Products.Any(grant => approved.Contains(grant.Product.Name))).ToList();
        if (DeadProduct(subject, opened, approved, context) is { } dead)
        {
            return dead;
        }

        foreach (var server in operations.Select(pair => pair.Server).Distinct())
        {
            var mine = Grants(subject, server, context).SelectMany(grant => grant.Scopes).Distinct(StringComparer.Ordinal);
            foreach (var scope in mine.Order(StringComparer.Ordinal))
            {
                var asking = operations.Where(pair => pair.Server == server && Asks(pair.Operation, scope)).ToList();
                if (asking.Count > 0 && !asking.Exists(opened.Contains))
                {
                    return OverGrant(subject, server, scope, asking[0].Operation, context);
                }
            }
        }

        return Verdict.Pass;
    }

    private static Verdict.Fail? DeadProduct(
        LinkedClient subject,
        List<(Operation Operation, AuthorizationServer Server)> opened,
        HashSet<string> approved,
        AuditContext context
    )
    {
        foreach (var product in approved.Order(StringComparer.Ordinal))
        {
            var own = opened
                .Where(pair =>
                    pair.Operation.Products.Any(grant => grant.Product.Name == product)
                    // What nobody can call is another rule's business.
                    && CanCall(pair.Operation, pair.Server, context.Traced.IssuanceOf(pair.Server).Grants)
                )
                .ToList();
            // A client that obtains nothing from the server is not meant to be one of its clients, or not yet.
            if (
                own.Count == 0
                || !own.Exists(pair => Grants(subject, pair.Server, context).Any(grant => !grant.Scopes.IsEmpty))
                || own.Exists(pair => CanCall(pair.Operation, pair.Server, Grants(subject, pair.Server, context)))
            )
            {
                continue;
            }

            return new Verdict.Fail
            {
                Message =
                    $"App '{subject.GatewayApp.Name}' has an approved key of product '{product}', but {own[0].Server.Description} grants client '{subject.App.Label}' no token that {Phrase.List([.. own.Select(pair => pair.Operation.Name)])} would accept.",
                Location = subject.Location,
                Cause = $"{subject.Key}/{product}",
                Code = "product",
                Facts =
                [
                    new Fact("product", "opens", string.Join(", ", own.Select(pair => pair.Operation.Name)), subject.Location),
                    new Fact("okta", "grants", Granted(subject, own[0].Server, context), subject.App.Location),
                ],
                Related = [new RelatedPlace(subject.App.Location, $"client '{subject.App.Label}'")],
                Remedy = "Take the product from the app, or grant the client a scope that one of its operations asks for.",
            };
        }

        return null;
    }

    private static Verdict.Fail OverGrant(
        LinkedClient subject,
        AuthorizationServer server,
        string scope,
        Operation asking,
        AuditContext context
    ) =>
        new()
        {
            Message =
                $"Client '{subject.App.Label}' obtains scope '{scope}' of {server.Description}, but no product of app '{subject.GatewayApp.Name}' opens an operation that asks for it, such as {asking.Name}.",
            Location = subject.Location,
            Cause = $"{subject.Key}/{scope}",
            FollowsFrom = Wildcards(subject, server, scope, context),
            Code = "scope",
            Facts =
            [
                new Fact("okta", "grants", Granted(subject, server, context), subject.App.Location),
                new Fact("gateway", "asks for the scope", asking.Name, asking.Location),
            ],
            Related =
            [
                new RelatedPlace(subject.App.Location, $"client '{subject.App.Label}'"),
                new RelatedPlace(asking.Location, "asks for the scope"),
            ],
            Remedy = "Take the scope from the client's access rule, or give the app a product that opens the operation.",
        };

    // The rules that grant the scope, when each of them does so because it grants everything.
    private static ImmutableArray<string> Wildcards(LinkedClient subject, AuthorizationServer server, string scope, AuditContext context)
    {
        var granting = Grants(subject, server, context).Where(grant => grant.Scopes.Contains(scope, StringComparer.Ordinal)).ToList();
        return granting.TrueForAll(grant => grant.Rule.GrantsAnyScope)
            ? [.. granting.Select(grant => new ServerRule(subject.Org, server, grant.Policy, grant.Rule).Key)]
            : [];
    }

    private static bool Asks(Operation operation, string scope) =>
        operation
            .Requirement!.Necessary.Cases.SelectMany(one => one.Demands)
            .Any(demand =>
                demand.IsPositive
                && demand.Atom.Claim.IsScope
                && demand.Atom.Test switch
                {
                    TokenTest.Has has => string.Equals(has.Member, scope, StringComparison.Ordinal),
                    TokenTest.Text text => text.Test.Accepts([scope]) != false,
                    _ => false,
                }
            );

    private static bool CanCall(Operation operation, AuthorizationServer server, IEnumerable<IssuedGrant> grants)
    {
        var sets = operation.Requirement!.ScopeSets(server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name));
        return sets.Any(set => set.IsEmpty)
            || grants.Any(grant => sets.Any(set => set.All(scope => grant.Scopes.Contains(scope, StringComparer.Ordinal))));
    }

    private static IEnumerable<IssuedGrant> Grants(LinkedClient subject, AuthorizationServer server, AuditContext context) =>
        context
            .Traced.IssuanceOf(server)
            .Grants.Where(grant =>
                grant.IsLive != false
                && grant.Clients.Any(client => string.Equals(client.Id, subject.App.ClientId, StringComparison.Ordinal))
            );

    private static string Granted(LinkedClient subject, AuthorizationServer server, AuditContext context)
    {
        var scopes = Grants(subject, server, context)
            .SelectMany(grant => grant.Scopes)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return scopes.Count == 0 ? "no scope of the API" : string.Join(", ", scopes);
    }
}
