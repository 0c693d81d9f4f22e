using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.App;

/// <summary>An AI agent's client lacks an owner, limits or least privilege.</summary>
public sealed class AgentClientUngoverned : IRule<OktaClient>
{
    private const int LongestMinutes = 15;

    private static readonly RuleInfo Rule = new()
    {
        Id = "APP-009",
        Name = "agent-client-ungoverned",
        Title = "The client of an agent lacks an owner, limits or least privilege",
        Level = Level.Error,
        SecuritySeverity = 7.2,
        Cwe = 269,
        Fix = FixKind.Manual,
        IsCore = true,
        YieldsTo = ["SCP-008", "APP-005"],
        Subjects = "clients",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(OktaClient subject, AuditContext context)
    {
        if (!subject.App.IsActive || subject.App.ClientId is not { } id)
        {
            return Verdict.NotApplicable;
        }

        var declared = context.Settings.Agents.FirstOrDefault(agent => agent.ClientId == id);
        var registered = subject.Org.Agents.Items.FirstOrDefault(agent => agent.ClientId == id || agent.ClientId == subject.App.Id);
        if (declared is null && registered is null)
        {
            return subject.Org.Agents.IsComplete
                ? Verdict.NotApplicable
                : new Verdict.Open(
                    $"which clients of {subject.Org.Host} are AI agents is not known: the agent registry was not read ({subject.Org.Agents.Coverage.Reason})",
                    "the AI agents of the org, or 'agents' in auditor.yaml"
                );
        }

        var faults = Faults(subject, context, declared, registered).ToList();
        return faults.Count == 0 ? Verdict.Pass : Ungoverned(subject, faults);
    }

    private sealed record Fault(string Text, bool IsSevere, RelatedPlace? Place, string? Cause = null);

    private static IEnumerable<Fault> Faults(OktaClient subject, AuditContext context, DeclaredAgent? declared, AiAgent? registered)
    {
        var app = subject.App;
        if ((declared is null || declared.Owner.Length == 0) && (registered is null || registered.Owners.IsEmpty))
        {
            yield return new Fault(
                "nobody owns it",
                true,
                registered is null ? null : new RelatedPlace(registered.Location, "registered without an owner")
            );
        }

        if (app.TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post" or "client_secret_jwt")
        {
            yield return new Fault(
                $"it authenticates with a static secret ({app.TokenEndpointAuthMethod})",
                true,
                new RelatedPlace(app.Location.At("credentials").At("oauthClient").At("token_endpoint_auth_method"), "a static secret")
            );
        }

        if (registered is { DelegationActive: false })
        {
            yield return new Fault(
                "its delegation is not active",
                false,
                new RelatedPlace(registered.Location, "delegation is switched off")
            );
        }

        var grants = subject
            .Org.AuthorizationServers.Items.SelectMany(server =>
                context.Traced.IssuanceOf(server).Grants.Select(grant => (Server: server, Grant: grant))
            )
            .Where(pair => pair.Grant.IsLive != false && pair.Grant.Clients.Any(client => ReferenceEquals(client.App, app)))
            .ToList();
        foreach (var (server, grant) in grants.DistinctBy(pair => pair.Grant.Rule))
        {
            foreach (var fault in Rights(new ServerRule(subject.Org, server, grant.Policy, grant.Rule), grant, context))
            {
                yield return fault;
            }
        }

        foreach (var fault in AtTheGateway(subject, context))
        {
            yield return fault;
        }
    }

    private static IEnumerable<Fault> Rights(ServerRule rule, IssuedGrant grant, AuditContext context)
    {
        if (grant.Policy.IsForAllClients)
        {
            yield return new Fault(
                $"its rights come from a policy for all clients ('{grant.Policy.Name}')",
                false,
                new RelatedPlace(grant.Policy.Location.At("conditions").At("clients").At("include"), "admits every client"),
                new ServerPolicy(rule.Org, rule.Server, rule.Policy).Key
            );
        }

        if (grant.Rule.GrantsAnyScope)
        {
            yield return new Fault(
                $"rule '{grant.Rule.Name}' grants it every scope",
                true,
                new RelatedPlace(grant.Rule.Location.At("conditions").At("scopes").At("include"), "grants '*'"),
                rule.Key
            );
        }
        else if (
            ScopeSensitivity.Greatest(grant.Scopes, context.Settings) is { Sensitivity: Sensitivity.High, Scope: { } scope }
            && IsAdmin(scope)
        )
        {
            yield return new Fault(
                $"rule '{grant.Rule.Name}' grants it the administrative scope '{scope}'",
                true,
                new RelatedPlace(grant.Rule.Location.At("conditions").At("scopes").At("include"), $"grants '{scope}'")
            );
        }

        if ((grant.Rule.AccessTokenMinutes ?? 60) is > LongestMinutes and var minutes)
        {
            yield return new Fault(
                string.Create(CultureInfo.InvariantCulture, $"its tokens live for {minutes} minutes ({LongestMinutes} are enough)"),
                false,
                new RelatedPlace(grant.Rule.Location.At("actions").At("token").At("accessTokenLifetimeMinutes"), "the lifetime")
            );
        }
    }

    private static bool IsAdmin(string scope) => scope.Contains("admin", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Fault> AtTheGateway(OktaClient subject, AuditContext context)
    {
        foreach (var link in LinkedClient.Of(context.Landscape).Where(link => ReferenceEquals(link.App, subject.App)))
        {
            if (link.GatewayApp.Credentials.DistinctBy(credential => credential.ConsumerKey, StringComparer.Ordinal).Skip(1).Any())
            {
                yield return new Fault(
                    $"it shares app '{link.GatewayApp.Name}' with other keys",
                    false,
                    new RelatedPlace(link.GatewayApp.Location, "several keys")
                );
            }

            foreach (
                var product in link
                    .Credential.Products.Select(named =>
                        link.Organization.Products.Items.FirstOrDefault(product => product.Name == named.Product)
                    )
                    .Where(product => product is { Quota: null })
            )
            {
                yield return new Fault(
                    $"product '{product!.Name}' gives it no quota",
                    false,
                    new RelatedPlace(product.Location, "no quota")
                );
            }
        }
    }

    private static Verdict.Fail Ungoverned(OktaClient subject, List<Fault> faults)
    {
        var isError = faults.Exists(fault => fault.IsSevere);
        return new Verdict.Fail
        {
            Message = $"Agent '{subject.App.Label}' ({subject.App.ClientId}): {string.Join("; ", faults.Select(fault => fault.Text))}.",
            Location = faults.Find(fault => fault is { IsSevere: true, Place: not null })?.Place?.Location ?? subject.Location,
            // A rule that grants everything, or a policy for everybody, is one defect, whoever it admits.
            Cause = faults is [{ Cause: { } cause }] ? cause : subject.Key,
            Level = isError ? Level.Error : Level.Warning,
            SecuritySeverity = isError ? 7.2 : 5.5,
            Related = [.. faults.Select(fault => fault.Place).OfType<RelatedPlace>()],
            Remedy =
                "Give the agent an owner, a key of its own instead of a secret, the scopes its tools use and no more, tokens of 15 minutes or less, and a gateway app with its own quota.",
        };
    }
}
