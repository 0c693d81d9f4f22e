using System.Collections.Immutable;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;

namespace Auditor.History.Tests;

/// <summary>Changes of everything beside servers, rules, clients and verifications: of each kind of entity at least one.</summary>
internal static class ObjectMutations
{
    public static ImmutableArray<Mutation> All { get; } =
    [
        // Okta.
        Servers(
            "scope",
            "Consent",
            ChangeDirection.Unclear,
            ChangeImpact.Medium,
            server => server.Scopes,
            (server, scopes) => server with { Scopes = scopes },
            scope => scope.Consent == "IMPLICIT" ? scope with { Consent = "REQUIRED" } : null
        ),
        Servers(
            "claim",
            "Value",
            ChangeDirection.Unclear,
            ChangeImpact.High,
            server => server.Claims,
            (server, claims) => server with { Claims = claims },
            claim => claim.Value is { } value ? claim with { Value = value + ".toLowerCase()" } : null
        ),
        Orgs(
            "group",
            "Type",
            ChangeImpact.Medium,
            org => org.Groups,
            (org, all) => org with { Groups = all },
            group => group with { Type = "APP_GROUP" }
        ),
        Orgs(
            "group",
            "Name",
            ChangeImpact.Cosmetic,
            org => org.Groups,
            (org, all) => org with { Groups = all },
            group => group.IsEveryone ? null : group with { Name = group.Name + " 2" }
        ),
        Orgs(
            "AI agent",
            "Owners",
            ChangeImpact.Medium,
            org => org.Agents,
            (org, all) => org with { Agents = all },
            agent => agent with { Owners = [.. agent.Owners, "00uSomebody"] }
        ),
        Orgs("network zone", "Status", ChangeImpact.High, org => org.Zones, (org, all) => org with { Zones = all }, Inactive),
        Orgs(
            "trusted origin",
            "Status",
            ChangeImpact.High,
            org => org.TrustedOrigins,
            (org, all) => org with { TrustedOrigins = all },
            Inactive
        ),
        Orgs("log stream", "Status", ChangeImpact.Medium, org => org.LogStreams, (org, all) => org with { LogStreams = all }, Inactive),
        Orgs(
            "custom domain",
            "ValidationStatus",
            ChangeImpact.Medium,
            org => org.Domains,
            (org, all) => org with { Domains = all },
            domain => domain with { ValidationStatus = "FAILED_TO_VERIFY" }
        ),
        // Apigee, of the organization.
        Organizations(
            "app",
            "Status",
            ChangeImpact.Medium,
            organization => organization.Apps,
            (organization, all) => organization with { Apps = all },
            app => app.Status == "approved" ? app with { Status = "revoked" } : null
        ),
        Organizations(
            "developer",
            "Status",
            ChangeImpact.Medium,
            organization => organization.Developers,
            (organization, all) => organization with { Developers = all },
            developer => developer with { Status = "inactive" }
        ),
        Organizations(
            "deployment",
            "ServiceAccount",
            ChangeImpact.Medium,
            organization => organization.Deployments,
            (organization, all) => organization with { Deployments = all },
            deployment => deployment with { ServiceAccount = "other@meridian.iam.gserviceaccount.com" }
        ),
        Organizations(
            "environment group",
            "Hostnames",
            ChangeImpact.Medium,
            organization => organization.EnvironmentGroups,
            (organization, all) => organization with { EnvironmentGroups = all },
            group => group with { Hostnames = [.. group.Hostnames, "more.example"] }
        ),
        Organizations(
            "API product",
            "Operations",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            organization => organization.Products,
            (organization, all) => organization with { Products = all },
            product =>
                product with
                {
                    Operations = [.. product.Operations, new ProductOperation("orders-v1", "/**", [], new SourceLocation("a"))],
                }
        ),
        Organizations(
            "environment",
            "DebugMask",
            ChangeImpact.Medium,
            organization => organization.Environments,
            (organization, all) => organization with { Environments = all },
            environment =>
                environment.DebugMask.Count > 0
                    ? environment with
                    {
                        DebugMask = new Collected<string>(environment.DebugMask.Items.RemoveAt(0), environment.DebugMask.Coverage),
                    }
                    : null
        ),
        // Of an environment.
        Environments(
            "key value map",
            "Encrypted",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            environment => environment.KeyValueMaps,
            (environment, all) => environment with { KeyValueMaps = all },
            map => map.Encrypted == true ? map with { Encrypted = false } : null
        ),
        Environments(
            "reference",
            "Refers",
            ChangeDirection.Unclear,
            ChangeImpact.Medium,
            environment => environment.References,
            (environment, all) => environment with { References = all },
            reference => reference with { Refers = "other" }
        ),
        Environments(
            "target server",
            "Ssl/IgnoreValidationErrors",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            environment => environment.TargetServers,
            (environment, all) => environment with { TargetServers = all },
            server =>
                server.Ssl is { IgnoreValidationErrors: not true } ssl
                    ? server with
                    {
                        Ssl = ssl with { IgnoreValidationErrors = true },
                    }
                    : null
        ),
        Environments(
            "target server",
            "Ssl/Enabled",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            environment => environment.TargetServers,
            (environment, all) => environment with { TargetServers = all },
            server => server.Ssl is { Enabled: true } ssl ? server with { Ssl = ssl with { Enabled = false } } : null
        ),
        Environments(
            "keystore",
            "Aliases/moved/Subject",
            ChangeDirection.Unclear,
            ChangeImpact.Medium,
            environment => environment.Keystores,
            (environment, all) => environment with { Keystores = all },
            store =>
                store with
                {
                    Aliases = new Collected<KeystoreAlias>(
                        [.. store.Aliases, new KeystoreAlias("moved", "CN=moved", null, store.Location)],
                        store.Aliases.Coverage
                    ),
                }
        ),
        Environments(
            "property set",
            "Entries/one.more",
            ChangeDirection.Unclear,
            ChangeImpact.Medium,
            environment => environment.PropertySets,
            (environment, all) => environment with { PropertySets = all },
            set => set with { Entries = set.Entries.Add("one.more", new ConfigurationValue("value", null, set.Location)) }
        ),
        // Of a bundle.
        Bundles(
            "proxy endpoint",
            "BasePath",
            ChangeImpact.High,
            bundle =>
                bundle with
                {
                    ProxyEndpoints = bundle.ProxyEndpoints.SetItem(0, bundle.ProxyEndpoints[0] with { BasePath = "/elsewhere" }),
                }
        ),
        Bundles(
            "target endpoint",
            "Connection/Path",
            ChangeImpact.High,
            bundle =>
                bundle.TargetEndpoints is [{ Connection: TargetConnection.Http http } target, ..]
                    ? bundle with
                    {
                        TargetEndpoints = bundle.TargetEndpoints.SetItem(0, target with { Connection = http with { Path = "/elsewhere" } }),
                    }
                    : null
        ),
        SharedFlows(
            "shared flow",
            "Steps",
            ChangeImpact.Medium,
            bundle =>
                bundle.SharedFlows is [var flow, ..]
                    ? bundle with
                    {
                        SharedFlows = bundle.SharedFlows.SetItem(
                            0,
                            flow with
                            {
                                Steps = flow.Steps.Add(new Step("No-Such-Policy", null, flow.Location)),
                            }
                        ),
                    }
                    : null
        ),
        SharedFlows(
            "resource",
            "Content",
            ChangeImpact.High,
            bundle =>
                bundle.Resources is [{ Text: not null } resource, ..]
                    ? bundle with
                    {
                        Resources = bundle.Resources.SetItem(0, resource with { Text = resource.Text + "// more" }),
                    }
                    : null
        ),
    ];

    private static OktaObject? Inactive(OktaObject item) => item.Status == "ACTIVE" ? item with { Status = "INACTIVE" } : null;

    private static bool IsDeployed(ApigeeOrganization organization, Bundle bundle) =>
        organization.Deployments.Items.Any(deployment =>
            deployment.Kind == bundle.Kind && deployment.Name == bundle.Name && deployment.Revision == bundle.Revision
        );

    private static Mutation Servers<T>(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact impact,
        Func<AuthorizationServer, Collected<T>> items,
        Func<AuthorizationServer, Collected<T>, AuthorizationServer> with,
        Func<T, T?> change
    )
        where T : class =>
        Orgs(
            kind,
            path,
            direction,
            impact,
            (org, random) =>
                LandscapeEdits.Pick(
                    org.AuthorizationServers,
                    random,
                    server => LandscapeEdits.Pick(items(server), random, change) is { } changed ? with(server, changed) : null
                )
                    is { } servers
                    ? org with
                    {
                        AuthorizationServers = servers,
                    }
                    : null
        );

    private static Mutation Orgs<T>(
        string kind,
        string path,
        ChangeImpact impact,
        Func<OktaOrg, Collected<T>> items,
        Func<OktaOrg, Collected<T>, OktaOrg> with,
        Func<T, T?> change
    )
        where T : class =>
        Orgs(
            kind,
            path,
            ChangeDirection.Unclear,
            impact,
            (org, random) => LandscapeEdits.Pick(items(org), random, change) is { } changed ? with(org, changed) : null
        );

    private static Mutation Orgs(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact impact,
        Func<OktaOrg, Random, OktaOrg?> change
    ) => new(kind, path, direction, impact, (landscape, random) => LandscapeEdits.OnOrgs(landscape, random, org => change(org, random)));

    private static Mutation Organizations<T>(
        string kind,
        string path,
        ChangeImpact impact,
        Func<ApigeeOrganization, Collected<T>> items,
        Func<ApigeeOrganization, Collected<T>, ApigeeOrganization> with,
        Func<T, T?> change
    )
        where T : class => Organizations(kind, path, ChangeDirection.Unclear, impact, items, with, change);

    private static Mutation Organizations<T>(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact impact,
        Func<ApigeeOrganization, Collected<T>> items,
        Func<ApigeeOrganization, Collected<T>, ApigeeOrganization> with,
        Func<T, T?> change
    )
        where T : class =>
        new(
            kind,
            path,
            direction,
            impact,
            (landscape, random) =>
                LandscapeEdits.OnOrganizations(
                    landscape,
                    random,
                    organization =>
                        LandscapeEdits.Pick(items(organization), random, change) is { } changed ? with(organization, changed) : null
                )
        );

    private static Mutation Environments<T>(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact impact,
        Func<ApigeeEnvironment, Collected<T>> items,
        Func<ApigeeEnvironment, Collected<T>, ApigeeEnvironment> with,
        Func<T, T?> change
    )
        where T : class =>
        new(
            kind,
            path,
            direction,
            impact,
            (landscape, random) =>
                LandscapeEdits.OnOrganizations(
                    landscape,
                    random,
                    organization =>
                        LandscapeEdits.Pick(
                            organization.Environments,
                            random,
                            environment =>
                                LandscapeEdits.Pick(items(environment), random, change) is { } changed ? with(environment, changed) : null
                        )
                            is { } environments
                            ? organization with
                            {
                                Environments = environments,
                            }
                            : null
                )
        );

    private static Mutation Bundles(string kind, string path, ChangeImpact impact, Func<Bundle, Bundle?> change) =>
        new(
            kind,
            path,
            ChangeDirection.Unclear,
            impact,
            (landscape, random) => LandscapeEdits.OnDeployedProxies(landscape, random, change)
        );

    private static Mutation SharedFlows(string kind, string path, ChangeImpact impact, Func<Bundle, Bundle?> change) =>
        new(
            kind,
            path,
            ChangeDirection.Unclear,
            impact,
            (landscape, random) =>
                LandscapeEdits.OnOrganizations(
                    landscape,
                    random,
                    organization =>
                        LandscapeEdits.Pick(
                            organization.SharedFlows,
                            random,
                            bundle => IsDeployed(organization, bundle) ? change(bundle) : null
                        )
                            is { } flows
                            ? organization with
                            {
                                SharedFlows = flows,
                            }
                            : null
                )
        );
}
