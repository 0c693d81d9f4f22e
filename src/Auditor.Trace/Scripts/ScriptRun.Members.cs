using Acornima.Ast;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Members of values and of the platform's objects.</content>
internal sealed partial class ScriptRun
{
    private List<(int Guard, ScriptValue Value)> Member(MemberExpression member, Frame frame)
    {
        var owner = Eval(member.Object, frame);
        var key = member.Computed
            ? Single(Eval(member.Property, frame), member.Property)
            : new ScriptValue.Str(((Identifier)member.Property).Name);
        return owner.Count == 1
            ? MemberOf(owner[0].Value, key, member, frame)
            : Combine(owner, frame, item => MemberOf(item, key, member, frame));
    }

    /// <summary>Does something with each value where it is the value: what throws for one of them only throws there.</summary>
    private List<(int Guard, ScriptValue Value)> Combine(
        List<(int Guard, ScriptValue Value)> values,
        Frame frame,
        Func<ScriptValue, List<(int Guard, ScriptValue Value)>> map
    )
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        var live = frame.Live;
        var after = live;
        foreach (var (guard, value) in values)
        {
            after = diagram.Without(after, guard);
        }

        foreach (var (guard, value) in values)
        {
            frame.Live = diagram.And(live, guard);
            if (frame.Live == Diagram.False)
            {
                continue;
            }

            foreach (var (inner, mapped) in map(value))
            {
                Merge(result, diagram.And(guard, inner), mapped);
            }

            after = diagram.Or(after, frame.Live);
        }

        frame.Live = after;
        return result.Count == 0 ? One(ScriptValue.Undefined.Instance) : result;
    }

    private List<(int Guard, ScriptValue Value)> MemberOf(ScriptValue owner, ScriptValue key, MemberExpression member, Frame frame)
    {
        var name = TextOf(key);
        switch (owner)
        {
            case ScriptValue.Obj { IsChanged: true } or ScriptValue.List { IsChanged: true }:
                return One(name is not null && IsMethodName(name) ? new ScriptValue.Method(owner, name) : Fresh(member, false));
            case ScriptValue.Obj obj when name is not null && (obj.Members.ContainsKey(name) || !IsMethodName(name)):
                return One(obj.Members.TryGetValue(name, out var value) ? value : ScriptValue.Undefined.Instance);
            case ScriptValue.List list when name == "length":
                return One(new ScriptValue.Num(list.Items.Count));
            case ScriptValue.List list when key is ScriptValue.Num index:
                return One(
                    index.Value >= 0 && index.Value < list.Items.Count ? list.Items[(int)index.Value] : ScriptValue.Undefined.Instance
                );
            case ScriptValue.Elements when name == "length":
                return One(new ScriptValue.Count(Some(member, false)));
            case ScriptValue.Selection selection when name == "length":
                return One(new ScriptValue.Count(selection.Any));
            case ScriptValue.Str text when name == "length":
                return One(new ScriptValue.Num(text.Value.Length));
            case ScriptValue.Host { Name: "properties" } when name is not null:
                return One(host.Property(name) is { } property ? new ScriptValue.Str(property) : ScriptValue.Undefined.Instance);
            case ScriptValue.Host { Name: "context" } when name is "proxyRequest" or "targetRequest":
                return One(new ScriptValue.Host("request"));
            case ScriptValue.Host { Name: "request" } when name is "headers" or "queryParams":
                return One(new ScriptValue.Host(name == "headers" ? "request.headers" : "request.queryParams"));
            case ScriptValue.Host { Name: "request" } when name is "method" or "content" or "url" or "body":
                return FlowVariable(
                    name switch
                    {
                        "method" => "request.verb",
                        "url" => "request.uri",
                        _ => "request.content",
                    }
                );
            case ScriptValue.Host { Name: "request.headers" } when name is not null:
                return FlowVariable("request.header." + name);
            case ScriptValue.Host { Name: "request.queryParams" } when name is not null:
                return FlowVariable("request.queryparam." + name);
            case ScriptValue.Flow { Value: FlowValue.Answer answer } when name is not null && !IsMethodName(name):
                return Values([new Alternative(Diagram.True, host.MemberOf(answer, name), null)]);
            case ScriptValue.Null or ScriptValue.Undefined:
                // Reading a member of nothing throws.
                Throw(frame.Live, frame);
                return One(ScriptValue.Undefined.Instance);
            case ScriptValue.Unknown unknown:
                return One(
                    name is null || IsMethodName(name) ? new ScriptValue.Method(owner, name ?? "") : Fresh(member, unknown.FromCaller)
                );
            case ScriptValue.Host or ScriptValue.Method or ScriptValue.Regex or ScriptValue.Function:
                return One(new ScriptValue.Method(owner, name ?? ""));
            default:
                // A length, a letter of a text, one of several: nothing that is followed.
                return One(
                    name is not null && IsMethodName(name) ? new ScriptValue.Method(owner, name) : Fresh(member, IsFromCaller(owner))
                );
        }
    }

    private static bool IsMethodName(string name) =>
        name
            is "indexOf"
                or "includes"
                or "split"
                or "substring"
                or "substr"
                or "slice"
                or "trim"
                or "toLowerCase"
                or "toUpperCase"
                or "replace"
                or "match"
                or "startsWith"
                or "endsWith"
                or "push"
                or "join"
                or "filter"
                or "map"
                or "some"
                or "every"
                or "forEach"
                or "toString"
                or "charAt"
                or "concat"
                or "hasOwnProperty"
                or "lastIndexOf"
                or "search"
                or "find"
                or "findIndex"
                or "reduce"
                or "reverse"
                or "sort"
                or "pop"
                or "shift"
                or "unshift"
                or "splice"
                or "keys"
                or "test";
}
