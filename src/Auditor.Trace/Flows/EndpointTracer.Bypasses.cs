using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <content>How requests without a credential get through, and whose fault it is.</content>
internal sealed partial class EndpointTracer
{
    private Bypass BypassOf(Flow? flow, List<(FlowPath Path, int Reach)> open, Disclosure? disclosed = null)
    {
        // A definite way first; among those, one that does not need OPTIONS; then the first in the document.
        var definite = open.Exists(pair => diagram.ForAll(pair.Reach, VariableKind.Unknown) != Diagram.False);
        var candidates = open.Select(pair =>
                (pair.Path, pair.Reach, Function: definite ? diagram.ForAll(pair.Reach, VariableKind.Unknown) : pair.Reach)
            )
            .Where(candidate => candidate.Function != Diagram.False)
            .ToList();
        var harmful = Harmful();
        var onlyHarmless = !candidates.Exists(candidate => diagram.And(candidate.Function, harmful) != Diagram.False);
        var chosen = onlyHarmless
            ? candidates[0]
            : candidates.First(candidate => diagram.And(candidate.Function, harmful) != Diagram.False);
        var function = WithFewestUnknowns(onlyHarmless ? chosen.Function : diagram.And(chosen.Function, harmful));
        var assignment = diagram.Satisfy(function, witnesses.Preference)!;
        var (cause, culprit) = Explain(flow, chosen.Path, assignment);
        if (
            onlyHarmless
            && HasVerification()
            && cause is BypassCause.NoDefaultDeny or BypassCause.UnprotectedFlow or BypassCause.ExcludedPath
        )
        {
            cause = BypassCause.MethodGap;
        }

        if (
            !definite
            && cause == BypassCause.NoVerification
            && program.FindHook("PreProxyFlowHook") is { Hook: null, Coverage.IsComplete: false }
        )
        {
            cause = BypassCause.HookUnknown;
        }

        return new Bypass
        {
            Cause = cause,
            IsDefinite = definite,
            Witness = disclosed is null
                ? witnesses.Build(chosen.Path, assignment, "no valid token or key")
                : witnesses.Build(chosen.Path, assignment, disclosed),
            Disclosure = disclosed,
            Culprit = culprit,
            Unknowns = definite ? [] : Unknowns(chosen.Reach, assignment),
            Verifying = [.. chosen.Path.AllVisits.Where(WouldVerify).Select(visit => visit.Location).Distinct()],
            OnlyHarmlessVerbs = onlyHarmless,
            UnsafeVerb = candidates.Exists(candidate => diagram.And(candidate.Function, Unsafe()) != Diagram.False),
        };
    }

    private bool HasVerification() =>
        admitted.SelectMany(path => path.Visits).Any(visit => visit.Policy is { Enabled: true } policy && AuthPolicies.Verifies(policy));

    private int Harmful() =>
        symbols.All.FirstOrDefault(symbol => symbol.Name == "request.verb") is { Variable: >= 0 } verb
            ? diagram.Test(verb.Variable, value => SymbolTable.Example(verb, value) is not ("OPTIONS" or "HEAD" or "TRACE"))
            : Diagram.True;

    private int Unsafe() =>
        symbols.All.FirstOrDefault(symbol => symbol.Name == "request.verb") is { Variable: >= 0 } verb
            ? diagram.Test(verb.Variable, value => SymbolTable.Example(verb, value) is not ("OPTIONS" or "HEAD" or "TRACE" or "GET"))
            : Diagram.True;

    /// <summary>Why a request gets through: the first answer in the order of causes.</summary>
    private (BypassCause Cause, BypassStep? Culprit) Explain(Flow? flow, FlowPath path, IReadOnlyDictionary<int, int> assignment)
    {
        var arriving = path.AllVisits.Where(visit => diagram.Evaluate(visit.Arrives, assignment)).ToList();
        foreach (var visit in arriving)
        {
            if (visit is { Policy.Enabled: false } && diagram.Evaluate(visit.Runs, assignment) && WouldVerify(visit))
            {
                return (BypassCause.Disabled, Culprit(visit, []));
            }
        }

        foreach (var visit in arriving)
        {
            if (
                !diagram.Evaluate(visit.Runs, assignment)
                || !diagram.Evaluate(visit.Fails, assignment)
                || diagram.Evaluate(visit.Stops, assignment)
            )
            {
                continue;
            }

            if (visit.Hook is not null)
            {
                return (BypassCause.HookFailOpen, Culprit(visit, []));
            }

            if (
                visit.Policy is { } policy
                && (AuthPolicies.Verifies(policy) || policy is FlowCalloutPolicy or ScriptPolicy or GetOAuthV2InfoPolicy)
            )
            {
                return (BypassCause.FailOpen, Culprit(visit, []));
            }
        }

        foreach (var visit in arriving)
        {
            if (visit.Policy is not { Enabled: true } || diagram.Evaluate(visit.Runs, assignment) || !WouldVerify(visit))
            {
                continue;
            }

            var deciding = Deciding(visit);
            var cause =
                deciding.Any(IsCredential) ? BypassCause.CredentialOptional
                : deciding.Any(IsSpoofable) ? BypassCause.Spoofable
                : deciding.Contains("request.verb", StringComparer.Ordinal) && !RunsElsewhere(visit, assignment) ? BypassCause.MethodGap
                : deciding.Contains("proxy.pathsuffix", StringComparer.Ordinal) ? BypassCause.ExcludedPath
                : BypassCause.UnprotectedFlow;
            var culprit = Culprit(visit, deciding);
            return (cause, visit.Step?.Condition is { } condition ? culprit with { Location = condition.Location } : culprit);
        }

        if (
            arriving.Exists(visit =>
                visit.Policy is DecodeJwtPolicy
                && diagram.Evaluate(visit.Runs, assignment)
                && endpoint.Decoded.Any(decoded =>
                    ReferenceEquals(decoded.Policy, visit.Policy)
                    && decoded is { IsVerified: false, Uses.IsEmpty: false, Source: Resolution.Tainted }
                )
            )
        )
        {
            return (BypassCause.DecodeOnly, Culprit(arriving.Find(visit => visit.Policy is DecodeJwtPolicy)!, []));
        }

        if (OthersVerify(flow))
        {
            return flow is null ? (BypassCause.NoDefaultDeny, null)
                : SameTargetOtherVerb(flow) ? (BypassCause.MethodGap, null)
                : (BypassCause.UnprotectedFlow, null);
        }

        return (BypassCause.NoVerification, null);
    }

    // Another flow verifies for the same paths and other verbs.
    private bool SameTargetOtherVerb(Flow flow)
    {
        var (verbs, paths) = OperationShape.Of(flow, program, knowledge);
        if (paths.IsEmpty)
        {
            return false;
        }

        return admitted.Any(path =>
            path.Flow is { } other
            && other != flow
            && path.Visits.Any(visit => visit.Place.Flow == other && WouldVerify(visit))
            && OperationShape.Of(other, program, knowledge) is var shape
            && shape.Paths.Intersect(paths, StringComparer.Ordinal).Any()
            && !shape.Verbs.SequenceEqual(verbs, StringComparer.Ordinal)
        );
    }

    private bool OthersVerify(Flow? flow) =>
        admitted.Any(path =>
            path.Flow != flow
            && path.Visits.Any(visit =>
                visit.Policy is { Enabled: true } && AuthPolicies.Verifies(visit.Policy) && visit.Place.Flow is not null
            )
        );

    /// <summary>Whether the step, if it ran and stopped, would verify: itself, or through the shared flow it calls.</summary>
    private bool WouldVerify(StepVisit visit) => visit.Policy is { } policy && WouldVerify(policy, 0);

    private bool WouldVerify(Policy policy, int depth) =>
        AuthPolicies.Verifies(policy)
        || (
            policy is FlowCalloutPolicy call
            && depth < 10
            && program.FindSharedFlow(call.SharedFlow).Bundle is { } shared
            && shared
                .SharedFlows.Take(1)
                .SelectMany(flow => flow.Steps)
                .Any(step => shared.FindPolicy(step.Policy) is { } inner && WouldVerify(inner, depth + 1))
        );

    // Where the step runs for the verb on other paths, it is the path that it leaves out.
    private bool RunsElsewhere(StepVisit visit, IReadOnlyDictionary<int, int> assignment) =>
        symbols.All.FirstOrDefault(symbol => symbol.Name == "request.verb") is { Variable: >= 0 } verb
        && (!assignment.TryGetValue(verb.Variable, out var value) || diagram.Restrict(visit.Runs, verb.Variable, value) != Diagram.False);

    /// <summary>The variables that decide whether a step runs when it is reached.</summary>
    private ImmutableArray<string> Deciding(StepVisit visit)
    {
        var arriving = diagram.Support(visit.Arrives);
        var support = diagram.Support(visit.Runs).Where(variable => !arriving.Contains(variable)).ToList();
        if (support.Count == 0)
        {
            support = [.. diagram.Support(visit.Runs)];
        }

        // What is asked of a value apart from its classes is named after the value: request.header.x-level < 4.5.
        return
        [
            .. support
                .Select(diagram.NameOf)
                .Select(name => name.StartsWith("request.", StringComparison.Ordinal) ? name.Split(' ')[0] : name)
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private static bool IsCredential(string variable) =>
        variable.Contains("request.header.authorization", StringComparison.Ordinal)
        || variable.StartsWith("token(", StringComparison.Ordinal)
        || CredentialNames.IsCredential(variable.StartsWith("extracted:", StringComparison.Ordinal) ? variable.Split(':')[1] : variable)
        || variable.Contains("apikey", StringComparison.OrdinalIgnoreCase)
        || variable.Contains("api-key", StringComparison.OrdinalIgnoreCase)
        || variable.Contains("api_key", StringComparison.OrdinalIgnoreCase);

    private static bool IsSpoofable(string variable) =>
        variable.Contains("request.header.", StringComparison.Ordinal)
        || variable.Contains("request.queryparam.", StringComparison.Ordinal)
        || variable.Contains("request.formparam.", StringComparison.Ordinal);

    private static BypassStep Culprit(StepVisit visit, ImmutableArray<string> decidedBy) =>
        new(
            visit.Policy,
            visit.Owner,
            visit.Step,
            visit.Hook,
            visit.Step?.Condition is { } condition && !decidedBy.IsEmpty ? condition.Location
                : visit.Hook is not null ? visit.Location
                : visit.Policy?.Location ?? visit.Location,
            decidedBy
        );
}
