using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>The audit as evidence has a hole: nights without a run, or parts of the estate that it could not read.</summary>
public sealed class EvidenceIncomplete : IRule<EvidenceState>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-006",
        Name = "evidence-incomplete",
        Title = "The audit missed a night or a part of the estate",
        Level = Level.Warning,
        SecuritySeverity = 5.0,
        Fix = FixKind.Manual,
        Subjects = "series of audits",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EvidenceState subject, AuditContext context)
    {
        var holes = new List<string>();
        if (subject is { Previous: { } previous, Every: { } every } && subject.Now - previous > every + (every / 2))
        {
            var missed = (int)Math.Round((subject.Now - previous) / every) - 1;
            holes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(missed <= 1 ? "one run is" : $"{missed} runs are")} missing: the last finished one was at {previous.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and one is due every {Words(every)}"
                )
            );
        }

        var gaps = context.Landscape.Coverage.Where(entry => entry.Coverage.IsGap).Select(entry => entry.Part).ToList();
        if (gaps.Count > 0)
        {
            holes.Add($"this run could not read {Phrase.List(gaps)}");
        }

        if (!subject.PreviousGaps.IsEmpty)
        {
            holes.Add(
                $"the run before was incomplete ({subject.PreviousGaps[0]}), so that what it did not read is compared with an older state"
            );
        }

        if (context.Comparison?.Incomparable is { } why)
        {
            holes.Add(why);
        }

        if (subject is { RulesDiffer: true, PreviousVersion: { } version })
        {
            holes.Add(
                version == subject.Version
                    ? "other rules ran than the time before, so that findings may have come or gone with them"
                    : $"version {subject.Version} ran with other rules than version {version} the time before, so that findings may have come or gone with them"
            );
        }

        return holes.Count == 0
            ? Verdict.Pass
            : new Verdict.Fail
            {
                Message = $"The evidence of '{subject.Series}' has a hole: {string.Join("; ", holes)}.",
                Location = subject.Location,
                Cause = subject.Key,
                Remedy = "Run the audit again with what was missing, and note the reason where the evidence is kept.",
            };
    }

    private static string Words(TimeSpan every) =>
        every.TotalHours == 24 ? "day"
        : every.TotalDays is >= 2 and var days && days == Math.Floor(days) ? string.Create(CultureInfo.InvariantCulture, $"{days:0} days")
        : string.Create(CultureInfo.InvariantCulture, $"{every.TotalHours:0.#} hours");
}
