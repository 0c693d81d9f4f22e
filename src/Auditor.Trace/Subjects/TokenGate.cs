using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Trace.Flows;
using Auditor.Trace.Scripts;

namespace Auditor.Trace;

/// <summary>
/// A place where scopes of callers' tokens could be asked for: an operation that leads to a backend, or, where none does, the policy that verifies Apigee's tokens and has an
/// element for them.
/// </summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Operation">The operation; null where none leads to a backend.</param>
/// <param name="Check">The policy that verifies Apigee's tokens; null for operations.</param>
/// <param name="ReadsScopes">Whether anything in the bundles of the endpoint may read the scopes of a token: a condition, a policy, or code that its name or its text connects with scopes.</param>
public sealed record TokenGate(TracedEndpoint Endpoint, Operation? Operation, TokenCheck? Check, bool ReadsScopes) : IEndpointSubject
{
    // How conditions and code call them: scp and scope, permissions and roles.
    private static readonly string[] Words = ["scope", "scp", "permission", "role"];

    /// <inheritdoc/>
    public string Key => Operation?.Key ?? Check!.Key;

    /// <inheritdoc/>
    public string Title => Operation?.Title ?? Check!.Title;

    /// <inheritdoc/>
    public SourceLocation Location => Operation?.Location ?? Check!.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;

    /// <summary>The gates of an endpoint, operations first.</summary>
    internal static IEnumerable<TokenGate> Of(TracedEndpoint endpoint, ISet<Bundle> reading)
    {
        var reads =
            endpoint.Demands.Any(demand => demand.Claim is "scp" or "scope")
            || endpoint.Checks.Select(check => check.Owner).Append(endpoint.Program.Bundle).Any(reading.Contains);
        foreach (var operation in endpoint.Operations)
        {
            yield return new TokenGate(endpoint, operation, null, reads);
        }

        if (endpoint.Operations.IsEmpty)
        {
            foreach (var check in endpoint.Checks.Where(check => check is { Kind: TokenCheckKind.ApigeeToken, Role: TokenRole.Bearer }))
            {
                yield return new TokenGate(endpoint, null, check, reads);
            }
        }
    }

    /// <summary>Whether anything in a bundle may read scopes.</summary>
    internal static bool MayReadScopes(Bundle bundle, ImmutableArray<BundleCondition> conditions, TraceKnowledge knowledge) =>
        conditions.Any(condition => Mentions(condition.Text.Text))
        || bundle.Policies.Values.Any(policy =>
            policy switch
            {
                OAuthV2Policy { Verifies: true } oauth => oauth.Scope is not null,
                JwtPolicy jwt => jwt.Claims.Any(claim => Mentions(claim.Name)),
                ScriptPolicy script => Mentions($"{script.Name} {script.ResourceUrl} {script.ClassName}")
                    || TokenCode.Of(script, bundle, knowledge).Reads.Any(Mentions),
                _ => VariableUses.Of(policy).Any(use => Mentions(use.Variable)),
            }
        );

    private static bool Mentions(string text) => Words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
