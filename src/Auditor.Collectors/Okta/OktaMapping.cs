using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Okta;

/// <summary>An app of the list of apps.</summary>
/// <param name="App">The app.</param>
/// <param name="IsClient">Whether it is an OAuth client.</param>
internal sealed record ListedApp(OktaApp App, bool IsClient);

/// <summary>A scope of Okta's own API that was granted to an app.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="IsActive">Whether the grant holds.</param>
internal sealed record ScopeGrant(string Scope, bool IsActive);

/// <summary>Rows of Okta's answers as what they are about. A row without what identifies it is none: null.</summary>
internal static class OktaMapping
{
    private static readonly string[] GrantTypes =
    [
        "authorization_code",
        "implicit",
        "password",
        "client_credentials",
        "interaction_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
        "urn:okta:params:oauth:grant-type:otp",
        "urn:okta:params:oauth:grant-type:oob",
        "http://auth0.com/oauth/grant-type/mfa-otp",
        "http://auth0.com/oauth/grant-type/mfa-oob",
    ];

    public static OktaDomain? Domain(Json row) =>
        row.Text("domain") is { } name
            ? new OktaDomain(
                name,
                row.Word("validationStatus", "NOT_STARTED", "IN_PROGRESS", "VERIFIED", "COMPLETED", "FAILED_TO_VERIFY"),
                row["publicCertificate"].Time("expiration"),
                row.Location
            )
            : null;

    public static AuthorizationServer? Server(Json row, string host)
    {
        if (row.Text("id") is not { } id || row.Text("issuer") is not { } issuer)
        {
            return null;
        }

        var signing = row["credentials"]["signing"];
        return new AuthorizationServer
        {
            OrgHost = host,
            Id = id,
            Name = row.Text("name", id),
            Issuer = issuer,
            IssuerMode = row.Word("issuerMode", "ORG_URL", "CUSTOM_URL", "DYNAMIC") ?? "ORG_URL",
            Audiences = row.Texts("audiences"),
            Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
            Signing = signing.IsObject
                ? new SigningSettings(
                    signing.Text("kid"),
                    signing.Word("rotationMode", "AUTO", "MANUAL"),
                    signing.Time("lastRotated"),
                    signing.Time("nextRotation"),
                    signing.Location
                )
                : null,
            AccessTokenEncryption = row.Text("accessTokenEncryptedResponseAlgorithm"),
            Created = row.Time("created"),
            Location = row.Location,
        };
    }

    public static Scope? Scope(Json row) =>
        row.Text("name") is { } name
            ? new Scope(
                name,
                row.Word("consent", "IMPLICIT", "REQUIRED", "FLEXIBLE") ?? "IMPLICIT",
                row.Flag("default") ?? false,
                row.Flag("system") ?? false,
                row.Location
            )
            : null;

    public static Claim? Claim(Json row) =>
        row.Text("name") is { } name
            ? new Claim(
                name,
                row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
                row.Word("claimType", "RESOURCE", "IDENTITY") ?? "RESOURCE",
                row.Word("valueType", "EXPRESSION", "GROUPS", "SYSTEM") ?? "EXPRESSION",
                row.Text("value"),
                row.Word("group_filter_type", "STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"),
                row["conditions"].Texts("scopes"),
                row.Location
            )
            : null;

    public static AccessPolicy? Policy(Json row) =>
        row.Text("id") is { } id
            ? new AccessPolicy
            {
                Id = id,
                Name = row.Text("name", id),
                Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
                Priority = row.Number("priority") ?? int.MaxValue,
                Clients = row["conditions"]["clients"].Texts("include"),
                Location = row.Location,
            }
            : null;

    public static AccessRule? Rule(Json row)
    {
        if (row.Text("id") is not { } id)
        {
            return null;
        }

        var conditions = row["conditions"];
        var people = conditions["people"];
        var token = row["actions"]["token"];
        return new AccessRule
        {
            Id = id,
            Name = row.Text("name", id),
            Status = row.Word("status", "ACTIVE", "INACTIVE") ?? "ACTIVE",
            Priority = row.Number("priority") ?? int.MaxValue,
            GrantTypes = conditions["grantTypes"].Words("include", GrantTypes),
            Scopes = conditions["scopes"].Texts("include"),
            Groups = people["groups"].Texts("include"),
            ExcludedGroups = people["groups"].Texts("exclude"),
            Users = people["users"].Texts("include"),
            ExcludedUsers = people["users"].Texts("exclude"),
            AccessTokenMinutes = token.Number("accessTokenLifetimeMinutes"),
            RefreshTokenMinutes = token.Number("refreshTokenLifetimeMinutes"),
            RefreshTokenWindowMinutes = token.Number("refreshTokenWindowMinutes"),
            InlineHookId = token["inlineHook"].Text("id"),
            Location = row.Location,
        };
    }

    public static SigningKey? Key(Json row) =>
        row.Text("kid") is { } kid
            ? new SigningKey(
                kid,
                row.Word("status", "ACTIVE", "NEXT", "EXPIRED", "INACTIVE"),
                row.Text("alg"),
                Thumbprint(row),
                row.Location
            )
            : null;

    // RFC 7638 over the public members; RSA only, which is all that authorization servers sign with.
    private static string? Thumbprint(Json key)
    {
        if (key.Text("kty") != "RSA" || key.Text("n") is not { } n || key.Text("e") is not { } e)
        {
            return null;
        }

        var canonical =
            $$"""{"e":{{JsonSerializer.Serialize(e, TextJson.Default.String)}},"kty":"RSA","n":{{JsonSerializer.Serialize(n, TextJson.Default.String)}}}""";
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(canonical)));
    }

    public static ListedApp? App(Json row)
    {
        if (row.Text("id") is not { } id)
        {
            return null;
        }

        var client = row["credentials"]["oauthClient"];
        var settings = row["settings"]["oauthClient"];
        var app = new OktaApp
        {
            Id = id,
            ClientId = client.Text("client_id"),
            Label = row.Text("label", id),
            Status = row.Word("status", "ACTIVE", "INACTIVE", "DELETED") ?? "ACTIVE",
            ApplicationType = settings.Word("application_type", "web", "browser", "native", "service"),
            TokenEndpointAuthMethod = client.Word(
                "token_endpoint_auth_method",
                "client_secret_basic",
                "client_secret_post",
                "client_secret_jwt",
                "private_key_jwt",
                "none"
            ),
            PkceRequired = client.Flag("pkce_required"),
            AutoKeyRotation = client.Flag("autoKeyRotation") ?? true,
            GrantTypes = settings.Words("grant_types", GrantTypes),
            ResponseTypes = settings.Texts("response_types"),
            RedirectUris = settings.Texts("redirect_uris"),
            DpopBound = settings.Flag("dpop_bound_access_tokens"),
            RefreshTokenRotation = settings["refresh_token"].Text("rotation_type"),
            ImplicitAssignment = row["settings"].Flag("implicitAssignment") ?? false,
            ZoneBound = settings["network"].Text("connection") == "ZONE",
            Created = row.Time("created"),
            LastUpdated = row.Time("lastUpdated"),
            Location = row.Location,
        };
        return new ListedApp(app, row.Text("signOnMode") == "OPENID_CONNECT");
    }

    public static ScopeGrant? Grant(Json row) =>
        row.Text("scopeId") is { } scope ? new ScopeGrant(scope, row.Word("status", "ACTIVE", "INACTIVE") is not "INACTIVE") : null;

    public static OktaGroup? Group(Json row) =>
        row.Text("id") is { } id
            ? new OktaGroup(
                id,
                row["profile"].Text("name", id),
                row.Word("type", "OKTA_GROUP", "APP_GROUP", "BUILT_IN"),
                row["_embedded"]["stats"].Number("usersCount"),
                row.Location
            )
            : null;

    public static GroupRule? GroupRule(Json row) =>
        row.Text("id") is { } id
            ? new GroupRule(
                id,
                row.Text("name", id),
                row.Text("status"),
                row["conditions"]["expression"].Text("value"),
                row["actions"]["assignUserToGroups"].Texts("groupIds"),
                row.Location
            )
            : null;

    public static InlineHook? Hook(Json row) =>
        row.Text("id") is { } id
            ? new InlineHook(
                id,
                row.Text("name", id),
                row.Text("type"),
                row.Text("status"),
                Uri.TryCreate(row["channel"]["config"].Text("uri"), UriKind.Absolute, out var uri) ? uri.Host : null,
                row.Location
            )
            : null;

    public static OktaObject? Object(Json row) =>
        row.Text("id") is { } id
            ? new OktaObject(id, row.Text("name", id), row.Text("status"), row.Time("created"), row.Time("lastUpdated"), row.Location)
            : null;

    public static AiAgent? Agent(Json row) =>
        row.Text("id") is { } id
            ? new AiAgent(
                id,
                row.Text("name") ?? row["profile"].Text("name", id),
                row.Text("clientId") ?? row.Text("appId"),
                row.Text("status"),
                [.. row.Objects("owners").Select(owner => owner.Text("id")).OfType<string>(), .. row.Texts("owners")],
                row.Flag("delegationActive"),
                row.Location
            )
            : null;

    public static LogEvent? Event(Json row) =>
        row.Text("uuid") is { } id && row.Time("published") is { } published && row.Text("eventType") is { } type
            ? new LogEvent(
                id,
                published,
                type,
                row["actor"].Text("id"),
                row["actor"].Text("type"),
                row["actor"].Text("displayName"),
                row["transaction"]["detail"].Text("requestApiTokenId"),
                [.. row.Objects("target").Select(target => target.Text("id")).OfType<string>()],
                row.Location
            )
            {
                Outcome = row["outcome"]
                    .Word(
                        "result",
                        "SUCCESS",
                        "FAILURE",
                        "SKIPPED",
                        "ALLOW",
                        "DENY",
                        "CHALLENGE",
                        "UNKNOWN",
                        "RATE_LIMIT",
                        "DEFERRED",
                        "SCHEDULED",
                        "ABANDONED",
                        "UNANSWERED"
                    ),
                UserAgent = row["client"]["userAgent"].Text("rawUserAgent"),
            }
            : null;
}
