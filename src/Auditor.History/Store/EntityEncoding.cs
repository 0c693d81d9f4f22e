using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>Writes an entity as the bytes that a store keeps once, however many nights it stays the same. Places are left out: they move without a change.</summary>
internal static class EntityEncoding
{
    public static (string Hash, string Body) Encode(Entity entity)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", entity.Kind);
            json.WriteString("name", entity.NaturalKey);
            json.WriteString("title", entity.Title);
            json.WriteString("part", entity.Part);
            if (entity.Environment is { } environment)
            {
                json.WriteString("environment", environment);
            }

            json.WriteStartArray("ids");
            foreach (var id in entity.Ids)
            {
                json.WriteStringValue(id);
            }

            json.WriteEndArray();
            json.WriteStartArray("fields");
            foreach (var field in entity.Fields)
            {
                Write(json, field);
            }

            json.WriteEndArray();
            if (!entity.Unknown.IsEmpty)
            {
                json.WriteStartObject("unknown");
                foreach (var unknown in entity.Unknown)
                {
                    json.WriteString(unknown.Path, unknown.Reason);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return (Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, 16)), Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static Entity Decode(string key, string body)
    {
        try
        {
            return Read(key, body);
        }
        catch (Exception e) when (e is InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The entity is damaged.", e);
        }
    }

    private static Entity Read(string key, string body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        return new Entity
        {
            Kind = root.GetProperty("kind").GetString()!,
            Key = key,
            NaturalKey = root.GetProperty("name").GetString()!,
            Title = root.GetProperty("title").GetString()!,
            Part = root.GetProperty("part").GetString()!,
            Environment = root.TryGetProperty("environment", out var environment) ? environment.GetString() : null,
            Ids = [.. root.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)],
            Fields = [.. root.GetProperty("fields").EnumerateArray().Select(Field)],
            Unknown = root.TryGetProperty("unknown", out var unknown)
                ? [.. unknown.EnumerateObject().Select(one => new UnknownField(one.Name, one.Value.GetString()!))]
                : [],
        };
    }

    private static void Write(Utf8JsonWriter json, EntityField field)
    {
        json.WriteStartArray();
        json.WriteStringValue(field.Path);
        json.WriteNumberValue((int)field.Semantics);
        foreach (var item in field.Items)
        {
            if (item is { Id: null, IsSecret: false })
            {
                json.WriteStringValue(item.Text);
                continue;
            }

            json.WriteStartArray();
            json.WriteStringValue(item.Text);
            json.WriteStringValue(item.Id);
            json.WriteBooleanValue(item.IsSecret);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static EntityField Field(JsonElement field) =>
        new(field[0].GetString()!, (FieldSemantics)field[1].GetInt32(), [.. field.EnumerateArray().Skip(2).Select(Item)]);

    private static FieldItem Item(JsonElement item) =>
        item.ValueKind == JsonValueKind.String
            ? new FieldItem(item.GetString()!)
            : new FieldItem(item[0].GetString()!, item[1].GetString(), item[2].GetBoolean());
}
