using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Collectors.Okta;

/// <summary>
/// The key that a run's access tokens are bound to (DPoP, RFC 9449). Made for the run, kept in memory, gone with it: a token that leaks is worth nothing without it.
/// </summary>
internal sealed class ProofKey : IDisposable
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningCredentials signing;
    private readonly JsonElement publicKey;

    public ProofKey()
    {
        signing = new SigningCredentials(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256)
        {
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        using var document = JsonDocument.Parse(
            $$"""{"kty":"EC","crv":"P-256","x":"{{Base64UrlEncoder.Encode(point.X)}}","y":"{{Base64UrlEncoder.Encode(point.Y)}}"}"""
        );
        publicKey = document.RootElement.Clone();
    }

    /// <summary>A proof for one attempt of one request. A second attempt needs a second proof.</summary>
    /// <param name="method">The method.</param>
    /// <param name="uri">The address; its query is left out, as RFC 9449 §4.2 says.</param>
    /// <param name="now">The time of the server.</param>
    /// <param name="nonce">The nonce that the server gave; null when it gave none.</param>
    /// <param name="accessToken">The token that is sent with it; null at the token endpoint.</param>
    public string Proof(HttpMethod method, Uri uri, DateTimeOffset now, string? nonce, string? accessToken)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["htm"] = method.Method,
            ["htu"] = uri.GetLeftPart(UriPartial.Path),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["jti"] = NewId(),
        };
        if (nonce is not null)
        {
            claims["nonce"] = nonce;
        }

        if (accessToken is not null)
        {
            claims["ath"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        }

        return Handler.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = "dpop+jwt",
                SigningCredentials = signing,
                AdditionalHeaderClaims = new Dictionary<string, object>(StringComparer.Ordinal) { ["jwk"] = publicKey },
                Claims = claims,
            }
        );
    }

    /// <summary>The assertion that a client authenticates with (RFC 7523): good for one attempt, and for five minutes.</summary>
    public static string Assertion(SigningCredentials signing, string clientId, Uri tokenEndpoint, DateTimeOffset now) =>
        Handler.CreateToken(
            new SecurityTokenDescriptor
            {
                SigningCredentials = signing,
                Claims = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["iss"] = clientId,
                    ["sub"] = clientId,
                    ["aud"] = tokenEndpoint.AbsoluteUri,
                    ["iat"] = now.ToUnixTimeSeconds(),
                    ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
                    ["jti"] = NewId(),
                },
            }
        );

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    private static string NewId() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(18));
}
