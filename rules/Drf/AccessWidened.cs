using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>After a change, somebody can do what nobody could do before.</summary>
public sealed class AccessWidened : IRule<EntityChange>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-004",
        Name = "access-widened",
        Title = "A change lets more callers do more",
        Level = Level.Error,
        SecuritySeverity = 7.5,
        Cwe = 284,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "accesses compared with an earlier state",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        if (!subject.IsAccess)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status is EntityStatus.InSync or EntityStatus.Ignored)
        {
            return Verdict.Pass;
        }

        if (IsUnknownNow(subject))
        {
            return new Verdict.Open(
                $"whether {subject.Title} can be reached without a token was known in {context.Comparison!.Before} and is not now",
                "what the open findings of this operation name",
                subject.Location
            );
        }

        return subject.EntityKind == AccessFact.Operation ? Operation(subject, context) : Grant(subject, context);
    }

    private static Verdict Operation(EntityChange subject, AuditContext context)
    {
        var since = context.Comparison!.Before;
        if (Field(subject, AccessFact.WithoutToken)?.After is "yes")
        {
            return subject.Status == EntityStatus.Added
                ? Fail(
                    subject,
                    context,
                    $"{Phrase.Sentence(subject.Title)} is new since {since}, and lets requests through without a token",
                    "open"
                )
                : Fail(
                    subject,
                    context,
                    $"{Phrase.Sentence(subject.Title)} lets requests through without a token, which it did not in {since}",
                    "open"
                );
        }

        if (subject.Status != EntityStatus.Modified)
        {
            return Verdict.Pass;
        }

        return Field(subject, AccessFact.Demands) switch
        {
            { Direction: ChangeDirection.Weakens } demands => Fail(
                subject,
                context,
                $"{Phrase.Sentence(subject.Title)} demands less of a token than in {since}: it was '{demands.Before}', is '{demands.After}'",
                "demands-less"
            ),
            { Direction: ChangeDirection.Unclear } demands => Fail(
                subject,
                context,
                $"{Phrase.Sentence(subject.Title)} accepts other tokens than in {since}: it demanded '{demands.Before}', now '{demands.After}'",
                "demands-other"
            ),
            { Direction: ChangeDirection.Strengthens } demands => Narrowed(
                subject,
                $"{Phrase.Sentence(subject.Title)} demands more of a token than in {since}: it was '{demands.Before}', is '{demands.After}'"
            ),
            _ => Verdict.Pass,
        };
    }

    private static Verdict.Fail Grant(EntityChange subject, AuditContext context)
    {
        var since = context.Comparison!.Before;
        if (subject.Status == EntityStatus.Added)
        {
            return Fail(subject, context, $"{Phrase.Sentence(subject.Title)} obtains tokens, which it did not in {since}", "new-grant");
        }

        if (subject.Status == EntityStatus.Removed)
        {
            return Narrowed(subject, $"{Phrase.Sentence(subject.Title)} obtains no tokens any more");
        }

        var wider = subject.Fields.Where(field => field.Direction is ChangeDirection.Weakens or ChangeDirection.Unclear).ToList();
        return wider.Count > 0
            ? Fail(
                subject,
                context,
                $"{Phrase.Sentence(subject.Title)} obtains more than in {since}: {string.Join("; ", wider.Select(field => $"{field.Path} were '{field.Before ?? "none"}', are '{field.After ?? "none"}'"))}",
                "wider-grant"
            )
            : Narrowed(subject, $"{Phrase.Sentence(subject.Title)} obtains less than in {since}: {Drift.Changes(subject)}");
    }

    private static Verdict.Fail Fail(EntityChange subject, AuditContext context, string message, string code)
    {
        var causes = CausesOf(subject, context.Comparison!).ToList();
        return new Verdict.Fail
        {
            Message = $"{message}{(subject.Example is { } example ? $". For example: {example}" : "")}.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = code,
            Facts = Drift.Facts(subject),
            Related =
            [
                .. causes.Select(cause => new RelatedPlace(
                    cause.Location,
                    $"{cause.Title} changed{Drift.By(cause.Attribution)}: {(cause.Status == EntityStatus.Modified ? Drift.Changes(cause) : cause.Status.ToString())}"
                )),
            ],
            Remedy =
                causes.Count > 0
                    ? $"Put back {Phrase.And([.. causes.Take(3).Select(cause => cause.Title)])}, or have the wider access reviewed and accepted."
                    : "Put the change back, or have the wider access reviewed and accepted.",
        };
    }

    private static Verdict.Fail Narrowed(EntityChange subject, string message) =>
        new Verdict.Fail
        {
            Message = message + ". Callers that relied on it are refused now.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "narrowed",
            Level = Level.Note,
            SecuritySeverity = 1.0,
            Facts = Drift.Facts(subject),
            Remedy = "Nothing has to be done when it was meant.",
        };

    // The changes of configuration that can be behind it: of the proxy, of the shared flows and hooks of its environment, or of the server and the client.
    private static IEnumerable<EntityChange> CausesOf(EntityChange subject, EstateComparison comparison)
    {
        var parts = subject.Key.Split('/');
        return comparison.Live.Where(change =>
            !change.IsAccess
            && change.Direction != ChangeDirection.Strengthens
            && change.Impact >= ChangeImpact.Medium
            && (
                subject.EntityKind == AccessFact.Grant
                    ? parts.Length > 3
                        && (
                            change.Key.StartsWith($"okta/{parts[1]}/authorizationServers/{parts[2]}/", StringComparison.Ordinal)
                            || (change.EntityKind == "client" && change.Key.EndsWith("/" + parts[3], StringComparison.Ordinal))
                        )
                    : parts.Length > 3
                        && change.Key.StartsWith($"apigee/{parts[1]}/", StringComparison.Ordinal)
                        && (change.Environment is null || change.Environment == parts[2])
                        && (
                            change.Key.Contains($"/apis/{parts[3]}/", StringComparison.Ordinal)
                            || change.Key.Contains("/sharedflows/", StringComparison.Ordinal)
                            || change.Key.Contains("/flowhooks/", StringComparison.Ordinal)
                            || change.Key.Contains("/propertysets/", StringComparison.Ordinal)
                            || change.Key.Contains("/keyvaluemaps/", StringComparison.Ordinal)
                        )
            )
        );
    }

    private static bool IsUnknownNow(EntityChange subject) =>
        Field(subject, AccessFact.WithoutToken) is { After: "unknown", Before: not null };

    private static FieldChange? Field(EntityChange change, string path) => change.Fields.FirstOrDefault(field => field.Path == path);
}
