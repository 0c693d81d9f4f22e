using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Which policies verify a credential.</summary>
public static class AuthPolicies
{
    /// <summary>Whether the policy refuses requests without a valid credential, if it runs and stops on failure.</summary>
    public static bool Verifies(Policy policy) => KindOf(policy) is not null;

    /// <summary>The policy as one that reads a JWT, be it a callout that is known to verify one; null for other policies.</summary>
    public static JwtPolicy? JwtOf(Policy policy) => policy as JwtPolicy ?? KnownCallouts.CheckOf(policy);

    /// <summary>How the policy verifies; null when it does not.</summary>
    public static TokenCheckKind? KindOf(Policy policy) =>
        policy switch
        {
            VerifyJwtPolicy => TokenCheckKind.Jwt,
            ScriptPolicy when KnownCallouts.CheckOf(policy) is not null => TokenCheckKind.Jwt,
            VerifyJwsPolicy => TokenCheckKind.Jws,
            OAuthV2Policy { Verifies: true } => TokenCheckKind.ApigeeToken,
            VerifyApiKeyPolicy => TokenCheckKind.ApiKey,
            HmacPolicy { VerificationValue: not null } => TokenCheckKind.Hmac,
            ValidateSamlPolicy => TokenCheckKind.Saml,
            VerifyIamPolicy => TokenCheckKind.Iam,
            ServiceCalloutPolicy callout when CalloutRecogniser.Recognise(callout) == CalloutKind.Introspection =>
                TokenCheckKind.Introspection,
            _ => null,
        };
}
