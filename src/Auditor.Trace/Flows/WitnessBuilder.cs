using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Turns an assignment of the decisions into a request that one could send, and tells what happens to it step by step.</summary>
internal sealed class WitnessBuilder(FlowProgram program, SymbolTable symbols)
{
    private const string HeaderPrefix = "request.header.";
    private const string QueryPrefix = "request.queryparam.";
    private const string FormPrefix = "request.formparam.";

    /// <summary>The request and its way along a path.</summary>
    public Witness Build(FlowPath path, IReadOnlyDictionary<int, int> assignment, string token) =>
        Build(path.AllVisits, path.Words, assignment, token);

    /// <summary>The request and its way to an answer that the gateway makes itself.</summary>
    public Witness Build(FlowPath path, IReadOnlyDictionary<int, int> assignment, Disclosure disclosed) =>
        Build(path.AllVisits.Concat(path.Answer.Steps), $"an answer with {disclosed.Words}", assignment, "no valid token or key");

    /// <summary>A request that a step stops, with what fault rules make of it.</summary>
    public Witness Build(FaultEnd fault, IReadOnlyDictionary<int, int> assignment, string reaches) =>
        Build(fault.Way.Concat(fault.Steps), reaches, assignment, "no valid token or key");

    private Witness Build(IEnumerable<StepVisit> visits, string reaches, IReadOnlyDictionary<int, int> assignment, string token)
    {
        var headers = ImmutableArray.CreateBuilder<HeaderLine>();
        var without = ImmutableArray.CreateBuilder<string>();
        var circumstances = ImmutableArray.CreateBuilder<string>();
        var query = new List<string>();
        var method = "GET";
        var suffix = "";
        foreach (var symbol in symbols.All)
        {
            if (symbol.Variable < 0)
            {
                continue;
            }

            var isDecided = assignment.TryGetValue(symbol.Variable, out var choice);
            if (!isDecided)
            {
                // What does not matter takes the value people would expect.
                choice = symbol.Preference.Count > 0 ? symbol.Preference[0] : 0;
                if (symbol.Name is not ("request.verb" or "proxy.pathsuffix"))
                {
                    continue;
                }
            }

            var value = SymbolTable.Example(symbol, choice);
            switch (symbol.Name)
            {
                case "request.verb":
                    method = value ?? "GET";
                    break;
                case "proxy.pathsuffix":
                    suffix = value ?? "";
                    break;
                case var name when name.StartsWith(HeaderPrefix, StringComparison.Ordinal):
                    if (value is null)
                    {
                        without.Add(Name(name[HeaderPrefix.Length..]));
                    }
                    else
                    {
                        headers.Add(new HeaderLine(Name(name[HeaderPrefix.Length..]), value));
                    }

                    break;
                case var name when name.StartsWith(QueryPrefix, StringComparison.Ordinal) && value is not null:
                    query.Add(Uri.EscapeDataString(name[QueryPrefix.Length..]) + "=" + Uri.EscapeDataString(value));
                    break;
                case var name when name.StartsWith(FormPrefix, StringComparison.Ordinal):
                    circumstances.Add(
                        value is null
                            ? $"form field '{name[FormPrefix.Length..]}' is not sent"
                            : $"form field '{name[FormPrefix.Length..]}' is '{value}'"
                    );
                    break;
                default:
                    if (symbol.Kind == VariableKind.Unknown || value is not null)
                    {
                        circumstances.Add(value is null ? $"{symbol.Source} is absent" : $"{symbol.Source} is '{value}'");
                    }

                    break;
            }
        }

        // What a list in the token must hold.
        foreach (var set in symbols.Sets)
        {
            foreach (var (member, test) in set.Members.Where(pair => IsChosen(pair.Value)))
            {
                circumstances.Add($"the token's {set.Claim.Name} has '{member}'");
            }

            foreach (var (text, _) in set.Texts.Where(pair => IsChosen(pair.Value)))
            {
                circumstances.Add($"the token's {set.Claim.Name} {text.Words}");
            }
        }

        return new Witness
        {
            Method = method,
            Host = Host(),
            Path =
                (program.Endpoint is null || (program.BasePath + suffix).Length == 0 ? "/" : program.BasePath)
                + suffix
                + (query.Count == 0 ? "" : "?" + string.Join('&', query)),
            Headers = headers.ToImmutable(),
            WithoutHeaders = without.ToImmutable(),
            Circumstances = circumstances.ToImmutable(),
            Token = token,
            Steps = StepTeller.Tell(visits, symbols, assignment),
            Reaches = reaches,
        };

        bool IsChosen(TokenSet.Test test) => test.Variable >= 0 && assignment.TryGetValue(test.Variable, out var holds) && holds == 1;
    }

    /// <summary>The order in which a witness likes the values of a variable.</summary>
    public IReadOnlyList<int>? Preference(int variable) => symbols.Find(variable)?.Preference;

    // Header names are written as people write them: Authorization, X-Internal.
    private static string Name(string lower) =>
        string.Join('-', lower.Split('-').Select(part => part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));

    private string? Host()
    {
        if (program.Environment is not { } environment)
        {
            return null;
        }

        foreach (var group in program.Organization.EnvironmentGroups)
        {
            if (group.Environments.Items.Contains(environment.Name, StringComparer.Ordinal) && !group.Hostnames.IsEmpty)
            {
                return group.Hostnames[0];
            }
        }

        return null;
    }
}
