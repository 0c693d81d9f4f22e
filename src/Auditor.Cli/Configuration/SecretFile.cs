namespace Auditor.Cli.Configuration;

/// <summary>A file that holds a credential: readable by its owner alone, or not used.</summary>
internal static class SecretFile
{
    private const int MaxSize = 64 * 1024;

    /// <summary>The text of a file, without the line end that editors add.</summary>
    /// <exception cref="UsageException">It cannot be read, or others can read it.</exception>
    public static string Read(string path, string shown)
    {
        RequirePrivate(path, shown);
        try
        {
            return new FileInfo(path).Length is > 0 and <= MaxSize
                ? File.ReadAllText(path).Trim()
                : throw new UsageException($"'{shown}' is empty or too large to be a key or token.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{shown}' cannot be read.");
        }
    }

    /// <summary>Refuses a file that others can read. On Windows, where rights are not modes, nothing is checked.</summary>
    /// <exception cref="UsageException">It does not exist, or others can read it.</exception>
    public static void RequirePrivate(string path, string shown)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"'{shown}' does not exist.");
        }

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new UsageException($"'{shown}' holds a credential and can be read by others: run 'chmod 600 {shown}'.");
        }
    }
}
