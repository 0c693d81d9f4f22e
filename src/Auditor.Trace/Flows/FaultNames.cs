using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>The names of faults (DecodeJWT page and public copies of the error references, 2026-04-10).</summary>
internal static class FaultNames
{
    /// <summary>The faults that a request without a valid credential can make a policy raise; the first is the one shown.</summary>
    public static ImmutableArray<string> Of(Policy policy) =>
        policy switch
        {
            JwtPolicy =>
            [
                "InvalidToken",
                "FailedToDecode",
                "JwtIssuerMismatch",
                "JwtAudienceMismatch",
                "TokenExpired",
                "NoMatchingPublicKey",
                "KeyIdMissing",
                "AlgorithmMismatch",
            ],
            OAuthV2Policy =>
            [
                "InvalidAccessToken",
                "invalid_access_token",
                "access_token_expired",
                "InvalidAPICallAsNoApiProductMatchFound",
            ],
            VerifyApiKeyPolicy => ["FailedToResolveAPIKey", "InvalidApiKey", "InvalidApiKeyForGivenResource"],
            _ => [],
        };

    /// <summary>The status of the default answer (public copies of the error references, 2026-04-10).</summary>
    public static string StatusOf(Policy? policy) =>
        policy switch
        {
            // The reason of a RaiseFault is not known; without a StatusCode it is an internal error.
            null or RaiseFaultPolicy => "500",
            QuotaPolicy or SpikeArrestPolicy => "429",
            AccessControlPolicy => "403",
            ServiceCalloutPolicy => "500",
            JwtPolicy => "401",
            _ when AuthPolicies.Verifies(policy) => "401",
            _ => "500",
        };
}
