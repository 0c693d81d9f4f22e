namespace Auditor.Model.Okta;

/// <summary>A custom authorization server.</summary>
public sealed record AuthorizationServer
{
    /// <summary>The host of its org.</summary>
    public required string OrgHost { get; init; }

    /// <summary>The id, or <c>default</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The string that its tokens carry in <c>iss</c>; compared by exact code points (RFC 8414 §3.3).</summary>
    public required string Issuer { get; init; }

    /// <summary>ORG_URL, CUSTOM_URL or DYNAMIC; a missing value means ORG_URL.</summary>
    public string IssuerMode { get; init; } = "ORG_URL";

    /// <summary>The audiences: an array of which Okta supports one entry, which becomes <c>aud</c>.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>ACTIVE or INACTIVE.</summary>
    public string Status { get; init; } = "ACTIVE";

    /// <summary>The key that signs and how it is rotated.</summary>
    public SigningSettings? Signing { get; init; }

    /// <summary>The algorithm that access tokens are encrypted with; null: they are signed only.</summary>
    public string? AccessTokenEncryption { get; init; }

    /// <summary>When it was made; null when unknown.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The scopes.</summary>
    public Collected<Scope> Scopes { get; init; } = Collected<Scope>.None;

    /// <summary>The claims.</summary>
    public Collected<Claim> Claims { get; init; } = Collected<Claim>.None;

    /// <summary>The access policies in priority order.</summary>
    public Collected<AccessPolicy> Policies { get; init; } = Collected<AccessPolicy>.None;

    /// <summary>The signing keys, as the management API lists them: with status.</summary>
    public Collected<SigningKey> Keys { get; init; } = Collected<SigningKey>.None;

    /// <summary>The keys of the published JWKS: without status.</summary>
    public Collected<SigningKey> PublishedKeys { get; init; } = Collected<SigningKey>.None;

    /// <summary>The ids of the servers whose tokens may be exchanged here.</summary>
    public Collected<string> TrustedServers { get; init; } = Collected<string>.None;

    /// <summary>The <c>issuer</c> of the published metadata document.</summary>
    public Collected<string> PublishedIssuer { get; init; } = Collected<string>.None;

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether it issues tokens.</summary>
    public bool IsActive => string.Equals(Status, "ACTIVE", StringComparison.Ordinal);

    /// <summary>Whether the issuer follows the host of the token request.</summary>
    public bool HasDynamicIssuer => string.Equals(IssuerMode, "DYNAMIC", StringComparison.Ordinal);

    /// <summary>The scope of that name, or null. Scope tokens are case-sensitive (RFC 6749 §3.3).</summary>
    public Scope? FindScope(string name) => Scopes.Items.FirstOrDefault(scope => string.Equals(scope.Name, name, StringComparison.Ordinal));

    /// <summary>The name in quotes, for messages.</summary>
    public string Description => $"authorization server '{Name}'";
}

/// <summary>How a server signs.</summary>
/// <param name="Kid">The id of the active key.</param>
/// <param name="RotationMode">AUTO or MANUAL.</param>
/// <param name="LastRotated">When the key became active; null when unknown.</param>
/// <param name="NextRotation">When the next one will; only in AUTO.</param>
/// <param name="Location">Where it is written.</param>
public sealed record SigningSettings(
    string? Kid,
    string? RotationMode,
    DateTimeOffset? LastRotated,
    DateTimeOffset? NextRotation,
    SourceLocation Location
);

/// <summary>A scope.</summary>
/// <param name="Name">The name.</param>
/// <param name="Consent">IMPLICIT, REQUIRED or FLEXIBLE.</param>
/// <param name="IsDefault">Whether it is granted when none is asked for.</param>
/// <param name="IsSystem">Whether Okta made it.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Scope(string Name, string Consent, bool IsDefault, bool IsSystem, SourceLocation Location)
{
    /// <summary>The scopes that every server has (measured in recorded answers of Okta, 2026-06).</summary>
    public static ImmutableArray<string> Reserved { get; } =
    ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];

    /// <summary>Whether the customer made it: neither reserved, nor a system scope, nor one of Okta's own <c>okta.*</c>.</summary>
    public bool IsCustom =>
        !IsSystem && !Reserved.Contains(Name, StringComparer.Ordinal) && !Name.StartsWith("okta.", StringComparison.Ordinal);
}

/// <summary>A claim.</summary>
/// <param name="Name">The name.</param>
/// <param name="Status">ACTIVE or INACTIVE.</param>
/// <param name="ClaimType">RESOURCE (access token) or IDENTITY (ID token).</param>
/// <param name="ValueType">EXPRESSION, GROUPS or SYSTEM.</param>
/// <param name="Value">The expression or the filter; null for SYSTEM.</param>
/// <param name="GroupFilter">STARTS_WITH, EQUALS, CONTAINS (which ignore case) or REGEX; null unless ValueType is GROUPS.</param>
/// <param name="Scopes">The scopes any of which brings the claim; empty: always.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Claim(
    string Name,
    string Status,
    string ClaimType,
    string ValueType,
    string? Value,
    string? GroupFilter,
    ImmutableArray<string> Scopes,
    SourceLocation Location
)
{
    /// <summary>Whether access tokens can carry it.</summary>
    public bool IsInAccessTokens =>
        string.Equals(Status, "ACTIVE", StringComparison.Ordinal) && string.Equals(ClaimType, "RESOURCE", StringComparison.Ordinal);
}

/// <summary>An access policy.</summary>
public sealed record AccessPolicy
{
    /// <summary>The word that stands for every client.</summary>
    public const string AllClients = "ALL_CLIENTS";

    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>ACTIVE or INACTIVE.</summary>
    public string Status { get; init; } = "ACTIVE";

    /// <summary>The priority; 1 is evaluated first.</summary>
    public int Priority { get; init; }

    /// <summary>The client ids, or <see cref="AllClients"/>.</summary>
    public ImmutableArray<string> Clients { get; init; } = [];

    /// <summary>The rules in priority order. A policy without rules never applies.</summary>
    public Collected<AccessRule> Rules { get; init; } = Collected<AccessRule>.None;

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether it is evaluated.</summary>
    public bool IsActive => string.Equals(Status, "ACTIVE", StringComparison.Ordinal);

    /// <summary>Whether every client falls under it.</summary>
    public bool IsForAllClients => Clients.Contains(AllClients, StringComparer.Ordinal);

    /// <summary>Whether the client falls under it.</summary>
    public bool Admits(string clientId) => IsForAllClients || Clients.Contains(clientId, StringComparer.Ordinal);
}

/// <summary>A rule of an access policy: an allow-list over grant, people and scopes.</summary>
public sealed record AccessRule
{
    /// <summary>The word that stands for every user.</summary>
    public const string Everyone = "EVERYONE";

    /// <summary>The word that stands for every scope.</summary>
    public const string AnyScope = "*";

    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>ACTIVE or INACTIVE.</summary>
    public string Status { get; init; } = "ACTIVE";

    /// <summary>The priority; 1 is evaluated first.</summary>
    public int Priority { get; init; }

    /// <summary>The grant types.</summary>
    public ImmutableArray<string> GrantTypes { get; init; } = [];

    /// <summary>The scopes by name, or <see cref="AnyScope"/>; empty: no custom scope [B].</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>The included groups by id, or <see cref="Everyone"/>.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>The excluded groups by id. Without effect when everyone is included (Okta, terraform-create-custom-auth-server).</summary>
    public ImmutableArray<string> ExcludedGroups { get; init; } = [];

    /// <summary>The included users by id.</summary>
    public ImmutableArray<string> Users { get; init; } = [];

    /// <summary>The excluded users by id.</summary>
    public ImmutableArray<string> ExcludedUsers { get; init; } = [];

    /// <summary>The lifetime of access tokens in minutes, 5 to 1440; null when not said (60).</summary>
    public int? AccessTokenMinutes { get; init; }

    /// <summary>The lifetime of refresh tokens in minutes; 0: no end; null when not said (0).</summary>
    public int? RefreshTokenMinutes { get; init; }

    /// <summary>The idle time of refresh tokens in minutes; null when not said (10080).</summary>
    public int? RefreshTokenWindowMinutes { get; init; }

    /// <summary>The token inline hook; null when none.</summary>
    public string? InlineHookId { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether it is evaluated.</summary>
    public bool IsActive => string.Equals(Status, "ACTIVE", StringComparison.Ordinal);

    /// <summary>Whether it grants every scope.</summary>
    public bool GrantsAnyScope => Scopes.Contains(AnyScope, StringComparer.Ordinal);

    /// <summary>Whether it admits every user by the word EVERYONE.</summary>
    public bool IsForEveryone => Groups.Contains(Everyone, StringComparer.Ordinal);

    /// <summary>Whether it can grant the scope.</summary>
    public bool Grants(string scope) => GrantsAnyScope || Scopes.Contains(scope, StringComparer.Ordinal);
}

/// <summary>A signing key. Public parts only.</summary>
/// <param name="Kid">The key id.</param>
/// <param name="Status">ACTIVE, NEXT or EXPIRED; null in a published key set, which does not say.</param>
/// <param name="Algorithm">The algorithm; null when not said.</param>
/// <param name="Thumbprint">The RFC 7638 thumbprint; null when the key's parameters are not given.</param>
/// <param name="Location">Where it is written.</param>
public sealed record SigningKey(string Kid, string? Status, string? Algorithm, string? Thumbprint, SourceLocation Location);

/// <summary>An OIDC client.</summary>
public sealed record OktaApp
{
    /// <summary>The app's id.</summary>
    public required string Id { get; init; }

    /// <summary>The client id; null when the app does not say.</summary>
    public string? ClientId { get; init; }

    /// <summary>The label.</summary>
    public required string Label { get; init; }

    /// <summary>ACTIVE, INACTIVE or DELETED.</summary>
    public string Status { get; init; } = "ACTIVE";

    /// <summary>web, browser, native or service.</summary>
    public string? ApplicationType { get; init; }

    /// <summary>client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt or none.</summary>
    public string? TokenEndpointAuthMethod { get; init; }

    /// <summary>Whether PKCE is demanded.</summary>
    public bool? PkceRequired { get; init; }

    /// <summary>Whether the client follows the server's key rotation; false pins it to one key.</summary>
    public bool AutoKeyRotation { get; init; } = true;

    /// <summary>The grant types.</summary>
    public ImmutableArray<string> GrantTypes { get; init; } = [];

    /// <summary>The response types.</summary>
    public ImmutableArray<string> ResponseTypes { get; init; } = [];

    /// <summary>The redirect URIs.</summary>
    public ImmutableArray<string> RedirectUris { get; init; } = [];

    /// <summary>Whether its tokens are bound by DPoP; null when not said.</summary>
    public bool? DpopBound { get; init; }

    /// <summary>ROTATE or STATIC; null when not said.</summary>
    public string? RefreshTokenRotation { get; init; }

    /// <summary>Whether every user counts as assigned.</summary>
    public bool ImplicitAssignment { get; init; }

    /// <summary>Whether requests are bound to network zones.</summary>
    public bool ZoneBound { get; init; }

    /// <summary>The ids of the groups assigned to it.</summary>
    public Collected<string> Groups { get; init; } = Collected<string>.None;

    /// <summary>The Okta API scopes granted to it at the org authorization server.</summary>
    public Collected<string> Grants { get; init; } = Collected<string>.None;

    /// <summary>When it was made; null when unknown.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it was changed; null when unknown.</summary>
    public DateTimeOffset? LastUpdated { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether it can get tokens.</summary>
    public bool IsActive => string.Equals(Status, "ACTIVE", StringComparison.Ordinal);

    /// <summary>Whether it cannot keep a secret: it authenticates by none.</summary>
    public bool IsPublic => TokenEndpointAuthMethod is "none" || ApplicationType is "browser" or "native";
}
