using Auditor.Collectors.Bundles;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Where the bundle of a revision comes from: a recording's file or folder, or the management API. A true seam: the two have nothing in common.</summary>
internal interface IBundleSource
{
    /// <summary>The bundle, or why there is none.</summary>
    Task<(Bundle? Bundle, Coverage Coverage)> ReadAsync(BundleKind kind, string name, int revision, CancellationToken cancellationToken);

    /// <summary>The revisions that are at hand without asking anybody; empty when that is not known.</summary>
    IReadOnlyList<int> RevisionsAtHand(BundleKind kind, string name);
}
