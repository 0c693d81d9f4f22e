using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Inputs;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>The bundles of a recording: <c>…/revisions/14.zip</c>, or the exploded <c>…/revisions/14/apiproxy/…</c>.</summary>
internal sealed class RecordedBundles(SourceTree tree, string folder, BundleReader reader) : IBundleSource
{
    /// <inheritdoc/>
    public int AtOnce => Math.Max(2, Environment.ProcessorCount);

    /// <inheritdoc/>
    public Task<(Bundle? Bundle, Coverage Coverage)> ReadAsync(
        BundleKind kind,
        string name,
        int revision,
        DateTimeOffset? frozenSince,
        CancellationToken cancellationToken
    ) => Task.FromResult(Read(kind, name, revision, cancellationToken));

    /// <inheritdoc/>
    public IReadOnlyList<int> RevisionsAtHand(BundleKind kind, string name)
    {
        var revisions = new SortedSet<int>();
        foreach (var path in tree.FilesBelow(Revisions(kind, name)))
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            var number = slash < 0 ? (path.EndsWith(".zip", StringComparison.Ordinal) ? path[..^4] : path) : path[..slash];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
            {
                revisions.Add(revision);
            }
        }

        return [.. revisions];
    }

    private string Revisions(BundleKind kind, string name) =>
        folder + (kind == BundleKind.Proxy ? "/apis/" : "/sharedflows/") + RecordingPath.Encode(name) + "/revisions";

    private (Bundle? Bundle, Coverage Coverage) Read(BundleKind kind, string name, int revision, CancellationToken cancellationToken)
    {
        var root = kind == BundleKind.Proxy ? "apiproxy" : "sharedflowbundle";
        var path = Revisions(kind, name) + "/" + revision.ToString(CultureInfo.InvariantCulture);
        IBundleFiles files;
        if (tree.Has(path + ".zip"))
        {
            try
            {
                var zip = ZipBundle.Open(tree.Read(path + ".zip", ZipBundle.MaxArchive));
                if (!zip.Roots().Contains(root, StringComparer.Ordinal))
                {
                    return (null, new Coverage.Failed($"{path}.zip holds no folder '{root}'"));
                }

                files = zip.Below(root);
            }
            catch (RefusedArchiveException e)
            {
                return (null, new Coverage.Failed($"{path}.zip: {e.Message}"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return (null, new Coverage.Failed($"{path}.zip: {Reason.Of(e)}"));
            }
        }
        else if (tree.FilesBelow(path + "/" + root) is { Count: > 0 })
        {
            files = new FolderBundle(tree, path + "/" + root);
        }
        else if (tree.Has(path + ".error.json"))
        {
            var (status, reason, _) = ErrorRecord.Read(tree, path + ".error.json");
            return (
                null,
                ErrorRecord.Meaning(
                    status,
                    reason
                        ?? (status is { } code ? code.ToString(CultureInfo.InvariantCulture) : "the request failed while it was recorded")
                )
            );
        }
        else
        {
            return (null, new Coverage.NotCollected("the recording holds no bundle of this revision"));
        }

        var bundle = reader.Read(kind, files, path + "/" + root, name, cancellationToken) with { Name = name, Revision = revision };
        return (bundle, Coverage.Complete.Instance);
    }
}
