using System.Text.Json;
using Acornima;
using Acornima.Ast;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <summary>What a script did.</summary>
/// <param name="Throws">When it threw, which fails the policy.</param>
/// <param name="WritesAnything">Whether it may have written variables whose names are not known.</param>
internal sealed record ScriptOutcome(int Throws, bool WritesAnything);

/// <summary>
/// Reads a script for every request at once, as the flow interpreter reads steps: literals, assignments, conditions, string and list operations over flow variables.
/// What lies beyond becomes unknown, with the variables it writes; nothing is executed. A value made only of what the caller sent stays the caller's.
/// </summary>
internal sealed class ScriptRun(IScriptHost host, SymbolTable symbols)
{
    private const int MaxSteps = 20_000;
    private const int MaxUnroll = 200;
    private const int MaxCalls = 12;
    private const int MaxAlternatives = 16;

    private readonly Diagram diagram = host.Diagram;
    private int steps;
    private int calls;
    private int thrown = Diagram.False;
    private bool writesAnything;

    private sealed class Frame
    {
        /// <summary>When execution is still going on in the function.</summary>
        public required int Live { get; set; }

        public required Scope Scope { get; set; }

        public List<(int Guard, ScriptValue Value)> Returned { get; } = [];

        public int Broken { get; set; } = Diagram.False;

        /// <summary>What a surrounding try would catch.</summary>
        public Stack<List<int>> Handlers { get; init; } = new();
    }

    /// <summary>Reads the program where the guard holds.</summary>
    public ScriptOutcome Execute(Acornima.Ast.Script program, int guard)
    {
        var scope = new Scope(null);
        var frame = new Frame { Live = guard, Scope = scope };
        try
        {
            Hoist(program.Body, frame);
            foreach (var statement in program.Body)
            {
                Run(statement, frame);
            }
        }
        catch (ScriptTooLargeException)
        {
            // What was read so far stands; the rest may do anything that its text shows.
            Havoc(program, frame);
        }

        return new ScriptOutcome(thrown, writesAnything);
    }

    private static void Hoist(in NodeList<Statement> body, Frame frame)
    {
        foreach (var statement in body)
        {
            if (statement is FunctionDeclaration { Id: { } id } function)
            {
                frame.Scope.Declare(id.Name, [(Diagram.True, new ScriptValue.Function(function, frame.Scope))]);
            }
        }
    }

    private void Run(Statement statement, Frame frame)
    {
        if (frame.Live == Diagram.False)
        {
            return;
        }

        Count();
        switch (statement)
        {
            case VariableDeclaration declaration:
                foreach (var declarator in declaration.Declarations)
                {
                    if (declarator.Id is Identifier id)
                    {
                        var value = declarator.Init is null ? One(ScriptValue.Undefined.Instance) : Eval(declarator.Init, frame);
                        if (declarator.Init is null && frame.Scope.Declares(id.Name))
                        {
                            continue;
                        }

                        Bind(frame.Scope, id.Name, value, frame);
                    }
                    else if (declarator.Init is not null)
                    {
                        Eval(declarator.Init, frame);
                    }
                }

                break;
            case FunctionDeclaration:
            case EmptyStatement:
                break;
            case BlockStatement block:
                Hoist(block.Body, frame);
                foreach (var inner in block.Body)
                {
                    Run(inner, frame);
                }

                break;
            case IfStatement branch:
                If(branch, frame);
                break;
            case ReturnStatement @return:
                foreach (var (guard, value) in @return.Argument is null ? One(ScriptValue.Undefined.Instance) : Eval(@return.Argument, frame))
                {
                    frame.Returned.Add((diagram.And(frame.Live, guard), value));
                }

                frame.Live = Diagram.False;
                break;
            case ThrowStatement @throw:
                Eval(@throw.Argument, frame);
                Throw(frame.Live, frame);
                break;
            case TryStatement @try:
                Try(@try, frame);
                break;
            case ForStatement loop:
                For(loop, frame);
                break;
            case ForOfStatement loop:
                ForEach(loop.Left, Eval(loop.Right, frame), loop.Body, keys: false, loop, frame);
                break;
            case ForInStatement loop:
                ForEach(loop.Left, Eval(loop.Right, frame), loop.Body, keys: true, loop, frame);
                break;
            case SwitchStatement @switch:
                Switch(@switch, frame);
                break;
            case BreakStatement or ContinueStatement:
                frame.Broken = diagram.Or(frame.Broken, frame.Live);
                frame.Live = Diagram.False;
                break;
            case ExpressionStatement expression:
                Eval(expression.Expression, frame);
                break;
            default:
                Havoc(statement, frame);
                break;
        }
    }

    private void If(IfStatement branch, Frame frame)
    {
        var truth = Truth(Eval(branch.Test, frame), branch.Test);
        var live = frame.Live;
        frame.Live = diagram.And(live, truth);
        Run(branch.Consequent, frame);
        var after = frame.Live;
        frame.Live = diagram.Without(live, truth);
        if (branch.Alternate is { } alternate)
        {
            Run(alternate, frame);
        }

        frame.Live = diagram.Or(after, frame.Live);
    }

    private void Throw(int guard, Frame frame)
    {
        if (frame.Handlers.TryPeek(out var handler))
        {
            handler.Add(guard);
        }
        else
        {
            thrown = diagram.Or(thrown, guard);
        }

        frame.Live = diagram.Without(frame.Live, guard);
    }

    private void Try(TryStatement statement, Frame frame)
    {
        if (statement.Handler is null)
        {
            Run(statement.Block, frame);
            if (statement.Finalizer is not null)
            {
                Run(statement.Finalizer, frame);
            }

            return;
        }

        var caught = new List<int>();
        frame.Handlers.Push(caught);
        Run(statement.Block, frame);
        frame.Handlers.Pop();
        var after = frame.Live;
        frame.Live = caught.Aggregate(Diagram.False, diagram.Or);
        if (statement.Handler.Param is Identifier parameter)
        {
            frame.Scope.Declare(parameter.Name, One(new ScriptValue.Unknown("the error", false)));
        }

        Run(statement.Handler.Body, frame);
        frame.Live = diagram.Or(after, frame.Live);
        if (statement.Finalizer is not null)
        {
            Run(statement.Finalizer, frame);
        }
    }

    private void For(ForStatement loop, Frame frame)
    {
        switch (loop.Init)
        {
            case Statement init:
                Run(init, frame);
                break;
            case Expression init:
                Eval(init, frame);
                break;
            default:
                break;
        }

        var outerBroken = frame.Broken;
        var left = Diagram.False;
        for (var i = 0; i < MaxUnroll; i++)
        {
            var truth = loop.Test is null ? Diagram.True : Truth(Eval(loop.Test, frame), loop.Test);
            var goesOn = diagram.And(frame.Live, truth);
            if (goesOn is not (Diagram.False or Diagram.True) && goesOn != frame.Live)
            {
                // How often it runs depends on what nobody here knows.
                Havoc(loop.Body, frame);
                frame.Broken = outerBroken;
                return;
            }

            left = diagram.Or(left, diagram.Without(frame.Live, truth));
            frame.Live = goesOn;
            if (goesOn == Diagram.False)
            {
                frame.Live = diagram.Or(left, frame.Broken);
                frame.Broken = outerBroken;
                return;
            }

            frame.Broken = Diagram.False;
            Run(loop.Body, frame);
            left = diagram.Or(left, frame.Broken);
            if (loop.Update is not null && frame.Live != Diagram.False)
            {
                Eval(loop.Update, frame);
            }
        }

        Havoc(loop.Body, frame);
        frame.Broken = outerBroken;
    }

    private void ForEach(Node left, List<(int Guard, ScriptValue Value)> over, Statement body, bool keys, Node loop, Frame frame)
    {
        var name = left switch
        {
            VariableDeclaration { Declarations: [{ Id: Identifier id }] } => id.Name,
            Identifier id => id.Name,
            _ => null,
        };
        if (name is null || over is not [(_, ScriptValue.List or ScriptValue.Obj)])
        {
            Havoc(loop, frame);
            return;
        }

        IEnumerable<ScriptValue> items = over[0].Value switch
        {
            ScriptValue.List list => keys
                ? Enumerable.Range(0, list.Items.Count).Select(i => (ScriptValue)new ScriptValue.Str(i.ToString(CultureInfo.InvariantCulture)))
                : list.Items,
            ScriptValue.Obj obj => obj.Members.Keys.Select(key => new ScriptValue.Str(key)),
            _ => [],
        };
        var done = Diagram.False;
        foreach (var item in items.ToArray())
        {
            frame.Broken = Diagram.False;
            Bind(frame.Scope, name, One(item), frame);
            Run(body, frame);
            done = diagram.Or(done, frame.Broken);
        }

        frame.Live = diagram.Or(frame.Live, done);
        frame.Broken = Diagram.False;
    }

    private void Switch(SwitchStatement statement, Frame frame)
    {
        var value = Eval(statement.Discriminant, frame);
        var live = frame.Live;
        var outerBroken = frame.Broken;
        frame.Broken = Diagram.False;
        var falling = Diagram.False;
        var unmatched = live;
        var ended = Diagram.False;
        foreach (var @case in statement.Cases)
        {
            var matches = @case.Test is null ? unmatched : diagram.And(unmatched, Equality(value, Eval(@case.Test, frame), @case));
            unmatched = diagram.Without(unmatched, matches);
            frame.Live = diagram.Or(falling, matches);
            foreach (var inner in @case.Consequent)
            {
                Run(inner, frame);
            }

            falling = frame.Live;
            ended = diagram.Or(ended, frame.Broken);
            frame.Broken = Diagram.False;
        }

        frame.Live = diagram.Or(diagram.Or(falling, ended), unmatched);
        frame.Broken = outerBroken;
    }

    /// <summary>A part of the script that is not followed: whatever it writes is unknown afterwards, and it may throw if its text says so.</summary>
    private void Havoc(Node node, Frame frame)
    {
        foreach (var inner in Descendants(node))
        {
            switch (inner)
            {
                case AssignmentExpression { Left: Identifier id }:
                    Bind(frame.Scope.OwnerOf(id.Name), id.Name, One(Fresh(inner, false)), frame);
                    break;
                case UpdateExpression { Argument: Identifier id }:
                    Bind(frame.Scope.OwnerOf(id.Name), id.Name, One(Fresh(inner, false)), frame);
                    break;
                case CallExpression { Callee: MemberExpression { Property: Identifier { Name: "setVariable" } } } call:
                    if (call.Arguments.Count > 0 && call.Arguments[0] is StringLiteral variable)
                    {
                        host.Write(variable.Value, [new Alternative(Diagram.True, Named(Fresh(call, false)), null)], frame.Live);
                    }
                    else
                    {
                        writesAnything = true;
                    }

                    break;
                case ThrowStatement:
                    Throw(diagram.And(frame.Live, symbols.Unknown($"{host.Title} throws ({Position(inner)})", $"what {host.Title} does", host.Location)), frame);
                    break;
                default:
                    break;
            }
        }
    }

    private static IEnumerable<Node> Descendants(Node node)
    {
        var stack = new Stack<Node>();
        stack.Push(node);
        while (stack.TryPop(out var current))
        {
            yield return current;
            foreach (var child in current.ChildNodes)
            {
                stack.Push(child);
            }
        }
    }

    private void Count()
    {
        if (++steps > MaxSteps)
        {
            throw new ScriptTooLargeException();
        }
    }

    private static string Position(Node node) =>
        string.Create(CultureInfo.InvariantCulture, $"line {node.Location.Start.Line}, column {node.Location.Start.Column + 1}");

    private ScriptValue.Unknown Fresh(Node node, bool fromCaller) => new($"{host.Title} ({Position(node)})", fromCaller);

    private static List<(int Guard, ScriptValue Value)> One(ScriptValue value) => [(Diagram.True, value)];

    private void Bind(Scope scope, string name, List<(int Guard, ScriptValue Value)> value, Frame frame)
    {
        if (frame.Live == Diagram.True || scope.Find(name) is not { } old)
        {
            scope.Declare(name, value);
            return;
        }

        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var (guard, item) in value)
        {
            Merge(result, diagram.And(frame.Live, guard), item);
        }

        foreach (var (guard, item) in old)
        {
            Merge(result, diagram.Without(guard, frame.Live), item);
        }

        scope.Declare(name, result.Count > MaxAlternatives ? One(new ScriptValue.Unknown($"{host.Title}: '{name}'", false)) : result);
    }

    private void Merge(List<(int Guard, ScriptValue Value)> list, int guard, ScriptValue value)
    {
        if (guard == Diagram.False)
        {
            return;
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (Equals(list[i].Value, value))
            {
                list[i] = (diagram.Or(list[i].Guard, guard), value);
                return;
            }

            if (list[i].Value is ScriptValue.Bool left && value is ScriptValue.Bool right)
            {
                // Two truths under two guards are one truth.
                list[i] = (diagram.Or(list[i].Guard, guard), new ScriptValue.Bool(diagram.Or(diagram.And(list[i].Guard, left.Truth), diagram.And(guard, right.Truth))));
                return;
            }
        }

        list.Add((guard, value));
    }

    private List<(int Guard, ScriptValue Value)> Map(List<(int Guard, ScriptValue Value)> values, Func<ScriptValue, ScriptValue> map)
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var (guard, value) in values)
        {
            Merge(result, guard, map(value));
        }

        return result;
    }

    private List<(int Guard, ScriptValue Value)> Map(
        List<(int Guard, ScriptValue Value)> left,
        List<(int Guard, ScriptValue Value)> right,
        Func<ScriptValue, ScriptValue, ScriptValue> map
    )
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var (leftGuard, l) in left)
        {
            foreach (var (rightGuard, r) in right)
            {
                Merge(result, diagram.And(leftGuard, rightGuard), map(l, r));
            }
        }

        return result;
    }

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
                    new ScriptValue.List(
                        [.. array.Elements.Select(element => element is null ? ScriptValue.Undefined.Instance : Single(Eval(element, frame), element))]
                    )
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
            "context" or "request" or "response" or "JSON" or "Math" or "console" or "properties" or "httpClient" or "crypto" or "Array" or "Object" or "String" or "Number" or "Boolean" or "print" or "parseInt" or "Date" or "flow" or "decodeURIComponent" or "encodeURIComponent" or "isNaN" =>
                One(new ScriptValue.Host(id.Name)),
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
            Merge(result, diagram.And(guard, stops), value is ScriptValue.Bool ? new ScriptValue.Bool(logical.Operator == Operator.LogicalAnd ? Diagram.False : Diagram.True) : value);
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
            Operator.LessThan or Operator.LessThanOrEqual or Operator.GreaterThan or Operator.GreaterThanOrEqual => Map(left, right, (l, r) => Order(binary, l, r)),
            Operator.Subtraction or Operator.Multiplication or Operator.Division or Operator.Remainder => Map(left, right, (l, r) => Arithmetic(binary, l, r)),
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
                _ => new ScriptValue.Bool(symbols.Unknown($"{host.Title} compares a position ({Position(node)})", $"what {host.Title} does", host.Location)),
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
            case (ScriptValue.Str, ScriptValue.Null or ScriptValue.Undefined) or (ScriptValue.Null or ScriptValue.Undefined, ScriptValue.Str):
                return Diagram.False;
            case (ScriptValue.List or ScriptValue.Obj or ScriptValue.Function, ScriptValue.Null or ScriptValue.Undefined or ScriptValue.Str or ScriptValue.Num):
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
            _ when TextOf(left) is { } l && TextOf(right) is { } r => new ScriptValue.Str(l + r),
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
            Operator.UnaryNegation => Map(value, item => item is ScriptValue.Num number ? new ScriptValue.Num(-number.Value) : Fresh(unary, IsFromCaller(item))),
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
        var next = Map(old, item => item is ScriptValue.Num number ? new ScriptValue.Num(number.Value + step) : Fresh(update, IsFromCaller(item)));
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
            value = assignment.Operator == Operator.AdditionAssignment
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
            ? Eval(member.Property, frame) is [(_, var only)] ? TextOf(only) : null
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
        var key = member.Computed ? Single(Eval(member.Property, frame), member.Property) : new ScriptValue.Str(((Identifier)member.Property).Name);
        return owner.Count == 1 ? MemberOf(owner[0].Value, key, member, frame) : Combine(owner, item => MemberOf(item, key, member, frame));
    }

    private List<(int Guard, ScriptValue Value)> Combine(List<(int Guard, ScriptValue Value)> values, Func<ScriptValue, List<(int Guard, ScriptValue Value)>> map)
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var (guard, value) in values)
        {
            foreach (var (inner, mapped) in map(value))
            {
                Merge(result, diagram.And(guard, inner), mapped);
            }
        }

        return result;
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
                return One(index.Value >= 0 && index.Value < list.Items.Count ? list.Items[(int)index.Value] : ScriptValue.Undefined.Instance);
            case ScriptValue.Str text when name == "length":
                return One(new ScriptValue.Num(text.Value.Length));
            case ScriptValue.Host { Name: "properties" } when name is not null:
                return One(host.Property(name) is { } property ? new ScriptValue.Str(property) : ScriptValue.Undefined.Instance);
            case ScriptValue.Host { Name: "context" } when name is "proxyRequest" or "targetRequest":
                return One(new ScriptValue.Host("request"));
            case ScriptValue.Host { Name: "request" } when name is "headers" or "queryParams":
                return One(new ScriptValue.Host(name == "headers" ? "request.headers" : "request.queryParams"));
            case ScriptValue.Host { Name: "request" } when name is "method" or "content" or "url" or "body":
                return FlowVariable(name switch { "method" => "request.verb", "url" => "request.uri", _ => "request.content" });
            case ScriptValue.Host { Name: "request.headers" } when name is not null:
                return FlowVariable("request.header." + name);
            case ScriptValue.Host { Name: "request.queryParams" } when name is not null:
                return FlowVariable("request.queryparam." + name);
            case ScriptValue.Null or ScriptValue.Undefined:
                // Reading a member of nothing throws.
                Throw(frame.Live, frame);
                return One(ScriptValue.Undefined.Instance);
            case ScriptValue.Unknown unknown:
                return One(name is null || IsMethodName(name) ? new ScriptValue.Method(owner, name ?? "") : Fresh(member, unknown.FromCaller));
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

    private List<(int Guard, ScriptValue Value)> FlowVariable(string name)
    {
        var result = new List<(int Guard, ScriptValue Value)>();
        foreach (var alternative in host.Read(name))
        {
            switch (alternative.Value)
            {
                case FlowValue.Text text:
                    Merge(result, alternative.Guard, new ScriptValue.Str(text.Value));
                    break;
                case FlowValue.Missing:
                    Merge(result, alternative.Guard, ScriptValue.Null.Instance);
                    break;
                case FlowValue.Named { Symbol.IsNullable: true, Prefix: "" } named:
                    var isNull = host.Relate(named, ConditionOperator.Equals, FlowValue.Missing.Instance);
                    Merge(result, diagram.And(alternative.Guard, isNull), ScriptValue.Null.Instance);
                    Merge(result, diagram.Without(alternative.Guard, isNull), new ScriptValue.Flow(named));
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
                () => new Symbol(name, unknown.FromCaller ? VariableKind.Caller : VariableKind.Unknown, true, $"what {unknown.Name} computes", $"what {host.Title} does")
            ),
            ""
        );
    }

    private List<(int Guard, ScriptValue Value)> Call(CallExpression call, Frame frame)
    {
        var callee = Eval(call.Callee, frame);
        var arguments = call.Arguments.Select(argument => Eval(argument, frame)).ToArray();
        return callee.Count == 1 ? Call(callee[0].Value, arguments, call, frame) : Combine(callee, item => Call(item, arguments, call, frame));
    }

    private List<(int Guard, ScriptValue Value)> Call(ScriptValue callee, List<(int Guard, ScriptValue Value)>[] arguments, CallExpression call, Frame frame)
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
                return Combine(arguments[0], item => ParseJson(item, call, frame));
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "Array" }, Name: "isArray" } when arguments.Length == 1:
                return Map(arguments[0], item => item switch
                {
                    ScriptValue.List or ScriptValue.Flow { Value: FlowValue.Members } => new ScriptValue.Bool(Diagram.True),
                    ScriptValue.Unknown unknown => new ScriptValue.Bool(Some(call, unknown.FromCaller)),
                    _ => new ScriptValue.Bool(Diagram.False),
                });
            case ScriptValue.Method { Target: ScriptValue.Host { Name: "console" } }:
                return One(ScriptValue.Undefined.Instance);
            case ScriptValue.Method { Target: ScriptValue.Regex regex, Name: "test" } when arguments.Length == 1:
                return One(new ScriptValue.Bool(MatchesRegex(arguments[0], regex.Pattern, call)));
            case ScriptValue.Method method:
                return Methods(method.Target, method.Name, arguments, call, frame);
            default:
                var fromCaller = arguments.Length > 0 && arguments.All(argument => argument.All(item => IsFromCaller(item.Value))) && callee is not ScriptValue.Unknown;
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

    private List<(int Guard, ScriptValue Value)> Invoke(ScriptValue.Function function, List<(int Guard, ScriptValue Value)>[] arguments, Node call, Frame frame)
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

    private List<(int Guard, ScriptValue Value)> Context(string method, List<(int Guard, ScriptValue Value)>[] arguments, CallExpression call, Frame frame)
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

            case ScriptValue.Flow { Value: FlowValue.Members { IsJson: true } }:
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
                element.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => FromJson(group.Last().Value), StringComparer.Ordinal)
            ),
            _ => ScriptValue.Null.Instance,
        };

    private List<(int Guard, ScriptValue Value)> Methods(ScriptValue target, string name, List<(int Guard, ScriptValue Value)>[] arguments, CallExpression call, Frame frame)
    {
        switch (target)
        {
            case ScriptValue.Str text:
                return arguments.Length == 0 ? One(TextMethod(text.Value, name, null, null, call)) : Map(arguments[0], item => TextMethod(text.Value, name, item, arguments, call));
            case ScriptValue.List list:
                return ListMethod(list, name, arguments, call, frame);
            case ScriptValue.Flow { Value: FlowValue.Members members }:
                return MembersMethod(members, name, arguments, call, frame);
            case ScriptValue.Flow flow:
                return arguments.Length == 0 ? One(FlowMethod(flow, name, null, call)) : Map(arguments[0], item => FlowMethod(flow, name, item, call));
            case ScriptValue.Unknown unknown when name is "indexOf":
                return One(new ScriptValue.Position(Some(call, unknown.FromCaller)));
            case ScriptValue.Unknown unknown when name is "includes" or "startsWith" or "endsWith" or "some" or "every" or "test" or "hasOwnProperty":
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

    private ScriptValue TextMethod(string text, string name, ScriptValue? argument, List<(int Guard, ScriptValue Value)>[]? arguments, CallExpression call)
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
                return new ScriptValue.List([.. (other.Length == 0 ? text.Select(c => c.ToString()) : text.Split(other)).Select(part => new ScriptValue.Str(part))]);
            case "indexOf" when other is not null:
                return new ScriptValue.Num(text.IndexOf(other, StringComparison.Ordinal));
            case "includes" when other is not null:
                return new ScriptValue.Bool(text.Contains(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "startsWith" when other is not null:
                return new ScriptValue.Bool(text.StartsWith(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "endsWith" when other is not null:
                return new ScriptValue.Bool(text.EndsWith(other, StringComparison.Ordinal) ? Diagram.True : Diagram.False);
            case "substring" or "slice" or "substr" when argument is ScriptValue.Num start && arguments is { Length: 1 } && start.Value >= 0 && start.Value <= text.Length:
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
                    return new ScriptValue.Position(host.Relate(flow.Value, ConditionOperator.Matches, new FlowValue.Text("*" + literal + "*")));
                case "includes":
                    return new ScriptValue.Bool(host.Relate(flow.Value, ConditionOperator.Matches, new FlowValue.Text("*" + literal + "*")));
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
            case "split" when !members.IsJson && arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Str { Value: " " })]:
                return One(new ScriptValue.Flow(members));
            case "join" when arguments.Length >= 1 && arguments[0] is [(_, ScriptValue.Str { Value: " " })]:
                return One(new ScriptValue.Flow(members with { IsJson = false }));
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
                return One(new ScriptValue.List([.. list.Items.ToArray().Select(item => Single(Invoke(transform, [One(item)], call, frame), call))]));
            default:
                return One(Fresh(call, list.Items.All(IsFromCaller)));
        }
    }

    private sealed class ScriptTooLargeException : Exception;
}
