using System.Buffers;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports.Ndjson;

/// <summary>
/// One line of JSON per judgement, what is in order included, with scalar fields only: the population for evidence platforms and log stores. The first line is the run.
/// </summary>
public static class NdjsonReport
{
    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var findings = run
            .Findings.GroupBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var controls = run.Rules.ToDictionary(rule => rule.Info.Id, rule => rule.ConfirmedControls, StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        JsonMembers.Line(buffer, json => Head(json, run));
        foreach (var gap in run.Gaps)
        {
            JsonMembers.Line(
                buffer,
                json =>
                {
                    json.WriteString("type", "gap");
                    json.WriteString("message", gap);
                }
            );
        }

        foreach (var evaluation in run.Evaluations)
        {
            var finding = evaluation.Finding is { } fingerprint ? findings.GetValueOrDefault(fingerprint) : null;
            JsonMembers.Line(buffer, json => Judgement(json, evaluation, finding, controls.GetValueOrDefault(evaluation.Rule.Id, "")));
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Head(Utf8JsonWriter json, AuditRun run)
    {
        json.WriteString("type", "run");
        json.WriteString("tool", ReportIdentity.Name);
        json.WriteString("version", run.ToolVersion);
        json.Optional("time", run.Time);
        json.WriteString("systems", Headline.Systems(run));
        json.WriteString("outcome", Headline.Word(run));
        json.WriteNumber("judgements", run.Evaluations.Length);
        json.WriteNumber("findings", run.Findings.Length);
        json.WriteNumber("gaps", run.Gaps.Length);
    }

    private static void Judgement(Utf8JsonWriter json, Evaluation evaluation, Finding? finding, string controls)
    {
        json.WriteString("type", "judgement");
        json.WriteString("rule", evaluation.Rule.Id);
        json.WriteString("name", evaluation.Rule.Name);
        json.WriteString("controls", controls);
        json.WriteString("subject", evaluation.Subject);
        json.WriteString("title", evaluation.Title);
        json.WriteString("environment", evaluation.Environment ?? "");
        json.WriteString("verdict", evaluation.Verdict);
        json.WriteString("artifact", evaluation.Location.Artifact);
        json.WriteNumber("line", evaluation.Location.Line);
        if (finding is null)
        {
            return;
        }

        json.WriteString("level", finding.Level is { } level ? JsonReport.Word(level) : "");
        json.WriteString("message", finding.Message);
        json.WriteString("remedy", finding.Remedy ?? "");
        json.WriteString("fingerprint", finding.Fingerprint);
        json.WriteBoolean("accepted", finding.Accepted is not null);
        if (finding.IsNew is { } isNew)
        {
            json.WriteBoolean("new", isNew);
        }

        json.WriteString("acceptedReason", finding.Accepted?.Reason ?? "");
    }
}
