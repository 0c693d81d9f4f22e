using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Methods of texts, lists and claims.</content>
internal sealed partial class ScriptRun
{
    private List<(int Guard, ScriptValue Value)> Methods(
        ScriptValue target,
        string name,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        if (
            target
            is ScriptValue.List { IsChanged: true }
                or ScriptValue.Obj { IsChanged: true }
                or ScriptValue.Selection
                or ScriptValue.Element
        )
        {
            Blur(target, frame, []);
            target = Fresh(call, false);
        }

        switch (target)
        {
            case ScriptValue.Str when arguments.Any(argument => argument.Any(item => item.Value is ScriptValue.Function)):
                MayCall(arguments, true, frame);
                return One(Fresh(call, false));
            case ScriptValue.Str text:
                return arguments.Length == 0
                    ? One(TextMethod(text.Value, name, null, null, call))
                    : Map(arguments[0], item => TextMethod(text.Value, name, item, arguments, call));
            case ScriptValue.List list:
                return ListMethod(list, name, arguments, call, frame);
            case ScriptValue.Elements { Members: var members }:
                return ElementsMethod(members, name, arguments, call, frame);
            case ScriptValue.Flow { Value: FlowValue.Members { Form: ClaimForm.Blanks } members }
                when name == "split" && arguments is [[(_, ScriptValue.Str { Value: " " })]]:
                return One(new ScriptValue.Elements(members));
            case ScriptValue.Flow flow:
                MayCall(arguments, false, frame);
                return arguments.Length != 1
                    ? One(name == "toString" ? flow : Fresh(call, AreFromCaller([One(flow), .. arguments])))
                    : Map(arguments[0], item => FlowMethod(flow, name, item, call));
            case ScriptValue.Unknown unknown when name is "indexOf" or "lastIndexOf" or "search" or "findIndex":
                MayCall(arguments, false, frame);
                return One(new ScriptValue.Position(Some(call, unknown.FromCaller)));
            case ScriptValue.Unknown unknown
                when name is "includes" or "startsWith" or "endsWith" or "some" or "every" or "test" or "hasOwnProperty":
                MayCall(arguments, false, frame);
                return One(new ScriptValue.Bool(Some(call, unknown.FromCaller)));
            case ScriptValue.Bool when name == "toString":
                return One(target);
            case ScriptValue.Num number when name == "toString":
                return One(new ScriptValue.Str(TextOf(number)!));
            case ScriptValue.Null or ScriptValue.Undefined:
                Throw(frame.Live, frame);
                return One(ScriptValue.Undefined.Instance);
            default:
                // A method of the platform, or of something unknown: its function arguments may run.
                writesAnything |= target is ScriptValue.Method { Target: ScriptValue.Host { Name: "context" }, Name: not "getVariable" };
                MayCall([One(target), .. arguments], target is not ScriptValue.Host, frame);
                return One(Fresh(call, AreFromCaller([One(target), .. arguments])));
        }
    }

    private ScriptValue TextMethod(
        string text,
        string name,
        ScriptValue? argument,
        List<(int Guard, ScriptValue Value)>[]? arguments,
        CallExpression call
    )
    {
        var other = argument is ScriptValue.Str a && (arguments is { Length: 1 } || name == "replace") ? a.Value : null;
        switch (name)
        {
            case "trim":
                return new ScriptValue.Str(text.Trim());
            case "toLowerCase":
                return new ScriptValue.Str(text.ToLowerInvariant());
            case "toUpperCase":
                return new ScriptValue.Str(text.ToUpperInvariant());
            case "toString":
                return new ScriptValue.Str(text);
            case "split" when other is not null:
                return new ScriptValue.List([
                    .. (other.Length == 0 ? text.Select(c => c.ToString()) : text.Split(other)).Select(part => new ScriptValue.Str(part)),
                ]);
            case "indexOf" when other is not null:
                return new ScriptValue.Num(text.IndexOf(other, StringComparison.Ordinal));
            case "includes" when other is not null:
                return new ScriptValue.Bool(text.Contains(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "startsWith" when other is not null:
                return new ScriptValue.Bool(text.StartsWith(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "endsWith" when other is not null:
                return new ScriptValue.Bool(text.EndsWith(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "substring"
            or "slice"
            or "substr"
                when argument is ScriptValue.Num start && arguments is { Length: 1 } && start.Value >= 0 && start.Value <= text.Length:
                return new ScriptValue.Str(text[(int)start.Value..]);
            case "replace"
                when other is not null
                    && arguments is { Length: 2 }
                    && arguments[1] is [(_, ScriptValue.Str with)]
                    && !with.Value.Contains('$'):
                var at = text.IndexOf(other, StringComparison.Ordinal);
                return new ScriptValue.Str(at < 0 ? text : text[..at] + with.Value + text[(at + other.Length)..]);
            case "indexOf" or "lastIndexOf" or "search":
                return new ScriptValue.Position(Some(call, AreFromCaller(arguments ?? [])));
            default:
                return Fresh(call, AreFromCaller(arguments ?? []));
        }
    }

    private ScriptValue FlowMethod(ScriptValue.Flow flow, string name, ScriptValue argument, CallExpression call)
    {
        if (argument is ScriptValue.Str text)
        {
            var literal = text.Value.Replace("%", "%%", StringComparison.Ordinal).Replace("*", "%*", StringComparison.Ordinal);
            switch (name)
            {
                case "indexOf":
                    return new ScriptValue.Position(
                        host.Relate(flow.Value, ConditionOperator.Matches, new FlowValue.Text("*" + literal + "*")),
                        host.Relate(flow.Value, ConditionOperator.StartsWith, new FlowValue.Text(text.Value))
                    );
                case "includes":
                    return new ScriptValue.Bool(
                        host.Relate(flow.Value, ConditionOperator.Matches, new FlowValue.Text("*" + literal + "*"))
                    );
                case "startsWith":
                    return new ScriptValue.Bool(host.Relate(flow.Value, ConditionOperator.StartsWith, new FlowValue.Text(text.Value)));
                case "endsWith":
                    return new ScriptValue.Bool(host.Relate(flow.Value, ConditionOperator.Matches, new FlowValue.Text("*" + literal)));
                default:
                    break;
            }
        }

        return Fresh(call, AreFromCaller([One(flow), One(argument)]));
    }

    private List<(int Guard, ScriptValue Value)> ListMethod(
        ScriptValue.List list,
        string name,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        switch (name)
        {
            case "push" when arguments.Length == 1 && frame.Live == Diagram.True && !IsSpread(call):
                list.Items.Add(Single(arguments[0], call));
                return One(new ScriptValue.Num(list.Items.Count));
            case "indexOf" or "lastIndexOf" or "includes" when arguments.Length == 1:
                var found = Diagram.False;
                foreach (var item in list.Items)
                {
                    found = diagram.Or(found, Equality(One(item), arguments[0], call));
                }

                return One(name == "includes" ? new ScriptValue.Bool(found) : new ScriptValue.Position(found));
            case "join":
                if (arguments.Length > 0 && arguments[0] is not [(_, ScriptValue.Str)])
                {
                    return One(Fresh(call, false));
                }

                var separator = arguments.Length > 0 && arguments[0] is [(_, ScriptValue.Str s)] ? s.Value : ",";
                if (list.Items.Sum(item => (long)(TextOf(item)?.Length ?? 0) + separator.Length) > MaxText)
                {
                    throw new ScriptTooLargeException();
                }

                return One(
                    list.Items.All(item => TextOf(item) is not null)
                        ? new ScriptValue.Str(string.Join(separator, list.Items.Select(TextOf)))
                        : Fresh(call, AreFromCaller([.. list.Items.Select(One)]))
                );
            case "some" or "every" or "forEach" or "map" or "filter" when arguments is [[(_, ScriptValue.Function function)]]:
                return ForItems(list, name, function, call, frame);
            case "toString" or "slice" or "concat":
                return One(Fresh(call, AreFromCaller([.. list.Items.Select(One), .. arguments])));
            default:
                // Sorted, reversed, cut, looked through: what it holds afterwards is not followed.
                MayCall(arguments, true, frame);
                Blur(list, frame, []);
                return One(Fresh(call, false));
        }
    }
}
