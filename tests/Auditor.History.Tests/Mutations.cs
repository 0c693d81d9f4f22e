using System.Collections.Immutable;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;
using static Auditor.History.Tests.ElementEdits;
using static Auditor.History.Tests.LandscapeEdits;

namespace Auditor.History.Tests;

/// <summary>A change of one field somewhere in an estate, and what a comparison must say about it.</summary>
/// <param name="Kind">The kind of entity.</param>
/// <param name="Path">The field.</param>
/// <param name="Direction">Which way it goes.</param>
/// <param name="Impact">How much it matters.</param>
/// <param name="Apply">Makes the change; null when the estate has nothing that it can be made to.</param>
internal sealed record Mutation(
    string Kind,
    string Path,
    ChangeDirection Direction,
    ChangeImpact Impact,
    Func<Landscape, Random, Landscape?> Apply
)
{
    public static ImmutableArray<Mutation> All { get; } =
    [
        Server(
            "Audiences",
            ChangeDirection.Unclear,
            ChangeImpact.Critical,
            (server, _) => server with { Audiences = ["https://elsewhere.example"] }
        ),
        Server("Issuer", ChangeDirection.Unclear, ChangeImpact.Critical, (server, _) => server with { Issuer = server.Issuer + "/" }),
        Server("IssuerMode", ChangeDirection.Unclear, ChangeImpact.Critical, (server, _) => server with { IssuerMode = "DYNAMIC" }),
        Server("Status", ChangeDirection.Unclear, ChangeImpact.Critical, (server, _) => server with { Status = "INACTIVE" }),
        Server("Name", ChangeDirection.Unclear, ChangeImpact.Cosmetic, (server, _) => server with { Name = server.Name + " 2" }),
        Server(
            "Signing/RotationMode",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            (server, _) =>
                server.Signing is { RotationMode: "AUTO" } signing
                    ? server with
                    {
                        Signing = signing with { RotationMode = "MANUAL", Kid = null },
                    }
                    : null
        ),
        Policy(
            "Status",
            ChangeDirection.Strengthens,
            ChangeImpact.Medium,
            policy => policy.IsActive ? policy with { Status = "INACTIVE" } : null
        ),
        Policy(
            "Clients",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            policy => policy.IsForAllClients ? null : policy with { Clients = [.. policy.Clients, "ALL_CLIENTS"] }
        ),
        Policy(
            "Clients",
            ChangeDirection.Strengthens,
            ChangeImpact.Medium,
            policy => policy.Clients.Length > 1 ? policy with { Clients = policy.Clients.RemoveAt(0) } : null
        ),
        Rule(
            "Scopes",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            rule => rule.GrantsAnyScope ? null : rule with { Scopes = [.. rule.Scopes, "*"] }
        ),
        Rule("Scopes", ChangeDirection.Weakens, ChangeImpact.Medium, rule => rule with { Scopes = [.. rule.Scopes, "one.more"] }),
        Rule(
            "Scopes",
            ChangeDirection.Strengthens,
            ChangeImpact.Medium,
            rule => rule.Scopes.Length > 1 ? rule with { Scopes = rule.Scopes.RemoveAt(0) } : null
        ),
        Rule(
            "GrantTypes",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            rule => rule.GrantTypes.Contains("password") ? null : rule with { GrantTypes = [.. rule.GrantTypes, "password"] }
        ),
        Rule(
            "Groups",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            rule => rule.IsForEveryone ? null : rule with { Groups = [.. rule.Groups, "EVERYONE"] }
        ),
        Rule(
            "ExcludedGroups",
            ChangeDirection.Strengthens,
            ChangeImpact.High,
            rule => rule with { ExcludedGroups = [.. rule.ExcludedGroups, "00gSomebody"] }
        ),
        Rule(
            "AccessTokenMinutes",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            rule => rule.AccessTokenMinutes is { } minutes ? rule with { AccessTokenMinutes = minutes + 5 } : null
        ),
        Rule(
            "AccessTokenMinutes",
            ChangeDirection.Strengthens,
            ChangeImpact.Low,
            rule => rule.AccessTokenMinutes is > 5 and var minutes ? rule with { AccessTokenMinutes = minutes - 1 } : null
        ),
        Rule("Status", ChangeDirection.Strengthens, ChangeImpact.Medium, rule => rule.IsActive ? rule with { Status = "INACTIVE" } : null),
        Rule(
            "InlineHook",
            ChangeDirection.Unclear,
            ChangeImpact.High,
            rule => rule with { InlineHookId = "cal" + rule.InlineHookId + "9" }
        ),
        Client(
            "TokenEndpointAuthMethod",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            app => app.TokenEndpointAuthMethod is null or "none" ? null : app with { TokenEndpointAuthMethod = "none" }
        ),
        Client("Status", ChangeDirection.Strengthens, ChangeImpact.Medium, app => app.IsActive ? app with { Status = "INACTIVE" } : null),
        Client(
            "RedirectUris",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            app => app with { RedirectUris = [.. app.RedirectUris, "https://more.example/callback"] }
        ),
        Client(
            "GrantTypes",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            app => app.GrantTypes.Contains("implicit") ? null : app with { GrantTypes = [.. app.GrantTypes, "implicit"] }
        ),
        Environment(
            "flow hook",
            "ContinueOnError",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            (environment, random) =>
                Pick(environment.FlowHooks, random, hook => hook.ContinueOnError == false, hook => hook with { ContinueOnError = true })
                    is { } hooks
                    ? environment with
                    {
                        FlowHooks = hooks,
                    }
                    : null
        ),
        Environment(
            "flow hook",
            "SharedFlow",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            (environment, random) =>
                Pick(environment.FlowHooks, random, hook => hook.SharedFlow is not null, hook => hook with { SharedFlow = null })
                    is { } hooks
                    ? environment with
                    {
                        FlowHooks = hooks,
                    }
                    : null
        ),
        Environment(
            "target server",
            "Host",
            ChangeDirection.Unclear,
            ChangeImpact.High,
            (environment, random) =>
                Pick(environment.TargetServers, random, _ => true, server => server with { Host = "elsewhere.example" }) is { } servers
                    ? environment with
                    {
                        TargetServers = servers,
                    }
                    : null
        ),
        Product(
            "ApprovalType",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            product => product.ApprovalType == "manual" ? product with { ApprovalType = "auto" } : null
        ),
        Product("Scopes", ChangeDirection.Weakens, ChangeImpact.High, product => product with { Scopes = [.. product.Scopes, "one.more"] }),
        Product(
            "Environments",
            ChangeDirection.Weakens,
            ChangeImpact.High,
            product => product.Environments.IsEmpty ? null : product with { Environments = [] }
        ),
        BundlePolicy(
            "VerifyJWT policy",
            "enabled",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            policy => policy is { Kind: "VerifyJWT", Enabled: true } ? policy with { Enabled = false } : null
        ),
        BundlePolicy(
            "VerifyJWT policy",
            "continueOnError",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            policy => policy is { Kind: "VerifyJWT", ContinueOnError: false } ? policy with { ContinueOnError = true } : null
        ),
        BundlePolicy(
            "VerifyJWT policy",
            "VerifyJWT/Audience/@ref",
            ChangeDirection.Unclear,
            ChangeImpact.Critical,
            policy =>
                policy.Kind == "VerifyJWT"
                    ? WithChild(policy, "Audience", audience => WithAttribute(audience, "ref", "other.variable"))
                    : null
        ),
        BundlePolicy(
            "VerifyJWT policy",
            "VerifyJWT/Algorithm",
            ChangeDirection.Unclear,
            ChangeImpact.Critical,
            policy => policy.Kind == "VerifyJWT" ? WithChild(policy, "Algorithm", algorithm => WithText(algorithm, "RS512")) : null
        ),
        Step(),
        .. ObjectMutations.All,
    ];

    private static Mutation Server(
        string path,
        ChangeDirection direction,
        ChangeImpact least,
        Func<AuthorizationServer, Random, AuthorizationServer?> change
    ) =>
        new(
            "authorization server",
            path,
            direction,
            least,
            (landscape, random) => OnServers(landscape, random, server => change(server, random))
        );

    private static Mutation Policy(string path, ChangeDirection direction, ChangeImpact least, Func<AccessPolicy, AccessPolicy?> change) =>
        new(
            "access policy",
            path,
            direction,
            least,
            (landscape, random) =>
                OnServers(
                    landscape,
                    random,
                    server => Pick(server.Policies, random, change) is { } policies ? server with { Policies = policies } : null
                )
        );

    private static Mutation Rule(string path, ChangeDirection direction, ChangeImpact least, Func<AccessRule, AccessRule?> change) =>
        new(
            "access rule",
            path,
            direction,
            least,
            (landscape, random) =>
                OnServers(
                    landscape,
                    random,
                    server =>
                        Pick(
                            server.Policies,
                            random,
                            policy => Pick(policy.Rules, random, change) is { } rules ? policy with { Rules = rules } : null
                        )
                            is { } policies
                            ? server with
                            {
                                Policies = policies,
                            }
                            : null
                )
        );

    private static Mutation Client(string path, ChangeDirection direction, ChangeImpact least, Func<OktaApp, OktaApp?> change) =>
        new(
            "client",
            path,
            direction,
            least,
            (landscape, random) =>
                OnOrgs(landscape, random, org => Pick(org.Apps, random, change) is { } apps ? org with { Apps = apps } : null)
        );

    private static Mutation Product(string path, ChangeDirection direction, ChangeImpact least, Func<ApiProduct, ApiProduct?> change) =>
        new(
            "API product",
            path,
            direction,
            least,
            (landscape, random) =>
                OnOrganizations(
                    landscape,
                    random,
                    organization =>
                        Pick(organization.Products, random, change) is { } products ? organization with { Products = products } : null
                )
        );

    private static Mutation Environment(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact least,
        Func<ApigeeEnvironment, Random, ApigeeEnvironment?> change
    ) =>
        new(
            kind,
            path,
            direction,
            least,
            (landscape, random) =>
                OnOrganizations(
                    landscape,
                    random,
                    organization =>
                        Pick(organization.Environments, random, environment => change(environment, random)) is { } environments
                            ? organization with
                            {
                                Environments = environments,
                            }
                            : null
                )
        );

    private static Mutation BundlePolicy(
        string kind,
        string path,
        ChangeDirection direction,
        ChangeImpact least,
        Func<Policy, Policy?> change
    ) =>
        new(
            kind,
            path,
            direction,
            least,
            (landscape, random) =>
                OnDeployedProxies(
                    landscape,
                    random,
                    bundle =>
                    {
                        foreach (var policy in bundle.Policies.Values.OrderBy(_ => random.Next()))
                        {
                            if (change(policy) is { } changed)
                            {
                                return bundle with { Policies = bundle.Policies.SetItem(policy.Name, changed) };
                            }
                        }

                        return null;
                    }
                )
        );

    // The step that verifies goes.
    private static Mutation Step() =>
        new(
            "proxy endpoint",
            "PreFlow/Request",
            ChangeDirection.Weakens,
            ChangeImpact.Critical,
            (landscape, random) =>
                OnDeployedProxies(
                    landscape,
                    random,
                    bundle =>
                    {
                        for (var i = 0; i < bundle.ProxyEndpoints.Length; i++)
                        {
                            var endpoint = bundle.ProxyEndpoints[i];
                            var step = endpoint.PreFlow.Request.FirstOrDefault(step =>
                                step.Condition is null && bundle.FindPolicy(step.Policy)?.Kind == "VerifyJWT"
                            );
                            if (step is not null)
                            {
                                return bundle with
                                {
                                    ProxyEndpoints = bundle.ProxyEndpoints.SetItem(
                                        i,
                                        endpoint with
                                        {
                                            PreFlow = endpoint.PreFlow with { Request = endpoint.PreFlow.Request.Remove(step) },
                                        }
                                    ),
                                };
                            }
                        }

                        return null;
                    }
                )
        );
}
