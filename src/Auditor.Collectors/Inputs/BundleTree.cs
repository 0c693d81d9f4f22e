using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Inputs;

/// <summary>The bundles in a tree, wherever they lie in it: folders and archives.</summary>
/// <param name="tree">The tree.</param>
/// <param name="label">What its artifacts are called.</param>
/// <param name="ownName">The name of its top folder.</param>
/// <param name="redactor">Takes the secrets out.</param>
/// <param name="log">Gets the coverage.</param>
internal sealed class BundleTree(SourceTree tree, string label, string ownName, Redactor redactor, CollectorLog log)
{
    private readonly List<BundleRoot> roots = Find(tree, ownName);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => roots.Count == 0;

    /// <summary>The kind of bundle that a folder of that name holds.</summary>
    public static BundleKind KindOf(string root) =>
        root.EndsWith("apiproxy", StringComparison.Ordinal) ? BundleKind.Proxy : BundleKind.SharedFlow;

    private sealed record BundleRoot(BundleKind Kind, string Folder, string? Archive);

    // The folders called apiproxy and sharedflowbundle, and the archives that hold one. A root that is itself such a folder counts, too.
    private static List<BundleRoot> Find(SourceTree tree, string ownName)
    {
        var found = new SortedDictionary<string, BundleRoot>(StringComparer.Ordinal);
        if (ownName is "apiproxy" or "sharedflowbundle")
        {
            found.Add("", new BundleRoot(KindOf(ownName), "", null));
            return [.. found.Values];
        }

        foreach (var file in tree.Files)
        {
            if (file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                found.TryAdd(file, new BundleRoot(BundleKind.Proxy, "", file));
                continue;
            }

            foreach (var folder in (ReadOnlySpan<string>)["apiproxy", "sharedflowbundle"])
            {
                var at = file.StartsWith(folder + "/", StringComparison.Ordinal)
                    ? 0
                    : file.IndexOf("/" + folder + "/", StringComparison.Ordinal) + 1;
                if (at > 0 || file.StartsWith(folder + "/", StringComparison.Ordinal))
                {
                    var root = file[..(at + folder.Length)];
                    if (file.AsSpan(root.Length + 1).IndexOfAny('/', '.') >= 0)
                    {
                        found.TryAdd(root, new BundleRoot(KindOf(folder), root, null));
                    }
                }
            }
        }

        return [.. found.Values];
    }

    /// <summary>Reads all of them, side by side, in the order of their paths. What is not whole is in the coverage.</summary>
    public ImmutableArray<Bundle> Read(CancellationToken cancellationToken)
    {
        var read = new ImmutableArray<Bundle>[roots.Count];
        Parallel.For(
            0,
            roots.Count,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => read[i] = ReadRoot(roots[i], cancellationToken)
        );
        var bundles = read.SelectMany(bundle => bundle).ToImmutableArray();
        log.Cover(bundles);
        return bundles;
    }

    private ImmutableArray<Bundle> ReadRoot(BundleRoot root, CancellationToken cancellationToken)
    {
        var reader = new BundleReader(redactor);
        if (root.Archive is null)
        {
            var files = new FolderBundle(tree, root.Folder);
            Bundle Read(Func<string, Element, Element>? change) =>
                reader.Read(root.Kind, files, SourceTree.Join(label, root.Folder), FallbackName(root.Folder), cancellationToken, change);

            var bundle = Read(null);
            return [BuildConfiguration.Beside(tree, root.Folder, log, label) is { } builds ? builds.Applied(bundle, Read) : bundle];
        }

        try
        {
            var zip = ZipBundle.Open(tree.Read(root.Archive, ZipBundle.MaxArchive));
            return
            [
                .. zip.Roots()
                    .Select(folder =>
                        reader.Read(
                            KindOf(folder),
                            zip.Below(folder),
                            SourceTree.Join(label, root.Archive + "/" + folder),
                            Path.GetFileNameWithoutExtension(root.Archive),
                            cancellationToken
                        )
                    ),
            ];
        }
        catch (RefusedArchiveException e)
        {
            log.Cover("bundles/" + SourceTree.Join(label, root.Archive), new Coverage.Failed(e.Message), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Cover("bundles/" + SourceTree.Join(label, root.Archive), new Coverage.Failed(Reason.Of(e)), 0);
        }

        return [];
    }

    private string FallbackName(string folder)
    {
        var parent = Path.GetDirectoryName(folder)?.Replace('\\', '/') ?? "";
        return parent.Length == 0 ? ownName : parent[(parent.LastIndexOf('/') + 1)..];
    }
}
