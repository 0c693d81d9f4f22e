using System.Collections.Immutable;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;

namespace Auditor.History.Tests;

/// <summary>How one thing somewhere in a landscape is changed: at a random place, as long as the change applies to what is there.</summary>
internal static class LandscapeEdits
{
    public static Landscape? OnServers(Landscape landscape, Random random, Func<AuthorizationServer, AuthorizationServer?> change) =>
        OnOrgs(
            landscape,
            random,
            org => Pick(org.AuthorizationServers, random, change) is { } servers ? org with { AuthorizationServers = servers } : null
        );

    public static Landscape? OnOrgs(Landscape landscape, Random random, Func<OktaOrg, OktaOrg?> change) =>
        Pick(landscape.Okta, random, change) is { } orgs ? landscape with { Okta = orgs } : null;

    public static Landscape? OnOrganizations(Landscape landscape, Random random, Func<ApigeeOrganization, ApigeeOrganization?> change) =>
        Pick(landscape.Apigee, random, change) is { } organizations ? landscape with { Apigee = organizations } : null;

    public static Landscape? OnDeployedProxies(Landscape landscape, Random random, Func<Bundle, Bundle?> change) =>
        OnOrganizations(
            landscape,
            random,
            organization =>
                Pick(
                    organization.Proxies,
                    random,
                    bundle =>
                        organization.Deployments.Items.Any(deployment =>
                            deployment.Name == bundle.Name && deployment.Revision == bundle.Revision
                        )
                            ? change(bundle)
                            : null
                )
                    is { } proxies
                    ? organization with
                    {
                        Proxies = proxies,
                    }
                    : null
        );

    public static Collected<T>? Pick<T>(Collected<T> items, Random random, Func<T, bool> fits, Func<T, T> change)
        where T : class => Pick(items, random, item => fits(item) ? change(item) : null);

    public static Collected<T>? Pick<T>(Collected<T> items, Random random, Func<T, T?> change)
        where T : class => Pick(items.Items, random, change) is { } changed ? new Collected<T>(changed, items.Coverage) : null;

    public static ImmutableArray<T>? Pick<T>(ImmutableArray<T> items, Random random, Func<T, T?> change)
        where T : class
    {
        foreach (var i in Enumerable.Range(0, items.Length).OrderBy(_ => random.Next()))
        {
            if (change(items[i]) is { } changed)
            {
                return items.SetItem(i, changed);
            }
        }

        return null;
    }
}
