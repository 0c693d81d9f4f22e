using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Scp;

/// <summary>The gateway requires a scope that the server does not define.</summary>
public sealed class UnknownScopeRequired : IRule<ClaimDemand>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-002",
        Name = "unknown-scope-required",
        Title = "The gateway requires a scope that its authorization server does not define",
        Level = Level.Error,
        SecuritySeverity = 6.2,
        Cwe = 863,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "required scopes",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ClaimDemand subject, AuditContext context)
    {
        if (subject.Claim != "scp" || subject.Check is null)
        {
            return Verdict.NotApplicable;
        }

        var trust = Trust.Of(subject.Check, context);
        if (trust.Server is not { } server)
        {
            return trust.Instead!;
        }

        if (Scope.Reserved.Contains(subject.Member, StringComparer.Ordinal) || server.FindScope(subject.Member) is not null)
        {
            return Verdict.Pass;
        }

        if (!server.Scopes.IsComplete)
        {
            return server.Scopes.Coverage.IsGap
                ? new Verdict.NotAssessed($"the scopes of {server.Description}: {server.Scopes.Coverage.Reason}", server.Location)
                : new Verdict.Open($"the scopes of {server.Description} were not collected", "the scopes of the server", server.Location);
        }

        // Part of the name of a scope that exists: a pattern looks for it, which is another rule's business.
        if (server.Scopes.Items.Any(scope => scope.Name.Contains(subject.Member, StringComparison.Ordinal)))
        {
            return Verdict.NotApplicable;
        }

        var nearest = NearMiss.Nearest(subject.Member, server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name).ToList());
        var certain = nearest is not null && string.Equals(NearMiss.Fold(nearest), NearMiss.Fold(subject.Member), StringComparison.Ordinal);
        var bundle = subject.Endpoint.Program.Bundle.Description;
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(bundle[0])}{bundle[1..]} requires scope '{subject.Member}', which {server.Description} does not define"
                + (nearest is null ? ". " : $"; the nearest it has is '{nearest}'. ")
                + "Okta refuses requests for it with invalid_scope, and the gateway refuses tokens without it: the operation is dead for everybody.",
            Location = subject.Location,
            Cause = $"{Names.Of(subject.Endpoint.Program.Bundle, subject.Endpoint.Program.Organization)}/scope/{subject.Member}",
            Facts =
            [
                new Fact("gateway", "required scope", subject.Member, subject.Location),
                new Fact(
                    "okta",
                    "scopes",
                    string.Join(", ", server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name)),
                    server.Location
                ),
            ],
            Related = [new RelatedPlace(server.Location, $"{server.Description}, whose tokens are checked here")],
            Remedy = nearest is null
                ? "Define the scope on the server, or require one that exists."
                : $"Require '{nearest}', or define '{subject.Member}' on the server and grant it in a rule.",
            Edits = certain ? Rename(subject, nearest!) : [],
        };
    }

    // A parameter of a FlowCallout holds nothing but the name; in a condition it stands once, as it is or with its dots escaped.
    private static ImmutableArray<Edit> Rename(ClaimDemand subject, string nearest)
    {
        var bundle = subject.Endpoint.Program.Bundle;
        if (
            bundle
                .Policies.Values.OfType<FlowCalloutPolicy>()
                .SelectMany(call => call.Parameters)
                .Any(parameter => parameter.Value.Location == subject.Location && parameter.Value.Text == subject.Member)
        )
        {
            return [new Edit(EditKind.SetElementText, subject.Location, null, nearest)];
        }

        return
            bundle
                .ProxyEndpoints.SelectMany(endpoint => endpoint.Flows.Append(endpoint.PreFlow).Append(endpoint.PostFlow))
                .SelectMany(flow => flow.Request)
                .Select(step => step.Condition)
                .FirstOrDefault(condition => condition?.Location == subject.Location)
                is { } condition
            && Renamed(condition.Text, subject.Member, nearest) is { } text
            ? [new Edit(EditKind.SetElementText, subject.Location, null, text)]
            : [];
    }

    private static string? Renamed(string text, string from, string to) => Once(text, from, to) ?? Once(text, Escaped(from), Escaped(to));

    private static string? Once(string text, string from, string to)
    {
        var at = text.IndexOf(from, StringComparison.Ordinal);
        return at < 0 || text.IndexOf(from, at + 1, StringComparison.Ordinal) >= 0 ? null : text[..at] + to + text[(at + from.Length)..];
    }

    private static string Escaped(string name) => name.Replace(".", "\\.", StringComparison.Ordinal);
}
