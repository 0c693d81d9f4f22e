using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Auditor.Collectors.Live;

/// <summary>What became of a page.</summary>
internal enum PageResult
{
    /// <summary>Its rows were added.</summary>
    Added,

    /// <summary>It has no rows.</summary>
    Empty,

    /// <summary>It says what the page before it said.</summary>
    Repeated,

    /// <summary>All its rows were in earlier pages. The last page may be like that, where a page begins with the last row of the one before.</summary>
    NothingNew,

    /// <summary>It is no list of the kind that the first page is.</summary>
    NotAList,

    /// <summary>The list is longer than any real one.</summary>
    TooMany,
}

/// <summary>The rows of a list that came in pages, as one document of the form of its first page.</summary>
internal sealed class PagedList : IDisposable
{
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Utf8JsonWriter writer;
    private readonly IPaging paging;
    private readonly int maxRows;
    private readonly bool isObject;
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private byte[] last;
    private string? member;
    private int rows;

    /// <summary>A list that begins with a page: an array, or an object whose first array holds the rows.</summary>
    public PagedList(JsonElement first, IPaging paging, int maxRows)
    {
        this.paging = paging;
        this.maxRows = maxRows;
        writer = new Utf8JsonWriter(buffer);
        last = Digest(first);
        isObject = first.ValueKind == JsonValueKind.Object;
        if (!isObject)
        {
            writer.WriteStartArray();
        }

        if (Rows(first) is { } list)
        {
            Append(list);
        }
    }

    /// <summary>Adds a page.</summary>
    public PageResult Add(JsonElement page)
    {
        var digest = Digest(page);
        var isRepeated = digest.AsSpan().SequenceEqual(last);
        last = digest;
        if (Rows(page) is not { } list)
        {
            return PageResult.NotAList;
        }

        return list.GetArrayLength() == 0 ? PageResult.Empty
            : isRepeated ? PageResult.Repeated
            : Append(list) switch
            {
                null => PageResult.TooMany,
                0 => PageResult.NothingNew,
                _ => PageResult.Added,
            };
    }

    /// <summary>The document.</summary>
    public byte[] ToArray()
    {
        if (isObject && member is null)
        {
            return "{}"u8.ToArray();
        }

        writer.WriteEndArray();
        if (isObject)
        {
            writer.WriteEndObject();
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private JsonElement? Rows(JsonElement page)
    {
        if (!isObject)
        {
            return page.ValueKind == JsonValueKind.Array ? page : null;
        }

        if (page.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (member is null)
        {
            // The first page that has rows says what the member is called that holds them.
            member = page.EnumerateObject().FirstOrDefault(property => property.Value.ValueKind == JsonValueKind.Array).Name;
            if (member is not null)
            {
                writer.WriteStartObject();
                writer.WritePropertyName(member);
                writer.WriteStartArray();
            }
        }

        return member is not null && page.TryGetProperty(member, out var list)
            ? list.ValueKind == JsonValueKind.Array
                ? list
                : null
            : paging.OmitsEmptyLists
                ? NoRows
                : null;
    }

    // The number of rows that are new; null when the list has become too long.
    private int? Append(JsonElement list)
    {
        var added = 0;
        foreach (var row in list.EnumerateArray())
        {
            if (paging.KeyOf(row) is { } key && !keys.Add(key))
            {
                continue;
            }

            if (++rows > maxRows)
            {
                return null;
            }

            added++;
            row.WriteTo(writer);
        }

        return added;
    }

    private static JsonElement NoRows { get; } = JsonDocument.Parse("[]").RootElement;

    private static byte[] Digest(JsonElement page) => SHA256.HashData(JsonMarshal.GetRawUtf8Value(page));
}
