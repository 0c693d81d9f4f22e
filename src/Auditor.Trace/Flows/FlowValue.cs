namespace Auditor.Trace.Flows;

/// <summary>The value of a flow variable while a flow is interpreted.</summary>
internal abstract record FlowValue
{
    private FlowValue() { }

    /// <summary>A known text.</summary>
    public sealed record Text(string Value) : FlowValue;

    /// <summary>The variable does not exist: null.</summary>
    public sealed record Missing : FlowValue
    {
        public static Missing Instance { get; } = new();
    }

    /// <summary>A known prefix and then a value that is only named.</summary>
    public sealed record Named(Symbol Symbol, string Prefix) : FlowValue;

    /// <summary>The scopes or groups of a token: a list whose members are decided one by one.</summary>
    public sealed record Members(TokenSet Set, ClaimForm Form) : FlowValue;

    /// <summary>The answer of an introspection endpoint about a token that is in order (RFC 7662 §2.2).</summary>
    public sealed record Answer(string Callout) : FlowValue;
}
