using System.Text.Json;
using Acornima;
using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

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
            case ArrayExpression array:
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
                var fromCaller = true;
                foreach (var argument in @new.Arguments)
                {
                    fromCaller &= Eval(argument, frame).All(item => IsFromCaller(item.Value));
                }

                return One(Fresh(@new, fromCaller && @new.Arguments.Count > 0));
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
            return found;
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
        foreach (var node in obj.Properties)
        {
            if (node is Property { Computed: false, Value: Expression value } property && KeyOf(property.Key) is { } key)
            {
                members[key] = Single(Eval(value, frame), value);
            }
        }

        return new ScriptValue.Obj(members);
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

    private List<(int Guard, ScriptValue Value)> Binary(BinaryExpression binary, Frame frame)
    {
        var left = Eval(binary.Left, frame);
        var right = Eval(binary.Right, frame);
        return binary.Operator switch
        {
            Operator.Equality or Operator.StrictEquality => One(new ScriptValue.Bool(Equality(left, right, binary))),
            Operator.Inequality or Operator.StrictInequality => One(new ScriptValue.Bool(diagram.Not(Equality(left, right, binary)))),
            Operator.Addition => Map(left, right, (l, r) => Plus(l, r, binary)),
            Operator.LessThan or Operator.LessThanOrEqual or Operator.GreaterThan or Operator.GreaterThanOrEqual => Map(
                left,
                right,
                (l, r) => Order(binary, l, r)
            ),
            Operator.Subtraction or Operator.Multiplication or Operator.Division or Operator.Remainder => Map(
                left,
                right,
                (l, r) => Arithmetic(binary, l, r)
            ),
            _ => Map(left, right, (l, r) => Fresh(binary, IsFromCaller(l) && IsFromCaller(r))),
        };
    }

    private ScriptValue Arithmetic(BinaryExpression node, ScriptValue left, ScriptValue right) =>
        left is ScriptValue.Num l && right is ScriptValue.Num r
            ? new ScriptValue.Num(
                node.Operator switch
                {
                    Operator.Subtraction => l.Value - r.Value,
                    Operator.Multiplication => l.Value * r.Value,
                    Operator.Division => l.Value / r.Value,
                    _ => l.Value % r.Value,
                }
            )
            : Fresh(node, IsFromCaller(left) && IsFromCaller(right));

    private ScriptValue.Bool Order(BinaryExpression node, ScriptValue left, ScriptValue right)
    {
        var op = node.Operator;
        if (left is ScriptValue.Num l && right is ScriptValue.Num r)
        {
            return new ScriptValue.Bool(
                op switch
                {
                    Operator.LessThan => l.Value < r.Value,
                    Operator.LessThanOrEqual => l.Value <= r.Value,
                    Operator.GreaterThan => l.Value > r.Value,
                    _ => l.Value >= r.Value,
                }
                    ? Diagram.True
                    : Diagram.False
            );
        }

        if (left is ScriptValue.Position position && right is ScriptValue.Num at)
        {
            // indexOf(x) >= 0, > -1, < 0, <= -1.
            return (op, at.Value) switch
            {
                (Operator.GreaterThanOrEqual, 0) or (Operator.GreaterThan, -1) => new ScriptValue.Bool(position.Found),
                (Operator.LessThan, 0) or (Operator.LessThanOrEqual, -1) => new ScriptValue.Bool(diagram.Not(position.Found)),
                (Operator.GreaterThan, 0) when position.AtStart is { } first => new ScriptValue.Bool(
                    diagram.Without(position.Found, first)
                ),
                _ => new ScriptValue.Bool(
                    symbols.Unknown($"{host.Title} compares a position ({Position(node)})", $"what {host.Title} does", host.Location)
                ),
            };
        }

        return new ScriptValue.Bool(Some(node, IsFromCaller(left) && IsFromCaller(right)));
    }

    private int Some(Node node, bool fromCaller)
    {
        var name = $"{host.Title} decides ({Position(node)})";
        return fromCaller ? symbols.Choice(name) : symbols.Unknown(name, $"what {host.Title} does", host.Location);
    }

    private int Equality(List<(int Guard, ScriptValue Value)> left, List<(int Guard, ScriptValue Value)> right, Node node)
    {
        var result = Diagram.False;
        foreach (var (leftGuard, l) in left)
        {
            foreach (var (rightGuard, r) in right)
            {
                var guard = diagram.And(leftGuard, rightGuard);
                if (guard != Diagram.False)
                {
                    result = diagram.Or(result, diagram.And(guard, Equality(l, r, node)));
                }
            }
        }

        return result;
    }

    private int Equality(ScriptValue left, ScriptValue right, Node node)
    {
        switch (left, right)
        {
            case (ScriptValue.Str l, ScriptValue.Str r):
                return string.Equals(l.Value, r.Value, StringComparison.Ordinal) ? Diagram.True : Diagram.False;
            case (ScriptValue.Num l, ScriptValue.Num r):
                return l.Value.Equals(r.Value) ? Diagram.True : Diagram.False;
            case (ScriptValue.Null or ScriptValue.Undefined, ScriptValue.Null or ScriptValue.Undefined):
                return Diagram.True;
            case (ScriptValue.Bool l, ScriptValue.Bool r):
                return diagram.Or(diagram.And(l.Truth, r.Truth), diagram.And(diagram.Not(l.Truth), diagram.Not(r.Truth)));
            case (ScriptValue.Position p, ScriptValue.Num { Value: -1 }):
                return diagram.Not(p.Found);
            case (ScriptValue.Num { Value: -1 }, ScriptValue.Position p):
                return diagram.Not(p.Found);
            case (ScriptValue.Position { AtStart: { } first }, ScriptValue.Num { Value: 0 }):
                return first;
            case (ScriptValue.Num { Value: 0 }, ScriptValue.Position { AtStart: { } first }):
                return first;
            case (ScriptValue.Flow l, ScriptValue.Str r):
                return host.Relate(l.Value, ConditionOperator.Equals, new FlowValue.Text(r.Value));
            case (ScriptValue.Str, ScriptValue.Flow):
                return Equality(right, left, node);
            case (ScriptValue.Flow l, ScriptValue.Null or ScriptValue.Undefined):
                return host.Relate(l.Value, ConditionOperator.Equals, FlowValue.Missing.Instance);
            case (ScriptValue.Null or ScriptValue.Undefined, ScriptValue.Flow):
                return Equality(right, left, node);
            case (ScriptValue.Flow l, ScriptValue.Flow r):
                return host.Relate(l.Value, ConditionOperator.Equals, r.Value);
            case (ScriptValue.Unknown, _) or (_, ScriptValue.Unknown):
                return Some(node, IsFromCaller(left) && IsFromCaller(right));
            case (ScriptValue.Str, ScriptValue.Null or ScriptValue.Undefined)
            or (ScriptValue.Null or ScriptValue.Undefined, ScriptValue.Str):
                return Diagram.False;
            case (
                ScriptValue.List
                    or ScriptValue.Obj
                    or ScriptValue.Function,
                ScriptValue.Null
                    or ScriptValue.Undefined
                    or ScriptValue.Str
                    or ScriptValue.Num
            ):
                return Diagram.False;
            default:
                return Some(node, IsFromCaller(left) && IsFromCaller(right));
        }
    }

    private static bool IsFromCaller(ScriptValue value) =>
        value switch
        {
            ScriptValue.Unknown unknown => unknown.FromCaller,
            ScriptValue.Flow { Value: FlowValue.Named named } => named.Symbol.Kind == VariableKind.Caller,
            ScriptValue.Host or ScriptValue.Function or ScriptValue.Method => false,
            _ => true,
        };

    private ScriptValue Plus(ScriptValue left, ScriptValue right, Node node) =>
        (left, right) switch
        {
            (ScriptValue.Num l, ScriptValue.Num r) => new ScriptValue.Num(l.Value + r.Value),
            _ when TextOf(left) is { } l && TextOf(right) is { } r => l.Length + r.Length <= MaxText
                ? new ScriptValue.Str(l + r)
                : throw new ScriptTooLargeException(),
            (ScriptValue.Str { Value: "" }, ScriptValue.Flow) => right,
            (ScriptValue.Flow, ScriptValue.Str { Value: "" }) => left,
            _ => Fresh(node, IsFromCaller(left) && IsFromCaller(right)),
        };

    private static string? TextOf(ScriptValue value) =>
        value switch
        {
            ScriptValue.Str text => text.Value,
            ScriptValue.Num number => number.Value.ToString(CultureInfo.InvariantCulture),
            ScriptValue.Null => "null",
            ScriptValue.Undefined => "undefined",
            ScriptValue.Bool { Truth: Diagram.True } => "true",
            ScriptValue.Bool { Truth: Diagram.False } => "false",
            _ => null,
        };

    private List<(int Guard, ScriptValue Value)> Unary(UnaryExpression unary, Frame frame)
    {
        var value = Eval(unary.Argument, frame);
        return unary.Operator switch
        {
            Operator.LogicalNot => One(new ScriptValue.Bool(diagram.Not(Truth(value, unary.Argument)))),
            Operator.UnaryNegation => Map(
                value,
                item => item is ScriptValue.Num number ? new ScriptValue.Num(-number.Value) : Fresh(unary, IsFromCaller(item))
            ),
            Operator.UnaryPlus => Map(value, item => item is ScriptValue.Num ? item : Fresh(unary, IsFromCaller(item))),
            Operator.TypeOf => Map(value, item => TypeOf(item) is { } type ? new ScriptValue.Str(type) : Fresh(unary, IsFromCaller(item))),
            _ => One(ScriptValue.Undefined.Instance),
        };
    }

    private static string? TypeOf(ScriptValue value) =>
        value switch
        {
            ScriptValue.Str => "string",
            ScriptValue.Num or ScriptValue.Position => "number",
            ScriptValue.Bool => "boolean",
            ScriptValue.Undefined => "undefined",
            ScriptValue.Null or ScriptValue.List or ScriptValue.Obj => "object",
            ScriptValue.Function => "function",
            _ => null,
        };

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
                    obj.Members[key] = guard == Diagram.True && frame.Live == Diagram.True ? Single(value, member) : Fresh(member, false);
                    break;
                case ScriptValue.List list:
                    list.Items.Clear();
                    list.Items.Add(Fresh(member, false));
                    break;
                case ScriptValue.Host { Name: "request.headers" } when key is not null:
                    Write("request.header." + key, value, diagram.And(frame.Live, guard));
                    break;
                case ScriptValue.Host { Name: "request" } when key == "method":
                    Write("request.verb", value, diagram.And(frame.Live, guard));
                    break;
                default:
                    break;
            }
        }
    }

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
            case ScriptValue.Obj obj when name is not null:
                return One(obj.Members.TryGetValue(name, out var value) ? value : ScriptValue.Undefined.Instance);
            case ScriptValue.List list when name == "length":
                return One(new ScriptValue.Num(list.Items.Count));
            case ScriptValue.List list when key is ScriptValue.Num index:
                return One(
                    index.Value >= 0 && index.Value < list.Items.Count ? list.Items[(int)index.Value] : ScriptValue.Undefined.Instance
                );
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
            default:
                return One(new ScriptValue.Method(owner, name ?? ""));
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
                or "hasOwnProperty";

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

    private int Truth(List<(int Guard, ScriptValue Value)> values, Node node)
    {
        var result = Diagram.False;
        foreach (var (guard, value) in values)
        {
            result = diagram.Or(result, diagram.And(guard, Truth(value, node)));
        }

        return result;
    }

    private int Truth(ScriptValue value, Node node) =>
        value switch
        {
            ScriptValue.Bool boolean => boolean.Truth,
            ScriptValue.Str text => text.Value.Length > 0 ? Diagram.True : Diagram.False,
            ScriptValue.Num number => number.Value != 0 && !double.IsNaN(number.Value) ? Diagram.True : Diagram.False,
            ScriptValue.Null or ScriptValue.Undefined => Diagram.False,
            ScriptValue.Flow { Value: FlowValue.Members } => Diagram.True,
            ScriptValue.Flow { Value: FlowValue.Named named } => diagram.Without(
                diagram.Not(host.Relate(named, ConditionOperator.Equals, FlowValue.Missing.Instance)),
                host.Relate(named, ConditionOperator.Equals, new FlowValue.Text(""))
            ),
            ScriptValue.Unknown unknown => Some(node, unknown.FromCaller),
            ScriptValue.Position => Some(node, false),
            _ => Diagram.True,
        };

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
