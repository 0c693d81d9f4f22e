using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.App;

/// <summary>A client is switched off in one system and on in the other.</summary>
public sealed class DisabledOnOneSide : IRule<LinkedClient>
{
    // Onboarding is done one side after the other: a fortnight is given for it.
    private static readonly TimeSpan Onboarding = TimeSpan.FromDays(14);

    private static readonly RuleInfo Rule = new()
    {
        Id = "APP-003",
        Name = "disabled-on-one-side",
        Title = "A client is switched off on one side and on at the other",
        Level = Level.Warning,
        SecuritySeverity = 7.3,
        Cwe = 613,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "clients known to both sides",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(LinkedClient subject, AuditContext context)
    {
        var off = GatewayOff(subject, context.Now);
        if (off is null && !subject.App.IsActive)
        {
            return IsOnboarding(subject, context.Now) ? Verdict.Pass : OktaOff(subject, context);
        }

        if (off is { } gateway && subject.App.IsActive)
        {
            return Gateway(subject, context, gateway.What, gateway.Location);
        }

        return subject.Organization.Developers.Coverage.IsGap
            ? new Verdict.NotAssessed(
                $"the developers of {subject.Organization.Name} were not read: {subject.Organization.Developers.Coverage.Reason}",
                subject.Organization.Location
            )
            : Verdict.Pass;
    }

    private static bool IsOnboarding(LinkedClient subject, DateTimeOffset now) =>
        subject.GatewayApp.CreatedAt is { } created && now - created < Onboarding;

    private static (string What, SourceLocation Location)? GatewayOff(LinkedClient subject, DateTimeOffset now)
    {
        if (subject.GatewayApp.Status is { } status and not "approved")
        {
            return ($"app '{subject.GatewayApp.Name}' is {status}", subject.GatewayApp.Location.At("status"));
        }

        if (subject.Credential.Status is { } state and not "approved")
        {
            return ($"its key is {state}", subject.Credential.Location.At("status"));
        }

        if (subject.Credential.ExpiresAt is { } expires && expires <= now)
        {
            return ($"its key expired on {expires:yyyy-MM-dd}", subject.Credential.Location.At("expiresAt"));
        }

        return
            subject.Organization.Developers.Items.FirstOrDefault(candidate => candidate.Id == subject.GatewayApp.DeveloperId)
                is { Status: { } developer and not "active" } inactive
            ? ($"developer {inactive.Id} is {developer}", inactive.Location.At("status"))
            : null;
    }

    private static Verdict.Fail OktaOff(LinkedClient subject, AuditContext context)
    {
        var servers = Servers(subject, context).ToList();
        var minutes = servers.Select(server => server.Minutes).DefaultIfEmpty(0).Max();
        var keyOnly = KeyOnly(subject, context);
        var place = subject.App.Location.At("status");
        return new Verdict.Fail
        {
            Message =
                $"Client '{subject.App.Label}' ({subject.App.ClientId}) is {subject.App.Status} in Okta, but its key in app '{subject.GatewayApp.Name}' of {subject.Organization.Name} is still approved. "
                + (
                    keyOnly is { } check
                        ? $"{Upper(check.Owner.Description)} accepts the key alone ({check.Policy.Kind} '{check.Policy.Name}'): the client can go on calling it."
                    : minutes > 0
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $"Tokens it already has are accepted for up to {minutes} minutes more, since the gateway checks them locally."
                        )
                    : "It obtains no new tokens, and nothing at the gateway says that it is gone."
                ),
            Location = subject.Credential.Location.At("status"),
            Cause = subject.Key,
            Code = keyOnly is null ? "okta-inactive" : "key-still-opens",
            Level = keyOnly is null ? Level.Warning : Level.Error,
            SecuritySeverity = keyOnly is null ? 5.3 : 7.3,
            Facts =
            [
                new Fact("okta", "status", subject.App.Status, place),
                new Fact("gateway", "key", "approved", subject.Credential.Location.At("status")),
            ],
            Related =
            [
                new RelatedPlace(place, "inactive here"),
                .. keyOnly is null ? [] : new[] { new RelatedPlace(keyOnly.Location, "accepts the key alone") },
            ],
            Remedy = $"Revoke the key of app '{subject.GatewayApp.Name}', or activate the client again.",
        };
    }

    private static Verdict Gateway(LinkedClient subject, AuditContext context, string what, SourceLocation location)
    {
        var servers = Servers(subject, context).ToList();
        if (servers.Count == 0)
        {
            // It obtains no token that this gateway would look at.
            return Verdict.Pass;
        }

        return new Verdict.Fail
        {
            Message =
                $"At the gateway {what}, but client '{subject.App.Label}' ({subject.App.ClientId}) is ACTIVE in Okta and obtains tokens of {servers[0].Name}: proxies that do not look at its key go on serving it.",
            Location = location,
            Cause = subject.Key,
            Code = "gateway-off",
            SecuritySeverity = 5.3,
            Facts =
            [
                new Fact("okta", "status", subject.App.Status, subject.App.Location.At("status")),
                new Fact("gateway", "status", what, location),
            ],
            Related = [new RelatedPlace(subject.App.Location.At("status"), "active here")],
            Remedy = "Deactivate the client in Okta if it was switched off for good; its tokens are refused only where its key is checked.",
        };
    }

    // The trusted servers whose policies admit the client with a grant it has, and how long their tokens live.
    private static IEnumerable<(string Name, int Minutes)> Servers(LinkedClient subject, AuditContext context) =>
        subject
            .Org.AuthorizationServers.Items.Where(server => server.IsActive && ServerTrust.Of(server, context).IsTrusted == true)
            .SelectMany(server =>
                server
                    .Policies.Items.Where(policy => policy.IsActive && policy.Admits(subject.App.ClientId!))
                    .SelectMany(policy => policy.Rules.Items)
                    .Where(rule => rule.IsActive && rule.GrantTypes.Intersect(subject.App.GrantTypes, StringComparer.Ordinal).Any())
                    .Select(rule => (server.Description, rule.AccessTokenMinutes ?? 60))
            );

    // A check of the key where the caller sends it, on a way where no token is verified.
    private static TokenCheck? KeyOnly(LinkedClient subject, AuditContext context)
    {
        var proxies = subject
            .Credential.Products.Select(product =>
                subject.Organization.Products.Items.FirstOrDefault(candidate => candidate.Name == product.Product)
            )
            .OfType<ApiProduct>()
            .SelectMany(product => product.Proxies.Concat(product.Operations.Select(operation => operation.Proxy)))
            .ToHashSet(StringComparer.Ordinal);
        return context
            .Traced.Endpoints.Where(endpoint =>
                ReferenceEquals(endpoint.Program.Organization, subject.Organization)
                && proxies.Contains(endpoint.Program.Bundle.Name)
                && !endpoint.Checks.Any(check => check.Kind is TokenCheckKind.Jwt or TokenCheckKind.Introspection)
            )
            .SelectMany(endpoint => endpoint.Checks)
            .FirstOrDefault(check => check is { Kind: TokenCheckKind.ApiKey, Source: Resolution.Tainted });
    }

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
