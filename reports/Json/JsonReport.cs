using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Changes;

namespace Auditor.Reports.Json;

/// <summary>The JSON report: one document, schema 1, for programs.</summary>
public static class JsonReport
{
    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return JsonMembers.Document(json => Report(json, run));
    }

    private static void Report(Utf8JsonWriter json, AuditRun run)
    {
        json.WriteNumber("schema", 1);
        Run(json, run);
        json.Objects("coverage", run.Coverage, entry => json.Coverage(entry, "count"));
        json.Objects("findings", run.Findings, finding => Finding(json, finding));
        json.Objects(
            "populations",
            run.Populations,
            population =>
            {
                json.WriteString("rule", population.Rule.Id);
                json.WriteString("name", population.Rule.Name);
                json.Counts(population);
            }
        );
        if (run.Vanished is { } vanished)
        {
            json.Objects(
                "vanished",
                vanished,
                finding =>
                {
                    json.WriteString("rule", finding.Rule);
                    json.WriteString("level", finding.Level);
                    json.WriteString("message", finding.Message);
                    json.WriteString("place", finding.Place);
                }
            );
        }

        if (run.Comparison is { } comparison)
        {
            ChangesJson.Write(json, comparison);
        }

        json.Objects("waivers", run.Waivers, waiver => Waiver(json, waiver));
        json.Strings("assumptions", run.Assumptions);
        json.Objects(
            "notices",
            run.Notices,
            notice =>
            {
                json.WriteString("code", notice.Code);
                json.WriteString("text", notice.Text);
                json.WriteString("artifact", notice.Location.Artifact);
                json.Optional("line", notice.Location.Line > 0 ? notice.Location.Line : (long?)null);
            }
        );
    }

    private static void Run(Utf8JsonWriter json, AuditRun run)
    {
        json.WriteStartObject("run");
        json.WriteString("tool", "auditor");
        json.WriteString("version", run.ToolVersion);
        json.Optional("time", run.Time);
        json.WriteString(
            "outcome",
            run.Outcome switch
            {
                AuditOutcome.Clean => "clean",
                AuditOutcome.Findings => "findings",
                AuditOutcome.Incomplete => "incomplete",
                _ => "nothing",
            }
        );
        json.Optional("failOn", run.FailOn is { } level ? Word(level) : "never");
        json.Objects(
            "inputs",
            run.Inputs,
            input =>
            {
                json.WriteString("path", input.Path);
                json.WriteString("kind", input.Kind);
            }
        );
        json.WriteStartObject("inventory");
        foreach (var line in run.Inventory)
        {
            json.WriteNumber(line.Kind, line.Count);
        }

        json.WriteEndObject();
        json.WriteStartObject("counts");
        json.Counts(run);
        json.WriteEndObject();
        json.Strings("gaps", run.Gaps);
        json.WriteEndObject();
    }

    private static void Finding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteString("rule", finding.Rule.Id);
        json.WriteString("name", finding.Rule.Name);
        json.WriteString("level", finding.Level is { } level ? Word(level) : "none");
        json.WriteString("verdict", finding.Verdict);
        if (finding.SecuritySeverity is { } severity)
        {
            json.WriteNumber("securitySeverity", severity);
        }

        json.Optional("code", finding.Code);
        json.WriteString("subject", finding.Subjects.IsEmpty ? "" : finding.Subjects[0]);
        json.Strings("subjects", finding.Subjects);
        json.Strings("environments", finding.Environments);
        json.WriteString("message", finding.Message);
        json.WriteStartObject("location");
        Place(json, finding.Place, null);
        json.WriteEndObject();
        json.Objects("related", finding.Related, related => Place(json, related.Place, related.Text));
        json.Objects(
            "facts",
            finding.Facts,
            fact =>
            {
                json.WriteString("side", fact.Side);
                json.WriteString("name", fact.Name);
                json.WriteString("value", fact.Value);
            }
        );
        if (finding.Witness is { } witness)
        {
            Witness(json, witness);
        }

        json.Optional("remedy", finding.Remedy);
        if (!finding.Fixes.IsEmpty)
        {
            json.Objects(
                "fixes",
                finding.Fixes,
                fix =>
                {
                    json.WriteString("artifact", fix.Artifact);
                    json.WriteString("diff", fix.Diff);
                }
            );
        }

        if (finding.IsNew is { } isNew)
        {
            json.WriteBoolean("new", isNew);
        }

        json.Strings("also", finding.Also);
        if (finding.Accepted is { } accepted)
        {
            json.WriteStartObject("accepted");
            json.WriteString("kind", accepted.Kind);
            json.WriteString("reason", accepted.Reason);
            json.Optional("by", accepted.By);
            json.Optional("created", accepted.Created);
            json.Optional("expires", accepted.Expires);
            json.Optional("ticket", accepted.Ticket);
            json.WriteEndObject();
        }

        json.WriteString("fingerprint", finding.Fingerprint);
    }

    private static void Waiver(Utf8JsonWriter json, WaiverEntry waiver)
    {
        json.WriteString("kind", Words.Of(waiver.Kind));
        json.WriteString("state", Words.Of(waiver.State));
        json.WriteString("rule", waiver.Rule);
        json.WriteString("selector", waiver.Selector);
        json.WriteString("reason", waiver.Reason);
        json.WriteString("by", waiver.By);
        json.Optional("created", waiver.Created);
        json.Optional("expires", waiver.Expires);
        json.Optional("ticket", waiver.Ticket);
        json.WriteString("location", waiver.Location.ToString());
        json.Strings("findings", waiver.Findings);
    }

    private static void Witness(Utf8JsonWriter json, Witness witness)
    {
        json.WriteStartObject("witness");
        json.WriteString("method", witness.Method);
        json.Optional("host", witness.Host);
        json.WriteString("path", witness.Path);
        json.Objects(
            "headers",
            witness.Headers,
            header =>
            {
                json.WriteString("name", header.Name);
                json.WriteString("value", header.Value);
            }
        );
        json.Strings("withoutHeaders", witness.WithoutHeaders);
        json.Strings("circumstances", witness.Circumstances);
        json.WriteString("token", witness.Token);
        json.WriteString("reaches", witness.Reaches);
        json.Objects(
            "steps",
            witness.Steps,
            step =>
            {
                json.WriteString("step", step.Step);
                json.WriteString("outcome", step.Outcome);
                json.WriteString("why", step.Why);
                json.WriteString("location", step.Location.ToString());
            }
        );
        json.WriteEndObject();
    }

    private static void Place(Utf8JsonWriter json, Place place, string? text)
    {
        json.WriteString("artifact", place.Artifact);
        if (place.Line > 0)
        {
            json.WriteNumber("line", place.Line);
            json.WriteNumber("column", Math.Max(1, place.Column));
        }

        json.Optional("pointer", place.Pointer);
        json.Optional("text", text);
    }

    /// <summary>A level as reports write it.</summary>
    public static string Word(Level level) =>
        level switch
        {
            Level.Error => "error",
            Level.Warning => "warning",
            _ => "note",
        };
}
