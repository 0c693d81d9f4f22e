using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Scp;

/// <summary>An operation verifies tokens and asks for no scope.</summary>
public sealed class ScopeNotEnforced : IRule<TokenGate>
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
        YieldsTo = ["SCP-006"],
        Subjects = "operations and token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenGate subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Operation is { } operation)
        {
            return Judge(operation);
        }

        // Nothing but the policy itself says anything about scopes where no product and no server is known.
        return !subject.Endpoint.Program.Organization.IsBundlesOnly ? Verdict.NotApplicable
            : subject.Check!.ScopesMayBeRead ? Verdict.Pass
            : Unasked(subject.Endpoint, subject.Check!, null);
    }

    // Without a server and a product nobody says which scopes there are; that nothing names one is all that can be said, and needs no way to be followed.
    private static Verdict.Fail Unasked(TracedEndpoint endpoint, TokenCheck check, ScopelessToken? scopeless)
    {
        var bundle = endpoint.Program.Bundle;
        var unread = (scopeless?.Unknowns ?? [])
            .Select(unknown => unknown.Closes)
            .Where(closes => closes.Contains("not part of the input", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return new Verdict.Fail
        {
            Message =
                $"{check.Policy.Kind} '{check.Policy.Name}' is all that {bundle.Description} asks of a token: it names no scope, and no later step reads one."
                + (unread.Count == 0 ? "" : $" It calls {string.Join(" and ", unread)}."),
            Location = check.Location,
            Cause = CauseOf(endpoint),
            Level = Level.Note,
            SecuritySeverity = 3.5,
            Witness = scopeless is { Accepted: true } ? scopeless.Witness : null,
            Facts = [new Fact("gateway", "required scopes", "none", check.Location)],
            Remedy = RemedyFor(check),
        };
    }

    private static string CauseOf(TracedEndpoint endpoint) =>
        $"{Names.Of(endpoint.Program.Bundle, endpoint.Program.Organization)}/{endpoint.Program.Endpoint?.Name}/scopes";

    private static string RemedyFor(TokenCheck check) =>
        check.Kind == TokenCheckKind.ApigeeToken
            ? "Name the scope in <Scope> of the policy, for each operation its own."
            : "After the check, refuse with RaiseFault where the scope claim lacks the scope that the operation needs.";

    private static Verdict Judge(Operation subject)
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

        var declared = products.Count > 0 || defining.Count > 0;
        var check = subject.Checks.First(item => item.Check.IsOfToken).Check;
        if (!declared && !check.ScopesMayBeRead)
        {
            return Unasked(subject.Endpoint, check, scopeless);
        }

        if (!scopeless.Accepted)
        {
            return Dependence.Open(
                $"whether a token without any scope reaches {scopeless.Witness!.Reaches} of {bundle.Description}",
                scopeless.Unknowns,
                subject.Location
            );
        }

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
                : $"A token that is in order and has no scope passes {subject.Name}, though other parts of {bundle.Description} ask for scopes.",
            Location = subject.Location,
            Cause = CauseOf(subject.Endpoint),
            FollowsFrom = [.. subject.Endpoint.ClaimReads.Where(read => IsDead(read, subject)).Select(MissingClaim.CauseOf)],
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
                new RelatedPlace(check.Location, "verifies the token"),
                .. products.Select(product => new RelatedPlace(product.Location, $"product '{product.Name}' opens the operation")),
                .. defining.Select(server => new RelatedPlace(server.Location, $"the scopes of {server.Description}")),
            ],
            Remedy = RemedyFor(check),
        };
    }

    // A step that would refuse tokens without the scope, and never does, because it looks for the scope where tokens have none.
    private static bool IsDead(ClaimRead read, Operation operation) =>
        read is { Refuses: true, IsCarried: false, Effect: MissingClaimEffect.NeverRuns }
        && WrongScopeClaim.IsMine(read.Claim)
        && read.Decides(operation);
}
