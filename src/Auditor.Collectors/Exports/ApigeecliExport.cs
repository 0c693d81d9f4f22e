using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Exports;

/// <summary>
/// Reads what <c>apigeecli organizations export</c> writes (format read in its sources, January 2026). It holds no deployments, flow hooks, resource files or caches:
/// these parts are not collected, and the revisions in it are taken as deployed nowhere in particular.
/// </summary>
internal sealed class ApigeecliExport(SourceTree tree, string label, Redactor redactor, CollectorLog log)
{
    private readonly OfflineFiles files = new(tree, label, log);
    private readonly ApigeeMapping mapping = new(redactor);
    private readonly string root = label.Length == 0 ? "export" : label;

    /// <summary>Whether the folder is such an export.</summary>
    public static bool IsExport(SourceTree tree) =>
        (tree.Has("envs.json") || tree.Has("products.json"))
        && tree.Files.Any(file => file.StartsWith("proxies/", StringComparison.Ordinal) && file.EndsWith(".zip", StringComparison.Ordinal));

    /// <summary>Reads the export.</summary>
    public ApigeeOrganization Read(string folderName, CancellationToken cancellationToken)
    {
        var organization = tree.Files.FirstOrDefault(file =>
            file.EndsWith("__kvms.json", StringComparison.Ordinal) && tree.Has("org__" + file) is false
        );
        var environments = files.List(["envs.json"], root + "/environments", "environment", row => row.Text("name"));
        return new ApigeeOrganization
        {
            Name = OrganizationName(environments) ?? folderName,
            Environments = new Collected<ApigeeEnvironment>([.. environments.Select(Environment)], environments.Coverage),
            EnvironmentGroups = files.List(
                ["envgroups.json"],
                root + "/envgroups",
                "environmentGroups",
                row => ApigeeMapping.Group(row, Collected<string>.None)
            ),
            Proxies = Bundles("proxies", BundleKind.Proxy, cancellationToken),
            SharedFlows = Bundles("sharedflows", BundleKind.SharedFlow, cancellationToken),
            Products = files.List(["products.json"], root + "/apiproducts", "apiProduct", ApigeeMapping.Product),
            Apps = Distinct(files.List(["apps.json", "appgroupsapp.json"], root + "/apps", "app", mapping.App)),
            Developers = files.List(["developers.json"], root + "/developers", "developer", ApigeeMapping.Developer),
            KeyValueMaps = Maps("org__"),
            Location = new SourceLocation(organization is null ? root : files.Place(organization).Artifact),
        };
    }

    private static Collected<DeveloperApp> Distinct(Collected<DeveloperApp> apps) =>
        new([.. apps.DistinctBy(app => app.Id, StringComparer.Ordinal)], apps.Coverage);

    // <org>__kvms.json is named after the organization, <env>__kvms.json after an environment.
    private string? OrganizationName(Collected<string> environments) =>
        tree
            .Files.Where(file => file.EndsWith("__kvms.json", StringComparison.Ordinal) && !file.Contains('/', StringComparison.Ordinal))
            .Select(file => file[..^"__kvms.json".Length])
            .FirstOrDefault(name => !environments.Items.Contains(name, StringComparer.Ordinal));

    private ApigeeEnvironment Environment(string name) =>
        new()
        {
            Name = name,
            TargetServers = files.List(
                [name + "__targetservers.json"],
                $"{root}/environments/{name}/targetservers",
                null,
                ApigeeMapping.TargetServer
            ),
            References = files.List([name + "__references.json"], $"{root}/environments/{name}/references", null, ApigeeMapping.Reference),
            KeyValueMaps = Maps("env__" + name + "__"),
            Location = files.Place("envs.json"),
        };

    private Collected<KeyValueMap> Maps(string prefix)
    {
        var maps = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var file in tree.Files)
        {
            var mark = file.IndexOf("__kvmfile__", StringComparison.Ordinal);
            if (
                mark > prefix.Length
                && file.StartsWith(prefix, StringComparison.Ordinal)
                && file.EndsWith(".json", StringComparison.Ordinal)
            )
            {
                var name = file[prefix.Length..mark];
                if (!maps.TryGetValue(name, out var pages))
                {
                    maps.Add(name, pages = []);
                }

                pages.Add(file);
            }
        }

        return maps.Count == 0
            ? Collected<KeyValueMap>.None
            : Collected<KeyValueMap>.Of([
                .. maps.Select(map => new KeyValueMap(
                    map.Key,
                    true,
                    files.List(map.Value, root + "/keyvaluemaps", "keyValueEntries", mapping.Entry),
                    files.Place(map.Value[0])
                )),
            ]);
    }

    private Collected<Bundle> Bundles(string folder, BundleKind kind, CancellationToken cancellationToken)
    {
        var bundles = ImmutableArray.CreateBuilder<Bundle>();
        Coverage coverage = Coverage.Complete.Instance;
        foreach (var file in tree.FilesBelow(folder).Where(file => file.EndsWith(".zip", StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = folder + "/" + file;
            var name = file[..^4];
            int? revision = null;
            if (
                name.LastIndexOf("__", StringComparison.Ordinal) is var split and > 0
                && int.TryParse(name.AsSpan(split + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            )
            {
                revision = number;
                name = name[..split];
            }

            try
            {
                var zip = ZipBundle.Open(tree.Read(path, ZipBundle.MaxArchive));
                var inner = kind == BundleKind.Proxy ? "apiproxy" : "sharedflowbundle";
                var bundle = new BundleReader(redactor).Read(
                    kind,
                    zip.Below(inner),
                    files.Place(path).Artifact + "/" + inner,
                    name,
                    cancellationToken
                );
                bundles.Add(bundle with { Name = name, Revision = revision ?? bundle.Revision });
                log.Cover([bundle]);
            }
            catch (Exception e) when (e is RefusedArchiveException or IOException or UnauthorizedAccessException)
            {
                var why = e is RefusedArchiveException ? e.Message : Reason.Of(e);
                log.Cover("bundles/" + files.Place(path).Artifact, new Coverage.Failed(why), 0);
                coverage = Coverage.Worst(coverage, new Coverage.Partial(path + ": " + why));
            }
        }

        return new Collected<Bundle>(bundles.DrainToImmutable(), coverage);
    }
}
