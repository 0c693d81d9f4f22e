using System.Collections.Frozen;

namespace Auditor.Rules.Gov;

/// <summary>
/// The elements that security policies know. From the published policy schemas (Google engineer's XSD of July 2025 for X and hybrid; the platform samples' XSD of 2024)
/// and the policy pages of 2026-04-10. Newer elements may be missing: a finding names the element, so that a reader can judge.
/// </summary>
internal static class PolicySchema
{
    private static readonly string[] Common = ["DisplayName", "Properties", "Description", "FaultRules"];

    private static readonly string[] Jwt =
    [
        .. Common,
        "Type",
        "Algorithm",
        "Algorithms",
        "IgnoreUnresolvedVariables",
        "PasswordKey",
        "PrivateKey",
        "PublicKey",
        "SecretKey",
        "DirectKey",
        "AdditionalHeaders",
        "IgnoreCriticalHeaders",
        "KnownHeaders",
        "Source",
        "AdditionalClaims",
        "Audience",
        "Id",
        "IgnoreIssuedAt",
        "Issuer",
        "Subject",
        "TimeAllowance",
        "MaxLifespan",
        "CustomClaims",
    ];

    /// <summary>The child elements of each kind of policy.</summary>
    public static FrozenDictionary<string, FrozenSet<string>> Elements { get; } =
        new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal)
        {
            ["VerifyJWT"] = Jwt.ToFrozenSet(StringComparer.Ordinal),
            ["VerifyJWS"] = Set(
                "Type",
                "Algorithm",
                "IgnoreUnresolvedVariables",
                "PublicKey",
                "SecretKey",
                "PrivateKey",
                "AdditionalHeaders",
                "KnownHeaders",
                "IgnoreCriticalHeaders",
                "DetachedContent",
                "Source"
            ),
            ["DecodeJWT"] = Set("Source", "IgnoreUnresolvedVariables"),
            ["VerifyAPIKey"] = Set("APIKey", "CacheExpiryInSeconds"),
            ["OAuthV2"] = Set(
                "Operation",
                "AccessToken",
                "AccessTokenPrefix",
                "Algorithm",
                "Attributes",
                "CacheExpiryInSeconds",
                "ClientId",
                "Code",
                "ExpiresIn",
                "RefreshTokenExpiresIn",
                "ExternalAccessToken",
                "ExternalAuthorizationCode",
                "ExternalRefreshToken",
                "ExternalAuthorization",
                "StoreToken",
                "GenerateResponse",
                "GenerateErrorResponse",
                "GrantType",
                "SupportedGrantTypes",
                "PassWord",
                "UserName",
                "AppEndUser",
                "RedirectUri",
                "RefreshToken",
                "ReuseRefreshToken",
                "ResponseType",
                "Scope",
                "State",
                "Tokens",
                "RFCCompliantRequestResponse",
                "PrivateKey",
                "PublicKey",
                "SecretKey",
                "EnforceSingleToken"
            ),
            ["BasicAuthentication"] = Set("Operation", "User", "Password", "AssignTo", "Source", "IgnoreUnresolvedVariables"),
            ["HMAC"] = Set("Algorithm", "SecretKey", "Message", "Output", "VerificationValue", "IgnoreUnresolvedVariables"),
            ["AccessControl"] = Set("IPRules", "ValidateBasedOn", "ClientIPVariable", "IgnoreTrueClientIPHeader"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The attributes of policies and of the elements of security policies.</summary>
    public static FrozenSet<string> Attributes { get; } =
        new[]
        {
            "array",
            "async",
            "continueOnError",
            "enabled",
            "encoding",
            "mask",
            "name",
            "noRuleMatchAction",
            "parse",
            "ref",
            "type",
            "uri",
            "uriRef",
            "useIssueTime",
        }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The elements that make a policy check something.</summary>
    public static FrozenSet<string> Checks { get; } =
        new[]
        {
            "Audience",
            "Issuer",
            "Subject",
            "Scope",
            "AdditionalClaims",
            "Claims",
            "Scopes",
            "Claim",
            "Algorithm",
            "IPRules",
            "VerificationValue",
            "APIKey",
        }.ToFrozenSet(StringComparer.Ordinal);

    private static FrozenSet<string> Set(params string[] names) => Common.Concat(names).ToFrozenSet(StringComparer.Ordinal);
}
