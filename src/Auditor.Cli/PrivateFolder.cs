namespace Auditor.Cli;

/// <summary>The place of a folder that only its owner can read and that is gone afterwards, whatever happens in between.</summary>
internal sealed class PrivateFolder : IDisposable
{
    private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory("auditor-");

    /// <summary>The folder; it does not exist yet.</summary>
    public string Path => System.IO.Path.Combine(parent.FullName, "recording");

    /// <inheritdoc/>
    public void Dispose() => parent.Delete(recursive: true);
}
