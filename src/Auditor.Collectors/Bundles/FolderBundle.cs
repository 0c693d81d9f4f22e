using Auditor.Collectors.Inputs;

namespace Auditor.Collectors.Bundles;

/// <summary>The files of a bundle folder.</summary>
internal sealed class FolderBundle(SourceTree tree, string folder) : IBundleFiles
{
    private readonly IReadOnlyList<string> paths = tree.FilesBelow(folder);

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths => paths;

    /// <inheritdoc/>
    public long Size(string path) => tree.Size(SourceTree.Join(folder, path));

    /// <inheritdoc/>
    public byte[] Read(string path) => tree.Read(SourceTree.Join(folder, path), ZipBundle.MaxTotal);
}
