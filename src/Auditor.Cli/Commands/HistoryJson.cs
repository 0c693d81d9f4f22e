using System.Text;
using System.Text.Json;
using Auditor.History.Series;
using Auditor.History.Store;

namespace Auditor.Cli.Commands;

/// <summary>The history of a series as JSON, schema 1: <c>{"schema":1,"series":…,"runs":[…],"gaps":[…]}</c>, the latest first.</summary>
internal static class HistoryJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n" };

    /// <summary>Renders a history.</summary>
    public static string Render(RunHistory history)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("series", history.Series);
            if (history.Every is { } every)
            {
                json.WriteNumber("everyHours", every.TotalHours);
            }

            json.WriteStartArray("runs");
            foreach (var run in history.Runs)
            {
                Write(json, run);
            }

            json.WriteEndArray();
            json.WriteStartArray("gaps");
            foreach (var gap in history.Gaps)
            {
                json.WriteStartObject();
                json.WriteNumber("after", gap.After.Number);
                if (gap.Until is { } until)
                {
                    json.WriteNumber("until", until.Number);
                }

                json.WriteNumber("missing", gap.Missing);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, HistoryRun run)
    {
        json.WriteStartObject();
        json.WriteNumber("number", run.Run.Number);
        json.WriteString("started", Time(run.Run.Started));
        json.WriteString("finished", Time(run.Run.Finished));
        if (run.Run.Captured is { } captured)
        {
            json.WriteString("captured", Time(captured));
        }

        json.WriteString("version", run.Run.ToolVersion);
        json.WriteString("rules", run.Run.Rules);
        json.WriteNumber("exitCode", run.Run.ExitCode);
        json.WriteNumber("error", run.Run.Errors);
        json.WriteNumber("warning", run.Run.Warnings);
        json.WriteNumber("note", run.Run.Notes);
        json.WriteNumber("open", run.Run.Open);
        json.WriteNumber("changes", run.Changes);
        json.WriteStartArray("gaps");
        foreach (var gap in run.Run.Gaps)
        {
            json.WriteStringValue(gap);
        }

        json.WriteEndArray();
        Write(json, "appeared", run.Appeared);
        Write(json, "vanished", run.Vanished);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ImmutableArray<StoredFinding> findings)
    {
        json.WriteStartArray(name);
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("rule", finding.Rule);
            json.WriteString("level", finding.Level);
            json.WriteString("message", finding.Message);
            json.WriteString("place", finding.Place);
            json.WriteString("fingerprint", finding.Fingerprint);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
