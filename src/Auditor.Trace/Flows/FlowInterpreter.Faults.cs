using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>
/// What a request meets that a step has stopped: the fault rules of the endpoint in which that happened. It is never on its way to a backend again; what the rules decide
/// is the answer (fault handling page, 2026-04-10).
/// </content>
internal sealed partial class FlowInterpreter
{
    /// <summary>The status of the answer. <c>error.*</c>, <c>message.*</c> and <c>response.*</c> are one message in the error state.</summary>
    private const string Status = "response.status.code";

    private readonly List<FaultEnd> faults = [];

    // The target whose flows are running; null in the proxy endpoint.
    private TargetEndpoint? currentTarget;

    // How many callouts and hooks around the current step ignore failures.
    private int ignoring;
    private int faultSteps;

    /// <summary>Where requests were stopped for good, with the answers they get. Only for callers who can be refused.</summary>
    public IReadOnlyList<FaultEnd> Faults => faults;

    private bool FollowsFaults => caller is Caller.Survey or Caller.Stranger or Caller.Sender;

    /// <summary>Follows a request that a step stops into the fault rules.</summary>
    private void Stop(StepVisit visit, int guard, FlowState at)
    {
        if (caller == Caller.Survey && visit.Policy is { } policy && AuthPolicies.Verifies(policy))
        {
            // What the rules would ask must be known before anybody is refused.
            guard = visit.Runs;
        }

        // What is ignored further out goes on there; a callout is not what stops a request, but a step inside; a preflight is answered.
        if (
            guard == Diagram.False
            || !FollowsFaults
            || ignoring > 0
            || visit.Policy is FlowCalloutPolicy or CorsPolicy
            || program.Endpoint is not { } endpoint
        )
        {
            return;
        }

        var own = visit.Policy is RaiseFaultPolicy raise ? RaisedStatus(raise, visit.Owner, at) : Of(FaultNames.StatusOf(visit.Policy));
        Answer(new FaultEnd(visit, guard, own, [.. visits]), endpoint, at);
    }

    /// <summary>What a called proxy answers when it refuses is an error to the target endpoint that called it.</summary>
    private void Answered(FaultEnd refused, FlowState at)
    {
        var succeeds = Diagram.False;
        foreach (var status in refused.Status)
        {
            if (status.Value is FlowValue.Text { Value: var code } && !IsError(code))
            {
                succeeds = diagram.Or(succeeds, status.Guard);
            }
        }

        ImmutableArray<StepVisit> way = [.. visits, .. refused.Way, .. refused.Steps];
        if (diagram.And(refused.Guard, succeeds) is not Diagram.False and var answered)
        {
            faults.Add(new FaultEnd(refused.By, answered, [.. Where(refused.Status, succeeds)], way));
        }

        if (diagram.Without(refused.Guard, succeeds) is not Diagram.False and var failed)
        {
            Answer(
                new FaultEnd(refused.By, failed, [.. Where(refused.Status, diagram.Not(succeeds))], way) { IsAnswer = true },
                program.Endpoint!,
                at
            );
        }
    }

    // Of what a target answers (success.codes, api-proxy-configuration reference, 2026-04-10).
    private static bool IsError(string status) => status.Trim() is ['4' or '5', _, _];

    private void Answer(FaultEnd end, ProxyEndpoint endpoint, FlowState at)
    {
        faults.Add(end);

        // Rules of a proxy endpoint are tried from the last to the first, those of a target from the first to the last.
        ImmutableArray<FaultRule> rules = currentTarget is { } target ? target.FaultRules : [.. endpoint.FaultRules.Reverse()];
        var last = currentTarget is { } other ? other.DefaultFaultRule : endpoint.DefaultFaultRule;
        if (!rules.Any(rule => MayAnswer(rule.Steps, program.Bundle, 0)) && (last is null || !MayAnswer(last.Steps, program.Bundle, 0)))
        {
            return;
        }

        var state = at.Copy();
        state.Reach = state.Aside = end.Guard;
        Announce(end, state);
        Handle(rules, last, end, state);
        state.Reach = end.Guard;
        var answer = Read(Status, state, program.Bundle);
        if (!end.IsAnswer && end.By.Place.Segment == "hook")
        {
            var isHandled = symbols.Unknown(Reading.HookFaultsMeetFaultRules);
            answer = [.. Where(answer, isHandled), .. Where(end.Status, diagram.Not(isHandled))];
        }

        end.Status = answer;
    }

    private IEnumerable<Alternative> Where(IEnumerable<Alternative> values, int guard) =>
        values.Select(value => value with { Guard = diagram.And(value.Guard, guard) }).Where(value => value.Guard != Diagram.False);

    // Only policies that can set a status make a difference to what the caller is told.
    private bool MayAnswer(ImmutableArray<Step> steps, Bundle owner, int depth) =>
        steps.Any(step =>
            owner.FindPolicy(step.Policy) switch
            {
                AssignMessagePolicy assign => assign.Edits.Any(edit => edit.StatusCode is not null)
                    || assign.Variables.Any(variable => VariableName.Canonical(variable.Name) == Status),
                RaiseFaultPolicy or ScriptPolicy => true,
                FlowCalloutPolicy call => depth < MaxCallDepth
                    && program.FindSharedFlow(call.SharedFlow).Bundle is { } shared
                    && shared.SharedFlows.Take(1).Any(flow => MayAnswer(flow.Steps, shared, depth + 1)),
                _ => false,
            }
        );

    /// <summary>Sets what fault rules can ask about the fault.</summary>
    private void Announce(FaultEnd end, FlowState state)
    {
        var (visit, guard) = (end.By, end.Guard);
        if (end.IsAnswer)
        {
            Assign("fault.name", new FlowValue.Text("ErrorResponseCode"), null, guard, state, program.Bundle);
        }
        else if (visit.Policy is { } policy)
        {
            if (policy is JwtPolicy jwt)
            {
                Leave(jwt, visit.Owner, guard, verified: false, failed: true, state);
            }

            MarkFailed(policy, guard, state);
            if (FaultNames.Of(policy).IsEmpty)
            {
                FlowValue name =
                    policy is RaiseFaultPolicy
                        ? new FlowValue.Text("RaiseFault")
                        : AtRunTime($"failure:{policy.Name}", $"the fault of '{policy.Name}'");
                Assign("fault.name", name, null, guard, state, program.Bundle);
            }

            foreach (var (when, fault, _) in visit.Refusals)
            {
                if (fault is not null)
                {
                    Assign("fault.name", new FlowValue.Text(fault), null, diagram.And(guard, when), state, program.Bundle);
                }
            }
        }

        foreach (
            var name in (ReadOnlySpan<string>)
                ["fault.type", "fault.category", "fault.subcategory", "fault.reason", "error.message", "error.content"]
        )
        {
            Assign(name, AtRunTime("failure:" + name, $"'{name}'"), null, guard, state, program.Bundle);
        }

        Assign(Status, end.Status, guard, state, program.Bundle);
    }

    private FlowValue.Named AtRunTime(string name, string what) =>
        new(UnknownSymbol(name, false, what, "nothing: it is only known at run time"), "");

    private Alternative[] RaisedStatus(RaiseFaultPolicy raise, Bundle owner, FlowState state) =>
        raise.Edits.Select(edit => edit.StatusCode).FirstOrDefault(code => code is not null) is { } code
            ? SettingOrTemplate(code, state, owner)
            : Of(FaultNames.StatusOf(raise));

    private void Handle(ImmutableArray<FaultRule> rules, FaultRule? last, FaultEnd end, FlowState state)
    {
        var remaining = state.Reach;
        var raised = Diagram.False;
        foreach (var rule in rules)
        {
            state.Reach = remaining;
            var holds = rule.Condition is { } condition ? Evaluate(condition, state, program.Bundle) : Diagram.True;
            var takes = diagram.And(remaining, holds);
            remaining = diagram.Without(remaining, holds);
            raised = diagram.Or(raised, RunRule(rule, takes, end, state));
        }

        if (last is null)
        {
            return;
        }

        // It runs where no rule did; where AlwaysEnforce says so also after a rule, unless that raised a fault of its own.
        state.Reach = last.AlwaysEnforce ? diagram.Without(end.Guard, raised) : remaining;
        var applies = last.Condition is { } always ? Evaluate(always, state, program.Bundle) : Diagram.True;
        RunRule(last, diagram.And(state.Reach, applies), end, state);
    }

    /// <summary>Runs the steps of a rule and says when one of them raised a fault.</summary>
    private int RunRule(FaultRule rule, int takes, FaultEnd end, FlowState state)
    {
        if (takes == Diagram.False)
        {
            return Diagram.False;
        }

        end.Rules.Add((takes, rule));
        var outer = visits;
        (visits, isFault) = ([], true);
        ignoring++;
        state.Reach = takes;
        var place = new StepPlace(rule.Name.Length == 0 ? "DefaultFaultRule" : $"fault rule '{rule.Name}'", null) { Segment = "fault" };
        RunSteps(rule.Steps, program.Bundle, place, state);
        ignoring--;
        end.Steps.AddRange(visits);
        (visits, isFault) = (outer, false);
        return diagram.Without(takes, state.Reach);
    }

    // While fault rules run, the current message is the error.
    private bool isFault;

    private void SetStatus(AssignMessagePolicy policy, Bundle owner, int runs, FlowState state)
    {
        if (!isFault || policy.AssignTo?.Trim() is not (null or "" or "message" or "response" or "error"))
        {
            return;
        }

        foreach (var edit in policy.Edits)
        {
            if (edit is { Verb: "Set", StatusCode: { } code })
            {
                Assign(
                    Status,
                    [
                        .. SettingOrTemplate(code, state, owner)
                            .Select(value =>
                                value with
                                {
                                    Origin = new ProvenanceChain(new Provenance(code.Location, "StatusCode"), value.Origin),
                                }
                            ),
                    ],
                    runs,
                    state,
                    owner
                );
            }
        }
    }
}

/// <summary>Where requests are stopped for good, and the answer they get.</summary>
internal sealed class FaultEnd(StepVisit by, int guard, Alternative[] status, ImmutableArray<StepVisit> way)
{
    /// <summary>The step that stops them.</summary>
    public StepVisit By => by;

    /// <summary>When.</summary>
    public int Guard => guard;

    /// <summary>The steps on the way there.</summary>
    public ImmutableArray<StepVisit> Way => way;

    /// <summary>The status of the answer.</summary>
    public Alternative[] Status { get; set; } = status;

    /// <summary>Whether it is the answer of a called proxy, which refused the request.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>The rules that run, each with when.</summary>
    public List<(int Guard, FaultRule Rule)> Rules { get; } = [];

    /// <summary>Their steps.</summary>
    public List<StepVisit> Steps { get; } = [];
}
