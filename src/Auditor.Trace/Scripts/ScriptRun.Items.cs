using Acornima.Ast;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Methods of arrays that call a function for each item, and the arrays that hold the scopes or groups of a token.</content>
internal sealed partial class ScriptRun
{
    /// <summary>A function for each item of a list that is known.</summary>
    private List<(int Guard, ScriptValue Value)> ForItems(
        ScriptValue.List list,
        string name,
        ScriptValue.Function function,
        CallExpression call,
        Frame frame
    )
    {
        var any = Diagram.False;
        var all = Diagram.True;
        var stopped = Diagram.False;
        var isCertain = true;
        var results = new List<ScriptValue>();
        foreach (var (index, item) in list.Items.ToArray().Index())
        {
            if (frame.Live == Diagram.False)
            {
                break;
            }

            var result = Invoke(function, [One(item), One(new ScriptValue.Num(index)), One(list)], call, frame);
            if (name == "map")
            {
                results.Add(Single(result, call));
                continue;
            }

            if (name == "forEach")
            {
                continue;
            }

            // What it does for the next item, it does only if this one did not settle the question.
            var passes = Truth(result, call);
            any = diagram.Or(any, diagram.And(frame.Live, passes));
            all = diagram.And(all, diagram.Or(diagram.Not(frame.Live), passes));
            if (name == "filter")
            {
                isCertain &= passes is Diagram.True or Diagram.False;
                results.AddRange(passes == Diagram.True ? [item] : []);
                continue;
            }

            var settled = diagram.And(frame.Live, name == "some" ? passes : diagram.Not(passes));
            stopped = diagram.Or(stopped, settled);
            frame.Live = diagram.Without(frame.Live, settled);
        }

        frame.Live = diagram.Or(frame.Live, stopped);
        return One(
            name switch
            {
                "some" => new ScriptValue.Bool(any),
                "every" => new ScriptValue.Bool(all),
                "map" => new ScriptValue.List(results),
                "filter" => isCertain ? new ScriptValue.List(results) : new ScriptValue.Selection(any),
                _ => ScriptValue.Undefined.Instance,
            }
        );
    }

    private List<(int Guard, ScriptValue Value)> ElementsMethod(
        FlowValue.Members members,
        string name,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        switch (name)
        {
            case "indexOf" or "lastIndexOf" or "includes" when arguments.Length == 1:
                return Map(
                    arguments[0],
                    item =>
                    {
                        var found = item is ScriptValue.Str wanted ? host.Contains(members, wanted.Value) : Some(call, false);
                        return name == "includes" ? new ScriptValue.Bool(found) : new ScriptValue.Position(found);
                    }
                );
            case "join" when arguments is [[(_, ScriptValue.Str { Value: " " })]]:
                return One(new ScriptValue.Flow(members with { Form = ClaimForm.Blanks }));
            case "some"
            or "every"
            or "filter"
            or "find"
            or "findIndex" when arguments is [[(_, ScriptValue.Function test)]] && !DoesMore((Node)test.Node, test.Closure, []):
                return Selected(members, name, test, call, frame);
            default:
                MayCall(arguments, true, frame);
                return One(
                    name switch
                    {
                        "some" or "every" => new ScriptValue.Bool(Some(call, false)),
                        "findIndex" or "indexOf" or "lastIndexOf" => new ScriptValue.Position(Some(call, false)),
                        _ => Fresh(call, false),
                    }
                );
        }
    }

    /// <summary>
    /// Whether one of the scopes passes a test. The test is read for one that is none of the texts it compares it with, and then for each of those, which the token may have.
    /// </summary>
    private List<(int Guard, ScriptValue Value)> Selected(
        FlowValue.Members members,
        string name,
        ScriptValue.Function test,
        CallExpression call,
        Frame frame
    )
    {
        var element = new ScriptValue.Element(new SortedSet<string>(StringComparer.Ordinal));
        var other = Passes(element);
        var any = other == Diagram.False ? Diagram.False : diagram.And(other, Some(call, false));
        var values = new List<(int Guard, ScriptValue Value)>();
        foreach (var text in element.Compared)
        {
            var has = diagram.And(host.Contains(members, text), Passes(new ScriptValue.Str(text)));
            any = diagram.Or(any, has);
            Merge(values, has, new ScriptValue.Str(text));
        }

        switch (name)
        {
            case "every":
                return One(new ScriptValue.Bool(diagram.Not(any)));
            case "some":
                return One(new ScriptValue.Bool(any));
            case "findIndex":
                return One(new ScriptValue.Position(any));
            case "filter":
                return One(new ScriptValue.Selection(any));
            case "find" when other == Diagram.False && values.Count == 1:
                Merge(values, diagram.Not(any), ScriptValue.Undefined.Instance);
                return values;
            case "find" when any == Diagram.False:
                return One(ScriptValue.Undefined.Instance);
            default:
                return One(Fresh(call, false));
        }

        int Passes(ScriptValue item)
        {
            var passes = Truth(Invoke(test, [One(item), One(Fresh(call, false)), One(Fresh(call, false))], call, frame), call);
            return name == "every" ? diagram.Not(passes) : passes;
        }
    }

    /// <summary>Whether a function does more than to answer: how often and in which order it is called would matter.</summary>
    private static bool DoesMore(Node function, Scope scope, HashSet<Node> seen) =>
        seen.Add(function)
        && Descendants(function)
            .Any(node =>
                node switch
                {
                    AssignmentExpression or UpdateExpression or ThrowStatement or NewExpression => true,
                    CallExpression { Callee: MemberExpression { Computed: false, Property: Identifier method } } => !OnlyAnswers(
                        method.Name
                    ),
                    CallExpression { Callee: Identifier id } => id.Name is not ("String" or "Boolean")
                        && (
                            scope.Find(id.Name) is not [(_, ScriptValue.Function called)]
                            || DoesMore((Node)called.Node, called.Closure, seen)
                        ),
                    CallExpression or UnaryExpression { Operator: Acornima.Operator.Delete } => true,
                    _ => false,
                }
            );

    private static bool OnlyAnswers(string method) =>
        OnlyReads(method)
        || method
            is "getVariable"
                or "startsWith"
                or "endsWith"
                or "trim"
                or "toLowerCase"
                or "toUpperCase"
                or "split"
                or "substring"
                or "substr"
                or "charAt"
                or "test"
                or "match";
}
