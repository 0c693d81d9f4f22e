using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>
/// Proxies that call proxies of the same organization by LocalTargetConnection: what those refuse has not reached a backend. The called endpoint is walked with what the
/// request has become; flow variables stay behind.
/// </content>
internal sealed partial class FlowInterpreter
{
    private const int MaxProxies = 10;

    private readonly List<StepVisit> beyond = [];

    // Of a called proxy: who called it, with what in front of the caller's path, or in its place.
    private FlowInterpreter? calledBy;
    private string pathPrefix = "";
    private bool isPathKept = true;

    /// <summary>Every step of called proxies that was come to.</summary>
    public IReadOnlyList<StepVisit> SeenBeyond => beyond;

    /// <summary>When the request passes the proxies that a target calls: to a backend, and to an answer of their own.</summary>
    private (int Backend, int Answer, ImmutableArray<StepVisit> Steps) Call(TargetConnection.Local target, FlowState state)
    {
        var words = target.Proxy is { } named ? $"proxy '{named}'" : $"the proxy at '{target.Path}'";
        var called = knowledge.Called(program, target);
        var reach = state.Reach;

        // What the gateway proves itself with, the next proxy may take for the caller's.
        var trusted = caller == Caller.Stranger ? CredentialSent(reach) : Diagram.False;
        if (called.Length != 1 || Depth > MaxProxies || Calls(called[0]))
        {
            var why =
                called.IsEmpty ? $"{words}, which is not part of the input"
                : called.Length > 1 ? $"which of {called.Length.ToString(CultureInfo.InvariantCulture)} endpoints of {words} is meant"
                : $"{words} is called in a circle, or behind more than {MaxProxies.ToString(CultureInfo.InvariantCulture)} others";
            var lets = IsWalking ? symbols.Unknown($"{words} lets the request pass", why, target.Location) : Diagram.True;
            return (diagram.Or(trusted, diagram.And(reach, lets)), Diagram.False, []);
        }

        var next = new FlowInterpreter(called[0], symbols, knowledge, caller, sheet, request)
        {
            calledBy = this,
            pathPrefix = PrefixOf(target, called[0]),
            isPathKept = Read("target.copy.pathsuffix", state, program.Bundle) is not [{ Value: FlowValue.Text { Value: "false" } }],
        };
        var ways = next.Run(Arriving(state));
        var backend = ways.Where(way => way.Destination == Destination.Target)
            .Aggregate(trusted, (sum, way) => diagram.Or(sum, way.Reaches));
        var answer = ways.Where(way => way.Destination == Destination.NullRoute)
            .Aggregate(Diagram.False, (sum, way) => diagram.Or(sum, way.Reaches));
        ImmutableArray<StepVisit> steps = [.. next.Seen, .. next.SeenBeyond];
        beyond.AddRange(steps);
        foreach (var fault in next.Faults)
        {
            Answered(fault, state);
        }

        return (backend, answer, steps);
    }

    private int Depth => calledBy is { } outer ? outer.Depth + 1 : 1;

    private bool Calls(FlowProgram other) => ReferenceEquals(program, other) || calledBy?.Calls(other) == true;

    private static string PrefixOf(TargetConnection.Local target, FlowProgram called) =>
        target is { Proxy: null, Path: { } path } && called.SuffixOf(path) is { } suffix ? suffix.TrimEnd('/') : "";

    /// <summary>The message as the called proxy gets it.</summary>
    private static FlowState Arriving(FlowState state)
    {
        var arriving = new FlowState(state.Reach);
        foreach (var name in state.Names.Where(name => name.StartsWith("request.", StringComparison.Ordinal)))
        {
            if (state.TryGet(name, out var alternatives))
            {
                arriving.Set(name, alternatives);
            }
        }

        foreach (var (prefix, guard) in state.Cleared)
        {
            arriving.Clear(prefix, guard);
        }

        return arriving;
    }

    private int CredentialSent(int reach) =>
        visits
            .Where(visit =>
                visit is { Policy: AssignMessagePolicy { Enabled: true } assign }
                && assign.Edits.Any(edit =>
                    edit.Verb is "Set" or "Add"
                    && (
                        edit.Headers.Any(header => CredentialNames.IsCredential("request.header." + header.Name))
                        || edit.QueryParams.Any(parameter => CredentialNames.IsCredential("request.queryparam." + parameter.Name))
                        || edit.FormParams.Any(parameter => CredentialNames.IsCredential("request.formparam." + parameter.Name))
                    )
                )
            )
            .Aggregate(Diagram.False, (sum, visit) => diagram.Or(sum, diagram.And(reach, visit.Runs)));
}
