using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <content>The Okta org.</content>
public sealed partial class GeneratedEstate
{
    /// <summary>
    /// The requests that reading the Okta org takes when the keys of the gateway's apps are known: who it is; its lists, that of servers once more to see whether they
    /// changed; of each server scopes, claims, policies, keys and trusted servers, the rules of each policy, and two public documents; the grants of service apps and of
    /// clients that the gateway knows, and the groups of the latter where they are no services.
    /// </summary>
    public int OktaRequests
    {
        get
        {
            var known = Math.Min(DeveloperApps, Apps);
            return 1
                + (2 * Pages(Servers, 200))
                + (Servers * (5 + PoliciesPerServer + 2))
                + Pages(Apps, 200)
                + Pages(Groups, 200)
                // org, domains, group rules, inline and event hooks, API tokens, trusted origins, zones, log streams, agents
                + 10
                + Math.Max(ServiceApps, known)
                + Math.Max(0, known - ServiceApps);
        }
    }

    private void WriteOkta()
    {
        Okta("api/v1/org", new JsonObject { ["id"] = "00o1" });
        Okta("api/v1/domains", new JsonObject { ["domains"] = new JsonArray() });
        foreach (var list in new[] { "groups/rules", "inlineHooks", "eventHooks", "api-tokens", "trustedOrigins", "zones", "logStreams" })
        {
            Okta("api/v1/" + list, new JsonArray());
        }

        Okta("workload-principals/api/v1/ai-agents", new JsonArray());
        Okta(
            "api/v1/groups",
            Rows(
                Groups,
                i => new JsonObject
                {
                    ["id"] = $"00g{i}",
                    ["type"] = "OKTA_GROUP",
                    ["profile"] = new JsonObject { ["name"] = $"group {i}" },
                }
            )
        );
        Okta(
            "api/v1/authorizationServers",
            Rows(
                Servers,
                i => new JsonObject
                {
                    ["id"] = $"aus{i}",
                    ["name"] = $"server {i}",
                    ["issuer"] = $"https://{Host}/oauth2/aus{i}",
                    ["audiences"] = new JsonArray(Audience),
                    ["status"] = "ACTIVE",
                    ["lastUpdated"] = "2026-01-01T00:00:00.000Z",
                }
            )
        );
        for (var i = 0; i < Servers; i++)
        {
            WriteServer(i);
        }

        Okta(
            "api/v1/apps",
            Rows(
                Apps,
                i => new JsonObject
                {
                    ["id"] = $"0oa{i}",
                    ["label"] = $"app {i}",
                    ["status"] = "ACTIVE",
                    ["signOnMode"] = "OPENID_CONNECT",
                    ["credentials"] = new JsonObject { ["oauthClient"] = new JsonObject { ["client_id"] = $"0oa{i}" } },
                    ["settings"] = new JsonObject
                    {
                        ["oauthClient"] = new JsonObject { ["application_type"] = i < ServiceApps ? "service" : "web" },
                    },
                }
            )
        );
        for (var i = 0; i < ServiceApps; i++)
        {
            Okta($"api/v1/apps/0oa{i}/grants", new JsonArray());
        }

        // What is asked of those alone that the gateway knows.
        for (var i = ServiceApps; i < Apps; i++)
        {
            Okta($"api/v1/apps/0oa{i}/grants", new JsonArray());
            Okta($"api/v1/apps/0oa{i}/groups", Rows(1, _ => new JsonObject { ["id"] = $"00g{i % Groups}" }));
        }
    }

    private void WriteServer(int i)
    {
        var server = $"api/v1/authorizationServers/aus{i}";
        Okta(server + "/scopes", Rows(5, s => new JsonObject { ["id"] = $"scp{i}x{s}", ["name"] = s == 0 ? "items.read" : $"scope.{s}" }));
        Okta(server + "/claims", new JsonArray());
        Okta(
            server + "/credentials/keys",
            new JsonArray(
                new JsonObject
                {
                    ["kid"] = $"k{i}",
                    ["kty"] = "RSA",
                    ["n"] = "AQAB",
                    ["e"] = "AQAB",
                    ["status"] = "ACTIVE",
                }
            )
        );
        Okta(server + "/associatedServers@trusted=true", new JsonArray());
        Okta(
            server + "/policies",
            Rows(
                PoliciesPerServer,
                p => new JsonObject
                {
                    ["id"] = $"00p{i}x{p}",
                    ["name"] = $"policy {p}",
                    ["status"] = "ACTIVE",
                    ["priority"] = p + 1,
                    ["conditions"] = new JsonObject
                    {
                        ["clients"] = new JsonObject { ["include"] = new JsonArray($"0oa{(i * PoliciesPerServer) + p}") },
                    },
                }
            )
        );
        for (var p = 0; p < PoliciesPerServer; p++)
        {
            Okta(
                $"{server}/policies/00p{i}x{p}/rules",
                Rows(
                    2,
                    r => new JsonObject
                    {
                        ["id"] = $"0pr{i}x{p}x{r}",
                        ["name"] = $"rule {r}",
                        ["status"] = "ACTIVE",
                        ["priority"] = r + 1,
                        ["conditions"] = new JsonObject
                        {
                            ["people"] = new JsonObject { ["groups"] = new JsonObject { ["include"] = new JsonArray($"00g{i}") } },
                            ["grantTypes"] = new JsonObject { ["include"] = new JsonArray("client_credentials") },
                            ["scopes"] = new JsonObject { ["include"] = new JsonArray("items.read") },
                        },
                        ["actions"] = new JsonObject { ["token"] = new JsonObject { ["accessTokenLifetimeMinutes"] = 60 } },
                    }
                )
            );
        }

        Okta($"oauth2/aus{i}/v1/keys", new JsonObject { ["keys"] = new JsonArray() });
        Okta($"oauth2/aus{i}/.well-known/oauth-authorization-server", new JsonObject { ["issuer"] = $"https://{Host}/oauth2/aus{i}" });
    }
}
