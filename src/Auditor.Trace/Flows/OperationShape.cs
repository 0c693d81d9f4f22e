using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;

namespace Auditor.Trace.Flows;

/// <summary>Reads off a flow's condition which verbs and paths it serves, for names of operations. What it cannot read it leaves out.</summary>
internal static class OperationShape
{
    public static (ImmutableArray<string> Verbs, ImmutableArray<string> Paths) Of(Flow? flow, FlowProgram program, TraceKnowledge knowledge)
    {
        if (flow?.Condition is not { } text)
        {
            return ([], []);
        }

        var verbs = new SortedSet<string>(StringComparer.Ordinal);
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var relation in knowledge.Parse(text.Text).Condition.Parts().OfType<Condition.Relation>())
        {
            if (relation.Negated || relation.Left.Kind != OperandKind.Variable || relation.Right.Kind != OperandKind.Text)
            {
                continue;
            }

            switch (VariableName.Canonical(relation.Left.Text), relation.Operator)
            {
                case ("request.verb", ConditionOperator.Equals or ConditionOperator.EqualsIgnoringCase):
                    verbs.Add(relation.Right.Text);
                    break;
                case ("proxy.pathsuffix", ConditionOperator.MatchesPath or ConditionOperator.Equals or ConditionOperator.Matches):
                    paths.Add(program.BasePath + relation.Right.Text);
                    break;
                case ("request.path", ConditionOperator.MatchesPath or ConditionOperator.Equals or ConditionOperator.Matches):
                    paths.Add(relation.Right.Text);
                    break;
                case ("proxy.pathsuffix", ConditionOperator.JavaRegex):
                    paths.Add(program.BasePath + " ~~ " + relation.Right.Text);
                    break;
                default:
                    break;
            }
        }

        return ([.. verbs], [.. paths]);
    }
}
