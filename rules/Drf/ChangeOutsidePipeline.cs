using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>Somebody else than the declared pipeline changed something that access depends on.</summary>
public sealed class ChangeOutsidePipeline : IRule<EntityChange>
{
    // Okta's own actor, for what it does by itself (System Log API, actor types).
    private const string Itself = "SystemPrincipal";

    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-005",
        Name = "change-outside-pipeline",
        Title = "Somebody else than the pipeline changed something that access depends on",
        Level = Level.Warning,
        SecuritySeverity = 6.0,
        Fix = FixKind.Manual,
        Subjects = "entities compared with an earlier state",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        if (context.Settings.Pipeline is not { } pipeline || subject.IsAccess)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status is EntityStatus.InSync or EntityStatus.Ignored || subject.Impact < ChangeImpact.Medium)
        {
            return Verdict.Pass;
        }

        if (subject.Attribution is { Confidence: AttributionConfidence.None, Why: null })
        {
            return Verdict.NotApplicable;
        }

        if (subject.Attribution.Confidence == AttributionConfidence.None)
        {
            return new Verdict.Open(
                $"who changed {subject.Title} is not known",
                subject.Attribution.Why ?? "the log of changes",
                subject.Location
            );
        }

        var others = subject
            .Attribution.Actors.Where(actor => actor.Kind != Itself && !Matches(pipeline.Actors, actor))
            .DistinctBy(actor => actor.Name, StringComparer.Ordinal)
            .ToList();
        if (others.Count == 0)
        {
            // What the log leaves out may have been done by anybody.
            return subject.Attribution is { Confidence: AttributionConfidence.Candidates, Why: { } gap }
                ? new Verdict.Open($"whether only the pipeline changed {subject.Title} is not known", gap, subject.Location)
                : Verdict.Pass;
        }

        // Of several candidates, one of the pipeline's may have made the change.
        if (others.Count < subject.Attribution.Actors.Select(actor => actor.Name).Distinct(StringComparer.Ordinal).Count())
        {
            return new Verdict.Open(
                $"whether {others[0].Name} or the pipeline changed {subject.Title} is not known",
                "the log of changes around that time",
                subject.Location
            );
        }

        var isEmergency = others.TrueForAll(actor => Matches(pipeline.BreakGlass, actor));
        return new Verdict.Fail
        {
            Message =
                $"{Phrase.Sentence(subject.Title)} was changed by hand, although changes come from {Phrase.And([.. pipeline.Actors])}{Drift.By(subject.Attribution)}.",
            Location = subject.Location,
            Cause = $"{others[0].Name}/{subject.Key}",
            Code = isEmergency ? "break-glass" : null,
            Level = isEmergency ? Level.Note : Level.Warning,
            SecuritySeverity = isEmergency ? 2.0 : 6.0,
            Facts = Drift.Facts(subject),
            Related = [new RelatedPlace(pipeline.Location, "who changes the estate on purpose")],
            Remedy = "Bring the change into the sources that the pipeline deploys, or take it back; and note who approved it.",
        };
    }

    private static bool Matches(IEnumerable<string> patterns, ChangeActor actor) =>
        patterns.Any(pattern => NamePattern.Matches(pattern, actor.Name));
}
