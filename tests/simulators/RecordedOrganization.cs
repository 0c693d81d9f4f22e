using System.Collections.Concurrent;
using System.IO.Compression;

namespace Auditor.Simulators;

/// <summary>The files of an Apigee organization's folder in a recording, by the path of the request that they answer.</summary>
internal sealed class RecordedOrganization
{
    // Zip archives know no earlier time, and this one says plainly that it is none.
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> archives = new(StringComparer.Ordinal);

    /// <summary>Takes files by their paths in the recording, in which what is special is percent-encoded.</summary>
    public RecordedOrganization(IEnumerable<KeyValuePair<string, byte[]>> recorded)
    {
        foreach (var (path, bytes) in recorded)
        {
            files[Uri.UnescapeDataString(path)] = bytes;
        }
    }

    /// <summary>Reads the files of a folder: <c>…/apigee/acme</c>.</summary>
    public static async Task<RecordedOrganization> LoadAsync(string folder)
    {
        var recorded = new List<KeyValuePair<string, byte[]>>();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            recorded.Add(new(Path.GetRelativePath(folder, file).Replace('\\', '/'), await File.ReadAllBytesAsync(file)));
        }

        return new RecordedOrganization(recorded);
    }

    /// <summary>A file; null where there is none.</summary>
    public byte[]? Find(string path)
    {
        lock (gate)
        {
            return files.GetValueOrDefault(path);
        }
    }

    /// <summary>Adds or replaces a file.</summary>
    public void Put(string path, byte[] bytes)
    {
        lock (gate)
        {
            files[path] = bytes;
            archives.Clear();
        }
    }

    /// <summary>Takes a file away, or a whole folder by its path with a slash at the end.</summary>
    public void Remove(string path)
    {
        lock (gate)
        {
            foreach (var file in path.EndsWith('/') ? Below(path) : [path])
            {
                files.Remove(file);
            }

            archives.Clear();
        }
    }

    /// <summary>The paths of the files below a folder, which ends in a slash.</summary>
    public string[] Below(string folder)
    {
        lock (gate)
        {
            return [.. files.Keys.Where(path => path.StartsWith(folder, StringComparison.Ordinal))];
        }
    }

    /// <summary>
    /// The archive of a revision: the recorded one, or one made of the recorded folder. The same folder makes the same bytes, unless a time is given that the entries bear.
    /// </summary>
    /// <param name="revision">The path of the revision: <c>apis/orders-v1/revisions/14</c>.</param>
    /// <param name="stamp">A time for the entries of an archive that is made; null for none.</param>
    public byte[]? Archive(string revision, DateTimeOffset? stamp)
    {
        if (Find(revision + ".zip") is { } recorded)
        {
            return recorded;
        }

        var entries = Below(revision + "/");
        return entries.Length == 0 ? null
            : stamp is { } time ? Zip(revision, entries, time)
            : archives.GetOrAdd(revision, _ => Zip(revision, entries, NoTime));
    }

    private byte[] Zip(string revision, string[] entries, DateTimeOffset time)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var path in entries)
            {
                var entry = zip.CreateEntry(path[(revision.Length + 1)..], CompressionLevel.Fastest);
                entry.LastWriteTime = time;
                using var content = entry.Open();
                content.Write(Find(path)!);
            }
        }

        return stream.ToArray();
    }
}
