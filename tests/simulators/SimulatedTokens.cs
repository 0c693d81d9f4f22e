using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Simulators;

/// <summary>The token endpoint of the org authorization server, and the check of what requests carry.</summary>
public sealed class SimulatedTokens(TimeProvider clock) : IDisposable
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/oauth2/v1/token";

    // Those of what ScopeOf knows.
    private static readonly string[] Scopes =
    [
        "okta.apiTokens.read",
        "okta.appGrants.read",
        "okta.apps.read",
        "okta.authorizationServers.read",
        "okta.domains.read",
        "okta.eventHooks.read",
        "okta.groups.read",
        "okta.inlineHooks.read",
        "okta.logStreams.read",
        "okta.logs.read",
        "okta.networkZones.read",
        "okta.orgs.read",
        "okta.roles.read",
        "okta.trustedOrigins.read",
    ];

    private readonly Lock gate = new();
    private readonly HashSet<string> usedIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string[] Scopes, string? Thumbprint, DateTimeOffset Expires)> issued = new(StringComparer.Ordinal);

    /// <summary>The API token that is accepted; null for none.</summary>
    public string? ApiToken { get; set; } = "00simulated-api-token";

    /// <summary>The client id of the service app; null for none.</summary>
    public string? ClientId { get; set; }

    /// <summary>The public key that the service app has registered.</summary>
    public SecurityKey? ClientKey { get; set; }

    /// <summary>The scopes that the service app was granted; null for all.</summary>
    public string[]? Granted { get; set; }

    /// <summary>Whether tokens are bound to the client's key, with a nonce.</summary>
    public bool RequiresDpop { get; set; } = true;

    /// <summary>How long tokens live.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The nonce that proofs to the token endpoint must carry.</summary>
    public string Nonce { get; set; } = "nonce-1";

    /// <summary>The number of tokens issued.</summary>
    public int Issued
    {
        get
        {
            lock (gate)
            {
                return issued.Count;
            }
        }
    }

    /// <summary>A token that somebody obtained elsewhere: not bound to a key, with every scope.</summary>
    public string Ready()
    {
        var token = NewToken();
        lock (gate)
        {
            issued[token] = ([.. Scopes], null, clock.GetUtcNow() + Lifetime);
        }

        return token;
    }

    /// <summary>Makes all issued tokens invalid.</summary>
    public void Revoke()
    {
        lock (gate)
        {
            foreach (var token in issued.Keys.ToArray())
            {
                issued[token] = issued[token] with { Expires = DateTimeOffset.MinValue };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (ClientKey as IDisposable)?.Dispose();

    internal async Task IssueAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var scopes = form["scope"].ToString().Split(' ');
        if (
            form["grant_type"] != "client_credentials"
            || form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            || !await IsAssertionAsync(
                form["client_assertion"].ToString(),
                new Uri($"{context.Request.Scheme}://{context.Request.Host}{Path}")
            )
        )
        {
            await RefuseAsync(context, 401, "invalid_client");
            return;
        }

        if (Granted is not null && scopes.Any(scope => !Granted.Contains(scope, StringComparer.Ordinal)))
        {
            await RefuseAsync(context, 400, "invalid_scope");
            return;
        }

        string? thumbprint = null;
        if (RequiresDpop)
        {
            var (error, key) = await ProofAsync(context, null, Nonce);
            if (error is not null)
            {
                context.Response.Headers["DPoP-Nonce"] = Nonce;
                await RefuseAsync(context, 400, error);
                return;
            }

            thumbprint = key;
        }

        var token = NewToken();
        lock (gate)
        {
            issued[token] = (scopes, thumbprint, clock.GetUtcNow() + Lifetime);
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            $$"""{"token_type":"{{(thumbprint is null ? "Bearer" : "DPoP")}}","expires_in":{{(int)Lifetime.TotalSeconds}},"access_token":"{{token}}","scope":"{{string.Join(' ', scopes)}}"}"""
        );
    }

    internal (int Status, string Code, string? Challenge)? Refuses(HttpContext context)
    {
        var parts = context.Request.Headers.Authorization.ToString().Split(' ', 2);
        if (parts is ["SSWS", var api])
        {
            return api == ApiToken ? null : (401, "E0000011", null);
        }

        if (parts is not [("Bearer" or "DPoP") and var scheme, var token])
        {
            return (401, "E0000005", null);
        }

        (string[] Scopes, string? Thumbprint, DateTimeOffset Expires) known;
        lock (gate)
        {
            if (!issued.TryGetValue(token, out known) || known.Expires <= clock.GetUtcNow())
            {
                return (401, "E0000011", $"{scheme} error=\"invalid_token\"");
            }
        }

        if (known.Thumbprint is not null)
        {
            var (error, thumbprint) = ProofAsync(context, token, null).GetAwaiter().GetResult();
            if (scheme != "DPoP" || error is not null || thumbprint != known.Thumbprint)
            {
                return (401, "E0000011", "DPoP error=\"invalid_dpop_proof\"");
            }
        }

        var needed = ScopeOf(context.Request.Path.Value!);
        return needed is null || known.Scopes.Contains(needed, StringComparer.Ordinal)
            ? null
            : (403, "E0000006", $"{scheme} error=\"insufficient_scope\", scope=\"{needed}\"");
    }

    // From Okta's OpenAPI file, so that the client's own table is checked against another one.
    private static string? ScopeOf(string path) =>
        path.Split('/') switch
        {
            ["", "api", "v1", "authorizationServers", ..] => "okta.authorizationServers.read",
            ["", "api", "v1", "apps", _, "grants"] => "okta.appGrants.read",
            ["", "api", "v1", "apps", ..] => "okta.apps.read",
            ["", "api", "v1", "groups", ..] => "okta.groups.read",
            ["", "api", "v1", "inlineHooks"] => "okta.inlineHooks.read",
            ["", "api", "v1", "eventHooks"] => "okta.eventHooks.read",
            ["", "api", "v1", "org"] => "okta.orgs.read",
            ["", "api", "v1", "domains"] => "okta.domains.read",
            ["", "api", "v1", "zones"] => "okta.networkZones.read",
            ["", "api", "v1", "api-tokens"] => "okta.apiTokens.read",
            ["", "api", "v1", "trustedOrigins"] => "okta.trustedOrigins.read",
            ["", "api", "v1", "logs"] => "okta.logs.read",
            ["", "api", "v1", "logStreams"] => "okta.logStreams.read",
            ["", "oauth2", "v1", "clients", _, "roles"] => "okta.roles.read",
            _ => null,
        };

    private async Task<bool> IsAssertionAsync(string assertion, Uri endpoint)
    {
        if (ClientKey is null)
        {
            return false;
        }

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidIssuer = ClientId,
                ValidAudience = endpoint.AbsoluteUri,
                IssuerSigningKey = ClientKey,
                LifetimeValidator = (_, expires, _, _) =>
                    expires > clock.GetUtcNow().UtcDateTime && expires <= clock.GetUtcNow().UtcDateTime.AddHours(1),
            }
        );
        return result.IsValid && result.SecurityToken is JsonWebToken token && token.Subject == ClientId && IsNew(token.Id);
    }

    private async Task<(string? Error, string? Thumbprint)> ProofAsync(HttpContext context, string? accessToken, string? nonce)
    {
        if (!context.Request.Headers.TryGetValue("DPoP", out var proofs) || proofs.Count != 1)
        {
            return ("invalid_dpop_proof", null);
        }

        try
        {
            var proof = new JsonWebToken(proofs.ToString());
            var jwk = new JsonWebKey(proof.GetHeaderValue<JsonElement>("jwk").GetRawText());
            var result = await new JsonWebTokenHandler().ValidateTokenAsync(
                proofs.ToString(),
                new TokenValidationParameters
                {
                    ValidateIssuer = false,
                    ValidateAudience = false,
                    ValidateLifetime = false,
                    RequireExpirationTime = false,
                    ValidTypes = ["dpop+jwt"],
                    IssuerSigningKey = jwk,
                }
            );
            var request = context.Request;
            var age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(proof.GetPayloadValue<long>("iat"));
            if (
                !result.IsValid
                || jwk.HasPrivateKey
                || proof.GetPayloadValue<string>("htm") != request.Method
                || proof.GetPayloadValue<string>("htu") != $"{request.Scheme}://{request.Host}{request.Path}"
                || age.Duration() > TimeSpan.FromMinutes(5)
                || !IsNew(proof.Id)
                || (
                    accessToken is not null
                    && proof.GetPayloadValue<string>("ath")
                        != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)))
                )
            )
            {
                return ("invalid_dpop_proof", null);
            }

            return nonce is not null && (!proof.TryGetPayloadValue<string>("nonce", out var given) || given != nonce)
                ? ("use_dpop_nonce", null)
                : (null, Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()));
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return ("invalid_dpop_proof", null);
        }
    }

    private bool IsNew(string id)
    {
        lock (gate)
        {
            return id.Length > 0 && usedIds.Add(id);
        }
    }

    private static string NewToken() => "at-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    private static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"error":"{{error}}","error_description":"Refused by the simulator."}""");
    }
}
