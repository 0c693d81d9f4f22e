using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.History.Snapshots;

/// <summary>
/// The bundles of a tree as their builds deploy them: for every environment what was made for it. Where it is not known what a build makes for an environment, what is live there stays,
/// and it is said that it was not compared.
/// </summary>
internal static class DeclaredBuilds
{
    /// <summary>Two bundles of one name of which one is built: which of them an environment gets is not said. Null when there are none.</summary>
    public static (Bundle One, Bundle Other)? Twice(ApigeeOrganization declared)
    {
        foreach (
            var same in declared
                .Proxies.Items.Concat(declared.SharedFlows.Items)
                .GroupBy(bundle => (bundle.Kind, bundle.Name, bundle.Revision))
        )
        {
            if (same.Any(IsBuilt) && same.OrderBy(bundle => bundle.Path, StringComparer.Ordinal).ToList() is [var one, var other, ..])
            {
                return (one, other);
            }
        }

        return null;
    }

    /// <summary>An organization with its bundles as they are built for the environments that they are deployed to.</summary>
    /// <param name="declared">The organization with what is declared.</param>
    /// <param name="live">The live one.</param>
    public static ApigeeOrganization For(ApigeeOrganization declared, ApigeeOrganization live)
    {
        var built = declared
            .Proxies.Items.Concat(declared.SharedFlows.Items)
            .Where(IsBuilt)
            .ToDictionary(bundle => (bundle.Kind, bundle.Name));
        if (built.Count == 0)
        {
            return declared;
        }

        // What is deployed to an environment is told from what is deployed to others by a number of its own.
        var numbers = new Dictionary<(BundleKind Kind, string Name), int>();
        var bundles = new List<Bundle>();
        var deployments = ImmutableArray.CreateBuilder<Deployment>();
        foreach (var deployment in declared.Deployments)
        {
            if (!built.TryGetValue((deployment.Kind, deployment.Name), out var bundle))
            {
                deployments.Add(deployment);
                continue;
            }

            var number = numbers[(bundle.Kind, bundle.Name)] = numbers.GetValueOrDefault((bundle.Kind, bundle.Name)) + 1;
            if (
                (
                    bundle.Builds.GetValueOrDefault(deployment.Environment)
                    ?? live.FindBundle(bundle.Kind, bundle.Name, deployment.Revision)
                ) is
                { } made
            )
            {
                bundles.Add(made with { Revision = number });
            }

            deployments.Add(deployment with { Revision = number });
        }

        return declared with
        {
            Proxies = With(declared.Proxies, bundles, BundleKind.Proxy),
            SharedFlows = With(declared.SharedFlows, bundles, BundleKind.SharedFlow),
            Deployments = new Collected<Deployment>(deployments.DrainToImmutable(), declared.Deployments.Coverage),
        };
    }

    /// <summary>What is not compared, since it is not known what a build makes for an environment.</summary>
    public static IEnumerable<CoverageEntry> Unknown(ApigeeOrganization declared) =>
        from deployment in declared.Deployments.Items
        let bundle = (deployment.Kind == BundleKind.Proxy ? declared.Proxies : declared.SharedFlows).Items.FirstOrDefault(one =>
            one.Name == deployment.Name && IsBuilt(one)
        )
        where bundle is not null && !bundle.Builds.ContainsKey(deployment.Environment)
        select new CoverageEntry(
            $"declared/{declared.Name}/{deployment.Environment}/{deployment.Name}",
            new Coverage.NotCollected(
                bundle.UnknownBuilds.GetValueOrDefault(deployment.Environment)
                    ?? bundle.UnreadableBuilds
                    ?? $"config.json beside {bundle.Path} has no configuration '{deployment.Environment}'"
            ),
            1
        );

    private static bool IsBuilt(Bundle bundle) =>
        bundle.Builds.Count + bundle.UnknownBuilds.Count > 0 || bundle.UnreadableBuilds is not null;

    private static Collected<Bundle> With(Collected<Bundle> declared, List<Bundle> built, BundleKind kind) =>
        new([.. declared.Items.Where(bundle => !IsBuilt(bundle)), .. built.Where(bundle => bundle.Kind == kind)], declared.Coverage);
}
