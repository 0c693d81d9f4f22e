using System.Formats.Asn1;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Auditor.Cli.Output;

namespace Auditor.Cli.Evidence;

/// <summary>Time stamps of RFC 3161: somebody else says that a signature was there, so that it was not made later.</summary>
internal static class TimestampAuthority
{
    private const int LargestResponse = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The address that is asked.</summary>
    /// <exception cref="UsageException">It is not https, or is no address.</exception>
    public static Uri Address(string text, ConsoleEnvironment environment) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.UserInfo.Length == 0
        && (
            address.Scheme == Uri.UriSchemeHttps
            || (address is { Scheme: "http", IsLoopback: true } && environment.Variable("AUDITOR_ALLOW_LOOPBACK_HTTP") == "1")
        )
            ? address
            : throw new UsageException("--timestamp-url must be an https address without credentials.");

    /// <summary>Asks for a time stamp of a signature.</summary>
    /// <returns>The authority's response, in DER.</returns>
    /// <exception cref="UsageException">There is no answer, or it is no time stamp of the signature.</exception>
    public static async Task<byte[]> StampAsync(
        Uri address,
        byte[] signature,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        var request = Rfc3161TimestampRequest.CreateFromData(
            signature,
            HashAlgorithmName.SHA256,
            nonce: RandomNumberGenerator.GetBytes(8),
            requestSignerCertificates: true
        );
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        using var client = new HttpClient(handler, disposeHandler: false)
        {
            MaxResponseContentBufferSize = LargestResponse,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        using var deadline = new CancellationTokenSource(Patience, environment.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var content = new ByteArrayContent(request.Encode());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
            using var answer = await client.PostAsync(address, content, both.Token);
            if (!answer.IsSuccessStatusCode)
            {
                throw new UsageException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The time stamp authority answered {(int)answer.StatusCode}; no pack was written."
                    )
                );
            }

            var response = await answer.Content.ReadAsByteArrayAsync(both.Token);
            request.ProcessResponse(response, out _);
            return response;
        }
        catch (CryptographicException)
        {
            throw new UsageException(
                "The time stamp authority answered with something that is no time stamp of this signature; no pack was written."
            );
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new UsageException("The time stamp authority does not answer; no pack was written.");
        }
    }

    /// <summary>The certificates of a file.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static X509Certificate2Collection Certificates(string file, string workingFolder)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(Path.GetFullPath(file, workingFolder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"--timestamp-ca '{file}': no certificates in PEM.");
        }

        return certificates.Count > 0 ? certificates : throw new UsageException($"--timestamp-ca '{file}': no certificates in PEM.");
    }

    /// <summary>When a signature was there, as an authority says.</summary>
    /// <exception cref="FormatException">The response proves nothing; the message is a clause that says why.</exception>
    public static DateTimeOffset TimeOf(byte[] response, byte[] signature, X509Certificate2Collection authorities)
    {
        try
        {
            // TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken OPTIONAL } (RFC 3161, 2.4.2)
            var outer = new AsnReader(response, AsnEncodingRules.BER).ReadSequence();
            outer.ReadEncodedValue();
            if (!outer.HasData || !Rfc3161TimestampToken.TryDecode(outer.ReadEncodedValue(), out var token, out _))
            {
                throw new FormatException("it holds no token");
            }

            var isAboutIt = token.VerifySignatureForData(signature, out var found, authorities);
            using var signer = found;
            if (!isAboutIt || signer is null)
            {
                throw new FormatException("it is not about this signature, or is damaged");
            }

            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.ExtraStore.AddRange(token.AsSignedCms().Certificates);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.VerificationTime = token.TokenInfo.Timestamp.UtcDateTime;
            return chain.Build(signer) ? token.TokenInfo.Timestamp : throw new FormatException("its authority is none of those given");
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new FormatException("it is damaged", e);
        }
    }
}
