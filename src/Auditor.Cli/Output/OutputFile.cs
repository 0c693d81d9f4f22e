namespace Auditor.Cli.Output;

/// <summary>Writes files by way of a temporary one, so that no half-written file is ever seen under its name.</summary>
internal static class OutputFile
{
    // Opened by these names a file would be written from its beginning, over what '>> log' is to keep: the program's own streams go on where they are.
    private static readonly string[] StandardOutputs = OperatingSystem.IsWindows() ? [] : ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    private static readonly string[] StandardErrors = ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"];

    /// <summary>Who may read a file.</summary>
    internal enum Reader
    {
        /// <summary>Its owner: findings are nobody else's business.</summary>
        Owner,

        /// <summary>Whoever the system's defaults let.</summary>
        Everyone,
    }

    /// <summary>
    /// Writes a file, over one that is there. A link is replaced and not followed, wherever it leads: somebody else may have laid it. But what is named as a device or a pipe of the system
    /// (<c>/dev/null</c>, <c>/dev/stdout</c>, what a shell puts in the place of <c>&gt;(…)</c>) is written into: replacing it would take it from every other program.
    /// </summary>
    /// <exception cref="UsageException">It cannot be written; nothing of it is left behind.</exception>
    public static async Task WriteAsync(
        string file,
        ReadOnlyMemory<byte> content,
        Reader reader,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        var target = Path.GetFullPath(file, environment.WorkingFolder);
        if (StandardOutputs.Contains(target, StringComparer.Ordinal))
        {
            await environment.PrintAsync(content, cancellationToken);
            return;
        }

        if (Directory.Exists(target))
        {
            throw new UsageException($"'{file}' cannot be written: there is a folder of that name.");
        }

        var temporary = "";
        try
        {
            if (IsDevice(target))
            {
                await using var open = OpenDevice(target, environment);
                if (open.CanSeek)
                {
                    // A descriptor that is a file is opened anew, at its beginning, where others have written.
                    open.Seek(0, SeekOrigin.End);
                }

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
                    FileNotFoundException => "there is no such device",
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

    private static Stream OpenDevice(string target, ConsoleEnvironment environment)
    {
        if (StandardErrors.Contains(target, StringComparer.Ordinal))
        {
            return environment.OpenError();
        }

        return new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
    }

    // By the name alone: a link that leads among the devices is a link. Files in memory lie among the devices on Linux, and are files.
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
        && (
            (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
            || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal)
        );
}
