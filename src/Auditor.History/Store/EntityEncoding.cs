using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>Writes an entity as the bytes that a store keeps once, however many nights it stays the same. Places are left out: they move without a change.</summary>
internal static class EntityEncoding
{
    // An entity is encoded once, to see whether it is the one of the night before, and to be kept.
    private static readonly ConditionalWeakTable<Entity, Encoded> Known = new();

    /// <summary>What an entity says, and the hash by which it is known.</summary>
    public static Encoded Encode(Entity entity) => Known.GetValue(entity, Write);

    private static Encoded Write(Entity entity)
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

        return new Encoded(Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, 16)), buffer.WrittenSpan.ToArray());
    }

    /// <summary>The entity of a row.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="hash">The hash by which it is known.</param>
    /// <param name="body">What it says, as stores of the first versions keep it; empty where it is compressed.</param>
    /// <param name="packed">What it says, compressed; null in stores of the first versions.</param>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static Entity Decode(string key, string hash, string body, byte[]? packed)
    {
        var bytes = packed is null ? Encoding.UTF8.GetBytes(body) : Unpack(packed);
        try
        {
            var entity = Read(key, bytes);
            Known.AddOrUpdate(entity, new Encoded(hash, bytes));
            return entity;
        }
        catch (Exception e) when (e is InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The entity is damaged.", e);
        }
    }

    /// <summary>Compresses what an entity says: its length, and the rest.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> body)
    {
        var packed = new byte[sizeof(int) + BrotliEncoder.GetMaxCompressedLength(body.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(packed, body.Length);
        return BrotliEncoder.TryCompress(body, packed.AsSpan(sizeof(int)), out var written, quality: 5, window: 16)
            ? packed[..(sizeof(int) + written)]
            : throw new InvalidOperationException("The buffer is as large as it can become.");
    }

    private static byte[] Unpack(byte[] packed)
    {
        const int Most = 64 * 1024 * 1024;
        var length = packed.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(packed);
        if (length is >= 0 and <= Most)
        {
            var body = new byte[length];
            if (BrotliDecoder.TryDecompress(packed.AsSpan(sizeof(int)), body, out var written) && written == length)
            {
                return body;
            }
        }

        throw new InvalidDataException("The entity is damaged.");
    }

    private static Entity Read(string key, byte[] body)
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

/// <summary>What an entity says, and the hash by which it is known.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="Body">What it says.</param>
internal sealed record Encoded(string Hash, byte[] Body);
