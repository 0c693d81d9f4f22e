using System.Security.Cryptography;
using System.Text.Json;
using Auditor.Collectors.Inputs;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Collectors.Okta;

/// <summary>The private key of a service app, from PEM (PKCS#8, PKCS#1, SEC 1) or a JSON Web Key.</summary>
public sealed class ClientKey
{
    private ClientKey(SigningCredentials signing) => Signing = signing;

    /// <summary>What assertions are signed with.</summary>
    internal SigningCredentials Signing { get; }

    /// <summary>The algorithm, e.g. RS256.</summary>
    public string Algorithm => Signing.Algorithm;

    /// <summary>The key id; null when none was given.</summary>
    public string? KeyId => Signing.Key.KeyId is { Length: > 0 } id ? id : null;

    /// <summary>Reads a key.</summary>
    /// <param name="text">PEM or a JSON Web Key, told apart by how they begin.</param>
    /// <param name="keyId">The key id as registered; null to take that of the JSON Web Key.</param>
    /// <exception cref="InputException">It is no private key that can sign; says why, and quotes nothing.</exception>
    public static ClientKey Parse(string text, string? keyId)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        var (key, algorithm) = trimmed.StartsWith('{') ? FromJwk(trimmed) : FromPem(trimmed);
        if (keyId is { Length: > 0 })
        {
            key.KeyId = keyId;
        }

        return new ClientKey(
            new SigningCredentials(key, algorithm) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }
        );
    }

    private static (SecurityKey Key, string Algorithm) FromPem(string text)
    {
        // A line of an environment variable often writes its line ends as two characters.
        var pem = text.Replace("\\n", "\n", StringComparison.Ordinal);
        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw Refused("it is neither PEM nor a JSON Web Key");
        }

        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw Refused("it is encrypted: give it without a passphrase, readable by you alone");
        }

        try
        {
            // The keys live as long as the program.
#pragma warning disable CA2000
            if (pem.Contains("EC PRIVATE KEY-----", StringComparison.Ordinal))
            {
                return FromCurve(Import(ECDsa.Create(), pem));
            }

            if (pem.Contains("RSA PRIVATE KEY-----", StringComparison.Ordinal))
            {
                return FromRsa(Import(RSA.Create(), pem));
            }

            try
            {
                return FromRsa(Import(RSA.Create(), pem));
            }
            catch (CryptographicException)
            {
                return FromCurve(Import(ECDsa.Create(), pem));
            }
#pragma warning restore CA2000
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Refused("it is not a readable RSA or EC key");
        }
    }

    private static T Import<T>(T algorithm, string pem)
        where T : AsymmetricAlgorithm
    {
        algorithm.ImportFromPem(pem);
        return algorithm;
    }

    private static (SecurityKey Key, string Algorithm) FromRsa(RSA rsa) =>
        rsa.KeySize < 2048
            ? throw Refused("an RSA key of less than 2048 bits is too short")
            : (new RsaSecurityKey(rsa), SecurityAlgorithms.RsaSha256);

    private static (SecurityKey Key, string Algorithm) FromCurve(ECDsa curve) => (new ECDsaSecurityKey(curve), ByCurve(curve.KeySize));

    private static string ByCurve(int bits) =>
        bits switch
        {
            256 => SecurityAlgorithms.EcdsaSha256,
            384 => SecurityAlgorithms.EcdsaSha384,
            521 => SecurityAlgorithms.EcdsaSha512,
            _ => throw Refused("its curve is none of P-256, P-384 and P-521"),
        };

    private static (SecurityKey Key, string Algorithm) FromJwk(string text)
    {
        JsonWebKey key;
        try
        {
            using var document = JsonDocument.Parse(text);
            key = new JsonWebKey(document.RootElement.GetRawText());
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Refused("it is not a valid JSON Web Key");
        }

        if (!key.HasPrivateKey)
        {
            throw Refused("it is a public key; the private one is needed");
        }

        var algorithm = key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key.Alg is "RS256" or "RS384" or "RS512" ? key.Alg : SecurityAlgorithms.RsaSha256,
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv switch
            {
                "P-256" => ByCurve(256),
                "P-384" => ByCurve(384),
                "P-521" => ByCurve(521),
                _ => ByCurve(0),
            },
            _ => throw Refused("its type is neither RSA nor EC"),
        };
        return key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize < 2048
            ? throw Refused("an RSA key of less than 2048 bits is too short")
            : (key, algorithm);
    }

    private static InputException Refused(string why) => new($"The private key of the Okta service app cannot be used: {why}.");
}
