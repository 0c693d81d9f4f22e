using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>Answers of the management API that others recorded, in their own test suites and tools: they are read, as they are.</summary>
public sealed class ApigeeRecordedAnswerTests
{
    private const string Php = "corpus/apigee-json/apigee__apigee-client-php/tests/offline-test-data/v1/organizations/phpunit";
    private const string Tool = "corpus/apigee-json/apigee__apigeecli";

    [Fact]
    public async Task Pages_that_begin_with_the_last_row_of_the_one_before_are_read_to_the_end()
    {
        var pages = Repository.Shared(Php + "/developers");
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var asked = new List<string>();
        organization.Simulator.Server.Faults.Add(
            "/v1/organizations/meridian/developers",
            new Fault(
                "a recorded page",
                async (context, _) =>
                {
                    // Their names: the query, ordered, without what names cannot hold.
                    var query = string.Join(
                        '-',
                        context
                            .Request.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                            .Select(pair =>
                                $"{pair.Key}={pair.Value.ToString().Replace("@", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal)}"
                            )
                    );
                    lock (asked)
                    {
                        asked.Add(query);
                    }

                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(await File.ReadAllTextAsync(Path.Combine(pages, $"GET_{query}.json")));
                }
            )
        );
        var landscape = await organization.CollectAsync();
        var part = landscape.Coverage.Single(entry => entry.Part == "apigee/meridian/developers");
        Assert.True(part.Coverage.IsComplete, part.Coverage.Reason);
        Assert.True(asked.Count > 1, string.Join(", ", asked));
        var everybody = asked
            .SelectMany(query => JsonNode.Parse(File.ReadAllText(Path.Combine(pages, $"GET_{query}.json")))!["developer"]!.AsArray())
            .Select(row => row!["developerId"]!.GetValue<string>())
            .Distinct(StringComparer.Ordinal);
        Assert.Equal(everybody, landscape.Apigee[0].Developers.Select(developer => developer.Id));
    }

    [Fact]
    public async Task Resources_that_a_tool_exports_and_imports_are_read_from_the_API()
    {
        JsonNode Json(string path) => JsonNode.Parse(File.ReadAllText(Repository.Shared(Tool + "/" + path)))!;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        void Put(string path, JsonNode json) => files[path + ".json"] = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
        JsonArray Names(JsonArray rows) => [.. rows.Select(row => row!["name"]!.DeepClone())];
        Put("organization", new JsonObject { ["name"] = "tool", ["environments"] = new JsonArray("envname") });
        Put("environments/envname", new JsonObject { ["name"] = "envname" });
        foreach (var kind in new[] { "targetservers", "references" })
        {
            var rows = Json($"samples/{kind}.json").AsArray();
            Put($"environments/envname/{kind}", Names(rows));
            foreach (var row in rows)
            {
                Put($"environments/envname/{kind}/{row!["name"]}", row.DeepClone());
            }
        }

        Put("environments/envname/debugmask", Json("samples/debugmask.json"));
        Put("environments/envname/keyvaluemaps", new JsonArray("mapname"));
        Put("environments/envname/keyvaluemaps/mapname", new JsonObject { ["name"] = "mapname", ["encrypted"] = true });
        Put("environments/envname/keyvaluemaps/mapname/entries", Json("samples/kvms/env__envname__mapname__kvmfile__0.json"));
        var products = new JsonArray([
            .. Json("test/products.json").AsArray().Select(row => row!.DeepClone()),
            .. new[]
            {
                "apiproduct-op-group",
                "apiproduct-llmop-group",
                "apiproduct-gqlop-group",
                "apiproduct-grpcop-group",
                "apiproduct-op-group-remote",
            }.Select(
                (name, i) =>
                {
                    // Templates, to which the tool adds the name.
                    var product = Json($"test/{name}.json").AsObject();
                    product["name"] = $"product-{i}";
                    return product;
                }
            ),
        ]);
        Put("apiproducts", new JsonObject { ["apiProduct"] = products });
        Put("apps", new JsonObject { ["app"] = Json("samples/apps.json").DeepClone() });
        Put("developers", Json("samples/developers.json"));
        await using var organization = await SimulatedOrganization.StartAsync("tool", files);
        var landscape = await organization.CollectAsync();
        var read = landscape.Apigee[0];
        var environment = read.Environments.Single();
        Assert.Equal(Json("samples/targetservers.json").AsArray().Count, environment.TargetServers.Count);
        Assert.Equal(Json("samples/references.json").AsArray().Count, environment.References.Count);
        Assert.Equal(
            Json("samples/kvms/env__envname__mapname__kvmfile__0.json")["keyValueEntries"]!.AsArray().Count,
            environment.KeyValueMaps.Single().Entries.Count
        );
        Assert.Equal(
            products.Select(row => row!["name"]!.GetValue<string>()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            read.Products.Select(product => product.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );
        Assert.NotEmpty(read.Apps.Items);
        Assert.NotEmpty(read.Developers.Items);
        foreach (
            var part in new[]
            {
                "apiproducts",
                "apps",
                "developers",
                "environments/envname/targetservers",
                "environments/envname/references",
            }
        )
        {
            Assert.True(landscape.Coverage.Single(entry => entry.Part == "apigee/tool/" + part).Coverage.IsComplete, part);
        }
    }
}
