using System.Text.Json;
using Acornima;
using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Calls, and the methods of texts, lists and the platform.</content>
internal sealed partial class ScriptRun
{
    private List<(int Guard, ScriptValue Value)> Call(CallExpression call, Frame frame)
    {
        var callee = Eval(call.Callee, frame);
        var arguments = call.Arguments.Select(argument => Eval(argument, frame)).ToArray();
        return callee.Count == 1
            ? Call(callee[0].Value, arguments, call, frame)
            : Combine(callee, frame, item => Call(item, arguments, call, frame));
    }

    private List<(int Guard, ScriptValue Value)> Call(
        ScriptValue callee,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        switch (callee)
        {
            case ScriptValue.Function function:
                return Invoke(function, arguments, call, frame);
            case ScriptValue.Host { Name: "String" } when arguments.Length == 1:
                return arguments[0];
            case ScriptValue.Host { Name: "Boolean" } when arguments.Length == 1:
                return One(new ScriptValue.Bool(Truth(arguments[0], call)));
            case ScriptValue.Host { Name: "print" }:
                return One(ScriptValue.Undefined.Instance);
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "context" } } method:
                return Context(method.Name, arguments, call, frame);
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "JSON" }, Name: "parse" } when arguments.Length >= 1:
                return Combine(arguments[0], frame, item => ParseJson(item, call, frame));
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "Array" }, Name: "isArray" } when arguments.Length == 1:
                return Map(
                    arguments[0],
                    item =>
                        item switch
                        {
                            ScriptValue.List or ScriptValue.Flow { Value: FlowValue.Members } => new ScriptValue.Bool(Diagram.True),
                            ScriptValue.Unknown unknown => new ScriptValue.Bool(Some(call, unknown.FromCaller)),
                            _ => new ScriptValue.Bool(Diagram.False),
                        }
                );
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "console" } }:
                return One(ScriptValue.Undefined.Instance);
            case ScriptValue.Method { Target: ScriptValue.Regex regex, Name: "test" } when arguments.Length == 1:
                return One(new ScriptValue.Bool(MatchesRegex(arguments[0], regex.Pattern, call)));
            case ScriptValue.Method method:
                return Methods(method.Target, method.Name, arguments, call, frame);
            default:
                var fromCaller =
                    arguments.Length > 0
                    && arguments.All(argument => argument.All(item => IsFromCaller(item.Value)))
                    && callee is not ScriptValue.Unknown;
                return One(Fresh(call, fromCaller));
        }
    }

    private int MatchesRegex(List<(int Guard, ScriptValue Value)> values, string pattern, Node node)
    {
        var result = Diagram.False;
        var language = Languages.JavaRegex.Read(symbols.Languages, pattern, anywhere: true);
        foreach (var (guard, value) in values)
        {
            var truth =
                language is not null && value is ScriptValue.Str text
                    ? symbols.Languages.Matches(language, text.Value)
                        ? Diagram.True
                        : Diagram.False
                    : Some(node, IsFromCaller(value));
            result = diagram.Or(result, diagram.And(guard, truth));
        }

        return result;
    }

    private List<(int Guard, ScriptValue Value)> Invoke(
        ScriptValue.Function function,
        List<(int Guard, ScriptValue Value)>[] arguments,
        Node call,
        Frame frame
    )
    {
        if (calls >= MaxCalls)
        {
            Havoc((Node)function.Node, frame);
            return One(Fresh(call, false));
        }

        calls++;
        var scope = new Scope(function.Closure);
        for (var i = 0; i < function.Node.Params.Count; i++)
        {
            if (function.Node.Params[i] is Identifier parameter)
            {
                scope.Declare(parameter.Name, i < arguments.Length ? arguments[i] : One(ScriptValue.Undefined.Instance));
            }
        }

        var inner = new Frame
        {
            Live = frame.Live,
            Scope = scope,
            Handlers = frame.Handlers,
        };
        List<(int Guard, ScriptValue Value)> result;
        if (function.Node.Body is Expression expression)
        {
            result = Eval(expression, inner);
            frame.Live = inner.Live;
        }
        else
        {
            var body = (BlockStatement)function.Node.Body;
            Hoist(body.Body, inner);
            foreach (var statement in body.Body)
            {
                Run(statement, inner);
            }

            result = [];
            var ended = inner.Live;
            foreach (var (guard, value) in inner.Returned)
            {
                ended = diagram.Or(ended, guard);
                Merge(result, guard, value);
            }

            Merge(result, inner.Live, ScriptValue.Undefined.Instance);
            frame.Live = ended;
        }

        calls--;
        return result.Count == 0 ? One(ScriptValue.Undefined.Instance) : result;
    }

    private List<(int Guard, ScriptValue Value)> Context(
        string method,
        List<(int Guard, ScriptValue Value)>[] arguments,
        CallExpression call,
        Frame frame
    )
    {
        var name = arguments.Length > 0 && arguments[0] is [(_, var first)] ? TextOf(first) : null;
        switch (method)
        {
            case "getVariable" when name is not null:
                return FlowVariable(name);
            case "getVariable":
                return One(Fresh(call, false));
            case "setVariable" when name is not null:
                Write(name, arguments.Length > 1 ? arguments[1] : One(ScriptValue.Undefined.Instance), frame.Live);
                return One(ScriptValue.Undefined.Instance);
            case "removeVariable" when name is not null:
                Write(name, One(ScriptValue.Null.Instance), frame.Live);
                return One(ScriptValue.Undefined.Instance);
            case "setVariable" or "removeVariable":
                writesAnything = true;
                return One(ScriptValue.Undefined.Instance);
            default:
                return One(Fresh(call, false));
        }
    }

    private List<(int Guard, ScriptValue Value)> ParseJson(ScriptValue value, CallExpression call, Frame frame)
    {
        switch (value)
        {
            case ScriptValue.Str text:
                try
                {
                    using var document = JsonDocument.Parse(text.Value);
                    return One(FromJson(document.RootElement));
                }
                catch (JsonException)
                {
                    Throw(frame.Live, frame);
                    return One(ScriptValue.Undefined.Instance);
                }

            case ScriptValue.Flow { Value: FlowValue.Members { Form: ClaimForm.Json or ClaimForm.Legacy } or FlowValue.Answer }:
                return One(value);
            case ScriptValue.Null:
                return One(ScriptValue.Null.Instance);
            case ScriptValue.Undefined:
                Throw(frame.Live, frame);
                return One(ScriptValue.Undefined.Instance);
            default:
                // Whether it is JSON at all is up to whoever made it.
                var fromCaller = IsFromCaller(value);
                Throw(diagram.Without(frame.Live, Some(call, fromCaller)), frame);
                return One(Fresh(call, fromCaller));
        }
    }

    private static ScriptValue FromJson(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => new ScriptValue.Str(element.GetString()!),
            JsonValueKind.Number => new ScriptValue.Num(element.GetDouble()),
            JsonValueKind.True => new ScriptValue.Bool(Diagram.True),
            JsonValueKind.False => new ScriptValue.Bool(Diagram.False),
            JsonValueKind.Array => new ScriptValue.List([.. element.EnumerateArray().Select(FromJson)]),
            JsonValueKind.Object => new ScriptValue.Obj(
                element
                    .EnumerateObject()
                    .GroupBy(member => member.Name, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => FromJson(group.Last().Value), StringComparer.Ordinal)
            ),
            _ => ScriptValue.Null.Instance,
        };

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
