using System.Text;
using System.Text.Json;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>
/// Reads an entity as <see cref="EntityEncoding"/> writes it. Of tens of thousands most say the same in most fields: fields and texts that are alike are made once.
/// </summary>
internal static class EntityReader
{
    private const int LongestShared = 192;

    // By the hash of the bytes; what falls on the same place takes it. Threads may write one place at once, each what is right.
    private static readonly string?[] Texts = new string?[1 << 14];
    private static readonly SharedField?[] SharedFields = new SharedField?[1 << 15];

    /// <summary>Reads.</summary>
    /// <exception cref="InvalidDataException">A part of it is missing.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">It is JSON of something else.</exception>
    public static Entity Read(string key, ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        string? kind = null;
        string? name = null;
        string? title = null;
        string? part = null;
        string? environment = null;
        ImmutableArray<string>? ids = null;
        ImmutableArray<EntityField>? fields = null;
        ImmutableArray<UnknownField> unknown = [];
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("kind"u8))
            {
                kind = NextText(ref json);
            }
            else if (json.ValueTextEquals("name"u8))
            {
                name = NextText(ref json);
            }
            else if (json.ValueTextEquals("title"u8))
            {
                title = NextText(ref json);
            }
            else if (json.ValueTextEquals("part"u8))
            {
                part = NextText(ref json);
            }
            else if (json.ValueTextEquals("environment"u8))
            {
                environment = NextText(ref json);
            }
            else if (json.ValueTextEquals("ids"u8))
            {
                ids = Ids(ref json);
            }
            else if (json.ValueTextEquals("fields"u8))
            {
                fields = Fields(ref json, body);
            }
            else if (json.ValueTextEquals("unknown"u8))
            {
                unknown = Unknown(ref json);
            }
            else
            {
                Next(ref json);
                json.Skip();
            }
        }

        if (json.Read())
        {
            throw Missing();
        }

        return new Entity
        {
            Kind = kind ?? throw Missing(),
            Key = key,
            NaturalKey = name ?? throw Missing(),
            Title = title ?? throw Missing(),
            Part = part ?? throw Missing(),
            Environment = environment,
            Ids = ids ?? throw Missing(),
            Fields = fields ?? throw Missing(),
            Unknown = unknown,
        };
    }

    private static ImmutableArray<string> Ids(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartArray);
        var ids = ImmutableArray.CreateBuilder<string>();
        while (Next(ref json) != JsonTokenType.EndArray)
        {
            ids.Add(Text(ref json));
        }

        return ids.DrainToImmutable();
    }

    private static ImmutableArray<EntityField> Fields(ref Utf8JsonReader json, ReadOnlySpan<byte> body)
    {
        Expect(ref json, JsonTokenType.StartArray);
        var fields = ImmutableArray.CreateBuilder<EntityField>(8);
        while (Next(ref json) == JsonTokenType.StartArray)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            fields.Add(Field(body[start..(int)json.BytesConsumed]));
        }

        Require(ref json, JsonTokenType.EndArray);
        return fields.DrainToImmutable();
    }

    private static EntityField Field(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestShared)
        {
            return NewField(bytes);
        }

        ref var place = ref SharedFields[HashOf(bytes) & (SharedFields.Length - 1)];
        var shared = place;
        if (shared is null || !bytes.SequenceEqual(shared.Bytes))
        {
            place = shared = new SharedField(bytes.ToArray(), NewField(bytes));
        }

        return shared.Field;
    }

    // A field is its path, what its values mean to each other, and the values.
    private static EntityField NewField(ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes);
        Expect(ref json, JsonTokenType.StartArray);
        var path = NextText(ref json);
        Expect(ref json, JsonTokenType.Number);
        var semantics = (FieldSemantics)json.GetInt32();
        var items = ImmutableArray.CreateBuilder<FieldItem>(1);
        while (Next(ref json) != JsonTokenType.EndArray)
        {
            items.Add(Item(ref json));
        }

        return new EntityField(path, semantics, items.DrainToImmutable());
    }

    // A value is a text, or a text with an id and whether it is secret.
    private static FieldItem Item(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            return new FieldItem(Text(ref json));
        }

        Require(ref json, JsonTokenType.StartArray);
        var text = NextText(ref json);
        var id = Next(ref json) == JsonTokenType.Null ? null : Text(ref json);
        Next(ref json);
        var isSecret = json.GetBoolean();
        Expect(ref json, JsonTokenType.EndArray);
        return new FieldItem(text, id, isSecret);
    }

    private static ImmutableArray<UnknownField> Unknown(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject);
        var unknown = ImmutableArray.CreateBuilder<UnknownField>();
        while (Next(ref json) == JsonTokenType.PropertyName)
        {
            unknown.Add(new UnknownField(Text(ref json), NextText(ref json)));
        }

        return unknown.DrainToImmutable();
    }

    private static string NextText(ref Utf8JsonReader json)
    {
        Next(ref json);
        return Text(ref json);
    }

    private static string Text(ref Utf8JsonReader json)
    {
        var bytes = json.ValueSpan;
        if (
            json.ValueIsEscaped
            || bytes.Length > LongestShared
            || json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)
        )
        {
            return json.GetString() ?? throw Missing();
        }

        ref var place = ref Texts[HashOf(bytes) & (Texts.Length - 1)];
        var shared = place;
        if (shared is not null && Ascii.Equals(bytes, shared))
        {
            return shared;
        }

        return place = json.GetString()!;
    }

    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static JsonTokenType Next(ref Utf8JsonReader json) => json.Read() ? json.TokenType : throw Missing();

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        Next(ref json);
        Require(ref json, type);
    }

    private static void Require(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (json.TokenType != type)
        {
            throw Missing();
        }
    }

    private static InvalidDataException Missing() => new("The entity is damaged.");

    private sealed record SharedField(byte[] Bytes, EntityField Field);
}
