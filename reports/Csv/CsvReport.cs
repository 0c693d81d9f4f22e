using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports.Csv;

/// <summary>The findings as CSV, for a spreadsheet.</summary>
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
        var table = new CsvTable(Columns);
        foreach (var gap in run.Gaps)
        {
            table.Row("", "", "incomplete", "", "", "", "", "", gap, "", "", "", "", "", "", "", "", "", "");
        }

        foreach (var finding in run.Findings)
        {
            var place = finding.Place;
            table.Row(
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
                place.Line > 0 ? CsvTable.Number(place.Line) : "",
                place.Line > 0 ? CsvTable.Number(Math.Max(1, place.Column)) : "",
                finding.Remedy ?? "",
                controls.GetValueOrDefault(finding.Rule.Id, ""),
                finding.Accepted?.Reason ?? "",
                finding.Accepted?.By ?? "",
                CsvTable.Day(finding.Accepted?.Expires),
                finding.Fingerprint,
                finding.IsNew switch
                {
                    true => "new",
                    false => "known",
                    null => "",
                }
            );
        }

        return table.ToArray();
    }
}
