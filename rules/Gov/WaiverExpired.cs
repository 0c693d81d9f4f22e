using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Gov;

/// <summary>An exception, a declaration or a comment by which findings stay silent has nobody behind it any more: it expired, covers nothing, or lacks an owner, a reason or an end.</summary>
public sealed class WaiverExpired : IRule<Waiver>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-006",
        Name = "waiver-expired",
        Title = "An exception, a public declaration or a suppression has expired, matches nothing, or has nobody behind it",
        Level = Level.Warning,
        SecuritySeverity = 4.0,
        Fix = FixKind.Manual,
        Subjects = "waivers",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Waiver subject, AuditContext context)
    {
        var today = DateOnly.FromDateTime(context.Now.UtcDateTime);
        var isOver = subject.Expires is { } end && end <= today;
        if (subject.Missing.IsEmpty && !isOver)
        {
            switch (subject.Use)
            {
                case WaiverUse.Used:
                    return Verdict.Pass;
                case WaiverUse.NotAsked:
                    return Verdict.NotApplicable;
                case WaiverUse.Unknown:
                    return new Verdict.Open(
                        $"whether {subject.Title} still covers anything is not known: {subject.Why}",
                        "an audit that can read everything",
                        subject.Location
                    );
                default:
                    break;
            }
        }

        var faults = new List<string>();
        if (!subject.Missing.IsEmpty)
        {
            faults.Add($"names no {Phrase.And(subject.Missing)}");
        }

        if (isOver)
        {
            faults.Add(
                string.Create(CultureInfo.InvariantCulture, $"expired on {subject.Expires:yyyy-MM-dd}, and what it covered counts again")
            );
        }
        else if (subject.Use == WaiverUse.Unused)
        {
            faults.Add(subject.Why);
        }

        return new Verdict.Fail
        {
            Message = $"{Phrase.Sentence(subject.Title)} {string.Join(", and ", faults)}.",
            Location = subject.Location,
            Cause = subject.Key,
            Code =
                isOver ? "expired"
                : subject.Missing.IsEmpty ? "unmatched"
                : "incomplete",
            Remedy =
                isOver || subject.Missing.IsEmpty
                    ? "Delete it, or have somebody look at it again: a new reason, a new approver, a new day."
                    : "Say who answers for it, why, and until when; or delete it.",
        };
    }
}
