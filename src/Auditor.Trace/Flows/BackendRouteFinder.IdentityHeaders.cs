using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <content>Which headers tell a backend who calls.</content>
internal sealed partial class BackendRouteFinder
{
    /// <summary>The headers that tell a backend who calls, and whether a caller can write them.</summary>
    public IEnumerable<IdentityHeader> IdentityHeaders()
    {
        var ways = admitted.Where(path => path is { Destination: Destination.Target } && path.Reaches != Diagram.False).ToList();
        var found = new SortedDictionary<string, (string Value, HashSet<string> Targets)>(StringComparer.Ordinal);
        foreach (var path in ways)
        {
            foreach (var name in path.State.Names.Where(IsIdentityCarrier))
            {
                foreach (var alternative in interpreter.Arriving(path, name))
                {
                    if (Identity(alternative.Value) is not { } value)
                    {
                        continue;
                    }

                    if (!found.TryGetValue(name, out var entry))
                    {
                        found.Add(name, entry = (value, new HashSet<string>(StringComparer.Ordinal)));
                    }

                    entry.Targets.Add(NameOf(path));
                }
            }
        }

        foreach (var (name, (value, targets)) in found)
        {
            // A request without any credential shows it best.
            var open = strangers
                .Where(path => path is { Destination: Destination.Target } && path.Reaches != Diagram.False)
                .Select(path => (Path: path, Token: "no valid token or key"))
                .Concat(ways.Select(path => (Path: path, Token: "a valid token")))
                .Where(way => targets.Contains(NameOf(way.Path)))
                .GroupBy(way => way.Token, StringComparer.Ordinal)
                .Select(group => possible.First(group.Select(way => (way.Path, Survives(way.Path, name))), group.Key))
                .OfType<Possibility>()
                .OrderByDescending(candidate => candidate.IsDefinite)
                .FirstOrDefault();
            var header = name[HeaderPrefix.Length..];
            var steps = ways.SelectMany(path => Setters(path, header)).DistinctBy(step => step.Location).ToImmutableArray();
            yield return new IdentityHeader(
                endpoint,
                header,
                value,
                steps,
                open is null ? null : open with { Witness = Forged(open.Witness, header) },
                steps.Any(step => step.Adds)
            );
        }
    }

    // The platform writes X-Forwarded-* itself.
    private static bool IsIdentityCarrier(string variable) =>
        variable.StartsWith(HeaderPrefix, StringComparison.Ordinal)
        && variable is not "request.header.authorization"
        && !variable.StartsWith(HeaderPrefix + "x-forwarded-", StringComparison.Ordinal);

    // What a value says of the caller, in words; null when it says nothing.
    private static string? Identity(FlowValue value) =>
        value switch
        {
            FlowValue.Members members => Words(members.Set.Name),
            FlowValue.Named { Symbol: var symbol } when IsIdentity(symbol.Name) => symbol.Source,
            FlowValue.Named { Symbol: var symbol }
                when symbol.Name.StartsWith("made:", StringComparison.Ordinal) && IsIdentity(symbol.Source) => Words(symbol.Source),
            _ => null,
        };

    private static bool IsIdentity(string symbol) =>
        (symbol.StartsWith("token(", StringComparison.Ordinal) && symbol.Contains(").", StringComparison.Ordinal))
        || symbol.StartsWith("app:", StringComparison.Ordinal);

    private static string Words(string symbol) =>
        symbol.StartsWith("app:", StringComparison.Ordinal) ? $"the app's {symbol[4..]}"
        : symbol.LastIndexOf(").", StringComparison.Ordinal) is var at and > 0 ? $"the token's {symbol[(at + 2)..]}"
        : symbol;

    private int Survives(FlowPath path, string name)
    {
        var result = Diagram.False;
        foreach (var alternative in interpreter.Arriving(path, name))
        {
            if (alternative.Value is FlowValue.Named { Symbol: var symbol } && symbol.Name == name)
            {
                result = diagram.Or(result, diagram.Without(alternative.Guard, symbols.IsNull(symbol)));
            }
        }

        return diagram.And(path.Reaches, result);
    }

    private static IEnumerable<HeaderStep> Setters(FlowPath path, string header)
    {
        foreach (var visit in path.Visits)
        {
            if (
                visit
                is not {
                    Policy: AssignMessagePolicy { Enabled: true, AssignTo: null or "request" or "message" } policy,
                    Runs: not Diagram.False
                }
            )
            {
                continue;
            }

            foreach (var edit in policy.Edits.Where(edit => edit.Verb is "Set" or "Add"))
            {
                foreach (var item in edit.Headers.Where(item => string.Equals(item.Name, header, StringComparison.OrdinalIgnoreCase)))
                {
                    yield return new HeaderStep(policy, visit.Owner, item.Value.Location, edit.Verb == "Add");
                }
            }
        }
    }

    // Where nothing is asked of the header, any text is as good; a reader should see one that means something.
    private static Witness Forged(Witness witness, string header) =>
        witness with
        {
            Headers =
            [
                .. witness.Headers.Select(line =>
                    line.Value.Length == 0 && string.Equals(line.Name, header, StringComparison.OrdinalIgnoreCase)
                        ? line with
                        {
                            Value = "somebody-else",
                        }
                        : line
                ),
            ],
        };
}
