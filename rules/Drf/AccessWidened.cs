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
            // Nothing is wider, and what is narrower is told once, where it is demanded.
            AccessEffect.Narrower when IsToldByOperations(subject, context.Comparison!) => Verdict.Pass,
            AccessEffect.Narrower => Narrowed(subject, context),
            AccessEffect.Different when subject.EntityKind == AccessFact.Operation && ReachComparison.NobodyGains(subject, context) =>
                Exchanged(subject, context),
            _ => Widened(subject, context),
        };
    }

    private static bool IsToldByOperations(EntityChange grant, EstateComparison comparison) =>
        grant is { EntityKind: AccessFact.Grant, Status: EntityStatus.Modified }
        && grant.Fields.All(field => field.Path is AccessFact.Reaches or AccessFact.MayReach)
        && grant
            .Fields.SelectMany(field => field.Lost)
            .All(lost =>
                comparison.Live.Any(change =>
                    change is { EntityKind: AccessFact.Operation, Effect: AccessEffect.Narrower or AccessEffect.Different }
                    && change.Title == lost
                )
            );

    private static Verdict.Fail Exchanged(EntityChange subject, AuditContext context)
    {
        var since = context.Comparison!.Before;
        var losers = context
            .Comparison.Live.Where(change =>
                change.EntityKind == AccessFact.Grant
                && change.Find(AccessFact.Reaches)?.Lost.Contains(subject.Title, StringComparer.Ordinal) == true
            )
            .Select(change => change.Title)
            .ToList();
        return new Verdict.Fail
        {
            Message =
                $"{Phrase.Sentence(subject.Title)} accepts other tokens than in {since}: {Tokens(subject)}. No client that Okta knows gains access by that"
                + (losers.Count == 0 ? "." : $", and {Phrase.And(losers)} {(losers.Count == 1 ? "has" : "have")} lost it."),
            Location = subject.Location,
            Cause = CauseOf(subject, "exchanged"),
            Code = "exchanged",
            Level = losers.Count == 0 ? Level.Note : Level.Warning,
            SecuritySeverity = losers.Count == 0 ? 1.0 : 4.0,
            Facts = Drift.Facts(subject),
            Remedy =
                losers.Count == 0
                    ? "Nothing has to be done when it was meant."
                    : "Put the change back, or have Okta issue what is demanded now, if those clients are to be served.",
        };
    }

    /// <summary>
    /// What one change did to several operations of an endpoint, or to one in several environments, has one cause: the same other demands. An operation that has opened stands for itself in
    /// each environment, so that whoever accepts it has not accepted the next.
    /// </summary>
    private static string CauseOf(EntityChange subject, string code)
    {
        var parts = subject.Key.Split('/');
        if (subject.EntityKind == AccessFact.Grant || code == "open" || parts.Length < 6)
        {
            return code == "narrowed" && subject is { EntityKind: AccessFact.Grant, Status: EntityStatus.Modified }
                ? $"{string.Join('/', parts.Take(3))}\n{Values(subject.Fields)}"
                : subject.Key;
        }

        var endpoint = $"{parts[0]}/{parts[1]}/{string.Join('/', parts[3..5])}";
        return subject.Find(AccessFact.Demands) is { } demands
            ? $"{endpoint}\n{Values([demands])}"
            : $"{endpoint}\n{Values(subject.Fields)}";
    }

    private static string Values(IEnumerable<FieldChange> fields) =>
        string.Join('\n', fields.Select(field => $"{field.Path}: {field.Before} -> {field.After}"));

    private static Verdict.Fail Widened(EntityChange subject, AuditContext context)
    {
        var (message, code) = subject.EntityKind == AccessFact.Operation ? Operation(subject, context) : Grant(subject, context);
        var (causes, areKnown) = CausesOf(subject, code, context);
        return new Verdict.Fail
        {
            Message = $"{message}{(subject.Example is { } example ? $". For example: {example}" : "")}.",
            Location = subject.Location,
            Cause = CauseOf(subject, code),
            Code = code,
            Facts = Drift.Facts(subject),
            Witness =
                code == "open"
                    ? ReachComparison
                        .OperationsOf(subject, context)
                        .OrderByDescending(operation => operation.Location == subject.Location)
                        .FirstOrDefault()
                        ?.Bypass?.Witness
                    : null,
            Related =
            [
                .. causes.Select(cause => new RelatedPlace(
                    cause.Location,
                    $"{cause.Title} changed{Drift.By(cause.Attribution)}: {(cause.Status == EntityStatus.Modified ? Drift.Changes(cause) : cause.Status.ToString())}"
                )),
            ],
            Remedy =
                !causes.IsEmpty && areKnown
                    ? $"Put back {Phrase.And([.. causes.Take(3).Select(cause => cause.Title)])}, or have the wider access reviewed and accepted."
                : causes.IsEmpty ? "Find what changed on its way, or have the wider access reviewed and accepted."
                : "Find which of the changes named here is behind it, if any, or have the wider access reviewed and accepted.",
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

        return subject.Effect == AccessEffect.Wider
            ? ($"{title} demands less of a token than in {since}: {Tokens(subject)}", "demands-less")
            : ($"{title} accepts other tokens than in {since}: {Tokens(subject)}", "demands-other");
    }

    private static string Tokens(EntityChange subject) =>
        string.Join(
            "; ",
            new[] { (Path: AccessFact.Contents, Verb: "a token must hold"), (Path: AccessFact.Demands, Verb: "it demands") }
                .Select(part => (part.Verb, Field: subject.Find(part.Path)))
                .Where(part => part.Field is not null)
                .Select(part => $"{part.Verb} '{part.Field!.After ?? "nothing"}', it was '{part.Field.Before ?? "nothing"}'")
        );

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
            : NoLonger(subject, since);
        return new Verdict.Fail
        {
            Message =
                $"{Phrase.Sentence(subject.Title)} {what}. Callers that relied on it are refused now{(subject.ExampleBefore is { } example ? $"; before: {example}" : "")}.",
            Location = subject.Location,
            Cause = CauseOf(subject, "narrowed"),
            Code = "narrowed",
            Level = Level.Note,
            SecuritySeverity = 1.0,
            Facts = Drift.Facts(subject),
            Remedy = "Nothing has to be done when it was meant.",
        };
    }

    private static string NoLonger(EntityChange subject, string since)
    {
        ImmutableArray<string> lost = [.. subject.Find(AccessFact.Reaches)?.Lost ?? []];
        var less = subject
            .Fields.Where(field => field.Path is AccessFact.Scopes or AccessFact.People && !field.Lost.IsEmpty)
            .Select(field =>
                field.Path == AccessFact.Scopes
                    ? $"it no longer obtains scope {Phrase.List(field.Lost)}"
                    : $"it is no longer open to {Phrase.List(field.Lost)}"
            )
            .Concat(lost.IsEmpty ? [] : [$"it no longer reaches {Phrase.And(lost)}"])
            .ToList();
        return less.Count > 0
            ? $"obtains or reaches less than in {since}: {string.Join("; ", less)}"
            : $"obtains or reaches less than in {since}: {Drift.Changes(subject)}";
    }

    // The changes of configuration that can be behind it, and whether it is known that they are: of the server and the client, or of what lies on the operation's own way.
    private static (ImmutableArray<EntityChange> Causes, bool AreKnown) CausesOf(EntityChange subject, string code, AuditContext context)
    {
        var parts = subject.Key.Split('/');
        var changes = context
            .Comparison!.Live.Where(change =>
                !change.IsAccess && change.Direction != ChangeDirection.Strengthens && change.Impact >= ChangeImpact.Medium
            )
            .ToList();
        if (subject.EntityKind == AccessFact.Grant)
        {
            return (
                [
                    .. changes.Where(change =>
                        parts.Length > 3
                        && !IsOfTimes(change)
                        && (
                            change.Key.StartsWith($"okta/{parts[1]}/authorizationServers/{parts[2]}/", StringComparison.Ordinal)
                            || (change.EntityKind == "client" && change.Key.EndsWith("/" + parts[3], StringComparison.Ordinal))
                        )
                    ),
                ],
                true
            );
        }

        var ways = ReachComparison.OperationsOf(subject, context).Select(OperationWay.Of).ToList();
        var onWay = changes.FindAll(change => ways.Exists(way => way.Holds(change)));
        if (code != "open")
        {
            return ([.. onWay], onWay.Count > 0);
        }

        // What lets everybody in is a step that is gone, or does not run any more, sooner than a value.
        var steps = onWay.FindAll(change => ways.Exists(way => way.IsItself(change)));
        return steps.Count > 0 ? ([.. steps], true) : ([.. onWay], false);
    }

    // How long a token lives is not what it opens.
    private static bool IsOfTimes(EntityChange change) =>
        change.Status == EntityStatus.Modified && change.Fields.All(field => field.Path.EndsWith("Minutes", StringComparison.Ordinal));
}
