using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Auditor.Collectors.Bundles;

/// <summary>An archive that is refused, with the reason in one line.</summary>
internal sealed class RefusedArchiveException(string reason) : Exception(reason);

/// <summary>
/// Reads a bundle archive in memory; nothing is ever extracted. Written by hand because the framework's reader neither verifies checksums nor notices that an entry
/// holds more than it declares (both measured on .NET 10), and what an auditor sees must be what the gateway sees. Only what bundles use is accepted: one disk,
/// stored or deflated entries, no encryption, no ZIP64. Refused as ambiguous: absolute and climbing names, drive letters, control characters, names that differ
/// only in case, entries that overlap or disagree with their local header.
/// </summary>
internal sealed class ZipBundle : IBundleFiles
{
    internal const int MaxArchive = 15 * 1024 * 1024;
    internal const int MaxEntries = 5_000;
    internal const long MaxTotal = 64L * 1024 * 1024;
    internal const int MaxRatio = 200;

    // Small entries compress as well as they like: a ratio says something about a bomb only when there is something to blow up.
    private const long RatioMatters = 1024 * 1024;

    private readonly byte[] archive;
    private readonly SortedDictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private string prefix = "";
    private List<string>? paths;

    private ZipBundle(byte[] archive) => this.archive = archive;

    private sealed record Entry(string Name, int Method, uint Crc, uint Compressed, uint Size, int HeaderOffset);

    /// <summary>Whether the bytes begin like an archive.</summary>
    public static bool LooksLikeArchive(ReadOnlySpan<byte> bytes) => bytes.StartsWith("PK\x03\x04"u8) || bytes.StartsWith("PK\x05\x06"u8);

    /// <summary>Opens an archive and checks its directory.</summary>
    /// <exception cref="RefusedArchiveException">The archive is damaged, hostile, or beyond a limit.</exception>
    public static ZipBundle Open(byte[] archive)
    {
        if (archive.Length > MaxArchive)
        {
            throw new RefusedArchiveException("the archive is larger than 15 MB, Apigee's limit for bundles");
        }

        var zip = new ZipBundle(archive);
        zip.ReadDirectory();
        return zip;
    }

    /// <summary>The bundle folders inside: the path that ends in <c>apiproxy</c> or <c>sharedflowbundle</c>, ordered.</summary>
    public IReadOnlyList<string> Roots()
    {
        var roots = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in entries.Keys)
        {
            if (IsAppleDouble(name))
            {
                continue;
            }

            foreach (var folder in (ReadOnlySpan<string>)["apiproxy", "sharedflowbundle"])
            {
                if (name.StartsWith(folder + "/", StringComparison.Ordinal))
                {
                    roots.Add(folder);
                }
                else if (
                    name.IndexOf("/" + folder + "/", StringComparison.Ordinal) is var at and >= 0
                    && name.AsSpan(0, at).Count('/') <= 3
                )
                {
                    roots.Add(name[..(at + 1 + folder.Length)]);
                }
            }
        }

        return [.. roots];
    }

    /// <summary>The same archive, seen from one of its <see cref="Roots"/>.</summary>
    public ZipBundle Below(string root)
    {
        var zip = new ZipBundle(archive) { prefix = root + "/" };
        foreach (var (name, entry) in entries)
        {
            if (name.StartsWith(zip.prefix, StringComparison.Ordinal))
            {
                zip.entries.Add(name[zip.prefix.Length..], entry);
            }
        }

        return zip;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths =>
        paths ??= [.. entries.Keys.Where(name => name.Length > 0 && name[^1] != '/' && !IsAppleDouble(name))];

    /// <inheritdoc/>
    public long Size(string path) => entries[path].Size;

    /// <inheritdoc/>
    public byte[] Read(string path)
    {
        var entry = entries[path];
        var data = Data(entry);
        var content = new byte[entry.Size];
        if (entry.Method == 0)
        {
            data.CopyTo(content);
        }
        else
        {
            Inflate(data, content);
        }

        if (Crc32(content) != entry.Crc)
        {
            throw new InvalidArchiveEntryException("the entry's checksum does not match its content");
        }

        return content;
    }

    private static bool IsAppleDouble(string name) =>
        name.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || name.Contains("/__MACOSX/", StringComparison.Ordinal)
        || name.EndsWith(".DS_Store", StringComparison.Ordinal);

    private static void Inflate(ReadOnlySpan<byte> data, byte[] content)
    {
        using var source = new MemoryStream(data.ToArray(), writable: false);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress);
        try
        {
            var read = inflate.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (read < content.Length)
            {
                throw new InvalidArchiveEntryException("the entry holds less than it declares");
            }

            if (inflate.ReadByte() >= 0)
            {
                throw new InvalidArchiveEntryException("the entry holds more than it declares");
            }
        }
        catch (InvalidDataException)
        {
            throw new InvalidArchiveEntryException("the entry's compressed data is damaged");
        }
    }

    private ReadOnlySpan<byte> Data(Entry entry)
    {
        var header = archive.AsSpan(entry.HeaderOffset);
        var start =
            entry.HeaderOffset
            + 30
            + BinaryPrimitives.ReadUInt16LittleEndian(header[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        return archive.AsSpan(start, (int)entry.Compressed);
    }

    private void ReadDirectory()
    {
        var end = FindEnd();
        var tail = archive.AsSpan(end);
        var disk = BinaryPrimitives.ReadUInt16LittleEndian(tail[4..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(tail[10..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(tail[12..]);
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(tail[16..]);
        if (disk != 0 || BinaryPrimitives.ReadUInt16LittleEndian(tail[8..]) != count)
        {
            throw new RefusedArchiveException("the archive spans several disks");
        }

        if (count == ushort.MaxValue || offset == uint.MaxValue || size == uint.MaxValue)
        {
            throw new RefusedArchiveException("the archive uses ZIP64, which no bundle of at most 15 MB needs");
        }

        if (count > MaxEntries)
        {
            throw new RefusedArchiveException($"the archive holds more than {MaxEntries.ToString(CultureInfo.InvariantCulture)} entries");
        }

        if (offset + (long)size > end)
        {
            throw new RefusedArchiveException("the archive's directory lies outside the archive");
        }

        var folded = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var ranges = new List<(int Start, int End)>(count);
        long total = 0;
        var at = (int)offset;
        for (var i = 0; i < count; i++)
        {
            var (entry, next) = ReadEntry(at, end);
            at = next;
            if (!folded.Add(entry.Name))
            {
                throw new RefusedArchiveException($"two entries have the same name but for case: '{Printable(entry.Name)}'");
            }

            total += entry.Size;
            if (total > MaxTotal)
            {
                throw new RefusedArchiveException("the archive unpacks to more than 64 MB");
            }

            if (entry.Size > RatioMatters && entry.Size > (long)entry.Compressed * MaxRatio)
            {
                throw new RefusedArchiveException(
                    $"an entry is compressed more than {MaxRatio.ToString(CultureInfo.InvariantCulture)} to 1: '{Printable(entry.Name)}'"
                );
            }

            ranges.Add(CheckLocalHeader(entry, (int)offset));
            entries.Add(entry.Name, entry);
        }

        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
            {
                throw new RefusedArchiveException("two entries of the archive overlap");
            }
        }
    }

    private int FindEnd()
    {
        // The end record is 22 bytes and a comment of at most 65,535. The last one that fits the file's end exactly is taken.
        for (var i = archive.Length - 22; i >= 0 && i >= archive.Length - 22 - ushort.MaxValue; i--)
        {
            if (
                archive.AsSpan(i).StartsWith("PK\x05\x06"u8)
                && i + 22 + BinaryPrimitives.ReadUInt16LittleEndian(archive.AsSpan(i + 20)) == archive.Length
            )
            {
                return i;
            }
        }

        throw new RefusedArchiveException("the archive is cut short or is no archive: its end record is missing");
    }

    private (Entry Entry, int Next) ReadEntry(int at, int end)
    {
        if (at + 46 > end || !archive.AsSpan(at).StartsWith("PK\x01\x02"u8))
        {
            throw new RefusedArchiveException("the archive's directory is damaged");
        }

        var record = archive.AsSpan(at);
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        var compressed = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(record[28..]);
        var extra = BinaryPrimitives.ReadUInt16LittleEndian(record[30..]);
        var comment = BinaryPrimitives.ReadUInt16LittleEndian(record[32..]);
        var header = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
        if (at + 46 + nameLength + extra + comment > end)
        {
            throw new RefusedArchiveException("the archive's directory is damaged");
        }

        var name = Encoding.UTF8.GetString(record.Slice(46, nameLength));
        CheckName(name);
        if ((flags & 0x41) != 0)
        {
            throw new RefusedArchiveException($"an entry is encrypted: '{Printable(name)}'");
        }

        if (method is not (0 or 8))
        {
            throw new RefusedArchiveException($"an entry uses a compression method other than deflate: '{Printable(name)}'");
        }

        if (compressed == uint.MaxValue || size == uint.MaxValue || header == uint.MaxValue)
        {
            throw new RefusedArchiveException("the archive uses ZIP64, which no bundle of at most 15 MB needs");
        }

        if (size > MaxTotal)
        {
            throw new RefusedArchiveException("the archive unpacks to more than 64 MB");
        }

        if (method == 0 && compressed != size)
        {
            throw new RefusedArchiveException($"a stored entry declares two sizes: '{Printable(name)}'");
        }

        return (new Entry(name, method, crc, compressed, size, (int)header), at + 46 + nameLength + extra + comment);
    }

    private (int Start, int End) CheckLocalHeader(Entry entry, int directory)
    {
        if (entry.HeaderOffset + 30L > directory || !archive.AsSpan(entry.HeaderOffset).StartsWith("PK\x03\x04"u8))
        {
            throw new RefusedArchiveException($"an entry has no local header: '{Printable(entry.Name)}'");
        }

        var header = archive.AsSpan(entry.HeaderOffset);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var extra = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var end = entry.HeaderOffset + 30L + nameLength + extra + entry.Compressed;
        if (end > directory)
        {
            throw new RefusedArchiveException($"an entry reaches beyond the archive: '{Printable(entry.Name)}'");
        }

        if (!string.Equals(Encoding.UTF8.GetString(header.Slice(30, nameLength)), entry.Name, StringComparison.Ordinal))
        {
            throw new RefusedArchiveException($"an entry has two names, in the directory and at its place: '{Printable(entry.Name)}'");
        }

        return (entry.HeaderOffset, (int)end);
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0)
        {
            throw new RefusedArchiveException("an entry has no name");
        }

        foreach (var c in name)
        {
            if (char.IsControl(c) || c == '\uFFFD')
            {
                throw new RefusedArchiveException($"an entry's name holds a control character: '{Printable(name)}'");
            }
        }

        if (name[0] == '/' || name.Contains('\\', StringComparison.Ordinal) || (name.Length > 1 && name[1] == ':'))
        {
            throw new RefusedArchiveException($"an entry's name is absolute or uses backslashes: '{Printable(name)}'");
        }

        foreach (var segment in name.AsSpan().TrimEnd('/').Split('/'))
        {
            if (name.AsSpan()[segment] is ".." or "." or "")
            {
                throw new RefusedArchiveException($"an entry's name climbs out of the archive: '{Printable(name)}'");
            }
        }

        if (name.Length > 500)
        {
            throw new RefusedArchiveException($"an entry's name is longer than 500 characters: '{Printable(name[..40])}…'");
        }
    }

    // The name of an entry is hostile text; what is printed of it is short and plain.
    private static string Printable(string name)
    {
        var shortened = name.Length > 80 ? name[..80] + "…" : name;
        return string.Create(
            shortened.Length,
            shortened,
            static (span, text) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(text[i]) || char.GetUnicodeCategory(text[i]) == UnicodeCategory.Format ? '?' : text[i];
                }
            }
        );
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes) => System.IO.Hashing.Crc32.HashToUInt32(bytes);
}

/// <summary>An entry that cannot be read as it declares itself.</summary>
internal sealed class InvalidArchiveEntryException(string reason) : IOException(reason);
