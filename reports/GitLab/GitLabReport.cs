using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;

namespace Auditor.Reports.GitLab;

/// <summary>GitLab's Code Quality report (GitLab docs, "Code Quality report format", 2026-07): an array of failures that count.</summary>
public static class GitLabReport
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Default,
    };

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            for (var i = 0; i < run.Gaps.Length; i++)
            {
                // The format knows no other way to say that something is missing.
                Item(
                    json,
                    "incomplete",
                    "The audit is incomplete: " + run.Gaps[i],
                    string.Create(CultureInfo.InvariantCulture, $"incomplete-{i + 1}"),
                    "critical",
                    run.Inputs.IsEmpty || run.Inputs[0].Path.Length == 0 ? "." : run.Inputs[0].Path,
                    1
                );
            }

            // Of findings with one fingerprint only the first would be shown.
            var seen = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var finding in run.Findings.Where(finding => finding.IsLive))
            {
                var count = seen[finding.Fingerprint] = seen.GetValueOrDefault(finding.Fingerprint) + 1;
                Item(
                    json,
                    finding.Rule.Id,
                    $"{finding.Rule.Name}: {finding.Message}",
                    count == 1 ? finding.Fingerprint : string.Create(CultureInfo.InvariantCulture, $"{finding.Fingerprint}-{count}"),
                    SeverityOf(finding),
                    finding.Place.Artifact.Length == 0 ? "." : run.PathOf(finding.Place.Artifact),
                    Math.Max(1, finding.Place.Line)
                );
            }

            json.WriteEndArray();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static string SeverityOf(Finding finding) =>
        finding.SecuritySeverity switch
        {
            >= 9 => "blocker",
            >= 7 => "critical",
            >= 4 => "major",
            > 0 => "minor",
            _ => "info",
        };

    private static void Item(Utf8JsonWriter json, string check, string text, string fingerprint, string severity, string path, int line)
    {
        json.WriteStartObject();
        json.WriteString("description", Neutral.Line(text));
        json.WriteString("check_name", check);
        json.WriteString("fingerprint", fingerprint);
        json.WriteString("severity", severity);
        json.WriteStartObject("location");
        json.WriteString("path", Neutral.Visible(path));
        json.WriteStartObject("lines");
        json.WriteNumber("begin", line);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
