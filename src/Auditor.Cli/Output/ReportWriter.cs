namespace Auditor.Cli.Output;

/// <summary>Writes reports: to standard output as bytes, or to a file by way of a temporary one, so that no half-written report is ever seen.</summary>
internal static class ReportWriter
{
    /// <summary>Writes a report.</summary>
    /// <exception cref="UsageException">The file cannot be written; nothing of it is left behind.</exception>
    public static async Task WriteAsync(
        string? file,
        byte[] content,
        Stream standardOutput,
        string workingFolder,
        CancellationToken cancellationToken
    )
    {
        if (file is null)
        {
            await standardOutput.WriteAsync(content, cancellationToken);
            await standardOutput.FlushAsync(cancellationToken);
            return;
        }

        var target = Path.GetFullPath(file, workingFolder);
        var temporary = target + ".tmp-" + Path.GetRandomFileName();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                // Findings are nobody else's business.
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
                $"The report '{file}' cannot be written: {(e is UnauthorizedAccessException ? "access is denied" : "the disk refused")}."
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
}
