using System.Text.Json;
using Acornima.Ast;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Calls, and what the platform offers to them.</content>
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
                            ScriptValue.List or ScriptValue.Elements or ScriptValue.Selection => new ScriptValue.Bool(Diagram.True),
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
                if (call.Callee is Identifier { Name: "eval" })
                {
                    writesAnything = true;
                }

                MayCall(arguments, callee is not ScriptValue.Host, frame);
                return One(Fresh(call, callee is not ScriptValue.Unknown && AreFromCaller(arguments)));
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
        // What a generator or an asynchronous function does, it does later.
        if (callers.Count >= MaxCalls || function.Node.Generator || function.Node.Async)
        {
            Havoc((Node)function.Node, function.Closure, frame);
            return One(Fresh(call, false));
        }

        callers.Push(call);
        var scope = new Scope(function.Closure);
        for (var i = 0; i < function.Node.Params.Count; i++)
        {
            if (function.Node.Params[i] is Identifier parameter && !IsSpread(call))
            {
                scope.Declare(parameter.Name, i < arguments.Length ? arguments[i] : One(ScriptValue.Undefined.Instance));
            }
            else
            {
                foreach (var id in Descendants(function.Node.Params[i]).OfType<Identifier>())
                {
                    scope.Declare(id.Name, One(Fresh(id, false)));
                }
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

        callers.Pop();
        return result.Count == 0 ? One(ScriptValue.Undefined.Instance) : result;
    }

    private static bool IsSpread(Node call) =>
        call is CallExpression { Arguments: var arguments } && arguments.Any(a => a is SpreadElement);

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
            case "setVariable" or "removeVariable" or "":
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

            case ScriptValue.Flow { Value: FlowValue.Members { Form: ClaimForm.Json or ClaimForm.Legacy } members }:
                return One(new ScriptValue.Elements(members));
            case ScriptValue.Flow { Value: FlowValue.Answer }:
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
}
