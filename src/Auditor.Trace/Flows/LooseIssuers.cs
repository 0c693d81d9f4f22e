using System.Text.RegularExpressions;
using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>
/// Asks whether the conditions that stand in for a demanded issuer let somebody else's issuer through. The values of <c>iss</c> are divided by one more question before
/// anything is decided: is this an issuer on a host that anybody can get?
/// </summary>
internal static partial class LooseIssuers
{
    // Another tenant of Okta, and hosts that begin or end like a trusted one.
    private const string Foreign = @"https://[a-z0-9.-]*attacker\.(example|okta\.com|oktapreview\.com|auth0\.com)(/.*)?";

    /// <summary>Divides the values of every issuer claim that something is asked of. Before the symbols are frozen.</summary>
    public static void Ask(SymbolTable symbols)
    {
        foreach (var symbol in symbols.All.Where(symbol => IsIssuer(symbol) && symbol.Predicates.Count > 0))
        {
            symbol.Mention(ConditionOperator.JavaRegex, "", Foreign);
        }
    }

    /// <summary>A foreign issuer with which a token gets past a check that demands none; null when there is none.</summary>
    public static LooseIssuer? Find(JwtPolicy policy, IReadOnlyList<FlowPath> admitted, SymbolTable symbols, PossibilityFinder possible)
    {
        var symbol = symbols.All.FirstOrDefault(candidate =>
            IsIssuer(candidate) && candidate.Claim!.Token == (policy.Source ?? TokenClaim.DefaultSource)
        );
        if (symbol is not { Variable: >= 0, Predicates.Count: > 0 })
        {
            return null;
        }

        var diagram = symbols.Diagram;
        var foreign = diagram.Test(symbol.Variable, value => IsForeign(SymbolTable.Example(symbol, value)));
        var ways = new List<(FlowPath, int)>();
        foreach (var path in admitted)
        {
            foreach (var visit in path.Visits.Where(visit => visit.Policy is { } own && ReferenceEquals(AuthPolicies.JwtOf(own), policy)))
            {
                ways.Add((path, diagram.And(diagram.And(path.Reaches, visit.Runs), foreign)));
            }
        }

        if (possible.First(ways, "a token of another issuer") is not { } found)
        {
            return null;
        }

        var issuer = Enumerable
            .Range(0, symbol.Classes.Count + (symbol.IsNullable ? 1 : 0))
            .Select(value => SymbolTable.Example(symbol, value))
            .FirstOrDefault(example =>
                IsForeign(example) && found.Witness.Circumstances.Any(line => line.Contains(example!, StringComparison.Ordinal))
            );
        return new LooseIssuer(found, issuer ?? "https://attacker.example");
    }

    private static bool IsIssuer(Symbol symbol) => symbol.Claim is { Kind: TokenCheckKind.Jwt, Name: "iss" };

    private static bool IsForeign(string? example) => example is not null && ForeignIssuer().IsMatch(example);

    [GeneratedRegex("^" + Foreign + "$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ForeignIssuer();
}
