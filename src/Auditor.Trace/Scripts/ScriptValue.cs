using Acornima.Ast;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <summary>A value while a script is read.</summary>
internal abstract record ScriptValue
{
    private ScriptValue() { }

    public sealed record Str(string Value) : ScriptValue;

    public sealed record Num(double Value) : ScriptValue;

    public sealed record Undefined : ScriptValue
    {
        public static Undefined Instance { get; } = new();
    }

    public sealed record Null : ScriptValue
    {
        public static Null Instance { get; } = new();
    }

    /// <summary>A truth: a function of the flow's decisions. Constants are the functions that always or never hold.</summary>
    public sealed record Bool(int Truth) : ScriptValue;

    /// <summary>A text of the flow that is only named.</summary>
    public sealed record Flow(FlowValue Value) : ScriptValue;

    /// <summary>The position of something in something: what is known is whether it is there, and at most whether it is the beginning.</summary>
    public sealed record Position(int Found, int? AtStart = null) : ScriptValue;

    /// <summary>A list of known length.</summary>
    public sealed record List(List<ScriptValue> Items) : ScriptValue
    {
        /// <summary>Whether something that was not followed may have changed it: then nothing is known of what it holds.</summary>
        public bool IsChanged { get; set; }
    }

    public sealed record Obj(Dictionary<string, ScriptValue> Members) : ScriptValue
    {
        /// <summary>Whether something that was not followed may have changed it: then nothing is known of what it holds.</summary>
        public bool IsChanged { get; set; }
    }

    /// <summary>The scopes or groups of a token as an array.</summary>
    public sealed record Elements(FlowValue.Members Members) : ScriptValue;

    /// <summary>One of them that is none of the texts it was compared with, which it notes: those are asked for one by one.</summary>
    public sealed record Element(SortedSet<string> Compared) : ScriptValue;

    /// <summary>Those of them that pass a test: what is known is whether there are any.</summary>
    public sealed record Selection(int Any) : ScriptValue;

    /// <summary>How many there are: what is known is whether it is more than none.</summary>
    public sealed record Count(int Any) : ScriptValue;

    public sealed record Function(IFunction Node, Scope Closure) : ScriptValue;

    /// <summary>An object of the platform: <c>context</c>, <c>request</c>, <c>JSON</c>, ...</summary>
    public sealed record Host(string Name) : ScriptValue;

    /// <summary>A method about to be called.</summary>
    public sealed record Method(ScriptValue Target, string Name) : ScriptValue;

    /// <summary>A regular expression.</summary>
    public sealed record Regex(string Pattern) : ScriptValue;

    /// <summary>Anything. If <paramref name="FromCaller"/>, made only of what the caller sent, so that the caller decides what it is.</summary>
    public sealed record Unknown(string Name, bool FromCaller) : ScriptValue;
}

/// <summary>The variables of a function or of the program.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, List<(int Guard, ScriptValue Value)>> variables = new(StringComparer.Ordinal);

    public Scope? Outer => outer;

    public bool Declares(string name) => variables.ContainsKey(name);

    public List<(int Guard, ScriptValue Value)>? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.variables.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return null;
    }

    public void Declare(string name, List<(int Guard, ScriptValue Value)> value) => variables[name] = value;

    public Scope OwnerOf(string name)
    {
        var scope = this;
        while (!scope.variables.ContainsKey(name) && scope.Outer is not null)
        {
            scope = scope.Outer;
        }

        return scope;
    }
}
