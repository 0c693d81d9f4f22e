namespace Auditor.Collectors.Bundles;

/// <summary>The files of one bundle, wherever they are: a folder or an archive in memory.</summary>
internal interface IBundleFiles
{
    /// <summary>The paths below the bundle's folder (<c>policies/x.xml</c>), with forward slashes, ordered ordinally.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>The size in bytes.</summary>
    long Size(string path);

    /// <summary>The content.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    byte[] Read(string path);
}
