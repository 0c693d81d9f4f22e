using Auditor.Engine;
using Auditor.Engine.Runs;

namespace Auditor.Cli;

/// <summary>A run that was kept as a file of its own, or in an evidence pack.</summary>
internal static class StoredRunFile
{
    /// <summary>The name of the run's document in an evidence pack.</summary>
    public const string NameInPack = "audit-run.json";

    /// <summary>Reads it.</summary>
    /// <param name="path">The file, or the folder that holds <see cref="NameInPack"/>.</param>
    /// <param name="workingFolder">The folder that the path is relative to.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UsageException">There is no such file, or it is no stored run that this version can read.</exception>
    public static async Task<AuditRun> ReadAsync(string path, string workingFolder, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path, workingFolder);
        if (Directory.Exists(full))
        {
            full = Path.Combine(full, NameInPack);
            if (!File.Exists(full))
            {
                throw new UsageException(
                    $"'{path}' is no evidence pack: it holds no {NameInPack}. 'auditor audit --report run=FILE' keeps a run."
                );
            }
        }

        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(full, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"There is no '{path}'. 'auditor audit --report run=FILE' keeps a run.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read.");
        }

        try
        {
            return RunDocument.Read(bytes);
        }
        catch (RunDocumentException e)
        {
            throw new UsageException($"'{path}' cannot be rendered: {e.Message}.");
        }
    }
}
