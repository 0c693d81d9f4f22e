using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;
using Auditor.Trace.Languages;

namespace Auditor.Trace.Flows;

/// <summary>
/// Decides one request at an endpoint: the endpoint is interpreted for whoever sends this token, and then everything the caller chooses gets the value it has in the
/// request. What is left is what configuration does not say.
/// </summary>
internal sealed class RequestTracer
{
    private readonly TracedEndpoint endpoint;
    private readonly FlowProgram program;
    private readonly GatewayRequest request;
    private readonly Diagram diagram = new();
    private readonly SymbolTable symbols;
    private readonly Dictionary<int, int> assignment = [];

    private RequestTracer(TracedEndpoint endpoint, GatewayRequest request)
    {
        this.endpoint = endpoint;
        this.request = request;
        program = endpoint.Program;
        symbols = new SymbolTable(diagram, KnownLanguages.Current);
    }

    /// <summary>Decides a request. Over budget the decision is open, and says so.</summary>
    public static Decision Decide(TracedEndpoint endpoint, TraceKnowledge knowledge, GatewayRequest request)
    {
        try
        {
            return new RequestTracer(endpoint, request).Run(knowledge);
        }
        catch (BudgetExceededException e)
        {
            return new Decision
            {
                Outcome = DecisionOutcome.Open,
                Endpoint = endpoint,
                Unknowns = [new TraceUnknown(endpoint.Program.Title, $"an analysis within its budget ({e.Message})", endpoint.Location)],
            };
        }
    }

    private Decision Run(TraceKnowledge knowledge)
    {
        new FlowInterpreter(program, symbols, knowledge, Caller.Survey).Run();
        symbols.Freeze();
        var interpreter = new FlowInterpreter(program, symbols, knowledge, Caller.Sender, request: request);
        var paths = interpreter.Run();
        Assign();
        FlowPath? possible = null;
        foreach (var path in paths)
        {
            var reaches = Restrict(path.Reaches);
            if (reaches == Diagram.True)
            {
                return new Decision
                {
                    Outcome = path.Destination == Destination.NullRoute ? DecisionOutcome.Answered : DecisionOutcome.Accepted,
                    Endpoint = endpoint,
                    Steps = StepTeller.Tell(path.AllVisits, symbols, assignment),
                    Reaches = path.Words,
                };
            }

            if (reaches != Diagram.False)
            {
                possible ??= path;
            }
        }

        return possible is null ? Rejected([.. interpreter.Seen, .. interpreter.SeenBeyond], interpreter.Faults) : Open(possible);
    }

    private Decision Rejected(IReadOnlyList<StepVisit> seen, IReadOnlyList<FaultEnd> faults)
    {
        var met = new List<StepVisit>();
        foreach (var visit in seen.Where(visit => Restrict(visit.Arrives) != Diagram.False))
        {
            // Where a step before may stop it, too, this is the one that stops whatever is left.
            met.Add(visit);
            if (
                Restrict(diagram.Without(visit.Arrives, visit.Stops)) != Diagram.False
                || visit.Policy is FlowCalloutPolicy
                || visit.Hook is not null
                || IsIgnored(visit)
            )
            {
                continue;
            }

            var isPreflight = visit.Policy is CorsPolicy;
            if (met.Find(other => (other.Policy is CorsPolicy) != isPreflight && MayStop(other)) is { } other)
            {
                // Answered or refused: that is for the step before to say.
                return Open(met, Restrict(other.Stops));
            }

            var refusal = visit.Refusals.FirstOrDefault(refusal => Restrict(refusal.Guard) == Diagram.True);
            return new Decision
            {
                // A preflight is answered where it is, and that is no refusal.
                Outcome = isPreflight ? DecisionOutcome.Answered : DecisionOutcome.Rejected,
                Endpoint = endpoint,
                Steps = StepTeller.Tell(met, symbols, assignment),
                RejectedBy = isPreflight ? null : visit.Title,
                Why = isPreflight
                    ? "the CORS policy answers preflights"
                    : refusal.Why
                        ?? (
                            visit.Policy is RaiseFaultPolicy ? "it refuses what its condition describes" : "the request does not satisfy it"
                        ),
                Fault = refusal.Fault,
                Location = visit.Location,
                Status = isPreflight ? null : StatusOf(visit, faults, met),
            };
        }

        // No route rule takes it, which is a fault of its own.
        return new Decision
        {
            Outcome = DecisionOutcome.Rejected,
            Endpoint = endpoint,
            Steps = StepTeller.Tell(met, symbols, assignment),
            Why = "no route rule takes it",
            Location = endpoint.Location,
        };
    }

    // What fails inside a callout or hook that ignores failures ends that, and no more.
    private bool IsIgnored(StepVisit visit)
    {
        for (var outer = visit.Place.Caller; outer is not null; outer = outer.Place.Caller)
        {
            if (outer.Ignores && Restrict(outer.Stops) == Diagram.False)
            {
                return true;
            }
        }

        return false;
    }

    private bool MayStop(StepVisit visit) =>
        visit is { Policy: not FlowCalloutPolicy, Hook: null } && Restrict(visit.Stops) != Diagram.False && !IsIgnored(visit);

    // The status is known when every step that may stop the request leads to the same one.
    private string? StatusOf(StepVisit visit, IReadOnlyList<FaultEnd> faults, List<StepVisit> met)
    {
        var answers = faults
            .Where(fault => met.Contains(fault.By) && Restrict(fault.Guard) != Diagram.False)
            .SelectMany(fault => fault.Status.Where(answer => Restrict(diagram.And(fault.Guard, answer.Guard)) != Diagram.False))
            .Select(answer => (answer.Value as FlowValue.Text)?.Value)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return faults.Any(fault => ReferenceEquals(fault.By, visit)) && answers is [{ } status] ? status : null;
    }

    private Decision Open(FlowPath path) =>
        Open(path.AllVisits.Where(visit => Restrict(visit.Arrives) != Diagram.False), Restrict(path.Reaches));

    private Decision Open(IEnumerable<StepVisit> visits, int depends) =>
        new()
        {
            Outcome = DecisionOutcome.Open,
            Endpoint = endpoint,
            Steps = StepTeller.Tell(visits, symbols, assignment),
            Unknowns =
            [
                .. diagram
                    .Support(depends)
                    .Select(symbols.Describe)
                    .DistinctBy(unknown => unknown.What, StringComparer.Ordinal)
                    .OrderBy(unknown => unknown.What, StringComparer.Ordinal),
            ],
        };

    private int Restrict(int function)
    {
        foreach (var variable in diagram.Support(function))
        {
            if (assignment.TryGetValue(variable, out var value))
            {
                function = diagram.Restrict(function, variable, value);
            }
        }

        return function;
    }

    private void Assign()
    {
        var contents = request.Token is { } token ? ContentsOf(token) : new TokenContents { Others = OtherClaims.Absent };
        foreach (var set in symbols.Sets.Where(set => set.Claim.Kind == TokenCheckKind.Jwt))
        {
            foreach (var (member, test) in set.Members)
            {
                Answer(test.Variable, contents.Answers(new TokenAtom(set.Claim, new TokenTest.Has(member), [])));
            }

            foreach (var (text, test) in set.Texts)
            {
                Answer(test.Variable, contents.Answers(new TokenAtom(set.Claim, new TokenTest.Text(text), [])));
            }

            Answer(set.Absence.Variable, contents.Answers(new TokenAtom(set.Claim, new TokenTest.Absent(), [])));
        }

        foreach (var symbol in symbols.All.Where(symbol => symbol is { Kind: VariableKind.Caller, Variable: >= 0 }))
        {
            if (ValueOf(symbol, contents) is { } value && IndexOf(symbol, value.Text) is { } index)
            {
                assignment[symbol.Variable] = index;
            }
        }
    }

    private void Answer(int variable, TokenAnswer answer)
    {
        if (variable >= 0 && answer is TokenAnswer.Yes or TokenAnswer.No)
        {
            assignment[variable] = answer == TokenAnswer.Yes ? 1 : 0;
        }
    }

    private static TokenContents ContentsOf(PresentedToken token)
    {
        var contents = token.Contents with { Texts = token.Contents.Texts.SetItem("iss", token.Issuer) };
        return token.Audiences.Length switch
        {
            0 => contents with { Texts = contents.Texts.SetItem("aud", null) },
            1 => contents with { Texts = contents.Texts.SetItem("aud", token.Audiences[0]) },
            _ => contents with { Lists = contents.Lists.SetItem("aud", token.Audiences) },
        };
    }

    /// <summary>The text a symbol has in the request, null inside when it is absent there; null when the request does not say.</summary>
    private (string? Text, bool Known)? ValueOf(Symbol symbol, TokenContents contents)
    {
        const string Header = "request.header.";
        const string Query = "request.queryparam.";
        switch (symbol.Name)
        {
            case "request.verb":
                return (request.Method, true);
            case "proxy.pathsuffix":
                return (program.SuffixOf(request.Path) ?? "", true);
            case Header + "authorization" when request.Token is not null:
                return ("Bearer token", true);
            case var name when name.StartsWith(Header, StringComparison.Ordinal):
                return (request.Headers.GetValueOrDefault(name[Header.Length..]), true);
            case var name when name.StartsWith(Query, StringComparison.Ordinal):
                return (request.Query.GetValueOrDefault(name[Query.Length..]), true);
            default:
                break;
        }

        if (symbol.Claim is not { Kind: TokenCheckKind.Jwt } claim)
        {
            return null;
        }

        return contents.Texts.TryGetValue(claim.Name, out var text) ? (text, true)
            : contents.Lists.ContainsKey(claim.Name) || contents.Others != OtherClaims.Absent ? null
            : (null, true);
    }

    // The class of a symbol's values that a text belongs to.
    private int? IndexOf(Symbol symbol, string? text)
    {
        if (text is null)
        {
            return symbol.IsNullable ? 0 : null;
        }

        for (var index = symbol.IsNullable ? 1 : 0; index < symbol.Classes.Count + (symbol.IsNullable ? 1 : 0); index++)
        {
            var example = SymbolTable.Example(symbol, index)!;
            if (symbol.Predicates.All(predicate => SameAnswers(predicate, example, text)))
            {
                return index;
            }
        }

        return null;
    }

    private bool SameAnswers((ConditionOperator Operator, string Prefix, string Constant) predicate, string left, string right) =>
        SymbolTable
            .Patterns(predicate.Operator)
            .All(reading =>
                ConditionSemantics.LanguageOf(predicate.Operator, predicate.Constant, symbols.Languages, reading) is not { } language
                || symbols.Languages.Matches(language, predicate.Prefix + left)
                    == symbols.Languages.Matches(language, predicate.Prefix + right)
            );
}
