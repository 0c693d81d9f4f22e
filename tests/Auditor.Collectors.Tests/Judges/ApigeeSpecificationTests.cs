using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Judges;

/// <summary>The simulator of the management API, judged by Google's description of it.</summary>
public sealed class ApigeeSpecificationTests
{
    // Lists of names cannot be described there, and are not.
    private static readonly string[] BareLists =
    [
        "environments",
        "keyvaluemaps",
        "flowhooks",
        "targetservers",
        "keystores",
        "references",
        "caches",
        "revisions",
    ];

    [Fact]
    public async Task Every_answer_is_as_described()
    {
        var specification = await ApigeeSpecification.ReadAsync(Repository.Shared("specs/apigee-v1.openapi.yaml"));
        var described = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var estate in new[] { "meridian", "acme" })
        {
            var folder = Path.Combine(Repository.Landscapes, estate, "apigee", estate);
            await using var simulator = await ApigeeSimulator.StartAsync(folder);
            using var client = Client(simulator);
            foreach (var path in Paths(folder, estate))
            {
                using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {response.StatusCode}");
                if (specification.SchemaOf(path.Split('?')[0]) is { } schema)
                {
                    var errors = specification.Errors(schema, answer);
                    Assert.True(errors is [], $"{path}: {string.Join("; ", errors)}");
                    described.Add(schema);
                }
                else
                {
                    Assert.Contains(path.Split('?')[0].Split('/')[^1], BareLists);
                    Assert.All(JsonNode.Parse(answer)!.AsArray(), name => Assert.Equal(JsonValueKind.String, name!.GetValueKind()));
                }
            }
        }

        Assert.True(described.Count > 18, string.Join(", ", described));
    }

    [Fact]
    public async Task Every_error_is_google_s()
    {
        var specification = await ApigeeSpecification.ReadAsync(Repository.Shared("specs/apigee-v1.openapi.yaml"));
        foreach (
            var error in new[]
            {
                GoogleError.Unauthenticated,
                GoogleError.Denied("apigee.proxies.list", "organizations/acme"),
                GoogleError.OutsidePerimeter,
                GoogleError.ServiceDisabled("acme"),
                GoogleError.NotFound("api"),
                GoogleError.Invalid("no"),
                GoogleError.Exhausted("RequestsPerMinute"),
            }
        )
        {
            // On the wire the status of the message is a name and its code the HTTP status; the rest is the message of the description.
            var status = JsonNode.Parse(error.Body)!["error"]!.AsObject();
            Assert.Equal(error.Name, status["status"]!.GetValue<string>());
            status.Remove("status");
            Assert.Empty(specification.Errors("GoogleRpcStatus", status.ToJsonString()));
        }
    }

    private static HttpClient Client(ApigeeSimulator simulator)
    {
        var client = new HttpClient { BaseAddress = simulator.Server.Origin };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", simulator.Identity.AccessToken);
        return client;
    }

    // Every file is the answer to a request, and some requests are answered from parts of files.
    private static IEnumerable<string> Paths(string folder, string organization)
    {
        var root = "/v1/organizations/" + organization;
        yield return "/v1/organizations";
        yield return root;
        yield return root + ":getProjectMapping";
        foreach (var file in Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, file).Replace('\\', '/')[..^".json".Length];
            if (path is not ("organization" or "audit"))
            {
                var at = path.IndexOf('@', StringComparison.Ordinal);
                yield return $"{root}/{(at < 0 ? path : path[..at])}?expand=true&includeCred=true&includeRevisions=true&includeMetaData=true"
                    + (at < 0 ? "" : "&" + path[(at + 1)..]);
                yield return $"{root}/{(at < 0 ? path : path[..at])}?count=1&pageSize=1";
            }
        }

        foreach (var kind in new[] { "apis", "sharedflows" })
        {
            if (Directory.Exists(Path.Combine(folder, kind)))
            {
                foreach (var asset in Directory.GetDirectories(Path.Combine(folder, kind)).Select(Path.GetFileName))
                {
                    yield return $"{root}/{kind}/{asset}";
                    yield return $"{root}/{kind}/{asset}/revisions";
                }
            }
        }
    }
}
