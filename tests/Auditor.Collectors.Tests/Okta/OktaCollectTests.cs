using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Collectors.Tests.Okta;

public sealed class OktaCollectTests
{
    [Fact]
    public async Task What_is_recorded_equals_what_was_served()
    {
        var key = new byte[32];
        await using var org = await SimulatedOrg.MeridianAsync();
        await org.CollectAsync(
            org.Connection() with
            {
                LogSince = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero),
            },
            redactor: new Redactor(key)
        );
        var served = Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com");
        var recorded = SimulatedOrg.Files(Path.Combine(org.Recording, "okta", "meridian.okta.com"));
        var expected = Directory
            .GetFiles(served, "*.json", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(served, file).Replace('\\', '/'), File.ReadAllBytes, StringComparer.Ordinal)
            // No rule asks for the user schema yet, so it is not read.
            .Where(file => !file.Key.StartsWith("api/v1/meta/", StringComparison.Ordinal))
            .ToDictionary(file => file.Key, file => SimulatedOrg.Redacted(file.Value, new Redactor(key)), StringComparer.Ordinal);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), recorded.Keys);
        Assert.All(expected, file => Assert.Equal(file.Value, recorded[file.Key]));
        Assert.Equal(0, org.Simulator.Limits.Refusals);
        Assert.All(org.Simulator.Server.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task A_list_of_many_pages_is_recorded_as_one()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.PageSize = 2;
        var landscape = await org.CollectAsync();
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        var apps = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(org.Recording, "okta", "meridian.okta.com", "api", "v1", "apps.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        var served = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1", "apps.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        Assert.True(served.Count > 4);
        Assert.Equal(served.Select(app => app!["id"]!.GetValue<string>()), apps.Select(app => app!["id"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_app_reads_with_and_without_dpop(bool dpop)
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var landscape = await org.CollectAsync(org.Connection(org.ServiceApp(dpop)));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Equal(1, org.Simulator.Tokens.Issued);
        Assert.Equal(dpop ? 2 : 1, org.Simulator.Server.Requests.Count(request => request.Path == SimulatedTokens.Path));
        Assert.All(
            org.Simulator.Reads.Where(request => request.Path.StartsWith("/api/", StringComparison.Ordinal)),
            request => Assert.StartsWith(dpop ? "DPoP " : "Bearer ", request.Headers["Authorization"], StringComparison.Ordinal)
        );
        Assert.All(
            org.Simulator.Reads.Where(request => !request.Path.Contains("api/v1", StringComparison.Ordinal)),
            request => Assert.DoesNotContain("Authorization", request.Headers.Keys, StringComparer.OrdinalIgnoreCase)
        );
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    public async Task A_service_app_may_sign_with_an_elliptic_curve(string curve)
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        using var key = ECDsa.Create(
            ECCurve.CreateFromFriendlyName(
                curve switch
                {
                    "P-256" => "nistP256",
                    "P-384" => "nistP384",
                    _ => "nistP521",
                }
            )
        );
        org.Simulator.Tokens.ClientId = "0oaEC";
        org.Simulator.Tokens.ClientKey = new ECDsaSecurityKey(key);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        var jwk = new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = curve,
            ["kid"] = "k1",
            ["x"] = Base64UrlEncoder.Encode(parameters.Q.X),
            ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
            ["d"] = Base64UrlEncoder.Encode(parameters.D),
        };
        foreach (var text in new[] { jwk.ToJsonString(), key.ExportPkcs8PrivateKeyPem(), key.ExportECPrivateKeyPem() })
        {
            var landscape = await org.CollectAsync(org.Connection(new OktaCredential.ServiceApp("0oaEC", ClientKey.Parse(text, null))));
            Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        }
    }

    [Fact]
    public async Task A_token_that_is_revoked_on_the_way_is_replaced_and_nothing_is_lost()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var seen = 0;
        org.Simulator.Server.Faults.Add(
            request =>
            {
                if (request.Path.Value == "/api/v1/apps" && Interlocked.Increment(ref seen) == 1)
                {
                    org.Simulator.Tokens.Revoke();
                }

                return false;
            },
            Fault.Reset
        );
        var landscape = await org.CollectAsync(org.Connection(org.ServiceApp()));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Equal(2, org.Simulator.Tokens.Issued);
    }

    [Fact]
    public async Task A_nonce_that_is_renewed_is_taken_up()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var app = org.ServiceApp();
        await org.CollectAsync(org.Connection(app));
        org.Simulator.Tokens.Nonce = "nonce-2";
        var landscape = await org.CollectAsync(org.Connection(app));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
    }

    [Fact]
    public async Task Scopes_that_are_not_granted_are_left_out_and_their_parts_are_denied_by_name()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.Tokens.Granted = [.. OktaEndpoints.DefaultScopes.Where(scope => scope != "okta.groups.read")];
        var landscape = await org.CollectAsync(org.Connection(org.ServiceApp()));
        var denied = landscape.Coverage.Where(entry => entry.Coverage.IsGap).ToArray();
        Assert.Equal(["okta/meridian.okta.com/groups", "okta/meridian.okta.com/groups/rules"], denied.Select(entry => entry.Part));
        Assert.All(
            denied,
            entry =>
                Assert.Contains("okta.groups.read", Assert.IsType<Coverage.Denied>(entry.Coverage).Permission, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_credential_that_is_not_accepted_leaves_everything_denied_after_few_requests()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.Tokens.ApiToken = "another";
        var landscape = await org.CollectAsync();
        Assert.All(
            landscape.Coverage.Where(entry => !entry.Part.EndsWith("/logs", StringComparison.Ordinal)),
            entry => Assert.True(entry.Coverage is Coverage.Denied, $"{entry.Part}: {entry.Coverage}")
        );
        // Three refusals are enough; of the four that may be under way at once, three more can be sent by then, and the org has said who it is.
        Assert.InRange(org.Simulator.Reads.Count, 1, 7);
    }

    [Fact]
    public async Task An_org_without_api_access_management_has_no_servers_and_that_is_no_gap()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.Server.Faults.Add(
            "/api/v1/authorizationServers",
            Fault.Body(
                "E0000015",
                401,
                """{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature you are requesting","errorCauses":[]}"""
            )
        );
        var landscape = await org.CollectAsync(org.Connection(org.ServiceApp()));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Empty(landscape.Okta[0].AuthorizationServers.Items);
        Assert.Contains(landscape.Notices, notice => notice.Code == "no-api-access-management");
        Assert.Equal(1, org.Simulator.Tokens.Issued);
    }

    [Fact]
    public async Task A_client_that_a_policy_names_and_the_list_hides_makes_the_list_partial()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var apps = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1", "apps.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        var hidden = apps.Single(app => app!["id"]!.GetValue<string>() == "0oaWEB")!;
        apps.Remove(hidden);
        org.Simulator.Put("api/v1/apps.json", apps.ToJsonString());
        org.Simulator.Put("api/v1/apps/0oaWEB.json", hidden.ToJsonString());
        var landscape = await org.CollectAsync();
        var coverage = Assert.IsType<Coverage.Partial>(landscape.Okta[0].Apps.Coverage);
        Assert.Contains("0oaWEB", coverage.Why, StringComparison.Ordinal);
        Assert.Contains(landscape.Coverage, entry => entry.Part == "okta/meridian.okta.com/apps" && entry.Coverage.IsGap);

        org.Simulator.Remove("api/v1/apps/0oaWEB.json");
        landscape = await org.CollectAsync();
        Assert.True(landscape.Okta[0].Apps.Coverage.IsComplete);
    }

    [Fact]
    public async Task Where_only_the_program_s_own_app_is_visible_the_list_is_partial()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        org.Simulator.Put(
            "api/v1/apps.json",
            """[{"id":"0oaAUDITOR","label":"Auditor","status":"ACTIVE","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_id":"0oaAUDITOR"}},"settings":{"oauthClient":{"application_type":"service"}}}]"""
        );
        var landscape = await org.CollectAsync(org.Connection(org.ServiceApp()));
        Assert.IsType<Coverage.Partial>(landscape.Okta[0].Apps.Coverage);
    }

    [Fact]
    public async Task A_client_that_must_be_visible_and_is_not_makes_the_list_partial()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var landscape = await org.CollectAsync(org.Connection() with { MustSee = ["0oaWEB", "0oaNOWHERE"] });
        Assert.Contains("0oaNOWHERE", Assert.IsType<Coverage.Partial>(landscape.Okta[0].Apps.Coverage).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_changes_while_the_org_is_read_is_read_again()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var servers = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1", "authorizationServers.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        var changing = servers[0]!["id"]!.GetValue<string>();
        var lists = 0;
        org.Simulator.Server.Faults.Add(
            request =>
            {
                if (request.Path.Value == "/api/v1/authorizationServers" && Interlocked.Increment(ref lists) == 2)
                {
                    servers[0]!["lastUpdated"] = "2026-11-20T02:00:01.000Z";
                    org.Simulator.Put("api/v1/authorizationServers.json", servers.ToJsonString());
                    org.Simulator.Put($"api/v1/authorizationServers/{changing}/claims.json", "[]");
                }

                return false;
            },
            Fault.Reset
        );
        var landscape = await org.CollectAsync();
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Empty(landscape.Okta[0].AuthorizationServers.Items.Single(server => server.Id == changing).Claims.Items);
        Assert.Equal(2, org.Simulator.Reads.Count(request => request.Path == $"/api/v1/authorizationServers/{changing}/claims"));
    }

    [Fact]
    public async Task A_server_that_is_deleted_while_the_org_is_read_leaves_no_trace()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var servers = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1", "authorizationServers.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        var gone = servers[0]!["id"]!.GetValue<string>();
        servers.RemoveAt(0);
        org.Simulator.Server.Faults.Add(
            request =>
            {
                if (request.Path.Value == $"/api/v1/authorizationServers/{gone}/claims")
                {
                    org.Simulator.Put("api/v1/authorizationServers.json", servers.ToJsonString());
                    org.Simulator.Remove($"api/v1/authorizationServers/{gone}/claims.json");
                }

                return false;
            },
            Fault.Reset
        );
        var landscape = await org.CollectAsync();
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.DoesNotContain(landscape.Okta[0].AuthorizationServers.Items, server => server.Id == gone);
        Assert.DoesNotContain(
            Directory.GetFiles(org.Recording, "*", SearchOption.AllDirectories),
            file => file.Contains("/" + gone + "/", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_run_that_is_stopped_leaves_nothing_behind_and_what_was_there_untouched()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        await org.CollectAsync();
        var before = SimulatedOrg.Files(org.Recording);
        org.Simulator.Server.Faults.Add("/api/v1/groups", Fault.SilentHeaders with { IsSilence = false });
        using var stop = new CancellationTokenSource();
        using (var source = new OktaSource(org.Connection(), SimulatedOrg.Quick, org.Clock, null))
        using (var writer = new Answers.RecordingWriter(org.Recording))
        {
            var collecting = source.CollectAsync(writer, new Redactor(), stop.Token);
            while (org.Simulator.Reads.Count(request => request.Path == "/api/v1/groups") < 2 && !collecting.IsCompleted)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => collecting);
        }

        Assert.Equal(before, SimulatedOrg.Files(org.Recording));
        Assert.Equal([org.Recording], Directory.GetFileSystemEntries(org.Folder));
    }

    [Fact]
    public async Task A_folder_that_is_no_recording_is_not_touched()
    {
        using var folder = new TemporaryFolder();
        folder.Write("work/notes.txt", "mine");
        Assert.Throws<Inputs.InputException>(() => new Answers.RecordingWriter(Path.Combine(folder.Path, "work")));
        Assert.Equal(
            "mine",
            await File.ReadAllTextAsync(Path.Combine(folder.Path, "work", "notes.txt"), TestContext.Current.CancellationToken)
        );
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_client_that_only_a_gateway_knows_is_asked_about()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        var apps = JsonNode
            .Parse(
                await File.ReadAllTextAsync(
                    Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com", "api", "v1", "apps.json"),
                    TestContext.Current.CancellationToken
                )
            )!
            .AsArray();
        var known = apps[0]!.DeepClone();
        known["id"] = "0oaKNOWN";
        known["credentials"]!["oauthClient"]!["client_id"] = "0oaKNOWN";
        apps.Add(known);
        org.Simulator.Put("api/v1/apps.json", apps.ToJsonString());
        org.Simulator.Put("api/v1/apps/0oaKNOWN/groups.json", "[]");
        org.Simulator.Put("api/v1/apps/0oaKNOWN/grants.json", "[]");
        bool WasAsked() => org.Simulator.Reads.Any(request => request.Path == "/api/v1/apps/0oaKNOWN/groups");
        var connection = org.Connection() with { EveryApp = false };
        await org.CollectAsync(connection);
        Assert.False(WasAsked());
        await org.CollectAsync(
            connection with
            {
                GatewayKeys = Task.FromResult<System.Collections.Immutable.ImmutableHashSet<string>>(["0oaKNOWN", "another key"]),
            }
        );
        Assert.True(WasAsked());
    }

    [Fact]
    public async Task By_default_only_apps_that_matter_are_asked_about_and_no_secret_is()
    {
        await using var org = await SimulatedOrg.MeridianAsync();
        await org.CollectAsync(org.Connection() with { EveryApp = false });
        Assert.DoesNotContain(org.Simulator.Reads, request => request.Path.Contains("secrets", StringComparison.Ordinal));
        Assert.DoesNotContain(org.Simulator.Reads, request => request.Path.Contains("/users", StringComparison.Ordinal));
        Assert.DoesNotContain(org.Simulator.Reads, request => request.Path == "/api/v1/logs");
    }
}
