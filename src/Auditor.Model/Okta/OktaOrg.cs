namespace Auditor.Model.Okta;

/// <summary>An Okta org.</summary>
public sealed record OktaOrg
{
    /// <summary>The host of the org's own URL, e.g. <c>acme.okta.com</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The org's id; null when unknown.</summary>
    public string? Id { get; init; }

    /// <summary>The custom domains.</summary>
    public Collected<OktaDomain> Domains { get; init; } = Collected<OktaDomain>.None;

    /// <summary>The custom authorization servers. The org authorization server is never listed (Okta, concepts/auth-servers).</summary>
    public Collected<AuthorizationServer> AuthorizationServers { get; init; } = Collected<AuthorizationServer>.None;

    /// <summary>The OIDC clients.</summary>
    public Collected<OktaApp> Apps { get; init; } = Collected<OktaApp>.None;

    /// <summary>The groups.</summary>
    public Collected<OktaGroup> Groups { get; init; } = Collected<OktaGroup>.None;

    /// <summary>The group rules.</summary>
    public Collected<GroupRule> GroupRules { get; init; } = Collected<GroupRule>.None;

    /// <summary>The inline hooks.</summary>
    public Collected<InlineHook> InlineHooks { get; init; } = Collected<InlineHook>.None;

    /// <summary>The event hooks.</summary>
    public Collected<OktaObject> EventHooks { get; init; } = Collected<OktaObject>.None;

    /// <summary>The API tokens. Metadata only.</summary>
    public Collected<OktaObject> ApiTokens { get; init; } = Collected<OktaObject>.None;

    /// <summary>The trusted origins.</summary>
    public Collected<OktaObject> TrustedOrigins { get; init; } = Collected<OktaObject>.None;

    /// <summary>The network zones.</summary>
    public Collected<OktaObject> Zones { get; init; } = Collected<OktaObject>.None;

    /// <summary>The log streams.</summary>
    public Collected<OktaObject> LogStreams { get; init; } = Collected<OktaObject>.None;

    /// <summary>The registered AI agents.</summary>
    public Collected<AiAgent> Agents { get; init; } = Collected<AiAgent>.None;

    /// <summary>An extract of the System Log: changes, for attribution.</summary>
    public Collected<LogEvent> Log { get; init; } = Collected<LogEvent>.None;

    /// <summary>From when on <see cref="Log"/> holds every change; null when the input does not say.</summary>
    public DateTimeOffset? LogSince { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>Whether the host is one of the org's hosts: its own, or a custom domain that is verified.</summary>
    public bool HasHost(string host) =>
        string.Equals(Host, host, StringComparison.OrdinalIgnoreCase)
        || Domains.Items.Any(domain => string.Equals(domain.Name, host, StringComparison.OrdinalIgnoreCase));

    /// <summary>The app whose client id it is, or null. The client id may differ from the app id.</summary>
    public OktaApp? FindClient(string clientId) =>
        Apps.Items.FirstOrDefault(app => string.Equals(app.ClientId, clientId, StringComparison.Ordinal));

    /// <summary>The group of that id, or null.</summary>
    public OktaGroup? FindGroup(string id) => Groups.Items.FirstOrDefault(group => string.Equals(group.Id, id, StringComparison.Ordinal));
}

/// <summary>A custom domain.</summary>
/// <param name="Name">The host name.</param>
/// <param name="ValidationStatus">NOT_STARTED, IN_PROGRESS, VERIFIED, COMPLETED or FAILED_TO_VERIFY.</param>
/// <param name="CertificateExpiresAt">When the certificate expires; null when unknown.</param>
/// <param name="Location">Where it is written.</param>
public sealed record OktaDomain(string Name, string? ValidationStatus, DateTimeOffset? CertificateExpiresAt, SourceLocation Location)
{
    /// <summary>Whether tokens can carry this host in their issuer.</summary>
    public bool IsVerified => ValidationStatus is "VERIFIED" or "COMPLETED";
}

/// <summary>An object that only its name, status and dates are read of.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Status">The status; null when it has none.</param>
/// <param name="Created">When it was made; null when unknown.</param>
/// <param name="LastUpdated">When it was changed; null when unknown.</param>
/// <param name="Location">Where it is written.</param>
public sealed record OktaObject(
    string Id,
    string Name,
    string? Status,
    DateTimeOffset? Created,
    DateTimeOffset? LastUpdated,
    SourceLocation Location
);

/// <summary>A group.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Type">OKTA_GROUP, APP_GROUP or BUILT_IN.</param>
/// <param name="UsersCount">How many users it has; null when not collected.</param>
/// <param name="Location">Where it is written.</param>
public sealed record OktaGroup(string Id, string Name, string? Type, int? UsersCount, SourceLocation Location)
{
    /// <summary>Whether it is the built-in group of all users, which rules may name by id or by the word EVERYONE.</summary>
    public bool IsEveryone =>
        string.Equals(Type, "BUILT_IN", StringComparison.Ordinal) && string.Equals(Name, "Everyone", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A rule that puts users into groups.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Status">ACTIVE, INACTIVE or INVALID.</param>
/// <param name="Expression">The expression over the user's profile.</param>
/// <param name="Groups">The ids of the groups it fills.</param>
/// <param name="Location">Where it is written.</param>
public sealed record GroupRule(
    string Id,
    string Name,
    string? Status,
    string? Expression,
    ImmutableArray<string> Groups,
    SourceLocation Location
);

/// <summary>An inline hook. A token hook may change claims, audience, subject and lifetime; when it fails the token is issued unchanged.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Type">The type, e.g. <c>com.okta.oauth2.tokens.transform</c>.</param>
/// <param name="Status">ACTIVE or INACTIVE.</param>
/// <param name="Host">The host it calls; null when unknown.</param>
/// <param name="Location">Where it is written.</param>
public sealed record InlineHook(string Id, string Name, string? Type, string? Status, string? Host, SourceLocation Location);

/// <summary>A registered AI agent.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="ClientId">The client it authenticates as; null when unknown.</param>
/// <param name="Status">ACTIVE or another word.</param>
/// <param name="Owners">The owners' ids.</param>
/// <param name="DelegationActive">Whether a delegation link is active; null when unknown.</param>
/// <param name="Location">Where it is written.</param>
public sealed record AiAgent(
    string Id,
    string Name,
    string? ClientId,
    string? Status,
    ImmutableArray<string> Owners,
    bool? DelegationActive,
    SourceLocation Location
);

/// <summary>An event of the System Log.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Published">When.</param>
/// <param name="EventType">The type, e.g. <c>policy.rule.update</c>.</param>
/// <param name="ActorId">Who; null when unknown.</param>
/// <param name="ActorType">User, PublicClientApp, SystemPrincipal, ...</param>
/// <param name="ActorName">The actor's display name.</param>
/// <param name="ApiTokenId">The API token used; null when none.</param>
/// <param name="Targets">The ids of the objects concerned.</param>
/// <param name="Location">Where it is written.</param>
public sealed record LogEvent(
    string Id,
    DateTimeOffset Published,
    string EventType,
    string? ActorId,
    string? ActorType,
    string? ActorName,
    string? ApiTokenId,
    ImmutableArray<string> Targets,
    SourceLocation Location
)
{
    /// <summary>How it ended, e.g. <c>SUCCESS</c>; null when not said.</summary>
    public string? Outcome { get; init; }

    /// <summary>The program that asked for it, as it names itself, e.g. <c>okta-terraform/6.12.0</c>; null when not said. Anyone can send any name.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Whether it may have changed something: all but what is known to have been refused or to have failed.</summary>
    public bool MayHaveChanged => Outcome is not ("FAILURE" or "DENY" or "SKIPPED" or "RATE_LIMIT" or "ABANDONED" or "UNANSWERED");
}
