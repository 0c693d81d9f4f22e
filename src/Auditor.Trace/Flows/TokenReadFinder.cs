using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Follows the claims of tokens along the ways of an endpoint: where they are read, and whether the token was verified by then.</summary>
internal static class TokenReadFinder
{
    /// <summary>The tokens that are read without being verified by the policy that reads them.</summary>
    public static IEnumerable<DecodedToken> Decoded(TracedEndpoint endpoint, IReadOnlyList<FlowPath> paths, Diagram diagram)
    {
        var found = new List<(DecodeJwtPolicy Policy, Bundle Owner, List<VariableUse> Uses, Resolution Source, bool Verified)>();
        foreach (var path in paths)
        {
            for (var i = 0; i < path.Visits.Length; i++)
            {
                if (path.Visits[i] is not { Policy: DecodeJwtPolicy { Enabled: true } decode, Runs: not Diagram.False } visit)
                {
                    continue;
                }

                var verified = path.Visits.Any(other =>
                    other.Policy is VerifyJwtPolicy { Enabled: true } verify
                    && string.Equals(verify.Source ?? "", decode.Source ?? "", StringComparison.Ordinal)
                    && diagram.Implies(diagram.And(visit.Runs, path.Reaches), other.Runs)
                );
                var uses = UsesAfter(path, i, $"jwt.{decode.Name}.").ToList();
                var index = found.FindIndex(item => ReferenceEquals(item.Policy, decode));
                if (index < 0)
                {
                    found.Add(
                        (decode, visit.Owner, uses, visit.Settings?.GetValueOrDefault("source") ?? Resolution.Absent.Instance, verified)
                    );
                }
                else
                {
                    found[index].Uses.AddRange(uses);
                    found[index] = found[index] with { Verified = found[index].Verified && verified };
                }
            }
        }

        return found.Select(item => new DecodedToken(
            endpoint,
            item.Policy,
            item.Owner,
            [.. item.Uses.DistinctBy(use => (use.Variable, use.Kind, use.Location))],
            item.Source,
            item.Verified
        ));
    }

    /// <summary>The uses of what a check verifies that come before it does, on some way on which it does.</summary>
    public static IEnumerable<VariableUse> Early(JwtPolicy check, IReadOnlyList<FlowPath> paths)
    {
        var uses = new List<VariableUse>();
        foreach (var path in paths)
        {
            var at = -1;
            for (var i = 0; i < path.Visits.Length && at < 0; i++)
            {
                at = ReferenceEquals(path.Visits[i].Policy, check) ? i : -1;
            }

            if (at < 0 || path.Visits.Take(at).Any(visit => visit.Policy is JwtPolicy other && other.Name == check.Name))
            {
                continue;
            }

            for (var i = 0; i < at; i++)
            {
                uses.AddRange(
                    UsesOf(path.Visits[i])
                        .Where(use =>
                            use.Kind is not (UseKind.Log or UseKind.Copy)
                            && use.Variable.StartsWith($"jwt.{check.Name}.", StringComparison.Ordinal)
                        )
                );
            }
        }

        return uses.DistinctBy(use => (use.Variable, use.Kind, use.Location));
    }

    // Copies are followed: a variable that got a claim is as good as the claim.
    private static IEnumerable<VariableUse> UsesAfter(FlowPath path, int from, string prefix)
    {
        var carriers = new HashSet<string>(StringComparer.Ordinal);
        for (var i = from; i < path.Visits.Length; i++)
        {
            foreach (var use in UsesOf(path.Visits[i]))
            {
                if (!use.Variable.StartsWith(prefix, StringComparison.Ordinal) && !carriers.Contains(use.Variable))
                {
                    continue;
                }

                if (use.Kind == UseKind.Copy)
                {
                    if (use.Target is { } target)
                    {
                        carriers.Add(VariableName.Canonical(target));
                    }
                }
                else if (use.Kind != UseKind.Log)
                {
                    yield return use;
                }
            }
        }
    }

    private static IEnumerable<VariableUse> UsesOf(StepVisit visit)
    {
        if (visit.Arrives == Diagram.False || visit.Policy is { Enabled: false })
        {
            return [];
        }

        // A condition that never holds is a use, too: somebody relies on it.
        var conditions = visit.Step?.Condition is { } condition ? VariableUses.Of(condition) : [];
        return visit.Runs == Diagram.False
            ? conditions
            : conditions.Concat(visit.Policy is { } policy and not RaiseFaultPolicy ? VariableUses.Of(policy) : []);
    }
}
