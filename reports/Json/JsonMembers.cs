using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Reports.Json;

/// <summary>What every document for programs writes alike, so that a number, a time or an absent value looks the same wherever a program meets it.</summary>
internal static class JsonMembers
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Default,
    };

    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>A document: an object, laid out for people too.</summary>
    public static byte[] Document(Action<Utf8JsonWriter> members)
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

    /// <summary>An object on a line of its own.</summary>
    public static void Line(ArrayBufferWriter<byte> buffer, Action<Utf8JsonWriter> members)
    {
        using (var json = new Utf8JsonWriter(buffer, OneLine))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
    }

    /// <summary>A list of objects.</summary>
    public static void Objects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> members)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            members(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A list of texts.</summary>
    public static void Strings(this Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>A text that may be absent; then the member is.</summary>
    public static void Optional(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>A number that may be absent; then the member is.</summary>
    public static void Optional(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    /// <summary>A time that may be absent; then the member is.</summary>
    public static void Optional(this Utf8JsonWriter json, string name, DateTimeOffset? value) =>
        json.Optional(name, value is { } time ? Words.Of(time) : null);

    /// <summary>A day that may be absent; then the member is.</summary>
    public static void Optional(this Utf8JsonWriter json, string name, DateOnly? value) =>
        json.Optional(name, value is { } day ? Words.Of(day) : null);

    /// <summary>How many findings and judgements count as what.</summary>
    public static void Counts(this Utf8JsonWriter json, AuditRun run)
    {
        json.WriteNumber("error", run.Count(Level.Error));
        json.WriteNumber("warning", run.Count(Level.Warning));
        json.WriteNumber("note", run.Count(Level.Note));
        json.WriteNumber("open", run.OpenCount);
        json.WriteNumber("notAssessed", run.NotAssessedCount);
        json.WriteNumber("accepted", run.AcceptedCount);
    }

    /// <summary>How many subjects of a rule were judged how.</summary>
    public static void Counts(this Utf8JsonWriter json, Population population)
    {
        json.WriteNumber("subjects", population.Subjects);
        json.WriteNumber("pass", population.Pass);
        json.WriteNumber("fail", population.Fail);
        json.WriteNumber("open", population.Open);
        json.WriteNumber("notApplicable", population.NotApplicable);
        json.WriteNumber("notAssessed", population.NotAssessed);
    }

    /// <summary>What was read of a part, and whether it is whole.</summary>
    public static void Coverage(this Utf8JsonWriter json, CoverageEntry entry, string count)
    {
        json.WriteString("part", entry.Part);
        json.WriteString("state", entry.Coverage.State);
        json.Optional("reason", entry.Coverage.Reason);
        json.WriteNumber(count, entry.Count);
    }
}
