using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Scp;

/// <summary>An operation verifies tokens and asks for no scope.</summary>
public sealed class ScopeNotEnforced : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-001",
        Name = "scope-not-enforced",
        Title = "A token without any scope reaches the backend",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 862,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context)
    {
        if (subject.NotAssessed is { } reason)
        {
            return new Verdict.NotAssessed(reason, subject.Location);
        }

        if (subject.WithoutScopes is not { } scopeless)
        {
            return Verdict.NotApplicable;
        }

        if (scopeless.IsRefused)
        {
            return Verdict.Pass;
        }

        var bundle = subject.Endpoint.Program.Bundle;
        var servers = subject.Checks.Select(item => item.Check.Server).OfType<AuthorizationServer>().Distinct().ToList();
        var products = subject.Products.Select(grant => grant.Product).Where(product => !product.Scopes.IsEmpty).Distinct().ToList();
        var defining = servers.Where(server => server.Scopes.Any(scope => scope.IsCustom)).ToList();
        if (products.Count == 0 && defining.Count == 0 && servers.Count > 0 && servers.TrueForAll(server => server.Scopes.IsComplete))
        {
            // There is no scope that could be asked for.
            return Verdict.NotApplicable;
        }

        if (!scopeless.Accepted)
        {
            return Dependence.Open(
                $"whether a token without any scope reaches {scopeless.Witness!.Reaches} of {bundle.Description}",
                scopeless.Unknowns,
                subject.Location
            );
        }

        var check = subject.Checks.First(item => item.Check.IsOfToken).Check;
        var declared = products.Count > 0 || defining.Count > 0;
        string[] by =
        [
            .. products.Select(product => $"product '{product.Name}' lists {Phrase.List(product.Scopes)}"),
            .. defining.Select(server =>
                $"{server.Description} defines {Phrase.List([.. server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name)])}"
            ),
        ];
        return new Verdict.Fail
        {
            Message = declared
                ? $"A token that is in order and has no scope of the API passes {subject.Name} of {bundle.Description}, though {string.Join(" and ", by)}."
                    + (
                        products.Count > 0
                            ? " The scopes of a product are only compared by OAuthV2, not for keys and tokens of others."
                            : ""
                    )
                : $"{check.Policy.Kind} '{check.Policy.Name}' is all that {bundle.Description} asks of a token: whatever its scopes are, it passes {subject.Name}.",
            Location = declared ? subject.Location : check.Location,
            Cause = $"{Names.Of(bundle, subject.Endpoint.Program.Organization)}/{subject.Endpoint.Program.Endpoint?.Name}/scopes",
            Level =
                !declared ? Level.Note
                : scopeless.UnsafeVerb ? Level.Error
                : Level.Warning,
            SecuritySeverity =
                !declared ? 3.5
                : scopeless.UnsafeVerb ? 8.0
                : 6.4,
            Witness = scopeless.Witness,
            Facts =
            [
                new Fact("gateway", "required scopes", "none", subject.Location),
                .. products.Select(product => new Fact("product", "scopes", string.Join(", ", product.Scopes), product.Location)),
            ],
            Related =
            [
                .. declared ? [new RelatedPlace(check.Location, "verifies the token")] : Array.Empty<RelatedPlace>(),
                .. products.Select(product => new RelatedPlace(product.Location, $"product '{product.Name}' opens the operation")),
                .. defining.Select(server => new RelatedPlace(server.Location, $"the scopes of {server.Description}")),
            ],
            Remedy =
                check.Kind == TokenCheckKind.ApigeeToken
                    ? "Name the scope in <Scope> of the policy, for each operation its own."
                    : "After the check, refuse with RaiseFault where the scope claim lacks the scope that the operation needs.",
        };
    }
}
