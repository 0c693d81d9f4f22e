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
            _ => Map(left, right, (l, r) => Fresh(binary, AreFromCaller([One(l), One(r)]))),
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
            : Fresh(node, AreFromCaller([One(left), One(right)]));

    private ScriptValue.Bool Order(BinaryExpression node, ScriptValue left, ScriptValue right)
    {
        var op = node.Operator;
        if (left is ScriptValue.Num && right is ScriptValue.Position or ScriptValue.Count)
        {
            (left, right) = (right, left);
            op = op switch
            {
                Operator.LessThan => Operator.GreaterThan,
                Operator.LessThanOrEqual => Operator.GreaterThanOrEqual,
                Operator.GreaterThan => Operator.LessThan,
                _ => Operator.LessThanOrEqual,
            };
        }

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

        if (left is ScriptValue.Count count && right is ScriptValue.Num than)
        {
            // length > 0, >= 1, < 1, <= 0.
            return (op, than.Value) switch
            {
                (Operator.GreaterThan, 0) or (Operator.GreaterThanOrEqual, 1) => new ScriptValue.Bool(count.Any),
                (Operator.LessThanOrEqual, 0) or (Operator.LessThan, 1) => new ScriptValue.Bool(diagram.Not(count.Any)),
                _ => new ScriptValue.Bool(Some(node, false)),
            };
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

        return new ScriptValue.Bool(Some(node, AreFromCaller([One(left), One(right)])));
    }

    /// <summary>A truth that is not followed.</summary>
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
            case (ScriptValue.Count some, ScriptValue.Num { Value: 0 }):
                return diagram.Not(some.Any);
            case (ScriptValue.Element element, ScriptValue.Str wanted):
                element.Compared.Add(wanted.Value);
                return Diagram.False;
            case (ScriptValue.Num, ScriptValue.Count) or (ScriptValue.Str, ScriptValue.Element):
                return Equality(right, left, node);
            case (ScriptValue.Unknown, _) or (_, ScriptValue.Unknown):
                return Some(node, AreFromCaller([One(left), One(right)]));
            case (ScriptValue.Str, ScriptValue.Null or ScriptValue.Undefined)
            or (ScriptValue.Null or ScriptValue.Undefined, ScriptValue.Str):
                return Diagram.False;
            case (
                ScriptValue.List
                    or ScriptValue.Obj
                    or ScriptValue.Elements
                    or ScriptValue.Element
                    or ScriptValue.Selection
                    or ScriptValue.Function
                    or ScriptValue.Num
                    or ScriptValue.Count
                    or ScriptValue.Position
                    or ScriptValue.Bool,
                ScriptValue.Null
                    or ScriptValue.Undefined
            ):
                return Diagram.False;
            case (
                ScriptValue.Null
                    or ScriptValue.Undefined,
                ScriptValue.List
                    or ScriptValue.Obj
                    or ScriptValue.Elements
                    or ScriptValue.Function
            ):
                return Diagram.False;
            default:
                return Some(node, AreFromCaller([One(left), One(right)]));
        }
    }

    /// <summary>Whether it is the caller's: made of what the caller sent, and of constants at most.</summary>
    private static bool AreFromCaller(List<(int Guard, ScriptValue Value)>[] values) =>
        values.All(items => items.All(item => IsFromCaller(item.Value) || IsConstant(item.Value)))
        && values.Any(items => items.Any(item => IsFromCaller(item.Value)));

    private static bool IsFromCaller(ScriptValue value) =>
        value switch
        {
            ScriptValue.Unknown unknown => unknown.FromCaller,
            ScriptValue.Flow { Value: FlowValue.Named named } => named.Symbol.Kind == VariableKind.Caller,
            ScriptValue.List { IsChanged: false } list => AreFromCaller([.. list.Items.Select(One)]),
            _ => false,
        };

    private static bool IsConstant(ScriptValue value) =>
        value switch
        {
            ScriptValue.List { IsChanged: false } list => list.Items.TrueForAll(IsConstant),
            ScriptValue.Bool { Truth: Diagram.True or Diagram.False } => true,
            _ => value is ScriptValue.Str or ScriptValue.Num or ScriptValue.Null or ScriptValue.Undefined or ScriptValue.Regex,
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
            _ => Fresh(node, AreFromCaller([One(left), One(right)])),
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
            // Of a position, ~ is nothing only where it was not found.
            Operator.BitwiseNot => Map(
                value,
                item => item is ScriptValue.Position found ? new ScriptValue.Count(found.Found) : Fresh(unary, IsFromCaller(item))
            ),
            Operator.Delete => Delete(unary, frame),
            Operator.TypeOf => Map(value, item => TypeOf(item) is { } type ? new ScriptValue.Str(type) : Fresh(unary, IsFromCaller(item))),
            _ => One(ScriptValue.Undefined.Instance),
        };
    }

    private List<(int Guard, ScriptValue Value)> Delete(UnaryExpression unary, Frame frame)
    {
        if (unary.Argument is MemberExpression member)
        {
            AssignMember(member, One(ScriptValue.Undefined.Instance), frame);
        }

        return One(new ScriptValue.Bool(Diagram.True));
    }

    private static string? TypeOf(ScriptValue value) =>
        value switch
        {
            ScriptValue.Str or ScriptValue.Element => "string",
            ScriptValue.Num or ScriptValue.Position or ScriptValue.Count => "number",
            ScriptValue.Bool => "boolean",
            ScriptValue.Undefined => "undefined",
            ScriptValue.Null or ScriptValue.List or ScriptValue.Obj or ScriptValue.Elements or ScriptValue.Selection => "object",
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
            ScriptValue.Count count => count.Any,
            ScriptValue.Position { AtStart: { } first } => diagram.Not(first),
            ScriptValue.Position or ScriptValue.Method => Some(node, false),
            _ => Diagram.True,
        };
}
