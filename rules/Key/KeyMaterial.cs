using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Auditor.Rules.Key;

/// <summary>Reads public keys as the gateway is given them, and names each by its RFC 7638 thumbprint: equal keys are equal whatever they are called.</summary>
internal static class KeyMaterial
{
    /// <summary>The thumbprints (hexadecimal, lower case) of the RSA keys in a PEM, a certificate or a key set; empty when there is none that can be read.</summary>
    public static ImmutableArray<string> Thumbprints(string text)
    {
        var trimmed = text.Trim();
        try
        {
            return trimmed.StartsWith('{') ? OfKeySet(trimmed)
                : trimmed.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal) ? OfCertificate(trimmed)
                : OfPem(trimmed);
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            // Not a key: other rules and the gateway itself say so.
            return [];
        }
    }

    private static ImmutableArray<string> OfKeySet(string text)
    {
        using var document = JsonDocument.Parse(text);
        var keys =
            document.RootElement.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().ToArray()
                : [document.RootElement];
        return
        [
            .. keys.Where(key => key.ValueKind == JsonValueKind.Object)
                .Select(key =>
                    key.TryGetProperty("n", out var n)
                    && key.TryGetProperty("e", out var e)
                    && n.GetString() is { } modulus
                    && e.GetString() is { } exponent
                        ? Thumbprint(modulus, exponent)
                        : null
                )
                .OfType<string>(),
        ];
    }

    private static ImmutableArray<string> OfCertificate(string text)
    {
        using var certificate = X509Certificate2.CreateFromPem(text);
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is null ? [] : [Thumbprint(rsa)];
    }

    private static ImmutableArray<string> OfPem(string text)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(text);
        return [Thumbprint(rsa)];
    }

    private static string Thumbprint(RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return Thumbprint(Base64Url(parameters.Modulus!), Base64Url(parameters.Exponent!));
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    // The members in the order and form that RFC 7638 §3.2 asks for. Base64url needs no escaping in JSON.
    private static string Thumbprint(string modulus, string exponent) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes("{\"e\":\"" + exponent + "\",\"kty\":\"RSA\",\"n\":\"" + modulus + "\"}"))
        );
}
