using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Auditor.Cli.Tests;

/// <summary>Writes archives byte by byte, so that they can lie.</summary>
internal sealed class RawZip
{
    /// <summary>An entry, and where it lies.</summary>
    public sealed record Entry(string Name, byte[] Content)
    {
        /// <summary>8 is deflated, 0 stored.</summary>
        public ushort Method { get; init; } = 8;

        /// <summary>The general purpose flags; bit 0 is encryption, bit 11 UTF-8 names.</summary>
        public ushort Flags { get; init; } = 1 << 11;

        /// <summary>The checksum to declare; null for the true one.</summary>
        public uint? Crc { get; init; }

        /// <summary>The size to declare; null for the true one.</summary>
        public uint? Size { get; init; }

        /// <summary>The name in the local header; null for the same.</summary>
        public string? LocalName { get; init; }

        /// <summary>The external attributes; the upper half is the Unix mode.</summary>
        public uint Attributes { get; init; }

        /// <summary>The offset of the local header to declare; null for the true one.</summary>
        public uint? Offset { get; init; }
    }

    private readonly MemoryStream file = new();
    private readonly MemoryStream directory = new();
    private int count;

    /// <summary>An archive of entries.</summary>
    public static byte[] Of(params Entry[] entries)
    {
        var zip = new RawZip();
        foreach (var entry in entries)
        {
            zip.Add(entry);
        }

        return zip.End();
    }

    /// <summary>An archive of a proxy bundle that is in order, and further entries.</summary>
    public static byte[] Bundle(params Entry[] entries) =>
        Of([.. Inputs.Bundle.Select(file => new Entry(file.Key, Encoding.UTF8.GetBytes(file.Value))), .. entries]);

    private void Add(Entry entry)
    {
        var data = entry.Method == 8 ? Deflated(entry.Content) : entry.Content;
        var crc = entry.Crc ?? Crc32.HashToUInt32(entry.Content);
        var size = entry.Size ?? (uint)entry.Content.Length;
        var name = Encoding.UTF8.GetBytes(entry.Name);
        var localName = Encoding.UTF8.GetBytes(entry.LocalName ?? entry.Name);
        var offset = entry.Offset ?? (uint)file.Length;

        Write(file, 0x04034b50u, (ushort)20, entry.Flags, entry.Method, (ushort)0, (ushort)0x21);
        Write(file, crc, (uint)data.Length, size, (ushort)localName.Length, (ushort)0);
        file.Write(localName);
        file.Write(data);

        Write(directory, 0x02014b50u, (ushort)0x314, (ushort)20, entry.Flags, entry.Method, (ushort)0, (ushort)0x21);
        Write(directory, crc, (uint)data.Length, size, (ushort)name.Length, (ushort)0, (ushort)0, (ushort)0, (ushort)0);
        Write(directory, entry.Attributes, offset);
        directory.Write(name);
        count++;
    }

    private byte[] End()
    {
        var start = (uint)file.Length;
        var number = (ushort)Math.Min(count, ushort.MaxValue);
        file.Write(directory.ToArray());
        Write(file, 0x06054b50u, (ushort)0, (ushort)0, number, number, (uint)directory.Length, start, (ushort)0);
        return file.ToArray();
    }

    private static byte[] Deflated(byte[] content)
    {
        var buffer = new MemoryStream();
        using (var deflate = new DeflateStream(buffer, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(content);
        }

        return buffer.ToArray();
    }

    private static void Write(MemoryStream stream, params ReadOnlySpan<object> values)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in values)
        {
            if (value is ushort small)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, small);
                stream.Write(bytes[..2]);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
                stream.Write(bytes);
            }
        }
    }
}
