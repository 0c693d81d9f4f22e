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
        switch (target)
        {
            case ScriptValue.Str text:
                return arguments.Length == 0
                    ? One(TextMethod(text.Value, name, null, null, call))
                    : Map(arguments[0], item => TextMethod(text.Value, name, item, arguments, call));
            case ScriptValue.List list:
                return ListMethod(list, name, arguments, call, frame);
            case ScriptValue.Flow { Value: FlowValue.Members members }:
                return MembersMethod(members, name, arguments, call, frame);
            case ScriptValue.Flow flow:
                return arguments.Length == 0
                    ? One(FlowMethod(flow, name, null, call))
                    : Map(arguments[0], item => FlowMethod(flow, name, item, call));
            case ScriptValue.Unknown unknown when name is "indexOf":
                return One(new ScriptValue.Position(Some(call, unknown.FromCaller)));
            case ScriptValue.Unknown unknown
                when name is "includes" or "startsWith" or "endsWith" or "some" or "every" or "test" or "hasOwnProperty":
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
                foreach (var argument in arguments.SelectMany(argument => argument))
                {
                    if (argument.Value is ScriptValue.Function function)
                    {
                        Havoc((Node)function.Node, frame);
                    }
                }

                return One(Fresh(call, IsFromCaller(target) && arguments.All(argument => argument.All(item => IsFromCaller(item.Value)))));
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
        var other = argument is ScriptValue.Str a ? a.Value : null;
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
            case "replace" when other is not null && arguments is { Length: 2 } && arguments[1] is [(_, ScriptValue.Str with)]:
                var at = text.IndexOf(other, StringComparison.Ordinal);
                return new ScriptValue.Str(at < 0 ? text : text[..at] + with.Value + text[(at + other.Length)..]);
            case "indexOf":
                return new ScriptValue.Position(Some(call, argument is null || IsFromCaller(argument)));
            default:
                return Fresh(call, argument is null || IsFromCaller(argument));
        }
    }

    private ScriptValue FlowMethod(ScriptValue.Flow flow, string name, ScriptValue? argument, CallExpression call)
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

        return name == "toString" ? flow : Fresh(call, IsFromCaller(flow) && (argument is null || IsFromCaller(argument)));
    }

    private List<(int Guard, ScriptValue Value)> MembersMethod(
        FlowValue.Members members,
        string name,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        switch (name)
        {
            case "indexOf" or "includes" when arguments.Length >= 1:
                return Map(
                    arguments[0],
                    item =>
                    {
                        if (item is not ScriptValue.Str wanted)
                        {
                            var some = Some(call, IsFromCaller(item));
                            return name == "indexOf" ? new ScriptValue.Position(some) : new ScriptValue.Bool(some);
                        }

                        var found = host.Contains(members, wanted.Value);
                        return name == "indexOf" ? new ScriptValue.Position(found) : new ScriptValue.Bool(found);
                    }
                );
            case "split"
                when members.Form == ClaimForm.Blanks && arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Str { Value: " " })]:
                return One(new ScriptValue.Flow(members));
            case "join" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Str { Value: " " })]:
                return One(new ScriptValue.Flow(members with { Form = ClaimForm.Blanks }));
            case "toString" or "trim":
                return One(new ScriptValue.Flow(members));
            case "some" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Function test)]:
                var result = Diagram.False;
                foreach (var member in members.Set.Members.Keys.ToArray())
                {
                    var passes = Truth(Invoke(test, [One(new ScriptValue.Str(member))], call, frame), call);
                    result = diagram.Or(result, diagram.And(host.Contains(members, member), passes));
                }

                return One(new ScriptValue.Bool(result));
            default:
                return One(Fresh(call, true));
        }
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
            case "push" when arguments.Length == 1:
                list.Items.Add(frame.Live == Diagram.True ? Single(arguments[0], call) : Fresh(call, false));
                return One(new ScriptValue.Num(list.Items.Count));
            case "indexOf" or "includes" when arguments.Length >= 1:
                var found = Diagram.False;
                foreach (var item in list.Items)
                {
                    found = diagram.Or(found, Equality(One(item), arguments[0], call));
                }

                return One(name == "indexOf" ? new ScriptValue.Position(found) : new ScriptValue.Bool(found));
            case "join":
                var separator = arguments.Length > 0 && arguments[0] is [(_, ScriptValue.Str s)] ? s.Value : ",";
                if (list.Items.Sum(item => (long)(TextOf(item)?.Length ?? 0) + separator.Length) > MaxText)
                {
                    throw new ScriptTooLargeException();
                }

                return One(
                    list.Items.All(item => TextOf(item) is not null)
                        ? new ScriptValue.Str(string.Join(separator, list.Items.Select(TextOf)))
                        : Fresh(call, list.Items.All(IsFromCaller))
                );
            case "some" or "every" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Function test)]:
                var any = Diagram.False;
                var all = Diagram.True;
                foreach (var item in list.Items.ToArray())
                {
                    var passes = Truth(Invoke(test, [One(item)], call, frame), call);
                    any = diagram.Or(any, passes);
                    all = diagram.And(all, passes);
                }

                return One(new ScriptValue.Bool(name == "some" ? any : all));
            case "forEach" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Function action)]:
                foreach (var item in list.Items.ToArray())
                {
                    Invoke(action, [One(item)], call, frame);
                }

                return One(ScriptValue.Undefined.Instance);
            case "map" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Function transform)]:
                return One(
                    new ScriptValue.List([
                        .. list.Items.ToArray().Select(item => Single(Invoke(transform, [One(item)], call, frame), call)),
                    ])
                );
            default:
                return One(Fresh(call, list.Items.All(IsFromCaller)));
        }
    }
}
