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
    private readonly Stack<Node> callers = new();
    private int thrown = Diagram.False;
    private bool writesAnything;

    private sealed class Frame
    {
        /// <summary>When execution is still going on in the function.</summary>
        public required int Live { get; set; }

        public required Scope Scope { get; set; }

        public List<(int Guard, ScriptValue Value)> Returned { get; } = [];

        /// <summary>When a loop or a switch was left.</summary>
        public int Broken { get; set; } = Diagram.False;

        /// <summary>When a round of a loop was left, and the next one begins.</summary>
        public int Continued { get; set; } = Diagram.False;

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
            isGivenUp = true;
            Havoc(program, frame);
        }

        return new ScriptOutcome(thrown, writesAnything);
    }

    private void Count()
    {
        if (++steps > MaxSteps)
        {
            throw new ScriptTooLargeException();
        }
    }

    // What one call of a function decides, another does not.
    private string Position(Node node) => string.Join(", called at ", callers.Prepend(node).Select(Place));

    private static string Place(Node node) =>
        string.Create(CultureInfo.InvariantCulture, $"line {node.Location.Start.Line}, column {node.Location.Start.Column + 1}");

    private ScriptValue.Unknown Fresh(Node node, bool fromCaller) => new($"{host.Title} ({Position(node)})", fromCaller);

    private static List<(int Guard, ScriptValue Value)> One(ScriptValue value) => [(Diagram.True, value)];

    private void Bind(Scope scope, string name, List<(int Guard, ScriptValue Value)> value, Frame frame)
    {
        if (frame.Live == Diagram.True)
        {
            scope.Declare(name, value);
            return;
        }

        // Where it is not given a value, it has the one it had, or none.
        var old = scope.Find(name) ?? One(ScriptValue.Undefined.Instance);

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
