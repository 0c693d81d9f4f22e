using Auditor.Collectors.Inputs;

namespace Auditor.Collectors.Bundles;

/// <summary>The files of a bundle folder.</summary>
internal sealed class FolderBundle(SourceTree tree, string folder) : IBundleFiles
{
    private readonly IReadOnlyList<string> paths = tree.FilesBelow(folder);

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths => paths;

    /// <inheritdoc/>
    public long Size(string path) => tree.Size(Join(path));

    /// <inheritdoc/>
    public byte[] Read(string path) => tree.Read(Join(path), ZipBundle.MaxTotal);

    private string Join(string path) => folder.Length == 0 ? path : folder + "/" + path;
}
