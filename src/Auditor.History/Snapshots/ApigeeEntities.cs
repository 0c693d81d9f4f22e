using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.History.Snapshots;

/// <summary>
/// Writes an Apigee organization as entities. Bundles are written per environment as they are deployed there, since that is what answers requests; a revision that is deployed
/// again with the same content is no change. Where deployments are not known, the latest revision stands for all environments.
/// </summary>
internal sealed class ApigeeEntities(ApigeeOrganization organization, EntityList entities)
{
    private readonly string root = "apigee/" + organization.Name;

    public void Write()
    {
        WriteBundles();
        entities.Part($"{root}/environments", organization.Environments.Coverage);
        foreach (var environment in organization.Environments)
        {
            Write(environment);
        }

        entities.Part($"{root}/envgroups", organization.EnvironmentGroups.Coverage);
        foreach (var group in organization.EnvironmentGroups)
        {
            Add(
                "environment group",
                "envgroups",
                group.Name,
                $"environment group '{group.Name}'",
                new FieldList().Set("Hostnames", group.Hostnames).Set("Environments", group.Environments, name => new FieldItem(name)),
                group.Location
            );
        }

        WriteProducts();
        WriteApps();
        Write("keyvaluemaps", organization.KeyValueMaps, "the organization", null);
        entities.Part($"{root}/apis/keyvaluemaps", organization.ProxyKeyValueMaps.Coverage);
        foreach (var proxy in organization.ProxyKeyValueMaps)
        {
            Write($"apis/{proxy.Proxy}/keyvaluemaps", proxy.Maps, $"proxy '{proxy.Proxy}'", null);
        }
    }

    private void WriteBundles()
    {
        var known = organization.Deployments.IsComplete;
        entities.Part($"{root}/deployments", organization.Deployments.Coverage);
        if (!known)
        {
            Parts($"{root}/bundles");
            foreach (
                var latest in organization
                    .Proxies.Concat(organization.SharedFlows)
                    .GroupBy(bundle => (bundle.Kind, bundle.Name))
                    .Select(revisions => revisions.MaxBy(bundle => bundle.Revision ?? 0)!)
            )
            {
                new BundleEntities(root, null, latest, entities).Write($"{root}/bundles/{Folder(latest.Kind)}");
            }

            return;
        }

        foreach (var environment in organization.Environments)
        {
            Parts($"{root}/environments/{environment.Name}/bundles");
        }

        foreach (var deployment in organization.Deployments)
        {
            var where = $"environments/{deployment.Environment}";
            var kind = Folder(deployment.Kind);
            Add(
                "deployment",
                "deployments",
                $"{where}/{kind}/{deployment.Name}",
                $"deployment of {(deployment.Kind == BundleKind.Proxy ? "proxy" : "shared flow")} '{deployment.Name}' in environment '{deployment.Environment}'",
                new FieldList().Scalar("ServiceAccount", deployment.ServiceAccount),
                deployment.Location,
                deployment.Environment
            );
            if (organization.FindBundle(deployment.Kind, deployment.Name, deployment.Revision) is { } bundle)
            {
                new BundleEntities($"{root}/{where}", deployment.Environment, bundle, entities).Write($"{root}/{where}/bundles/{kind}");
            }
        }
    }

    // Proxies may be known where shared flows are not.
    private void Parts(string of)
    {
        entities.Part($"{of}/{Folder(BundleKind.Proxy)}", organization.Proxies.Coverage);
        entities.Part($"{of}/{Folder(BundleKind.SharedFlow)}", organization.SharedFlows.Coverage);
    }

    private static string Folder(BundleKind kind) => kind == BundleKind.Proxy ? "apis" : "sharedflows";

    private void Write(ApigeeEnvironment environment)
    {
        var key = $"environments/{environment.Name}";
        Add(
            "environment",
            "environments",
            environment.Name,
            $"environment '{environment.Name}'",
            environment.Properties.Aggregate(
                new FieldList()
                    .Set("DebugMask", environment.DebugMask, mask => new FieldItem(mask))
                    .Set("Caches", environment.Caches, cache => new FieldItem(cache)),
                (fields, property) => fields.Scalar("Properties/" + property.Key, property.Value)
            ),
            environment.Location,
            environment.Name
        );
        entities.Part($"{root}/{key}/flowhooks", environment.FlowHooks.Coverage);
        foreach (var hook in environment.FlowHooks)
        {
            Add(
                "flow hook",
                $"{key}/flowhooks",
                hook.Point,
                $"flow hook {hook.Point} of environment '{environment.Name}'",
                new FieldList().Scalar("SharedFlow", hook.SharedFlow).Flag("ContinueOnError", hook.ContinueOnError),
                hook.Location,
                environment.Name
            );
        }

        entities.Part($"{root}/{key}/targetservers", environment.TargetServers.Coverage);
        foreach (var server in environment.TargetServers)
        {
            var fields = new FieldList().Scalar("Host", server.Host).Number("Port", server.Port).Flag("IsEnabled", server.IsEnabled);
            BundleEntities.Tls(fields, "Ssl/", server.Ssl);
            Add(
                "target server",
                $"{key}/targetservers",
                server.Name,
                $"target server '{server.Name}' of environment '{environment.Name}'",
                fields,
                server.Location,
                environment.Name
            );
        }

        Write($"{key}/keyvaluemaps", environment.KeyValueMaps, $"environment '{environment.Name}'", environment.Name);
        entities.Part($"{root}/{key}/propertysets", environment.PropertySets.Coverage);
        foreach (var set in environment.PropertySets)
        {
            Add(
                "property set",
                $"{key}/propertysets",
                set.Name,
                $"property set '{set.Name}' of environment '{environment.Name}'",
                set.Entries.Aggregate(new FieldList(), (fields, entry) => fields.Value("Entries/" + entry.Key, entry.Value)),
                set.Location,
                environment.Name
            );
        }

        entities.Part($"{root}/{key}/keystores", environment.Keystores.Coverage);
        foreach (var store in environment.Keystores)
        {
            var fields = new FieldList();
            foreach (var alias in fields.IsKnown("Aliases/", store.Aliases.Coverage) ? store.Aliases.Items : [])
            {
                fields.Scalar($"Aliases/{alias.Name}/Subject", alias.Subject).Day($"Aliases/{alias.Name}/ExpiresAt", alias.ExpiresAt);
            }

            Add(
                "keystore",
                $"{key}/keystores",
                store.Name,
                $"keystore '{store.Name}' of environment '{environment.Name}'",
                fields,
                store.Location,
                environment.Name
            );
        }

        entities.Part($"{root}/{key}/references", environment.References.Coverage);
        foreach (var reference in environment.References)
        {
            Add(
                "reference",
                $"{key}/references",
                reference.Name,
                $"reference '{reference.Name}' of environment '{environment.Name}'",
                new FieldList().Scalar("Refers", reference.Refers).Scalar("ResourceType", reference.ResourceType),
                reference.Location,
                environment.Name
            );
        }
    }

    private void Write(string part, Collected<KeyValueMap> maps, string owner, string? environment)
    {
        entities.Part($"{root}/{part}", maps.Coverage);
        foreach (var map in maps)
        {
            var fields = new FieldList().Flag("Encrypted", map.Encrypted);
            foreach (var entry in fields.IsKnown("Entries/", map.Entries.Coverage) ? map.Entries.Items : [])
            {
                fields.Value("Entries/" + entry.Key, entry.Value);
            }

            Add("key value map", part, map.Name, $"key value map '{map.Name}' of {owner}", fields, map.Location, environment);
        }
    }

    private void WriteProducts()
    {
        entities.Part($"{root}/apiproducts", organization.Products.Coverage);
        foreach (var product in organization.Products)
        {
            var fields = new FieldList()
                .Scalar("ApprovalType", product.ApprovalType)
                .Set("Environments", product.Environments)
                .Set("Proxies", product.Proxies)
                .Set("ApiResources", product.ApiResources)
                .Set("Scopes", product.Scopes)
                .Set(
                    "Operations",
                    product.Operations.Select(operation =>
                        $"{operation.Proxy} {(operation.Methods.IsEmpty ? "*" : string.Join(',', operation.Methods.Order(StringComparer.Ordinal)))} {operation.Resource}"
                    )
                )
                .Flag("HasModelOperations", product.HasModelOperations ? true : null)
                .Scalar("Quota", product.Quota);
            foreach (var attribute in product.Attributes)
            {
                fields.Scalar("Attributes/" + attribute.Key, attribute.Value);
            }

            Add("API product", "apiproducts", product.Name, $"API product '{product.Name}'", fields, product.Location);
        }
    }

    private void WriteApps()
    {
        entities.Part($"{root}/apps", organization.Apps.Coverage);
        foreach (var app in organization.Apps)
        {
            var fields = new FieldList().Scalar("Name", app.Name).Scalar("Status", app.Status).Scalar("DeveloperId", app.DeveloperId);
            foreach (var credential in app.Credentials)
            {
                var key = $"Credentials/{credential.ConsumerKey}/";
                fields
                    .Scalar(key + "Status", credential.Status)
                    .Secret(key + "Secret", credential.ConsumerSecret)
                    .Day(key + "ExpiresAt", credential.ExpiresAt)
                    .Set(key + "Products", credential.Products.Select(product => $"{product.Product} ({product.Status ?? "unknown"})"));
            }

            foreach (var attribute in app.Attributes)
            {
                fields.Scalar("Attributes/" + attribute.Key, attribute.Value);
            }

            entities.Add(
                new Entity
                {
                    Kind = "app",
                    Key = $"{root}/apps/{app.Id}",
                    NaturalKey = $"{root}/apps/{app.Name}",
                    Title = $"app '{app.Name}'",
                    Part = $"{root}/apps",
                    Fields = fields.Build(),
                    Unknown = fields.Unknown(),
                    Ids = [app.Id],
                    Location = app.Location,
                }
            );
        }

        entities.Part($"{root}/developers", organization.Developers.Coverage);
        foreach (var developer in organization.Developers)
        {
            Add(
                "developer",
                "developers",
                developer.Id,
                $"developer '{developer.Id}'",
                new FieldList().Scalar("Status", developer.Status),
                developer.Location
            );
        }
    }

    private void Add(
        string kind,
        string part,
        string name,
        string title,
        FieldList fields,
        SourceLocation location,
        string? environment = null
    ) =>
        entities.Add(
            new Entity
            {
                Kind = kind,
                Key = $"{root}/{part}/{name}",
                NaturalKey = $"{root}/{part}/{name}",
                Title = title,
                Part = $"{root}/{part}",
                Fields = fields.Build(),
                Unknown = fields.Unknown(),
                Environment = environment,
                Ids = [$"organizations/{organization.Name}/{part}/{name}"],
                Location = location,
            }
        );
}
