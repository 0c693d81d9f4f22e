using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Gov;

/// <summary>A security policy contains an element that Apigee does not know and silently ignores.</summary>
public sealed class UnknownPolicyElement : IRule<BundlePolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-007",
        Name = "unknown-policy-element",
        Title = "A security policy contains an element that Apigee does not know and ignores",
        Level = Level.Warning,
        SecuritySeverity = 7.0,
        Cwe = 1173,
        Fix = FixKind.Automatic,
        Subjects = "policies",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BundlePolicy subject, AuditContext context)
    {
        if (!PolicySchema.Elements.TryGetValue(subject.Policy.Kind, out var known))
        {
            return Verdict.NotApplicable;
        }

        foreach (var child in subject.Policy.Root.Children)
        {
            if (known.Contains(child.Name))
            {
                continue;
            }

            var meant = NearMiss.Nearest(child.Name, known) is { } near && IsEdit(child.Name, near) ? near : null;
            var check = PolicySchema.Checks.Contains(meant ?? child.Name, StringComparer.Ordinal);
            var only = check && (meant is null || subject.Policy.Root.Child(meant) is null);
            return new Verdict.Fail
            {
                Message =
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Bundle.Description} has an element <{child.Name}>, which {subject.Policy.Kind} does not know and ignores"
                    + (meant is null ? ". " : $"; <{meant}> is meant. ")
                    + (only ? "The check it is meant to make never happens." : "What it is meant to do never happens."),
                Location = child.Location,
                Cause = $"{subject.Key}/{child.Name}",
                Level = only ? Level.Error : Level.Warning,
                SecuritySeverity = only ? 7.0 : 5.5,
                Remedy = meant is null
                    ? $"Remove <{child.Name}>, or say what it means in the elements that {subject.Policy.Kind} knows."
                    : $"Write <{meant}>.",
            };
        }

        return Verdict.Pass;
    }

    // Case, plural, or one letter.
    private static bool IsEdit(string written, string known) =>
        string.Equals(NearMiss.Fold(written), NearMiss.Fold(known), StringComparison.Ordinal);
}
