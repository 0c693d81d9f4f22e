using Auditor.Collectors.Answers;
using Auditor.Collectors.Bundles;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Reads an Apigee organization over its management API, or from a recording of it. Every part has its own coverage: a refused or missing answer never becomes an
/// empty list.
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
    private readonly string root = "apigee/" + organization;
    private readonly Listing listing = new(api, log, "apigee/" + organization);
    private readonly ApigeeMapping mapping = new(redactor);

    /// <summary>Collects the organization.</summary>
    public async Task<ApigeeOrganization> CollectAsync(CancellationToken cancellationToken)
    {
        var maps = new KeyValueMapCollector(api, listing, mapping);
        var environmentReader = new EnvironmentCollector(api, client, listing, maps, reader, log, root);
        var deployed = new DeployedBundles(bundles, listing, log, root);
        var (document, coverage) = await listing.DocumentAsync("organization", "organization", cancellationToken);
        var names = await listing.NamesAsync("environments", "environments", cancellationToken);
        if (names.Coverage is Coverage.NotCollected && document is { } known && !known["environments"].IsMissing)
        {
            names = new Collected<string>(known.Texts("environments"), coverage);
        }

        var environments = await Task.WhenAll(names.Select(name => environmentReader.CollectAsync(name, cancellationToken)));
        var proxies = await deployed.ListAsync(BundleKind.Proxy, cancellationToken);
        var sharedFlows = await deployed.ListAsync(BundleKind.SharedFlow, cancellationToken);
        var deployments = await deployed.DeploymentsAsync(cancellationToken);
        return new ApigeeOrganization
        {
            Name = organization,
            RuntimeType = document?.Word("runtimeType", "CLOUD", "HYBRID"),
            Environments = new Collected<ApigeeEnvironment>([.. environments], names.Coverage),
            EnvironmentGroups = await GroupsAsync(cancellationToken),
            Deployments = deployments,
            Proxies = await deployed.ReadAsync(BundleKind.Proxy, proxies, deployments, cancellationToken),
            SharedFlows = await deployed.ReadAsync(BundleKind.SharedFlow, sharedFlows, deployments, cancellationToken),
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
            KeyValueMaps = await maps.OfScopeAsync("", "", cancellationToken),
            ProxyKeyValueMaps = await maps.OfProxiesAsync(proxies, cancellationToken),
            Location = new SourceLocation(root + "/organization.json"),
        };
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
}
