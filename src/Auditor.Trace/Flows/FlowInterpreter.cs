using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>
/// Interprets an endpoint for every request at once: what holds is a decision diagram over the classes of paths, verbs, headers and unknowns, so ways that differ only
/// in conditions are walked together. Flows part, because each is an operation of its own. Apigee flows have no loops, so every walk ends.
/// </summary>
internal sealed partial class FlowInterpreter(
    FlowProgram program,
    SymbolTable table,
    TraceKnowledge knowledge,
    Caller caller,
    TokenSheet? sheet = null,
    GatewayRequest? request = null,
    ServiceCalloutPolicy? failing = null,
    bool followsAnswers = true
)
{
    private const int MaxCallDepth = 40;
    private const int MaxVisits = 20_000;

    private readonly SymbolTable symbols = table;
    private readonly Diagram diagram = table.Diagram;
    private readonly List<FlowPath> paths = [];
    private readonly List<string> callStack = [];
    private readonly List<StepVisit> seen = [];
    private List<StepVisit> visits = [];

    /// <summary>Every step that was come to, also where the way then ended for everybody.</summary>
    public IReadOnlyList<StepVisit> Seen => seen;

    /// <summary>Walks the endpoint.</summary>
    public IReadOnlyList<FlowPath> Run() => Run(new FlowState(caller == Caller.Survey ? Diagram.Maybe : Diagram.True));

    private List<FlowPath> Run(FlowState state)
    {
        if (program.Endpoint is not { } endpoint)
        {
            RunAlone(state);
            return paths;
        }

        RunHook("PreProxyFlowHook", state);
        RunSteps(endpoint.PreFlow.Request, program.Bundle, Place("PreFlow", "proxy", null), state);
        var remaining = state.Reach;
        foreach (var flow in endpoint.Flows)
        {
            var holds = flow.Condition is { } condition ? Evaluate(condition, state, program.Bundle) : Diagram.True;
            var enters = diagram.And(remaining, holds);
            remaining = diagram.Without(remaining, holds);
            Fork(
                state,
                enters,
                branch =>
                {
                    RunSteps(flow.Request, program.Bundle, Place($"flow '{flow.Name}'", "proxy", flow), branch);
                    RunRest(endpoint, flow, enters, branch);
                }
            );
        }

        Fork(state, remaining, branch => RunRest(endpoint, null, remaining, branch));
        return paths;
    }

    private void RunAlone(FlowState state)
    {
        foreach (var flow in program.Bundle.SharedFlows.Take(1))
        {
            callStack.Add(program.Bundle.Name);
            RunSteps(flow.Steps, program.Bundle, Place("the shared flow", "proxy", null), state);
        }

        paths.Add(
            new FlowPath
            {
                Flow = null,
                Route = null,
                Target = null,
                Destination = Destination.End,
                Enters = Diagram.True,
                Reaches = state.Reach,
                Visits = [.. visits],
                State = state,
            }
        );
    }

    private void RunRest(ProxyEndpoint endpoint, Flow? flow, int enters, FlowState state)
    {
        RunSteps(endpoint.PostFlow.Request, program.Bundle, Place("PostFlow", "proxy", null), state);
        var remaining = state.Reach;
        foreach (var route in endpoint.Routes)
        {
            var holds = route.Condition is { } condition ? Evaluate(condition, state, program.Bundle) : Diagram.True;
            var takes = diagram.And(remaining, holds);
            remaining = diagram.Without(remaining, holds);
            Fork(state, takes, branch => RunTarget(flow, enters, route, branch));
        }
    }

    private void RunTarget(Flow? flow, int enters, RouteRule route, FlowState state)
    {
        if (route.IsNull)
        {
            Arrive(Destination.NullRoute, null, state.Reach, [], AnswerOf(flow, state));
            return;
        }

        var target = program.Bundle.TargetEndpoints.FirstOrDefault(candidate =>
            string.Equals(candidate.Name, route.TargetEndpoint, StringComparison.Ordinal)
        );
        currentTarget = target;
        RunHook("PreTargetFlowHook", state);
        if (target is not null)
        {
            RunTargetFlows(target, state);
        }

        if (target?.Connection is TargetConnection.Local local && state.Reach != Diagram.False)
        {
            var (backend, answer, steps) = Call(local, state);
            Arrive(Destination.Target, target, backend, steps);
            if (answer != Diagram.False)
            {
                Arrive(Destination.NullRoute, target, answer, steps);
            }
        }
        else
        {
            Arrive(Destination.Target, target, state.Reach, []);
        }

        currentTarget = null;

        void Arrive(Destination destination, TargetEndpoint? at, int reaches, ImmutableArray<StepVisit> steps, OwnAnswer? answer = null) =>
            paths.Add(
                new FlowPath
                {
                    Flow = flow,
                    Route = route,
                    Target = at,
                    Destination = destination,
                    Enters = enters,
                    Reaches = reaches,
                    Visits = [.. visits],
                    Beyond = steps,
                    Answer = answer ?? OwnAnswer.None,
                    State = state,
                }
            );
    }

    private void RunTargetFlows(TargetEndpoint target, FlowState state)
    {
        RunSteps(target.PreFlow.Request, program.Bundle, Place($"PreFlow of target '{target.Name}'", "target", null), state);
        var remaining = state.Reach;
        var arrived = Diagram.False;
        var aside = state.Aside;
        foreach (var flow in target.Flows)
        {
            state.Reach = remaining;
            var holds = flow.Condition is { } condition ? Evaluate(condition, state, program.Bundle) : Diagram.True;
            state.Reach = diagram.And(remaining, holds);
            remaining = diagram.Without(remaining, holds);
            // The ways of the flows are one state: what one of them sets leaves the others as they are.
            state.Aside = diagram.Or(aside, diagram.Or(arrived, remaining));
            RunSteps(flow.Request, program.Bundle, Place($"flow '{flow.Name}' of target '{target.Name}'", "target", null), state);
            arrived = diagram.Or(arrived, state.Reach);
        }

        state.Aside = aside;
        state.Reach = diagram.Or(arrived, remaining);
        RunSteps(target.PostFlow.Request, program.Bundle, Place($"PostFlow of target '{target.Name}'", "target", null), state);
    }

    private static StepPlace Place(string place, string segment, Flow? flow) => new(place, null) { Segment = segment, Flow = flow };

    /// <summary>Walks on with a copy, so that what happens there stays there.</summary>
    private void Fork(FlowState state, int reach, Action<FlowState> walk)
    {
        if (reach == Diagram.False)
        {
            return;
        }

        var outer = visits;
        visits = [.. outer];
        var branch = state.Copy();
        branch.Reach = reach;
        walk(branch);
        visits = outer;
    }

    private void RunHook(string point, FlowState state)
    {
        var (hook, coverage) = program.FindHook(point);
        if (hook is null)
        {
            if (!coverage.IsComplete)
            {
                // A hook nobody could read may hold the check, or set what one hangs on.
                var environment = program.Environment!;
                if (IsWalking)
                {
                    var lets = symbols.Unknown(
                        $"the flow hooks of environment '{environment.Name}' let the request pass",
                        $"the flow hooks of environment '{environment.Name}' ({coverage.Reason})",
                        environment.Location
                    );
                    state.Reach = diagram.And(state.Reach, lets);
                }

                WriteAnything($"a flow hook of environment '{environment.Name}'", environment.Location, state.Reach, state, program.Bundle);
            }

            return;
        }

        var visit = new StepVisit
        {
            Place = Place(point, "hook", null),
            Step = null,
            Policy = null,
            Hook = hook,
            Owner = program.Bundle,
            Location = hook.Location,
            Arrives = state.Reach,
            Runs = state.Reach,
            Ignores = hook.ContinueOnError == true,
        };
        Add(visit);
        visit.Fails = RunSharedFlow(hook.SharedFlow!, state.Reach, visit, state, ignores: hook.ContinueOnError != false);
        visit.Stops = hook.ContinueOnError switch
        {
            true => Diagram.False,
            false => visit.Fails,
            // An answer that does not say is not known to mean false.
            null => diagram.And(
                visit.Fails,
                symbols.Unknown(
                    $"{point} of environment '{program.Environment!.Name}' stops on error",
                    "whether its continueOnError is false",
                    hook.Location
                )
            ),
        };
        state.Reach = diagram.Without(state.Reach, visit.Stops);
    }

    /// <summary>Runs a shared flow in place and says when it failed.</summary>
    private int RunSharedFlow(string name, int runs, StepVisit callerVisit, FlowState state, bool ignores)
    {
        var lookup = program.FindSharedFlow(name);
        if (lookup.Bundle is not { } shared || callStack.Count >= MaxCallDepth || callStack.Contains(name, StringComparer.Ordinal))
        {
            var why =
                lookup.Bundle is null ? lookup.Why ?? $"shared flow '{name}' does not exist"
                : callStack.Count >= MaxCallDepth ? "shared flows are nested deeper than 40"
                : $"shared flow '{name}' calls itself";
            WriteAnything($"shared flow '{name}'", callerVisit.Location, runs, state, callerVisit.Owner);
            return IsWalking
                ? diagram.Without(runs, symbols.Unknown($"shared flow '{name}' lets the request pass", why, callerVisit.Location))
                : Diagram.False;
        }

        // Who does not run it, and who fails in it and goes on, keeps the variables they have.
        var (saved, aside) = (state.Reach, state.Aside);
        callStack.Add(name);
        state.Aside = diagram.Or(aside, ignores ? saved : diagram.Without(saved, runs));
        state.Reach = runs;
        ignoring += ignores ? 1 : 0;
        foreach (var flow in shared.SharedFlows.Take(1))
        {
            RunSteps(
                flow.Steps,
                shared,
                new StepPlace($"shared flow '{name}'", callerVisit) { Segment = callerVisit.Place.Segment, Flow = callerVisit.Place.Flow },
                state
            );
        }

        if (!shared.IsReadable && IsWalking)
        {
            state.Reach = diagram.And(state.Reach, Unreadable(shared));
        }

        var through = state.Reach;
        ignoring -= ignores ? 1 : 0;
        callStack.RemoveAt(callStack.Count - 1);
        (state.Reach, state.Aside) = (saved, aside);
        return diagram.Without(runs, through);
    }

    // Somebody's request is on its way: what nobody can read may stop it, whatever credentials it carries.
    private bool IsWalking => caller != Caller.Survey;

    // Nobody gave them a credential.
    private bool HasNoToken => caller == Caller.Stranger || (caller == Caller.Sender && request!.Token is null);

    private int Unreadable(Bundle bundle) =>
        symbols.Unknown(
            $"the unreadable files of {bundle.Description} let the request pass",
            $"{bundle.Unreadable[0].Location}: {bundle.Unreadable[0].Reason}",
            bundle.Unreadable[0].Location
        );
}
