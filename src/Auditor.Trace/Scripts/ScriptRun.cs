using Acornima.Ast;
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
internal sealed partial class ScriptRun(IScriptHost host, SymbolTable symbols)
{
    private const int MaxSteps = 20_000;

    // A loop that doubles a text needs thirty rounds to fill any memory.
    private const int MaxText = 1_000_000;
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
                case CallExpression { Callee: MemberExpression { Property: Identifier { Name: "setVariable" or "removeVariable" } } } call:
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
                    Throw(
                        diagram.And(
                            frame.Live,
                            symbols.Unknown($"{host.Title} throws ({Position(inner)})", $"what {host.Title} does", host.Location)
                        ),
                        frame
                    );
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
                list[i] = (
                    diagram.Or(list[i].Guard, guard),
                    new ScriptValue.Bool(diagram.Or(diagram.And(list[i].Guard, left.Truth), diagram.And(guard, right.Truth)))
                );
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

    private sealed class ScriptTooLargeException : Exception;
}
