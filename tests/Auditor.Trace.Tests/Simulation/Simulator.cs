namespace Auditor.Trace.Tests.Simulation;

/// <summary>
/// Runs one request through one generated gateway, step by step, the way Apigee documents it. It is written for this and shares nothing with the interpreter under test:
/// it knows only concrete texts, and stops at the first fault.
/// </summary>
internal sealed class Simulator
{
    // The fault that an answer of a target is.
    private const string Answered = "ErrorResponseCode";

    private readonly Gateway gateway;
    private readonly ProxySpec proxy;
    private readonly RequestSpec request;
    private readonly World world;
    private readonly string suffix;
    private readonly Dictionary<string, string?> variables = new(StringComparer.Ordinal);
    private string? mode;
    private string? copy;

    private sealed class Fault(Act by, string name, int status) : Exception
    {
        public Act By => by;

        public string Name => name;

        public int Status => status;

        public bool IsInHook { get; set; }
    }

    private sealed class Answer : Exception;

    private Simulator(Gateway gateway, ProxySpec proxy, RequestSpec request, World world, string suffix)
    {
        this.gateway = gateway;
        this.proxy = proxy;
        this.request = request;
        this.world = world;
        this.suffix = suffix;
        (mode, copy) = (request.Mode, request.Copy);
    }

    /// <summary>What becomes of a request at the front of a gateway.</summary>
    public static Outcome Run(Gateway gateway, RequestSpec request, World world) =>
        new Simulator(gateway, gateway.Front, request, world, request.Suffix).Run();

    private Outcome Run()
    {
        Target? target = null;
        try
        {
            RunHook(gateway.BeforeProxy);
            Run(proxy.PreFlow);
            RunFirst(proxy.Flows);
            Run(proxy.PostFlow);
            var route = proxy.Routes.FirstOrDefault(candidate => candidate.Condition is null || Holds(candidate.Condition));
            if (route is null)
            {
                return new Outcome("rejected");
            }

            if (route.Way == Way.Null)
            {
                return new Outcome("answered");
            }

            target = route.Way switch
            {
                Way.First or Way.Proxy => proxy.First,
                Way.Second or Way.Path => proxy.Second,
                _ => null,
            };
            RunHook(gateway.BeforeTarget);
            if (target is not null)
            {
                Run(target.PreFlow);
                RunFirst(target.Flows);
                Run(target.PostFlow);
            }

            return route.Way switch
            {
                Way.Proxy => Behind(suffix),
                Way.Path => Behind("/a" + suffix),
                _ => new Outcome("accepted"),
            };
        }
        catch (Answer)
        {
            return new Outcome("answered");
        }
        catch (Fault fault)
        {
            return Refused(fault, target);
        }
    }

    private Outcome Behind(string path)
    {
        var next = new Simulator(gateway, gateway.Back, request, world, path) { mode = mode, copy = copy };
        var outcome = next.Run();
        // What a target answers is a fault from 400 on.
        return outcome is { End: "rejected", Status: >= 400 } ? throw new Fault(outcome.By!.Value, Answered, outcome.Status) : outcome;
    }

    private Outcome Refused(Fault fault, Target? target)
    {
        var faults = target?.Faults ?? proxy.Faults;
        if (fault.IsInHook && !world.HookFaultsAreHandled)
        {
            return new Outcome("rejected", fault.By, fault.Status);
        }

        variables["fault.name"] = fault.Name;
        if (fault is { Name: not Answered, By: Act.Verify or Act.VerifyOther or Act.Decode })
        {
            variables["JWT.failed"] = "true";
        }

        var status = fault.Status;
        var (executed, raised) = (false, false);
        foreach (var rule in target is null ? faults.Rules.Reverse() : faults.Rules)
        {
            if (rule.Condition is null || Holds(rule.Condition))
            {
                executed = true;
                (status, raised) = AnswerOf(rule.Steps, status);
                break;
            }
        }

        if (
            faults.Default is { } last
            && (!executed || (faults.AlwaysEnforce && !raised))
            && (last.Condition is null || Holds(last.Condition))
        )
        {
            (status, _) = AnswerOf(last.Steps, status);
        }

        return new Outcome("rejected", fault.By, status);
    }

    private (int Status, bool Raised) AnswerOf(IReadOnlyList<Stp> steps, int status)
    {
        foreach (var step in steps)
        {
            if (step.Condition is not null && !Holds(step.Condition))
            {
                continue;
            }

            switch (step.Act)
            {
                case Act.Status200:
                    status = 200;
                    break;
                case Act.Status503:
                    status = 503;
                    break;
                case Act.Raise418:
                    return (418, true);
                default:
                    Do(step.Act);
                    break;
            }
        }

        return (status, false);
    }

    private void RunHook(Hook? hook)
    {
        try
        {
            Run(hook?.Steps ?? []);
        }
        catch (Fault fault)
        {
            if (!hook!.ContinueOnError)
            {
                fault.IsInHook = true;
                throw;
            }
        }
    }

    private void RunFirst(IReadOnlyList<Flw> flows) =>
        Run(flows.FirstOrDefault(flow => flow.Condition is null || Holds(flow.Condition))?.Steps ?? []);

    private void Run(IReadOnlyList<Stp> steps)
    {
        foreach (var step in steps)
        {
            if (step.Condition is null || Holds(step.Condition))
            {
                Do(step.Act);
            }
        }
    }

    private void Do(Act act)
    {
        switch (act)
        {
            case Act.Verify or Act.VerifyAndContinue:
                Verify(act, Token.Good, act == Act.VerifyAndContinue);
                break;
            case Act.VerifyOther:
                Verify(act, Token.Other, false);
                break;
            case Act.Decode when request.Token == Token.None:
                throw new Fault(act, "FailedToDecode", 401);
            case Act.Decode:
                SetClaims(act);
                break;
            case Act.Refuse:
                throw new Fault(act, "RaiseFault", 403);
            case Act.SetX or Act.Property:
                variables["flow.v"] = "x";
                break;
            case Act.SetY or Act.Entry:
                variables["flow.v"] = "y";
                break;
            case Act.Copy:
                variables["flow.v"] = copy;
                break;
            case Act.CopyOr:
                variables["flow.v"] = copy ?? "x";
                break;
            case Act.Fill:
                variables["flow.t"] = (variables.GetValueOrDefault("flow.v") ?? "none") + "-t";
                break;
            case Act.Header:
                mode = "x";
                break;
            case Act.Drop:
                copy = null;
                break;
            case Act.Extract when mode is not null:
                variables["flow.v"] = mode;
                break;
            case Act.Assert:
                variables["assertcondition.Assert.truthValue"] = request.Verb == "GET" ? "true" : "false";
                break;
            case Act.ScriptSets:
                variables[mode == "x" ? "flow.v" : "flow.w"] = mode == "x" ? "x" : "y";
                break;
            case Act.ScriptThrows when request.Verb == "DELETE":
                throw new Fault(act, "ScriptExecutionFailed", 500);
            case Act.Opaque:
                variables["flow.o"] = world.OpaqueSets;
                if (world.OpaqueSets is not null)
                {
                    (variables["flow.v"], variables["flow.w"], variables["flow.t"]) = (
                        world.OpaqueSets,
                        world.OpaqueSets,
                        world.OpaqueSets
                    );
                }

                if (!world.OpaqueLets)
                {
                    throw new Fault(act, "Failure", 500);
                }

                break;
            case Act.Preflight when request.Verb == "OPTIONS" && (request.HasOrigin || !world.PreflightNeedsOrigin):
                throw new Answer();
            case Act.Call:
                Run(gateway.SharedFlow);
                break;
            case Act.CallInner:
                Run(gateway.Inner);
                break;
            case Act.CallAndContinue:
                try
                {
                    Run(gateway.SharedFlow);
                }
                catch (Fault)
                {
                    // The fault ends the shared flow and nothing else.
                }

                break;
            default:
                break;
        }
    }

    private void Verify(Act act, Token accepted, bool goesOn)
    {
        if (request.Token == accepted)
        {
            SetClaims(act);
            return;
        }

        if (!goesOn)
        {
            throw new Fault(
                act,
                request.Token switch
                {
                    Token.None => "FailedToResolveVariable",
                    Token.Expired => "TokenExpired",
                    _ => "JwtIssuerMismatch",
                },
                401
            );
        }

        variables["JWT.failed"] = "true";
        variables.Remove($"jwt.{act}.decoded.claim.scp");
        if (world.FailedSetsClaims && request.Token != Token.None)
        {
            SetClaims(act);
        }
    }

    private void SetClaims(Act act) =>
        variables[$"jwt.{act}.decoded.claim.scp"] = "[" + string.Join(',', request.Scopes.Select(scope => $"\"{scope}\"")) + "]";

    private bool Holds(Cond condition) =>
        condition switch
        {
            Cond.And and => Holds(and.Left) && Holds(and.Right),
            Cond.Or or => Holds(or.Left) || Holds(or.Right),
            Cond.Not not => !Holds(not.Inner),
            Cond.Test test => Operators.Holds(Value(test.Variable), test.Operator, test.Value) != test.IsNegated,
            _ => throw new InvalidOperationException(),
        };

    private string? Value(string variable) =>
        variable switch
        {
            "request.verb" or "message.verb" => request.Verb,
            "proxy.pathsuffix" => suffix,
            "request.header.x-mode" or "request.header.X-Mode" => mode,
            "request.header.x-copy" => copy,
            _ => variables.GetValueOrDefault(variable),
        };
}
