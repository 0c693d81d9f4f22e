using System.Text;
using System.Text.Json.Nodes;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Okta;

/// <summary>Secrets do not travel: a marker in every place of Okta's answers that can hold one, looked for in everything that is written.</summary>
public sealed class CanaryTests
{
    // Letters and digits only, so that no encoding but those looked for changes it.
    private static string Marker(int number) => $"CANARY{number:00}QjX7vKp2mZr9TsWy4LbN";

    [Fact]
    public async Task No_secret_of_an_answer_is_written_anywhere()
    {
        var markers = new List<string>();
        string Next()
        {
            markers.Add(Marker(markers.Count));
            return markers[^1];
        }

        await using var org = await SimulatedOrg.MeridianAsync();
        var apps = Rows("api/v1/apps.json");
        var app = apps[0]!.AsObject();
        app["credentials"]!["oauthClient"]!["token_endpoint_auth_method"] = "client_secret_basic";
        app["credentials"]!["oauthClient"]!["client_secret"] = Next();
        app["credentials"]!["oauthClient"]!["secret_hash"] = Next();
        app["credentials"]!["password"] = new JsonObject { ["value"] = "not collected as a password's name", ["apiKey"] = Next() };
        app["profile"] = new JsonObject
        {
            ["backendPassword"] = Next(),
            ["client-secret"] = Next(),
            ["note"] = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJ" + Next() + ".c2lnbmF0dXJl",
        };
        app["settings"]!["oauthClient"]!["initiate_login_uri"] = $"https://user:{Next()}@app.example/start";
        app["settings"]!["oauthClient"]!["client_uri"] = $"https://app.example/?access_token={Next()}";
        app["settings"]!["oauthClient"]!["jwks"] = new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["kid"] = "k",
                    ["n"] = "AQAB",
                    ["e"] = "AQAB",
                    ["d"] = Next(),
                    ["p"] = Next(),
                    ["q"] = Next(),
                    ["dp"] = Next(),
                    ["dq"] = Next(),
                    ["qi"] = Next(),
                },
                new JsonObject { ["kty"] = "oct", ["k"] = Next() }
            ),
        };
        org.Simulator.Put("api/v1/apps.json", apps.ToJsonString());
        org.Simulator.Put(
            $"api/v1/apps/{app["id"]!.GetValue<string>()}/credentials/secrets.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "ocs1",
                    ["status"] = "ACTIVE",
                    ["created"] = "2024-02-02T11:11:04.000Z",
                    ["client_secret"] = Next(),
                    ["secret_hash"] = Next(),
                }
            ).ToJsonString()
        );
        org.Simulator.Put(
            "api/v1/inlineHooks.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "cal1",
                    ["name"] = "hook",
                    ["channel"] = new JsonObject
                    {
                        ["config"] = new JsonObject
                        {
                            ["uri"] = $"https://hooks.example/okta?code={Next()}",
                            ["headers"] = new JsonArray(new JsonObject { ["key"] = "X-Env", ["value"] = Next() }),
                            ["authScheme"] = new JsonObject
                            {
                                ["type"] = "HEADER",
                                ["key"] = "Authorization",
                                ["value"] = Next(),
                            },
                            ["clientSecret"] = Next(),
                        },
                    },
                }
            ).ToJsonString()
        );
        org.Simulator.Put(
            "api/v1/logStreams.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "0oaLS",
                    ["name"] = "splunk",
                    ["settings"] = new JsonObject { ["token"] = Next(), ["host"] = "acme.splunkcloud.com" },
                }
            ).ToJsonString()
        );
        org.Simulator.Put(
            "api/v1/api-tokens.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "00T1",
                    ["name"] = "ci",
                    ["token"] = Next(),
                }
            ).ToJsonString()
        );
        org.Simulator.Put(
            "api/v1/logs.json",
            new JsonArray(
                new JsonObject
                {
                    ["uuid"] = "6f1e",
                    ["published"] = "2026-11-19T10:00:00.000Z",
                    ["eventType"] = "policy.rule.update",
                    ["actor"] = new JsonObject { ["id"] = "00u1", ["type"] = "User" },
                    ["authenticationContext"] = new JsonObject { ["externalSessionId"] = Next() },
                    ["debugContext"] = new JsonObject
                    {
                        ["debugData"] = new JsonObject { ["requestUri"] = "/x?token=" + Next(), ["dtHash"] = Next() },
                    },
                }
            ).ToJsonString()
        );
        org.Simulator.Server.Faults.Add(
            "/api/v1/zones",
            Fault.Body(
                "error",
                400,
                $$"""{"errorCode":"E0000001","errorSummary":"Bad value {{Next()}}","errorCauses":[{"errorSummary":"{{Next()}}"}]}"""
            )
        );
        org.Simulator.Server.Faults.Add("/api/v1/domains", Fault.Body("page", 500, $"<html>{Next()}</html>", "text/html"));
        org.Simulator.Server.Faults.Add("/api/v1/trustedOrigins", Fault.Body("no JSON", 200, "[{\"id\":\"" + Next() + "\","));

        var credential = org.ServiceApp();
        var connection = org.Connection(credential) with
        {
            SecretAges = true,
            LogSince = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
        };
        var landscape = await org.CollectAsync(connection);

        // Reading went well: what is not found was taken out, and not missed.
        Assert.Equal(
            ["domains", "trustedOrigins", "zones"],
            landscape.Coverage.Where(entry => entry.Coverage.IsGap).Select(entry => entry.Part.Split('/')[^1])
        );
        Assert.Equal("hooks.example", landscape.Okta[0].InlineHooks.Items.Single().Host);
        Assert.NotEmpty(landscape.Okta[0].Log.Items);
        var recorded = await File.ReadAllTextAsync(
            Path.Combine(
                org.Recording,
                "okta",
                "meridian.okta.com",
                "api",
                "v1",
                "apps",
                app["id"]!.GetValue<string>(),
                "credentials",
                "secrets.json"
            ),
            TestContext.Current.CancellationToken
        );
        Assert.Contains("2024-02-02T11:11:04.000Z", recorded, StringComparison.Ordinal);

        // Our own secrets, too.
        markers.AddRange(
            org.Simulator.Server.Requests.Select(request => request.Headers.GetValueOrDefault("Authorization")?.Split(' ')[^1])
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
        );
        markers.AddRange(
            org.Simulator.Server.Requests.Select(request => request.Headers.GetValueOrDefault("DPoP")).OfType<string>().Take(5)
        );
        var written = Directory
            .GetFiles(org.Folder, "*", SearchOption.AllDirectories)
            .Select(file => (Where: file, Text: File.ReadAllText(file) + file))
            .Append((Where: "status", Text: string.Join('\n', org.Statuses)))
            .Append((Where: "coverage", Text: string.Join('\n', landscape.Coverage)))
            .Append((Where: "notices", Text: string.Join('\n', landscape.Notices)))
            .Append((Where: "org", Text: landscape.Okta[0].ToString()!))
            .ToArray();
        Assert.True(markers.Count > 25);
        foreach (var marker in markers)
        {
            foreach (var form in Forms(marker))
            {
                Assert.All(
                    written,
                    place => Assert.False(place.Text.Contains(form, StringComparison.OrdinalIgnoreCase), $"{marker} is in {place.Where}")
                );
            }
        }

        Assert.All(
            org.Simulator.Server.Requests,
            request => Assert.True(request.Method == "GET" || request.Path == SimulatedTokens.Path, request.Method + " " + request.Path)
        );
    }

    [Fact]
    public async Task An_api_token_is_sent_to_its_org_and_written_nowhere()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var landscape = await org.CollectAsync();
        var written = string.Concat(Directory.GetFiles(org.Folder, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain(SimulatedOrg.ApiToken, written, StringComparison.Ordinal);
        Assert.DoesNotContain(SimulatedOrg.ApiToken, string.Join('\n', org.Statuses) + landscape, StringComparison.Ordinal);
        Assert.Equal("[REDACTED]", new Secret(SimulatedOrg.ApiToken).ToString());
        Assert.DoesNotContain(SimulatedOrg.ApiToken, org.Connection().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_looks_redacted_is_redacted()
    {
        foreach (
            var json in new[]
            {
                """{"redacted":true,"client_secret":"CANARY"}""",
                """{"redacted":true,"kind":"x","length":"1-8","fingerprint":"CANARY"}""",
                """{"redacted":true,"kind":{"password":"CANARY"}}""",
            }
        )
        {
            Assert.DoesNotContain(
                "CANARY",
                SimulatedOrg
                    .Redacted(Encoding.UTF8.GetBytes(json), new Redactor())
                    .Replace("\"fingerprint\":\"CANARY\"", "", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
        }
    }

    private static JsonArray Rows(string path) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", path)))!.AsArray();

    private static IEnumerable<string> Forms(string marker)
    {
        var bytes = Encoding.UTF8.GetBytes(marker);
        yield return marker;
        yield return Convert.ToHexString(bytes);
        yield return string.Concat(bytes.Select(b => $"%{b:X2}"));
        yield return string.Concat(marker.Select(c => $"\\u{(int)c:x4}"));
        yield return Uri.EscapeDataString(marker);
        // In base64 a text reads in three ways, by where it begins.
        for (var shift = 0; shift < 3; shift++)
        {
            var text = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            yield return text[(shift == 0 ? 0 : 4)..^4];
        }
    }
}
