namespace Auditor.Trace;

/// <summary>A claim of a token, as an endpoint sees it. Two steps that read the same claim of the same token speak of the same thing.</summary>
/// <param name="Kind">
/// How the token is verified: a JWT, a token that Apigee issued, or one that an introspection endpoint was asked about. For an API key: what the app behind it is
/// known by.
/// </param>
/// <param name="Token">
/// What holds the token: the variable a JWT policy reads, <c>request.header.authorization</c> by default; for introspection the name of the callout.
/// </param>
/// <param name="Name">The claim: <c>scp</c>, <c>groups</c>, <c>scope</c>, <c>role</c>.</param>
public sealed record TokenClaim(TokenCheckKind Kind, string Token, string Name)
{
    /// <summary>The header that JWT policies read when nothing else is said.</summary>
    public const string DefaultSource = "request.header.authorization";

    /// <summary>The claim in words, for messages: <c>scp</c>, <c>scope of the Apigee token</c>.</summary>
    public string Words =>
        Kind switch
        {
            TokenCheckKind.ApigeeToken => $"{Name} of the Apigee token",
            TokenCheckKind.ApiKey => $"{Name} of the app",
            TokenCheckKind.Introspection => $"{Name} of the answer to '{Token}'",
            _ => Name,
        };

    /// <summary>The stem of the names of decision variables about the claim.</summary>
    internal string Key =>
        Kind switch
        {
            TokenCheckKind.ApigeeToken => "token(Apigee)." + Name,
            TokenCheckKind.ApiKey => "app:" + Name,
            TokenCheckKind.Introspection => $"token(introspection {Token}).{Name}",
            _ => $"token({Token}).{Name}",
        };

    /// <summary>Whether it is where scopes are.</summary>
    public bool IsScope => Name is "scp" or "scope" && Kind != TokenCheckKind.ApiKey;

    /// <summary>Whether the claim is a list by its nature (Okta: scp and groups; other issuers: scope, roles, permissions).</summary>
    internal bool IsSet => Name is "scp" or "scope" or "groups" or "roles" or "permissions";
}

/// <summary>How a list-valued claim stands in a flow variable.</summary>
public enum ClaimForm
{
    /// <summary>As JSON text: <c>["orders.read","orders.write"]</c> (DecodeJWT page, 2026-04-10: decoded.claim.*).</summary>
    Json,

    /// <summary>As a list with blanks: <c>orders.read orders.write</c> (RFC 6749 §3.3, RFC 7662 §2.2).</summary>
    Blanks,

    /// <summary>As the legacy variables <c>jwt.*.claim.*</c> have it, which is not documented.</summary>
    Legacy,
}
