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
/// <param name="api">Its answers in JSON.</param>
/// <param name="files">Its answers that are files: property sets.</param>
/// <param name="bundles">Its bundles.</param>
/// <param name="reader">Reads property sets.</param>
/// <param name="redactor">Makes the fingerprints.</param>
/// <param name="organization">Its name.</param>
/// <param name="log">Where coverage and notices go.</param>
/// <param name="scope">How much is read.</param>
internal sealed class ApigeeCollector(
    ManagementApi api,
    HttpClient files,
    IBundleSource bundles,
    BundleReader reader,
    Redactor redactor,
    string organization,
    CollectorLog log,
    ApigeeScope scope
)
{
    private static readonly Coverage WithoutCredentials = new Coverage.NotCollected(
        "the keys of apps are not part of the recording; they are read with --include app-credentials"
    );

    private readonly string root = "apigee/" + organization;
    private readonly Listing listing = new(api, log, "apigee/" + organization);
    private readonly ApigeeMapping mapping = new(redactor);

    /// <summary>Collects the organization: lists first, all at once; bundles when it is known which are deployed; entries of maps when bundles have shown their use.</summary>
    public async Task<ApigeeOrganization> CollectAsync(CancellationToken cancellationToken)
    {
        var vanished = new VanishedNames(listing, scope);
        var maps = new KeyValueMapCollector(api, listing, mapping, scope, vanished);
        var environmentReader = new EnvironmentCollector(api, files, listing, maps, vanished, reader, log, root);
        var deployed = new DeployedBundles(bundles, listing, log, root);
        var (document, coverage) = await listing.DocumentAsync(
            "organization",
            "organization",
            cancellationToken,
            anyOf: ["name", "environments", "runtimeType"]
        );
        var names = await EnvironmentNamesAsync(document, coverage, cancellationToken);
        var groups = GroupsAsync(cancellationToken);
        var products = listing.ListAsync(
            "apiproducts?expand=true&count=1000",
            "apiproducts",
            "apiProduct",
            ApigeeMapping.Product,
            cancellationToken
        );
        var apps = AppsAsync(cancellationToken);
        // With 'count' the list would come without what is known of each developer (discovery document 2021).
        var developers = listing.ListAsync("developers?expand=true", "developers", "developer", ApigeeMapping.Developer, cancellationToken);
        var environments = Task.WhenAll(names.Select(name => environmentReader.CollectAsync(name, cancellationToken)));
        var listedProxies = deployed.ListAsync(BundleKind.Proxy, cancellationToken);
        var listedFlows = deployed.ListAsync(BundleKind.SharedFlow, cancellationToken);
        var deployments = await deployed.DeploymentsAsync(cancellationToken);
        var proxies = Visible("apis", BundleKind.Proxy, await listedProxies, deployments);
        var flows = Visible("sharedflows", BundleKind.SharedFlow, await listedFlows, deployments);
        var proxyBundles = await deployed.ReadAsync(BundleKind.Proxy, proxies, deployments, cancellationToken);
        var flowBundles = await deployed.ReadAsync(BundleKind.SharedFlow, flows, deployments, cancellationToken);
        scope.Uses.Learn([.. proxyBundles, .. flowBundles]);
        var organizationMaps = maps.OfScopeAsync("", "", null, cancellationToken);
        var proxyMaps = maps.OfProxiesAsync(proxies, cancellationToken);
        var complete = await Task.WhenAll(
            (await environments).Select(async environment =>
                environment with
                {
                    KeyValueMaps = await environmentReader.MapsAsync(environment.Name, cancellationToken),
                }
            )
        );
        return new ApigeeOrganization
        {
            Name = organization,
            RuntimeType = document?.Word("runtimeType", "CLOUD", "HYBRID"),
            Environments = new Collected<ApigeeEnvironment>([.. complete], names.Coverage),
            EnvironmentGroups = await groups,
            Deployments = deployments,
            Proxies = proxyBundles,
            SharedFlows = flowBundles,
            Products = await products,
            Apps = await apps,
            Developers = await developers,
            KeyValueMaps = await organizationMaps,
            ProxyKeyValueMaps = await proxyMaps,
            // Live, it is read from another service and straight into the recording.
            AuditLog = scope.IsLive
                ? Collected<AuditLogEntry>.None
                : await listing.ListAsync("audit", "audit", "entries", AuditLogEntryOf, cancellationToken),
            Location = new SourceLocation(root + "/organization.json"),
        };
    }

    // Where spaces are used a list "may not return all resources" (discovery document 20260807), with status 200: what is deployed and not listed was hidden.
    private Collected<ListedBundle> Visible(string list, BundleKind kind, Collected<ListedBundle> listed, Collected<Deployment> deployments)
    {
        if (scope.Recording is not { } recording || !listed.IsComplete)
        {
            return listed;
        }

        var names = listed.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        var hidden = deployments
            .Where(deployment => deployment.Kind == kind && !names.Contains(deployment.Name))
            .Select(deployment => deployment.Name)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        if (hidden is null)
        {
            return listed;
        }

        var why = $"'{hidden}' is deployed and is not in the list: the caller is shown only some of them";
        recording.Writer.Partial(recording.Folder + "/" + list, why);
        return new Collected<ListedBundle>(listed.Items, new Coverage.Partial(why));
    }

    private static AuditLogEntry? AuditLogEntryOf(Json row)
    {
        var call = row["protoPayload"];
        return row.Time("timestamp") is { } at && call.Text("methodName") is { } method && call.Text("resourceName") is { } resource
            ? new AuditLogEntry(at, method, resource, call["authenticationInfo"].Text("principalEmail"), row.Location)
            : null;
    }

    // The organization names its environments, so that a list of its own is asked for only where it does not.
    private async Task<Collected<string>> EnvironmentNamesAsync(Json? document, Coverage coverage, CancellationToken cancellationToken)
    {
        var named = document is { } known && !known["environments"].IsMissing ? known.Texts("environments") : [];
        if (scope.IsLive && !named.IsEmpty)
        {
            return new Collected<string>(named, coverage);
        }

        var answer = await listing.TryGetAsync("environments", Recorded.Always, cancellationToken);
        var listed = listing.Read(answer, null, row => row.AsName);
        if (listed.Coverage is Coverage.NotCollected && !named.IsEmpty)
        {
            listed = new Collected<string>(named, coverage);
        }

        log.Cover(root + "/environments", listed.Coverage, listed.Count);
        return listed;
    }

    private async Task<Collected<EnvironmentGroup>> GroupsAsync(CancellationToken cancellationToken)
    {
        var listed = await listing.ListAsync(
            "envgroups?pageSize=100",
            "envgroups",
            "environmentGroups",
            row => row.Text("name") is null ? null : new Row(row),
            cancellationToken
        );
        var groups = await Task.WhenAll(
            listed.Select(async row =>
                ApigeeMapping.Group(
                    row.Json,
                    await listing.ListAsync(
                        $"envgroups/{Uri.EscapeDataString(row.Json.Text("name", ""))}/attachments?pageSize=100",
                        "envgroups/*/attachments",
                        "environmentGroupAttachments",
                        attachment => attachment.Text("environment"),
                        cancellationToken
                    )
                )!
            )
        );
        return new Collected<EnvironmentGroup>([.. groups], listed.Coverage);
    }

    private sealed record Row(Json Json);

    private async Task<Collected<DeveloperApp>> AppsAsync(CancellationToken cancellationToken)
    {
        // Without the flag the list has no keys at all, and reading it takes no right to see them.
        var path = "apps?expand=true&rows=1000" + (scope.AppCredentials ? "&includeCred=true" : "");
        var isWithoutCredentials = 0;
        DeveloperApp? App(Json row)
        {
            if (row["credentials"].IsMissing)
            {
                Interlocked.CompareExchange(ref isWithoutCredentials, 1, 0);
            }
            else
            {
                Interlocked.Exchange(ref isWithoutCredentials, 2);
            }

            return mapping.App(row);
        }

        var approvedApps = listing.ListAsync(path, "apps", "app", App, cancellationToken);
        // Without a status only approved apps are listed (rest/v1/organizations.apps/list, 2026-04-10).
        var revokedApps = listing.ListAsync(path + "&status=revoked", "apps@status=revoked", "app", App, cancellationToken);
        var groups = await listing.ListAsync(
            "appgroups?pageSize=1000",
            "appgroups",
            "appGroups",
            row => row.Text("name"),
            cancellationToken,
            answer => answer.Status == 404 ? new Coverage.NotCollected("the organization has no app groups") : null
        );
        var ofGroups = await Task.WhenAll(
            groups.Select(group =>
                listing.ListAsync(
                    $"appgroups/{Uri.EscapeDataString(group)}/apps?pageSize=1000",
                    "appgroups/*/apps",
                    "appGroupApps",
                    App,
                    cancellationToken
                )
            )
        );
        var approved = await approvedApps;
        var revoked = await revokedApps;
        var coverage = approved.Coverage;
        if (revoked.Coverage.IsGap)
        {
            coverage = Coverage.Worst(coverage, new Coverage.Partial("revoked apps: " + revoked.Coverage.Reason));
        }

        coverage = ofGroups.Aggregate(coverage, (worst, apps) => Coverage.Worst(worst, apps.Coverage));
        // An app without keys is rare, and one among others that have some; where no app has any, nobody asked for them.
        if (isWithoutCredentials == 1)
        {
            log.Cover(root + "/apps/*/credentials", WithoutCredentials, 0);
            coverage = Coverage.Worst(coverage, WithoutCredentials);
        }

        return new Collected<DeveloperApp>(
            [.. approved.Concat(revoked).Concat(ofGroups.SelectMany(apps => apps)).DistinctBy(app => app.Id, StringComparer.Ordinal)],
            coverage
        );
    }
}
