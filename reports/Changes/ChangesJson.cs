using System.Text.Json;
using Auditor.Model.Drift;
using Auditor.Reports.Json;

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
        json.Optional("beforeAt", comparison.BeforeAt);
        json.Optional("incomparable", comparison.Incomparable);
        json.WriteString("summary", ChangeRow.Summary(comparison));
        json.WriteNumber("unchanged", comparison.Unchanged.Count(entity => !entity.IsAccess));
        json.Objects("entities", comparison.Changes, change => Write(json, change));
        json.Objects(
            "notAssessed",
            comparison.NotAssessed,
            part =>
            {
                json.WriteString("part", part.Part);
                json.WriteString("reason", part.Reason);
                json.WriteNumber("entities", part.Entities);
            }
        );
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EntityChange change)
    {
        json.WriteString("kind", change.EntityKind);
        json.WriteString("key", change.Key);
        json.WriteString("title", change.Title);
        json.WriteString("status", Words.Of(change.Status));
        json.WriteString("impact", Words.Of(change.Impact));
        json.WriteString("direction", Words.Of(change.Direction));
        if (change.IsAccess)
        {
            json.WriteString("access", Words.Of(change.Effect));
        }

        json.Optional("environment", change.Environment);
        json.WriteString("cause", change.Cause);
        json.Objects("fields", change.Fields, field => Write(json, field));
        json.WriteStartObject("attribution");
        Write(json, change.Attribution);
        json.WriteEndObject();
        json.Optional("example", change.Example);
        json.Optional("exampleBefore", change.ExampleBefore);
        json.Optional("ignoredBy", change.IgnoredBy);
        json.WriteString("location", change.Location.ToString());
    }

    private static void Write(Utf8JsonWriter json, FieldChange field)
    {
        json.WriteString("path", field.Path);
        json.WriteString("kind", Words.Of(field.Kind));
        json.Optional("before", field.Before);
        json.Optional("after", field.After);
        json.WriteString("impact", Words.Of(field.Impact));
        json.WriteString("direction", Words.Of(field.Direction));
    }

    private static void Write(Utf8JsonWriter json, Attribution attribution)
    {
        json.WriteString("confidence", Words.Of(attribution.Confidence));
        json.Objects(
            "actors",
            attribution.Actors,
            actor =>
            {
                json.WriteString("name", actor.Name);
                json.Optional("kind", actor.Kind);
                json.WriteString("at", Words.Of(actor.At));
                json.WriteString("event", actor.Event);
            }
        );
        json.Optional("why", attribution.Why);
    }
}
