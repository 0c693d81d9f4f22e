namespace Auditor.Model.Apigee;

/// <summary>Apigee's own OAuth 2.0 operations.</summary>
public sealed record OAuthV2Policy : Policy
{
    /// <summary>The operation, e.g. <c>VerifyAccessToken</c>; empty when not given.</summary>
    public required string Operation { get; init; }

    /// <summary>The variable that holds the token; null for the Authorization header.</summary>
    public string? AccessToken { get; init; }

    /// <summary>For verification: the accepted scopes, any one of which suffices; null: none is demanded. For generation: a variable.</summary>
    public Setting? Scope { get; init; }

    /// <summary>Whether the caller is authorised by an external service, whose outcome is in <c>oauth_external_authorization_status</c>.</summary>
    public bool ExternalAuthorization { get; init; }

    /// <summary>The variable with a token of an external service to import; null when none.</summary>
    public string? ExternalAccessToken { get; init; }

    /// <summary>Whether the external token is stored.</summary>
    public bool StoreToken { get; init; }

    /// <summary>The lifetime of the access token in milliseconds.</summary>
    public Setting? ExpiresIn { get; init; }

    /// <summary>The lifetime of the refresh token in milliseconds.</summary>
    public Setting? RefreshTokenExpiresIn { get; init; }

    /// <summary>The grant types served.</summary>
    public ImmutableArray<string> SupportedGrantTypes { get; init; } = [];

    /// <summary>
    /// Whether the operation issues a token for the id and secret of a client: an authorization code and a token by the implicit grant go to whoever names a client.
    /// </summary>
    public bool AsksForClient =>
        Operation is "GenerateAccessToken" or "GenerateJWTAccessToken" or "RefreshAccessToken" or "RefreshJWTAccessToken";

    /// <summary>Whether the operation refuses requests without a valid token.</summary>
    public bool Verifies => Operation is "VerifyAccessToken" or "VerifyJWTAccessToken" or "ValidateToken";
}

/// <summary>Reads the attributes of an Apigee token; fails when the token is unknown or expired.</summary>
public sealed record GetOAuthV2InfoPolicy : Policy
{
    /// <summary>The variable that holds the token; null when it looks up something else.</summary>
    public string? AccessToken { get; init; }

    /// <summary>Whether expired and revoked tokens are answered, too.</summary>
    public bool IgnoreAccessTokenStatus { get; init; }
}

/// <summary>Checks an API key: approved, unexpired, app and developer active, product covering proxy, environment, path and verb.</summary>
public sealed record VerifyApiKeyPolicy : Policy
{
    /// <summary>Where the key comes from; literal text is a key written into the bundle.</summary>
    public required Setting ApiKey { get; init; }
}

/// <summary>Encodes or decodes HTTP Basic credentials. Decoding does not authenticate.</summary>
public sealed record BasicAuthenticationPolicy : Policy
{
    /// <summary>Encode or Decode.</summary>
    public required string Operation { get; init; }

    /// <summary>The user name; for Decode the variable it is written to.</summary>
    public Setting? User { get; init; }

    /// <summary>The password; for Decode the variable it is written to.</summary>
    public Setting? Password { get; init; }

    /// <summary>The variable to decode.</summary>
    public string? Source { get; init; }

    /// <summary>The variable that gets the encoded header.</summary>
    public string? AssignTo { get; init; }
}

/// <summary>Computes or verifies an HMAC.</summary>
public sealed record HmacPolicy : Policy
{
    /// <summary>The key, always by reference.</summary>
    public Setting? SecretKey { get; init; }

    /// <summary>The value to compare with; null when the policy only computes.</summary>
    public Setting? VerificationValue { get; init; }
}

/// <summary>Validates a SAML assertion.</summary>
public sealed record ValidateSamlPolicy : Policy;

/// <summary>Checks a Google IAM permission of the caller.</summary>
public sealed record VerifyIamPolicy : Policy;
