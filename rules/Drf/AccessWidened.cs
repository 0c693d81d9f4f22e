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

        return subject.Effect switch
        {
            AccessEffect.None => Verdict.Pass,
            AccessEffect.Unknown => new Verdict.Open(
                subject.EntityKind == AccessFact.Operation
                    ? $"whether {subject.Title} can be reached without a token was known in {context.Comparison!.Before} and is not now"
                    : $"whether {subject.Title} reaches {Phrase.List(subject.Find(AccessFact.MayReach)!.Gained)} is not known; in {context.Comparison!.Before} it did not",
                "what the open findings of this operation name",
                subject.Location
            ),
            AccessEffect.Narrower => Narrowed(subject, context),
            _ => Widened(subject, context),
        };
    }

    private static Verdict.Fail Widened(EntityChange subject, AuditContext context)
    {
        var (message, code) = subject.EntityKind == AccessFact.Operation ? Operation(subject, context) : Grant(subject, context);
        var causes = CausesOf(subject, context.Comparison!).ToList();
        return new Verdict.Fail
        {
            Message = $"{message}{(subject.Example is { } example ? $". For example: {example}" : "")}.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = code,
            Facts = Drift.Facts(subject),
            Witness =
                code == "open"
                    ? context.Traced.Operations.FirstOrDefault(operation => operation.Location == subject.Location)?.Bypass?.Witness
                    : null,
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

    private static (string Message, string Code) Operation(EntityChange subject, AuditContext context)
    {
        var title = Phrase.Sentence(subject.Title);
        var since = context.Comparison!.Before;
        if (subject.Find(AccessFact.WithoutToken)?.After is "yes")
        {
            return (
                subject.Status == EntityStatus.Added
                    ? $"{title} is new since {since}, and lets requests through without a token"
                    : $"{title} lets requests through without a token, which it did not in {since}",
                "open"
            );
        }

        var changes = string.Join(
            "; ",
            new[] { (Path: AccessFact.Contents, Verb: "a token must hold"), (Path: AccessFact.Demands, Verb: "it demands") }
                .Select(part => (part.Verb, Field: subject.Find(part.Path)))
                .Where(part => part.Field is not null)
                .Select(part => $"{part.Verb} '{part.Field!.After ?? "nothing"}', it was '{part.Field.Before ?? "nothing"}'")
        );
        return subject.Effect == AccessEffect.Wider
            ? ($"{title} demands less of a token than in {since}: {changes}", "demands-less")
            : ($"{title} accepts other tokens than in {since}: {changes}", "demands-other");
    }

    private static (string Message, string Code) Grant(EntityChange subject, AuditContext context)
    {
        var title = Phrase.Sentence(subject.Title);
        var since = context.Comparison!.Before;
        if (subject.Status == EntityStatus.Added)
        {
            return ($"{title} obtains tokens, which it did not in {since}", "new-grant");
        }

        var gained = subject.Find(AccessFact.Reaches)?.Gained ?? [];
        var wider = subject
            .Fields.Where(field =>
                field.Path is not (AccessFact.Reaches or AccessFact.MayReach)
                && field.Direction is ChangeDirection.Weakens or ChangeDirection.Unclear
            )
            .Select(field => $"{field.Path} were '{field.Before ?? "none"}', are '{field.After ?? "none"}'")
            .ToList();
        var obtains =
            wider.Count > 0
                ? $"{title} obtains more than in {since}: {string.Join("; ", wider)}"
                : $"{title} obtains what it did in {since}";
        return gained.IsEmpty
            ? (obtains, "wider-grant")
            : ($"{obtains}, and {(wider.Count > 0 ? "so" : "now")} reaches {Phrase.And([.. gained])}", "wider-grant");
    }

    private static Verdict.Fail Narrowed(EntityChange subject, AuditContext context)
    {
        var since = context.Comparison!.Before;
        var what =
            subject.EntityKind == AccessFact.Operation ? $"demands more of a token than in {since}: {Drift.Changes(subject)}"
            : subject.Status == EntityStatus.Removed ? $"obtains no tokens any more, which it did in {since}"
            : $"obtains or reaches less than in {since}: {Drift.Changes(subject)}";
        return new Verdict.Fail
        {
            Message =
                $"{Phrase.Sentence(subject.Title)} {what}. Callers that relied on it are refused now{(subject.ExampleBefore is { } example ? $"; before: {example}" : "")}.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "narrowed",
            Level = Level.Note,
            SecuritySeverity = 1.0,
            Facts = Drift.Facts(subject),
            Remedy = "Nothing has to be done when it was meant.",
        };
    }

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
}
