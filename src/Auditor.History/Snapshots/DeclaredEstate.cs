using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.History.Snapshots;

/// <summary>
/// What an estate would be if all that is declared somewhere (a tree of bundles, a configuration tree) were deployed to it as it is declared: the live estate, with what is declared in
/// the place of what is live. What nobody declares there stays as it is, and so is no difference.
/// </summary>
public static class DeclaredEstate
{
    /// <summary>Two bundles of one name that are declared, so that it is not known which of them is meant; null when there are none.</summary>
    /// <param name="declared">What was read from where things are declared.</param>
    public static (Bundle One, Bundle Other)? Twice(Landscape declared)
    {
        ArgumentNullException.ThrowIfNull(declared);
        return declared.Apigee.Select(DeclaredBuilds.Twice).FirstOrDefault(twice => twice is not null);
    }

    /// <summary>Lays what is declared over a live estate. With several live organizations, each gets what is declared.</summary>
    /// <param name="declared">What was read from where things are declared.</param>
    /// <param name="live">The live estate.</param>
    /// <param name="redactionKey">The name of the key by which the secrets of what is declared were fingerprinted.</param>
    public static Landscape Of(Landscape declared, Landscape live, string redactionKey)
    {
        ArgumentNullException.ThrowIfNull(declared);
        ArgumentNullException.ThrowIfNull(live);
        var laid = live.Apigee.Select(organization => declared.Apigee.Aggregate(organization, Over)).ToImmutableArray();
        return live with
        {
            CapturedAt = declared.CapturedAt,
            // Of different keys, secrets are not compared.
            RedactionKey = redactionKey,
            Apigee = [.. laid.Zip(live.Apigee, (one, other) => DeclaredBuilds.For(one, other))],
            Coverage =
            [
                .. live.Coverage.Concat(laid.SelectMany(DeclaredBuilds.Unknown)).OrderBy(entry => entry.Part, StringComparer.Ordinal),
            ],
        };
    }

    private static ApigeeOrganization Over(ApigeeOrganization live, ApigeeOrganization declared) =>
        live with
        {
            Proxies = Bundles(declared.Proxies, live.Proxies),
            SharedFlows = Bundles(declared.SharedFlows, live.SharedFlows),
            // What is deployed and declared nowhere is not deployed in an estate as it is declared.
            Deployments = new Collected<Deployment>(
                [
                    .. live.Deployments.Where(deployment =>
                        (deployment.Kind == BundleKind.Proxy ? declared.Proxies : declared.SharedFlows) is not { Count: > 0 } bundles
                        || bundles.Items.Any(bundle => bundle.Name == deployment.Name)
                    ),
                ],
                live.Deployments.Coverage
            ),
            Products = Part(declared.Products, live.Products),
            KeyValueMaps = Maps(declared.KeyValueMaps, live.KeyValueMaps),
            ProxyKeyValueMaps = new Collected<ProxyKeyValueMaps>(
                [
                    .. live.ProxyKeyValueMaps.Items.Select(proxy =>
                        declared.ProxyKeyValueMaps.Items.FirstOrDefault(other => other.Proxy == proxy.Proxy) is { } other
                            ? proxy with
                            {
                                Maps = Maps(other.Maps, proxy.Maps),
                            }
                            : proxy
                    ),
                    .. declared.ProxyKeyValueMaps.Items.Where(other =>
                        !live.ProxyKeyValueMaps.Items.Any(proxy => proxy.Proxy == other.Proxy)
                    ),
                ],
                live.ProxyKeyValueMaps.Coverage
            ),
            Environments = new Collected<ApigeeEnvironment>(
                [
                    .. live.Environments.Select(environment =>
                        declared.FindEnvironment(environment.Name) is { } other
                            ? environment with
                            {
                                FlowHooks = Part(other.FlowHooks, environment.FlowHooks),
                                TargetServers = Part(other.TargetServers, environment.TargetServers),
                                KeyValueMaps = Maps(other.KeyValueMaps, environment.KeyValueMaps),
                                Caches = Part(other.Caches, environment.Caches),
                                References = Part(other.References, environment.References),
                            }
                            : environment
                    ),
                ],
                live.Environments.Coverage
            ),
        };

    // A revision is numbered when it is imported; in a tree the number says nothing.
    private static Collected<Bundle> Bundles(Collected<Bundle> declared, Collected<Bundle> live) =>
        declared.Count == 0 ? live : Collected<Bundle>.Of([.. declared.Select(bundle => bundle with { Revision = null })]);

    private static Collected<T> Part<T>(Collected<T> declared, Collected<T> live) =>
        declared is { IsComplete: true, Count: > 0 } ? declared : live;

    // Whether a map is encrypted is not written where it always is.
    private static Collected<KeyValueMap> Maps(Collected<KeyValueMap> declared, Collected<KeyValueMap> live)
    {
        var maps = Part(declared, live);
        return new Collected<KeyValueMap>(
            [
                .. maps.Items.Select(map =>
                    map with
                    {
                        Encrypted = map.Encrypted ?? live.Items.FirstOrDefault(other => other.Name == map.Name)?.Encrypted,
                    }
                ),
            ],
            maps.Coverage
        );
    }
}
