using System.Buffers.Binary;
using System.IO.Compression;

namespace Auditor.History.Store;

/// <summary>
/// The document of a run, written as what it does not share with the document of the run before. Two nights tell nearly the same of an estate: of tens of megabytes some hundred records
/// differ, and only these are kept, compressed together.
/// </summary>
/// <remarks>
/// Both documents are cut into pieces after every <c>},</c>, which is where the records of a JSON document end. Where the same characters stand in a text they cut there, too, in both
/// documents alike. A delta is a list of runs of pieces that are taken from the document before, and of bytes that are new.
/// </remarks>
internal static class DocumentDelta
{
    /// <summary>Compresses a document that stands by itself.</summary>
    public static byte[] Whole(ReadOnlySpan<byte> document) => Compressed(document);

    /// <summary>The document that was written by itself.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static byte[] Whole(byte[] body) => Decompressed(body);

    /// <summary>Writes a document as the difference to another one.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> before, ReadOnlySpan<byte> document)
    {
        var old = Pieces(before);
        var places = new Dictionary<ulong, int>(old.Count);
        for (var i = 0; i < old.Count; i++)
        {
            places.TryAdd(Hash(before[old[i]]), i);
        }

        var (operations, fresh) = (new List<byte>(), new List<byte>());
        var (copyFrom, copied, inserted) = (0, 0, 0);
        foreach (var range in Pieces(document))
        {
            var piece = document[range];
            var next = copyFrom + copied;
            var isNext = copied > 0 && next < old.Count && before[old[next]].SequenceEqual(piece);
            if (isNext)
            {
                copied++;
            }
            else if (places.TryGetValue(Hash(piece), out var at) && before[old[at]].SequenceEqual(piece))
            {
                Flush();
                (copyFrom, copied) = (at, 1);
            }
            else
            {
                if (copied > 0)
                {
                    Flush();
                }

                inserted += piece.Length;
                fresh.AddRange(piece);
            }
        }

        Flush();
        var head = new List<byte>();
        Write(head, operations.Count);
        return Compressed([.. head, .. operations, .. fresh]);

        void Flush()
        {
            if (copied > 0)
            {
                Write(operations, copied * 2);
                Write(operations, copyFrom);
            }

            if (inserted > 0)
            {
                Write(operations, (inserted * 2) + 1);
            }

            (copied, inserted) = (0, 0);
        }
    }

    /// <summary>The document that was written as the difference to another one.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> before, byte[] delta)
    {
        var old = Pieces(before);
        ReadOnlySpan<byte> rest = Decompressed(delta);
        var length = Read(ref rest);
        if (length > rest.Length)
        {
            throw new InvalidDataException("The delta is damaged.");
        }

        var operations = rest[..length];
        var fresh = rest[length..];
        using var document = new MemoryStream(before.Length + fresh.Length);
        while (!operations.IsEmpty)
        {
            var operation = Read(ref operations);
            var count = operation / 2;
            if (operation % 2 == 1)
            {
                if (count > fresh.Length)
                {
                    throw new InvalidDataException("The delta is damaged.");
                }

                document.Write(fresh[..count]);
                fresh = fresh[count..];
                continue;
            }

            var from = Read(ref operations);
            if (count == 0 || from + count > old.Count)
            {
                throw new InvalidDataException("The delta is damaged.");
            }

            document.Write(before[old[from].Start.Value..old[from + count - 1].End.Value]);
        }

        return document.ToArray();
    }

    private static List<Range> Pieces(ReadOnlySpan<byte> document)
    {
        var pieces = new List<Range>();
        var start = 0;
        while (start < document.Length)
        {
            var end = document[start..].IndexOf("},"u8);
            var next = end < 0 ? document.Length : start + end + 2;
            pieces.Add(start..next);
            start = next;
        }

        return pieces;
    }

    // The same in every process, so that the same runs give the same store.
    private static ulong Hash(ReadOnlySpan<byte> piece)
    {
        const ulong Prime = 0x9E3779B185EBCA87;
        var hash = (ulong)piece.Length * Prime;
        while (piece.Length >= 8)
        {
            hash = (ulong.RotateLeft(hash, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(piece)) * Prime;
            piece = piece[8..];
        }

        foreach (var rest in piece)
        {
            hash = (ulong.RotateLeft(hash, 5) ^ rest) * Prime;
        }

        return hash;
    }

    private static void Write(List<byte> bytes, int value)
    {
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }

    private static int Read(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0;
        for (var shift = 0; shift < 31; shift += 7)
        {
            if (bytes.IsEmpty)
            {
                throw new InvalidDataException("The delta is damaged.");
            }

            var next = bytes[0];
            bytes = bytes[1..];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value >= 0 ? value : throw new InvalidDataException("The delta is damaged.");
            }
        }

        throw new InvalidDataException("The delta is damaged.");
    }

    private static byte[] Compressed(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream();
        using (var brotli = new BrotliStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write(bytes);
        }

        return stream.ToArray();
    }

    private static byte[] Decompressed(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        using var brotli = new BrotliStream(stream, CompressionMode.Decompress);
        using var all = new MemoryStream();
        try
        {
            brotli.CopyTo(all);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("The compressed bytes are damaged.", e);
        }

        return all.ToArray();
    }
}
