using Auditor.Collectors.Live;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// Every request that the program may send to Google's cloud for Apigee: the management API as of its discovery document 20260807 and of the bare lists that it leaves
/// out, and two questions by POST that change nothing. What is not here is not sent, so this table is also the answer to "what does it read?".
/// Permissions: Google's IAM roles and their map of methods (iann0036/iam-dataset, 2026-08-22).
/// </summary>
public static class ApigeeEndpoints
{
    private const string Organization = "/v1/organizations/{organization}";
    private const string InEnvironment = Organization + "/environments/{environment}";
    private const string MapEntries = "apigee.keyvaluemapentries.list";
    private const string AppKeys = "apigee.appkeys.get";

    /// <summary>Where an organization's control plane is; asked of the global host.</summary>
    public static Endpoint ProjectMapping { get; } =
        Get(Organization + ":getProjectMapping", "apigee.projectorganizations.get", "the project, and the region whose host answers");

    /// <summary>Which organizations there are; asked of the global host, and only to write a configuration.</summary>
    public static Endpoint Organizations { get; } =
        Get("/v1/organizations", "apigee.organizations.list", "the names of organizations; only by init");

    /// <summary>What is read of an organization.</summary>
    public static ImmutableArray<Endpoint> Read { get; } =
    [
        Get(Organization, "apigee.organizations.get", "the organization: runtime type, environments"),
        Get(Organization + "/environments", "apigee.environments.list", "the names of environments"),
        Get(InEnvironment, "apigee.environments.get", "an environment: type, properties"),
        Get(InEnvironment + "/debugmask", "apigee.maskconfigs.get", "what debug sessions hide"),
        Get(InEnvironment + "/flowhooks", "apigee.flowhooks.list", "the points of flow hooks"),
        Get(InEnvironment + "/flowhooks/{point}", "apigee.flowhooks.getSharedFlow", "the shared flow at a point"),
        Get(InEnvironment + "/targetservers", "apigee.targetservers.list", "the names of target servers"),
        Get(InEnvironment + "/targetservers/{server}", "apigee.targetservers.get", "a target server: host, TLS"),
        Get(InEnvironment + "/keystores", "apigee.keystores.list", "the names of keystores"),
        Get(InEnvironment + "/keystores/{keystore}", "apigee.keystores.get", "the aliases of a keystore"),
        Get(InEnvironment + "/keystores/{keystore}/aliases/{alias}", "apigee.keystorealiases.get", "a certificate's subject and expiry"),
        Get(InEnvironment + "/references", "apigee.references.list", "the names of references"),
        Get(InEnvironment + "/references/{reference}", "apigee.references.get", "what a reference refers to"),
        Get(InEnvironment + "/resourcefiles", "apigee.resourcefiles.list", "the names of resource files"),
        Get(InEnvironment + "/resourcefiles/{type}/{name}", "apigee.resourcefiles.get", "property sets, where issuers and audiences are"),
        Get(InEnvironment + "/caches", "apigee.caches.list", "the names of caches"),
        Get(InEnvironment + "/keyvaluemaps", "apigee.keyvaluemaps.list", "the names of an environment's maps"),
        Get(InEnvironment + "/keyvaluemaps/{map}", "apigee.keyvaluemaps.get", "whether a map is encrypted and masked"),
        Get(InEnvironment + "/keyvaluemaps/{map}/entries", MapEntries, "entries; only when asked for"),
        Get(Organization + "/envgroups", "apigee.envgroups.list", "environment groups and their host names"),
        Get(Organization + "/envgroups/{group}/attachments", "apigee.envgroupattachments.list", "the environments of a group"),
        Get(Organization + "/apis", "apigee.proxies.list", "proxies with their revisions"),
        Get(Organization + "/apis/{proxy}/revisions/{revision}", "apigee.proxyrevisions.get", "the bundle of a deployed revision"),
        Get(Organization + "/apis/{proxy}/keyvaluemaps", "apigee.keyvaluemaps.list", "the names of a proxy's maps"),
        Get(Organization + "/apis/{proxy}/keyvaluemaps/{map}", "apigee.keyvaluemaps.get", "whether a map is encrypted and masked"),
        Get(Organization + "/apis/{proxy}/keyvaluemaps/{map}/entries", MapEntries, "entries; only when asked for"),
        Get(Organization + "/sharedflows", "apigee.sharedflows.list", "shared flows with their revisions"),
        Get(
            Organization + "/sharedflows/{flow}/revisions/{revision}",
            "apigee.sharedflowrevisions.get",
            "the bundle of a deployed revision"
        ),
        Get(Organization + "/deployments", "apigee.deployments.list", "which revision is deployed where"),
        Get(Organization + "/apiproducts", "apigee.apiproducts.list", "API products"),
        Get(Organization + "/apps", "apigee.apps.list", "apps of developers; their keys only when asked for"),
        Get(Organization + "/appgroups", "apigee.appgroups.list", "app groups"),
        Get(Organization + "/appgroups/{group}/apps", "apigee.appgroupapps.list", "apps of a group"),
        Get(Organization + "/developers", "apigee.developers.list", "whether developers are active; no names or addresses are kept"),
        Get(Organization + "/keyvaluemaps", "apigee.keyvaluemaps.list", "the names of the organization's maps"),
        Get(Organization + "/keyvaluemaps/{map}", "apigee.keyvaluemaps.get", "whether a map is encrypted and masked"),
        Get(Organization + "/keyvaluemaps/{map}/entries", MapEntries, "entries; only when asked for"),
    ];

    /// <summary>The audit log: who changed what. Asked of Cloud Logging, and only when asked for. A question by POST.</summary>
    public static Endpoint AuditLog { get; } =
        new(HttpMethod.Post, "/v2/entries:list", "logging.logEntries.list", "who changed what; only when asked for");

    /// <summary>Which of a list of rights the caller has. Asked of the Resource Manager, and only by the doctor. A question by POST, which takes no right.</summary>
    public static Endpoint Rights { get; } =
        new(HttpMethod.Post, "/v1/projects/{project}:testIamPermissions", null, "which rights the caller has; only by the doctor");

    /// <summary>The rights that reading everything takes that is read by default.</summary>
    public static ImmutableArray<string> DefaultPermissions { get; } =
    [
        .. Read.Append(ProjectMapping)
            .Select(endpoint => endpoint.Permission)
            .OfType<string>()
            .Where(permission => permission != MapEntries)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The rights that what is read only when asked for takes, by the word that asks for it.</summary>
    public static ImmutableSortedDictionary<string, string> OptionalPermissions { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kvm-values"] = MapEntries,
            ["app-credentials"] = AppKeys,
            ["audit-log"] = "logging.logEntries.list",
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Members that hold a secret, whatever their value looks like.</summary>
    internal static IReadOnlySet<string> SecretMembers { get; } =
        new HashSet<string>(StringComparer.Ordinal) { "password", "keyPassword", "privateKey" };

    /// <summary>Members about people, and of the audit log what was sent, and the prose of errors: nothing of it is needed.</summary>
    internal static IReadOnlySet<string> DroppedMembers { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            "email",
            "firstName",
            "lastName",
            "userName",
            "developerEmail",
            "description",
            "message",
            "details",
        };

    /// <summary>The endpoints of one organization: names in braces where a path varies, the organization's own name where it does not.</summary>
    internal static EndpointTable Of(Uri origin, string organization, params ReadOnlySpan<Endpoint> endpoints) =>
        new(
            origin,
            [
                .. endpoints
                    .ToArray()
                    .Select(endpoint => new Endpoint(
                        endpoint.Method,
                        endpoint.Template.Replace("{organization}", Uri.EscapeDataString(organization), StringComparison.Ordinal),
                        endpoint.Permission,
                        endpoint.Purpose
                    )),
            ]
        );

    /// <summary>What reading a path takes, to be named when it is refused; null when it is not read.</summary>
    /// <param name="path">The path below the organization, with its query.</param>
    internal static string? Needs(string path)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var asked = question < 0 ? path : path[..question];
        var permission = Read.FirstOrDefault(endpoint =>
            endpoint.Matches(asked is "organization" ? "/v1/organizations/-" : "/v1/organizations/-/" + asked)
        )?.Permission;
        return asked == "apps" ? $"{permission}, and {AppKeys} with keys" : permission;
    }

    private static Endpoint Get(string template, string permission, string purpose) => new(HttpMethod.Get, template, permission, purpose);
}
