using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;

namespace Auditor.Reports.Sarif;

/// <summary>Who reads the log.</summary>
public enum SarifProfile
{
    /// <summary>Everything that the run knows.</summary>
    Full,

    /// <summary>What GitHub code scanning accepts and shows: failures that count, worst first, within its limits.</summary>
    GitHub,
}

/// <summary>What a SARIF log holds.</summary>
/// <param name="Profile">Who reads it.</param>
/// <param name="NotApplicable">Whether the full profile also lists the subjects that a rule has nothing to say about.</param>
public sealed record SarifOptions(SarifProfile Profile = SarifProfile.Full, bool NotApplicable = false);

/// <summary>
/// The SARIF 2.1.0 log of a run (OASIS, Static Analysis Results Interchange Format 2.1.0). The same run gives the same bytes: a time is in it only where the run has
/// one, and nothing is random.
/// </summary>
public static class SarifReport
{
    /// <summary>The results that GitHub accepts in a run; it shows the first 5,000 (GitHub docs, "SARIF support for code scanning", 2026-07).</summary>
    public const int MaxGitHubResults = 25_000;

    /// <summary>The size of a log that GitHub accepts, compressed, in bytes.</summary>
    public const int MaxGitHubBytes = 10 * 1024 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Default,
    };

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run, SarifOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Profile == SarifProfile.Full)
        {
            return Write(run, options, int.MaxValue);
        }

        var most = Math.Min(MaxGitHubResults, run.Findings.Count(finding => finding.IsLive));
        var log = Write(run, options, most);
        while (Compressed(log) is > MaxGitHubBytes and var size && most > 0)
        {
            // Findings are ordered by severity, so what is cut is what matters least.
            most = (int)Math.Min(most - 1L, most * 0.9 * MaxGitHubBytes / size);
            log = Write(run, options, most);
        }

        return log;
    }

    private static byte[] Write(AuditRun run, SarifOptions options, int most)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            new SarifLog(json, run, options, most).Write();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static long Compressed(byte[] log)
    {
        using var counted = new MemoryStream();
        using (var zip = new GZipStream(counted, CompressionLevel.Optimal, leaveOpen: true))
        {
            zip.Write(log);
        }

        return counted.Length;
    }
}
