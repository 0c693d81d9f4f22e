using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Live;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Reads what belongs to one environment: hooks, target servers, property sets, keystores, and, when bundles have shown what its entries are used for, its maps.
/// </summary>
internal sealed class EnvironmentCollector(
    ManagementApi api,
    HttpClient client,
    Listing listing,
    KeyValueMapCollector maps,
    VanishedNames vanished,
    BundleReader reader,
    CollectorLog log,
    string root
)
{
    /// <summary>Collects an environment, but for its maps.</summary>
    public async Task<ApigeeEnvironment> CollectAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var (document, _) = await listing.DocumentAsync(path, path, cancellationToken, anyOf: ["name", "type", "properties"]);
        var mask = MaskAsync(path, document?.Text("type"), cancellationToken);
        var hooks = HooksAsync(path, cancellationToken);
        var servers = EachAsync(path + "/targetservers", ApigeeMapping.TargetServer, cancellationToken);
        var sets = PropertySetsAsync(path, cancellationToken);
        var keystores = KeystoresAsync(path, cancellationToken);
        var references = EachAsync(path + "/references", ApigeeMapping.Reference, cancellationToken);
        var caches = listing.NamesAsync(path + "/caches", path + "/caches", cancellationToken);
        return new ApigeeEnvironment
        {
            Name = name,
            FlowHooks = await hooks,
            TargetServers = await servers,
            PropertySets = await sets,
            Keystores = await keystores,
            References = await references,
            Caches = await caches,
            DebugMask = await mask,
            Properties = document is { } row ? ApigeeMapping.Properties(row) : ImmutableSortedDictionary<string, string>.Empty,
            Location = new SourceLocation($"{root}/{path}.json"),
        };
    }

    /// <summary>Collects the maps of an environment.</summary>
    public Task<Collected<KeyValueMap>> MapsAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name) + "/";
        return maps.OfScopeAsync(path, path, null, cancellationToken);
    }

    // What names an object: a target server, a reference, a hook, an alias.
    private static readonly string[] Named = ["name", "flowHookPoint", "alias"];

    private static string PathOf(string name) => "environments/" + Uri.EscapeDataString(name);

    // Only environments of the type COMPREHENSIVE have one (apigeecli, 2026-01); an old organization's have no type.
    private async Task<Collected<string>> MaskAsync(string path, string? type, CancellationToken cancellationToken)
    {
        var answer = await listing.TryGetAsync(path + "/debugmask", Recorded.Always, cancellationToken);
        var coverage =
            type is "BASE" or "INTERMEDIATE" && answer.Status is >= 400 and < 500 and not 401
                ? new Coverage.NotCollected($"environments of the type {type} have no debug masks")
            : answer.HasDocument && answer.Document.ValueKind != System.Text.Json.JsonValueKind.Object
                ? new Coverage.Failed("the answer is not an object")
            : answer.HasDocument && !IsMask(new Json(answer.Document, answer.Location, log))
                ? new Coverage.Failed("the answer is no debug mask")
            : answer.Coverage;
        log.Cover($"{root}/{path}/debugmask", coverage, answer.HasDocument ? 1 : 0);
        return new Collected<string>(
            answer.HasDocument ? new Json(answer.Document, answer.Location, log).Texts("variables") : [],
            coverage
        );
    }

    // A mask without anything in it is an empty object; an object with other things in it is no mask.
    private static bool IsMask(Json document) =>
        !document.Members().Any()
        || document
            .Members()
            .Any(member => member.Name is "name" or "variables" or "namespaces" || member.Name.EndsWith("Paths", StringComparison.Ordinal));

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
        var documents = await Task.WhenAll(
            names.Select(name =>
                listing.DocumentAsync(path + "/" + Uri.EscapeDataString(name), path + "/*", cancellationToken, anyOf: Named)
            )
        );
        var gone = await vanished.OfAsync(path, names.Where((_, i) => ManagementApi.IsNotFound(documents[i].Coverage)), cancellationToken);
        var items = ImmutableArray.CreateBuilder<T>();
        var coverage = names.Coverage;
        for (var i = 0; i < documents.Length; i++)
        {
            var (document, state) = documents[i];
            if (document is { } row && map(row) is { } item)
            {
                items.Add(item);
            }
            else if (!gone.Contains(names[i]))
            {
                coverage = Coverage.Worst(coverage, state.IsComplete ? new Coverage.Partial($"'{names[i]}' cannot be read") : state);
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
        var read = await Task.WhenAll(
            names.Select(async name =>
            {
                var keystore = path + "/keystores/" + Uri.EscapeDataString(name);
                var (document, state) = await listing.DocumentAsync(
                    keystore,
                    path + "/keystores/*",
                    cancellationToken,
                    anyOf: ["name", "aliases"]
                );
                var aliases = document is { } row
                    ? await EachAsync(
                        keystore + "/aliases",
                        new Collected<string>(row.Texts("aliases"), state),
                        ApigeeMapping.Alias,
                        cancellationToken
                    )
                    : new Collected<KeystoreAlias>([], state);
                return (Keystore: new Keystore(name, aliases, document?.Location ?? api.Artifact(keystore)), State: state);
            })
        );
        var gone = await vanished.OfAsync(
            path + "/keystores",
            read.Where(one => ManagementApi.IsNotFound(one.State)).Select(one => one.Keystore.Name),
            cancellationToken
        );
        return new Collected<Keystore>(
            [.. read.Select(one => one.Keystore).Where(keystore => !gone.Contains(keystore.Name))],
            names.Coverage
        );
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
        var names = files
            .Where(file => file.StartsWith("properties/", StringComparison.Ordinal))
            .Select(file => file["properties/".Length..])
            .ToArray();
        var contents = await Task.WhenAll(
            names.Select(name => RawAsync($"{path}/resourcefiles/properties/{Uri.EscapeDataString(name)}", cancellationToken))
        );
        var sets = ImmutableArray.CreateBuilder<PropertySet>();
        var coverage = files.Coverage;
        foreach (var (name, (bytes, state)) in names.Zip(contents))
        {
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
                    (int)response.StatusCode switch
                    {
                        401 => new Coverage.Denied(status),
                        403 => new Coverage.Denied($"{status}; it takes {ApigeeEndpoints.Needs(path)}"),
                        _ => new Coverage.Failed("the source answered " + status),
                    }
                );
            }

            return (await response.Content.ReadAsByteArrayAsync(cancellationToken), Coverage.Complete.Instance);
        }
        catch (UnansweredException e)
        {
            return (null, e.Coverage);
        }
        catch (HttpRequestException e)
        {
            return (null, new Coverage.Failed("the request failed: " + Reason.Of(e.InnerException ?? e)));
        }
    }
}
