using System.Collections.Immutable;

namespace Auditor.Simulators;

/// <summary>
/// What each request takes in terms of Google's IAM, written down from Google's table of methods and roles and not from the program's, so that the two check each other.
/// Names are without <c>apigee.</c> where the simulator speaks of Apigee's own.
/// </summary>
public static class ApigeePermissions
{
    /// <summary>Those of <c>roles/apigee.readOnlyAdmin</c> that read what an audit can use (Google's IAM roles, August 2026).</summary>
    public static ImmutableArray<string> ReadOnlyAdmin { get; } =
    [
        "apigee.addonsconfig.get",
        "apigee.apiproducts.get",
        "apigee.apiproducts.list",
        "apigee.appgroupapps.get",
        "apigee.appgroupapps.list",
        "apigee.appgroups.get",
        "apigee.appgroups.list",
        "apigee.appkeys.get",
        "apigee.apps.get",
        "apigee.apps.list",
        "apigee.caches.list",
        "apigee.datacollectors.list",
        "apigee.deployments.get",
        "apigee.deployments.list",
        "apigee.developerapps.get",
        "apigee.developerapps.list",
        "apigee.developers.get",
        "apigee.developers.list",
        "apigee.endpointattachments.list",
        "apigee.envgroupattachments.get",
        "apigee.envgroupattachments.list",
        "apigee.envgroups.get",
        "apigee.envgroups.list",
        "apigee.environments.get",
        "apigee.environments.getIamPolicy",
        "apigee.environments.list",
        "apigee.flowhooks.getSharedFlow",
        "apigee.flowhooks.list",
        "apigee.ingressconfigs.get",
        "apigee.instances.get",
        "apigee.instances.list",
        "apigee.keystorealiases.get",
        "apigee.keystorealiases.list",
        "apigee.keystores.get",
        "apigee.keystores.list",
        "apigee.keyvaluemapentries.get",
        "apigee.keyvaluemapentries.list",
        "apigee.keyvaluemaps.get",
        "apigee.keyvaluemaps.list",
        "apigee.maskconfigs.get",
        "apigee.organizations.get",
        "apigee.organizations.list",
        "apigee.projectorganizations.get",
        "apigee.proxies.get",
        "apigee.proxies.list",
        "apigee.proxyrevisions.get",
        "apigee.proxyrevisions.list",
        "apigee.references.get",
        "apigee.references.list",
        "apigee.resourcefiles.get",
        "apigee.resourcefiles.list",
        "apigee.runtimeconfigs.get",
        "apigee.sharedflowrevisions.get",
        "apigee.sharedflowrevisions.list",
        "apigee.sharedflows.get",
        "apigee.sharedflows.list",
        "apigee.spaces.list",
        "apigee.targetservers.get",
        "apigee.targetservers.list",
        "apigee.traceconfig.get",
    ];

    /// <summary>What a request takes, in full.</summary>
    /// <param name="path">The path below the organization, in segments; empty for the organization itself.</param>
    /// <param name="withCredentials">Whether apps are asked for with their credentials.</param>
    public static ImmutableArray<string> Of(string[] path, bool withCredentials = false) =>
        path is ["apps", ..] && withCredentials ? ["apigee.apps.list", "apigee.appkeys.get"] : ["apigee." + NameOf(path)];

    private static string NameOf(string[] path) =>
        path switch
        {
            [] => "organizations.get",
            ["deployedIngressConfig"] or ["envgroups", _, "deployedIngressConfig"] => "ingressconfigs.get",
            ["runtimeConfig"] => "runtimeconfigs.get",
            ["envgroups", _, "attachments"] => "envgroupattachments.list",
            ["developers", _, "apps"] => "developerapps.list",
            ["developers", _, "apps", _] => "developerapps.get",
            ["appgroups", _, "apps"] => "appgroupapps.list",
            ["appgroups", _, "apps", _] => "appgroupapps.get",
            [.., "deployments"] => "deployments.list",
            ["apis", _, "revisions"] => "proxyrevisions.list",
            ["apis", _, "revisions", _] => "proxyrevisions.get",
            ["sharedflows", _, "revisions"] => "sharedflowrevisions.list",
            ["sharedflows", _, "revisions", _] => "sharedflowrevisions.get",
            [.., "keyvaluemaps", _, "entries"] => "keyvaluemapentries.list",
            [.., "keyvaluemaps", _, "entries", _] => "keyvaluemapentries.get",
            [.., "keyvaluemaps"] => "keyvaluemaps.list",
            [.., "keyvaluemaps", _] => "keyvaluemaps.get",
            ["environments", _, "flowhooks"] => "flowhooks.list",
            ["environments", _, "flowhooks", _] => "flowhooks.getSharedFlow",
            ["environments", _, "keystores", _, "aliases"] => "keystorealiases.list",
            ["environments", _, "keystores", _, "aliases", _] => "keystorealiases.get",
            ["environments", _, "keystores", _, "aliases", _, "certificate"] => "keystorealiases.exportCertificate",
            ["environments", _, "resourcefiles", _, _] => "resourcefiles.get",
            ["environments", _, "debugmask"] => "maskconfigs.get",
            ["environments", _, "addonsConfig"] => "addonsconfig.get",
            ["environments", _, "traceConfig"] => "traceconfig.get",
            ["environments", _, "deployedConfig"] => "environments.manageRuntime",
            ["environments", _, var kind, ..] => kind + (path.Length == 3 || kind == "resourcefiles" ? ".list" : ".get"),
            ["apis"] => "proxies.list",
            ["apis", ..] => "proxies.get",
            [var kind] => kind.ToLowerInvariant() + ".list",
            [var kind, ..] => kind.ToLowerInvariant() + ".get",
        };
}
