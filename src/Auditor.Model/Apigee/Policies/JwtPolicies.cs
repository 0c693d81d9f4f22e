namespace Auditor.Model.Apigee;

/// <summary>What VerifyJWT, VerifyJWS, DecodeJWT and GenerateJWT have in common.</summary>
public abstract record JwtPolicy : Policy
{
    /// <summary>The signing algorithms as written: one, or a comma list of one family; null when absent.</summary>
    public Setting? Algorithm { get; init; }

    /// <summary>The key encryption algorithm of an encrypted token; null for signed tokens.</summary>
    public Setting? KeyEncryptionAlgorithm { get; init; }

    /// <summary>
    /// The variable that holds the token; null for the default, <c>request.header.authorization</c> with the Bearer prefix stripped. Any other variable must hold the
    /// bare token (DecodeJWT page, 2026-04-10).
    /// </summary>
    public string? Source { get; init; }

    /// <summary>The Source element, or null.</summary>
    public SourceLocation? SourceLocation { get; init; }

    /// <summary>The demanded or set issuer; null: not checked.</summary>
    public Setting? Issuer { get; init; }

    /// <summary>The demanded or set audience; null: not checked.</summary>
    public Setting? Audience { get; init; }

    /// <summary>The demanded or set subject; null: not checked.</summary>
    public Setting? Subject { get; init; }

    /// <summary>The demanded or set <c>jti</c>.</summary>
    public Setting? Id { get; init; }

    /// <summary>The keys given.</summary>
    public ImmutableArray<JwtKey> Keys { get; init; } = [];

    /// <summary>Further claims, compared exactly with the whole value.</summary>
    public ImmutableArray<JwtClaim> Claims { get; init; } = [];

    /// <summary>Further JOSE headers.</summary>
    public ImmutableArray<JwtClaim> Headers { get; init; } = [];

    /// <summary>The variable of <c>AdditionalClaims/@ref</c>; null when none.</summary>
    public string? ClaimsReference { get; init; }

    /// <summary>Whether an unresolved variable becomes empty instead of a fault. Default false.</summary>
    public bool IgnoreUnresolvedVariables { get; init; }
}

/// <summary>Verifies a signed or encrypted JWT. Expiry is checked if the token has one; issuer, audience and claims only if given.</summary>
public sealed record VerifyJwtPolicy : JwtPolicy
{
    /// <summary>Grace for exp and nbf as written, e.g. <c>120s</c>; null: none.</summary>
    public Setting? TimeAllowance { get; init; }

    /// <summary>The greatest accepted lifetime of a token; null: any.</summary>
    public Setting? MaxLifespan { get; init; }

    /// <summary>Whether an <c>iat</c> in the future is accepted.</summary>
    public bool IgnoreIssuedAt { get; init; }
}

/// <summary>Reads a JWT without verifying it, and sets the same variables as VerifyJWT but for <c>valid</c>.</summary>
public sealed record DecodeJwtPolicy : JwtPolicy;

/// <summary>Makes a JWT.</summary>
public sealed record GenerateJwtPolicy : JwtPolicy
{
    /// <summary>The lifetime, e.g. <c>1h</c>; null: no <c>exp</c>.</summary>
    public Setting? ExpiresIn { get; init; }

    /// <summary>The variable that gets the token; by default <c>jwt.{policy}.generated_jwt</c> [B].</summary>
    public string? OutputVariable { get; init; }

    /// <summary>Whether it signs: a token that is only encrypted, with a public key, proves nothing about who made it.</summary>
    public bool IsSigned => Keys.Any(key => key.Form is JwtKeyForm.SecretKey or JwtKeyForm.PrivateKey) && KeyEncryptionAlgorithm is null;
}

/// <summary>Verifies a JWS. It knows no issuer, audience or claims: such elements are ignored.</summary>
public sealed record VerifyJwsPolicy : JwtPolicy;

/// <summary>How a JWT policy is given its key.</summary>
public enum JwtKeyForm
{
    /// <summary>A PEM public key: text, or a variable that holds one.</summary>
    PublicKey,

    /// <summary>A certificate, whose chain and expiry Apigee does not check (VerifyJWT page of Edge, read in its stored beginning).</summary>
    Certificate,

    /// <summary>A key set: JSON text, or a variable that holds it.</summary>
    Jwks,

    /// <summary>The address of a key set, which Apigee fetches and caches for 300 s (discuss.google.dev/t/158938).</summary>
    JwksUri,

    /// <summary>A shared secret, for HS algorithms.</summary>
    SecretKey,

    /// <summary>A private key, to sign or to decrypt.</summary>
    PrivateKey,

    /// <summary>Another key of an encrypted token: PasswordKey or DirectKey.</summary>
    Other,
}

/// <summary>A key of a JWT policy.</summary>
/// <param name="Form">How it is given.</param>
/// <param name="Value">The text or the variable.</param>
public sealed record JwtKey(JwtKeyForm Form, Setting Value);

/// <summary>A claim or header that a JWT policy demands or sets.</summary>
/// <param name="Name">The claim's name.</param>
/// <param name="Type">string (default), number, boolean or map.</param>
/// <param name="IsArray">Whether the value is an array.</param>
/// <param name="Value">The value. A <c>map</c> with a reference expands message templates inside the variable.</param>
public sealed record JwtClaim(string Name, string Type, bool IsArray, Setting Value);
