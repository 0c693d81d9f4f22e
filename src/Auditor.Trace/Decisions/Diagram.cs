using System.Runtime.InteropServices;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Decisions;

/// <summary>What a decision variable stands for, and so how it is quantified.</summary>
public enum VariableKind
{
    /// <summary>The caller chooses it: a request can be made that has it.</summary>
    Caller,

    /// <summary>Nobody here knows it: a script, a withheld value, an uncertain reading of the vendor's documents. A definite answer holds for all of its values.</summary>
    Unknown,
}

/// <summary>
/// Boolean functions over variables of several values each, as a reduced, hash-consed decision diagram. Equal functions are the same number: 0 is false, 1 is true.
/// Tens of variables of tens of values are typical; beyond a budget of nodes an analysis gives up instead of growing.
/// </summary>
public sealed class Diagram
{
    /// <summary>The function that never holds.</summary>
    public const int False = 0;

    /// <summary>The function that always holds.</summary>
    public const int True = 1;

    /// <summary>
    /// Neither: used while values are only being collected and no variable exists yet. It is contagious, so that both sides of every condition are walked.
    /// </summary>
    public const int Maybe = 2;

    private const int MaxNodes = 300_000;

    private readonly List<(int Variable, int[] Children)> nodes = [(int.MaxValue, []), (int.MaxValue, []), (int.MaxValue, [])];
    private readonly Dictionary<NodeKey, int> unique = [];
    private readonly Dictionary<(int, int), int> conjunctions = [];
    private readonly Dictionary<int, int> negations = [];
    private readonly List<(string Name, int Size, VariableKind Kind)> variables = [];

    /// <summary>The number of variables.</summary>
    public int VariableCount => variables.Count;

    /// <summary>Adds a variable. Variables are ordered by age.</summary>
    public int Add(string name, int size, VariableKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        variables.Add((name, size, kind));
        return variables.Count - 1;
    }

    /// <summary>The name of a variable.</summary>
    public string NameOf(int variable) => variables[variable].Name;

    /// <summary>The kind of a variable.</summary>
    public VariableKind KindOf(int variable) => variables[variable].Kind;

    /// <summary>The function that holds when the variable has a value for which the test holds.</summary>
    public int Test(int variable, Func<int, bool> test)
    {
        ArgumentNullException.ThrowIfNull(test);
        var children = new int[variables[variable].Size];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = test(i) ? True : False;
        }

        return Node(variable, children);
    }

    /// <summary>Both.</summary>
    public int And(int left, int right)
    {
        if (left == False || right == False)
        {
            return False;
        }

        if (left == True || left == right)
        {
            return right;
        }

        if (right == True)
        {
            return left;
        }

        if (left == Maybe || right == Maybe)
        {
            return Maybe;
        }

        var key = left < right ? (left, right) : (right, left);
        if (conjunctions.TryGetValue(key, out var known))
        {
            return known;
        }

        var (leftVariable, leftChildren) = nodes[left];
        var (rightVariable, rightChildren) = nodes[right];
        var variable = Math.Min(leftVariable, rightVariable);
        var children = new int[variables[variable].Size];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = And(leftVariable == variable ? leftChildren[i] : left, rightVariable == variable ? rightChildren[i] : right);
        }

        var result = Node(variable, children);
        conjunctions[key] = result;
        return result;
    }

    /// <summary>Either.</summary>
    public int Or(int left, int right) => Not(And(Not(left), Not(right)));

    /// <summary>Not.</summary>
    public int Not(int function)
    {
        switch (function)
        {
            case False:
                return True;
            case True:
                return False;
            case Maybe:
                return Maybe;
            default:
                break;
        }

        if (negations.TryGetValue(function, out var known))
        {
            return known;
        }

        var (variable, children) = nodes[function];
        var result = Node(variable, Array.ConvertAll(children, Not));
        negations[function] = result;
        negations[result] = function;
        return result;
    }

    /// <summary>The first, and not the second.</summary>
    public int Without(int left, int right) => And(left, Not(right));

    /// <summary>Whether the first implies the second.</summary>
    public bool Implies(int left, int right) => Without(left, right) == False;

    /// <summary>The function that holds where the given one holds for every value of every variable of the kind.</summary>
    public int ForAll(int function, VariableKind kind) => Quantify(function, variable => variables[variable].Kind == kind, []);

    /// <summary>The function that holds where the given one holds for every value of one variable.</summary>
    public int ForAll(int function, int variable)
    {
        var result = True;
        for (var value = 0; value < variables[variable].Size; value++)
        {
            result = And(result, Restrict(function, variable, value));
        }

        return result;
    }

    /// <summary>The function that holds where the given one holds for some value of every variable of the kind.</summary>
    public int Exists(int function, VariableKind kind) => Not(ForAll(Not(function), kind));

    /// <summary>The function that holds where the given one holds for some value of every variable that is chosen.</summary>
    public int Exists(int function, Func<int, bool> isQuantified)
    {
        ArgumentNullException.ThrowIfNull(isQuantified);
        return Not(Quantify(Not(function), isQuantified, []));
    }

    /// <summary>The variable a function depends on first; null for the constants.</summary>
    public int? TopOf(int function) => function <= Maybe ? null : nodes[function].Variable;

    /// <summary>What is left of a function for each value of the variable it depends on first.</summary>
    public ReadOnlySpan<int> ChildrenOf(int function) => nodes[function].Children;

    /// <summary>The function with a variable fixed to a value.</summary>
    public int Restrict(int function, int variable, int value) => Restrict(function, variable, value, []);

    /// <summary>The variables the function depends on.</summary>
    public IReadOnlySet<int> Support(int function)
    {
        var support = new SortedSet<int>();
        var visited = new HashSet<int>();
        var stack = new Stack<int>();
        stack.Push(function);
        while (stack.TryPop(out var current))
        {
            if (current <= Maybe || !visited.Add(current))
            {
                continue;
            }

            support.Add(nodes[current].Variable);
            foreach (var child in nodes[current].Children)
            {
                stack.Push(child);
            }
        }

        return support;
    }

    /// <summary>
    /// An assignment under which the function holds: for each variable it depends on along the way, the first value in the given order of preference. Null when it
    /// never holds.
    /// </summary>
    public IReadOnlyDictionary<int, int>? Satisfy(int function, Func<int, IReadOnlyList<int>?> preference)
    {
        ArgumentNullException.ThrowIfNull(preference);
        if (function == False)
        {
            return null;
        }

        var assignment = new SortedDictionary<int, int>();
        while (function > Maybe)
        {
            var (variable, children) = nodes[function];
            var order = preference(variable);
            var chosen = -1;
            for (var i = 0; i < children.Length && chosen < 0; i++)
            {
                var value = order is null ? i : order[i];
                if (children[value] != False)
                {
                    chosen = value;
                }
            }

            assignment.Add(variable, chosen);
            function = children[chosen];
        }

        return assignment;
    }

    /// <summary>The value of the function under an assignment; variables without a value are taken to be 0.</summary>
    public bool Evaluate(int function, IReadOnlyDictionary<int, int> assignment)
    {
        ArgumentNullException.ThrowIfNull(assignment);
        while (function > Maybe)
        {
            var (variable, children) = nodes[function];
            function = children[assignment.GetValueOrDefault(variable)];
        }

        return function != False;
    }

    private int Restrict(int function, int variable, int value, Dictionary<int, int> memo)
    {
        if (function <= Maybe || nodes[function].Variable > variable)
        {
            return function;
        }

        if (memo.TryGetValue(function, out var known))
        {
            return known;
        }

        var (own, children) = nodes[function];
        var result =
            own == variable ? children[value] : Node(own, Array.ConvertAll(children, child => Restrict(child, variable, value, memo)));
        memo[function] = result;
        return result;
    }

    private int Quantify(int function, Func<int, bool> isQuantified, Dictionary<int, int> memo)
    {
        if (function <= Maybe)
        {
            return function;
        }

        if (memo.TryGetValue(function, out var known))
        {
            return known;
        }

        var (variable, children) = nodes[function];
        var quantified = Array.ConvertAll(children, child => Quantify(child, isQuantified, memo));
        int result;
        if (isQuantified(variable))
        {
            result = True;
            foreach (var child in quantified)
            {
                result = And(result, child);
            }
        }
        else
        {
            result = Node(variable, quantified);
        }

        memo[function] = result;
        return result;
    }

    private int Node(int variable, int[] children)
    {
        var first = children[0];
        if (Array.TrueForAll(children, child => child == first))
        {
            return first;
        }

        var key = new NodeKey(variable, children);
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(unique, key, out var exists);
        if (!exists)
        {
            if (nodes.Count >= MaxNodes)
            {
                throw new BudgetExceededException("the conditions of one endpoint need more than 300,000 decision nodes");
            }

            slot = nodes.Count;
            nodes.Add((variable, children));
        }

        return slot;
    }

    private readonly struct NodeKey(int variable, int[] children) : IEquatable<NodeKey>
    {
        private readonly int variable = variable;
        private readonly int[] children = children;

        public bool Equals(NodeKey other) => variable == other.variable && children.AsSpan().SequenceEqual(other.children);

        public override bool Equals(object? obj) => obj is NodeKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(variable);
            hash.AddBytes(MemoryMarshal.AsBytes(children.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
