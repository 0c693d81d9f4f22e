using Auditor.Model.Apigee;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <summary>Whether anything on the ways of a check may read the scopes of the token that it verifies. It errs on the side of reading: only where nothing does may be said so.</summary>
internal static class ScopeReads
{
    // How conditions and code call them: scp and scope, permissions and roles.
    private static readonly string[] Words = ["scope", "scp", "permission", "role"];

    /// <summary>Whether a check, or a step of a flow that it lies on, reads scopes.</summary>
    /// <param name="policy">The policy of the check.</param>
    /// <param name="own">Its steps.</param>
    /// <param name="visited">All steps of the endpoint.</param>
    /// <param name="knowledge">For scripts.</param>
    public static bool May(Policy policy, List<StepVisit> own, IReadOnlyList<StepVisit> visited, TraceKnowledge knowledge) =>
        policy switch
        {
            OAuthV2Policy oauth => oauth.Scope is not null,
            JwtPolicy jwt => jwt.Claims.Any(claim => Mentions(claim.Name)),
            _ => false,
        } || visited.Any(visit => own.Exists(mine => IsOnOneWay(mine, visit)) && Reads(visit, knowledge));

    private static bool IsOnOneWay(StepVisit left, StepVisit right) =>
        left.Place.Flow is null || right.Place.Flow is null || left.Place.Flow == right.Place.Flow;

    private static bool Reads(StepVisit visit, TraceKnowledge knowledge) =>
        (visit.Step?.Condition is { } condition && VariableUses.Of(condition).Any(use => IsScope(use.Variable)))
        || visit.Policy switch
        {
            ScriptPolicy script => TokenCode.Of(script, visit.Owner, knowledge) is var code
                && (
                    code.IsRead && script.IsJavaScript
                        ? code.IsDynamic || code.Reads.Any(IsScope)
                        : Mentions($"{script.Name} {script.ResourceUrl} {script.ClassName}")
                ),
            { } policy => VariableUses.Of(policy).Any(use => use.Kind == UseKind.Copy && IsScope(use.Variable)),
            _ => false,
        };

    // The scope that a caller asks for, at an authorization endpoint, is not that of a token.
    private static bool IsScope(string variable) => Mentions(variable) && !VariableName.IsFromCaller(variable);

    private static bool Mentions(string text) => Words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
