using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Exports;

/// <summary>
/// Reads a tree of the Maven configuration plug-in (format read in its sources): <c>…/edge/{org,env/&lt;env&gt;,api/&lt;proxy&gt;}/*.json</c>, where every file whose name
/// begins with an entity's name is merged, or the single file <c>edge.json</c>. Deployments are not in it.
/// </summary>
internal sealed class MavenConfig(SourceTree tree, string label, Redactor redactor, CollectorLog log)
{
    private readonly OfflineFiles files = new(tree, label, log);
    private readonly ApigeeMapping mapping = new(redactor);
    private readonly string root = label.Length == 0 ? "config" : label;

    /// <summary>The folder or file of the configuration; null when the tree has none.</summary>
    public static string? Find(SourceTree tree)
    {
        foreach (var file in tree.Files)
        {
            if (file == "edge.json" || file.EndsWith("/edge.json", StringComparison.Ordinal))
            {
                return file;
            }

            foreach (var mark in (ReadOnlySpan<string>)["/org/", "/env/"])
            {
                var at = ("/" + file).IndexOf("/edge" + mark, StringComparison.Ordinal);
                if (at >= 0 && file.EndsWith(".json", StringComparison.Ordinal))
                {
                    return file[..(at + "/edge".Length - 1)] is var folder && folder.Length > 0 ? folder.TrimStart('/') : "edge";
                }
            }
        }

        return null;
    }

    /// <summary>Reads the configuration together with the bundles of the same tree.</summary>
    public ApigeeOrganization Read(string found, ImmutableArray<Bundle> bundles, string folderName) =>
        (found.EndsWith("edge.json", StringComparison.Ordinal) ? ReadSingle(found, folderName) : ReadFolder(found, folderName)) with
        {
            Proxies = Collected<Bundle>.Of([.. bundles.Where(bundle => bundle.Kind == BundleKind.Proxy)]),
            SharedFlows = Collected<Bundle>.Of([.. bundles.Where(bundle => bundle.Kind == BundleKind.SharedFlow)]),
        };

    private ApigeeOrganization ReadFolder(string folder, string folderName)
    {
        var environments = tree.FilesBelow(folder + "/env")
            .Where(file => file.Contains('/', StringComparison.Ordinal))
            .Select(file => file[..file.IndexOf('/', StringComparison.Ordinal)])
            .Distinct(StringComparer.Ordinal);
        return new ApigeeOrganization
        {
            Name = folderName,
            Environments = Collected<ApigeeEnvironment>.Of([.. environments.Select(name => EnvironmentOf(folder, name))]),
            Products = files.List(Matching(folder + "/org", "apiProducts"), root + "/apiproducts", null, ApigeeMapping.Product),
            KeyValueMaps = files.List(Matching(folder + "/org", "kvms"), root + "/keyvaluemaps", null, Map),
            ProxyKeyValueMaps = MapsOfProxies(folder),
            Location = files.Place(folder),
        };
    }

    private Collected<ProxyKeyValueMaps> MapsOfProxies(string folder)
    {
        var proxies = tree.FilesBelow(folder + "/api")
            .Where(file => file.Contains('/', StringComparison.Ordinal))
            .Select(file => file[..file.IndexOf('/', StringComparison.Ordinal)])
            .Distinct(StringComparer.Ordinal)
            .Select(proxy => new ProxyKeyValueMaps(
                proxy,
                files.List(Matching($"{folder}/api/{proxy}", "kvms"), $"{root}/apis/{proxy}/keyvaluemaps", null, Map)
            ))
            .Where(proxy => proxy.Maps.Coverage is not Coverage.NotCollected)
            .ToImmutableArray();
        return proxies.IsEmpty ? Collected<ProxyKeyValueMaps>.None : Collected<ProxyKeyValueMaps>.Of(proxies);
    }

    // The name of a cache is all that is compared; the file holds more of it.
    private Collected<string> Caches(string path, string part)
    {
        var rows = files.List(Matching(path, "caches"), part + "/caches", null, row => row.Text("name"));
        return new Collected<string>(rows.Items, rows.Coverage);
    }

    private ApigeeEnvironment EnvironmentOf(string folder, string name)
    {
        var path = $"{folder}/env/{name}";
        var part = $"{root}/environments/{name}";
        return new ApigeeEnvironment
        {
            Name = name,
            TargetServers = files.List(
                Matching(path, "targetServers", "targetservers"),
                part + "/targetservers",
                null,
                ApigeeMapping.TargetServer
            ),
            KeyValueMaps = files.List(Matching(path, "kvms"), part + "/keyvaluemaps", null, Map),
            FlowHooks = files.List(Matching(path, "flowhooks"), part + "/flowhooks", null, ApigeeMapping.FlowHook),
            References = files.List(Matching(path, "references"), part + "/references", null, ApigeeMapping.Reference),
            Caches = Caches(path, part),
            Location = files.Place(path),
        };
    }

    private IEnumerable<string> Matching(string folder, params string[] names) =>
        tree.FilesBelow(folder)
            .Where(file =>
                !file.Contains('/', StringComparison.Ordinal)
                && file.EndsWith(".json", StringComparison.Ordinal)
                && names.Any(name => file.StartsWith(name, StringComparison.Ordinal))
            )
            .Select(file => folder + "/" + file);

    private ApigeeOrganization ReadSingle(string file, string folderName)
    {
        var (document, coverage) = files.Read(file, root + "/edge.json");
        if (document is not { } json)
        {
            return new ApigeeOrganization
            {
                Name = folderName,
                Environments = new Collected<ApigeeEnvironment>([], coverage),
                Products = new Collected<ApiProduct>([], coverage),
                KeyValueMaps = new Collected<KeyValueMap>([], coverage),
                Location = files.Place(file),
            };
        }

        return new ApigeeOrganization
        {
            Name = folderName,
            Environments = Collected<ApigeeEnvironment>.Of([
                .. json["envConfig"]
                    .Members()
                    .Select(environment => new ApigeeEnvironment
                    {
                        Name = environment.Name,
                        TargetServers = Rows(environment.Value, "targetServers", ApigeeMapping.TargetServer),
                        KeyValueMaps = Rows(environment.Value, "kvms", Map),
                        FlowHooks = Rows(environment.Value, "flowhooks", ApigeeMapping.FlowHook),
                        References = Rows(environment.Value, "references", ApigeeMapping.Reference),
                        Caches = Rows(environment.Value, "caches", row => row.Text("name")),
                        Location = environment.Value.Location,
                    }),
            ]),
            Products = Rows(json["orgConfig"], "apiProducts", ApigeeMapping.Product),
            KeyValueMaps = Rows(json["orgConfig"], "kvms", Map),
            ProxyKeyValueMaps = json["apiConfig"].IsMissing
                ? Collected<ProxyKeyValueMaps>.None
                : Collected<ProxyKeyValueMaps>.Of([
                    .. json["apiConfig"]
                        .Members()
                        .Where(proxy => !proxy.Value["kvms"].IsMissing)
                        .Select(proxy => new ProxyKeyValueMaps(proxy.Name, Rows(proxy.Value, "kvms", Map))),
                ]),
            Location = files.Place(file),
        };
    }

    private static Collected<T> Rows<T>(Json owner, string member, Func<Json, T?> map)
        where T : class =>
        owner[member].IsMissing ? Collected<T>.None : Collected<T>.Of([.. owner.Objects(member).Select(map).OfType<T>()]);

    // The shape of Edge: {"name":"m","entry":[{"name":"k","value":"v"}]}, with booleans as text.
    private KeyValueMap? Map(Json row) =>
        row.Text("name") is { } name
            ? new KeyValueMap(
                name,
                row.Flag("encrypted"),
                row["entry"].IsMissing
                    ? Collected<KeyValueEntry>.None
                    : Collected<KeyValueEntry>.Of([.. row.Objects("entry").Select(mapping.Entry).OfType<KeyValueEntry>()]),
                row.Location
            )
            : null;
}
