using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Auditor.Model;

namespace Auditor.Engine;

/// <summary>
/// Works out where symbolic places fall in the text: the one place that knows lines of JSON pointers, ends of XML elements and excerpts. The texts it is handed are
/// already masked.
/// </summary>
public sealed class Excerpts(Func<string, string?> textOf)
{
    private const int MaxExcerpt = 240;
    private const int MaxMoreLines = 3;

    private readonly ConcurrentDictionary<string, ArtifactText?> texts = new(StringComparer.Ordinal);

    /// <summary>The text of an artifact, split into lines; null when it is not at hand.</summary>
    public ArtifactText? Find(string artifact) =>
        texts.GetOrAdd(artifact, name => textOf(name) is { } text ? new ArtifactText(text) : null);

    /// <summary>The place with its region and excerpt.</summary>
    public Place Resolve(SourceLocation location)
    {
        ArgumentNullException.ThrowIfNull(location);
        var text = Find(location.Artifact);
        if (text is null)
        {
            return new Place(location.Artifact, location.Line, location.Column, location.Line, location.Column, location.Pointer, null);
        }

        var (start, end) = Region(text, location);
        if (start < 0)
        {
            return new Place(
                location.Artifact,
                Math.Max(location.Line, 1),
                Math.Max(location.Column, 1),
                Math.Max(location.Line, 1),
                Math.Max(location.Column, 1),
                location.Pointer,
                null
            );
        }

        var (line, column) = text.PositionOf(start);
        var (endLine, endColumn) = text.PositionOf(end);
        var excerpt = text.Line(line);
        return new Place(location.Artifact, line, column, endLine, endColumn, location.Pointer, Cut(excerpt))
        {
            MoreLines = location.Artifact.EndsWith(".json", StringComparison.Ordinal) ? MoreLines(text, line) : [],
        };
    }

    private static string Cut(string line) => line.Length > MaxExcerpt ? line[..MaxExcerpt] + "…" : line;

    // The first members of what the line opens, by their indentation, or its end where that comes first.
    private static ImmutableArray<string> MoreLines(ArtifactText text, int line)
    {
        var first = text.Line(line).TrimEnd();
        if (!first.EndsWith('{') && !first.EndsWith('['))
        {
            return [];
        }

        var depth = Indentation(first);
        var lines = ImmutableArray.CreateBuilder<string>(MaxMoreLines);
        while (lines.Count < MaxMoreLines && line + lines.Count < text.LineCount)
        {
            var next = text.Line(line + lines.Count + 1).TrimEnd();
            if (next.Length == 0)
            {
                break;
            }

            lines.Add(Cut(next));
            if (Indentation(next) <= depth)
            {
                break;
            }
        }

        return lines.ToImmutable();
    }

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    /// <summary>The region of a place as offsets into its text; (-1, -1) when it is not there.</summary>
    internal static (int Start, int End) Region(ArtifactText text, SourceLocation location)
    {
        if (location.Line > 0)
        {
            var start = text.OffsetOf(location.Line, Math.Max(location.Column, 1));
            if (start < 0)
            {
                return (-1, -1);
            }

            if (start < text.Text.Length && text.Text[start] == '<')
            {
                return location.Pointer is ['@', .. var attribute] && XmlRegions.Attribute(text.Text, start, attribute) is { } found
                    ? found
                    : (start, XmlRegions.EndForExcerpt(text.Text, start));
            }

            var endOfLine = text.Text.IndexOf('\n', start);
            return (
                start,
                (endOfLine < 0 ? text.Text.Length : endOfLine) is var end && end > start && text.Text[end - 1] == '\r' ? end - 1 : end
            );
        }

        if (location.Pointer is not null && location.Artifact.EndsWith(".json", StringComparison.Ordinal))
        {
            return JsonRegions.Find(text, location.Pointer);
        }

        return (0, Math.Max(0, text.Line(1).Length));
    }
}

/// <summary>A text with its lines.</summary>
public sealed class ArtifactText
{
    private readonly List<int> starts = [0];
    private ImmutableArray<string> hashes;

    /// <summary>Splits a text.</summary>
    public ArtifactText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                starts.Add(i + 1);
            }
        }
    }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The number of lines.</summary>
    public int LineCount => starts.Count;

    /// <summary>A line without its end, from 1.</summary>
    public string Line(int line)
    {
        if (line < 1 || line > starts.Count)
        {
            return "";
        }

        var start = starts[line - 1];
        var end = line < starts.Count ? starts[line] - 1 : Text.Length;
        return Text[start..end].TrimEnd('\r');
    }

    /// <summary>The hash of a line, from 1, as <see cref="LineHashes"/> has it; null when there is no such line.</summary>
    public string? LineHash(int line)
    {
        var all = hashes.IsDefault ? hashes = LineHashes.Of(Text) : hashes;
        return line >= 1 && line <= all.Length ? all[line - 1] : null;
    }

    /// <summary>The offset of a line and column, from 1; -1 when there is no such line.</summary>
    public int OffsetOf(int line, int column) =>
        line < 1 || line > starts.Count ? -1 : Math.Min(Text.Length, starts[line - 1] + column - 1);

    /// <summary>The line and column of an offset, from 1.</summary>
    public (int Line, int Column) PositionOf(int offset)
    {
        var index = starts.BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        return (line + 1, offset - starts[line] + 1);
    }
}

/// <summary>Finds regions of XML from the offset of a tag's <c>&lt;</c>.</summary>
internal static class XmlRegions
{
    /// <summary>The end of the opening tag, after its <c>&gt;</c>.</summary>
    public static int EndOfTag(string text, int start)
    {
        var quote = '\0';
        for (var i = start + 1; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'')
            {
                quote = text[i];
            }
            else if (text[i] == '>')
            {
                return i + 1;
            }
        }

        return text.Length;
    }

    /// <summary>Whether the tag closes itself.</summary>
    public static bool IsEmpty(string text, int endOfTag) => endOfTag >= 2 && text[endOfTag - 2] == '/';

    /// <summary>The element's end if it is on the same line, else the end of its opening tag or of the line.</summary>
    public static int EndForExcerpt(string text, int start)
    {
        var tag = EndOfTag(text, start);
        var line = text.IndexOf('\n', start);
        line = line < 0 ? text.Length : line;
        if (line > start && text[line - 1] == '\r')
        {
            line--;
        }

        if (tag > line)
        {
            return line;
        }

        if (IsEmpty(text, tag))
        {
            return tag;
        }

        var close = text.IndexOf("</" + NameAt(text, start), tag, StringComparison.Ordinal);
        return close >= 0 && close < line ? Math.Min(line, EndOfTag(text, close)) : tag;
    }

    /// <summary>The end of the whole element.</summary>
    public static int EndOfElement(string text, int start)
    {
        var name = NameAt(text, start);
        var at = EndOfTag(text, start);
        if (IsEmpty(text, at))
        {
            return at;
        }

        var depth = 1;
        while (depth > 0)
        {
            var next = text.IndexOf('<', at);
            if (next < 0)
            {
                return text.Length;
            }

            if (string.CompareOrdinal(text, next, "<!--", 0, 4) == 0)
            {
                at = After(text, "-->", next);
            }
            else if (string.CompareOrdinal(text, next, "<![CDATA[", 0, 9) == 0)
            {
                at = After(text, "]]>", next);
            }
            else
            {
                at = EndOfTag(text, next);
                if (text[next + 1] == '/')
                {
                    depth -= string.Equals(NameAt(text, next + 1), name, StringComparison.Ordinal) ? 1 : 0;
                }
                else if (!IsEmpty(text, at) && string.Equals(NameAt(text, next), name, StringComparison.Ordinal))
                {
                    depth++;
                }
            }
        }

        return at;
    }

    /// <summary>An attribute of the tag, with the blank before it; null when it has none of that name.</summary>
    public static (int Start, int End)? Attribute(string text, int start, string name)
    {
        var end = EndOfTag(text, start);
        for (
            var at = text.IndexOf(name, start, end - start, StringComparison.Ordinal);
            at > 0;
            at = text.IndexOf(name, at + 1, end - at - 1, StringComparison.Ordinal)
        )
        {
            var equals = at + name.Length;
            while (equals < end && char.IsWhiteSpace(text[equals]))
            {
                equals++;
            }

            if (!char.IsWhiteSpace(text[at - 1]) || equals >= end || text[equals] != '=')
            {
                continue;
            }

            var open = text.IndexOfAny(['"', '\''], equals);
            var close = open < 0 ? -1 : text.IndexOf(text[open], open + 1);
            if (close > 0 && close < end)
            {
                return (at, close + 1);
            }
        }

        return null;
    }

    public static string NameAt(string text, int start)
    {
        var end = start + 1;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not ('>' or '/'))
        {
            end++;
        }

        return text[(start + 1)..end];
    }

    private static int After(string text, string mark, int from)
    {
        var at = text.IndexOf(mark, from, StringComparison.Ordinal);
        return at < 0 ? text.Length : at + mark.Length;
    }
}

/// <summary>Finds the value of a JSON pointer in a text.</summary>
internal static class JsonRegions
{
    public static (int Start, int End) Find(ArtifactText text, string pointer)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Text);
        var wanted = pointer.Split('/', StringSplitOptions.None).Skip(1).Select(Unescape).ToArray();
        try
        {
            var reader = new Utf8JsonReader(
                bytes,
                new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
            reader.Read();
            foreach (var token in wanted)
            {
                if (!Descend(ref reader, token))
                {
                    return (-1, -1);
                }
            }

            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                // An object is shown by its first line.
                var close = bytes.AsSpan(start).IndexOf((byte)'\n');
                reader.Skip();
                var whole = (int)reader.BytesConsumed;
                return (CharOffset(bytes, start), CharOffset(bytes, close < 0 ? whole : Math.Min(whole, start + close)));
            }

            return (CharOffset(bytes, start), CharOffset(bytes, (int)reader.BytesConsumed));
        }
        catch (JsonException)
        {
            return (-1, -1);
        }
    }

    private static bool Descend(ref Utf8JsonReader reader, string token)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var found = reader.ValueTextEquals(token);
                    reader.Read();
                    if (found)
                    {
                        return true;
                    }

                    reader.Skip();
                }

                return false;
            case JsonTokenType.StartArray when int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index):
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (index-- == 0)
                    {
                        return true;
                    }

                    reader.Skip();
                }

                return false;
            default:
                return false;
        }
    }

    private static int CharOffset(byte[] bytes, int offset) => Encoding.UTF8.GetCharCount(bytes, 0, offset);

    private static string Unescape(string token) =>
        token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
