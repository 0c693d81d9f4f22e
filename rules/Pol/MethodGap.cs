using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Pol;

/// <summary>Verbs that the verifying flows do not cover reach the backend.</summary>
public sealed class MethodGap : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-008",
        Name = "method-gap",
        Title = "Verbs that the verifying steps do not cover reach the backend",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 650,
        Fix = FixKind.SemiAutomatic,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.MethodGap, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var where = bypass.Culprit?.Policy is { } policy
            ? $"{policy.Kind} '{policy.Name}' of {bypass.Culprit.Owner.Description} does not run for {bypass.Witness.Method}"
            : $"{BypassRule.Of(subject)} verifies other verbs of this path and not {bypass.Witness.Method}";
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(where[0])}{where[1..]}: {BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches} unverified.",
            Location = BypassRule.Place(subject, bypass),
            Cause = BypassRule.Cause(subject, bypass),
            Level = bypass.OnlyHarmlessVerbs ? Level.Warning : Level.Error,
            SecuritySeverity = bypass.OnlyHarmlessVerbs ? 5.0 : 8.0,
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = bypass.OnlyHarmlessVerbs
                ? "Answer these verbs in the proxy: a route rule without a target, or the CORS policy."
                : "Make the verification independent of the verb, and answer verbs that do not exist with 405.",
            Edits = Edits(subject, bypass),
        };
    }

    private static ImmutableArray<Edit> Edits(Operation subject, Bypass bypass)
    {
        if (bypass.OnlyHarmlessVerbs)
        {
            // A preflight request carries no token, so it is answered rather than verified.
            return bypass.Witness.Method == "OPTIONS" && subject.Endpoint.Program.Endpoint is { Routes: [var first, ..] }
                ?
                [
                    new Edit(
                        EditKind.InsertBefore,
                        first.Location,
                        null,
                        "<RouteRule name=\"preflight\">\n  <Condition>request.verb = \"OPTIONS\"</Condition>\n</RouteRule>"
                    ),
                ]
                : [];
        }

        if (bypass.Culprit is { Step.Condition: { } condition, DecidedBy: ["request.verb"] })
        {
            return [new Edit(EditKind.RemoveElement, condition.Location, null, null)];
        }

        // The steps with which another flow verifies the same paths.
        var sibling = subject.Endpoint.Operations.FirstOrDefault(other =>
            other is { Bypass: null, Flow: not null } && other.Paths.Intersect(subject.Paths, StringComparer.Ordinal).Any()
        );
        var bundle = subject.Endpoint.Program.Bundle;
        var steps =
            sibling
                ?.Flow!.Request.Where(step => bundle.FindPolicy(step.Policy) is { Enabled: true } policy && AuthPolicies.Verifies(policy))
                .Select(XmlText.Of)
                .ToList()
            ?? [];
        return steps.Count > 0 && subject.Flow is { Request: [var before, ..] }
            ? [new Edit(EditKind.InsertBefore, before.Location, null, string.Join('\n', steps))]
            : [];
    }
}
