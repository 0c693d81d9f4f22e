using Auditor.Model;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Flows;

namespace Auditor.Trace.Scripts;

/// <summary>The flow that a script runs in, as far as the script can reach it.</summary>
internal interface IScriptHost
{
    /// <summary>The policy in words.</summary>
    string Title { get; }

    /// <summary>The step.</summary>
    SourceLocation Location { get; }

    /// <summary>The decisions of the flow.</summary>
    Diagram Diagram { get; }

    /// <summary>The values of a flow variable.</summary>
    Alternative[] Read(string variable);

    /// <summary>Sets a flow variable where the guard holds.</summary>
    void Write(string variable, Alternative[] value, int guard);

    /// <summary>The truth of a relation, with the meaning of the condition language.</summary>
    int Relate(FlowValue left, ConditionOperator op, FlowValue right);

    /// <summary>The truth of a set-valued claim holding a member.</summary>
    int Contains(FlowValue.Members members, string member);

    /// <summary>A member of the answer of an introspection endpoint.</summary>
    FlowValue MemberOf(FlowValue.Answer answer, string name);

    /// <summary>A property of the policy; null when there is none.</summary>
    string? Property(string name);
}
