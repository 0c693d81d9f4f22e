using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Evidence;

/// <summary>Whatever is done to a pack is named for what it is.</summary>
public sealed class Verification(Packs packs) : IClassFixture<Packs>
{
    private static readonly Dictionary<string, Action<Packs.Copy>> Deeds = new(StringComparer.Ordinal)
    {
        ["flip"] = copy =>
        {
            var bytes = File.ReadAllBytes(copy[0, "population.csv"]);
            bytes[^20] ^= 1;
            File.WriteAllBytes(copy[0, "population.csv"], bytes);
        },
        ["flip in the recording"] = copy => copy.Edit(0, "recording/recording.json", "format", "Format"),
        ["flip in the list"] = copy =>
        {
            var text = File.ReadAllText(copy[0, "SHA256SUMS"]);
            File.WriteAllText(copy[0, "SHA256SUMS"], (text[0] == '0' ? '1' : '0') + text[1..]);
        },
        ["delete"] = copy => File.Delete(copy[0, "controls.csv"]),
        ["delete the list"] = copy => File.Delete(copy[0, "SHA256SUMS"]),
        ["add"] = copy => File.WriteAllText(copy[0, "recording/note.txt"], "all is well"),
        ["rename"] = copy => File.Move(copy[0, "rules.json"], copy[0, "rules-2.json"]),
        ["link"] = copy =>
        {
            File.Move(copy[0, "report.html"], copy[0, "../../report.html"]);
            File.CreateSymbolicLink(copy[0, "report.html"], copy[0, "../../report.html"]);
        },
        ["linked folder"] = copy => Directory.CreateSymbolicLink(copy[0, "more"], "/etc"),
        ["path escape"] = copy =>
        {
            File.WriteAllText(copy[0, "../outside.txt"], "outside");
            File.AppendAllText(
                copy[0, "SHA256SUMS"],
                $"{Convert.ToHexStringLower(SHA256.HashData("outside"u8))}  ../outside.txt\n{new string('0', 64)}  /etc/passwd\n"
            );
            copy.SignList(0);
        },
        ["swapped key"] = copy =>
        {
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            copy.Edit(0, "README.txt", "Evidence", "evidence");
            copy.Sign(0, other);
        },
        ["swapped enclosed key"] = copy =>
        {
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(copy[0, "signatures/auditor.pub"], other.ExportSubjectPublicKeyInfoPem());
        },
        ["dropped signature"] = copy => File.Delete(copy[0, "signatures/evidence.sigstore.json"]),
        ["emptied signature"] = copy => Bundle(copy, bundle => bundle["dsseEnvelope"]!["signatures"] = new JsonArray()),
        ["changed statement"] = copy =>
            Bundle(
                copy,
                bundle =>
                {
                    var payload = Encoding.UTF8.GetString(Convert.FromBase64String((string)bundle["dsseEnvelope"]!["payload"]!));
                    bundle["dsseEnvelope"]!["payload"] = Convert.ToBase64String(
                        Encoding.UTF8.GetBytes(payload.Replace("\"exitCode\":1", "\"exitCode\":0", StringComparison.Ordinal))
                    );
                }
            ),
        ["edited counts"] = copy =>
        {
            Count(copy, "population-summary.json", summary => summary["objects"]![0]!, "count");
            copy.Sign(0);
        },
        ["edited list"] = copy =>
        {
            Count(copy, "population-summary.json", summary => summary["lists"]![0]!, "collected");
            copy.Sign(0);
        },
        ["edited judgements"] = copy =>
        {
            Count(copy, "population-summary.json", summary => summary["judgements"]![0]!, "subjects");
            copy.Sign(0);
        },
        ["edited result"] = copy =>
        {
            Count(copy, "run.json", run => run["counts"]!, "error");
            copy.Sign(0);
        },
        ["removed judgement"] = copy =>
        {
            var lines = File.ReadAllLines(copy[0, "results.ndjson"]);
            File.WriteAllText(copy[0, "results.ndjson"], string.Join('\n', lines[..^1]) + "\n");
            copy.Sign(0);
        },
        ["removed object"] = copy =>
        {
            var lines = File.ReadAllLines(copy[0, "snapshots/entities.ndjson"]);
            File.WriteAllText(copy[0, "snapshots/entities.ndjson"], string.Join('\n', lines[..^1]) + "\n");
            copy.Sign(0);
        },
        ["edited object"] = copy =>
        {
            copy.Edit(0, "snapshots/entities.ndjson", "\"settings\"", "\"Settings\"");
            copy.Sign(0);
        },
        ["unlisted"] = copy =>
        {
            File.Delete(copy[0, "changes.json"]);
            copy.Sign(0);
        },
        ["unreadable run"] = copy =>
        {
            copy.Edit(0, "audit-run.json", "\"auditorRun\":1", "\"auditorRun\":9");
            copy.Sign(0);
        },
        ["broken chain"] = copy =>
        {
            copy.Edit(0, "README.txt", "Evidence", "evidence");
            copy.Sign(0);
        },
        ["sequence"] = copy =>
        {
            copy.Edit(1, "run.json", "\"sequence\": 2", "\"sequence\": 4");
            copy.Sign(1);
        },
        ["lost beginning"] = copy => Directory.Delete(Path.GetDirectoryName(copy[0, "run.json"])!, recursive: true),
        ["same number"] = copy =>
        {
            copy.Edit(1, "run.json", "\"sequence\": 2", "\"sequence\": 1");
            copy.Sign(1);
        },
    };

    /// <summary>What is done, and every fault that it has to give: the pack, the code, the file. No other may be given.</summary>
    public static TheoryData<string, string[]> Matrix =>
        new()
        {
            { "flip", ["0 file-changed population.csv"] },
            { "flip in the recording", ["0 file-changed recording/recording.json"] },
            { "flip in the list", ["0 file-changed README.txt", "0 sums-changed SHA256SUMS", "1 chain-broken run.json"] },
            { "delete", ["0 file-missing controls.csv"] },
            { "delete the list", ["0 sums-missing SHA256SUMS"] },
            { "add", ["0 file-extra recording/note.txt"] },
            { "rename", ["0 file-renamed rules.json"] },
            { "link", ["0 file-missing report.html", "0 not-a-file report.html"] },
            { "linked folder", ["0 not-a-file more"] },
            { "path escape", ["0 path-escape ../outside.txt", "0 path-escape /etc/passwd", "1 chain-broken run.json"] },
            {
                "swapped key",
                ["0 key-differs signatures/auditor.pub", "0 signature-wrong signatures/evidence.sigstore.json", "1 chain-broken run.json"]
            },
            { "swapped enclosed key", ["0 key-differs signatures/auditor.pub"] },
            { "dropped signature", ["0 signature-missing signatures/evidence.sigstore.json"] },
            { "emptied signature", ["0 signature-damaged signatures/evidence.sigstore.json"] },
            { "changed statement", ["0 signature-wrong signatures/evidence.sigstore.json"] },
            { "edited counts", ["0 count-differs population.csv", "1 chain-broken run.json"] },
            { "edited list", ["0 count-differs population-summary.json", "1 chain-broken run.json"] },
            { "edited judgements", ["0 count-differs results.ndjson", "1 chain-broken run.json"] },
            { "edited result", ["0 count-differs run.json", "1 chain-broken run.json"] },
            { "removed judgement", ["0 count-differs results.ndjson", "0 count-differs results.ndjson", "1 chain-broken run.json"] },
            { "removed object", ["0 count-differs population.csv", "1 chain-broken run.json"] },
            { "edited object", ["0 count-differs population.csv", "1 chain-broken run.json"] },
            { "unlisted", ["0 file-unlisted changes.json", "1 chain-broken run.json"] },
            { "unreadable run", ["0 form audit-run.json", "1 chain-broken run.json"] },
            { "broken chain", ["1 chain-broken run.json"] },
            { "sequence", ["1 sequence run.json"] },
            { "lost beginning", ["1 sequence run.json"] },
            { "same number", ["1 sequence run.json", "1 sequence run.json"] },
        };

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task What_was_done_is_named_and_nothing_else(string deed, string[] faults)
    {
        using var copy = packs.Spoil();
        Deeds[deed](copy);
        var run = await AuditorProgram.RunAsync(copy.Folder, ["evidence", "verify", ".", "--key", packs.PublicKey, "--format", "json"]);
        Assert.Equal((1, ""), (run.Code, run.Error));
        var found = JsonDocument
            .Parse(run.Output)
            .RootElement.GetProperty("packs")
            .EnumerateArray()
            .SelectMany(pack =>
                pack.GetProperty("faults")
                    .EnumerateArray()
                    .Select(fault =>
                        $"{Array.IndexOf(packs.Names, pack.GetProperty("pack").GetString())} {fault.GetProperty("code").GetString()} {fault.GetProperty("path").GetString()}"
                    )
            )
            .Order(StringComparer.Ordinal);
        Assert.Equal(faults, found);
    }

    [Fact]
    public void Every_deed_is_in_the_matrix() =>
        Assert.Equal(Deeds.Keys.Order(StringComparer.Ordinal), Matrix.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_chain_that_nobody_touched_is_verified()
    {
        Assert.Equal((1, ""), (packs.Runs[0].Code, packs.Runs[0].Error));
        Assert.Equal((0, ""), (packs.Runs[1].Code, packs.Runs[1].Error));
        var run = await AuditorProgram.RunAsync(packs.Folder, ["evidence", "verify", "packs", "--key", "known.pub"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.All(packs.Names, name => Assert.Contains(name + ": verified\n", run.Output, StringComparison.Ordinal));

        // Without a key from elsewhere it says what that is worth, and a pack alone says which one it does not see.
        var alone = await AuditorProgram.RunAsync(packs.Folder, ["evidence", "verify", Path.Combine("packs", packs.Names[1])]);
        Assert.Equal(0, alone.Code);
        Assert.Contains("proves only that nothing changed since somebody signed", alone.Output, StringComparison.Ordinal);
        Assert.Contains("It follows a pack that was not given", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_without_its_beginning_says_which_number_is_missing()
    {
        using var copy = packs.Spoil();
        Deeds["lost beginning"](copy);
        foreach (
            string[] given in (string[][])
                [
                    ["."],
                    [packs.Names[1], packs.Names[1]],
                ]
        )
        {
            var run = await AuditorProgram.RunAsync(copy.Folder, ["evidence", "verify", .. given, "--key", packs.PublicKey]);
            Assert.Equal((1, ""), (run.Code, run.Error));
            Assert.Contains("has number 2 and follows a pack that is not here: number 1 is missing.", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Others_verify_it_with_their_own_programs()
    {
        var pack = packs.Pack(0);
        await Tools.SucceedAsync("sha256sum", pack, "--check", "--strict", "--quiet", "SHA256SUMS");

        // openssl knows nothing of envelopes: what is signed is put together by hand.
        using var copy = new TemporaryFolder();
        var envelope = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(pack, "signatures/evidence.sigstore.json"), TestContext.Current.CancellationToken)
        )!["dsseEnvelope"]!;
        var payload = Convert.FromBase64String((string)envelope["payload"]!);
        copy.Write("signed", [.. Encoding.UTF8.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {payload.Length} "), .. payload]);
        copy.Write("signature", Convert.FromBase64String((string)envelope["signatures"]![0]!["sig"]!));
        await Tools.SucceedAsync("openssl", copy.Path, "dgst", "-sha256", "-verify", packs.PublicKey, "-signature", "signature", "signed");
        var statement = JsonNode.Parse(payload)!;
        Assert.Equal(
            Convert.ToHexStringLower(
                SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(pack, "SHA256SUMS"), TestContext.Current.CancellationToken))
            ),
            (string)statement["subject"]![0]!["digest"]!["sha256"]!
        );
    }

    [Fact]
    public async Task Sigstores_verifier_takes_the_bundle_and_no_other()
    {
        var (code, output, error) = await Tools.SigstoreAsync(
            Path.Combine(packs.Pack(0), "signatures/evidence.sigstore.json"),
            packs.PublicKey
        );
        Assert.True(code == 0, error);
        Assert.Equal("https://in-toto.io/Statement/v1", (string)JsonNode.Parse(output)!["_type"]!);
        using var copy = packs.Spoil();
        Deeds["changed statement"](copy);
        Assert.Equal(1, (await Tools.SigstoreAsync(copy[0, "signatures/evidence.sigstore.json"], packs.PublicKey)).Code);
    }

    private static void Bundle(Packs.Copy copy, Action<JsonNode> change)
    {
        var file = copy[0, "signatures/evidence.sigstore.json"];
        var bundle = JsonNode.Parse(File.ReadAllText(file))!;
        change(bundle);
        File.WriteAllText(file, bundle.ToJsonString());
    }

    private static void Count(Packs.Copy copy, string path, Func<JsonNode, JsonNode> entry, string number)
    {
        var document = JsonNode.Parse(File.ReadAllText(copy[0, path]))!;
        var counted = entry(document);
        counted[number] = (int)counted[number]! + 1;
        File.WriteAllText(copy[0, path], document.ToJsonString());
    }
}
