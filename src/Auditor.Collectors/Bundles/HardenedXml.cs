using System.Text;
using System.Text.Unicode;
using System.Xml;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>A comment and the lines it stands for: those of the element that follows it.</summary>
/// <param name="Text">The comment's text.</param>
/// <param name="Location">Where it is.</param>
/// <param name="FirstLine">The first line of the element that follows, or 1 before the root.</param>
/// <param name="LastLine">The last line of that element, or the greatest number before the root.</param>
internal sealed record XmlComment(string Text, SourceLocation Location, int FirstLine, int LastLine);

/// <summary>A document that was read.</summary>
/// <param name="Root">The root element.</param>
/// <param name="Comments">The comments that begin with <c>auditor:</c>.</param>
internal sealed record XmlFile(Element Root, ImmutableArray<XmlComment> Comments);

/// <summary>A document that cannot be read.</summary>
internal sealed class UnreadableXmlException(string reason, int line, int column) : Exception(reason)
{
    /// <summary>The line where reading stopped.</summary>
    public int Line { get; } = line;

    /// <summary>The column where reading stopped.</summary>
    public int Column { get; } = column;
}

/// <summary>
/// The one place that reads XML. Document type declarations are refused, nothing is resolved, depth and size are capped: a document of 200,000 nested tags costs
/// <c>XDocument</c> minutes. What real bundles hold is tolerated: byte-order marks, CRLF, text before the declaration, foreign namespaces.
/// </summary>
internal static class HardenedXml
{
    internal const int MaxDepth = 256;
    internal const int MaxCharacters = 16 * 1024 * 1024;

    private const string CommentMark = "auditor:";

    /// <summary>Reads a document.</summary>
    /// <exception cref="UnreadableXmlException">The document is malformed, uses what is refused, or exceeds a cap.</exception>
    public static XmlFile Read(byte[] bytes, string artifact, NameTable names)
    {
        if (Start(bytes) is var start and >= 0 && Utf8.IsValid(bytes.AsSpan(start)))
        {
            try
            {
                using var stream = new MemoryStream(bytes, start, bytes.Length - start, writable: false);
                using var reader = XmlReader.Create(stream, Settings(names));
                return new Builder(reader, artifact, start).Read();
            }
            catch (XmlException)
            {
                // Read again below, where the position and the reason are those of the whole text.
            }
        }

        var text = Blank(Decode(bytes));
        using var whole = XmlReader.Create(new StringReader(text), Settings(names));
        try
        {
            return new Builder(whole, artifact, 0).Read();
        }
        catch (XmlException e)
        {
            // The exception's own text quotes the document; what is kept is a reason without it.
            throw new UnreadableXmlException(Reason(e, text), e.LineNumber, e.LinePosition);
        }
    }

    private static XmlReaderSettings Settings(NameTable names) =>
        new()
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreProcessingInstructions = true,
            MaxCharactersInDocument = MaxCharacters,
            NameTable = names,
        };

    /// <summary>
    /// Where an ordinary document goes on behind its declaration, which is ASCII on the first line, or where it has none its beginning. Negative for everything else, which
    /// is decoded and looked at first. Nearly all files are ordinary, and are read without being copied; what the declaration says does not matter, they are UTF-8.
    /// </summary>
    private static int Start(ReadOnlySpan<byte> bytes)
    {
        var declaration = bytes.IndexOf("<?xml"u8);
        if (declaration > 0)
        {
            return -1;
        }

        var start = 0;
        if (declaration == 0)
        {
            var end = bytes.IndexOf("?>"u8);
            if (end < 0 || !Ascii.IsValid(bytes[..end]) || bytes[..end].ContainsAny((byte)'\r', (byte)'\n') || DeclaresLatin1(bytes))
            {
                return -1;
            }

            start = end + 2;
        }

        var first = bytes[start..].IndexOfAnyExcept(" \t\r\n"u8);
        var markup = first < 0 ? [] : bytes[(start + first)..];
        return markup is [(byte)'<', var next, ..] && (next == '!' || char.IsAsciiLetter((char)next)) ? start : -1;
    }

    private static string Reason(XmlException e, string text) =>
        text.AsSpan().Trim().IsEmpty ? "the file is empty"
        : e.Message.Contains("DTD", StringComparison.Ordinal) ? "a document type declaration is refused"
        : e.Message.Contains("MaxCharacters", StringComparison.Ordinal) ? "the document is larger than 16 million characters"
        : e.Message.Contains("Root element is missing", StringComparison.Ordinal) ? "there is no root element"
        : e.Message.Contains("does not match the end tag", StringComparison.Ordinal) ? "an end tag does not match its start tag"
        : e.Message.Contains("undeclared prefix", StringComparison.Ordinal) ? "a namespace prefix is not declared"
        : e.Message.Contains("end of file", StringComparison.Ordinal) ? "the document ends in the middle"
        : e.Message.Contains("undeclared entity", StringComparison.Ordinal) ? "an entity is not declared"
        : e.Message.Contains("duplicate attribute", StringComparison.Ordinal) ? "an attribute is given twice"
        : "the document is not well-formed XML";

    /// <summary>The text of a file: UTF-8 unless a byte-order mark or the declaration says otherwise.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            bytes = bytes[3..];
        }
        else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
        {
            return Encoding.Unicode.GetString(bytes[2..]);
        }
        else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        }

        if (DeclaresLatin1(bytes))
        {
            return Encoding.Latin1.GetString(bytes);
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new UnreadableXmlException($"the file is not valid UTF-8 (byte {e.Index.ToString(CultureInfo.InvariantCulture)})", 1, 1);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static bool DeclaresLatin1(ReadOnlySpan<byte> bytes)
    {
        var head = bytes[..Math.Min(bytes.Length, 200)];
        var declaration = head.IndexOf("<?xml"u8);
        if (declaration < 0)
        {
            return false;
        }

        var end = head[declaration..].IndexOf("?>"u8);
        if (end < 0)
        {
            return false;
        }

        var text = head.Slice(declaration, end);
        return text.IndexOf("8859-1"u8) >= 0 || text.IndexOf("1252"u8) >= 0;
    }

    // Text before the declaration (licence headers, in 24 of 9,367 measured policy files) and the declaration itself become blanks, so that positions stay true.
    private static string Blank(string text)
    {
        var declaration = text.IndexOf("<?xml", StringComparison.Ordinal);
        var element = FirstMarkup(text);
        if (element < 0 || (declaration < 0 && text.AsSpan(0, element).Trim().IsEmpty))
        {
            return text;
        }

        var from = element;
        if (declaration >= 0 && declaration <= element)
        {
            var end = text.IndexOf("?>", declaration, StringComparison.Ordinal);
            from = end < 0 ? declaration : end + 2;
        }
        else if (declaration > 0 && text.AsSpan(0, declaration).IndexOf("<!--") >= 0)
        {
            // A comment before the declaration: blank up to and with the declaration.
            var end = text.IndexOf("?>", declaration, StringComparison.Ordinal);
            from = end < 0 ? declaration : end + 2;
        }

        return string.Create(
            text.Length,
            (text, from),
            static (span, state) =>
            {
                state.text.CopyTo(span);
                foreach (ref var c in span[..state.from])
                {
                    c = c is '\n' or '\r' ? c : ' ';
                }
            }
        );
    }

    private static int FirstMarkup(string text)
    {
        for (var i = text.IndexOf('<', StringComparison.Ordinal); i >= 0 && i + 1 < text.Length; i = text.IndexOf('<', i + 1))
        {
            if (text[i + 1] is '?' or '!' or '_' or ':' || char.IsLetter(text[i + 1]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Builds the elements of a document.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="artifact">Its file.</param>
    /// <param name="before">How many characters of its first line come before what the reader reads.</param>
    private sealed class Builder(XmlReader reader, string artifact, int before)
    {
        private readonly IXmlLineInfo lines = (IXmlLineInfo)reader;

        // The open elements come first; those behind them are kept to be used again.
        private readonly List<Frame> stack = [];
        private int depth;
        private readonly List<(string Text, SourceLocation Location, int Depth)> pending = [];
        private readonly List<(Frame Owner, string Text, SourceLocation Location)> waiting = [];
        private ImmutableArray<XmlComment>.Builder? comments;

        public XmlFile Read()
        {
            Element? root = null;
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        root = Open() ?? root;
                        break;
                    case XmlNodeType.EndElement:
                        root = Close(Line) ?? root;
                        break;
                    case XmlNodeType.Text:
                    case XmlNodeType.CDATA:
                    case XmlNodeType.SignificantWhitespace:
                        stack[depth - 1].Append(reader.Value);
                        break;
                    case XmlNodeType.Comment:
                        Comment();
                        break;
                    default:
                        break;
                }
            }

            return root is null
                ? throw new UnreadableXmlException("there is no root element", 1, 1)
                : new XmlFile(root, comments?.ToImmutable() ?? []);
        }

        private int Line => lines.LineNumber;

        private int Column => lines.LinePosition + (lines.LineNumber == 1 ? before : 0);

        private Element? Open()
        {
            if (depth >= MaxDepth)
            {
                throw new UnreadableXmlException("elements are nested deeper than 256", Line, Column);
            }

            if (depth == stack.Count)
            {
                stack.Add(new Frame());
            }

            var frame = stack[depth];
            frame.Begin(reader.LocalName, Line, Column - 1);
            var empty = reader.IsEmptyElement;
            if (reader.HasAttributes)
            {
                var attributes = ImmutableArray.CreateBuilder<ElementAttribute>(reader.AttributeCount);
                while (reader.MoveToNextAttribute())
                {
                    if (
                        reader.Prefix.Length == 0
                            ? !string.Equals(reader.LocalName, "xmlns", StringComparison.Ordinal)
                            : !string.Equals(reader.Prefix, "xmlns", StringComparison.Ordinal)
                    )
                    {
                        attributes.Add(new ElementAttribute(reader.LocalName, reader.Value));
                    }
                }

                reader.MoveToElement();
                frame.Attributes = attributes.DrainToImmutable();
            }

            foreach (var (text, location, level) in pending)
            {
                if (level == depth)
                {
                    waiting.Add((frame, text, location));
                }
            }

            pending.Clear();
            depth++;
            return empty ? Close(frame.Line) : null;
        }

        private Element? Close(int lastLine)
        {
            var frame = stack[--depth];
            pending.Clear();
            if (waiting.Count > 0)
            {
                foreach (var (owner, text, location) in waiting)
                {
                    if (ReferenceEquals(owner, frame))
                    {
                        Add(text, location, location.Line, lastLine);
                    }
                }

                waiting.RemoveAll(item => ReferenceEquals(item.Owner, frame));
            }

            var element = frame.Build(artifact);
            if (depth == 0)
            {
                return element;
            }

            stack[depth - 1].Add(element);
            return null;
        }

        private void Comment()
        {
            var text = reader.Value.Trim();
            if (!text.StartsWith(CommentMark, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            var location = new SourceLocation(artifact, Line, Math.Max(1, Column - 4));
            if (depth == 0)
            {
                Add(text, location, 1, int.MaxValue);
            }
            else
            {
                pending.Add((text, location, depth));
            }
        }

        private void Add(string text, SourceLocation location, int first, int last)
        {
            comments ??= ImmutableArray.CreateBuilder<XmlComment>();
            comments.Add(new XmlComment(text[CommentMark.Length..].Trim(), location, first, last));
        }
    }

    /// <summary>An element whose end was not read yet.</summary>
    private sealed class Frame
    {
        private readonly List<Element> children = [];
        private string name = "";
        private int column;
        private string text = "";
        private StringBuilder? longText;

        public int Line { get; private set; }

        public ImmutableArray<ElementAttribute> Attributes { get; set; } = [];

        public void Begin(string localName, int atLine, int atColumn)
        {
            (name, Line, column) = (localName, atLine, atColumn);
            (text, longText, Attributes) = ("", null, []);
            children.Clear();
        }

        public void Append(string value)
        {
            if (text.Length == 0 && longText is null)
            {
                text = value;
                return;
            }

            longText ??= new StringBuilder(text);
            longText.Append(value);
        }

        public void Add(Element child) => children.Add(child);

        public Element Build(string artifact) =>
            new(name, Attributes, [.. children], longText?.ToString() ?? text, null, artifact, Line, column);
    }
}
