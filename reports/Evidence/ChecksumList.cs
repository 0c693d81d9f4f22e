using System.Security.Cryptography;
using System.Text;

namespace Auditor.Reports.Evidence;

/// <summary>A list of checksums in the form of <c>sha256sum</c>: by it, and without this program, anybody can check every file of a pack.</summary>
public static class ChecksumList
{
    /// <summary>The name of the list.</summary>
    public const string FileName = "SHA256SUMS";

    /// <summary>The list of files, ordered by path.</summary>
    public static byte[] Write(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var text = new StringBuilder();
        foreach (var (path, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            text.Append(Digest(content)).Append("  ").Append(path).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The entries of a list; null where a line is none.</summary>
    public static ImmutableArray<(string Path, string Sha256)>? Read(byte[] list)
    {
        ArgumentNullException.ThrowIfNull(list);
        var entries = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var line in Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 67 || line[64] != ' ' || line[65] != ' ' || !line.AsSpan(0, 64).ToString().All(char.IsAsciiHexDigitLower))
            {
                return null;
            }

            entries.Add((line[66..], line[..64]));
        }

        return entries.ToImmutable();
    }

    /// <summary>Whether a path stays in the pack: relative, with forward slashes, and nowhere up.</summary>
    public static bool IsInside(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length > 0
            && !path.Contains('\\', StringComparison.Ordinal)
            && !path.Contains(':', StringComparison.Ordinal)
            && !path.Any(char.IsControl)
            && path.Split('/').All(part => part is not ("" or "." or ".."));
    }

    /// <summary>The SHA-256 of bytes, in hexadecimal.</summary>
    public static string Digest(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
