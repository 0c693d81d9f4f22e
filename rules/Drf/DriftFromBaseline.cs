using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>The configuration of the estate is not what it was in the state it is compared with.</summary>
public sealed class DriftFromBaseline : IRule<EntityChange>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-001",
        Name = "drift-from-baseline",
        Title = "Configuration that access depends on has changed",
        Level = Level.Error,
        SecuritySeverity = 7.0,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "entities compared with an earlier state",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        // What a change means for access is the business of access-widened; bundles and what is not declared, of the rules about what is declared.
        if (
            subject.IsAccess
            || (context.Comparison!.IsDeclared && (Drift.BundleOf(subject.Key) is not null || subject.Status == EntityStatus.Added))
        )
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status is EntityStatus.InSync or EntityStatus.Ignored)
        {
            return Verdict.Pass;
        }

        var (level, severity) = Weight(subject);
        return new Verdict.Fail
        {
            Message = $"{Phrase.Sentence(subject.Title)} {What(subject, context.Comparison!.Before)}{Drift.By(subject.Attribution)}.",
            Location = subject.Location,
            Cause = "change/" + subject.Cause,
            Level = level,
            SecuritySeverity = severity,
            Code = subject.Direction switch
            {
                ChangeDirection.Weakens => "weaker",
                ChangeDirection.Strengthens => "stronger",
                _ => "changed",
            },
            Facts = Drift.Facts(subject),
            Remedy =
                level == Level.Note
                    ? "Nothing has to be done; accept it in the exceptions if it should not be told."
                    : "Put it back, or have it reviewed: the next finished run takes the estate as it then is for its baseline.",
        };
    }

    private static (Level Level, double Severity) Weight(EntityChange change)
    {
        // What comes or goes weighs as a whole; a change weighs as its weightiest field that does not strengthen.
        var impact =
            change.Status == EntityStatus.Modified
                ? change
                    .Fields.Where(field => field.Direction != ChangeDirection.Strengthens)
                    .Select(field => (field.Impact, field.Direction))
                    .DefaultIfEmpty((ChangeImpact.Low, ChangeDirection.Strengthens))
                    .Max()
                : (change.Direction == ChangeDirection.Strengthens ? ChangeImpact.Low : change.Impact, change.Direction);
        return impact switch
        {
            (ChangeImpact.Critical, _) or (ChangeImpact.High, ChangeDirection.Weakens) => (Level.Error, 7.0),
            (ChangeImpact.High or ChangeImpact.Medium, _) => (Level.Warning, 5.0),
            _ => (Level.Note, 2.0),
        };
    }

    private static string What(EntityChange change, string since) =>
        change.Status switch
        {
            EntityStatus.Added => "is new since " + since,
            EntityStatus.Removed => "is gone since " + since,
            _ => $"has changed since {since}: {Drift.Changes(change)}",
        };
}
