using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Changes;

namespace Auditor.Reports.Json;

/// <summary>The JSON report: one document, schema 1, for programs.</summary>
public static class JsonReport
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
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            Run(json, run);
            json.WriteStartArray("coverage");
            foreach (var entry in run.Coverage)
            {
                json.WriteStartObject();
                json.WriteString("part", entry.Part);
                json.WriteString("state", entry.Coverage.State);
                Optional(json, "reason", entry.Coverage.Reason);
                json.WriteNumber("count", entry.Count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (var finding in run.Findings)
            {
                Finding(json, finding);
            }

            json.WriteEndArray();
            json.WriteStartArray("populations");
            foreach (var population in run.Populations)
            {
                json.WriteStartObject();
                json.WriteString("rule", population.Rule.Id);
                json.WriteString("name", population.Rule.Name);
                json.WriteNumber("subjects", population.Subjects);
                json.WriteNumber("pass", population.Pass);
                json.WriteNumber("fail", population.Fail);
                json.WriteNumber("open", population.Open);
                json.WriteNumber("notApplicable", population.NotApplicable);
                json.WriteNumber("notAssessed", population.NotAssessed);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (run.Vanished is { } vanished)
            {
                json.WriteStartArray("vanished");
                foreach (var finding in vanished)
                {
                    json.WriteStartObject();
                    json.WriteString("rule", finding.Rule);
                    json.WriteString("level", finding.Level);
                    json.WriteString("message", finding.Message);
                    json.WriteString("place", finding.Place);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            if (run.Comparison is { } comparison)
            {
                ChangesJson.Write(json, comparison);
            }

            Waivers(json, run);
            Strings(json, "assumptions", run.Assumptions);
            json.WriteStartArray("notices");
            foreach (var notice in run.Notices)
            {
                json.WriteStartObject();
                json.WriteString("code", notice.Code);
                json.WriteString("text", notice.Text);
                json.WriteString("artifact", notice.Location.Artifact);
                if (notice.Location.Line > 0)
                {
                    json.WriteNumber("line", notice.Location.Line);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Run(Utf8JsonWriter json, AuditRun run)
    {
        json.WriteStartObject("run");
        json.WriteString("tool", "auditor");
        json.WriteString("version", run.ToolVersion);
        if (run.Time is { } time)
        {
            json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }

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
        Optional(json, "failOn", run.FailOn is { } level ? Word(level) : "never");
        json.WriteStartArray("inputs");
        foreach (var input in run.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("path", input.Path);
            json.WriteString("kind", input.Kind);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("inventory");
        foreach (var line in run.Inventory)
        {
            json.WriteNumber(line.Kind, line.Count);
        }

        json.WriteEndObject();
        json.WriteStartObject("counts");
        json.WriteNumber("error", run.Count(Level.Error));
        json.WriteNumber("warning", run.Count(Level.Warning));
        json.WriteNumber("note", run.Count(Level.Note));
        json.WriteNumber("open", run.OpenCount);
        json.WriteNumber("notAssessed", run.NotAssessedCount);
        json.WriteNumber("accepted", run.AcceptedCount);
        json.WriteEndObject();
        Strings(json, "gaps", run.Gaps);
        json.WriteEndObject();
    }

    private static void Finding(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("rule", finding.Rule.Id);
        json.WriteString("name", finding.Rule.Name);
        json.WriteString("level", finding.Level is { } level ? Word(level) : "none");
        json.WriteString("verdict", finding.Verdict);
        if (finding.SecuritySeverity is { } severity)
        {
            json.WriteNumber("securitySeverity", severity);
        }

        Optional(json, "code", finding.Code);
        json.WriteString("subject", finding.Subjects.IsEmpty ? "" : finding.Subjects[0]);
        Strings(json, "subjects", finding.Subjects);
        Strings(json, "environments", finding.Environments);
        json.WriteString("message", finding.Message);
        json.WritePropertyName("location");
        Place(json, finding.Place, null);
        json.WriteStartArray("related");
        foreach (var related in finding.Related)
        {
            Place(json, related.Place, related.Text);
        }

        json.WriteEndArray();
        json.WriteStartArray("facts");
        foreach (var fact in finding.Facts)
        {
            json.WriteStartObject();
            json.WriteString("side", fact.Side);
            json.WriteString("name", fact.Name);
            json.WriteString("value", fact.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (finding.Witness is { } witness)
        {
            Witness(json, witness);
        }

        Optional(json, "remedy", finding.Remedy);
        if (!finding.Fixes.IsEmpty)
        {
            json.WriteStartArray("fixes");
            foreach (var fix in finding.Fixes)
            {
                json.WriteStartObject();
                json.WriteString("artifact", fix.Artifact);
                json.WriteString("diff", fix.Diff);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (finding.IsNew is { } isNew)
        {
            json.WriteBoolean("new", isNew);
        }

        Strings(json, "also", finding.Also);
        if (finding.Accepted is { } accepted)
        {
            json.WriteStartObject("accepted");
            json.WriteString("kind", accepted.Kind);
            json.WriteString("reason", accepted.Reason);
            Optional(json, "by", accepted.By);
            Optional(json, "created", Day(accepted.Created));
            Optional(json, "expires", Day(accepted.Expires));
            Optional(json, "ticket", accepted.Ticket);
            json.WriteEndObject();
        }

        json.WriteString("fingerprint", finding.Fingerprint);
        json.WriteEndObject();
    }

    private static void Waivers(Utf8JsonWriter json, AuditRun run)
    {
        json.WriteStartArray("waivers");
        foreach (var waiver in run.Waivers)
        {
            json.WriteStartObject();
            json.WriteString("kind", Words.Of(waiver.Kind));
            json.WriteString("state", Words.Of(waiver.State));
            json.WriteString("rule", waiver.Rule);
            json.WriteString("selector", waiver.Selector);
            json.WriteString("reason", waiver.Reason);
            json.WriteString("by", waiver.By);
            Optional(json, "created", Day(waiver.Created));
            Optional(json, "expires", Day(waiver.Expires));
            Optional(json, "ticket", waiver.Ticket);
            json.WriteString("location", waiver.Location.ToString());
            Strings(json, "findings", waiver.Findings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Witness(Utf8JsonWriter json, Witness witness)
    {
        json.WriteStartObject("witness");
        json.WriteString("method", witness.Method);
        Optional(json, "host", witness.Host);
        json.WriteString("path", witness.Path);
        json.WriteStartArray("headers");
        foreach (var header in witness.Headers)
        {
            json.WriteStartObject();
            json.WriteString("name", header.Name);
            json.WriteString("value", header.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Strings(json, "withoutHeaders", witness.WithoutHeaders);
        Strings(json, "circumstances", witness.Circumstances);
        json.WriteString("token", witness.Token);
        json.WriteString("reaches", witness.Reaches);
        json.WriteStartArray("steps");
        foreach (var step in witness.Steps)
        {
            json.WriteStartObject();
            json.WriteString("step", step.Step);
            json.WriteString("outcome", step.Outcome);
            json.WriteString("why", step.Why);
            json.WriteString("location", step.Location.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Place(Utf8JsonWriter json, Place place, string? text)
    {
        json.WriteStartObject();
        json.WriteString("artifact", place.Artifact);
        if (place.Line > 0)
        {
            json.WriteNumber("line", place.Line);
            json.WriteNumber("column", Math.Max(1, place.Column));
        }

        Optional(json, "pointer", place.Pointer);
        Optional(json, "text", text);
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
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
