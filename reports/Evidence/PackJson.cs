using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.Evidence;

/// <summary>The documents of a pack for programs.</summary>
internal static class PackJson
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Default,
    };

    /// <summary>What identifies the run, who ran it and which pack was before; the signed statement repeats it.</summary>
    public static byte[] Run(AuditRun run, PackFacts facts, string runId) =>
        Document(json =>
        {
            json.WriteNumber("evidencePack", 1);
            json.WriteString("runId", runId);
            json.WriteNumber("sequence", facts.Sequence);
            if (facts.Previous is { } previous)
            {
                json.WriteStartObject("previous");
                json.WriteString("pack", previous.Name);
                json.WriteNumber("sequence", previous.Sequence);
                json.WriteString("sha256", previous.Sha256);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("previous");
            }

            json.WriteString("started", Time(facts.Started));
            json.WriteString("finished", Time(facts.Finished));
            Optional(json, "captured", run.TimeIsCaptured ? run.Time : null);
            json.WriteStartObject("tool");
            json.WriteString("name", ReportIdentity.Name);
            json.WriteString("version", run.ToolVersion);
            Optional(json, "sha256", facts.ToolSha256);
            json.WriteEndObject();
            json.WriteStartObject("operator");
            json.WriteString("name", facts.Operator);
            json.WriteString("saidBy", facts.OperatorKind);
            json.WriteEndObject();
            json.WriteStartArray("configuration");
            foreach (var file in facts.Configuration)
            {
                json.WriteStartObject();
                json.WriteString("file", file.Name);
                json.WriteString("sha256", file.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("outcome", Headline.Word(run));
            json.WriteNumber("exitCode", facts.ExitCode);
            json.WriteStartObject("counts");
            json.WriteNumber("objects", facts.Population.Length);
            json.WriteNumber("judgements", run.Evaluations.Length);
            json.WriteNumber("error", run.Count(Level.Error));
            json.WriteNumber("warning", run.Count(Level.Warning));
            json.WriteNumber("note", run.Count(Level.Note));
            json.WriteNumber("open", run.OpenCount);
            json.WriteNumber("notAssessed", run.NotAssessedCount);
            json.WriteNumber("accepted", run.AcceptedCount);
            json.WriteEndObject();
        });

    /// <summary>The systems, and what the run was limited to.</summary>
    public static byte[] Scope(AuditRun run) =>
        Document(json =>
        {
            json.WriteStartArray("systems");
            foreach (var system in run.Systems)
            {
                json.WriteStartObject();
                json.WriteString("kind", system.Kind);
                json.WriteString("name", system.Name);
                Strings(json, "environments", system.Environments);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("inputs");
            foreach (var input in run.Inputs)
            {
                json.WriteStartObject();
                json.WriteString("path", input.Path);
                json.WriteString("kind", input.Kind);
                Optional(json, "revision", input.Checkout?.Revision);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("filters");
            Strings(json, "environments", run.Selection.Environments);
            Strings(json, "rules", run.Selection.Rules);
            Strings(json, "excludedRules", run.Selection.ExcludedRules);
            json.WriteEndObject();
            Strings(json, "assumptions", run.Assumptions);
        });

    /// <summary>
    /// The numbers that have to agree: for every list, how many the source says there are (where it says), how many were read, and whether the list was read to its end; for every type,
    /// how many objects; for every rule, how many judgements.
    /// </summary>
    public static byte[] Summary(AuditRun run, PackFacts facts) =>
        Document(json =>
        {
            json.WriteStartArray("lists");
            foreach (var entry in run.Coverage)
            {
                json.WriteStartObject();
                json.WriteString("part", entry.Part);
                json.WriteString("state", entry.Coverage.State);
                Optional(json, "reason", entry.Coverage.Reason);
                json.WriteNumber("collected", entry.Count);

                // Neither API states totals: what proves completeness is that the list has no further page.
                json.WriteNull("reportedBySource");
                json.WriteString("completeness", entry.Coverage.IsComplete ? "read to the end of the list" : "not complete");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("objects");
            foreach (
                var group in facts
                    .Population.GroupBy(item => item.Type, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
            )
            {
                json.WriteStartObject();
                json.WriteString("type", group.Key);
                json.WriteNumber("count", group.Count());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("judgements");
            foreach (var population in run.Populations)
            {
                json.WriteStartObject();
                json.WriteString("rule", population.Rule.Id);
                json.WriteString("subjectKind", population.Rule.Subjects);
                json.WriteNumber("subjects", population.Subjects);
                json.WriteNumber("pass", population.Pass);
                json.WriteNumber("fail", population.Fail);
                json.WriteNumber("open", population.Open);
                json.WriteNumber("notApplicable", population.NotApplicable);
                json.WriteNumber("notAssessed", population.NotAssessed);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Strings(json, "gaps", run.Gaps);
        });

    /// <summary>Every request, one a line.</summary>
    public static byte[] Queries(PackFacts facts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var query in facts.Queries)
        {
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
            {
                json.WriteStartObject();
                json.WriteString("method", query.Method);
                json.WriteString("address", query.Address);
                Optional(json, "time", query.Time);
                if (query.Status is { } status)
                {
                    json.WriteNumber("status", status);
                }

                if (query.Items is { } items)
                {
                    json.WriteNumber("items", items);
                }

                Optional(json, "sha256", query.Sha256);
                Optional(json, "note", query.Note);
                json.WriteEndObject();
            }

            buffer.Write("\n"u8);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The rules that ran: the tests that were performed.</summary>
    public static byte[] Rules(AuditRun run) =>
        Document(json =>
        {
            json.WriteStartArray("rules");
            foreach (var rule in run.Rules)
            {
                json.WriteStartObject();
                json.WriteString("id", rule.Info.Id);
                json.WriteString("name", rule.Info.Name);
                json.WriteString("title", rule.Info.Title);
                json.WriteString("level", JsonReport.Word(rule.Info.Level));
                json.WriteNumber("securitySeverity", rule.Info.SecuritySeverity);
                json.WriteString("judges", rule.Info.Subjects);
                json.WriteString("pageSha256", ChecksumList.Digest(System.Text.Encoding.UTF8.GetBytes(rule.Page)));
                json.WriteStartArray("controls");
                foreach (var control in rule.Controls)
                {
                    json.WriteStartObject();
                    json.WriteString("framework", control.Framework);
                    json.WriteString("id", control.Id);
                    json.WriteBoolean("confirmed", control.Confirmed);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>A document with the same layout as the others.</summary>
    internal static byte[] Document(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>A list of texts.</summary>
    internal static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
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

    private static void Optional(Utf8JsonWriter json, string name, DateTimeOffset? value) =>
        Optional(json, name, value is { } time ? Time(time) : null);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
