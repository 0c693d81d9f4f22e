namespace Auditor.Collectors.Inputs;

/// <summary>An input that cannot be used at all, with the one line that says what, where and what to do.</summary>
public sealed class InputException(string message) : Exception(message);

/// <summary>
/// The regular files below a folder, listed once. Links are not followed, so that nothing outside the folder is read and no loop exists; devices, pipes and
/// sockets are not files; depth and number are capped. Nothing is ever executed, and no tool is started in the folder.
/// </summary>
public sealed class SourceTree
{
    /// <summary>The greatest depth of folders that is read.</summary>
    public const int MaxDepth = 40;

    /// <summary>The greatest number of files that is read.</summary>
    public const int MaxFiles = 500_000;

    private static readonly string[] IgnoredFolders = ["node_modules", "__MACOSX"];

    private readonly string root;
    private readonly Dictionary<string, long> files = new(StringComparer.Ordinal);
    private readonly List<string> ordered;
    private readonly List<string> ignored = [];

    private SourceTree(string root, CancellationToken cancellationToken)
    {
        this.root = root;
        List(new DirectoryInfo(root), "", 0, cancellationToken);
        ordered = [.. files.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>A path below a folder; the empty text is the folder that everything is relative to.</summary>
    public static string Join(string left, string right) => left.Length == 0 ? right : left + "/" + right;

    /// <summary>Lists a folder.</summary>
    /// <exception cref="InputException">It has more files than are read.</exception>
    public static SourceTree Open(string folder, CancellationToken cancellationToken) => new(Path.GetFullPath(folder), cancellationToken);

    /// <summary>The paths of all files, relative, with forward slashes, ordered ordinally.</summary>
    public IReadOnlyList<string> Files => ordered;

    /// <summary>The paths that were passed over: links, special files, folders beyond the depth.</summary>
    public IReadOnlyList<string> Ignored => ignored;

    /// <summary>Whether there is a file of that path.</summary>
    public bool Has(string path) => files.ContainsKey(path);

    /// <summary>The size of a file in bytes.</summary>
    public long Size(string path) => files[path];

    /// <summary>The paths below a folder, relative to it.</summary>
    public IReadOnlyList<string> FilesBelow(string folder)
    {
        if (folder.Length == 0)
        {
            return ordered;
        }

        var prefix = folder + "/";
        var first = ordered.BinarySearch(prefix, StringComparer.Ordinal);
        var result = new List<string>();
        for (var i = first < 0 ? ~first : first; i < ordered.Count && ordered[i].StartsWith(prefix, StringComparison.Ordinal); i++)
        {
            result.Add(ordered[i][prefix.Length..]);
        }

        return result;
    }

    /// <summary>The content of a file.</summary>
    /// <exception cref="IOException">It cannot be read, or is larger than the limit.</exception>
    public byte[] Read(string path, long limit)
    {
        // Pipes, sockets and devices look like files of length 0 on Unix, and opening one can block for ever: what is empty is not opened.
        if (files.TryGetValue(path, out var listed) && listed == 0)
        {
            return [];
        }

        var full = Path.Combine(root, path);
        using var file = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(file);
        if (length > limit)
        {
            throw new TooLargeFileException(limit);
        }

        var bytes = new byte[length];
        for (var read = 0; read < bytes.Length; )
        {
            var more = RandomAccess.Read(file, bytes.AsSpan(read), read);
            read += more > 0 ? more : throw new EndOfStreamException();
        }

        return bytes;
    }

    private void List(DirectoryInfo folder, string prefix, int depth, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        FileSystemInfo[] children;
        try
        {
            children = folder.GetFileSystemInfos();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            ignored.Add(prefix.TrimEnd('/') + ": " + Reason.Of(e));
            return;
        }

        foreach (var child in children)
        {
            var name = prefix + child.Name;
            if (child.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                ignored.Add(name + ": a link");
            }
            else if (child is DirectoryInfo directory)
            {
                if (IsIgnored(child.Name))
                {
                    continue;
                }

                if (depth >= MaxDepth)
                {
                    ignored.Add(name + ": nested deeper than 40 folders");
                    continue;
                }

                List(directory, name + "/", depth + 1, cancellationToken);
            }
            else if (child.Attributes.HasFlag(FileAttributes.Device))
            {
                ignored.Add(name + ": not a regular file");
            }
            else
            {
                if (files.Count >= MaxFiles)
                {
                    throw new InputException("The folder holds more than 500,000 files: name the folder that holds the bundles.");
                }

                files.Add(name, ((FileInfo)child).Length);
            }
        }
    }

    // Folders of tools are hidden; a path of the web that is recorded is not, although it looks like one (RFC 8615).
    private static bool IsIgnored(string folder) =>
        (folder.StartsWith('.') && folder is not ".well-known") || IgnoredFolders.Contains(folder, StringComparer.Ordinal);
}
