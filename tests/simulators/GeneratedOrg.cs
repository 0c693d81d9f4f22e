using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>An Okta org of any size, made up: authorization servers with policies and rules, clients of which some are service apps with grants, groups.</summary>
/// <param name="Servers">Its authorization servers.</param>
/// <param name="Policies">The access policies of each, with two rules each.</param>
/// <param name="Apps">Its apps; all of them are OAuth clients.</param>
/// <param name="ServiceApps">How many of them are service apps.</param>
/// <param name="Groups">Its groups.</param>
public sealed record GeneratedOrg(int Servers, int Policies, int Apps, int ServiceApps, int Groups)
{
    /// <summary>The host that it says it has.</summary>
    public const string Host = "large.okta.com";

    /// <summary>
    /// How many requests to the management API reading it takes, by the bucket of the rate limit: the servers, and once more to see whether they changed; scopes, claims,
    /// policies, keys and trusted servers of each, and the rules of each policy; the grants of each service app; the lists of the org.
    /// </summary>
    public IReadOnlyDictionary<string, int> Requests =>
        new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["/api/v1"] = (2 * Pages(Servers)) + (Servers * (5 + Policies)) + OrgLists,
            ["/api/v1/apps"] = Pages(Apps) + ServiceApps,
            ["/api/v1/groups"] = Pages(Groups),
            ["/api/v1/groups/{id}"] = 1,
        };

    /// <summary>How many requests to the public documents it takes, which are not limited: the org's own, and metadata and keys of each server.</summary>
    public int PublicRequests => 1 + (2 * Servers);

    // org, domains, inlineHooks, eventHooks, api-tokens, trustedOrigins, zones, logStreams
    private const int OrgLists = 8;

    /// <summary>Writes the org as a recording has it.</summary>
    /// <param name="folder">The folder; the org's own is made below it.</param>
    /// <returns>The org's folder.</returns>
    public string Write(string folder)
    {
        var root = Path.Combine(folder, Host);
        void Put(string path, JsonNode json)
        {
            var file = Path.Combine(root, path + ".json");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, json.ToJsonString());
        }

        Put("api/v1/org", new JsonObject { ["id"] = "00o1" });
        Put("api/v1/domains", new JsonObject { ["domains"] = new JsonArray() });
        foreach (var list in new[] { "groups/rules", "inlineHooks", "eventHooks", "api-tokens", "trustedOrigins", "zones", "logStreams" })
        {
            Put("api/v1/" + list, new JsonArray());
        }

        Put("workload-principals/api/v1/ai-agents", new JsonArray());
        Put("api/v1/groups", Rows(Groups, Group));
        Put("api/v1/authorizationServers", Rows(Servers, Server));
        for (var i = 0; i < Servers; i++)
        {
            WriteServer(Put, i);
        }

        Put("api/v1/apps", Rows(Apps, App));
        for (var i = 0; i < ServiceApps; i++)
        {
            Put(
                $"api/v1/apps/0oa{i}/grants",
                new JsonArray(
                    new JsonObject
                    {
                        ["id"] = $"oag{i}",
                        ["scopeId"] = "okta.apps.read",
                        ["status"] = "ACTIVE",
                    }
                )
            );
        }

        return root;
    }

    private void WriteServer(Action<string, JsonNode> put, int i)
    {
        var server = $"api/v1/authorizationServers/aus{i}";
        put(server + "/scopes", Rows(5, s => new JsonObject { ["id"] = $"scp{i}x{s}", ["name"] = $"scope.{s}" }));
        put(server + "/claims", new JsonArray());
        put(
            server + "/credentials/keys",
            new JsonArray(
                new JsonObject
                {
                    ["kid"] = $"k{i}",
                    ["kty"] = "RSA",
                    ["n"] = "AQAB",
                    ["e"] = "AQAB",
                }
            )
        );
        put(server + "/associatedServers@trusted=true", new JsonArray());
        put(server + "/policies", Rows(Policies, p => Policy(i, p)));
        for (var p = 0; p < Policies; p++)
        {
            var policy = p;
            put($"{server}/policies/00p{i}x{p}/rules", Rows(2, r => Rule(i, policy, r)));
        }

        put($"oauth2/aus{i}/v1/keys", new JsonObject { ["keys"] = new JsonArray() });
        put($"oauth2/aus{i}/.well-known/oauth-authorization-server", new JsonObject { ["issuer"] = $"https://{Host}/oauth2/aus{i}" });
    }

    private static JsonObject Group(int i) =>
        new()
        {
            ["id"] = $"00g{i}",
            ["type"] = "OKTA_GROUP",
            ["profile"] = new JsonObject { ["name"] = $"group {i}" },
        };

    private static JsonObject Server(int i) =>
        new()
        {
            ["id"] = $"aus{i}",
            ["name"] = $"server {i}",
            ["issuer"] = $"https://{Host}/oauth2/aus{i}",
            ["audiences"] = new JsonArray($"api://{i}"),
            ["status"] = "ACTIVE",
            ["lastUpdated"] = "2026-01-01T00:00:00.000Z",
        };

    private static JsonObject Policy(int server, int i) =>
        new()
        {
            ["id"] = $"00p{server}x{i}",
            ["name"] = "policy",
            ["priority"] = i + 1,
            ["conditions"] = new JsonObject { ["clients"] = new JsonObject { ["include"] = new JsonArray("ALL_CLIENTS") } },
        };

    private JsonObject Rule(int server, int policy, int i) =>
        new()
        {
            ["id"] = $"0pr{server}x{policy}x{i}",
            ["name"] = "rule",
            ["priority"] = i + 1,
            ["conditions"] = new JsonObject
            {
                ["people"] = new JsonObject { ["groups"] = new JsonObject { ["include"] = new JsonArray($"00g{server % Groups}") } },
                ["grantTypes"] = new JsonObject { ["include"] = new JsonArray("client_credentials") },
                ["scopes"] = new JsonObject { ["include"] = new JsonArray("*") },
            },
        };

    private JsonObject App(int i) =>
        new()
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
        };

    private static int Pages(int rows) => (rows + 199) / 200;

    private static JsonArray Rows(int count, Func<int, JsonNode> row) => [.. Enumerable.Range(0, count).Select(row)];
}
