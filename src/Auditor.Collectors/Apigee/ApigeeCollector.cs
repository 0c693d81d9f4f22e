using System.Collections.Concurrent;
using System.Text;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Reads an Apigee organization over its management API, or from a recording of it. The bundles read are those of the deployed revisions; where deployments were not
/// collected, the latest revision of each proxy and shared flow, which the notices say.
/// </summary>
internal sealed class ApigeeCollector(
    ManagementApi api,
    HttpClient client,
    IBundleSource bundles,
    BundleReader reader,
    Redactor redactor,
    string organization,
    CollectorLog log
)
{
    private static readonly string[] HookPoints = ["PostProxyFlowHook", "PostTargetFlowHook", "PreProxyFlowHook", "PreTargetFlowHook"];

    private readonly string root = "apigee/" + organization;
    private readonly Listing listing = new(api, log, "apigee/" + organization);
    private readonly ApigeeMapping mapping = new(redactor);

    /// <summary>Collects the organization.</summary>
    public async Task<ApigeeOrganization> CollectAsync(CancellationToken cancellationToken)
    {
        var (document, coverage) = await listing.DocumentAsync("organization", "organization", cancellationToken);
        var names = await NamesAsync("environments", "environments", cancellationToken);
        if (names.Coverage is Coverage.NotCollected && document is { } known && !known["environments"].IsMissing)
        {
            names = new Collected<string>(known.Texts("environments"), coverage);
        }

        var environments = await Task.WhenAll(names.Select(name => EnvironmentAsync(name, cancellationToken)));
        var proxies = await ListBundlesAsync(BundleKind.Proxy, cancellationToken);
        var sharedFlows = await ListBundlesAsync(BundleKind.SharedFlow, cancellationToken);
        var deployments = await DeploymentsAsync(cancellationToken);
        return new ApigeeOrganization
        {
            Name = organization,
            RuntimeType = document?.Word("runtimeType", "CLOUD", "HYBRID"),
            Environments = new Collected<ApigeeEnvironment>([.. environments], names.Coverage),
            EnvironmentGroups = await GroupsAsync(cancellationToken),
            Deployments = deployments,
            Proxies = await BundlesAsync(BundleKind.Proxy, proxies, deployments, cancellationToken),
            SharedFlows = await BundlesAsync(BundleKind.SharedFlow, sharedFlows, deployments, cancellationToken),
            Products = await listing.ListAsync(
                "apiproducts?expand=true&count=1000",
                "apiproducts",
                "apiProduct",
                ApigeeMapping.Product,
                cancellationToken
            ),
            Apps = await AppsAsync(cancellationToken),
            Developers = await listing.ListAsync(
                "developers?count=1000",
                "developers",
                "developer",
                ApigeeMapping.Developer,
                cancellationToken
            ),
            KeyValueMaps = await MapsAsync("", cancellationToken),
            ProxyKeyValueMaps = await ProxyMapsAsync(proxies, cancellationToken),
            Location = new SourceLocation(root + "/organization.json"),
        };
    }

    private sealed record Named(string Name, ImmutableArray<int> Revisions, DateTimeOffset? CreatedAt);

    private Task<Collected<string>> NamesAsync(string path, string part, CancellationToken cancellationToken) =>
        listing.ListAsync(path, part, null, row => row.AsText, cancellationToken);

    private async Task<ApigeeEnvironment> EnvironmentAsync(string name, CancellationToken cancellationToken)
    {
        var path = "environments/" + Uri.EscapeDataString(name);
        var (document, _) = await listing.DocumentAsync(path, path, cancellationToken);
        var mask = await listing.DocumentAsync(path + "/debugmask", path + "/debugmask", cancellationToken);
        return new ApigeeEnvironment
        {
            Name = name,
            FlowHooks = await HooksAsync(path, cancellationToken),
            TargetServers = await EachAsync(path + "/targetservers", ApigeeMapping.TargetServer, cancellationToken),
            KeyValueMaps = await MapsAsync(path + "/", cancellationToken),
            PropertySets = await PropertySetsAsync(path, cancellationToken),
            Keystores = await KeystoresAsync(path, cancellationToken),
            References = await EachAsync(path + "/references", ApigeeMapping.Reference, cancellationToken),
            Caches = await NamesAsync(path + "/caches", path + "/caches", cancellationToken),
            DebugMask = new Collected<string>(mask.Document?.Texts("variables") ?? [], mask.Coverage),
            Properties = document is { } row ? ApigeeMapping.Properties(row) : ImmutableSortedDictionary<string, string>.Empty,
            Location = new SourceLocation($"{root}/{path}.json"),
        };
    }

    // A list of names, then each object. An object that cannot be read makes the part partial, not shorter.
    private async Task<Collected<T>> EachAsync<T>(string path, Func<Json, T?> map, CancellationToken cancellationToken)
        where T : class
    {
        var names = await NamesAsync(path, path, cancellationToken);
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
        var names = await NamesAsync(path + "/flowhooks", path + "/flowhooks", cancellationToken);
        if (names.Count == 0 && !names.IsComplete)
        {
            return new Collected<FlowHook>([], names.Coverage);
        }

        return await EachAsync(
            path + "/flowhooks",
            new Collected<string>([.. names.Where(name => HookPoints.Contains(name, StringComparer.Ordinal))], names.Coverage),
            ApigeeMapping.FlowHook,
            cancellationToken
        );
    }

    private async Task<Collected<Keystore>> KeystoresAsync(string path, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(path + "/keystores", path + "/keystores", cancellationToken);
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
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (response.Headers.Contains(RecordingHandler.NotCollectedHeader))
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
            return (null, new Coverage.Failed("the request failed: " + Inputs.Reason.Of(e.InnerException ?? e)));
        }
    }

    private async Task<Collected<EnvironmentGroup>> GroupsAsync(CancellationToken cancellationToken)
    {
        var answer = await listing.ListAsync(
            "envgroups?pageSize=100",
            "envgroups",
            "environmentGroups",
            row => row.Text("name") is null ? null : new Row(row),
            cancellationToken
        );
        var groups = ImmutableArray.CreateBuilder<EnvironmentGroup>();
        foreach (var row in answer)
        {
            var attached = await listing.ListAsync(
                $"envgroups/{Uri.EscapeDataString(row.Json.Text("name", ""))}/attachments?pageSize=100",
                "envgroups/*/attachments",
                "environmentGroupAttachments",
                attachment => attachment.Text("environment"),
                cancellationToken
            );
            groups.Add(ApigeeMapping.Group(row.Json, attached)!);
        }

        return new Collected<EnvironmentGroup>(groups.DrainToImmutable(), answer.Coverage);
    }

    private sealed record Row(Json Json);

    private Task<Collected<Named>> ListBundlesAsync(BundleKind kind, CancellationToken cancellationToken)
    {
        var (path, member) = kind == BundleKind.Proxy ? ("apis", "proxies") : ("sharedflows", "sharedFlows");
        return listing.ListAsync(
            path + "?includeRevisions=true&includeMetaData=true",
            path,
            member,
            row =>
                row.Text("name") is { } name
                    ? new Named(
                        name,
                        [
                            .. row.Texts("revision")
                                .Select(text =>
                                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0
                                )
                                .Where(revision => revision > 0)
                                .Order(),
                        ],
                        row["metaData"].Milliseconds("createdAt")
                    )
                    : null,
            cancellationToken
        );
    }

    private async Task<Collected<Deployment>> DeploymentsAsync(CancellationToken cancellationToken)
    {
        var proxies = await listing.ListAsync(
            "deployments",
            "deployments",
            "deployments",
            row => ApigeeMapping.Deployment(row, BundleKind.Proxy),
            cancellationToken
        );
        var flows = await listing.ListAsync(
            "deployments?sharedFlows=true",
            "deployments@sharedFlows",
            "deployments",
            row => ApigeeMapping.Deployment(row, BundleKind.SharedFlow),
            cancellationToken
        );
        return new Collected<Deployment>([.. proxies, .. flows], Coverage.Worst(proxies.Coverage, flows.Coverage));
    }

    private async Task<Collected<Bundle>> BundlesAsync(
        BundleKind kind,
        Collected<Named> listed,
        Collected<Deployment> deployments,
        CancellationToken cancellationToken
    )
    {
        var wanted = new SortedSet<(string Name, int Revision)>(
            deployments.Where(deployment => deployment.Kind == kind).Select(deployment => (deployment.Name, deployment.Revision))
        );
        if (!deployments.Any(deployment => deployment.Kind == kind) && !deployments.IsComplete)
        {
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
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) },
            async (item, token) => read[item] = await bundles.ReadAsync(kind, item.Name, item.Revision, token)
        );
        var coverage = listed.Coverage;
        var result = ImmutableArray.CreateBuilder<Bundle>(wanted.Count);
        var part = root + (kind == BundleKind.Proxy ? "/apis/*/revisions" : "/sharedflows/*/revisions");
        foreach (var item in wanted)
        {
            var (bundle, state) = read[item];
            log.Cover(part, state, bundle is null ? 0 : 1);
            if (bundle is null)
            {
                coverage = Coverage.Worst(
                    coverage,
                    state is Coverage.NotCollected
                        ? state
                        : new Coverage.Partial(
                            $"revision {item.Revision.ToString(CultureInfo.InvariantCulture)} of '{item.Name}': {state.Reason}"
                        )
                );
            }
            else
            {
                result.Add(bundle with { CreatedAt = listed.FirstOrDefault(named => named.Name == item.Name)?.CreatedAt });
            }
        }

        return new Collected<Bundle>(result.DrainToImmutable(), coverage);
    }

    private async Task<Collected<DeveloperApp>> AppsAsync(CancellationToken cancellationToken)
    {
        var approved = await listing.ListAsync(
            "apps?expand=true&includeCred=true&rows=1000",
            "apps",
            "app",
            mapping.App,
            cancellationToken
        );
        var revoked = await listing.ListAsync(
            "apps?expand=true&includeCred=true&rows=1000&status=revoked",
            "apps@status=revoked",
            "app",
            mapping.App,
            cancellationToken
        );
        var groups = await listing.ListAsync(
            "appgroups?pageSize=1000",
            "appgroups",
            "appGroups",
            row => row.Text("name"),
            cancellationToken
        );
        var all = approved.Items.ToBuilder();
        var coverage = approved.Coverage;
        if (revoked.Coverage.IsGap)
        {
            coverage = Coverage.Worst(coverage, new Coverage.Partial("revoked apps: " + revoked.Coverage.Reason));
        }

        all.AddRange(revoked);
        foreach (var group in groups)
        {
            var apps = await listing.ListAsync(
                $"appgroups/{Uri.EscapeDataString(group)}/apps?pageSize=1000",
                "appgroups/*/apps",
                "appGroupApps",
                mapping.App,
                cancellationToken
            );
            all.AddRange(apps);
            coverage = Coverage.Worst(coverage, apps.Coverage);
        }

        return new Collected<DeveloperApp>([.. all.DistinctBy(app => app.Id, StringComparer.Ordinal)], coverage);
    }

    private async Task<Collected<KeyValueMap>> MapsAsync(string scope, CancellationToken cancellationToken)
    {
        var path = scope + "keyvaluemaps";
        var names = await NamesAsync(path, path, cancellationToken);
        var maps = ImmutableArray.CreateBuilder<KeyValueMap>();
        foreach (var name in names)
        {
            var map = path + "/" + Uri.EscapeDataString(name);
            var (document, _) = await listing.DocumentAsync(map, path + "/*", cancellationToken);
            var entries = await listing.ListAsync(
                map + "/entries?pageSize=1000",
                path + "/*/entries",
                "keyValueEntries",
                row => mapping.Entry(row, name),
                cancellationToken
            );
            maps.Add(new KeyValueMap(name, document?.Flag("encrypted"), entries, document?.Location ?? api.Artifact(map)));
        }

        return new Collected<KeyValueMap>(maps.DrainToImmutable(), names.Coverage);
    }

    private async Task<Collected<ProxyKeyValueMaps>> ProxyMapsAsync(Collected<Named> proxies, CancellationToken cancellationToken)
    {
        var result = ImmutableArray.CreateBuilder<ProxyKeyValueMaps>();
        foreach (var proxy in proxies)
        {
            var maps = await MapsAsync($"apis/{Uri.EscapeDataString(proxy.Name)}/", cancellationToken);
            if (maps.Coverage is not Coverage.NotCollected)
            {
                result.Add(new ProxyKeyValueMaps(proxy.Name, maps));
            }
        }

        return new Collected<ProxyKeyValueMaps>(result.DrainToImmutable(), proxies.Coverage);
    }
}
