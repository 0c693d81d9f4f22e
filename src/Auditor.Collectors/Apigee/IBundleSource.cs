using Auditor.Collectors.Bundles;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Where the bundle of a revision comes from: a recording's file or folder, or the management API. A true seam: the two have nothing in common.</summary>
internal interface IBundleSource
{
    /// <summary>How many bundles are worth reading at once.</summary>
    int AtOnce { get; }

    /// <summary>The bundle, or why there is none.</summary>
    /// <param name="kind">Proxy or shared flow.</param>
    /// <param name="name">Its name.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="frozenSince">
    /// When the proxy or shared flow was created, of a revision that was deployed, which is what makes it immutable; null when the revision may still change, or that is not
    /// known.
    /// </param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<(Bundle? Bundle, Coverage Coverage)> ReadAsync(
        BundleKind kind,
        string name,
        int revision,
        DateTimeOffset? frozenSince,
        CancellationToken cancellationToken
    );

    /// <summary>The revisions that are at hand without asking anybody; empty when that is not known.</summary>
    IReadOnlyList<int> RevisionsAtHand(BundleKind kind, string name);
}
