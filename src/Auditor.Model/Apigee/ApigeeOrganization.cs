namespace Auditor.Model.Apigee;

/// <summary>An Apigee organization.</summary>
public sealed record ApigeeOrganization
{
    /// <summary>The organization's name. For bundles without an organization: the name of the input's folder.</summary>
    public required string Name { get; init; }

    /// <summary>Whether there are only bundles: environments, deployments, products and maps were never part of the input.</summary>
    public bool IsBundlesOnly { get; init; }

    /// <summary>CLOUD or HYBRID; null when unknown.</summary>
    public string? RuntimeType { get; init; }

    /// <summary>The API proxies.</summary>
    public Collected<Bundle> Proxies { get; init; } = Collected<Bundle>.None;

    /// <summary>The shared flows.</summary>
    public Collected<Bundle> SharedFlows { get; init; } = Collected<Bundle>.None;

    /// <summary>The environments.</summary>
    public Collected<ApigeeEnvironment> Environments { get; init; } = Collected<ApigeeEnvironment>.None;

    /// <summary>The environment groups.</summary>
    public Collected<EnvironmentGroup> EnvironmentGroups { get; init; } = Collected<EnvironmentGroup>.None;

    /// <summary>What is deployed where. Proxies and shared flows.</summary>
    public Collected<Deployment> Deployments { get; init; } = Collected<Deployment>.None;

    /// <summary>The API products.</summary>
    public Collected<ApiProduct> Products { get; init; } = Collected<ApiProduct>.None;

    /// <summary>The developer and app-group apps, with their credentials.</summary>
    public Collected<DeveloperApp> Apps { get; init; } = Collected<DeveloperApp>.None;

    /// <summary>The developers.</summary>
    public Collected<Developer> Developers { get; init; } = Collected<Developer>.None;

    /// <summary>The organization's key value maps.</summary>
    public Collected<KeyValueMap> KeyValueMaps { get; init; } = Collected<KeyValueMap>.None;

    /// <summary>The key value maps of proxies.</summary>
    public Collected<ProxyKeyValueMaps> ProxyKeyValueMaps { get; init; } = Collected<ProxyKeyValueMaps>.None;

    /// <summary>An extract of the Cloud Audit Logs: changes, for attribution.</summary>
    public Collected<AuditLogEntry> AuditLog { get; init; } = Collected<AuditLogEntry>.None;

    /// <summary>From when on <see cref="AuditLog"/> holds every change; null when the input does not say.</summary>
    public DateTimeOffset? AuditLogSince { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>The environment of that name, or null.</summary>
    public ApigeeEnvironment? FindEnvironment(string name) =>
        Environments.Items.FirstOrDefault(environment => string.Equals(environment.Name, name, StringComparison.Ordinal));

    /// <summary>The bundle of that kind, name and revision; any revision when null; or null when it is not there.</summary>
    public Bundle? FindBundle(BundleKind kind, string name, int? revision)
    {
        Bundle? latest = null;
        foreach (var bundle in kind == BundleKind.Proxy ? Proxies : SharedFlows)
        {
            if (!string.Equals(bundle.Name, name, StringComparison.Ordinal))
            {
                continue;
            }

            if (revision is null || bundle.Revision is null || bundle.Revision == revision)
            {
                if (revision is not null || latest is null || (bundle.Revision ?? 0) > (latest.Revision ?? 0))
                {
                    latest = bundle;
                }
            }
        }

        return latest;
    }
}

/// <summary>An environment.</summary>
public sealed record ApigeeEnvironment
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The flow hooks.</summary>
    public Collected<FlowHook> FlowHooks { get; init; } = Collected<FlowHook>.None;

    /// <summary>The target servers.</summary>
    public Collected<TargetServer> TargetServers { get; init; } = Collected<TargetServer>.None;

    /// <summary>The key value maps.</summary>
    public Collected<KeyValueMap> KeyValueMaps { get; init; } = Collected<KeyValueMap>.None;

    /// <summary>The property sets among the resource files.</summary>
    public Collected<PropertySet> PropertySets { get; init; } = Collected<PropertySet>.None;

    /// <summary>The keystores and truststores.</summary>
    public Collected<Keystore> Keystores { get; init; } = Collected<Keystore>.None;

    /// <summary>The references.</summary>
    public Collected<KeystoreReference> References { get; init; } = Collected<KeystoreReference>.None;

    /// <summary>The caches by name.</summary>
    public Collected<string> Caches { get; init; } = Collected<string>.None;

    /// <summary>The variables and paths that debug sessions mask.</summary>
    public Collected<string> DebugMask { get; init; } = Collected<string>.None;

    /// <summary>The environment's properties, e.g. <c>features.SSLInfo.Enforce</c>.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>An environment group: host names that lead to environments.</summary>
/// <param name="Name">The name.</param>
/// <param name="Hostnames">The host names.</param>
/// <param name="Environments">The attached environments.</param>
/// <param name="Location">Where it is written.</param>
public sealed record EnvironmentGroup(
    string Name,
    ImmutableArray<string> Hostnames,
    Collected<string> Environments,
    SourceLocation Location
);

/// <summary>A shared flow that runs for every proxy of an environment.</summary>
/// <param name="Point">PreProxyFlowHook, PostProxyFlowHook, PreTargetFlowHook or PostTargetFlowHook.</param>
/// <param name="SharedFlow">The shared flow; null when none is attached.</param>
/// <param name="ContinueOnError">
/// Whether a fault inside is swallowed. It defaults to true when the hook is attached (API discovery document 20260807, Terraform provider); null when an
/// answer does not say, which is not known to mean false.
/// </param>
/// <param name="Location">Where it is written.</param>
public sealed record FlowHook(string Point, string? SharedFlow, bool? ContinueOnError, SourceLocation Location)
{
    /// <summary>The points a hook can be attached to, in the order in which a request passes them (Apigee, flow hooks).</summary>
    public static ImmutableArray<string> Points { get; } =
    ["PreProxyFlowHook", "PreTargetFlowHook", "PostTargetFlowHook", "PostProxyFlowHook"];
}

/// <summary>An entry of the Cloud Audit Logs about the organization.</summary>
/// <param name="At">When.</param>
/// <param name="Method">What was called: <c>google.cloud.apigee.v1.FlowHookService.DetachSharedFlowFromFlowHook</c>.</param>
/// <param name="Resource">What it was called for: <c>organizations/acme/environments/prod/flowhooks/PreProxyFlowHook</c>.</param>
/// <param name="Principal">Who called: an address of a person or a service account; null when it is not said.</param>
/// <param name="Location">Where it is written.</param>
public sealed record AuditLogEntry(DateTimeOffset At, string Method, string Resource, string? Principal, SourceLocation Location);

/// <summary>A deployment of a revision.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="Kind">Proxy or shared flow.</param>
/// <param name="Name">The proxy or shared flow.</param>
/// <param name="Revision">The revision.</param>
/// <param name="ServiceAccount">The identity used for Google-authenticated targets; null when none.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Deployment(
    string Environment,
    BundleKind Kind,
    string Name,
    int Revision,
    string? ServiceAccount,
    SourceLocation Location
)
{
    /// <summary>When it was deployed; null when unknown.</summary>
    public DateTimeOffset? DeployedAt { get; init; }
}

/// <summary>A host and port that target endpoints name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
/// <param name="IsEnabled">Whether it is used.</param>
/// <param name="Ssl">The TLS settings; null when none.</param>
/// <param name="Location">Where it is written.</param>
public sealed record TargetServer(string Name, string Host, int Port, bool IsEnabled, SslInfo? Ssl, SourceLocation Location);

/// <summary>A key value map.</summary>
/// <param name="Name">The name.</param>
/// <param name="Encrypted">Whether it is encrypted; always in X and hybrid, by choice on Edge; null when unknown.</param>
/// <param name="Entries">The entries, or how it is that they are not known.</param>
/// <param name="Location">Where it is written.</param>
public sealed record KeyValueMap(string Name, bool? Encrypted, Collected<KeyValueEntry> Entries, SourceLocation Location);

/// <summary>The key value maps of one proxy.</summary>
/// <param name="Proxy">The proxy.</param>
/// <param name="Maps">Its maps.</param>
public sealed record ProxyKeyValueMaps(string Proxy, Collected<KeyValueMap> Maps);

/// <summary>An entry of a key value map.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; redacted unless it is known-public configuration. Both null inside: masked by the source.</param>
public sealed record KeyValueEntry(string Key, ConfigurationValue Value);

/// <summary>A keystore or truststore.</summary>
/// <param name="Name">The name.</param>
/// <param name="Aliases">The aliases.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Keystore(string Name, Collected<KeystoreAlias> Aliases, SourceLocation Location);

/// <summary>A certificate or key of a keystore.</summary>
/// <param name="Name">The alias.</param>
/// <param name="Subject">The certificate's subject.</param>
/// <param name="ExpiresAt">When the certificate expires; null when unknown.</param>
/// <param name="Location">Where it is written.</param>
public sealed record KeystoreAlias(string Name, string Subject, DateTimeOffset? ExpiresAt, SourceLocation Location);

/// <summary>A name that stands for a keystore.</summary>
/// <param name="Name">The reference's name.</param>
/// <param name="Refers">The keystore.</param>
/// <param name="ResourceType">KeyStore or TrustStore.</param>
/// <param name="Location">Where it is written.</param>
public sealed record KeystoreReference(string Name, string Refers, string ResourceType, SourceLocation Location);

/// <summary>An API product: which operations its keys may call.</summary>
public sealed record ApiProduct
{
    /// <summary>The internal name.</summary>
    public required string Name { get; init; }

    /// <summary>auto or manual.</summary>
    public string? ApprovalType { get; init; }

    /// <summary>The environments; empty: all of them [B; differs by API generation].</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>The proxies of the legacy binding; empty together with no operations: any [B].</summary>
    public ImmutableArray<string> Proxies { get; init; } = [];

    /// <summary>The paths of the legacy binding.</summary>
    public ImmutableArray<string> ApiResources { get; init; } = [];

    /// <summary>The scopes, blanks dropped and lists split. Evaluated by OAuthV2 only: any one suffices, and none is asked when a key is used.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>The operations; they replace the legacy paths.</summary>
    public ImmutableArray<ProductOperation> Operations { get; init; } = [];

    /// <summary>Whether it has operations of language models or of payloads (MCP).</summary>
    public bool HasModelOperations { get; init; }

    /// <summary>The quota as written; null when none.</summary>
    public string? Quota { get; init; }

    /// <summary>The attributes; <c>access</c> is public, private or internal.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>An operation of a product.</summary>
/// <param name="Proxy">The proxy (<c>apiSource</c>).</param>
/// <param name="Resource">The path pattern: <c>/</c> matches every path, <c>*</c> a segment, <c>**</c> the rest.</param>
/// <param name="Methods">The verbs; empty: all.</param>
/// <param name="Location">Where it is written.</param>
public sealed record ProductOperation(string Proxy, string Resource, ImmutableArray<string> Methods, SourceLocation Location);

/// <summary>An app of a developer or of an app group.</summary>
public sealed record DeveloperApp
{
    /// <summary>The app's id.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>approved, revoked or pending.</summary>
    public string? Status { get; init; }

    /// <summary>The developer's id; null for an app group's app.</summary>
    public string? DeveloperId { get; init; }

    /// <summary>When it was made; null when unknown.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The attributes.</summary>
    public ImmutableSortedDictionary<string, string> Attributes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The credentials.</summary>
    public ImmutableArray<AppCredential> Credentials { get; init; } = [];

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>A consumer key of an app.</summary>
public sealed record AppCredential
{
    /// <summary>The key. Equal to the Okta client id where VerifyAPIKey identifies the client of a token.</summary>
    public required string ConsumerKey { get; init; }

    /// <summary>What is left of the secret; null when it was not collected.</summary>
    public Redacted? ConsumerSecret { get; init; }

    /// <summary>approved, revoked or pending.</summary>
    public string? Status { get; init; }

    /// <summary>When it was issued; null when unknown.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When it expires; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The products it is associated with, and whether each is approved.</summary>
    public ImmutableArray<CredentialProduct> Products { get; init; } = [];

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>The association of a key with a product.</summary>
/// <param name="Product">The product.</param>
/// <param name="Status">approved, revoked or pending; null when unknown.</param>
public sealed record CredentialProduct(string Product, string? Status);

/// <summary>A developer. Names and e-mail addresses are not carried.</summary>
/// <param name="Id">The developer's id.</param>
/// <param name="Status">active or inactive.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Developer(string Id, string? Status, SourceLocation Location);
