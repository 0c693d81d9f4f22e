using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Evidence;

/// <summary>Two packs of an estate, one after the other, made once by the real program.</summary>
public sealed class Packs : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The folder of everything.</summary>
    public string Folder => folder.Path;

    /// <summary>The public key, as it is known from elsewhere.</summary>
    public string PublicKey => Path.Combine(folder.Path, "known.pub");

    /// <summary>The private key.</summary>
    public string PrivateKey => Path.Combine(folder.Path, "key.pem");

    /// <summary>The names of the packs, in their order.</summary>
    public string[] Names { get; private set; } = [];

    /// <summary>How the runs of the program ended.</summary>
    internal Run[] Runs { get; private set; } = [];

    /// <summary>A pack.</summary>
    public string Pack(int index) => Path.Combine(folder.Path, "packs", Names[index]);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        folder.Write("key.pem", key.ExportECPrivateKeyPem());
        folder.Write("known.pub", key.ExportSubjectPublicKeyInfoPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(PrivateKey, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.SetUnixFileMode(PublicKey, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Inputs.TrailingSlash().WriteTo(Path.Combine(folder.Path, "first"));
        Estate.Load("acme").WriteTo(Path.Combine(folder.Path, "second"));
        Runs =
        [
            await AuditorProgram.RunAsync(folder.Path, ["evidence", "pack", "first", "--out", "packs", "--key", "key.pem", "--oscal"]),
            await AuditorProgram.RunAsync(
                folder.Path,
                ["evidence", "pack", "second", "--out", "packs"],
                new Dictionary<string, string> { ["AUDITOR_EVIDENCE_KEY"] = key.ExportPkcs8PrivateKeyPem(), ["USER"] = "nightly" }
            ),
        ];
        Names = [.. Runs.Select(run => Path.GetFileName(run.Output.TrimEnd('\n')))];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        key.Dispose();
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A copy of the packs that may be spoiled.</summary>
    internal Copy Spoil()
    {
        var copy = new TemporaryFolder(inMemory: true);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder.Path, "packs"), "*", SearchOption.AllDirectories))
        {
            copy.Write(Path.GetRelativePath(folder.Path, file), File.ReadAllBytes(file));
        }

        return new Copy(copy, Names, key);
    }

    /// <summary>A copy of the packs.</summary>
    internal sealed class Copy(TemporaryFolder folder, string[] names, ECDsa key) : IDisposable
    {
        /// <summary>The folder of the packs.</summary>
        public string Folder => Path.Combine(folder.Path, "packs");

        /// <summary>A file of a pack.</summary>
        public string this[int pack, string path] => Path.Combine(Folder, names[pack], path);

        /// <summary>Changes a text of a pack.</summary>
        public void Edit(int pack, string path, string from, string to)
        {
            var text = File.ReadAllText(this[pack, path]);
            Assert.Contains(from, text, StringComparison.Ordinal);
            var at = text.IndexOf(from, StringComparison.Ordinal);
            File.WriteAllText(this[pack, path], text[..at] + to + text[(at + from.Length)..]);
        }

        /// <summary>
        /// Makes the list of checksums and the signature anew, as whoever has the key could: with the words of the formats, and not with those of the program.
        /// </summary>
        public void Sign(int pack, ECDsa? other = null)
        {
            var root = Path.Combine(Folder, names[pack]);
            var lines = Directory
                .EnumerateFiles(root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file))
                .Where(path => path != "SHA256SUMS" && !path.StartsWith("signatures/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(path => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, path))))}  {path}\n");
            File.WriteAllText(this[pack, "SHA256SUMS"], string.Concat(lines));
            SignList(pack, other);
        }

        /// <summary>Signs the list of checksums as it is.</summary>
        public void SignList(int pack, ECDsa? other = null)
        {
            var signer = other ?? key;
            var file = this[pack, "signatures/evidence.sigstore.json"];
            var bundle = JsonNode.Parse(File.ReadAllText(file))!;
            var statement = JsonNode.Parse(Convert.FromBase64String((string)bundle["dsseEnvelope"]!["payload"]!))!;
            statement["subject"]![0]!["digest"]!["sha256"] = Convert.ToHexStringLower(
                SHA256.HashData(File.ReadAllBytes(this[pack, "SHA256SUMS"]))
            );
            statement["predicate"] = JsonNode.Parse(File.ReadAllText(this[pack, "run.json"]));
            var payload = Encoding.UTF8.GetBytes(statement.ToJsonString());
            byte[] signed = [.. Encoding.UTF8.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {payload.Length} "), .. payload];
            bundle["dsseEnvelope"]!["payload"] = Convert.ToBase64String(payload);
            bundle["dsseEnvelope"]!["signatures"]![0]!["sig"] = Convert.ToBase64String(
                signer.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            );
            bundle["verificationMaterial"]!["publicKey"]!["hint"] = Convert.ToHexStringLower(
                SHA256.HashData(signer.ExportSubjectPublicKeyInfo())
            );
            File.WriteAllText(file, bundle.ToJsonString());
            File.WriteAllText(this[pack, "signatures/auditor.pub"], signer.ExportSubjectPublicKeyInfoPem());
        }

        /// <inheritdoc/>
        public void Dispose() => folder.Dispose();
    }
}
