using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Simulators;

/// <summary>
/// Everything in Google's cloud that gives out access tokens, on one origin: the token endpoint (keys of service accounts, refresh tokens of users), the security token
/// service (workload identity federation), the IAM credentials API (impersonation) and the metadata server of a virtual machine.
/// </summary>
public sealed class GoogleIdentity(TimeProvider clock)
{
    /// <summary>The token endpoint.</summary>
    public const string TokenPath = "/token";

    /// <summary>The security token service.</summary>
    public const string ExchangePath = "/v1/token";

    /// <summary>The issuer of a workload's own tokens, for credentials that fetch them from an address.</summary>
    public const string WorkloadPath = "/workload/token";

    private const string MetadataRoot = "/computeMetadata/v1/";
    private const string CloudPlatform = "https://www.googleapis.com/auth/cloud-platform";

    private readonly Lock gate = new();
    private readonly Dictionary<string, (string Principal, DateTimeOffset Expires)> issued = new(StringComparer.Ordinal);

    /// <summary>A token that is good without having been issued here, as from <c>gcloud auth print-access-token</c>; null for none.</summary>
    public string? AccessToken { get; set; } = "ya29.simulated-access-token";

    /// <summary>The e-mail of the service account that has a key; null for none.</summary>
    public string? ServiceAccount { get; set; }

    /// <summary>Its public key.</summary>
    public SecurityKey? ServiceAccountKey { get; set; }

    /// <summary>The refresh token of a user; null for none.</summary>
    public string? RefreshToken { get; set; }

    /// <summary>The token that a workload shows to the security token service; null for none.</summary>
    public string? SubjectToken { get; set; }

    /// <summary>The service account of the machine; null where there is no metadata server.</summary>
    public string? MachineAccount { get; set; }

    /// <summary>The service account that others may act as; null for none.</summary>
    public string? Impersonable { get; set; }

    /// <summary>How long tokens live.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

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

    /// <summary>Who a request comes from; null when it carries no good token.</summary>
    public string? Caller(HttpContext context)
    {
        if (context.Request.Headers.Authorization.ToString().Split(' ', 2) is not ["Bearer", var token])
        {
            return null;
        }

        lock (gate)
        {
            return token == AccessToken ? "a ready token"
                : issued.TryGetValue(token, out var known) && known.Expires > clock.GetUtcNow() ? known.Principal
                : null;
        }
    }

    /// <summary>Whether a request is one for a token.</summary>
    public static bool IsForToken(string path) =>
        path is TokenPath or ExchangePath or WorkloadPath or "/"
        || path.StartsWith(MetadataRoot, StringComparison.Ordinal)
        || path.EndsWith(":generateAccessToken", StringComparison.Ordinal);

    internal Task AnswerAsync(HttpContext context) =>
        (context.Request.Method, context.Request.Path.Value!) switch
        {
            ("POST", TokenPath) => IssueAsync(context),
            ("POST", ExchangePath) => ExchangeAsync(context),
            ("GET", WorkloadPath) => SubjectToken is { } token
                ? JsonAsync(context, new JsonObject { ["value"] = token })
                : GoogleError.NotFound("token").AnswerAsync(context),
            ("POST", var path) when path.EndsWith(":generateAccessToken", StringComparison.Ordinal) => ImpersonateAsync(context, path),
            ("GET", var path) => MetadataAsync(context, path),
            _ => GoogleError.NotFound("method").AnswerAsync(context),
        };

    private async Task IssueAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var address = $"{context.Request.Scheme}://{context.Request.Host}{TokenPath}";
        var principal = form["grant_type"].ToString() switch
        {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => await AssertedAsync(form["assertion"].ToString(), address),
            "refresh_token" when RefreshToken is not null && form["refresh_token"] == RefreshToken => "a user",
            _ => null,
        };
        await (
            principal is null
                ? RefuseAsync(context, "invalid_grant")
                : JsonAsync(
                    context,
                    new JsonObject
                    {
                        ["access_token"] = New(principal),
                        ["expires_in"] = (int)Lifetime.TotalSeconds,
                        ["scope"] = CloudPlatform,
                        ["token_type"] = "Bearer",
                    }
                )
        );
    }

    private async Task<string?> AssertedAsync(string assertion, string address)
    {
        if (ServiceAccountKey is null)
        {
            return null;
        }

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidIssuer = ServiceAccount,
                // It is known by the name that every library uses, wherever it stands.
                ValidAudiences = [address, "https://oauth2.googleapis.com/token"],
                IssuerSigningKey = ServiceAccountKey,
                // What signs the assertion knows the world's clock only.
                ValidateLifetime = false,
                RequireExpirationTime = true,
            }
        );
        return
            result.IsValid
            && result.SecurityToken is JsonWebToken token
            && token.TryGetPayloadValue<string>("scope", out var scope)
            // The second is enough to act as another account, and all that Google's library asks for then.
            && scope.Split(' ').Any(one => one is CloudPlatform or "https://www.googleapis.com/auth/iam")
            ? ServiceAccount
            : null;
    }

    private async Task ExchangeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (
            form["grant_type"] != "urn:ietf:params:oauth:grant-type:token-exchange"
            || form["audience"].ToString().Length == 0
            || SubjectToken is null
            || form["subject_token"] != SubjectToken
        )
        {
            await RefuseAsync(context, "invalid_grant");
            return;
        }

        await JsonAsync(
            context,
            new JsonObject
            {
                ["access_token"] = New("a workload"),
                ["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
                ["token_type"] = "Bearer",
                ["expires_in"] = (int)Lifetime.TotalSeconds,
            }
        );
    }

    private async Task ImpersonateAsync(HttpContext context, string path)
    {
        var account = path[(path.LastIndexOf('/') + 1)..^":generateAccessToken".Length];
        if (Caller(context) is null)
        {
            await GoogleError.Unauthenticated.AnswerAsync(context);
        }
        else if (account != Impersonable)
        {
            await GoogleError.Denied("iam.serviceAccounts.getAccessToken", "projects/-/serviceAccounts/" + account).AnswerAsync(context);
        }
        else
        {
            await JsonAsync(
                context,
                new JsonObject
                {
                    ["accessToken"] = New(account),
                    ["expireTime"] = (TimeProvider.System.GetUtcNow() + Lifetime).UtcDateTime.ToString(
                        "yyyy-MM-dd'T'HH:mm:ss'Z'",
                        CultureInfo.InvariantCulture
                    ),
                }
            );
        }
    }

    // Whoever does not say that it means the metadata server is refused: that keeps forged requests away from it.
    private Task MetadataAsync(HttpContext context, string path)
    {
        context.Response.Headers["Metadata-Flavor"] = "Google";
        if (MachineAccount is null)
        {
            return GoogleError.NotFound("metadata").AnswerAsync(context);
        }

        if (context.Request.Headers["Metadata-Flavor"] != "Google")
        {
            context.Response.StatusCode = 403;
            return context.Response.WriteAsync("Missing Metadata-Flavor:Google header.");
        }

        return path switch
        {
            "/" => context.Response.WriteAsync("computeMetadata/\n"),
            MetadataRoot + "instance/service-accounts/default/token" => JsonAsync(
                context,
                new JsonObject
                {
                    ["access_token"] = New(MachineAccount),
                    ["expires_in"] = (int)Lifetime.TotalSeconds,
                    ["token_type"] = "Bearer",
                }
            ),
            MetadataRoot + "instance/service-accounts/default/email" => context.Response.WriteAsync(MachineAccount),
            MetadataRoot + "universe/universe-domain" => context.Response.WriteAsync("googleapis.com"),
            MetadataRoot + "project/project-id" => context.Response.WriteAsync("simulated"),
            MetadataRoot or MetadataRoot + "instance" or MetadataRoot + "instance/" => context.Response.WriteAsync(""),
            _ => GoogleError.NotFound("metadata").AnswerAsync(context),
        };
    }

    private string New(string principal)
    {
        var token = "ya29." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        lock (gate)
        {
            issued[token] = (principal, clock.GetUtcNow() + Lifetime);
        }

        return token;
    }

    private static Task RefuseAsync(HttpContext context, string error)
    {
        context.Response.StatusCode = 400;
        return JsonAsync(context, new JsonObject { ["error"] = error, ["error_description"] = "Refused by the simulator." });
    }

    private static Task JsonAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
