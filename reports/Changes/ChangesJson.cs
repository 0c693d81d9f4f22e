using System.Text.Json;
using Auditor.Model.Drift;

namespace Auditor.Reports.Changes;

/// <summary>A comparison as the member <c>changes</c> of the JSON report.</summary>
internal static class ChangesJson
{
    /// <summary>Writes the member.</summary>
    public static void Write(Utf8JsonWriter json, EstateComparison comparison)
    {
        json.WriteStartObject("changes");
        json.WriteString("before", comparison.Before);
        json.WriteString("after", comparison.After);
        if (comparison.BeforeAt is { } at)
        {
            json.WriteString("beforeAt", Time(at));
        }

        Optional(json, "incomparable", comparison.Incomparable);
        json.WriteString("summary", ChangeRow.Summary(comparison));
        json.WriteNumber("unchanged", comparison.Unchanged.Count(entity => !entity.IsAccess));
        json.WriteStartArray("entities");
        foreach (var change in comparison.Changes)
        {
            Write(json, change);
        }

        json.WriteEndArray();
        json.WriteStartArray("notAssessed");
        foreach (var part in comparison.NotAssessed)
        {
            json.WriteStartObject();
            json.WriteString("part", part.Part);
            json.WriteString("reason", part.Reason);
            json.WriteNumber("entities", part.Entities);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EntityChange change)
    {
        json.WriteStartObject();
        json.WriteString("kind", change.EntityKind);
        json.WriteString("key", change.Key);
        json.WriteString("title", change.Title);
        json.WriteString("status", ChangeRow.Word(change.Status));
        json.WriteString("impact", ChangeRow.Word(change.Impact));
        json.WriteString("direction", ChangeRow.Word(change.Direction));
        if (change.IsAccess)
        {
            json.WriteString("access", ChangeRow.Word(change.Effect));
        }

        Optional(json, "environment", change.Environment);
        json.WriteString("cause", change.Cause);
        json.WriteStartArray("fields");
        foreach (var field in change.Fields)
        {
            json.WriteStartObject();
            json.WriteString("path", field.Path);
            json.WriteString(
                "kind",
                field.Kind switch
                {
                    FieldChangeKind.Added => "added",
                    FieldChangeKind.Removed => "removed",
                    FieldChangeKind.Reordered => "reordered",
                    _ => "changed",
                }
            );
            Optional(json, "before", field.Before);
            Optional(json, "after", field.After);
            json.WriteString("impact", ChangeRow.Word(field.Impact));
            json.WriteString("direction", ChangeRow.Word(field.Direction));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Write(json, change.Attribution);
        Optional(json, "example", change.Example);
        Optional(json, "exampleBefore", change.ExampleBefore);
        Optional(json, "ignoredBy", change.IgnoredBy);
        json.WriteString("location", change.Location.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Attribution attribution)
    {
        json.WriteStartObject("attribution");
        json.WriteString("confidence", ChangeRow.Word(attribution.Confidence));
        json.WriteStartArray("actors");
        foreach (var actor in attribution.Actors)
        {
            json.WriteStartObject();
            json.WriteString("name", actor.Name);
            Optional(json, "kind", actor.Kind);
            json.WriteString("at", Time(actor.At));
            json.WriteString("event", actor.Event);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Optional(json, "why", attribution.Why);
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
