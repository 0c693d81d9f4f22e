using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>Something is live that is declared nowhere.</summary>
public sealed class UnmanagedResource : IRule<EntityChange>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-002",
        Name = "unmanaged-resource",
        Title = "Something is live that is declared nowhere",
        Level = Level.Warning,
        SecuritySeverity = 4.9,
        Fix = FixKind.Manual,
        Subjects = "entities compared with what is declared",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        if (subject.IsAccess || context.Comparison is not { IsDeclared: true } comparison)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status != EntityStatus.Added)
        {
            return Verdict.Pass;
        }

        // All of a bundle is one finding.
        var owner = Drift.BundleOf(subject.Key);
        return new Verdict.Fail
        {
            Message =
                $"{Phrase.Sentence(subject.Title)} is live, and {comparison.Before} does not declare it{Drift.By(subject.Attribution)}.",
            Location = subject.Location,
            Cause = "unmanaged/" + (owner ?? subject.Key),
            Remedy = "Declare it where the rest is declared, or remove it.",
        };
    }
}
