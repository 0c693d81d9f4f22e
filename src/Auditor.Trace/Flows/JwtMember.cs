namespace Auditor.Trace.Flows;

/// <summary>The variables below <c>jwt.{policy}</c> (DecodeJWT page, 2026-04-10; VerifyJWT sets the same).</summary>
public static class JwtMember
{
    /// <summary>The claim a member stands for, and whether it is the decoded form; null when it stands for none.</summary>
    public static (string? Claim, bool IsDecoded) ClaimOf(string member)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (member.StartsWith("decoded.claim.", StringComparison.Ordinal))
        {
            return (member["decoded.claim.".Length..], true);
        }

        if (!member.StartsWith("claim.", StringComparison.Ordinal))
        {
            return (null, false);
        }

        var claim = member["claim.".Length..];
        return (
            claim switch
            {
                "subject" => "sub",
                "issuer" => "iss",
                "audience" => "aud",
                "expiry" => "exp",
                "issuedat" => "iat",
                "notbefore" => "nbf",
                "jwtid" => "jti",
                _ => claim,
            },
            false
        );
    }
}
