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
    public Possibility? First(IEnumerable<(FlowPath Path, int Function)> ways, string token)
    {
        Possibility? open = null;
        foreach (var (path, function) in ways)
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

            if (open is null)
            {
                var assignment = diagram.Satisfy(function, witnesses.Preference)!;
                open = new Possibility(false, witnesses.Build(path, assignment, token), unknowns(function, assignment));
            }
        }

        return open;
    }

    /// <summary>The same, of requests that do something: no preflight, no HEAD.</summary>
    public Possibility? Harmful(IEnumerable<(FlowPath Path, int Function)> ways, string token) =>
        First(ways.Select(way => (way.Path, diagram.And(way.Function, harmful))), token);
}
