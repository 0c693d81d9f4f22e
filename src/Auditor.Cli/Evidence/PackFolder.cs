using Auditor.Reports;
using Auditor.Reports.Evidence;

namespace Auditor.Cli.Evidence;

/// <summary>Packs as folders: how one is read without following anything out of it, and how one appears in one step or not at all.</summary>
internal static class PackFolder
{
    private const long MaxFile = 2L * 1024 * 1024 * 1024 - 64;
    private const int MaxFiles = 500_000;
    private const int MaxDepth = 60;
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Whether a folder looks like a pack: whole or not, it is meant to be one.</summary>
    public static bool IsOne(string folder) =>
        File.Exists(Path.Combine(folder, EvidencePack.RunName))
        || File.Exists(Path.Combine(folder, ChecksumList.FileName))
        || File.Exists(Path.Combine(folder, EvidenceStatement.FileName));

    /// <summary>Reads a pack. Links are not followed, and nothing but files is opened.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static async Task<PackFiles> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var strangers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await ListAsync(new DirectoryInfo(folder), "", 0, files, strangers, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"'{Path.GetFileName(folder.TrimEnd('/'))}' cannot be read: {(e is UnauthorizedAccessException ? "access is denied" : "the disk refuses it")}."
            );
        }

        return new PackFiles(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), files, strangers);
    }

    /// <summary>Writes a pack beside others.</summary>
    /// <param name="parent">The folder of the packs.</param>
    /// <param name="name">The pack's name.</param>
    /// <param name="files">Its files by path.</param>
    /// <param name="cancellationToken">Stops the writing; nothing is left then.</param>
    /// <exception cref="UsageException">It cannot be written; nothing of it is left.</exception>
    public static async Task WriteAsync(
        string parent,
        string name,
        IEnumerable<KeyValuePair<string, byte[]>> files,
        CancellationToken cancellationToken
    )
    {
        var target = Path.Combine(parent, name);
        var staging = Path.Combine(parent, ".partial-" + Path.GetRandomFileName());
        try
        {
            Create(parent);
            if (Path.Exists(target))
            {
                throw new UsageException($"There is a '{name}' already; nothing was written.");
            }

            Create(staging);
            foreach (var (path, content) in files)
            {
                var full = Path.Combine(staging, path);
                Create(Path.GetDirectoryName(full)!);
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                await using var stream = new FileStream(full, options);
                await stream.WriteAsync(content, cancellationToken);
            }

            Directory.Move(staging, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"The pack cannot be written: {(e is UnauthorizedAccessException ? "access is denied" : "the disk is full or refuses it")}; nothing of it is left."
            );
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
    }

    private static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
    }

    private static async Task ListAsync(
        DirectoryInfo folder,
        string prefix,
        int depth,
        SortedDictionary<string, byte[]> files,
        SortedDictionary<string, string> strangers,
        CancellationToken cancellationToken
    )
    {
        foreach (var child in folder.GetFileSystemInfos().OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = prefix + child.Name;
            if (child.LinkTarget is not null || child.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                strangers[path] = "a link";
            }
            else if (child is DirectoryInfo directory)
            {
                if (depth >= MaxDepth)
                {
                    strangers[path] = "a folder deeper than any pack has";
                    continue;
                }

                await ListAsync(directory, path + "/", depth + 1, files, strangers, cancellationToken);
            }
            else if (child.Attributes.HasFlag(FileAttributes.Device))
            {
                strangers[path] = "no regular file";
            }
            else if (((FileInfo)child).Length > MaxFile || files.Count >= MaxFiles)
            {
                strangers[path] = "larger than any file of a pack";
            }
            else
            {
                // Pipes and sockets look like empty files, and opening one can block for ever: what is empty is not opened.
                files[path] = ((FileInfo)child).Length == 0 ? [] : await File.ReadAllBytesAsync(child.FullName, cancellationToken);
            }
        }
    }

    /// <summary>The folders of packs in a folder, ordered by name.</summary>
    public static IEnumerable<string> Below(string folder) =>
        Directory
            .EnumerateDirectories(folder)
            .Where(path => !Path.GetFileName(path).StartsWith('.') && IsOne(path))
            .Order(StringComparer.Ordinal);

    /// <summary>Which pack it is, by what it says itself.</summary>
    /// <exception cref="UsageException">It does not say.</exception>
    public static async Task<PackIdentity> IdentityAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            var run = await File.ReadAllBytesAsync(Path.Combine(folder, EvidencePack.RunName), cancellationToken);
            return PackVerification.Read(run, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new UsageException(
                $"'{Shown(folder)}' does not say which pack it is: 'auditor evidence verify' says what is wrong with it; --previous names the one to follow."
            );
        }
    }

    /// <summary>A path as messages name it.</summary>
    public static string Shown(string path) => Neutral.Line(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
}
