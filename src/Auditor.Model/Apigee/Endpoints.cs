namespace Auditor.Model.Apigee;

/// <summary>The side of a proxy that clients call.</summary>
public sealed record ProxyEndpoint
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>The base path; may hold <c>*</c> segments. Empty when the file does not say.</summary>
    public required string BasePath { get; init; }

    /// <summary>Runs first, whatever the request is.</summary>
    public required Flow PreFlow { get; init; }

    /// <summary>The conditional flows in document order; only the first whose condition holds runs.</summary>
    public ImmutableArray<Flow> Flows { get; init; } = [];

    /// <summary>Runs after the conditional flow, whatever the request is.</summary>
    public required Flow PostFlow { get; init; }

    /// <summary>Steps that run after the response was sent.</summary>
    public ImmutableArray<Step> PostClientFlow { get; init; } = [];

    /// <summary>The route rules in document order; the first whose condition holds decides.</summary>
    public ImmutableArray<RouteRule> Routes { get; init; } = [];

    /// <summary>The fault rules in document order. A proxy endpoint looks them up from the bottom to the top.</summary>
    public ImmutableArray<FaultRule> FaultRules { get; init; } = [];

    /// <summary>Runs when no fault rule did, or always with AlwaysEnforce; null when there is none.</summary>
    public FaultRule? DefaultFaultRule { get; init; }

    /// <summary>The properties of the connection.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>The side of a proxy that calls the backend.</summary>
public sealed record TargetEndpoint
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>Runs first, whatever the request is.</summary>
    public required Flow PreFlow { get; init; }

    /// <summary>The conditional flows in document order; only the first whose condition holds runs.</summary>
    public ImmutableArray<Flow> Flows { get; init; } = [];

    /// <summary>Runs after the conditional flow.</summary>
    public required Flow PostFlow { get; init; }

    /// <summary>The fault rules in document order. A target endpoint looks them up from the top to the bottom.</summary>
    public ImmutableArray<FaultRule> FaultRules { get; init; } = [];

    /// <summary>Runs when no fault rule did; null when there is none.</summary>
    public FaultRule? DefaultFaultRule { get; init; }

    /// <summary>Where the request goes.</summary>
    public required TargetConnection Connection { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>Where a target endpoint or a callout sends its request.</summary>
public abstract record TargetConnection
{
    private TargetConnection() { }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>A backend over HTTP.</summary>
    public sealed record Http : TargetConnection
    {
        /// <summary>The URL, which Apigee reads as a message template; null when a load balancer names target servers.</summary>
        public Setting? Url { get; init; }

        /// <summary>The target servers of the load balancer, by name.</summary>
        public ImmutableArray<string> Servers { get; init; } = [];

        /// <summary>The path appended to a target server; may be a template.</summary>
        public string? Path { get; init; }

        /// <summary>The TLS settings; null when none are given.</summary>
        public SslInfo? Ssl { get; init; }

        /// <summary>The Google credential that replaces a header of the request (by default Authorization); null when none.</summary>
        public GoogleAuthentication? Authentication { get; init; }
    }

    /// <summary>Another proxy of the same organization and environment.</summary>
    public sealed record Local : TargetConnection
    {
        /// <summary>The proxy's name; null when it is addressed by path.</summary>
        public string? Proxy { get; init; }

        /// <summary>The proxy endpoint's name; null when it is addressed by path.</summary>
        public string? Endpoint { get; init; }

        /// <summary>The path; null when it is addressed by name.</summary>
        public string? Path { get; init; }
    }

    /// <summary>Something else: a Node.js target of Edge, a hosted target, or nothing.</summary>
    /// <param name="Name">The element's name; empty when there is none.</param>
    public sealed record Other(string Name) : TargetConnection;
}

/// <summary>
/// The TLS settings of a connection. The scheme of the URL wins over <see cref="Enabled"/>; <see cref="Enforce"/> makes validation strict whatever
/// <see cref="IgnoreValidationErrors"/> says (Apigee configuration reference, 2026-04-10). Null means not given.
/// </summary>
public sealed record SslInfo
{
    /// <summary>Whether TLS is switched on.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether certificates are strictly validated.</summary>
    public bool? Enforce { get; init; }

    /// <summary>Whether the gateway shows a certificate of its own.</summary>
    public bool? ClientAuthEnabled { get; init; }

    /// <summary>Whether bad certificates are accepted.</summary>
    public bool? IgnoreValidationErrors { get; init; }

    /// <summary>Where <see cref="IgnoreValidationErrors"/> is written; null when it is not.</summary>
    public SourceLocation? IgnoreValidationErrorsLocation { get; init; }

    /// <summary>The keystore, or <c>ref://name</c>, or a template.</summary>
    public string? KeyStore { get; init; }

    /// <summary>The truststore, or <c>ref://name</c>, or a template.</summary>
    public string? TrustStore { get; init; }

    /// <summary>The alias of the key.</summary>
    public string? KeyAlias { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }
}

/// <summary>A Google token that the gateway puts into a header of the request to the backend, replacing what was there.</summary>
/// <param name="Header">The header; Authorization unless HeaderName says otherwise.</param>
/// <param name="TokenKind">GoogleAccessToken or GoogleIDToken.</param>
/// <param name="Location">Where it is written.</param>
public sealed record GoogleAuthentication(string Header, string TokenKind, SourceLocation Location);

/// <summary>A flow: a name, a condition, and the steps of its two sides.</summary>
/// <param name="Name">The name; PreFlow and PostFlow are called that.</param>
/// <param name="Condition">The condition; null when it always holds. Only named flows take one.</param>
/// <param name="Request">The steps of the request, in order.</param>
/// <param name="Response">The steps of the response, in order.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Flow(
    string Name,
    ConditionText? Condition,
    ImmutableArray<Step> Request,
    ImmutableArray<Step> Response,
    SourceLocation Location
);

/// <summary>The flow of a shared flow bundle.</summary>
/// <param name="Name">The flow's name, in practice <c>default</c>.</param>
/// <param name="Steps">The steps in order.</param>
/// <param name="Location">Where it is written.</param>
public sealed record SharedFlow(string Name, ImmutableArray<Step> Steps, SourceLocation Location);

/// <summary>The attachment of a policy.</summary>
/// <param name="Policy">The name of the policy; it may name none that exists.</param>
/// <param name="Condition">The condition; null when the step always runs.</param>
/// <param name="Location">Where it is written.</param>
public sealed record Step(string Policy, ConditionText? Condition, SourceLocation Location);

/// <summary>
/// A rule that chooses where the request goes. With neither target, URL nor integration it is a null route: the proxy answers by itself.
/// </summary>
/// <param name="Name">The rule's name.</param>
/// <param name="Condition">The condition; null when it always holds.</param>
/// <param name="TargetEndpoint">The name of the target endpoint; null when another way or none is given.</param>
/// <param name="Url">A URL that bypasses the target endpoints; null when none is given.</param>
/// <param name="IntegrationEndpoint">The name of an integration endpoint; null when none is given.</param>
/// <param name="Location">Where it is written.</param>
public sealed record RouteRule(
    string Name,
    ConditionText? Condition,
    string? TargetEndpoint,
    Setting? Url,
    string? IntegrationEndpoint,
    SourceLocation Location
)
{
    /// <summary>Whether the proxy answers by itself.</summary>
    public bool IsNull => TargetEndpoint is null && Url is null && IntegrationEndpoint is null;
}

/// <summary>A rule that runs when a fault was raised in its endpoint.</summary>
/// <param name="Name">The rule's name; empty for a DefaultFaultRule without one.</param>
/// <param name="Condition">The condition; null when it always holds.</param>
/// <param name="Steps">The steps in order.</param>
/// <param name="AlwaysEnforce">Whether a DefaultFaultRule runs after a fault rule, too.</param>
/// <param name="Location">Where it is written.</param>
public sealed record FaultRule(
    string Name,
    ConditionText? Condition,
    ImmutableArray<Step> Steps,
    bool AlwaysEnforce,
    SourceLocation Location
);
