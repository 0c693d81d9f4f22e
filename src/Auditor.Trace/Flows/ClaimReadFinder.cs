using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Finds the conditions of steps that read claims of verified tokens, and what becomes of the steps.</summary>
internal static class ClaimReadFinder
{
    /// <summary>The reads at the steps of a walk, in its order.</summary>
    public static IEnumerable<ClaimRead> Of(TracedEndpoint endpoint, IReadOnlyList<StepVisit> visited, Diagram diagram)
    {
        var places = visited
            .Where(visit => visit is { Step.Condition: not null, Policy: { Enabled: true } } && visit.Arrives != Diagram.False)
            .GroupBy(visit => visit.Step!.Condition!.Location);
        foreach (var place in places)
        {
            var visits = place.ToList();
            var effect =
                visits.TrueForAll(visit => visit.Runs == Diagram.False) ? MissingClaimEffect.NeverRuns
                : visits.TrueForAll(visit => diagram.Implies(visit.Arrives, visit.Runs)) ? MissingClaimEffect.AlwaysRuns
                : MissingClaimEffect.Depends;
            foreach (
                var variable in VariableUses.Of(visits[0].Step!.Condition!).Select(use => use.Variable).Distinct(StringComparer.Ordinal)
            )
            {
                foreach (var check in endpoint.Checks.Where(check => check.Kind == TokenCheckKind.Jwt))
                {
                    var prefix = $"jwt.{check.Policy.Name}.";
                    if (
                        variable.StartsWith(prefix, StringComparison.Ordinal)
                        && JwtMember.ClaimOf(variable[prefix.Length..]).Claim is { } claim
                    )
                    {
                        yield return new ClaimRead(
                            endpoint,
                            check,
                            claim,
                            variable,
                            visits[0].Policy!.Name,
                            visits[0].Policy is RaiseFaultPolicy,
                            TraceKnowledge.Carries(check.Server, claim),
                            effect,
                            place.Key
                        );
                    }
                }
            }
        }
    }
}
