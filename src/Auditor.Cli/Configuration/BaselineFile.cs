using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Cli.Configuration;

/// <summary>
/// A baseline as a file: one finding a line, ordered by rule and fingerprint, so that a review shows what came in and what went. Nothing of an audited system is in it but the names and
/// messages that reports show.
/// </summary>
internal static class BaselineFile
{
    /// <summary>The name where none is given.</summary>
    public const string DefaultName = "auditor-baseline.json";

    private const string FormatKey = "auditorBaseline";
    private const long MaxSize = 64 * 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The baseline that a command line names; null when it names none.</summary>
    /// <exception cref="UsageException">There is no such file, or it is no baseline.</exception>
    public static Baseline? Find(string? file, string workingFolder) =>
        file is null ? null : Read(Path.GetFullPath(file, workingFolder), Audit.Shown(file, workingFolder));

    /// <summary>Reads a baseline.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shown">The file as messages name it.</param>
    /// <exception cref="UsageException">There is no such file, or it is no baseline.</exception>
    public static Baseline Read(string path, string shown)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"There is no baseline '{shown}'; 'auditor baseline create' writes one.");
        }

        try
        {
            if (new FileInfo(path).Length > MaxSize)
            {
                throw new UsageException($"{shown}: larger than 64 MB, which no baseline is.");
            }

            var bytes = File.ReadAllBytes(path);
            using var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.GetProperty(FormatKey).GetInt32() is var format and not 1)
            {
                throw new UsageException(
                    string.Create(CultureInfo.InvariantCulture, $"{shown}: a baseline of form {format}; this version reads form 1.")
                );
            }

            var lines = Lines(bytes);
            return new Baseline([
                .. document.RootElement.GetProperty("findings").EnumerateArray().Select(entry => Entry(entry, shown, lines)),
            ]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{shown}: cannot be read.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{shown}: is no baseline, or was edited by hand; 'auditor baseline create --force' makes it anew.");
        }
    }

    /// <summary>Writes a baseline.</summary>
    public static byte[] Write(IEnumerable<BaselineEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("{ \"auditorBaseline\": 1, \"findings\": [\n"u8);
        var isFirst = true;
        foreach (
            var entry in entries
                .OrderBy(entry => entry.Rule, StringComparer.Ordinal)
                .ThenBy(entry => entry.Fingerprint, StringComparer.Ordinal)
        )
        {
            buffer.Write(isFirst ? "  "u8 : ",\n  "u8);
            isFirst = false;
            using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default });
            json.WriteStartObject();
            json.WriteString("rule", entry.Rule);
            json.WriteString("fingerprint", entry.Fingerprint);
            json.WriteString("since", entry.Since.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("reason", entry.Reason);
            if (entry.Approver is { } approver)
            {
                json.WriteString("approver", approver);
            }

            json.WriteString("place", entry.Place);
            json.WriteString("message", entry.Message);
            json.WriteEndObject();
        }

        buffer.Write("\n] }\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static BaselineEntry Entry(JsonElement entry, string shown, Dictionary<string, int> lines)
    {
        var fingerprint = Text(entry, "fingerprint");
        return new BaselineEntry(
            fingerprint,
            Text(entry, "rule"),
            DateOnly.ParseExact(Text(entry, "since"), "yyyy-MM-dd", CultureInfo.InvariantCulture),
            Text(entry, "reason"),
            entry.TryGetProperty("approver", out var approver) ? approver.GetString() : null,
            new SourceLocation(shown, lines.GetValueOrDefault(fingerprint, 1), 1)
        )
        {
            Place = Text(entry, "place"),
            Message = Text(entry, "message"),
        };
    }

    private static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString() ?? throw new FormatException();

    // The line of each entry, by its fingerprint: a reader of a report finds it there.
    private static Dictionary<string, int> Lines(byte[] bytes)
    {
        const string Mark = "\"fingerprint\":\"";
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in System.Text.Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            number++;
            var at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0 && line.IndexOf('"', at + Mark.Length) is > 0 and var end)
            {
                lines.TryAdd(line[(at + Mark.Length)..end], number);
            }
        }

        return lines;
    }
}
