using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>Writes an entity as the bytes that a store keeps once, however many nights it stays the same. Places are left out: they move without a change.</summary>
internal static class EntityEncoding
{
    /// <summary>The hash by which what an entity says is known. An entity is encoded once, to see whether it is the one of the night before, and to be kept.</summary>
    public static string HashOf(Entity entity) => (entity.Encoded ??= Write(entity)).Hash;

    /// <summary>What an entity says.</summary>
    public static byte[] BodyOf(Entity entity) => (entity.Encoded ??= Write(entity)).Body ?? Write(entity).Body!;

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
        try
        {
            var entity = packed is null ? EntityReader.Read(key, Encoding.UTF8.GetBytes(body)) : Unpacked(key, packed);
            entity.Encoded = new Encoded(hash, null);
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

    private static Entity Unpacked(string key, byte[] packed)
    {
        const int Most = 64 * 1024 * 1024;
        var length = packed.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(packed);
        if (length is >= 0 and <= Most)
        {
            var body = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                if (BrotliDecoder.TryDecompress(packed.AsSpan(sizeof(int)), body.AsSpan(0, length), out var written) && written == length)
                {
                    return EntityReader.Read(key, body.AsSpan(0, length));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(body);
            }
        }

        throw new InvalidDataException("The entity is damaged.");
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
}

/// <summary>What an entity says, and the hash by which it is known.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="Body">What it says; null for what was read from a store, which has it.</param>
internal sealed record Encoded(string Hash, byte[]? Body);
