using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Cli.Tests;

/// <summary>Meridian's organization on loopback, with everything of Google's that gives out tokens, and the files of every kind of credential.</summary>
public sealed class SimulatedGoogle : IAsyncLifetime
{
    public const string Impersonable = "auditor@meridian.iam.gserviceaccount.com";

    private readonly TemporaryFolder folder = new();
    private readonly RSA key = RSA.Create(2048);

    public ApigeeSimulator Apigee { get; private set; } = null!;

    public string Origin => Apigee.Server.Origin.AbsoluteUri.TrimEnd('/');

    public string Folder => folder.Path;

    public async ValueTask InitializeAsync()
    {
        Apigee = await ApigeeSimulator.StartAsync(Path.Combine(Repository.Landscapes, "meridian", "apigee", "meridian"));
        var identity = Apigee.Identity;
        identity.ServiceAccount = "reader@meridian.iam.gserviceaccount.com";
        identity.ServiceAccountKey = new RsaSecurityKey(key);
        identity.RefreshToken = "1//refresh";
        identity.SubjectToken = "subject";
        identity.MachineAccount = "machine@meridian.iam.gserviceaccount.com";
        identity.Impersonable = Impersonable;
        var serviceAccount = new JsonObject
        {
            ["type"] = "service_account",
            ["project_id"] = "meridian",
            ["private_key_id"] = "k1",
            ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
            ["client_email"] = identity.ServiceAccount,
            ["client_id"] = "1",
            ["token_uri"] = Origin + GoogleIdentity.TokenPath,
        };
        var impersonation = $"{Origin}/v1/projects/-/serviceAccounts/{Impersonable}:generateAccessToken";
        Write("service-account", serviceAccount);
        Write("user", User("1//refresh"));
        Write("refused", User("1//revoked"));
        Write(
            "impersonated",
            new JsonObject
            {
                ["type"] = "impersonated_service_account",
                ["service_account_impersonation_url"] = impersonation,
                ["source_credentials"] = serviceAccount.DeepClone(),
            }
        );
        Write("federated-file", Federated(new JsonObject { ["file"] = folder.Write("subject", "subject") }));
        Write(
            "federated-url",
            Federated(
                new JsonObject
                {
                    ["url"] = Origin + GoogleIdentity.WorkloadPath,
                    ["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "value" },
                }
            )
        );
        var acting = Federated(new JsonObject { ["file"] = Path.Combine(folder.Path, "subject") });
        acting["service_account_impersonation_url"] = impersonation;
        Write("federated-acting", acting);
        Write("executable", Federated(new JsonObject { ["executable"] = new JsonObject { ["command"] = "/bin/true" } }));
        folder.Write("home/.config/gcloud/application_default_credentials.json", User("1//refresh").ToJsonString());
        Restrict("home/.config/gcloud/application_default_credentials.json");
    }

    /// <summary>The environment of a run: the organization, and nothing that authenticates.</summary>
    public Dictionary<string, string> Environment(params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = Path.Combine(folder.Path, "nowhere"),
            ["AUDITOR_ALLOW_LOOPBACK_HTTP"] = "1",
            ["AUDITOR_CACHE"] = Path.Combine(folder.Path, "cache"),
            ["APIGEE_ORG"] = "meridian",
            ["APIGEE_ENDPOINT"] = Origin,
            ["CLOUDSDK_AUTH_TOKEN_HOST"] = Origin + GoogleIdentity.TokenPath,
            ["CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"] = Origin,
            ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"] = Origin,
            ["CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING"] = Origin,
        };
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }

    public string Credential(string name) => Path.Combine(folder.Path, name + ".json");

    public async ValueTask DisposeAsync()
    {
        await Apigee.DisposeAsync();
        key.Dispose();
        folder.Dispose();
    }

    private static JsonObject User(string refreshToken) =>
        new()
        {
            ["type"] = "authorized_user",
            ["client_id"] = "gcloud",
            ["client_secret"] = "gcloud",
            ["refresh_token"] = refreshToken,
        };

    private JsonObject Federated(JsonObject source) =>
        new()
        {
            ["type"] = "external_account",
            ["audience"] = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci",
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = Origin + GoogleIdentity.ExchangePath,
            ["credential_source"] = source,
        };

    private void Write(string name, JsonObject credential)
    {
        folder.Write(name + ".json", credential.ToJsonString());
        Restrict(name + ".json");
    }

    private void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(folder.Path, path), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}

/// <summary>The program, an Apigee organization over HTTP, and the credentials of Google's tools.</summary>
public sealed class LiveApigee(SimulatedGoogle google) : IClassFixture<SimulatedGoogle>
{
    private static readonly string[] Everything =
    [
        "--only",
        "apigee",
        "--include",
        "kvm-values,app-credentials,audit-log",
        "--since",
        "90d",
    ];

    [Theory]
    [InlineData("service-account", "service account reader@meridian.iam.gserviceaccount.com")]
    [InlineData("user", "a user's credential")]
    [InlineData("impersonated", "a credential that acts as a service account")]
    [InlineData("federated-file", "workload identity federation")]
    [InlineData("federated-url", "workload identity federation")]
    [InlineData("federated-acting", "workload identity federation")]
    public async Task Every_kind_of_credential_file_gets_tokens(string kind, string words)
    {
        var run = await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential(kind)));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains($"credential  {words} gets tokens\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("answers for meridian (CLOUD)\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_are_looked_for_in_the_order_of_google_s_tools()
    {
        var token = ("GOOGLE_OAUTH_ACCESS_TOKEN", google.Apigee.Identity.AccessToken!);
        var file = ("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("federated-file"));
        var home = ("HOME", Path.Combine(google.Folder, "home"));
        var machine = ("GCE_METADATA_HOST", google.Apigee.Server.Origin.Authority);
        var acting = ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", SimulatedGoogle.Impersonable);
        Assert.Contains(
            "an access token that somebody else",
            (await DoctorAsync(token, file, home, machine)).Output,
            StringComparison.Ordinal
        );
        Assert.Contains("workload identity federation gets", (await DoctorAsync(file, home, machine)).Output, StringComparison.Ordinal);
        Assert.Contains("a user's credential gets", (await DoctorAsync(home, machine)).Output, StringComparison.Ordinal);
        Assert.Contains("account of this machine gets", (await DoctorAsync(machine)).Output, StringComparison.Ordinal);
        var run = await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("service-account")), acting);
        Assert.Contains(
            $"service account {SimulatedGoogle.Impersonable}, by service account reader@meridian.iam.gserviceaccount.com gets",
            run.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_credential_that_is_refused_or_not_understood_is_one_clear_line()
    {
        var refused = await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("refused")));
        Assert.Equal(4, refused.Code);
        Assert.Contains("the token service refuses the credential (invalid_grant)", refused.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("1//revoked", refused.Output, StringComparison.Ordinal);
        AuditorProgram.EndsWithOneLine(
            await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("executable"))),
            2,
            "its source must be a file, a URL or AWS"
        );
        AuditorProgram.EndsWithOneLine(
            await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("nothing"))),
            2,
            "'nothing.json' does not exist"
        );
    }

    [Theory]
    [InlineData("503", 4)]
    [InlineData("503 once", 0)]
    [InlineData("reset", 4)]
    [InlineData("no HTTP", 4)]
    [InlineData("body cut short", 4)]
    [InlineData("login page", 4)]
    [InlineData("a token with a line break", 4)]
    [InlineData("redirect", 4)]
    public async Task A_token_service_that_goes_wrong_is_one_clear_line(string how, int code)
    {
        var faults = google.Apigee.Server.Faults;
        faults.Add(
            GoogleIdentity.TokenPath,
            how switch
            {
                "503" or "503 once" => Fault.Status(503),
                "reset" => Fault.Reset,
                "no HTTP" => Fault.Garbage,
                "body cut short" => Fault.CutBody,
                "login page" => Fault.LoginPage,
                "redirect" => Fault.RedirectElsewhere(new Uri("https://elsewhere.example/")),
                _ => Fault.Body(how, 200, """{"access_token":"one\nX-Other: two","token_type":"Bearer","expires_in":3600}"""),
            },
            how == "503 once" ? 1 : int.MaxValue
        );
        try
        {
            var before = google.Apigee.Reads.Count;
            var run = await DoctorAsync(("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("service-account")));
            Assert.True(run.Code == code, run.Output + run.Error);
            AuditorProgram.IsClean(run);
            if (code != 0)
            {
                Assert.Single(run.Output.Split('\n'), line => line.StartsWith("  FAIL  credential  ", StringComparison.Ordinal));
                Assert.Equal(before, google.Apigee.Reads.Count);
            }
        }
        finally
        {
            faults.Clear();
        }
    }

    [Fact]
    public async Task The_project_that_requests_count_against_is_named_in_each_of_them()
    {
        var before = google.Apigee.Reads.Count;
        var run = await DoctorAsync(
            ("GOOGLE_APPLICATION_CREDENTIALS", google.Credential("user")),
            ("GOOGLE_CLOUD_QUOTA_PROJECT", "meridian-billing")
        );
        Assert.Equal(0, run.Code);
        var asked = google.Apigee.Reads.Skip(before).ToArray();
        Assert.NotEmpty(asked);
        Assert.All(asked, request => Assert.Equal("meridian-billing", request.Headers["x-goog-user-project"]));
    }

    [Fact]
    public async Task The_doctor_names_what_is_missing_and_what_is_too_much()
    {
        google.Apigee.Denied = ["apigee.flowhooks.list"];
        try
        {
            var run = await DoctorAsync(Token);
            Assert.Equal(4, run.Code);
            Assert.Contains("30 of the 31 permissions", run.Output, StringComparison.Ordinal);
            Assert.Contains("apigee.flowhooks.list is missing (the points of flow hooks)", run.Output, StringComparison.Ordinal);
            Assert.Contains("Without apigee.flowhooks.list, these rules may stay open: ", run.Output, StringComparison.Ordinal);
            Assert.Contains("apigee.keyvaluemapentries.list is granted and not needed", run.Output, StringComparison.Ordinal);
            Assert.Contains("it may do more than read: apigee.apiproducts.create, ", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            google.Apigee.Denied = [];
        }
    }

    [Fact]
    public async Task What_is_collected_is_audited_like_what_was_recorded_by_hand()
    {
        using var folder = new TemporaryFolder();
        var collected = await AuditorProgram.RunAsync(folder.Path, ["collect", "--out", "live", .. Everything], google.Environment(Token));
        Assert.Equal((0, ""), (collected.Code, collected.Output));
        var byHand = Path.Combine(folder.Path, "hand", "apigee", "meridian");
        Copy(Path.Combine(Repository.Landscapes, "meridian", "apigee", "meridian"), byHand);
        File.Copy(Path.Combine(folder.Path, "live", "recording.json"), Path.Combine(folder.Path, "hand", "recording.json"));
        Assert.Equal(await VerdictsAsync(folder.Path, "hand"), await VerdictsAsync(folder.Path, "live"));
        Assert.Empty(google.Apigee.Writes);
    }

    [Fact]
    public async Task What_is_off_by_default_is_not_asked_for_and_not_a_gap()
    {
        using var folder = new TemporaryFolder();
        var before = google.Apigee.Reads.Count;
        var run = await AuditorProgram.RunAsync(folder.Path, ["collect", "--out", "live", "--only", "apigee"], google.Environment(Token));
        Assert.Equal(0, run.Code);
        var asked = google.Apigee.Reads.Skip(before).ToArray();
        Assert.DoesNotContain(asked, request => request.Path.EndsWith("/entries", StringComparison.Ordinal));
        Assert.DoesNotContain(asked, request => request.Query.Contains("includeCred", StringComparison.Ordinal));
        Assert.DoesNotContain(asked, request => request.Method == "POST");
        Assert.DoesNotContain(
            "credentials",
            await File.ReadAllTextAsync(Path.Combine(folder.Path, "live/apigee/meridian/apps.json"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Init_writes_what_the_api_says_exists()
    {
        using var folder = new TemporaryFolder();
        var environment = google.Environment(Token);
        environment.Remove("APIGEE_ORG");
        var run = await AuditorProgram.RunAsync(folder.Path, ["init"], environment);
        Assert.Equal(0, run.Code);
        Assert.Contains("with Apigee meridian (prod, staging)", run.Error, StringComparison.Ordinal);
        var written = await File.ReadAllTextAsync(Path.Combine(folder.Path, "auditor.yaml"), TestContext.Current.CancellationToken);
        Assert.Contains("\napigee:\n  - organization: meridian\n", written, StringComparison.Ordinal);
    }

    private (string, string) Token => ("GOOGLE_OAUTH_ACCESS_TOKEN", google.Apigee.Identity.AccessToken!);

    private async Task<Run> DoctorAsync(params (string, string)[] environment)
    {
        using var folder = new TemporaryFolder();
        return await AuditorProgram.RunAsync(folder.Path, ["doctor", "apigee"], google.Environment(environment));
    }

    // All that an audit says but where its input was, and which optional parts of the recording hold what.
    private static async Task<string> VerdictsAsync(string folder, string recording)
    {
        var run = await AuditorProgram.RunAsync(folder, ["audit", recording, "--report", "json", "--deterministic"]);
        var report = JsonNode.Parse(run.Output)!;
        return report["findings"]!.ToJsonString()
            + report["populations"]!.ToJsonString()
            + run.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
