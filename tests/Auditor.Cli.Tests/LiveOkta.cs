using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Cli.Tests;

#pragma warning disable CA1416 // What a file lets others do is a promise for systems whose files have modes; the tests run on Linux.

#pragma warning disable RS0030 // These tests are about the program as a process.
/// <summary>The program and a live Okta org: a simulated one, over real HTTP. Nothing here waits for a rate limit or a retry, so that the world's clock does no harm.</summary>
public sealed class LiveOkta : IAsyncLifetime
{
    private const string ClientId = "0oaAUDITOR";
    private const string Token = "00simulated-api-token";

    private readonly TemporaryFolder folder = new();
    private readonly RSA key = RSA.Create(2048);
    private OktaSimulator org = null!;

    // The current folder; the home folder is another one.
    private string Work => Path.Combine(folder.Path, "work");

    private string Pem => key.ExportPkcs8PrivateKeyPem();

    private string Url => org.Server.Origin.AbsoluteUri.TrimEnd('/');

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Work);
        org = await OktaSimulator.StartAsync(Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com"));
        foreach (var bucket in org.Limits.Sizes.Keys.ToArray())
        {
            org.Limits.Sizes[bucket] = 1_000_000;
        }

        org.Tokens.ClientId = ClientId;
        org.Tokens.ClientKey = new RsaSecurityKey(key.ExportParameters(includePrivateParameters: false));
        org.Put($"api/v1/apps/{ClientId}/grants.json", """[{"id":"oag1","scopeId":"okta.apps.read"}]""");
        org.Put($"oauth2/v1/clients/{ClientId}/roles.json", """[{"id":"r1","type":"READ_ONLY_ADMIN"}]""");
    }

    public async ValueTask DisposeAsync()
    {
        await org.DisposeAsync();
        key.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_is_collected_audits_like_what_was_served()
    {
        folder.Write("work/auditor.yaml", $"okta: [{{ url: {Url}, everyApp: true, apiTokenFile: token }}]");
        Private("token", Token);
        var run = await RunAsync(["collect", "--include", "system-log", "--since", "2026-09-01"], Without("OKTA_CLIENT_ORGURL"));
        Assert.Equal((0, ""), (run.Code, run.Output));
        var line = Assert.Single(run.Complaints);
        Assert.Matches("^auditor: 127[.]0[.]0[.]1:[0-9]+: [0-9]+ requests, ([0-9]+) of \\1 parts read, written to recording[.]$", line);
        Assert.All(org.Server.Requests, request => Assert.Equal("GET", request.Method));
        Assert.Equal(["meridian.okta.com"], Directory.GetDirectories(Path.Combine(Work, "recording", "okta")).Select(Path.GetFileName));
        Assert.All(
            Directory.GetFiles(Path.Combine(Work, "recording"), "*", SearchOption.AllDirectories),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file))
        );

        // The audit of the recording, of the org itself, and of what the org serves say the same.
        var recorded = await RunAsync(["audit", "recording", "--report", "json", "--deterministic"], With());
        var live = await RunAsync(["audit", "--report", "json", "--deterministic"], With());
        Assert.Equal((live.Code, "", ""), (recorded.Code, recorded.Error, live.Error));
        Assert.Equal(Findings(recorded), Findings(live));
    }

    [Theory]
    [InlineData("OKTA_CLIENT_TOKEN", "SSWS")]
    [InlineData("OKTA_API_TOKEN", "SSWS")]
    [InlineData("OKTA_CLIENT_ACCESSTOKEN", "Bearer")]
    [InlineData("OKTA_ACCESS_TOKEN", "Bearer")]
    [InlineData("PEM in OKTA_CLIENT_PRIVATEKEY", "DPoP")]
    [InlineData("JWK in OKTA_CLIENT_PRIVATEKEY", "DPoP")]
    [InlineData("path in OKTA_CLIENT_PRIVATEKEY", "DPoP")]
    [InlineData("PEM in OKTA_API_PRIVATE_KEY", "DPoP")]
    [InlineData("~/.okta/okta.yaml", "SSWS")]
    [InlineData("okta.yaml", "DPoP")]
    [InlineData("auditor.yaml, key", "DPoP")]
    [InlineData("auditor.yaml, token", "SSWS")]
    public async Task Every_form_of_a_credential_is_taken(string form, string scheme)
    {
        var environment = Form(form);
        var run = await RunAsync(["doctor", "okta"], environment);
        Assert.True(run.Code == 0, run.Output + run.Error);
        Assert.Contains("ok    host        meridian.okta.com answers (Identity Engine)", run.Output, StringComparison.Ordinal);
        Assert.All(
            org.Reads.Where(request => request.Path.StartsWith("/api/", StringComparison.Ordinal)),
            request => Assert.StartsWith(scheme + " ", request.Headers["Authorization"], StringComparison.Ordinal)
        );
        Assert.DoesNotContain(Token, run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path in OKTA_CLIENT_PRIVATEKEY", "'key.pem' holds a credential and can be read by others: run 'chmod 600 key.pem'.")]
    [InlineData(
        "~/.okta/okta.yaml",
        "'~/.okta/okta.yaml' holds a credential and can be read by others: run 'chmod 600 ~/.okta/okta.yaml'."
    )]
    [InlineData("okta.yaml", "'okta.yaml' holds a credential and can be read by others: run 'chmod 600 okta.yaml'.")]
    [InlineData("auditor.yaml, key", "'keys/okta.pem' holds a credential and can be read by others: run 'chmod 600 keys/okta.pem'.")]
    [InlineData("auditor.yaml, token", "'token' holds a credential and can be read by others: run 'chmod 600 token'.")]
    public async Task A_file_with_a_credential_that_others_can_read_is_refused_before_anything_is_sent(string form, string says)
    {
        var environment = Form(form);
        foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        AuditorProgram.EndsWithOneLine(await RunAsync(["collect"], environment), 2, says);
        Assert.Empty(org.Server.Requests);
    }

    [Theory]
    [InlineData("acme-admin", null, "it is the admin console's host")]
    [InlineData("acme-admin", "oktapreview.com", "it is the admin console's host")]
    [InlineData("{yourOktaDomain}", null, "it still holds a placeholder")]
    [InlineData("acme", "okta.com.com", "it ends in .com twice")]
    public async Task The_names_of_the_Terraform_provider_make_the_address(string name, string? domain, string says)
    {
        var environment = With(("OKTA_ORG_NAME", name), ("OKTA_BASE_URL", domain ?? ""), ("OKTA_API_TOKEN", Token));
        environment.Remove("OKTA_CLIENT_ORGURL");
        AuditorProgram.EndsWithOneLine(await RunAsync(["collect"], environment), 2, says);
    }

    [Fact]
    public async Task Plain_http_is_refused_unless_a_test_asks_for_it()
    {
        var environment = With(("OKTA_CLIENT_TOKEN", Token));
        environment.Remove("AUDITOR_ALLOW_LOOPBACK_HTTP");
        AuditorProgram.EndsWithOneLine(await RunAsync(["collect"], environment), 2, "it must begin with https://");
        Assert.Empty(org.Server.Requests);
    }

    [Fact]
    public async Task A_part_that_is_refused_makes_the_run_incomplete_and_is_named()
    {
        org.Server.Faults.Add("/api/v1/groups", Fault.Body("403", 403, """{"errorCode":"E0000006"}"""));
        var run = await RunAsync(["collect"], With(("OKTA_CLIENT_TOKEN", Token)));
        Assert.Equal((4, ""), (run.Code, run.Output));
        Assert.Contains(
            "auditor: okta/meridian.okta.com/groups: denied: 403 E0000006; it takes the scope okta.groups.read and an administrator role that sees it",
            run.Complaints
        );
        Assert.Equal(0, (await RunAsync(["collect", "--allow-incomplete", "-q"], With(("OKTA_CLIENT_TOKEN", Token)))).Code);
        Assert.Equal(4, (await RunAsync(["audit", "recording", "-q"], With())).Code);
    }

    [Fact]
    public async Task The_doctor_says_what_is_missing_what_is_too_much_and_which_rules_stay_open()
    {
        org.Tokens.Granted = ["okta.authorizationServers.read", "okta.appGrants.read", "okta.groups.read", "okta.roles.read"];
        org.Put($"api/v1/apps/{ClientId}/grants.json", """[{"id":"oag1","scopeId":"okta.apps.manage"}]""");
        org.Put($"oauth2/v1/clients/{ClientId}/roles.json", """[{"id":"r1","type":"SUPER_ADMIN"}]""");
        var run = await RunAsync(["doctor"], With(("OKTA_CLIENT_CLIENTID", ClientId), ("OKTA_CLIENT_PRIVATEKEY", Pem)));
        Assert.Equal((4, ""), (run.Code, run.Error));
        var lines = run.Output.Split('\n');
        Assert.Contains("  FAIL  rights      /api/v1/apps (clients): the scope okta.apps.read is not granted", lines);
        Assert.Contains("  warn  rights      it was granted more than reading: okta.apps.manage; take these away", lines);
        Assert.Contains(
            "  warn  rights      it has roles that may change things: SUPER_ADMIN; READ_ONLY_ADMIN or a custom role is enough",
            lines
        );
        Assert.Contains(
            lines,
            line =>
                line.StartsWith("  Without okta.apps.read, ", StringComparison.Ordinal)
                && line.Contains("APP-004", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Whatever_stops_it_the_recording_that_was_there_stays_and_nothing_half_written_is_taken_for_one()
    {
        var environment = With(("OKTA_CLIENT_TOKEN", Token));
        Assert.Equal(0, (await RunAsync(["collect"], environment)).Code);
        var before = Files();
        org.Server.Faults.Add("/api/v1/groups", Fault.SilentHeaders);
        foreach (var signal in new[] { SigInt, SigKill })
        {
            var asked = org.Reads.Count(request => request.Path == "/api/v1/groups");
            var run = await RunAsync(
                ["collect"],
                environment,
                async process =>
                {
                    while (org.Reads.Count(request => request.Path == "/api/v1/groups") == asked && !process.HasExited)
                    {
                        await Task.Delay(10, TestContext.Current.CancellationToken);
                    }

                    Assert.Equal(0, Kill(process.Id, signal));
                }
            );
            Assert.Equal(signal == SigKill ? 137 : 130, run.Code);
            Assert.Equal(before, Files());
            if (signal != SigKill)
            {
                AuditorProgram.EndsWithOneLine(run, 130, "cancelled");
                Assert.Equal(["recording"], Directory.GetDirectories(Work).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            }
        }

        // What a kill left behind is beside the recording, readable by its owner alone, and in nobody's way.
        org.Server.Faults.Clear();
        Assert.Equal(0, (await RunAsync(["collect"], environment)).Code);
        Assert.Equal(before.Keys, Files().Keys);
    }

    [Fact]
    public async Task No_secret_of_the_org_or_of_ours_is_in_anything_that_the_program_leaves()
    {
        var markers = PlantedSecrets.In(org).Append(Token).Append(Pem.Split('\n')[3]).ToArray();
        var temporary = Directory.CreateDirectory(Path.Combine(folder.Path, "tmp")).FullName;
        var environment = With(
            ("TMPDIR", temporary),
            ("AUDITOR_DEBUG", "1"),
            ("OKTA_CLIENT_CLIENTID", ClientId),
            ("OKTA_CLIENT_PRIVATEKEY", Pem)
        );
        var said = new StringBuilder();
        foreach (
            var arguments in new string[][]
            {
                ["collect"],
                ["audit", "recording", "-v"],
                ["audit", "recording", "--report", "json=all.json", "--report", "html=all.html"],
                ["doctor"],
            }
        )
        {
            var run = await RunAsync(arguments, environment);
            Assert.InRange(run.Code, 0, 4);
            Assert.NotEqual(3, run.Code);
            said.Append(run.Output).Append(run.Error);
        }

        // Killed in the middle, and with a key that is none.
        org.Server.Faults.Add("/api/v1/groups", Fault.SilentHeaders);
        var killed = await RunAsync(
            ["collect", "--out", "killed"],
            environment,
            async process =>
            {
                var asked = org.Reads.Count(request => request.Path == "/api/v1/groups");
                while (org.Reads.Count(request => request.Path == "/api/v1/groups") == asked && !process.HasExited)
                {
                    await Task.Delay(10, TestContext.Current.CancellationToken);
                }

                process.Kill();
            }
        );
        said.Append(killed.Output).Append(killed.Error);
        environment["OKTA_CLIENT_PRIVATEKEY"] = Pem.Replace("MII", "XXX", StringComparison.Ordinal);
        var broken = await RunAsync(["collect"], environment);
        AuditorProgram.EndsWithOneLine(broken, 2, "The private key of the Okta service app cannot be used");
        said.Append(broken.Error);
        environment["OKTA_CLIENT_PRIVATEKEY"] = string.Concat(Pem.Split('\n')[1..^1]);
        broken = await RunAsync(["collect"], environment);
        AuditorProgram.EndsWithOneLine(broken, 2, "nor the path of a file that is there");
        said.Append(broken.Error);

        var places = Directory
            .GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Select(file => (Where: file, Text: File.ReadAllText(file)))
            .Append((Where: "what was printed", Text: said.ToString()))
            .ToArray();
        Assert.Contains(places, place => place.Where.EndsWith("apps.json", StringComparison.Ordinal));
        Assert.Contains(places, place => place.Where.EndsWith("all.html", StringComparison.Ordinal));
        foreach (var marker in markers)
        {
            foreach (
                var form in new[]
                {
                    marker,
                    Convert.ToBase64String(Encoding.UTF8.GetBytes(marker))[..20],
                    Convert.ToHexString(Encoding.UTF8.GetBytes(marker)),
                }
            )
            {
                Assert.All(
                    places,
                    place => Assert.False(place.Text.Contains(form, StringComparison.OrdinalIgnoreCase), $"{marker} in {place.Where}")
                );
            }
        }

        Assert.DoesNotContain(org.Reads, request => request.Path.Contains("secrets", StringComparison.Ordinal));
    }

    private Task<Run> RunAsync(string[] arguments, Dictionary<string, string> environment, Func<Process, Task>? whileRunning = null) =>
        AuditorProgram.RunAsync(Work, arguments, environment, whileRunning);

    // Nothing of whoever runs the tests: no home, no okta.yaml of theirs.
    private Dictionary<string, string> With(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = Path.Combine(folder.Path, "home"),
            // Its socket is no file that could be read for secrets.
            ["DOTNET_EnableDiagnostics"] = "0",
            ["AUDITOR_ALLOW_LOOPBACK_HTTP"] = "1",
            ["OKTA_CLIENT_ORGURL"] = Url,
        };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return environment;
    }

    private Dictionary<string, string> Form(string form)
    {
        switch (form)
        {
            case "OKTA_CLIENT_TOKEN" or "OKTA_API_TOKEN":
                return With((form, Token));
            case "OKTA_CLIENT_ACCESSTOKEN" or "OKTA_ACCESS_TOKEN":
                return With((form, org.Tokens.Ready()));
            case "PEM in OKTA_CLIENT_PRIVATEKEY":
                return With(("OKTA_CLIENT_CLIENTID", ClientId), ("OKTA_CLIENT_PRIVATEKEY", Pem.ReplaceLineEndings("\\n")));
            case "JWK in OKTA_CLIENT_PRIVATEKEY":
                return With(("OKTA_CLIENT_CLIENTID", ClientId), ("OKTA_CLIENT_PRIVATEKEY", Jwk().ToJsonString()));
            case "path in OKTA_CLIENT_PRIVATEKEY":
                Private("key.pem", Pem);
                return With(("OKTA_CLIENT_CLIENTID", ClientId), ("OKTA_CLIENT_PRIVATEKEY", "key.pem"));
            case "PEM in OKTA_API_PRIVATE_KEY":
                return With(
                    ("OKTA_API_CLIENT_ID", ClientId),
                    ("OKTA_API_PRIVATE_KEY", Pem),
                    ("OKTA_API_PRIVATE_KEY_ID", "k1"),
                    ("OKTA_API_SCOPES", string.Join(',', Scopes))
                );
            case "~/.okta/okta.yaml":
                Private("../home/.okta/okta.yaml", $"okta:\n  client:\n    orgUrl: {Url}\n    token: {Token}\n");
                return Without("OKTA_CLIENT_ORGURL");
            case "okta.yaml":
                Private(
                    "okta.yaml",
                    $"okta:\n  client:\n    oktaDomain: \"{Url}\"\n    authorizationMode: \"PrivateKey\"\n    clientId: \"{ClientId}\"\n    privateKey: {Jwk().ToJsonString()}\n"
                );
                return Without("OKTA_CLIENT_ORGURL");
            case "auditor.yaml, key":
                Private("keys/okta.pem", Pem);
                folder.Write(
                    "work/auditor.yaml",
                    $"okta: [{{ url: {Url}, clientId: {ClientId}, privateKeyFile: keys/okta.pem, privateKeyId: k1 }}]"
                );
                return Without("OKTA_CLIENT_ORGURL");
            default:
                Private("token", Token + "\n");
                folder.Write("work/auditor.yaml", $"okta: [{{ url: {Url}, apiTokenFile: token }}]");
                return Without("OKTA_CLIENT_ORGURL");
        }
    }

    private static string[] Scopes { get; } =
    [
        .. new[]
        {
            "apps",
            "appGrants",
            "apiTokens",
            "authorizationServers",
            "domains",
            "eventHooks",
            "groups",
            "inlineHooks",
            "logs",
            "logStreams",
            "networkZones",
            "orgs",
            "roles",
            "trustedOrigins",
        }.Select(scope => $"okta.{scope}.read"),
    ];

    private Dictionary<string, string> Without(string name)
    {
        var environment = With();
        environment.Remove(name);
        return environment;
    }

    private JsonObject Jwk()
    {
        var parts = key.ExportParameters(includePrivateParameters: true);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "k1",
            ["n"] = Base64UrlEncoder.Encode(parts.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parts.Exponent),
            ["d"] = Base64UrlEncoder.Encode(parts.D),
            ["p"] = Base64UrlEncoder.Encode(parts.P),
            ["q"] = Base64UrlEncoder.Encode(parts.Q),
            ["dp"] = Base64UrlEncoder.Encode(parts.DP),
            ["dq"] = Base64UrlEncoder.Encode(parts.DQ),
            ["qi"] = Base64UrlEncoder.Encode(parts.InverseQ),
        };
    }

    private void Private(string path, string text) =>
        File.SetUnixFileMode(folder.Write("work/" + path, text), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private SortedDictionary<string, string> Files()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var recording = Path.Combine(Work, "recording");
        foreach (var file in Directory.GetFiles(recording, "*.json", SearchOption.AllDirectories))
        {
            files[Path.GetRelativePath(recording, file)] = File.ReadAllText(file);
        }

        return files;
    }

    private static string[] Findings(Run run) =>
        [.. JsonNode.Parse(run.Output)!["findings"]!.AsArray().Select(finding => finding!["fingerprint"]!.GetValue<string>())];

    private const int SigInt = 2;
    private const int SigKill = 9;

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
#pragma warning restore RS0030
