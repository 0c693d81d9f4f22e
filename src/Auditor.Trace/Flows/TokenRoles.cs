using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Tells what a JWT policy is there for by where its token comes from.</summary>
internal static class TokenRoles
{
    public static TokenRole Of(JwtPolicy policy, Resolution source, ImmutableArray<CheckKey> keys)
    {
        var name =
            policy.Source is null ? "request.header.authorization"
            : source is Resolution.Tainted tainted ? tainted.Source
            : policy.Source;
        var both = (name + " " + policy.Source).ToLowerInvariant();
        if (both.Contains("dpop", StringComparison.Ordinal) || both.Contains("proof", StringComparison.Ordinal))
        {
            return TokenRole.Proof;
        }

        if (
            both.Contains("assertion", StringComparison.Ordinal)
            || both.Contains("subject_token", StringComparison.Ordinal)
            || both.Contains("subjecttoken", StringComparison.Ordinal)
            || both.Contains("actor_token", StringComparison.Ordinal)
            || both.Contains("logout", StringComparison.Ordinal)
            || both.Contains("client_jwt", StringComparison.Ordinal)
        )
        {
            return TokenRole.Assertion;
        }

        if (
            source is Resolution.Opaque opaque
                && (
                    opaque.Source.Contains("ServiceCallout", StringComparison.Ordinal)
                    || opaque.Source.Contains("a part of", StringComparison.Ordinal)
                )
            || both.Contains("id_token", StringComparison.Ordinal)
            || both.Contains("idtoken", StringComparison.Ordinal)
        )
        {
            return TokenRole.Login;
        }

        return
            both.Contains("generated_jwt", StringComparison.Ordinal)
            || (keys.Length > 0 && keys.All(key => key.Form == JwtKeyForm.SecretKey) && both.Contains("internal", StringComparison.Ordinal))
            ? TokenRole.Internal
            : TokenRole.Bearer;
    }
}
