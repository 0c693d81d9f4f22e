using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>What the rules about unpinned issuers and audiences have in common.</summary>
internal static class ForeignTokens
{
    /// <summary>
    /// Whether it matters that the check pins something: bearer tokens always; a login that pins neither issuer nor audience, which OpenID Connect demands
    /// (Core §3.1.3.7). A login that pins one of them got its token straight from the issuer it asked.
    /// </summary>
    public static bool Matters(TokenCheck check) =>
        check.Role == TokenRole.Bearer
        || (check.Role == TokenRole.Login && check.Issuer is Resolution.Absent && check.Audience is Resolution.Absent);

    /// <summary>The verdict on what happens with a token that carries another value.</summary>
    public static Verdict Judge(TokenCheck check, ForeignToken? foreign, string what, Func<Verdict.Fail> fail)
    {
        if (foreign is null)
        {
            return Verdict.Pass;
        }

        if (foreign.Accepted)
        {
            return fail();
        }

        return foreign.Unknowns.IsEmpty
            ? Verdict.Pass
            : Dependence.Open(
                $"whether a token with another {what} gets past {check.Policy.Kind} '{check.Policy.Name}'",
                foreign.Unknowns,
                check.Location
            );
    }
}
