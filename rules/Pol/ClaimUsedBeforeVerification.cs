using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Pol;

/// <summary>A claim is used before the token that holds it is verified.</summary>
public sealed class ClaimUsedBeforeVerification : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-010",
        Name = "claim-used-before-verification",
        Title = "A claim is used before the token that holds it is verified",
        Level = Level.Error,
        SecuritySeverity = 7.9,
        Cwe = 696,
        Fix = FixKind.Automatic,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Jwt is null)
        {
            return Verdict.NotApplicable;
        }

        if (subject.EarlyUses.IsEmpty)
        {
            return Verdict.Pass;
        }

        var use = subject.EarlyUses[0];
        return new Verdict.Fail
        {
            Message =
                $"'{use.Variable}' is used before {subject.Policy.Kind} '{subject.Policy.Name}' sets it in {subject.Endpoint.Program.Bundle.Description}: "
                + "at that point the claim is null, whatever the token says, so the decision or header made of it is empty.",
            Location = use.Location,
            Cause = subject.Cause + "/early",
            Related =
            [
                new RelatedPlace(subject.Location, "where the token is verified"),
                .. subject.EarlyUses.Skip(1).Take(7).Select(item => new RelatedPlace(item.Location, $"{item.Variable} is used here, too")),
            ],
            Remedy = $"Move the step behind {subject.Policy.Kind} '{subject.Policy.Name}'.",
            Edits = Reordered(subject),
        };
    }

    /// <summary>The steps that use the claims, moved behind the check: where one flow holds them all, and nothing in between needs what they set.</summary>
    private static ImmutableArray<Edit> Reordered(TokenCheck check)
    {
        var program = check.Endpoint.Program;
        if (program.Endpoint is not { } endpoint)
        {
            return [];
        }

        var flows = endpoint.Flows.Prepend(endpoint.PreFlow).Append(endpoint.PostFlow).Select(flow => flow.Request).ToList();
        foreach (var steps in flows)
        {
            var at = steps.IndexOf(steps.FirstOrDefault(step => Runs(step, check, program))!);
            var moved = steps.Take(Math.Max(at, 0)).Where(step => check.EarlyUses.Any(use => IsOf(use, step, program))).ToList();
            if (moved.Count == 0)
            {
                continue;
            }

            var isAll = check.EarlyUses.All(use =>
                moved.Exists(step => IsOf(use, step, program)) && flows.Sum(other => other.Count(step => IsOf(use, step, program))) == 1
            );
            var between = steps.Take(at + 1).SkipWhile(step => step != moved[0]).Except(moved).ToList();
            return isAll && moved.TrueForAll(step => CanMove(step, between, program))
                ?
                [
                    .. moved.Select(step => new Edit(EditKind.RemoveElement, step.Location, null, null)),
                    new Edit(EditKind.InsertAfter, steps[at].Location, null, string.Join('\n', moved.Select(XmlText.Of))),
                ]
                : [];
        }

        return [];
    }

    private static bool Runs(Step step, TokenCheck check, FlowProgram program) =>
        program.Bundle.FindPolicy(step.Policy) is { } policy
        && (
            ReferenceEquals(policy, check.Policy)
            || (policy is FlowCalloutPolicy call && ReferenceEquals(program.FindSharedFlow(call.SharedFlow).Bundle, check.Owner))
        );

    private static bool IsOf(VariableUse use, Step step, FlowProgram program) =>
        use.Location == step.Condition?.Location
        || string.Equals(use.Location.Artifact, program.Bundle.FindPolicy(step.Policy)?.Location.Artifact, StringComparison.Ordinal);

    // What a moved step sets are headers, and nobody in between reads them.
    private static bool CanMove(Step step, List<Step> between, FlowProgram program)
    {
        if (program.Bundle.FindPolicy(step.Policy) is not AssignMessagePolicy { Variables.IsEmpty: true } assign)
        {
            return program.Bundle.FindPolicy(step.Policy) is RaiseFaultPolicy or QuotaPolicy;
        }

        var written = assign
            .Edits.SelectMany(edit => edit.Headers)
            .Select(header => VariableName.Canonical("request.header." + header.Name))
            .ToHashSet(StringComparer.Ordinal);
        return between.TrueForAll(other =>
            program.Bundle.FindPolicy(other.Policy) is { } policy && !Reads(other, policy, program).Any(written.Contains)
        );
    }

    private static IEnumerable<string> Reads(Step step, Policy policy, FlowProgram program)
    {
        var shared = policy is FlowCalloutPolicy call ? program.FindSharedFlow(call.SharedFlow).Bundle : null;
        var steps = shared?.SharedFlows.SelectMany(flow => flow.Steps).Prepend(step) ?? [step];
        var policies = shared?.Policies.Values.Prepend(policy) ?? [policy];
        return steps
            .Where(other => other.Condition is not null)
            .SelectMany(other => VariableUses.Of(other.Condition!))
            .Concat(policies.SelectMany(VariableUses.Of))
            .Select(use => use.Variable)
            .Concat(policies.OfType<JwtPolicy>().Select(jwt => VariableName.Canonical(jwt.Source ?? "request.header.authorization")));
    }
}
