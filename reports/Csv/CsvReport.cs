using System.Text;
using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports.Csv;

/// <summary>
/// The findings as CSV (RFC 4180) for a spreadsheet: with the mark by which spreadsheets know UTF-8, and with cells that would be formulas made text (OWASP, "CSV
/// Injection").
/// </summary>
public static class CsvReport
{
    private static readonly string[] Columns =
    [
        "rule",
        "name",
        "verdict",
        "level",
        "severity",
        "code",
        "environments",
        "subjects",
        "message",
        "artifact",
        "line",
        "column",
        "remedy",
        "controls",
        "accepted_reason",
        "accepted_by",
        "accepted_until",
        "fingerprint",
        "standing",
    ];

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var controls = run.Rules.ToDictionary(rule => rule.Info.Id, rule => rule.ConfirmedControls, StringComparer.Ordinal);
        var text = new StringBuilder();
        Row(text, Columns);
        foreach (var gap in run.Gaps)
        {
            Row(text, ["", "", "incomplete", "", "", "", "", "", gap, "", "", "", "", "", "", "", "", "", ""]);
        }

        foreach (var finding in run.Findings)
        {
            var place = finding.Place;
            Row(
                text,
                [
                    finding.Rule.Id,
                    finding.Rule.Name,
                    finding.Verdict,
                    finding.Level is { } level ? JsonReport.Word(level) : "",
                    finding.SecuritySeverity?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
                    finding.Code ?? "",
                    string.Join("; ", finding.Environments),
                    string.Join("; ", finding.Subjects),
                    finding.Message,
                    place.Artifact,
                    place.Line > 0 ? Number(place.Line) : "",
                    place.Line > 0 ? Number(Math.Max(1, place.Column)) : "",
                    finding.Remedy ?? "",
                    controls.GetValueOrDefault(finding.Rule.Id, ""),
                    finding.Accepted?.Reason ?? "",
                    finding.Accepted?.By ?? "",
                    finding.Accepted?.Expires?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
                    finding.Fingerprint,
                    finding.IsNew switch
                    {
                        true => "new",
                        false => "known",
                        null => "",
                    },
                ]
            );
        }

        return [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ToString())];
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");

    private static string Cell(string content)
    {
        var cell = Neutral.Visible(content);
        if (cell.AsSpan().TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..])
        {
            cell = "'" + cell;
        }

        return cell.AsSpan().ContainsAny(',', '"', ';') || cell.StartsWith('\'') || cell.Contains(' ', StringComparison.Ordinal)
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
