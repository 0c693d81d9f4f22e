using System.Text.Json;
using Auditor.Engine;
using Auditor.Model;

namespace Auditor.Reports.Sarif;

/// <summary>Writes the log: the tool, what it was run on and how that went, then the results.</summary>
internal sealed class SarifLog
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly Utf8JsonWriter json;
    private readonly AuditRun run;
    private readonly SarifOptions options;
    private readonly int most;
    private readonly SarifPlaces places;
    private readonly SarifTool tool;

    public SarifLog(Utf8JsonWriter json, AuditRun run, SarifOptions options, int most)
    {
        this.json = json;
        this.run = run;
        this.options = options;
        this.most = most;
        places = new SarifPlaces(json, run, options.Profile);
        tool = new SarifTool(json, run, options.Profile);
    }

    private bool IsFull => options.Profile == SarifProfile.Full;

    public void Write()
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        tool.Write();
        json.WriteString("language", "en-US");
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("redactionTokens");
        json.WriteStringValue(Mask.Text);
        json.WriteEndArray();
        json.WriteStartObject("automationDetails");
        json.WriteString("id", AutomationId());
        json.WriteEndObject();
        places.Bases();
        Invocation();
        if (IsFull)
        {
            places.Artifacts();
        }

        new SarifResults(json, run, options, places, tool).Write(most);
        if (IsFull)
        {
            Populations();
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The category is everything before the last slash: the systems. What follows is the run.
    private string AutomationId()
    {
        var systems = run.Systems.Select(system => SarifText.Segment(system.Name)).Prepend(ReportIdentity.Name);
        var environments = run.Selection.Environments.Select(SarifText.Segment);
        return string.Join('/', systems.Concat(environments))
            + "/"
            + run.Time?.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
    }

    private void Invocation()
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", run.Gaps.IsEmpty);
        if (run.Time is { } time)
        {
            json.WriteString("startTimeUtc", time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        }

        json.WriteStartArray("toolExecutionNotifications");
        foreach (var gap in run.Gaps)
        {
            Notification("error", "incomplete", gap, null);
        }

        var cut = IsFull ? 0 : run.Findings.Count(finding => finding.IsLive) - most;
        if (cut > 0)
        {
            Notification(
                "warning",
                "cut",
                $"The limits of code scanning leave {SarifText.Count(cut, "result")} out, the least severe ones",
                null
            );
        }

        foreach (var notice in IsFull ? run.Notices : [])
        {
            Notification("note", notice.Code, notice.Text, notice.Location);
        }

        foreach (var assumption in IsFull ? run.Assumptions : [])
        {
            Notification("note", "assumption", assumption, null);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void Notification(string level, string id, string text, SourceLocation? location)
    {
        json.WriteStartObject();
        json.WriteString("level", level);
        json.WriteStartObject("descriptor");
        json.WriteString("id", id);
        json.WriteEndObject();
        json.WriteStartObject("message");
        json.WriteString("text", SarifText.Sentence(text));
        json.WriteEndObject();
        if (location is { Artifact.Length: > 0 })
        {
            json.WriteStartArray("locations");
            places.Location(location, null, null);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void Populations()
    {
        json.WriteStartObject("properties");
        json.WriteStartArray("auditor/populations");
        foreach (var population in run.Populations)
        {
            json.WriteStartObject();
            json.WriteString("rule", population.Rule.Id);
            json.WriteNumber("subjects", population.Subjects);
            json.WriteNumber("pass", population.Pass);
            json.WriteNumber("fail", population.Fail);
            json.WriteNumber("open", population.Open);
            json.WriteNumber("notApplicable", population.NotApplicable);
            json.WriteNumber("notAssessed", population.NotAssessed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("auditor/coverage");
        foreach (var entry in run.Coverage)
        {
            json.WriteStartObject();
            json.WriteString("part", Neutral.Visible(entry.Part));
            json.WriteString("state", entry.Coverage.State);
            if (entry.Coverage.Reason is { } reason)
            {
                json.WriteString("reason", Neutral.Visible(reason));
            }

            json.WriteNumber("count", entry.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Gone();
        json.WriteEndObject();
    }

    // Results that are absent have no place any more, and code scanning would refuse the log for one without.
    private void Gone()
    {
        if (run.Vanished is not { } vanished)
        {
            return;
        }

        json.WriteStartArray("auditor/gone");
        foreach (var finding in vanished)
        {
            json.WriteStartObject();
            json.WriteString("rule", Neutral.Visible(finding.Rule));
            json.WriteString("level", Neutral.Visible(finding.Level));
            json.WriteString("message", Neutral.Visible(finding.Message));
            json.WriteString("place", Neutral.Visible(finding.Place));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
