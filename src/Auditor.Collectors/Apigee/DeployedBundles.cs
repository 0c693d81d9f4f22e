using System.Collections.Concurrent;
using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>A proxy or shared flow as the organization lists it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Revisions">Its revisions, ascending; empty when the list does not say.</param>
/// <param name="CreatedAt">When it was created; null when the list does not say.</param>
/// <param name="IsConfigurable">Whether it is a proxy made of settings alone, which has no key value maps.</param>
internal sealed record ListedBundle(string Name, ImmutableArray<int> Revisions, DateTimeOffset? CreatedAt, bool IsConfigurable);

/// <summary>
/// Reads the bundles that are deployed; where deployments were not collected, the latest revision of each proxy and shared flow, which the notices say.
/// </summary>
internal sealed class DeployedBundles(IBundleSource bundles, Listing listing, CollectorLog log, string root)
{
    private const int ShownMissing = 5;

    /// <summary>The proxies or shared flows of the organization.</summary>
    public Task<Collected<ListedBundle>> ListAsync(BundleKind kind, CancellationToken cancellationToken)
    {
        var (path, member) = kind == BundleKind.Proxy ? ("apis", "proxies") : ("sharedflows", "sharedFlows");
        return listing.ListAsync(
            path + "?includeRevisions=true&includeMetaData=true",
            path,
            member,
            row =>
                row.Text("name") is { } name
                    ? new ListedBundle(
                        name,
                        [
                            .. row.Texts("revision")
                                .Select(text =>
                                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0
                                )
                                .Where(revision => revision > 0)
                                .Order(),
                        ],
                        row["metaData"].Milliseconds("createdAt"),
                        row.Text("apiProxyType") == "CONFIGURABLE"
                    )
                    : null,
            cancellationToken
        );
    }

    /// <summary>What is deployed where.</summary>
    public async Task<Collected<Deployment>> DeploymentsAsync(CancellationToken cancellationToken)
    {
        var proxyDeployments = listing.ListAsync(
            "deployments",
            "deployments",
            "deployments",
            row => ApigeeMapping.Deployment(row, BundleKind.Proxy),
            cancellationToken
        );
        var flowDeployments = listing.ListAsync(
            "deployments?sharedFlows=true",
            "deployments@sharedFlows",
            "deployments",
            row => ApigeeMapping.Deployment(row, BundleKind.SharedFlow),
            cancellationToken
        );
        var proxies = await proxyDeployments;
        var flows = await flowDeployments;
        return new Collected<Deployment>([.. proxies, .. flows], Coverage.Worst(proxies.Coverage, flows.Coverage));
    }

    /// <summary>The bundles of the deployed revisions.</summary>
    public async Task<Collected<Bundle>> ReadAsync(
        BundleKind kind,
        Collected<ListedBundle> listed,
        Collected<Deployment> deployments,
        CancellationToken cancellationToken
    )
    {
        var created = listed
            .DistinctBy(item => item.Name, StringComparer.Ordinal)
            .ToDictionary(item => item.Name, item => item.CreatedAt, StringComparer.Ordinal);
        var isDeployed = true;
        var wanted = new SortedSet<(string Name, int Revision)>(
            deployments.Where(deployment => deployment.Kind == kind).Select(deployment => (deployment.Name, deployment.Revision))
        );
        if (!deployments.Any(deployment => deployment.Kind == kind) && !deployments.IsComplete)
        {
            isDeployed = false;
            foreach (var item in listed)
            {
                var revisions = item.Revisions.IsEmpty ? [.. bundles.RevisionsAtHand(kind, item.Name)] : item.Revisions;
                if (!revisions.IsEmpty)
                {
                    wanted.Add((item.Name, revisions[^1]));
                    log.Notice(
                        "assumed-latest-revision",
                        $"Deployments are not known: revision {revisions[^1].ToString(CultureInfo.InvariantCulture)} of '{item.Name}' is taken as deployed.",
                        new SourceLocation(root)
                    );
                }
            }
        }

        var read = new ConcurrentDictionary<(string, int), (Bundle? Bundle, Coverage Coverage)>();
        await Parallel.ForEachAsync(
            wanted,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = bundles.AtOnce },
            async (item, token) =>
                read[item] = await bundles.ReadAsync(
                    kind,
                    item.Name,
                    item.Revision,
                    isDeployed ? created.GetValueOrDefault(item.Name) : null,
                    token
                )
        );
        var coverage = listed.Coverage;
        var result = ImmutableArray.CreateBuilder<Bundle>(wanted.Count);
        var missing = new List<string>();
        Coverage whole = Coverage.Complete.Instance;
        foreach (var item in wanted)
        {
            var (bundle, state) = read[item];
            if (bundle is not null)
            {
                result.Add(bundle with { CreatedAt = created.GetValueOrDefault(item.Name) });
                continue;
            }

            var name = $"revision {item.Revision.ToString(CultureInfo.InvariantCulture)} of '{item.Name}'";
            if (state is Coverage.NotCollected && isDeployed)
            {
                missing.Add(name + AtHand(kind, item.Name));
                continue;
            }

            whole = Coverage.Worst(whole, state);
            coverage = Coverage.Worst(coverage, state is Coverage.NotCollected ? state : new Coverage.Partial($"{name}: {state.Reason}"));
        }

        if (missing.Count > 0)
        {
            // What is deployed is what the gateway runs: an input that leaves it out does not hold what it says is there.
            var absent = new Coverage.Partial(Missing(missing));
            coverage = Coverage.Worst(coverage, absent);
            whole = whole.IsGap ? new Coverage.Partial($"{absent.Why}; {whole.Reason}") : absent;
        }

        if (wanted.Count > 0)
        {
            log.Cover(root + (kind == BundleKind.Proxy ? "/apis/*/revisions" : "/sharedflows/*/revisions"), whole, result.Count);
        }

        return new Collected<Bundle>(result.DrainToImmutable(), coverage);
    }

    private static string Missing(List<string> missing) =>
        string.Join(", ", missing.Take(ShownMissing))
        + (missing.Count > ShownMissing ? $" and {(missing.Count - ShownMissing).ToString(CultureInfo.InvariantCulture)} more" : "")
        + (
            missing.Count == 1
                ? " is deployed, and its bundle is not in the input"
                : " are deployed, and their bundles are not in the input"
        );

    // A recording of another day, or a folder that was renamed.
    private string AtHand(BundleKind kind, string name) =>
        bundles.RevisionsAtHand(kind, name) is { Count: > 0 } others
            ? $" (the input holds revision {string.Join(", ", others.Select(other => other.ToString(CultureInfo.InvariantCulture)))})"
            : "";
}
