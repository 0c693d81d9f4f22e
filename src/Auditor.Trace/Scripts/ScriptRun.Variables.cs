using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Flow variables as values of the script, and back.</content>
internal sealed partial class ScriptRun
{
    private List<(int Guard, ScriptValue Value)> FlowVariable(string name) => Values(host.Read(name));

    private List<(int Guard, ScriptValue Value)> Values(Alternative[] alternatives)
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var alternative in alternatives)
        {
            switch (alternative.Value)
            {
                case FlowValue.Text text:
                    Merge(result, alternative.Guard, new ScriptValue.Str(text.Value));
                    break;
                case FlowValue.Missing:
                    Merge(result, alternative.Guard, ScriptValue.Null.Instance);
                    break;
                case FlowValue.Named { Symbol.IsNullable: true, Prefix: "" } or FlowValue.Members:
                    var isNull = host.Relate(alternative.Value, ConditionOperator.Equals, FlowValue.Missing.Instance);
                    Merge(result, diagram.And(alternative.Guard, isNull), ScriptValue.Null.Instance);
                    Merge(result, diagram.Without(alternative.Guard, isNull), new ScriptValue.Flow(alternative.Value));
                    break;
                default:
                    Merge(result, alternative.Guard, new ScriptValue.Flow(alternative.Value));
                    break;
            }
        }

        return result;
    }

    private void Write(string variable, List<(int Guard, ScriptValue Value)> value, int guard)
    {
        var alternatives = new List<Alternative>();
        foreach (var (inner, item) in value)
        {
            switch (item)
            {
                case ScriptValue.Bool boolean:
                    Add(alternatives, diagram.And(inner, boolean.Truth), new FlowValue.Text("true"));
                    Add(alternatives, diagram.Without(inner, boolean.Truth), new FlowValue.Text("false"));
                    break;
                case ScriptValue.Null or ScriptValue.Undefined:
                    Add(alternatives, inner, FlowValue.Missing.Instance);
                    break;
                case ScriptValue.Flow flow:
                    Add(alternatives, inner, flow.Value);
                    break;
                default:
                    Add(alternatives, inner, TextOf(item) is { } text ? new FlowValue.Text(text) : Named(item));
                    break;
            }
        }

        host.Write(variable, [.. alternatives], guard);
    }

    private static void Add(List<Alternative> list, int guard, FlowValue value)
    {
        if (guard != Diagram.False)
        {
            list.Add(new Alternative(guard, value, null));
        }
    }

    private FlowValue.Named Named(ScriptValue value)
    {
        var unknown = value as ScriptValue.Unknown ?? new ScriptValue.Unknown(host.Title, false);
        var name = "script:" + unknown.Name;
        return new FlowValue.Named(
            symbols.Get(
                name,
                () =>
                    new Symbol(
                        name,
                        unknown.FromCaller ? VariableKind.Caller : VariableKind.Unknown,
                        true,
                        $"what {unknown.Name} computes",
                        $"what {host.Title} does"
                    )
            ),
            ""
        );
    }
}
