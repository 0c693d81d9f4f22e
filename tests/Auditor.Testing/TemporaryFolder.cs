namespace Auditor.Testing;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    // Memory that looks like a folder, where the system has it: for folders of many small files.
    private const string Shared = "/dev/shm";

    /// <param name="inMemory">Whether it is written and read so often that a disk would be felt.</param>
    public TemporaryFolder(bool inMemory = false)
    {
        Path = System.IO.Path.Combine(
            inMemory && Directory.Exists(Shared) ? Shared : System.IO.Path.GetTempPath(),
            "auditor-" + System.IO.Path.GetRandomFileName()
        );
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Writes a text below the folder.</summary>
    /// <returns>The full path.</returns>
    public string Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes below the folder.</summary>
    /// <returns>The full path.</returns>
    public string Write(string path, byte[] bytes)
    {
        var full = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
