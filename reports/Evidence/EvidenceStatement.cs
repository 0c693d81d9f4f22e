using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Auditor.Reports.Evidence;

/// <summary>
/// The signed statement about a pack: an in-toto statement (in-toto Attestation Framework, Statement v1) in a DSSE envelope (secure-systems-lab/dsse, v1.0) in a Sigstore bundle
/// (sigstore/protobuf-specs, bundle v0.3), signed with ECDSA on P-256. Verifiers of Sigstore bundles verify it with a public key, without a transparency log.
/// </summary>
public static class EvidenceStatement
{
    /// <summary>The bundle's place in a pack.</summary>
    public const string FileName = "signatures/evidence.sigstore.json";

    /// <summary>The place of the public key in a pack. It is a convenience: a key that proves something comes from elsewhere.</summary>
    public const string KeyFileName = "signatures/auditor.pub";

    /// <summary>The place of the time stamp authority's response in a pack.</summary>
    public const string TimestampFileName = "signatures/evidence.tsr";

    /// <summary>What the statement is about.</summary>
    public const string PredicateType = "urn:auditor:evidence-pack:v1";

    private const string PayloadType = "application/vnd.in-toto+json";
    private const string StatementType = "https://in-toto.io/Statement/v1";
    private const string BundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The statement about a pack.</summary>
    /// <param name="sums">The list of checksums.</param>
    /// <param name="run">The pack's <c>run.json</c>: the statement repeats it.</param>
    public static byte[] Write(byte[] sums, byte[] run)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("_type", StatementType);
            json.WriteStartArray("subject");
            json.WriteStartObject();
            json.WriteString("name", ChecksumList.FileName);
            json.WriteStartObject("digest");
            json.WriteString("sha256", ChecksumList.Digest(sums));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("predicateType", PredicateType);
            json.WritePropertyName("predicate");
            using var document = JsonDocument.Parse(run);
            document.RootElement.WriteTo(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What is signed: the pre-authentication encoding of a statement (DSSE, "protocol").</summary>
    public static byte[] Encoded(ReadOnlySpan<byte> statement) =>
        [
            .. Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {PayloadType.Length} {PayloadType} {statement.Length} ")
            ),
            .. statement,
        ];

    /// <summary>The bundle.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="signature">The signature of <see cref="Encoded"/>, in DER.</param>
    /// <param name="key">The public key.</param>
    /// <param name="timestamp">The response of a time stamp authority about the signature; null when none was asked.</param>
    public static byte[] Bundle(byte[] statement, byte[] signature, ECDsa key, byte[]? timestamp)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options with { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("mediaType", BundleType);
            json.WriteStartObject("verificationMaterial");
            json.WriteStartObject("publicKey");
            json.WriteString("hint", KeyId(key));
            json.WriteEndObject();
            json.WriteStartArray("tlogEntries");
            json.WriteEndArray();
            if (timestamp is not null)
            {
                json.WriteStartObject("timestampVerificationData");
                json.WriteStartArray("rfc3161Timestamps");
                json.WriteStartObject();
                json.WriteBase64String("signedTimestamp", timestamp);
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartObject("dsseEnvelope");
            json.WriteBase64String("payload", statement);
            json.WriteString("payloadType", PayloadType);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteBase64String("sig", signature);
            json.WriteString("keyid", "");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>The name of a key: the SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.</summary>
    public static string KeyId(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return ChecksumList.Digest(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Whether a key can sign or verify statements: elliptic, on P-256.</summary>
    public static bool Fits(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.KeySize == 256 && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == "1.2.840.10045.3.1.7";
    }

    /// <summary>Opens a bundle.</summary>
    /// <exception cref="FormatException">It is no such bundle; the message is a clause that says why.</exception>
    public static SignedStatement Open(byte[] bundle)
    {
        try
        {
            using var document = JsonDocument.Parse(bundle);
            var root = document.RootElement;
            if (root.GetProperty("mediaType").GetString() != BundleType)
            {
                throw new FormatException("it is no Sigstore bundle of version 0.3");
            }

            var envelope = root.GetProperty("dsseEnvelope");
            if (envelope.GetProperty("payloadType").GetString() != PayloadType)
            {
                throw new FormatException("it holds no in-toto statement");
            }

            var signatures = envelope.GetProperty("signatures");
            if (signatures.GetArrayLength() == 0)
            {
                throw new FormatException("its signature is missing");
            }

            var statement = envelope.GetProperty("payload").GetBytesFromBase64();
            var material = root.GetProperty("verificationMaterial");
            return new SignedStatement(
                statement,
                signatures[0].GetProperty("sig").GetBytesFromBase64(),
                material.GetProperty("publicKey").GetProperty("hint").GetString() ?? "",
                material.TryGetProperty("timestampVerificationData", out var times)
                && times.GetProperty("rfc3161Timestamps") is { } tokens
                && tokens.GetArrayLength() > 0
                    ? (ReadOnlyMemory<byte>?)tokens[0].GetProperty("signedTimestamp").GetBytesFromBase64()
                    : null,
                Claims(statement)
            );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it is damaged", e);
        }
    }

    private static StatementClaims Claims(byte[] statement)
    {
        using var document = JsonDocument.Parse(statement);
        var root = document.RootElement;
        if (root.GetProperty("_type").GetString() != StatementType || root.GetProperty("predicateType").GetString() != PredicateType)
        {
            throw new FormatException("its statement is about something else");
        }

        var subject = root.GetProperty("subject");
        return subject.GetArrayLength() == 1 && subject[0].GetProperty("name").GetString() == ChecksumList.FileName
            ? new StatementClaims(
                subject[0].GetProperty("digest").GetProperty("sha256").GetString() ?? "",
                Encoding.UTF8.GetBytes(root.GetProperty("predicate").GetRawText())
            )
            : throw new FormatException("its statement is about something else");
    }
}

/// <summary>A bundle that was opened; nothing is verified yet.</summary>
/// <param name="Statement">The statement as it was signed.</param>
/// <param name="Signature">The signature, in DER.</param>
/// <param name="KeyId">The name of the key that it is said to be made with.</param>
/// <param name="Timestamp">The response of a time stamp authority; null when there is none.</param>
/// <param name="Claims">What the statement says.</param>
public sealed record SignedStatement(
    ReadOnlyMemory<byte> Statement,
    ReadOnlyMemory<byte> Signature,
    string KeyId,
    ReadOnlyMemory<byte>? Timestamp,
    StatementClaims Claims
)
{
    /// <summary>Whether the signature is that of the key.</summary>
    public bool IsSignedBy(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.VerifyData(
            EvidenceStatement.Encoded(Statement.Span),
            Signature.Span,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
    }
}

/// <summary>What a statement says.</summary>
/// <param name="Sums">The SHA-256 of the list of checksums.</param>
/// <param name="Run">The pack's <c>run.json</c>, as it was signed.</param>
public sealed record StatementClaims(string Sums, ReadOnlyMemory<byte> Run);
