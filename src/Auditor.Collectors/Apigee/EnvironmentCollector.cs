using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Inputs;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>Reads what belongs to one environment: hooks, target servers, maps, property sets, keystores.</summary>
internal sealed class EnvironmentCollector(
    ManagementApi api,
    HttpClient client,
    Listing listing,
    KeyValueMapCollector maps,
    BundleReader reader,
    CollectorLog log,
    string root
)
{
    /// <summary>Collects an environment.</summary>
    public async Task<ApigeeEnvironment> CollectAsync(string name, CancellationToken cancellationToken)
    {
        var path = "environments/" + Uri.EscapeDataString(name);
        var (document, _) = await listing.DocumentAsync(path, path, cancellationToken);
        var mask = await listing.DocumentAsync(path + "/debugmask", path + "/debugmask", cancellationToken);
        return new ApigeeEnvironment
        {
            Name = name,
            FlowHooks = await HooksAsync(path, cancellationToken),
            TargetServers = await EachAsync(path + "/targetservers", ApigeeMapping.TargetServer, cancellationToken),
            KeyValueMaps = await maps.OfScopeAsync(path + "/", path + "/", cancellationToken),
            PropertySets = await PropertySetsAsync(path, cancellationToken),
            Keystores = await KeystoresAsync(path, cancellationToken),
            References = await EachAsync(path + "/references", ApigeeMapping.Reference, cancellationToken),
            Caches = await listing.NamesAsync(path + "/caches", path + "/caches", cancellationToken),
            DebugMask = new Collected<string>(mask.Document?.Texts("variables") ?? [], mask.Coverage),
            Properties = document is { } row ? ApigeeMapping.Properties(row) : ImmutableSortedDictionary<string, string>.Empty,
            Location = new SourceLocation($"{root}/{path}.json"),
        };
    }

    // A list of names, then each object. An object that cannot be read makes the part partial, not shorter.
    private async Task<Collected<T>> EachAsync<T>(string path, Func<Json, T?> map, CancellationToken cancellationToken)
        where T : class
    {
        var names = await listing.NamesAsync(path, path, cancellationToken);
        return await EachAsync(path, names, map, cancellationToken);
    }

    private async Task<Collected<T>> EachAsync<T>(
        string path,
        Collected<string> names,
        Func<Json, T?> map,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var items = ImmutableArray.CreateBuilder<T>();
        var coverage = names.Coverage;
        foreach (var name in names)
        {
            var (document, state) = await listing.DocumentAsync(path + "/" + Uri.EscapeDataString(name), path + "/*", cancellationToken);
            if (document is { } row && map(row) is { } item)
            {
                items.Add(item);
            }
            else
            {
                coverage = Coverage.Worst(coverage, state.IsComplete ? new Coverage.Partial($"'{name}' cannot be read") : state);
            }
        }

        return new Collected<T>(items.DrainToImmutable(), coverage);
    }

    private async Task<Collected<FlowHook>> HooksAsync(string path, CancellationToken cancellationToken)
    {
        var names = await listing.NamesAsync(path + "/flowhooks", path + "/flowhooks", cancellationToken);
        if (names.Count == 0 && !names.IsComplete)
        {
            return new Collected<FlowHook>([], names.Coverage);
        }

        return await EachAsync(
            path + "/flowhooks",
            new Collected<string>([.. names.Where(name => FlowHook.Points.Contains(name, StringComparer.Ordinal))], names.Coverage),
            ApigeeMapping.FlowHook,
            cancellationToken
        );
    }

    private async Task<Collected<Keystore>> KeystoresAsync(string path, CancellationToken cancellationToken)
    {
        var names = await listing.NamesAsync(path + "/keystores", path + "/keystores", cancellationToken);
        var items = ImmutableArray.CreateBuilder<Keystore>();
        foreach (var name in names)
        {
            var keystore = path + "/keystores/" + Uri.EscapeDataString(name);
            var (document, state) = await listing.DocumentAsync(keystore, path + "/keystores/*", cancellationToken);
            var aliases = document is { } row
                ? await EachAsync(
                    keystore + "/aliases",
                    new Collected<string>(row.Texts("aliases"), state),
                    ApigeeMapping.Alias,
                    cancellationToken
                )
                : new Collected<KeystoreAlias>([], state);
            items.Add(new Keystore(name, aliases, document?.Location ?? api.Artifact(keystore)));
        }

        return new Collected<Keystore>(items.DrainToImmutable(), names.Coverage);
    }

    private async Task<Collected<PropertySet>> PropertySetsAsync(string path, CancellationToken cancellationToken)
    {
        var files = await listing.ListAsync(
            path + "/resourcefiles",
            path + "/resourcefiles",
            "resourceFile",
            row => row.Text("type") is { } type && row.Text("name") is { } name ? type + "/" + name : null,
            cancellationToken
        );
        var sets = ImmutableArray.CreateBuilder<PropertySet>();
        var coverage = files.Coverage;
        foreach (var file in files.Where(file => file.StartsWith("properties/", StringComparison.Ordinal)))
        {
            var name = file["properties/".Length..];
            var resource = $"{path}/resourcefiles/properties/{Uri.EscapeDataString(name)}";
            var (bytes, state) = await RawAsync(resource, cancellationToken);
            log.Cover($"{root}/{path}/resourcefiles/properties/*", state, bytes is null ? 0 : 1);
            if (bytes is null)
            {
                coverage = Coverage.Worst(
                    coverage,
                    state is Coverage.NotCollected ? state : new Coverage.Partial($"property set '{name}' cannot be read")
                );
                continue;
            }

            sets.Add(
                reader.ReadPropertySet(
                    name.EndsWith(".properties", StringComparison.Ordinal) ? name[..^".properties".Length] : name,
                    bytes,
                    new SourceLocation($"{root}/{path}/resourcefiles/properties/{RecordingPath.Encode(name)}")
                )
            );
        }

        return new Collected<PropertySet>(sets.DrainToImmutable(), coverage);
    }

    private async Task<(byte[]? Bytes, Coverage Coverage)> RawAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            using var response = await client.SendAsync(request, cancellationToken);
            if (AnswerNotes.IsNotCollected(request))
            {
                return (null, new Coverage.NotCollected("not part of the recording"));
            }

            if (!response.IsSuccessStatusCode)
            {
                var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
                return (
                    null,
                    (int)response.StatusCode is 401 or 403
                        ? new Coverage.Denied(status)
                        : new Coverage.Failed("the source answered " + status)
                );
            }

            return (await response.Content.ReadAsByteArrayAsync(cancellationToken), Coverage.Complete.Instance);
        }
        catch (HttpRequestException e)
        {
            return (null, new Coverage.Failed("the request failed: " + Reason.Of(e.InnerException ?? e)));
        }
    }
}
