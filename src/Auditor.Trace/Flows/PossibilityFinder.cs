using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Finds a request that takes some way: a definite one first, then the first in the document.</summary>
internal sealed class PossibilityFinder(
    SymbolTable symbols,
    WitnessBuilder witnesses,
    int harmful,
    Func<int, IReadOnlyDictionary<int, int>, ImmutableArray<TraceUnknown>> unknowns
)
{
    private readonly Diagram diagram = symbols.Diagram;

    /// <summary>A request for which one of the functions holds; null when there is none.</summary>
    public Possibility? First(IEnumerable<(FlowPath Path, int Function)> ways, string token) =>
        Given(ways.Select(way => (way.Path, way.Function, Diagram.True)), token);

    /// <summary>
    /// The same, of requests that take the way at all: it is definite when, whatever the unknowns are, some request of the function takes it wherever any request does. So
    /// code that may stop every request does not leave open what the requests carry that it lets pass.
    /// </summary>
    public Possibility? Given(IEnumerable<(FlowPath Path, int Function, int Given)> ways, string token)
    {
        Possibility? open = null;
        Possibility? taken = null;
        foreach (var (path, function, given) in ways)
        {
            if (function == Diagram.False)
            {
                continue;
            }

            var definite = diagram.ForAll(function, VariableKind.Unknown);
            if (diagram.Satisfy(definite, witnesses.Preference) is { } certain)
            {
                return new Possibility(true, witnesses.Build(path, certain, token), []);
            }

            var assignment = diagram.Satisfy(function, witnesses.Preference)!;
            if (
                taken is null
                && given != Diagram.True
                && diagram.Without(diagram.Exists(given, VariableKind.Caller), diagram.Exists(function, VariableKind.Caller))
                    == Diagram.False
            )
            {
                taken = new Possibility(true, witnesses.Build(path, assignment, token), []);
            }

            open ??= new Possibility(false, witnesses.Build(path, assignment, token), unknowns(function, assignment));
        }

        return taken ?? open;
    }

    /// <summary>The same, of requests that do something: no preflight, no HEAD.</summary>
    public Possibility? Harmful(IEnumerable<(FlowPath Path, int Function, int Given)> ways, string token) =>
        Given(ways.Select(way => (way.Path, diagram.And(way.Function, harmful), diagram.And(way.Given, harmful))), token);
}
