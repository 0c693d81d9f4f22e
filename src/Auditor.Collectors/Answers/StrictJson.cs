using System.Text.Json;
using System.Text.Unicode;

namespace Auditor.Collectors.Answers;

/// <summary>
/// Parses JSON whose texts can all be read: the framework's parser accepts bytes that are no UTF-8 and halves of surrogate pairs, and throws only when somebody asks for
/// such a text.
/// </summary>
internal static class StrictJson
{
    // Duplicate members are refused: two readers would see two documents.
    internal static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = 64,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Parses a document.</summary>
    /// <exception cref="JsonException">It is no JSON, or holds a text that is none.</exception>
    public static JsonDocument Parse(byte[] bytes)
    {
        // A mark at the beginning is common in files that people edited.
        var content = bytes.AsMemory(bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0);
        if (!Utf8.IsValid(content.Span))
        {
            throw new JsonException("The document is not UTF-8.");
        }

        if (content.Span.IndexOf("\\ud"u8) >= 0 || content.Span.IndexOf("\\uD"u8) >= 0)
        {
            CheckSurrogates(content.Span);
        }

        return JsonDocument.Parse(content, Options);
    }

    private static void CheckSurrogates(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(
            content,
            new JsonReaderOptions { MaxDepth = Options.MaxDepth, CommentHandling = JsonCommentHandling.Skip }
        );
        var buffer = new char[content.Length];
        while (reader.Read())
        {
            if (reader.ValueIsEscaped)
            {
                try
                {
                    reader.CopyString(buffer);
                }
                catch (InvalidOperationException e)
                {
                    throw new JsonException("The document holds half a surrogate pair.", e);
                }
            }
        }
    }
}
