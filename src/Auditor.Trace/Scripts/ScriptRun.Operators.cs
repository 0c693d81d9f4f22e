using Acornima;
using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <content>Operators.</content>
internal sealed partial class ScriptRun
{
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
}
