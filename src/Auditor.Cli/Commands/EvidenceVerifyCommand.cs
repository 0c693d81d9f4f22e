using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.Cli.Evidence;
using Auditor.Cli.Output;
using Auditor.Reports;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor evidence verify PACK…</c>: says of packs exactly what is wrong with them.</summary>
internal static class EvidenceVerifyCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var packs = new Argument<string[]>("PACK")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "A pack, or a folder of packs. Several are verified as one chain.",
        };
        var key = new Option<string?>("--key") { Description = "The public key as you know it from elsewhere, PEM.", HelpName = "FILE" };
        var authority = new Option<string?>("--timestamp-ca")
        {
            Description = "The certificates of the time stamp authority, PEM; every pack must then hold its time stamp.",
            HelpName = "FILE",
        };
        var format = Choice.Option("--format", "How the result is printed.", "text", "text", "json");
        var command = new Command("verify", "Verify the signature, every file, the numbers and the chain of packs, and name what is wrong.")
        {
            packs,
            key,
            authority,
            format,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                using var known = result.GetValue(key) is { } file ? PackSigner.PublicKeyOf(file, environment.WorkingFolder) : null;
                var authorities = result.GetValue(authority) is { } certificates
                    ? TimestampAuthority.Certificates(certificates, environment.WorkingFolder)
                    : null;
                var verdicts = new List<PackVerdict>();
                var (folders, isOneAlone) = Folders(result.GetValue(packs) ?? [], environment.WorkingFolder);
                foreach (var folder in folders)
                {
                    verdicts.Add(
                        new PackVerification(
                            await PackFolder.ReadAsync(folder, cancellationToken),
                            known,
                            authorities is null
                                ? null
                                : (response, signature) => TimestampAuthority.TimeOf(response, signature, authorities)
                        ).Verify()
                    );
                }

                var chained = Chained(verdicts, !isOneAlone);
                await environment.PrintAsync(
                    result.GetValue(format) == "json" ? Json(chained) : Encoding.UTF8.GetBytes(Text(chained)),
                    cancellationToken
                );
                return chained.TrueForAll(verdict => verdict.Faults.IsEmpty) ? ExitCode.Clean : ExitCode.Findings;
            }
        );
        return command;
    }

    // A pack that is named by itself is verified by itself; of a folder, or of several, the whole chain is.
    private static (List<string> Packs, bool IsOneAlone) Folders(string[] given, string workingFolder)
    {
        var folders = new List<string>();
        foreach (var path in given)
        {
            var full = Path.GetFullPath(path, workingFolder);
            if (!Directory.Exists(full))
            {
                throw new UsageException($"There is no pack '{path}'.");
            }

            if (PackFolder.IsOne(full))
            {
                folders.Add(full);
                continue;
            }

            var below = PackFolder.Below(full).ToList();
            if (below.Count == 0)
            {
                throw new UsageException($"'{path}' is no pack, and holds none.");
            }

            folders.AddRange(below);
        }

        return (folders, given is [var only] && PackFolder.IsOne(Path.GetFullPath(only, workingFolder)));
    }

    private static List<PackVerdict> Chained(List<PackVerdict> verdicts, bool fromItsBeginning)
    {
        var identified = verdicts
            .Where(verdict => verdict.Identity is not null)
            .Select(verdict => (verdict.Pack, verdict.Identity!))
            .ToList();
        var faults = PackChain
            .Check(identified, fromItsBeginning, verdicts.Count - identified.Count)
            .ToLookup(fault => fault.Pack, fault => fault.Fault, StringComparer.Ordinal);
        var first = identified.Count == 0 ? null : identified.MinBy(pack => pack.Item2.Sequence).Pack;
        return
        [
            .. verdicts
                .Select(verdict =>
                    verdict with
                    {
                        Faults = [.. verdict.Faults, .. faults[verdict.Pack]],
                        Remarks =
                            verdict.Pack == first && verdict.Identity?.Previous is { } before
                                ?
                                [
                                    .. verdict.Remarks,
                                    $"It follows a pack that was not given; the list of that one has the digest {before}.",
                                ]
                                : verdict.Remarks,
                    }
                )
                .OrderBy(verdict => verdict.Identity?.Sequence ?? int.MaxValue)
                .ThenBy(verdict => verdict.Pack, StringComparer.Ordinal),
        ];
    }

    private static string Text(List<PackVerdict> verdicts)
    {
        var text = new StringBuilder();
        foreach (var verdict in verdicts)
        {
            text.Append(Neutral.Line(verdict.Pack))
                .AppendLine(
                    CultureInfo.InvariantCulture,
                    $": {(verdict.Faults.IsEmpty ? "verified" : verdict.Faults.Length == 1 ? "1 fault" : $"{verdict.Faults.Length} faults")}"
                );
            foreach (var fault in verdict.Faults)
            {
                text.AppendLine(Neutral.Line($"  {fault.Code}: {(fault.Path.Length > 0 ? $"'{fault.Path}' " : "")}{fault.Text}"));
            }

            foreach (var remark in verdict.Remarks)
            {
                text.AppendLine(Neutral.Line("  " + remark));
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static byte[] Json(List<PackVerdict> verdicts)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteBoolean("verified", verdicts.TrueForAll(verdict => verdict.Faults.IsEmpty));
            json.WriteStartArray("packs");
            foreach (var verdict in verdicts)
            {
                json.WriteStartObject();
                json.WriteString("pack", verdict.Pack);
                if (verdict.Identity is { } identity)
                {
                    json.WriteString("runId", identity.RunId);
                    json.WriteNumber("sequence", identity.Sequence);
                    json.WriteString("started", identity.Started);
                    json.WriteString("sha256", identity.Sums);
                }

                json.WriteStartArray("faults");
                foreach (var fault in verdict.Faults)
                {
                    json.WriteStartObject();
                    json.WriteString("code", fault.Code);
                    json.WriteString("path", fault.Path);
                    json.WriteString("text", fault.Text);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteStartArray("remarks");
                foreach (var remark in verdict.Remarks)
                {
                    json.WriteStringValue(remark);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. stream.ToArray(), (byte)'\n'];
    }
}
