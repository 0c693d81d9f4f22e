using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Steps and their conditions.</content>
internal sealed partial class FlowInterpreter
{
    private void RunSteps(ImmutableArray<Step> steps, Bundle owner, StepPlace place, FlowState state)
    {
        foreach (var step in steps)
        {
            if (state.Reach == Diagram.False || (isAnswer && AnswersAreTooMany))
            {
                return;
            }

            RunStep(step, owner, place, state);
        }
    }

    private void RunStep(Step step, Bundle owner, StepPlace place, FlowState state)
    {
        var arrives = state.Reach;
        var holds = step.Condition is { } condition ? Evaluate(condition, state, owner) : Diagram.True;
        var runs = diagram.And(arrives, holds);
        var policy = owner.FindPolicy(step.Policy);
        var visit = new StepVisit
        {
            Place = place,
            Step = step,
            Policy = policy,
            Owner = owner,
            Location = step.Location,
            Arrives = arrives,
            Runs = runs,
        };
        Add(visit);
        if (runs == Diagram.False || policy is { Enabled: false })
        {
            return;
        }

        if (policy is null)
        {
            if (!owner.IsReadable)
            {
                WriteAnything($"policy '{step.Policy}'", step.Location, runs, state, owner);
            }

            if (!owner.IsReadable && IsWalking)
            {
                visit.Fails = visit.Stops = diagram.Without(runs, Unreadable(owner));
                state.Reach = diagram.Without(state.Reach, visit.Stops);
            }

            return;
        }

        visit.Fails = Apply(policy, owner, visit, runs, state);
        if (policy.ContinueOnError)
        {
            visit.Ignores = true;
            MarkFailed(policy, visit.Fails, state);
            return;
        }

        visit.Stops = visit.Fails;
        if (isFault && policy is RaiseFaultPolicy raise)
        {
            // What a fault rule raises is the answer.
            Assign(Status, RaisedStatus(raise, owner, state), visit.Fails, state, owner);
        }

        Stop(visit, visit.Stops, state);
        state.Reach = diagram.Without(state.Reach, visit.Fails);
    }

    private void Add(StepVisit visit)
    {
        visits.Add(visit);
        if (isAnswer)
        {
            answerSteps++;
            return;
        }

        if (isFault)
        {
            if (++faultSteps > MaxVisits)
            {
                throw new Languages.BudgetExceededException("the refusals of one endpoint meet more than 20,000 steps of fault rules");
            }

            return;
        }

        if (seen.Count == MaxVisits)
        {
            throw new Languages.BudgetExceededException("one endpoint has more than 20,000 steps with its shared flows inlined");
        }

        seen.Add(visit);
    }

    private int Evaluate(ConditionText condition, FlowState state, Bundle owner)
    {
        var parsed = knowledge.Parse(condition.Text);
        return Evaluate(parsed.Condition, condition, state, owner);
    }

    private int Evaluate(Condition condition, ConditionText text, FlowState state, Bundle owner) =>
        condition switch
        {
            Condition.And and => diagram.And(Evaluate(and.Left, text, state, owner), Evaluate(and.Right, text, state, owner)),
            Condition.Or or => diagram.Or(Evaluate(or.Left, text, state, owner), Evaluate(or.Right, text, state, owner)),
            Condition.Not not => diagram.Not(Evaluate(not.Inner, text, state, owner)),
            Condition.Relation relation => Evaluate(relation, text, state, owner),
            Condition.Bare bare => Relate(
                Operand(bare.Operand, state, owner),
                ConditionOperator.Equals,
                [new Alternative(Diagram.True, new FlowValue.Text("true"), null)],
                text.Location
            ),
            _ => symbols.Unknown(
                $"the condition at {text.Location}, which cannot be read, holds",
                "a condition that can be read",
                text.Location
            ),
        };

    private int Evaluate(Condition.Relation relation, ConditionText text, FlowState state, Bundle owner)
    {
        var truth = Relate(Operand(relation.Left, state, owner), relation.Operator, Operand(relation.Right, state, owner), text.Location);
        return relation.Negated ? diagram.Not(truth) : truth;
    }
}
