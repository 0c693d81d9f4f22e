using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Env;

/// <summary>What an access rule of production grants is not what the authorization server that tests are made with grants.</summary>
public sealed class AccessRuleDiffers : IRule<ServerRule>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-006",
        Name = "access-rule-differs",
        Title = "Access policies of production grant what those that tests are made with do not, or the reverse",
        Level = Level.Warning,
        SecuritySeverity = 5.0,
        Fix = FixKind.Manual,
        YieldsTo = ["TOK-001", "TOK-002", "SCP-008"],
        Subjects = "access rules",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerRule subject, AuditContext context)
    {
        if (!subject.IsInForce || Counterpart.Of(subject.Server, context) is not { } other)
        {
            return Verdict.NotApplicable;
        }

        if ((ServerTrust.Unread(subject.Server, context) ?? ServerTrust.Unread(other.Server, context)) is { } unread)
        {
            return unread;
        }

        var comparison = new GrantComparison(subject, other, context);
        if (comparison.Unknown is { } unknown && comparison.More(mayBe: false).Any())
        {
            // What is not known may be the same: only what differs even then differs.
            var certain = comparison.More(mayBe: true).ToList();
            return certain.Count == 0 ? NotKnown(subject, other, unknown) : Differs(subject, other, certain);
        }

        var more = comparison.More(mayBe: false).ToList();
        return more.Count == 0 ? Verdict.Pass : Differs(subject, other, more);
    }

    private static Verdict.Fail Differs(ServerRule subject, Counterpart other, List<Difference> more)
    {
        var verdict = other.IsProduction ? Missing(subject, other, more) : Wider(subject, other, more);

        // Claims are the server's: what all of its rules lack is told once.
        return more.TrueForAll(difference => difference.IsOfServer)
            ? verdict with
            {
                Cause =
                    $"{subject.Server.OrgHost}/{subject.Server.Id}/claims/{string.Join('/', more.Select(difference => difference.Words))}",
            }
            : verdict;
    }

    private static Verdict.Open NotKnown(ServerRule subject, Counterpart other, UnknownPart unknown) =>
        new(
            $"whether {other.Server.Description} of environment '{other.Environment}' grants what rule '{subject.Rule.Name}' of {subject.Server.Description} grants in '{other.OwnEnvironment}' is not known: {unknown.Why}",
            unknown.Closes,
            subject.Location
        )
        {
            Cause = unknown.Cause,
        };

    private static Verdict.Fail Wider(ServerRule subject, Counterpart other, List<Difference> more) =>
        new()
        {
            Message =
                $"Rule '{subject.Rule.Name}' of {subject.Server.Description}, which environment '{other.OwnEnvironment}' trusts, grants {Few(more)}; {other.Server.Description} of environment '{other.Environment}' does not. No test there shows what that opens.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "wider",
            FollowsFrom = [subject.Key + "/refresh"],
            Related = [new RelatedPlace(other.Server.Location, $"the server of '{other.Environment}'")],
            Remedy = "Make both servers grant the same, best from one source for both, or accept the difference with its reason.",
        };

    private static Verdict.Fail Missing(ServerRule subject, Counterpart other, List<Difference> more) =>
        new()
        {
            Message =
                $"Rule '{subject.Rule.Name}' of {subject.Server.Description}, which environment '{other.OwnEnvironment}' trusts, grants {Few(more)}; {other.Server.Description} of environment '{other.Environment}' does not. What works there is refused in production.",
            Location = subject.Location,
            Cause = subject.Key,
            Code = "narrower",
            Level = Level.Note,
            SecuritySeverity = 3.5,
            Related = [new RelatedPlace(other.Server.Location, $"the server of '{other.Environment}'")],
            Remedy = "Make both servers grant the same, best from one source for both, or accept the difference with its reason.",
        };

    private static string Few(List<Difference> differences)
    {
        var all = differences.Select(difference => difference.Words).Distinct(StringComparer.Ordinal).ToList();
        return all.Count <= 4
            ? Phrase.And(all)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", all.Take(4))} and {all.Count - 4} more");
    }
}
