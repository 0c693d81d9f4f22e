using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Evidence;

/// <summary>Time stamps of an authority that openssl plays.</summary>
public sealed class Timestamps
{
    [Fact]
    public async Task A_stamped_pack_says_since_when_it_was_there()
    {
        using var folder = new TemporaryFolder();
        MakeAuthority(folder);
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "estate"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        folder.Write("key.pub", key.ExportSubjectPublicKeyInfoPem());
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var done = new CancellationTokenSource();
        var server = ServeAsync(listener, folder, done.Token);
        Task<Run> PackAsync(string name) =>
            AuditorProgram.RunAsync(
                folder.Path,
                [
                    "evidence",
                    "pack",
                    "estate",
                    "--out",
                    name,
                    "--timestamp-url",
                    $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/{name}",
                ],
                new Dictionary<string, string>
                {
                    ["AUDITOR_EVIDENCE_KEY"] = key.ExportPkcs8PrivateKeyPem(),
                    ["AUDITOR_ALLOW_LOOPBACK_HTTP"] = "1",
                }
            );

        var pack = await PackAsync("stamped");
        Assert.Equal((0, ""), (pack.Code, pack.Error));
        AuditorProgram.EndsWithOneLine(await PackAsync("broken"), 2, "The time stamp authority answered 500");
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "broken")));
        await done.CancelAsync();
        await server;

        Task<Run> VerifyAsync(string authority) =>
            AuditorProgram.RunAsync(folder.Path, ["evidence", "verify", "stamped", "--key", "key.pub", "--timestamp-ca", authority]);

        var verified = await VerifyAsync("ca.pem");
        Assert.Equal((0, ""), (verified.Code, verified.Error));
        Assert.Contains("Signed not later than ", verified.Output, StringComparison.Ordinal);
        var stranger = await VerifyAsync("other.pem");
        Assert.Equal(1, stranger.Code);
        Assert.Contains(
            "timestamp-wrong: 'signatures/evidence.sigstore.json' holds a time stamp that proves nothing",
            stranger.Output,
            StringComparison.Ordinal
        );

        // openssl agrees: the stamp is about the signature.
        var signatures = Path.Combine(Assert.Single(Directory.GetDirectories(Path.Combine(folder.Path, "stamped"))), "signatures");
        var bundle = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(signatures, "evidence.sigstore.json"), TestContext.Current.CancellationToken)
        )!;
        folder.Write("signature", Convert.FromBase64String((string)bundle["dsseEnvelope"]!["signatures"]![0]!["sig"]!));
        await Tools.SucceedAsync(
            "openssl",
            folder.Path,
            "ts",
            "-verify",
            "-data",
            "signature",
            "-in",
            Path.Combine(signatures, "evidence.tsr"),
            "-CAfile",
            "ca.pem"
        );
    }

    private static void MakeAuthority(TemporaryFolder folder)
    {
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var until = new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var root = RSA.Create(2048);
        var request = new CertificateRequest("CN=Time root", root, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(from, until);
        folder.Write("ca.pem", authority.ExportCertificatePem());
        using var otherKey = RSA.Create(2048);
        using var unrelated = new CertificateRequest(
            "CN=Another root",
            otherKey,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(from, until);
        folder.Write("other.pem", unrelated.ExportCertificatePem());
        using var key = RSA.Create(2048);
        var leaf = new CertificateRequest("CN=Time stamps", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.8")], critical: true));
        using var signer = leaf.Create(authority, from, until, [1, 2, 3]);
        folder.Write("tsa.pem", signer.ExportCertificatePem());
        folder.Write("tsa.key", key.ExportPkcs8PrivateKeyPem());
        folder.Write("serial", "01\n");
        folder.Write(
            "tsa.cnf",
            """
            [tsa]
            serial = serial
            signer_cert = tsa.pem
            signer_key = tsa.key
            certs = ca.pem
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha256
            ess_cert_id_alg = sha256

            """
        );
    }

    // One request a connection: enough of HTTP for a client that sends a body of known length.
    private static async Task ServeAsync(TcpListener listener, TemporaryFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                await using var stream = client.GetStream();
                var (path, body) = await RequestAsync(stream, cancellationToken);
                byte[] answer = [];
                var status = "500 Internal Server Error";
                if (path == "/stamped")
                {
                    folder.Write("query.tsq", body);
                    await Tools.SucceedAsync(
                        "openssl",
                        folder.Path,
                        "ts",
                        "-reply",
                        "-config",
                        "tsa.cnf",
                        "-section",
                        "tsa",
                        "-queryfile",
                        "query.tsq",
                        "-out",
                        "reply.tsr"
                    );
                    answer = await File.ReadAllBytesAsync(Path.Combine(folder.Path, "reply.tsr"), cancellationToken);
                    status = "200 OK";
                }

                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n"
                    ),
                    cancellationToken
                );
                await stream.WriteAsync(answer, cancellationToken);
            }
        }
        catch (OperationCanceledException) { }
    }

    private static async Task<(string Path, byte[] Body)> RequestAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var length = lines
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture))
            .Single();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return (lines[0].Split(' ')[1], body);
    }
}
