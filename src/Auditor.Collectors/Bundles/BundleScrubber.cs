using System.IO.Compression;
using System.Security;
using System.Text;
using System.Xml;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>
/// Takes the credentials out of the files of a bundle before they are kept anywhere. Where one was stands a mark that says what may be known of it, and a bundle reads the
/// same before and after: lines keep their numbers, and the same credentials are found at the same places. Where that cannot be had, the file is not kept, and whoever
/// reads the bundle finds a file that cannot be read.
/// </summary>
internal sealed class BundleScrubber(Redactor redactor)
{
    /// <summary>Changes when what is taken out changes, so that what was kept before is not used.</summary>
    public const int Version = 1;

    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly byte[] NotKept = "<!-- Not kept: credentials could not be taken out of it with certainty. -->\n"u8.ToArray();

    private static readonly string[] Folders = ["", "policies", "proxies", "targets", "sharedflows"];

    private static readonly string[] Scripts = ["jsc", "py", "oas", "openapi", "template", "xsl", "graphql", "node"];

    /// <summary>
    /// The archive without credentials and without what nobody reads: the same bytes for the same content, whenever and however often it was downloaded.
    /// </summary>
    /// <exception cref="RefusedArchiveException">The archive is damaged, hostile, beyond a limit, or no bundle.</exception>
    public byte[] Archive(byte[] archive, BundleKind kind)
    {
        var root = kind == BundleKind.Proxy ? "apiproxy" : "sharedflowbundle";
        if (!ZipBundle.LooksLikeArchive(archive))
        {
            throw new RefusedArchiveException("it is no archive");
        }

        var zip = ZipBundle.Open(archive);
        if (!zip.Roots().Contains(root, StringComparer.Ordinal))
        {
            throw new RefusedArchiveException($"it holds no folder '{root}'");
        }

        var files = zip.Below(root);
        using var buffer = new MemoryStream();
        using (var result = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var path in files.Paths.Where(IsRead))
            {
                var content = File(path, files);
                var entry = result.CreateEntry(root + "/" + path, Compression(content));
                entry.LastWriteTime = Epoch;
                using var stream = entry.Open();
                stream.Write(content);
            }
        }

        return buffer.ToArray();
    }

    /// <summary>A property file without credentials. Comments go with them; lines keep their numbers.</summary>
    public byte[] Properties(byte[] bytes)
    {
        var text = Text(bytes);
        var taken = 0;
        var places = new SecretPlaces(redactor, (_, _) => taken++);
        var lines = new SortedDictionary<int, string>();
        foreach (var entry in PropertiesFile.Read(text))
        {
            var value = places.Entry(entry.Key, entry.Value, new SourceLocation("", entry.Line), "", keepByDefault: true);
            // A placeholder that looks like what it stands for is read in clear, and is kept like any other.
            var secret = value.Secret ?? (SecretShapes.KindOf(entry.Value) is { } kind ? redactor.Redact(kind, entry.Value) : null);
            lines[entry.Line] =
                Escaped(entry.Key, isKey: true)
                + "="
                + Escaped(
                    secret is not null ? RedactedMark.Of(secret, SecretShapes.IsPlaceholder(entry.Value)) : value.Text!,
                    isKey: false
                );
        }

        if (taken == 0 && SecretShapes.MaskText(text) == text)
        {
            return bytes;
        }

        var result = new StringBuilder();
        for (var line = 1; line <= (lines.Count == 0 ? 0 : lines.Keys.Last()); line++)
        {
            result.Append(lines.GetValueOrDefault(line, "")).Append('\n');
        }

        return Encoding.UTF8.GetBytes(result.ToString());
    }

    // What the reader of bundles looks at, and nothing else: what it passes over is not kept, either.
    private static bool IsRead(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var folder = slash < 0 ? "" : path[..slash];
        return folder == "resources"
            ? path.AsSpan(slash + 1).Contains('/')
            : path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase)
                && !path.AsSpan(slash + 1).Contains('/')
                && Folders.Contains(folder, StringComparer.Ordinal);
    }

    private byte[] File(string path, ZipBundle files)
    {
        byte[] bytes;
        try
        {
            bytes = files.Read(path);
        }
        catch (IOException e)
        {
            // Damaged on the way, it must not be kept for the nights to come.
            throw new RefusedArchiveException("a file in it cannot be read: " + Inputs.Reason.Of(e));
        }

        if (!path.StartsWith("resources/", StringComparison.Ordinal))
        {
            return bytes.Length > HardenedXml.MaxCharacters ? NotKept : Xml(bytes);
        }

        var type = path.Split('/')[1];
        return type == "properties" ? Properties(bytes)
            : Scripts.Contains(type, StringComparer.Ordinal) ? Script(bytes)
            : Other(bytes);
    }

    private byte[] Script(byte[] bytes)
    {
        var text = Text(bytes);
        var taken = 0;
        var clean = new SecretPlaces(redactor, (_, _) => taken++).Script(text, "", null);
        return taken == 0 ? bytes : Encoding.UTF8.GetBytes(clean);
    }

    // Files whose structure nobody looks at: what is text loses what has the shape of a credential.
    private byte[] Other(byte[] bytes)
    {
        if (bytes.AsSpan().Contains((byte)0))
        {
            return bytes;
        }

        var text = Text(bytes);
        var taken = 0;
        var clean = SecretShapes.MaskText(new SecretPlaces(redactor, (_, _) => taken++).Script(text, "", null));
        return clean == text ? bytes : Encoding.UTF8.GetBytes(clean);
    }

    private byte[] Xml(byte[] bytes)
    {
        var values = new List<(string Value, string Mark)>();
        Element wanted;
        string text;
        try
        {
            text = HardenedXml.Decode(bytes);
            wanted = new SecretPlaces(redactor, (value, mark) => values.Add((value, mark))).Redact(
                HardenedXml.Read(bytes, "", new NameTable()).Root
            );
        }
        catch (UnreadableXmlException)
        {
            return NotKept;
        }

        var clean = WithoutCommentedSecrets(text);
        if (values.Count == 0)
        {
            return clean == text ? bytes
                : Reads(clean, wanted) ? Encoding.UTF8.GetBytes(clean)
                : NotKept;
        }

        foreach (var where in (ReadOnlySpan<Place>)[Place.Element, Place.Quoted, Place.Word])
        {
            // The longest first: one value may be a part of another.
            clean = values
                .OrderByDescending(value => value.Value.Length)
                .ThenBy(value => value.Value, StringComparer.Ordinal)
                .Aggregate(clean, (current, value) => Replace(current, value.Value, value.Mark, where));
            if (Reads(clean, wanted))
            {
                return Encoding.UTF8.GetBytes(clean);
            }
        }

        return NotKept;
    }

    private enum Place
    {
        Element,
        Quoted,
        Word,
    }

    private bool Reads(string text, Element wanted)
    {
        var left = 0;
        try
        {
            var root = new SecretPlaces(redactor, (_, _) => left++).Redact(
                HardenedXml.Read(Encoding.UTF8.GetBytes(text), "", new NameTable()).Root
            );
            return left == 0 && AreSame(wanted, root);
        }
        catch (UnreadableXmlException)
        {
            return false;
        }
    }

    private static bool AreSame(Element left, Element right) =>
        left.Name == right.Name
        && left.Line == right.Line
        && left.RawText == right.RawText
        && Equals(left.Secret, right.Secret)
        && left.Attributes.SequenceEqual(right.Attributes)
        && left.Children.Length == right.Children.Length
        && left.Children.Zip(right.Children).All(pair => AreSame(pair.First, pair.Second));

    private static string Replace(string text, string value, string mark, Place place)
    {
        var escaped = SecurityElement.Escape(value)!;
        foreach (
            var form in new[]
            {
                value,
                escaped,
                escaped.Replace("&apos;", "'", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal),
            }
                .SelectMany(form => new[] { form, form.Replace("\n", "\r\n", StringComparison.Ordinal) })
                .Distinct(StringComparer.Ordinal)
        )
        {
            var lines = mark + new string('\n', value.AsSpan().Count('\n'));
            for (var at = text.IndexOf(form, StringComparison.Ordinal); at >= 0; )
            {
                var end = at + form.Length;
                if (IsAt(text, at, end, place))
                {
                    text = string.Concat(text.AsSpan(0, at), lines, text.AsSpan(end));
                    end = at + lines.Length;
                }

                at = end >= text.Length ? -1 : text.IndexOf(form, end, StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static bool IsAt(string text, int start, int end, Place place)
    {
        var before = text.AsSpan(0, start).TrimEnd();
        var after = text.AsSpan(end).TrimStart();
        var last = before.IsEmpty ? '\0' : before[^1];
        var next = after.IsEmpty ? '\0' : after[0];
        return place switch
        {
            Place.Element => last is '>' or '[' && next is '<' or ']',
            Place.Quoted => last is '>' or '[' or '"' or '\'' or ';' && next is '<' or ']' or '"' or '\'' or '&',
            _ => (start == 0 || !char.IsLetterOrDigit(text[start - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])),
        };
    }

    private static string WithoutCommentedSecrets(string text)
    {
        var result = new StringBuilder();
        var from = 0;
        for (
            var start = text.IndexOf("<!--", StringComparison.Ordinal);
            start >= 0;
            start = text.IndexOf("<!--", from, StringComparison.Ordinal)
        )
        {
            var end = text.IndexOf("-->", start, StringComparison.Ordinal);
            end = end < 0 ? text.Length : end;
            result.Append(text, from, start - from).Append(SecretShapes.MaskText(text[start..end]));
            from = end;
        }

        return from == 0 ? text : result.Append(text, from, text.Length - from).ToString();
    }

    // An entry that compresses better than archives may is stored as it is.
    private static CompressionLevel Compression(byte[] content)
    {
        if (content.Length < 1024 * 1024)
        {
            return CompressionLevel.Fastest;
        }

        using var buffer = new MemoryStream();
        using (var deflate = new DeflateStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(content);
        }

        return content.Length > buffer.Length * (ZipBundle.MaxRatio / 2) ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
    }

    private static string Text(byte[] bytes)
    {
        try
        {
            return HardenedXml.Decode(bytes);
        }
        catch (UnreadableXmlException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static string Escaped(string text, bool isKey)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                '\f' => result.Append("\\f"),
                '\\' => result.Append("\\\\"),
                '=' or ':' or '#' or '!' or ' ' when isKey || result.Length == 0 => result.Append('\\').Append(c),
                _ => result.Append(c),
            };
        }

        return result.ToString();
    }
}
