namespace Auditor.Cli.Output;

/// <summary>Writes files by way of a temporary one, so that no half-written file is ever seen under its name.</summary>
internal static class OutputFile
{
    /// <summary>Who may read a file.</summary>
    internal enum Reader
    {
        /// <summary>Its owner: findings are nobody else's business.</summary>
        Owner,

        /// <summary>Whoever the system's defaults let.</summary>
        Everyone,
    }

    /// <summary>
    /// Writes a file, over one that is there. A link is replaced and not followed: somebody else may have laid it. But a device or a pipe of the system (<c>/dev/null</c>,
    /// <c>/dev/stdout</c>, what a shell puts in the place of <c>&gt;(…)</c>) is written into: replacing it would take it from every other program.
    /// </summary>
    /// <exception cref="UsageException">It cannot be written; nothing of it is left behind.</exception>
    public static async Task WriteAsync(
        string file,
        ReadOnlyMemory<byte> content,
        Reader reader,
        string workingFolder,
        CancellationToken cancellationToken
    )
    {
        var target = Path.GetFullPath(file, workingFolder);
        if (Directory.Exists(target))
        {
            throw new UsageException($"'{file}' cannot be written: there is a folder of that name.");
        }

        var temporary = "";
        try
        {
            if (OfSystem(target) is { } device)
            {
                await using var open = new FileStream(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
                await open.WriteAsync(content, cancellationToken);
                return;
            }

            temporary = target + ".tmp-" + Path.GetRandomFileName();
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
            };
            if (reader == Reader.Owner && !OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using (var stream = new FileStream(temporary, options))
            {
                await stream.WriteAsync(content, cancellationToken);
#pragma warning disable CA1849 // There is no asynchronous flush to disk.
                stream.Flush(flushToDisk: true);
#pragma warning restore CA1849
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"'{file}' cannot be written: {e switch
                {
                    UnauthorizedAccessException => "access is denied",
                    PathTooLongException => "the path is too long",
                    _ => "the disk is full or refuses it",
                }}."
            );
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    // A device that is given by its name or by a link; null for anything else.
    private static string? OfSystem(string target) =>
        OperatingSystem.IsWindows() ? null
        : IsDevice(target) ? target
        : new FileInfo(target) is { LinkTarget: not null } link
        && link.ResolveLinkTarget(returnFinalTarget: true) is { } final
        && IsDevice(final.FullName)
            ? final.FullName
        : null;

    // Files in memory lie among the devices on Linux, and are files.
    private static bool IsDevice(string path) =>
        (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
        || path.StartsWith("/proc/", StringComparison.Ordinal);
}
