using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>What is deployed is not what the repository holds.</summary>
public sealed class DeployedBundleDiffers : IRule<EntityChange>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-003",
        Name = "deployed-bundle-differs",
        Title = "What is deployed is not what the repository holds",
        Level = Level.Error,
        SecuritySeverity = 6.7,
        Cwe = 353,
        Fix = FixKind.Manual,
        Subjects = "entities compared with what is declared",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        if (
            subject.IsAccess
            || context.Comparison is not { IsDeclared: true } comparison
            || Drift.BundleOf(subject.Key) is not { } bundle
            || subject.Status == EntityStatus.Added
        )
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status is EntityStatus.InSync or EntityStatus.Ignored)
        {
            return Verdict.Pass;
        }

        return new Verdict.Fail
        {
            Message =
                subject.Status == EntityStatus.Removed
                    ? $"{Phrase.Sentence(subject.Title)} is declared in {comparison.Before}, and not in what is deployed."
                    : $"{Phrase.Sentence(subject.Title)} is not what {comparison.Before} holds: {Drift.Changes(subject)}.",
            Location = subject.Location,
            Cause = $"{bundle}/{subject.Cause}",
            Facts = Drift.Facts(subject),
            Remedy = "Deploy what was reviewed, or bring what is deployed into review.",
        };
    }
}
