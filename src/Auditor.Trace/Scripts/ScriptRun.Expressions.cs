using Acornima;
using Acornima.Ast;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Scripts;

/// <content>Expressions.</content>
internal sealed partial class ScriptRun
{
    private List<(int Guard, ScriptValue Value)> Eval(Expression expression, Frame frame)
    {
        Count();
        switch (expression)
        {
            case StringLiteral text:
                return One(new ScriptValue.Str(text.Value));
            case NumericLiteral number:
                return One(new ScriptValue.Num(number.Value));
            case BooleanLiteral boolean:
                return One(new ScriptValue.Bool(boolean.Value ? Diagram.True : Diagram.False));
            case RegExpLiteral regex:
                return One(new ScriptValue.Regex(regex.RegExp.Pattern));
            case Literal:
                return One(ScriptValue.Null.Instance);
            case Identifier id:
                return Lookup(id, frame);
            case TemplateLiteral template:
                return Template(template, frame);
            case ArrayExpression array when !array.Elements.Any(element => element is SpreadElement):
                return One(
                    new ScriptValue.List([
                        .. array.Elements.Select(element =>
                            element is null ? ScriptValue.Undefined.Instance : Single(Eval(element, frame), element)
                        ),
                    ])
                );
            case ObjectExpression obj:
                return One(Object(obj, frame));
            case IFunction function:
                return One(new ScriptValue.Function(function, frame.Scope));
            case LogicalExpression logical:
                return Logical(logical, frame);
            case BinaryExpression binary:
                return Binary(binary, frame);
            case UpdateExpression update:
                return Update(update, frame);
            case UnaryExpression unary:
                return Unary(unary, frame);
            case AssignmentExpression assignment:
                return Assign(assignment, frame);
            case ConditionalExpression conditional:
                return Conditional(conditional, frame);
            case MemberExpression member:
                return Member(member, frame);
            case CallExpression call:
                return Call(call, frame);
            case SequenceExpression sequence:
                List<(int, ScriptValue)> last = [];
                foreach (var item in sequence.Expressions)
                {
                    last = Eval(item, frame);
                }

                return last;
            case ChainExpression chain:
                return Eval(chain.Expression, frame);
            case NewExpression @new:
                List<(int Guard, ScriptValue Value)>[] given = [.. @new.Arguments.Select(argument => Eval(argument, frame))];
                MayCall([Eval(@new.Callee, frame), .. given], true, frame);
                return One(Fresh(@new, AreFromCaller(given)));
            case ParenthesizedExpression inner:
                return Eval(inner.Expression, frame);
            default:
                Havoc(expression, frame);
                return One(Fresh(expression, false));
        }
    }

    private List<(int Guard, ScriptValue Value)> Lookup(Identifier id, Frame frame)
    {
        if (frame.Scope.Find(id.Name) is { } found)
        {
            // What it would be elsewhere does not matter here.
            var possible = found.FindAll(item => diagram.And(item.Guard, frame.Live) != Diagram.False);
            return possible.Count == 0 ? found : possible;
        }

        return id.Name switch
        {
            "undefined" => One(ScriptValue.Undefined.Instance),
            "context"
            or "request"
            or "response"
            or "JSON"
            or "Math"
            or "console"
            or "properties"
            or "httpClient"
            or "crypto"
            or "Array"
            or "Object"
            or "String"
            or "Number"
            or "Boolean"
            or "print"
            or "parseInt"
            or "Date"
            or "flow"
            or "decodeURIComponent"
            or "encodeURIComponent"
            or "isNaN" => One(new ScriptValue.Host(id.Name)),
            _ => One(Fresh(id, false)),
        };
    }

    private List<(int Guard, ScriptValue Value)> Template(TemplateLiteral template, Frame frame)
    {
        var result = One(new ScriptValue.Str(template.Quasis[0].Value.Cooked ?? ""));
        for (var i = 0; i < template.Expressions.Count; i++)
        {
            result = Map(result, Eval(template.Expressions[i], frame), (l, r) => Plus(l, r, template));
            var text = template.Quasis[i + 1].Value.Cooked ?? "";
            result = Map(result, One(new ScriptValue.Str(text)), (l, r) => Plus(l, r, template));
        }

        return result;
    }

    private ScriptValue Single(List<(int Guard, ScriptValue Value)> values, Node node) =>
        values is [(_, var only)] ? only
        : values.All(item => item.Value is ScriptValue.Bool) ? new ScriptValue.Bool(Truth(values, node))
        : Fresh(node, values.All(item => IsFromCaller(item.Value)));

    private ScriptValue.Obj Object(ObjectExpression obj, Frame frame)
    {
        var members = new Dictionary<string, ScriptValue>(StringComparer.Ordinal);
        var isChanged = false;
        foreach (var node in obj.Properties)
        {
            if (
                node is Property { Computed: false, Kind: PropertyKind.Init, Value: Expression value } property
                && KeyOf(property.Key) is { } key
            )
            {
                members[key] = Single(Eval(value, frame), value);
            }
            else
            {
                // Members that are spread, named at run time or computed when they are read.
                escaped.Add((node, frame.Scope));
                isChanged = true;
            }
        }

        return new ScriptValue.Obj(members) { IsChanged = isChanged };
    }

    private static string? KeyOf(Expression key) =>
        key switch
        {
            Identifier id => id.Name,
            StringLiteral text => text.Value,
            _ => null,
        };

    private List<(int Guard, ScriptValue Value)> Logical(LogicalExpression logical, Frame frame)
    {
        var left = Eval(logical.Left, frame);
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var (guard, value) in left)
        {
            var truth = Truth(value, logical.Left);
            var stops = logical.Operator switch
            {
                Operator.LogicalAnd => diagram.Not(truth),
                Operator.NullishCoalescing => value is ScriptValue.Null or ScriptValue.Undefined ? Diagram.False : Diagram.True,
                _ => truth,
            };
            Merge(
                result,
                diagram.And(guard, stops),
                value is ScriptValue.Bool
                    ? new ScriptValue.Bool(logical.Operator == Operator.LogicalAnd ? Diagram.False : Diagram.True)
                    : value
            );
            var goesOn = diagram.Without(guard, stops);
            if (goesOn == Diagram.False)
            {
                continue;
            }

            var live = frame.Live;
            frame.Live = diagram.And(live, goesOn);
            var right = Eval(logical.Right, frame);

            // What the right side threw stays thrown; the rest goes on.
            frame.Live = diagram.Or(diagram.Without(live, goesOn), frame.Live);
            foreach (var (rightGuard, rightValue) in right)
            {
                Merge(result, diagram.And(goesOn, rightGuard), rightValue);
            }
        }

        return result;
    }

    private List<(int Guard, ScriptValue Value)> Conditional(ConditionalExpression conditional, Frame frame)
    {
        var truth = Truth(Eval(conditional.Test, frame), conditional.Test);
        var result = new List<(int Guard, ScriptValue Value)>();
        var live = frame.Live;
        foreach (var (guard, branch) in new[] { (truth, conditional.Consequent), (diagram.Not(truth), conditional.Alternate) })
        {
            frame.Live = diagram.And(live, guard);
            if (frame.Live == Diagram.False && live != Diagram.False)
            {
                continue;
            }

            foreach (var (inner, value) in Eval(branch, frame))
            {
                Merge(result, diagram.And(guard, inner), value);
            }
        }

        frame.Live = live;
        return result.Count == 0 ? One(ScriptValue.Undefined.Instance) : result;
    }

    private List<(int Guard, ScriptValue Value)> Update(UpdateExpression update, Frame frame)
    {
        var old = Eval(update.Argument, frame);
        var step = update.Operator == Operator.Increment ? 1 : -1;
        var next = Map(
            old,
            item => item is ScriptValue.Num number ? new ScriptValue.Num(number.Value + step) : Fresh(update, IsFromCaller(item))
        );
        if (update.Argument is Identifier id)
        {
            Bind(frame.Scope.OwnerOf(id.Name), id.Name, next, frame);
        }
        else if (update.Argument is MemberExpression member)
        {
            AssignMember(member, next, frame);
        }

        return update.Prefix ? next : old;
    }

    private List<(int Guard, ScriptValue Value)> Assign(AssignmentExpression assignment, Frame frame)
    {
        var value = Eval(assignment.Right, frame);
        if (assignment.Operator != Operator.Assignment && assignment.Left is Expression target)
        {
            value =
                assignment.Operator == Operator.AdditionAssignment
                    ? Map(Eval(target, frame), value, (l, r) => Plus(l, r, assignment))
                    : One(Fresh(assignment, false));
        }

        switch (assignment.Left)
        {
            case Identifier id:
                Bind(frame.Scope.OwnerOf(id.Name), id.Name, value, frame);
                break;
            case MemberExpression member:
                AssignMember(member, value, frame);
                break;
            default:
                Forget(assignment.Left, frame.Scope, frame);
                break;
        }

        return value;
    }

    private void AssignMember(MemberExpression member, List<(int Guard, ScriptValue Value)> value, Frame frame)
    {
        var owner = Eval(member.Object, frame);
        var key = member.Computed
            ? Eval(member.Property, frame) is [(_, var only)]
                ? TextOf(only)
                : null
            : (member.Property as Identifier)?.Name;
        foreach (var (guard, target) in owner)
        {
            switch (target)
            {
                case ScriptValue.Obj obj when key is not null:
                    Escape(value, frame);
                    obj.Members[key] =
                        diagram.Implies(frame.Live, guard) && frame.Live == Diagram.True ? Single(value, member) : Fresh(member, false);
                    break;
                case ScriptValue.List or ScriptValue.Obj:
                    Escape(value, frame);
                    Blur(target, frame, []);
                    break;
                case ScriptValue.Host { Name: "request.headers" } when key is not null:
                    Write("request.header." + key, value, diagram.And(frame.Live, guard));
                    break;
                case ScriptValue.Host { Name: "request" } when key == "method":
                    Write("request.verb", value, diagram.And(frame.Live, guard));
                    break;
                case ScriptValue.Host { Name: "request" } when key is "content" or "body":
                    Write("request.content", value, diagram.And(frame.Live, guard));
                    break;
                case ScriptValue.Host { Name: "request.queryParams" } when key is not null:
                    Write("request.queryparam." + key, value, diagram.And(frame.Live, guard));
                    break;
                default:
                    Escape(value, frame);
                    break;
            }
        }
    }
}
