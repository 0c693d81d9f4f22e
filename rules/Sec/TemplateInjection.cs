using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Sec;

/// <summary>What a caller sends is expanded as a message template in a JWT policy.</summary>
public sealed class TemplateInjection : IRule<BundlePolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SEC-009",
        Name = "template-injection",
        Title = "What the caller sends is expanded as a message template in a JWT policy",
        Level = Level.Error,
        SecuritySeverity = 8.2,
        Cwe = 1336,
        Fix = FixKind.Manual,
        Subjects = "policies",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BundlePolicy subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Policy is not JwtPolicy { Enabled: true } policy || policy is DecodeJwtPolicy || subject.Attachments.IsEmpty)
        {
            return Verdict.NotApplicable;
        }

        var expanded = policy
            .Claims.Concat(policy.Headers)
            .Where(claim => claim is { Type: "map", Value.Reference: not null })
            .Select(claim => (Variable: claim.Value.Reference!, Place: claim.Value.Location, What: $"claim '{claim.Name}' of type map"))
            .ToList();
        if (policy.ClaimsReference is { } reference)
        {
            expanded.Add((reference, policy.Location, "<AdditionalClaims ref>"));
        }

        foreach (var (variable, place, what) in expanded)
        {
            if (Source(subject.Bundle, VariableName.Canonical(variable), []) is { } source)
            {
                return new Verdict.Fail
                {
                    Message =
                        $"{policy.Kind} '{policy.Name}' of {subject.Bundle.Description} expands {what} as a message template, and its text comes from the caller ({Words(source)}): "
                        + "a text that names a variable in braces, such as one below private., is replaced by what the variable holds.",
                    Location = place,
                    Cause = $"{subject.Key}/template",
                    Facts = [new Fact("gateway", "template from", source, place)],
                    Related = [.. subject.Attachments.Take(4).Select(step => new RelatedPlace(step, "it runs here"))],
                    Remedy = "Take the value as text (type=\"string\"), or build the map from single values that were checked.",
                };
            }
        }

        return Verdict.Pass;
    }

    // The variable of the caller's that a variable is a copy of, within the bundle; null when it is none.
    private static string? Source(Bundle bundle, string variable, HashSet<string> seen)
    {
        if (VariableName.IsFromCaller(variable))
        {
            return variable;
        }

        if (!seen.Add(variable))
        {
            return null;
        }

        return bundle
            .Policies.Values.Where(policy => policy.Enabled)
            .SelectMany(VariableUses.Of)
            .Where(use => use.Kind == UseKind.Copy && use.Target is { } target && VariableName.Canonical(target) == variable)
            .Select(use => Source(bundle, use.Variable, seen))
            .FirstOrDefault(source => source is not null);
    }

    private static string Words(string variable) =>
        variable.StartsWith("request.header.", StringComparison.Ordinal)
            ? $"header '{variable["request.header.".Length..]}'"
            : $"'{variable}'";
}
