using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Reads key value maps of an organization, its environments and its proxies.</summary>
internal sealed class KeyValueMapCollector(ManagementApi api, Listing listing, ApigeeMapping mapping)
{
    /// <summary>The maps of a scope with their entries.</summary>
    /// <param name="scope">The path that owns them, ending in a slash: <c>environments/prod/</c>; empty for the organization.</param>
    /// <param name="scopePart">The same in the coverage table, where all proxies are <c>apis/*/</c>.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<Collected<KeyValueMap>> OfScopeAsync(string scope, string scopePart, CancellationToken cancellationToken)
    {
        var path = scope + "keyvaluemaps";
        var part = scopePart + "keyvaluemaps";
        var names = await listing.NamesAsync(path, part, cancellationToken);
        var maps = ImmutableArray.CreateBuilder<KeyValueMap>();
        foreach (var name in names)
        {
            var map = path + "/" + Uri.EscapeDataString(name);
            var (document, _) = await listing.DocumentAsync(map, part + "/*", cancellationToken);
            var entries = await listing.ListAsync(
                map + "/entries?pageSize=1000",
                part + "/*/entries",
                "keyValueEntries",
                mapping.Entry,
                cancellationToken
            );
            maps.Add(new KeyValueMap(name, document?.Flag("encrypted"), entries, document?.Location ?? api.Artifact(map)));
        }

        return new Collected<KeyValueMap>(maps.DrainToImmutable(), names.Coverage);
    }

    /// <summary>The maps of the proxies that have some.</summary>
    public async Task<Collected<ProxyKeyValueMaps>> OfProxiesAsync(Collected<ListedBundle> proxies, CancellationToken cancellationToken)
    {
        var result = ImmutableArray.CreateBuilder<ProxyKeyValueMaps>();
        foreach (var proxy in proxies)
        {
            var maps = await OfScopeAsync($"apis/{Uri.EscapeDataString(proxy.Name)}/", "apis/*/", cancellationToken);
            if (maps.Coverage is not Coverage.NotCollected)
            {
                result.Add(new ProxyKeyValueMaps(proxy.Name, maps));
            }
        }

        return new Collected<ProxyKeyValueMaps>(result.DrainToImmutable(), proxies.Coverage);
    }
}
