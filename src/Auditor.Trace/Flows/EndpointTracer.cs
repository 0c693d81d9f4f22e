using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>
/// Interprets one endpoint for the callers that matter and says what came out: the operations, the checks, and who gets past them. Over- and under-approximation are one
/// walk: what nobody here knows is a variable, a request is possible when some value of it lets it through, and definite when all values do.
/// </summary>
internal sealed partial class EndpointTracer
{
    private readonly FlowProgram program;
    private readonly TraceKnowledge knowledge;
    private readonly AuditSettings settings;
    private readonly TracedEndpoint endpoint;
    private readonly Diagram diagram = new();
    private readonly SymbolTable symbols;
    private readonly WitnessBuilder witnesses;
    private IReadOnlyList<FlowPath> admitted = [];
    private IReadOnlyList<FlowPath> strangers = [];
    private RequirementBuilder? requirements;
    private bool followsAnswers;

    private EndpointTracer(FlowProgram program, TraceKnowledge knowledge, AuditSettings settings)
    {
        this.program = program;
        this.knowledge = knowledge;
        this.settings = settings;
        endpoint = new TracedEndpoint(program, knowledge);
        symbols = new SymbolTable(diagram, KnownLanguages.Current);
        witnesses = new WitnessBuilder(program, symbols);
    }

    /// <summary>Interprets an endpoint. Over budget it is not assessed, and says so.</summary>
    public static TracedEndpoint Trace(FlowProgram program, TraceKnowledge knowledge, AuditSettings settings)
    {
        var tracer = new EndpointTracer(program, knowledge, settings);
        try
        {
            tracer.Run();
        }
        catch (BudgetExceededException e)
        {
            tracer.endpoint.NotAssessed = e.Message;
            (tracer.endpoint.Checks, tracer.endpoint.Disclosing) = ([], []);
            tracer.endpoint.Operations = [new Operation(tracer.endpoint, null) { NotAssessed = $"over budget: {e.Message}" }];
            tracer.endpoint.Routes =
            [
                new BackendRoute(tracer.endpoint, "the backend", tracer.endpoint.Location) { Owner = program.Bundle },
            ];
        }

        return tracer.endpoint;
    }

    private void Run()
    {
        var survey = new FlowInterpreter(program, symbols, knowledge, Caller.Survey);
        survey.Run();

        // What the survey did not get to has not been asked about.
        followsAnswers = !survey.AnswersAreTooMany;
        foreach (var declared in Declarations())
        {
            Covers(declared);
        }

        foreach (var (_, resource, verbs, _) in ProductResources())
        {
            Covers(resource, verbs);
            Opens(resource, verbs);
        }

        LooseIssuers.Ask(symbols);
        symbols.Freeze();
        var forAdmitted = new FlowInterpreter(program, symbols, knowledge, Caller.Admitted, followsAnswers: followsAnswers);
        admitted = forAdmitted.Run();
        var forStrangers = new FlowInterpreter(program, symbols, knowledge, Caller.Stranger, followsAnswers: followsAnswers);
        strangers = forStrangers.Run();
        endpoint.Checks = [.. Checks(forAdmitted.Seen)];
        requirements = new RequirementBuilder(symbols);
        endpoint.Decoded = [.. TokenReadFinder.Decoded(endpoint, admitted, diagram)];
        endpoint.Operations = [.. Operations(forAdmitted.Seen)];
        endpoint.Disclosing = [.. Disclosing()];
        endpoint.MaskedRefusals = MaskedRefusals(forStrangers.Faults);
        endpoint.Assumptions =
        [
            .. program is { Endpoint: not null, Environment: null }
                ?
                [
                    "No flow hook verifies tokens: flow hooks belong to environments, which are not part of a bundle.",
                    "No flow hook limits the rate of requests: flow hooks belong to environments, which are not part of a bundle.",
                ]
                : Array.Empty<string>(),
            .. endpoint.Checks.Select(check => KnownCallouts.AssumptionOf(check.Policy)).OfType<string>(),
        ];
        endpoint.Callouts =
        [
            .. admitted
                .SelectMany(path => path.Visits)
                .Where(visit => visit is { Policy: ServiceCalloutPolicy, Settings: not null })
                .Select(visit => new TracedCallout(
                    (ServiceCalloutPolicy)visit.Policy!,
                    CalloutRecogniser.Recognise((ServiceCalloutPolicy)visit.Policy!),
                    visit.Settings!["url"],
                    visit.Owner
                ))
                .DistinctBy(callout => callout.Policy.Name, StringComparer.Ordinal),
        ];
        Routes(forAdmitted);
        endpoint.Attached =
        [
            .. forAdmitted
                .Seen.Where(visit =>
                    visit is { Policy: not null, Step: not null } && (WouldVerify(visit) || WouldAskForClient(visit.Policy))
                )
                .Select(visit => new AttachedCheck(endpoint, visit.Policy!, visit.Owner, visit.Location) { EarlyCall = EarlyCallOf(visit) })
                .DistinctBy(attached => attached.Key, StringComparer.Ordinal),
        ];
        endpoint.Demands = [.. Demands()];
        endpoint.ClaimReads = [.. new ClaimReadFinder(endpoint, forAdmitted.Seen, diagram, knowledge).Find()];
        endpoint.ProtectedByHook = HookThatProtects();
    }

    private void Routes(FlowInterpreter interpreter)
    {
        var finder = new BackendRouteFinder(endpoint, interpreter, admitted, strangers, symbols, Possible());
        endpoint.Routes = [.. finder.Routes()];
        endpoint.IdentityHeaders = [.. finder.IdentityHeaders()];
        endpoint.Lookups =
        [
            .. TokenLookupFinder
                .Find(endpoint, admitted, symbols)
                .Select(lookup => lookup.Policy.ContinueOnError ? lookup with { Unanswered = WithoutAnswer(lookup.Policy) } : lookup),
        ];
    }

    /// <summary>A request that gets through when a callout fails and the request goes on; of those that make the call.</summary>
    private Possibility? WithoutAnswer(ServiceCalloutPolicy callout)
    {
        var paths = new FlowInterpreter(
            program,
            symbols,
            knowledge,
            Caller.Admitted,
            failing: callout,
            followsAnswers: followsAnswers
        ).Run();
        return Possible()
            .Given(
                paths
                    .Where(path => path.Destination != Destination.NullRoute)
                    .SelectMany(path =>
                        path.Visits.Where(visit => ReferenceEquals(visit.Policy, callout))
                            .Select(visit => (path, diagram.And(diagram.And(path.Reaches, visit.Runs), symbols.Consistency()), visit.Runs))
                    ),
                "a token that nobody was asked about"
            );
    }

    private PossibilityFinder Possible() => new(symbols, witnesses, Harmful(), Unknowns);

    private IEnumerable<ClaimDemand> Demands()
    {
        foreach (var set in symbols.Sets)
        {
            var check = endpoint.Checks.FirstOrDefault(candidate => IsRead(candidate, set.Claim));
            foreach (var (member, places) in set.Asked)
            {
                foreach (var place in places)
                {
                    yield return new ClaimDemand(endpoint, set.Claim.Name, member, place, check);
                }
            }
        }
    }

    // Whether a claim belongs to the token that a check verifies.
    private static bool IsRead(TokenCheck check, TokenClaim claim) =>
        claim.Kind switch
        {
            TokenCheckKind.Jwt => check.Jwt is { } jwt
                && string.Equals(jwt.Source ?? TokenClaim.DefaultSource, claim.Token, StringComparison.Ordinal),
            TokenCheckKind.Introspection => check.Kind == TokenCheckKind.Introspection
                && string.Equals(check.Policy.Name, claim.Token, StringComparison.Ordinal),
            _ => check.Kind == claim.Kind,
        };

    private FlowHook? HookThatProtects()
    {
        if (endpoint.Operations.IsEmpty || endpoint.Operations.Any(operation => operation.Bypass is not null))
        {
            return null;
        }

        var verifying = admitted
            .SelectMany(path => path.Visits)
            .Where(visit => visit.Policy is { Enabled: true } policy && AuthPolicies.Verifies(policy))
            .ToList();
        return verifying.Count > 0 && verifying.All(visit => visit.Place.Segment == "hook") ? Outermost(verifying[0]).Hook : null;
    }

    private static StepVisit Outermost(StepVisit visit)
    {
        while (visit.Place.Caller is { } outer)
        {
            visit = outer;
        }

        return visit;
    }

    /// <summary>The requests whose fate depends on as little as possible that is not known: what some request can do without is done without.</summary>
    private int WithFewestUnknowns(int function)
    {
        foreach (var variable in diagram.Support(function).Where(variable => diagram.KindOf(variable) == VariableKind.Unknown))
        {
            var without = diagram.ForAll(function, variable);
            function = without == Diagram.False ? function : without;
        }

        return function;
    }

    /// <summary>The unknowns that decide, each of them in words, ordered.</summary>
    private ImmutableArray<TraceUnknown> Unknowns(int function, IReadOnlyDictionary<int, int> assignment)
    {
        var unknowns = new List<TraceUnknown>();
        foreach (var variable in diagram.Support(function))
        {
            if (diagram.KindOf(variable) != VariableKind.Unknown || !assignment.ContainsKey(variable))
            {
                continue;
            }

            // It matters when the other value would stop this very request.
            var fixedOthers = assignment
                .Where(pair => pair.Key != variable && diagram.KindOf(pair.Key) == VariableKind.Caller)
                .Aggregate(function, (current, pair) => diagram.Restrict(current, pair.Key, pair.Value));
            if (fixedOthers != Diagram.True && diagram.Support(fixedOthers).Contains(variable))
            {
                unknowns.Add(symbols.Describe(variable));
            }
        }

        return
        [
            .. unknowns
                .DistinctBy(unknown => unknown.What, StringComparer.Ordinal)
                .OrderBy(unknown => unknown.What, StringComparer.Ordinal),
        ];
    }
}
