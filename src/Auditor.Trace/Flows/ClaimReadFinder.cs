using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <summary>Finds the conditions of steps and the scripts that read claims of verified tokens, and what becomes of the steps that they decide about.</summary>
internal sealed class ClaimReadFinder(TracedEndpoint endpoint, IReadOnlyList<StepVisit> visited, Diagram diagram, TraceKnowledge knowledge)
{
    /// <summary>The reads at the steps of a walk, in its order.</summary>
    public IEnumerable<ClaimRead> Find()
    {
        var conditional = visited
            .Where(visit => visit is { Step.Condition: not null, Policy: { Enabled: true } } && visit.Arrives != Diagram.False)
            .GroupBy(visit => visit.Step!.Condition!.Location)
            .Select(place => place.ToList())
            .ToList();
        foreach (var visits in conditional)
        {
            foreach (var variable in Variables(visits[0]))
            {
                foreach (var (check, claim) in Claims(variable))
                {
                    yield return Read(check, claim, variable, visits, visits[0].Step!.Condition!.Location);
                }
            }
        }

        foreach (
            var script in visited
                .Where(visit => visit is { Policy: ScriptPolicy { Enabled: true, IsJavaScript: true } } && visit.Runs != Diagram.False)
                .DistinctBy(visit => visit.Policy)
        )
        {
            var policy = (ScriptPolicy)script.Policy!;
            var code = TokenCode.Of(policy, script.Owner, knowledge);
            foreach (var variable in code.Reads.Order(StringComparer.Ordinal))
            {
                foreach (var (check, claim) in Claims(variable))
                {
                    // The script only prepares the answer; a step decides by what it sets. The one that refuses says more than others.
                    var deciding = conditional
                        .Where(visits => Variables(visits[0]).Any(read => code.Writes.Contains(read, StringComparer.Ordinal)))
                        .OrderByDescending(visits => visits[0].Policy is RaiseFaultPolicy)
                        .FirstOrDefault();
                    if (deciding is not null)
                    {
                        yield return Read(check, claim, variable, deciding, code.PlaceOf(variable) ?? policy.Location) with
                        {
                            IsInScript = true,
                        };
                    }
                }
            }
        }
    }

    private ClaimRead Read(TokenCheck check, string claim, string variable, List<StepVisit> visits, SourceLocation location) =>
        new(
            endpoint,
            check,
            claim,
            variable,
            visits[0].Policy!.Name,
            visits[0].Policy is RaiseFaultPolicy,
            TraceKnowledge.Carries(check.Server, claim),
            visits.TrueForAll(visit => visit.Runs == Diagram.False) ? MissingClaimEffect.NeverRuns
                : visits.TrueForAll(visit => diagram.Implies(visit.Arrives, visit.Runs)) ? MissingClaimEffect.AlwaysRuns
                : MissingClaimEffect.Depends,
            location
        )
        {
            Owner = visits[0].Owner,
            Flows = [.. visits.Select(visit => visit.Place.Flow).Distinct()],
        };

    private static IEnumerable<string> Variables(StepVisit visit) =>
        VariableUses.Of(visit.Step!.Condition!).Select(use => use.Variable).Distinct(StringComparer.Ordinal);

    private IEnumerable<(TokenCheck Check, string Claim)> Claims(string variable)
    {
        foreach (var check in endpoint.Checks.Where(check => check.Kind == TokenCheckKind.Jwt))
        {
            var prefix = $"jwt.{check.Policy.Name}.";
            if (variable.StartsWith(prefix, StringComparison.Ordinal) && JwtMember.ClaimOf(variable[prefix.Length..]).Claim is { } claim)
            {
                yield return (check, claim);
            }
        }
    }
}
