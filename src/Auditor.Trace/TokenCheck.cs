using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace.Flows;

namespace Auditor.Trace;

/// <summary>What a verification is there for.</summary>
public enum TokenRole
{
    /// <summary>An access token that a caller presents for an API.</summary>
    Bearer,

    /// <summary>A token that came out of a call to a token endpoint: a login.</summary>
    Login,

    /// <summary>An assertion that a caller exchanges for a token or authenticates with.</summary>
    Assertion,

    /// <summary>A proof of possession.</summary>
    Proof,

    /// <summary>A token that the estate makes for itself.</summary>
    Internal,
}

/// <summary>How a credential is verified.</summary>
public enum TokenCheckKind
{
    /// <summary>VerifyJWT.</summary>
    Jwt,

    /// <summary>VerifyJWS, which knows no claims.</summary>
    Jws,

    /// <summary>OAuthV2 verification of a token that Apigee issued.</summary>
    ApigeeToken,

    /// <summary>VerifyAPIKey.</summary>
    ApiKey,

    /// <summary>A callout to an introspection endpoint.</summary>
    Introspection,

    /// <summary>A SAML assertion.</summary>
    Saml,

    /// <summary>An HMAC.</summary>
    Hmac,

    /// <summary>HTTP Basic credentials, decoded.</summary>
    Basic,

    /// <summary>Google IAM.</summary>
    Iam,
}

/// <summary>What happens with a token that is not meant for the check.</summary>
public sealed record ForeignToken
{
    /// <summary>It reaches the backend, whatever the unknowns are.</summary>
    public bool Accepted { get; init; }

    /// <summary>What decides it, when nothing definite can be said; empty otherwise.</summary>
    public ImmutableArray<TraceUnknown> Unknowns { get; init; } = [];

    /// <summary>A request that shows it; null when it is refused.</summary>
    public Witness? Witness { get; init; }

    /// <summary>It is refused.</summary>
    public static ForeignToken Refused { get; } = new();
}

/// <summary>A place that verifies a credential, in one environment, with what is known of its settings there.</summary>
public sealed class TokenCheck : IEndpointSubject
{
    internal TokenCheck(TracedEndpoint endpoint, TokenCheckKind kind, Policy policy, Bundle owner)
    {
        Endpoint = endpoint;
        Kind = kind;
        Policy = policy;
        Owner = owner;
    }

    /// <summary>The endpoint on whose way it lies.</summary>
    public TracedEndpoint Endpoint { get; }

    /// <summary>How it verifies.</summary>
    public TokenCheckKind Kind { get; }

    /// <summary>The policy.</summary>
    public Policy Policy { get; }

    /// <summary>The bundle of the policy: the proxy, or a shared flow.</summary>
    public Bundle Owner { get; }

    /// <summary>The policy as a JWT policy, be it a callout that is known to verify one; null for other kinds.</summary>
    public JwtPolicy? Jwt => Flows.AuthPolicies.JwtOf(Policy);

    /// <summary>Whether it verifies an access token that a caller presents, rather than a key or another credential.</summary>
    public bool IsOfToken =>
        Role == TokenRole.Bearer
        && Kind is TokenCheckKind.Jwt or TokenCheckKind.Jws or TokenCheckKind.ApigeeToken or TokenCheckKind.Introspection;

    /// <summary>What it is there for.</summary>
    public TokenRole Role { get; init; }

    /// <summary>The demanded issuer.</summary>
    public Resolution Issuer { get; init; } = Resolution.Absent.Instance;

    /// <summary>The demanded audience.</summary>
    public Resolution Audience { get; init; } = Resolution.Absent.Instance;

    /// <summary>The accepted algorithms.</summary>
    public Resolution Algorithm { get; init; } = Resolution.Absent.Instance;

    /// <summary>Where the token comes from.</summary>
    public Resolution Source { get; init; } = Resolution.Absent.Instance;

    /// <summary>The keys, as resolved.</summary>
    public ImmutableArray<CheckKey> Keys { get; init; } = [];

    /// <summary>The authorization server whose tokens it is for; null when none is known.</summary>
    public AuthorizationServer? Server { get; init; }

    /// <summary>How the server was recognised: <c>issuer</c> or <c>jwks</c>; null when it was not.</summary>
    public string? ServerBy { get; init; }

    /// <summary>What happens with a token of the right issuer for another audience; null when the audience is pinned and nothing needs to be asked.</summary>
    public ForeignToken? OtherAudience { get; init; }

    /// <summary>What happens with a token signed with the right keys by another issuer; null when the issuer is pinned.</summary>
    public ForeignToken? OtherIssuer { get; init; }

    /// <summary>An issuer of somebody else that the conditions in place of a demanded issuer let through; null when none is, and when the issuer is demanded.</summary>
    public LooseIssuer? LooseIssuer { get; init; }

    /// <summary>The uses of its claims that come before it verifies them.</summary>
    public ImmutableArray<VariableUse> EarlyUses { get; init; } = [];

    /// <summary>Whether the check, or anything on the ways that it lies on, may read the scopes of the token.</summary>
    public bool ScopesMayBeRead { get; init; }

    /// <summary>Whether it lies on a way to a backend.</summary>
    public bool LeadsToBackend { get; init; }

    /// <inheritdoc/>
    public string Key => $"{Endpoint.Program.Key}/{(ReferenceEquals(Owner, Endpoint.Program.Bundle) ? "" : Owner.Name + "/")}{Policy.Name}";

    /// <inheritdoc/>
    public string Title =>
        $"{Policy.Kind} '{Policy.Name}'"
        + (ReferenceEquals(Owner, Endpoint.Program.Bundle) ? " of " : $" of {Owner.Description}, in ")
        + Endpoint.Program.Title;

    /// <inheritdoc/>
    public SourceLocation Location => Policy.Location;

    /// <inheritdoc/>
    public string? Environment => Endpoint.Program.Environment?.Name;

    /// <summary>The policy by stable names, whatever environment or proxy it runs in: the culprit of findings about the policy itself.</summary>
    public string Cause => Names.Of(Owner, Endpoint.Program.Organization) + "/" + Policy.Name;
}

/// <summary>An issuer of somebody else that gets through.</summary>
/// <param name="Possibility">A request that shows it.</param>
/// <param name="Issuer">The issuer.</param>
public sealed record LooseIssuer(Possibility Possibility, string Issuer);

/// <summary>A key of a check.</summary>
/// <param name="Form">How it is given.</param>
/// <param name="Value">What is known of it.</param>
/// <param name="Setting">The setting.</param>
public sealed record CheckKey(JwtKeyForm Form, Resolution Value, Setting Setting);

/// <summary>Stable names of things, without revisions and lines.</summary>
public static class Names
{
    /// <summary>A bundle: organization, kind and name; for bundles without an organization their path, since names repeat there.</summary>
    public static string Of(Bundle bundle, ApigeeOrganization organization)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(organization);
        return organization.IsBundlesOnly
            ? bundle.Path
            : $"{organization.Name}/{(bundle.Kind == BundleKind.Proxy ? "apis" : "sharedflows")}/{bundle.Name}";
    }
}
