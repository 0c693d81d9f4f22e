using System.Runtime.CompilerServices;
using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>
/// Java callouts whose source is public, so that their properties say what they do. Before Apigee had VerifyJWT (2018) its own engineers published one that verifies a JWT,
/// and proxies of that time still use it. That the archive holds what its class is called is an assumption, which reports print.
/// Source: apigee/iloveapis2015-jwt-jwe-jws, jwt_signed/callout, JwtParserCallout.java, read 2026-11-27. A token's signature, <c>exp</c> and <c>nbf</c> are checked, and of
/// its claims those for which there is a property <c>claim_{name}</c>: texts are compared whole, of a list one member is enough. A token that it does not like faults nothing:
/// <c>jwt_isValid</c> becomes false. Without a token, and where a setting is empty, it aborts. A claim that a token does not have passes, and with a negative <c>timeAllowance</c>
/// so does an expired token: with such settings it is code like any other.
/// </summary>
public static class KnownCallouts
{
    /// <summary>The class.</summary>
    public const string JwtParser = "com.apigee.callout.jwtsigned.JwtParserCallout";

    /// <summary>The variable that holds what it found.</summary>
    internal const string IsValid = "jwt_isValid";

    private static readonly ConditionalWeakTable<ScriptPolicy, VerifyJwtPolicy> Checks = [];

    /// <summary>
    /// What the callout verifies, as if it were a VerifyJWT of the same name and place; the same object for the same policy. Null when it is no known callout, or its
    /// settings are not such that it could verify anything.
    /// </summary>
    /// <param name="policy">Any policy.</param>
    public static VerifyJwtPolicy? CheckOf(Policy policy)
    {
        if (policy is not ScriptPolicy { ClassName: JwtParser } callout)
        {
            return null;
        }

        if (!Checks.TryGetValue(callout, out var check) && Read(callout) is { } read)
        {
            check = Checks.GetValue(callout, _ => read);
        }

        return check;
    }

    /// <summary>What reports say is taken for granted about a policy; null when nothing is.</summary>
    internal static string? AssumptionOf(Policy policy) =>
        CheckOf(policy) is null
            ? null
            : $"JavaCallout '{policy.Name}' is taken to be the public class {JwtParser}: a token's signature, its times and the claims that its properties name are verified.";

    private static VerifyJwtPolicy? Read(ScriptPolicy callout)
    {
        Setting? Of(string name) =>
            callout.Properties.FirstOrDefault(property => property.Name == name) is { Value.IsEmpty: false } property
                ? Resolved(property.Value)
                : null;
        if (
            Of("jwt") is not { Reference: { } source } token
            || Of("algorithm") is not { } algorithm
            || callout.Properties.Any(property => property.Name == "timeAllowance" && !IsTolerance(property.Value.Text))
            || callout.Properties.Any(property =>
                property.Name.StartsWith("claim_", StringComparison.Ordinal) && !Demanded.Contains(property.Name)
            )
        )
        {
            return null;
        }

        return new VerifyJwtPolicy
        {
            Name = callout.Name,
            Root = callout.Root,
            Enabled = callout.Enabled,
            ContinueOnError = callout.ContinueOnError,
            Source = source,
            SourceLocation = token.Location,
            Algorithm = algorithm,
            Issuer = Of("claim_iss"),
            Audience = Of("claim_aud"),
            Subject = Of("claim_sub"),
            Keys = Key(Of) is { } key ? [key] : [],
            Claims =
            [
                .. callout
                    .Properties.Where(property => property.Name is "claim_ver" or "claim_cid")
                    .Select(property => new JwtClaim(property.Name["claim_".Length..], "string", false, Resolved(property.Value))),
            ],
        };
    }

    // Every access token of an authorization server has these.
    private static readonly string[] Demanded = ["claim_iss", "claim_aud", "claim_sub", "claim_ver", "claim_cid"];

    private static bool IsTolerance(string milliseconds) =>
        long.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out _) || milliseconds.Length == 0;

    // In the order in which it looks for them.
    private static JwtKey? Key(Func<string, Setting?> of) =>
        of("secret-key") is { } secret ? new JwtKey(JwtKeyForm.SecretKey, secret)
        : of("public-key") is { } pem ? new JwtKey(JwtKeyForm.PublicKey, pem)
        : of("modulus") is { } modulus && of("exponent") is not null ? new JwtKey(JwtKeyForm.PublicKey, modulus)
        : of("certificate") is { } certificate ? new JwtKey(JwtKeyForm.Certificate, certificate)
        : of("pemfile") is { } file ? new JwtKey(JwtKeyForm.PublicKey, file)
        : null;

    // A text in braces, without blanks, is the name of a variable.
    private static Setting Resolved(Setting property) =>
        property.Text is ['{', .. var name, '}'] && !name.Contains(' ', StringComparison.Ordinal)
            ? property with
            {
                Text = "",
                Reference = name,
            }
            : property;
}
