using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Tests.Okta;
using Auditor.Model;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Judges;

#pragma warning disable RS0030 // The judge is a process of its own, and asked without the manners of the product.
/// <summary>
/// Okta's OpenAPI file, served by a program that we did not write: it says which answers of the simulator the file does not allow, and makes up answers that it does, for the
/// collector to cope with.
/// </summary>
public sealed class OpenApiTests
{
    private const string File = "specs/okta-management.openapi.yaml";

    [Fact]
    public async Task Every_answer_of_the_simulator_is_one_that_Okta_s_file_allows()
    {
        var file = Repository.Shared(File);
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.PageSize = 3;
        await org.CollectAsync(org.Connection() with { LogSince = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero) });
        var asked = org
            .Simulator.Reads.Select(request => request.Path + request.Query)
            .Append("/api/v1/apps/0oaNOWHERE")
            .Append("/api/v1/groups/00gNOWHERE")
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        org.Simulator.Limits.Sizes.Keys.ToList().ForEach(bucket => org.Simulator.Limits.Sizes[bucket] = int.MaxValue);
        using var judge = await Judge.StartAsync(file, org.Simulator.Server.Origin);
        var judged = 0;
        var wrong = new List<string>();
        foreach (
            var path in asked.Where(path =>
                !path.StartsWith("/oauth2/aus", StringComparison.Ordinal) && !path.Contains("ai-agents", StringComparison.Ordinal)
            )
        )
        {
            var said = await judge.OfAsync(path);
            wrong.AddRange(said);
            judged++;
        }

        Assert.True(judged > 50, $"{judged} answers were judged");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        // So that nothing passes because nobody looks: rows and errors that the file does not allow.
        org.Simulator.Put("api/v1/trustedOrigins.json", """[{"id":17,"scopes":[{"type":"CORS"}]}]""");
        Assert.Contains(await judge.OfAsync("/api/v1/trustedOrigins?limit=200"), said => said.Contains("id", StringComparison.Ordinal));
        org.Simulator.Server.Faults.Add("/api/v1/zones", Fault.Body("429", 429, """{"errorCode":47}"""));
        Assert.NotEmpty(await judge.OfAsync("/api/v1/zones?limit=200"));

        // The refusal by a limit; what a wrong credential gets the file leaves out.
        org.Simulator.Server.Faults.Clear();
        org.Simulator.Limits.Sizes["/api/v1/groups"] = 0;
        Assert.Empty(await judge.OfAsync("/api/v1/groups?limit=200", expected: 429));
    }

    [Fact]
    public async Task Whatever_Okta_s_file_allows_is_read_to_the_end()
    {
        using var judge = await Judge.StartAsync(Repository.Shared(File), new Uri("http://127.0.0.1:9"), "1", "2", "3", "4");
        var values = 0;
        foreach (var mock in judge.Mocks)
        {
            using var folder = new TemporaryFolder();
            var recording = Path.Combine(folder.Path, "recording");
            using (
                var source = new OktaSource(
                    new OktaConnection
                    {
                        Url = OktaConnection.Address(mock.GetLeftPart(UriPartial.Authority), allowLoopback: true),
                        Credential = new OktaCredential.ApiToken(new Secret(SimulatedOrg.ApiToken)),
                        EveryApp = true,
                        SecretAges = true,
                        LogSince = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero),
                    },
                    SimulatedOrg.Quick,
                    new SwiftClock(),
                    null
                )
            )
            using (var writer = new Answers.RecordingWriter(recording))
            {
                await source.CollectAsync(writer, new Redactor(), TestContext.Current.CancellationToken);
                writer.Finish(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));
            }

            var landscape = await SimulatedOrg.ReadAsync(recording);
            var org = Assert.Single(landscape.Okta);
            // The public documents and the agents are not in the file, and so are not served: gaps with a reason. Everything else is read, whatever its values are.
            Assert.All(
                landscape.Coverage,
                entry =>
                    Assert.True(
                        entry.Coverage is Coverage.Complete or Coverage.NotCollected
                            || (entry.Coverage.Reason is { Length: > 0 } && IsNotServed(entry.Part))
                            // What policies name at random is not in the lists, and is there when asked for.
                            || entry.Coverage.Reason!.Contains("exists and is not in the list", StringComparison.Ordinal),
                        $"{entry.Part}: {entry.Coverage.State}: {entry.Coverage.Reason}"
                    )
            );
            Assert.NotEmpty(org.AuthorizationServers.Items);
            Assert.NotEmpty(org.Groups.Items);
            values += landscape.Notices.Count(notice => notice.Code == "unknown-value");
        }

        // Words that no version knows are in there, are kept, and are told.
        Assert.True(values > 0);
    }

    private static bool IsNotServed(string part) =>
        part.EndsWith("/jwks", StringComparison.Ordinal)
        || part.EndsWith("/metadata", StringComparison.Ordinal)
        || part.EndsWith("/ai-agents", StringComparison.Ordinal);

    private sealed class Judge : IDisposable
    {
        private readonly System.Diagnostics.Process process;
        private readonly HttpClient client;

        private Judge(System.Diagnostics.Process process, JsonNode listening)
        {
            this.process = process;
            client = new HttpClient { BaseAddress = new Uri(listening["proxy"]!.GetValue<string>()), Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("SSWS", SimulatedOrg.ApiToken);
            Mocks = [.. listening["mocks"]!.AsArray().Select(mock => new Uri(mock!.GetValue<string>()))];
        }

        /// <summary>The servers that make up their answers.</summary>
        public IReadOnlyList<Uri> Mocks { get; }

        public static async Task<Judge> StartAsync(string file, Uri upstream, params string[] seeds)
        {
            var templates = OktaEndpoints.Read.Select(endpoint =>
                System.Text.RegularExpressions.Regex.Replace(endpoint.Template, "{[^}]*}", "{}")
            );
            var started = await Node.StartAsync(
                "openapi.mjs",
                [file, string.Join(' ', templates), upstream.GetLeftPart(UriPartial.Authority), .. seeds]
            );
            var errors = started.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var listening = await started.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.True(listening is not null, listening is null ? await errors : "");
            return new Judge(started, JsonNode.Parse(listening!)!);
        }

        /// <summary>What the file does not allow of the answer to a GET.</summary>
        public async Task<IReadOnlyList<string>> OfAsync(string path, int expected = 0)
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(expected == 0 || (int)response.StatusCode == expected, $"{path}: {(int)response.StatusCode}");
            if (!response.Headers.TryGetValues("sl-violations", out var said))
            {
                return [];
            }

            var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return
            [
                .. JsonNode
                    .Parse(said.Single())!
                    .AsArray()
                    .Select(violation =>
                        (Place: violation!["location"]!.AsArray().Select(step => step!.ToString()).ToArray(), Violation: violation)
                    )
                    .Where(said => said.Place is ["response", ..] && !IsNull(body, said.Place))
                    .Select(said => $"{path.Split('?')[0]}: {string.Join('/', said.Place)}: {said.Violation["message"]}"),
            ];
        }

        // Okta's answers hold null where its file allows none (okta/okta-sdk-dotnet#850, okta/okta-sdk-python#572), and so do the simulator's.
        private static bool IsNull(JsonNode? body, string[] place)
        {
            var value = body;
            foreach (var step in place.Skip(2))
            {
                value = value switch
                {
                    JsonArray rows when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < rows.Count =>
                        rows[i],
                    JsonObject members when members.ContainsKey(step) => members[step],
                    _ => "something",
                };
            }

            return value is null;
        }

        public void Dispose()
        {
            client.Dispose();
            process.Kill();
            process.Dispose();
        }
    }
}
#pragma warning restore RS0030
