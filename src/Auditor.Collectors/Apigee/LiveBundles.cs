using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Live;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>The bundles of a live organization: from the cache where they are there, else downloaded; freed of credentials before they are kept anywhere.</summary>
/// <param name="client">Asks below the organization.</param>
/// <param name="shelf">The organization's part of the cache; null for none.</param>
/// <param name="scrubber">Takes the credentials out.</param>
/// <param name="reader">Reads bundles.</param>
/// <param name="writer">The recording.</param>
/// <param name="folder">The organization's folder in it.</param>
/// <param name="changed">Told of revisions that are not what they were, which deployed ones cannot be.</param>
internal sealed class LiveBundles(
    HttpClient client,
    BundleCache.Shelf? shelf,
    BundleScrubber scrubber,
    BundleReader reader,
    RecordingWriter writer,
    string folder,
    Action<string> changed
) : IBundleSource
{
    /// <inheritdoc/>
    public int AtOnce => 8;

    /// <inheritdoc/>
    public IReadOnlyList<int> RevisionsAtHand(BundleKind kind, string name) => [];

    /// <inheritdoc/>
    public async Task<(Bundle? Bundle, Coverage Coverage)> ReadAsync(
        BundleKind kind,
        string name,
        int revision,
        DateTimeOffset? frozenSince,
        CancellationToken cancellationToken
    )
    {
        var number = revision.ToString(CultureInfo.InvariantCulture);
        var (list, root) = kind == BundleKind.Proxy ? ("apis", "apiproxy") : ("sharedflows", "sharedflowbundle");
        var path = $"{folder}/{list}/{RecordingPath.Encode(name)}/revisions/{number}";
        var archive = frozenSince is { } since ? shelf?.Find(kind, name, revision, since) : null;
        if (archive is null)
        {
            var request = $"{list}/{Uri.EscapeDataString(name)}/revisions/{number}?format=bundle";
            (archive, var coverage) = await DownloadAsync(kind, request, path, cancellationToken);
            if (archive is null)
            {
                writer.Error(path, coverage is Coverage.Denied ? 403 : null, default, coverage.Reason);
                return (null, coverage);
            }

            if (frozenSince is { } created && shelf?.Keep(kind, name, revision, created, archive) == true)
            {
                changed($"{list}/{name}/revisions/{number}");
            }
        }

        writer.File(path + ".zip", archive);
        var bundle = reader.Read(kind, ZipBundle.Open(archive).Below(root), path + "/" + root, name, cancellationToken);
        return (bundle with { Name = name, Revision = revision }, Coverage.Complete.Instance);
    }

    // An archive that came damaged is asked for once more: a connection may break off without HTTP noticing.
    private async Task<(byte[]? Archive, Coverage Coverage)> DownloadAsync(
        BundleKind kind,
        string path,
        string file,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
                RequestLog.Keep(request, file);
                using var response = await client.SendAsync(request, cancellationToken);
                if (!response.IsSuccessStatusCode)
                {
                    var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
                    return (
                        null,
                        (int)response.StatusCode is 401 or 403
                            ? new Coverage.Denied($"{status}; it takes {ApigeeEndpoints.Needs(path)}")
                            : new Coverage.Failed("the source answered " + status)
                    );
                }

                return (scrubber.Archive(await response.Content.ReadAsByteArrayAsync(cancellationToken), kind), Coverage.Complete.Instance);
            }
            catch (UnansweredException e)
            {
                return (null, e.Coverage);
            }
            catch (RefusedArchiveException e) when (attempt > 0)
            {
                return (null, new Coverage.Failed("the bundle is refused: " + e.Message));
            }
            catch (RefusedArchiveException)
            {
                // Once more.
            }
        }
    }
}
