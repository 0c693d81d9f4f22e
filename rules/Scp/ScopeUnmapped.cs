using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Scp;

/// <summary>An Okta scope that no gateway operation asks for.</summary>
public sealed class ScopeUnmapped : IRule<ServerScope>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-004",
        Name = "scope-unmapped",
        Title = "An Okta scope that no gateway operation asks for",
        Level = Level.Warning,
        SecuritySeverity = 6.6,
        Cwe = 862,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "scopes",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerScope subject, AuditContext context)
    {
        var checks = context.Traced.TokenChecks.Where(check => check.Server == subject.Server && check.Role == TokenRole.Bearer).ToList();
        if (checks.Count == 0)
        {
            // Nothing that was collected trusts the server.
            return Verdict.NotApplicable;
        }

        var name = subject.Scope.Name;
        if (IsAskedFor(subject, context, checks))
        {
            return Verdict.Pass;
        }

        if (Unread(subject, context) is { } unread)
        {
            return unread;
        }

        var unknown = checks.SelectMany(check => UnreadCode(check)).FirstOrDefault();
        if (unknown is not null)
        {
            return new Verdict.Open(
                $"nothing that was read asks for scope '{name}', but {unknown.Value.What} may",
                unknown.Value.What,
                unknown.Value.Location
            );
        }

        var privileged = ScopeSensitivity.Of(name, context.Settings) == Sensitivity.High;
        var unguarded = privileged && checks.Any(check => check.LeadsToBackend && check.Endpoint.Demands.IsEmpty);
        return new Verdict.Fail
        {
            Message =
                $"Scope '{name}' of {subject.Server.Description} is asked for by no operation, product or claim: a token that has it can do nothing that one without it cannot"
                + (unguarded ? ", and its proxies ask for no scope at all." : "."),
            Location = subject.Scope.Location,
            Cause = subject.Key,
            Level = unguarded ? Level.Error : Level.Warning,
            SecuritySeverity = unguarded ? 6.6 : 4.6,
            Facts =
            [
                new Fact("okta", "scope", name, subject.Scope.Location),
                new Fact("gateway", "required by", "nothing", checks[0].Location),
            ],
            Related =
            [
                .. checks
                    .Select(check => new RelatedPlace(check.Location, "trusts the server"))
                    .DistinctBy(place => place.Location)
                    .Take(5),
            ],
            Remedy = "Require the scope where it is meant to protect something, or delete it.",
        };
    }

    // Nothing asks only where everything that could ask was read.
    private static Verdict? Unread(ServerScope subject, AuditContext context)
    {
        var claims = subject.Server.Claims.Coverage;
        if (!claims.IsComplete)
        {
            return NotRead($"the claims of {subject.Server.Description}", claims);
        }

        foreach (var organization in context.Landscape.Apigee)
        {
            if (!organization.Products.IsComplete)
            {
                return NotRead($"the products of organization '{organization.Name}'", organization.Products.Coverage);
            }

            if (!organization.Proxies.IsComplete)
            {
                return NotRead($"the proxies of organization '{organization.Name}'", organization.Proxies.Coverage);
            }
        }

        return null;
    }

    private static Verdict NotRead(string part, Coverage coverage) =>
        coverage.IsGap
            ? new Verdict.NotAssessed($"{part} could not be read ({coverage.Reason})")
            : new Verdict.Open($"nothing that was read asks for it, but {part} were not collected", part);

    private static bool IsAskedFor(ServerScope subject, AuditContext context, List<TokenCheck> checks)
    {
        var name = subject.Scope.Name;
        return context.Traced.Endpoints.SelectMany(endpoint => endpoint.Demands).Any(demand => demand.Member == name)
            || context
                .Landscape.Apigee.SelectMany(organization => organization.Products.Items)
                .Any(product => product.Scopes.Contains(name, StringComparer.Ordinal))
            || subject.Server.Claims.Items.Any(claim => claim.Scopes.Contains(name, StringComparer.Ordinal))
            || checks
                .SelectMany(check => check.Endpoint.Program.Bundle.Policies.Values)
                .OfType<OAuthV2Policy>()
                .Any(policy => policy.Scope?.Text.Split(' ').Contains(name, StringComparer.Ordinal) == true);
    }

    private static IEnumerable<(string What, SourceLocation Location)?> UnreadCode(TokenCheck check) =>
        check
            .Endpoint.Program.Bundle.Policies.Values.OfType<ScriptPolicy>()
            .Where(script =>
                !script.IsJavaScript || (script.ResourceUrl is { } url && check.Endpoint.Program.Bundle.FindResource(url)?.Text is null)
            )
            .Select(script => ((string, SourceLocation)?)($"what {script.Kind} '{script.Name}' does", script.Location));
}
