using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Reads key value maps of an organization, its environments and its proxies.</summary>
internal sealed class KeyValueMapCollector(
    ManagementApi api,
    Listing listing,
    ApigeeMapping mapping,
    ApigeeScope scope,
    VanishedNames vanished
)
{
    private static readonly Coverage WithoutValues = new Coverage.NotCollected(
        "not part of the recording; values are read with --include kvm-values"
    );

    /// <summary>The maps of a scope with their entries.</summary>
    /// <param name="owner">The path that owns them, ending in a slash: <c>environments/prod/</c>; empty for the organization.</param>
    /// <param name="ownerPart">The same in the coverage table, where all proxies are <c>apis/*/</c>.</param>
    /// <param name="absent">What a refusal means where it is not one; null where it is one.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<Collected<KeyValueMap>> OfScopeAsync(
        string owner,
        string ownerPart,
        Func<Answer, Coverage?>? absent,
        CancellationToken cancellationToken
    )
    {
        var path = owner + "keyvaluemaps";
        var part = ownerPart + "keyvaluemaps";
        var names = await listing.ListAsync(path, part, null, row => row.AsName, cancellationToken, absent);
        var maps = await Task.WhenAll(names.Select(name => MapAsync(path, part, name, cancellationToken)));
        var gone = await vanished.OfAsync(
            path,
            maps.Where(map => ManagementApi.IsNotFound(map.State)).Select(map => map.Map.Name),
            cancellationToken
        );
        return new Collected<KeyValueMap>([.. maps.Select(map => map.Map).Where(map => !gone.Contains(map.Name))], names.Coverage);
    }

    /// <summary>The maps of the proxies that have some. Configurable proxies cannot have any.</summary>
    public async Task<Collected<ProxyKeyValueMaps>> OfProxiesAsync(Collected<ListedBundle> proxies, CancellationToken cancellationToken)
    {
        var result = await Task.WhenAll(
            proxies
                .Where(proxy => !proxy.IsConfigurable)
                .Select(async proxy => new ProxyKeyValueMaps(
                    proxy.Name,
                    await OfScopeAsync($"apis/{Uri.EscapeDataString(proxy.Name)}/", "apis/*/", null, cancellationToken)
                ))
        );
        return new Collected<ProxyKeyValueMaps>(
            [.. result.Where(maps => maps.Maps.Coverage is not Coverage.NotCollected)],
            proxies.Coverage
        );
    }

    private async Task<(KeyValueMap Map, Coverage State)> MapAsync(
        string path,
        string part,
        string name,
        CancellationToken cancellationToken
    )
    {
        var map = path + "/" + Uri.EscapeDataString(name);
        var (document, state) = await listing.DocumentAsync(
            map,
            part + "/*",
            cancellationToken,
            anyOf: ["name", "encrypted", "maskedValues"]
        );
        var entries = scope.KeyValueMapValues
            ? await listing.ListAsync(
                map + "/entries?pageSize=1000",
                part + "/*/entries",
                "keyValueEntries",
                row => mapping.Entry(row, (key, value) => scope.Uses.MayKeep(name, key, value)),
                cancellationToken,
                answer => answer.Coverage is Coverage.NotCollected ? WithoutValues : null
            )
            : new Collected<KeyValueEntry>([], WithoutValues);
        return (new KeyValueMap(name, document?.Flag("encrypted"), entries, document?.Location ?? api.Artifact(map)), state);
    }
}
