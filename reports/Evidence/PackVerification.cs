using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Engine.Runs;

namespace Auditor.Reports.Evidence;

/// <summary>A pack as it lies in a folder.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Files">The regular files by path.</param>
/// <param name="Strangers">What is neither a regular file nor a folder, by path, with what it is: <c>a link</c>.</param>
public sealed record PackFiles(string Name, IReadOnlyDictionary<string, byte[]> Files, IReadOnlyDictionary<string, string> Strangers);

/// <summary>Something that is wrong with a pack.</summary>
/// <param name="Code">A stable word: <c>file-changed</c>.</param>
/// <param name="Path">The file; empty when it is about the pack.</param>
/// <param name="Text">One sentence.</param>
public sealed record PackFault(string Code, string Path, string Text);

/// <summary>What a verification found.</summary>
/// <param name="Pack">The pack's name.</param>
/// <param name="Faults">What is wrong, in the order in which it was looked at; empty when nothing is.</param>
/// <param name="Remarks">What is not wrong and has to be known: which key was used, what was not looked at.</param>
/// <param name="Identity">Which run it is; null when that cannot be read.</param>
public sealed record PackVerdict(string Pack, ImmutableArray<PackFault> Faults, ImmutableArray<string> Remarks, PackIdentity? Identity);

/// <summary>Which run a pack is of.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Sequence">The number in the chain.</param>
/// <param name="Previous">The digest of the pack before; null for the first.</param>
/// <param name="Sums">The digest of the pack's own list of checksums.</param>
/// <param name="Started">When the run began.</param>
public sealed record PackIdentity(string RunId, int Sequence, string? Previous, string Sums, DateTimeOffset Started);

/// <summary>
/// Verifies a pack: the signature, the list that was signed, every file of the list and none besides, the numbers that have to agree, and the form of what other programs read.
/// </summary>
/// <param name="pack">The pack.</param>
/// <param name="key">The public key as it is known from elsewhere; null to use the copy in the pack.</param>
/// <param name="timestampOf">Says when a signature was seen by a time stamp authority, or throws a <see cref="FormatException"/> that says why its token proves nothing; null when nobody asks.</param>
public sealed class PackVerification(PackFiles pack, ECDsa? key, Func<byte[], byte[], DateTimeOffset>? timestampOf)
{
    private readonly List<PackFault> faults = [];
    private readonly List<string> remarks = [];

    /// <summary>Verifies it.</summary>
    public PackVerdict Verify()
    {
        foreach (var (path, what) in pack.Strangers.OrderBy(stranger => stranger.Key, StringComparer.Ordinal))
        {
            Fault("not-a-file", path, $"is {what}, and a pack holds nothing but files.");
        }

        var sums = pack.Files.GetValueOrDefault(ChecksumList.FileName);
        Signature(sums);
        if (sums is null)
        {
            Fault("sums-missing", ChecksumList.FileName, "is missing, so that no file can be checked.");
        }
        else
        {
            Sums(sums);
        }

        var identity = sums is null ? null : Identity(sums);
        if (!faults.Exists(fault => fault.Code is "file-missing" or "file-renamed"))
        {
            new PackConsistency(pack, Fault).Check();
        }

        return new PackVerdict(pack.Name, [.. faults], [.. remarks], identity);
    }

    private void Fault(string code, string path, string text) => faults.Add(new PackFault(code, path, text));

    private void Signature(byte[]? sums)
    {
        if (!pack.Files.TryGetValue(EvidenceStatement.FileName, out var bundle))
        {
            Fault("signature-missing", EvidenceStatement.FileName, "is missing: the pack is not signed.");
            return;
        }

        SignedStatement signed;
        try
        {
            signed = EvidenceStatement.Open(bundle);
        }
        catch (FormatException e)
        {
            Fault("signature-damaged", EvidenceStatement.FileName, $"cannot be used: {e.Message}.");
            return;
        }

        using var enclosed = Enclosed();
        if (key is not null && enclosed is not null && EvidenceStatement.KeyId(enclosed) != EvidenceStatement.KeyId(key))
        {
            Fault(
                "key-differs",
                EvidenceStatement.KeyFileName,
                $"is another key ({EvidenceStatement.KeyId(enclosed)[..16]}…) than the one given ({EvidenceStatement.KeyId(key)[..16]}…)."
            );
        }

        if ((key ?? enclosed) is not { } used)
        {
            Fault("key-missing", EvidenceStatement.KeyFileName, "is missing, and no key was given.");
            return;
        }

        if (key is null)
        {
            remarks.Add(
                "The key that the pack encloses was used: that proves only that nothing changed since somebody signed. Give the key as you know it from elsewhere with --key."
            );
        }

        if (!signed.IsSignedBy(used))
        {
            Fault(
                "signature-wrong",
                EvidenceStatement.FileName,
                signed.KeyId == EvidenceStatement.KeyId(used)
                    ? "holds a signature that does not belong to its statement."
                    : $"is signed with another key ({Short(signed.KeyId)}) than the one {(key is null ? "enclosed" : "given")} ({Short(EvidenceStatement.KeyId(used))})."
            );
            return;
        }

        remarks.Add($"Signed with the key {EvidenceStatement.KeyId(used)}.");
        if (sums is not null && ChecksumList.Digest(sums) != signed.Claims.Sums)
        {
            Fault("sums-changed", ChecksumList.FileName, "is not the list that was signed.");
        }

        if (pack.Files.TryGetValue(EvidencePack.RunName, out var run) && !SameJson(run, signed.Claims.Run))
        {
            Fault("statement-differs", EvidencePack.RunName, "says something else than the statement that was signed.");
        }

        Timestamp(signed);
    }

    private void Timestamp(SignedStatement signed)
    {
        if (timestampOf is null)
        {
            if (signed.Timestamp is not null)
            {
                remarks.Add("The time stamp was not looked at: give the certificate of its authority with --timestamp-ca.");
            }

            return;
        }

        if (signed.Timestamp is not { } stamp)
        {
            Fault("timestamp-missing", EvidenceStatement.FileName, "holds no time stamp.");
            return;
        }

        try
        {
            var time = timestampOf(stamp.ToArray(), signed.Signature.ToArray());
            remarks.Add(string.Create(CultureInfo.InvariantCulture, $"Signed not later than {time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."));
        }
        catch (FormatException e)
        {
            Fault("timestamp-wrong", EvidenceStatement.FileName, $"holds a time stamp that proves nothing: {e.Message}.");
        }
    }

    private ECDsa? Enclosed()
    {
        if (!pack.Files.TryGetValue(EvidenceStatement.KeyFileName, out var pem))
        {
            return null;
        }

        var enclosed = ECDsa.Create();
        try
        {
            enclosed.ImportFromPem(Encoding.UTF8.GetString(pem));
            if (EvidenceStatement.Fits(enclosed))
            {
                return enclosed;
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException) { }

        enclosed.Dispose();
        Fault("key-damaged", EvidenceStatement.KeyFileName, "is no public key on P-256.");
        return null;
    }

    private void Sums(byte[] sums)
    {
        if (ChecksumList.Read(sums) is not { } entries)
        {
            Fault("sums-malformed", ChecksumList.FileName, "is no list of SHA-256 checksums.");
            return;
        }

        foreach (var (path, _) in entries.Where(entry => !ChecksumList.IsInside(entry.Path)))
        {
            Fault("path-escape", path, $"is listed in {ChecksumList.FileName} and lies outside of the pack; it was not looked at.");
        }

        foreach (var twice in entries.GroupBy(entry => entry.Path, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            Fault("sums-malformed", twice.Key, $"is listed twice in {ChecksumList.FileName}.");
        }

        var listed = entries
            .Where(entry => ChecksumList.IsInside(entry.Path))
            .GroupBy(entry => entry.Path, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Sha256, StringComparer.Ordinal);
        var extra = pack
            .Files.Where(file => !listed.ContainsKey(file.Key) && !IsBesideTheList(file.Key))
            .OrderBy(file => file.Key, StringComparer.Ordinal)
            .ToDictionary(file => file.Key, file => ChecksumList.Digest(file.Value), StringComparer.Ordinal);
        foreach (var (path, digest) in listed.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (pack.Files.TryGetValue(path, out var content))
            {
                if (ChecksumList.Digest(content) != digest)
                {
                    Fault("file-changed", path, "was changed.");
                }
            }
            else if (extra.FirstOrDefault(file => file.Value == digest).Key is { } renamed)
            {
                extra.Remove(renamed);
                Fault("file-renamed", path, $"was renamed to '{renamed}'.");
            }
            else
            {
                Fault("file-missing", path, "is missing.");
            }
        }

        foreach (var path in extra.Keys)
        {
            Fault("file-extra", path, "was added.");
        }

        foreach (var path in EvidencePack.Required.Where(path => !listed.ContainsKey(path)))
        {
            Fault("file-unlisted", path, $"is not listed in {ChecksumList.FileName}, although every pack has it.");
        }
    }

    private static bool IsBesideTheList(string path) =>
        path is ChecksumList.FileName or EvidenceStatement.FileName or EvidenceStatement.KeyFileName or EvidenceStatement.TimestampFileName;

    private PackIdentity? Identity(byte[] sums)
    {
        if (!pack.Files.TryGetValue(EvidencePack.RunName, out var run))
        {
            return null;
        }

        try
        {
            return Read(run, ChecksumList.Digest(sums));
        }
        catch (FormatException)
        {
            Fault("form", EvidencePack.RunName, "does not say which run it is.");
            return null;
        }
    }

    /// <summary>Which run a <c>run.json</c> is of.</summary>
    /// <exception cref="FormatException">It does not say.</exception>
    public static PackIdentity Read(byte[] run, string sums)
    {
        try
        {
            using var document = JsonDocument.Parse(run);
            var root = document.RootElement;
            var previous = root.GetProperty("previous");
            return new PackIdentity(
                root.GetProperty("runId").GetString() ?? throw new FormatException(),
                root.GetProperty("sequence").GetInt32(),
                previous.ValueKind == JsonValueKind.Null ? null : previous.GetProperty("sha256").GetString(),
                sums,
                root.GetProperty("started").GetDateTimeOffset()
            );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it does not say which run it is", e);
        }
    }

    private static bool SameJson(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right)
    {
        try
        {
            using var one = JsonDocument.Parse(left);
            using var other = JsonDocument.Parse(right);
            return JsonElement.DeepEquals(one.RootElement, other.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Short(string keyId) => keyId.Length > 16 ? keyId[..16] + "…" : keyId;
}
