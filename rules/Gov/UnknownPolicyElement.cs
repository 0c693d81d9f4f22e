using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Gov;

/// <summary>A security policy contains an element or attribute that Apigee does not know and silently ignores.</summary>
public sealed class UnknownPolicyElement : IRule<BundlePolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-007",
        Name = "unknown-policy-element",
        Title = "A security policy contains an element or attribute that Apigee does not know and ignores",
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

            var meant = known.Order(StringComparer.Ordinal).FirstOrDefault(candidate => NearMiss.IsSlip(child.Name, candidate));
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
                Edits =
                    meant is not null
                    && subject.Policy.Root.Child(meant) is null
                    && (child.Children.IsEmpty || string.Equals(meant, child.Name, StringComparison.OrdinalIgnoreCase))
                        ? [new Edit(EditKind.RenameElement, child.Location, null, meant)]
                        : [],
            };
        }

        return Attribute(subject) ?? Verdict.Pass;
    }

    // Only misspelt attributes: a list of all that every element knows has no source, and an attribute of another name may be a newer one.
    private static Verdict.Fail? Attribute(BundlePolicy subject)
    {
        foreach (var element in subject.Policy.Root.SelfAndDescendants())
        {
            foreach (var written in element.Attributes.Select(attribute => attribute.Name))
            {
                var meant = PolicySchema.Attributes.Order(StringComparer.Ordinal).FirstOrDefault(known => NearMiss.IsSlip(written, known));
                if (meant is null || PolicySchema.Attributes.Contains(written) || element.Attribute(meant) is not null)
                {
                    continue;
                }

                var check = PolicySchema.Checks.Contains(element.Name) && element.Text.Length == 0;
                return new Verdict.Fail
                {
                    Message =
                        $"<{element.Name}> of {subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Bundle.Description} has an attribute '{written}', which Apigee does not know and ignores; '{meant}' is meant. "
                        + (check ? "The check it is meant to make never happens." : "What it is meant to do never happens."),
                    Location = element.Location,
                    Cause = $"{subject.Key}/{element.Name}/@{written}",
                    Level = check ? Level.Error : Level.Warning,
                    SecuritySeverity = check ? 7.0 : 5.5,
                    Remedy = $"Write '{meant}'.",
                    Edits =
                    [
                        new Edit(EditKind.RemoveAttribute, element.Location, written, null),
                        new Edit(EditKind.SetAttribute, element.Location, meant, element.Attribute(written)),
                    ],
                };
            }
        }

        return null;
    }
}
