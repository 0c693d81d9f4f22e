using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Okta;

/// <summary>A generated org of 200 servers and 5,000 apps: all of it is read, with no more requests than it takes, and without using more of a limit than agreed.</summary>
public sealed class ScaleTests
{
    private const int Servers = 200;
    private const int Policies = 3;
    private const int Apps = 5_000;
    private const int ServiceApps = 250;
    private const int Groups = 1_000;

    [Fact]
    public async Task A_large_org_is_read_whole_within_its_budget()
    {
        using var folder = new TemporaryFolder();
        var root = Generate(folder);
        var key = new byte[32];
        await using var org = await SimulatedOrg.StartAsync(root);
        var manners = new Manners { Deadline = SwiftClock.Deadline };
        var landscape = await org.CollectAsync(org.Connection() with { EveryApp = false }, manners, new Redactor(key));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));

        var served = SimulatedOrg.Files(root).Keys;
        var recorded = SimulatedOrg.Files(Path.Combine(org.Recording, "okta", "large.okta.com"));
        Assert.Equal(served, recorded.Keys);
        foreach (var path in served)
        {
            Assert.Equal(
                SimulatedOrg.Redacted(
                    await File.ReadAllBytesAsync(Path.Combine(root, path), TestContext.Current.CancellationToken),
                    new Redactor(key)
                ),
                recorded[path]
            );
        }

        // Servers twice, to see whether they changed; six requests and two public documents per server and one per policy; grants of service apps; the lists of the org.
        var formula = (2 * Pages(Servers)) + (Servers * (5 + Policies + 2)) + Pages(Apps) + ServiceApps + Pages(Groups) + 11;
        Assert.InRange(org.Simulator.Reads.Count, formula * 0.95, formula * 1.05);
        Assert.Equal(0, org.Simulator.Limits.Refusals);
        foreach (var bucket in org.Simulator.Reads.GroupBy(request => SimulatedLimits.BucketOf(request.Path), StringComparer.Ordinal))
        {
            if (bucket.Key == "/")
            {
                continue;
            }

            var times = bucket.Select(request => request.At).Order().ToArray();
            var most = 0;
            for (int first = 0, last = 0; last < times.Length; last++)
            {
                while (times[last] - times[first] >= TimeSpan.FromMinutes(1))
                {
                    first++;
                }

                most = Math.Max(most, last - first + 1);
            }

            Assert.True(most <= org.Simulator.Limits.Sizes[bucket.Key] * manners.Share, $"{bucket.Key}: {most} in a minute");
        }

        Assert.InRange(org.Simulator.Server.MostUnderWay, 1, manners.Concurrency);
        Assert.Contains(org.Statuses, status => status.Estimate > TimeSpan.FromMinutes(5) && status.Planned > status.Requests);
    }

    private static int Pages(int rows) => (rows + 199) / 200;

    private static string Generate(TemporaryFolder folder)
    {
        var root = Path.Combine(folder.Path, "large.okta.com");
        void Write(string path, JsonNode json) =>
            folder.Write("large.okta.com/" + path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = false }));
        JsonArray Rows(int count, Func<int, JsonNode> row) => [.. Enumerable.Range(0, count).Select(row)];
        Write("api/v1/org.json", new JsonObject { ["id"] = "00o1" });
        Write("api/v1/domains.json", new JsonObject { ["domains"] = new JsonArray() });
        foreach (var list in new[] { "groups/rules", "inlineHooks", "eventHooks", "api-tokens", "trustedOrigins", "zones", "logStreams" })
        {
            Write($"api/v1/{list}.json", new JsonArray());
        }

        Write("workload-principals/api/v1/ai-agents.json", new JsonArray());
        Write(
            "api/v1/groups.json",
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
        Write(
            "api/v1/authorizationServers.json",
            Rows(
                Servers,
                i => new JsonObject
                {
                    ["id"] = $"aus{i}",
                    ["name"] = $"server {i}",
                    ["issuer"] = $"https://large.okta.com/oauth2/aus{i}",
                    ["audiences"] = new JsonArray($"api://{i}"),
                    ["status"] = "ACTIVE",
                    ["lastUpdated"] = "2026-01-01T00:00:00.000Z",
                }
            )
        );
        for (var i = 0; i < Servers; i++)
        {
            var server = $"api/v1/authorizationServers/aus{i}";
            Write(server + "/scopes.json", Rows(5, s => new JsonObject { ["id"] = $"scp{i}x{s}", ["name"] = $"scope.{s}" }));
            Write(server + "/claims.json", new JsonArray());
            Write(
                server + "/credentials/keys.json",
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
            Write(server + "/associatedServers@trusted=true.json", new JsonArray());
            Write(
                server + "/policies.json",
                Rows(
                    Policies,
                    p => new JsonObject
                    {
                        ["id"] = $"00p{i}x{p}",
                        ["name"] = "policy",
                        ["priority"] = p + 1,
                        ["conditions"] = new JsonObject { ["clients"] = new JsonObject { ["include"] = new JsonArray("ALL_CLIENTS") } },
                    }
                )
            );
            for (var p = 0; p < Policies; p++)
            {
                Write(
                    $"{server}/policies/00p{i}x{p}/rules.json",
                    Rows(
                        2,
                        r => new JsonObject
                        {
                            ["id"] = $"0pr{i}x{p}x{r}",
                            ["name"] = "rule",
                            ["priority"] = r + 1,
                            ["conditions"] = new JsonObject
                            {
                                ["people"] = new JsonObject { ["groups"] = new JsonObject { ["include"] = new JsonArray($"00g{i}") } },
                                ["grantTypes"] = new JsonObject { ["include"] = new JsonArray("client_credentials") },
                                ["scopes"] = new JsonObject { ["include"] = new JsonArray("*") },
                            },
                        }
                    )
                );
            }

            Write($"oauth2/aus{i}/v1/keys.json", new JsonObject { ["keys"] = new JsonArray() });
            Write(
                $"oauth2/aus{i}/.well-known/oauth-authorization-server.json",
                new JsonObject { ["issuer"] = $"https://large.okta.com/oauth2/aus{i}" }
            );
        }

        Write(
            "api/v1/apps.json",
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
            Write(
                $"api/v1/apps/0oa{i}/grants.json",
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
}
