using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Folders of Terraform's sources, through the real program, beside the state of the same things. Every secret in them holds the word MARKER.</summary>
public sealed class TerraformFolders : IDisposable
{
    private const string Source = "acme-source";
    private const string State = "acme.state.json";
    private const string Server = "modules/authorization-server/main.tf";
    private const string Orders = "okta/acme.okta.com/api/v1/authorizationServers/ausOrders/";
    private const string Rules = Orders + "policies/00p1/rules.json";

    private readonly TemporaryFolder folder = new();
    private readonly Estate acme = Estate.Load("acme");

    public TerraformFolders()
    {
        var own = Path.Combine(Repository.Root, "tests", "terraform", Source);
        foreach (var file in Directory.GetFiles(own, "*", SearchOption.AllDirectories))
        {
            folder.Write(Source + "/" + Path.GetRelativePath(own, file).Replace('\\', '/'), File.ReadAllText(file));
        }

        folder.Write(State, File.ReadAllText(Path.Combine(Repository.Root, "tests", "terraform", State)));
        acme.WriteTo(Path.Combine(folder.Path, "live"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Source, "live")]
    [InlineData(Source, "live", "--declared")]
    [InlineData("live", Source)]
    [InlineData(Source, State)]
    [InlineData(State, Source)]
    [InlineData(Source, Source)]
    public async Task What_is_declared_as_it_is_is_no_change(params string[] sides)
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("no change\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Rules, "\"accessTokenLifetimeMinutes\": 15", "\"accessTokenLifetimeMinutes\": 30")]
    [InlineData(Rules, "\"orders.write\"", "\"orders.delete\"")]
    [InlineData(Rules, "\"00gStaff\"", "\"EVERYONE\"")]
    [InlineData(Orders + "scopes.json", "\"orders.write\"", "\"orders.delete\"")]
    [InlineData(Orders + "policies.json", "\"0oaBatch\"", "\"ALL_CLIENTS\"")]
    [InlineData("okta/acme.okta.com/api/v1/apps.json", "\"pkce_required\": true", "\"pkce_required\": false")]
    [InlineData("apigee/acme/apiproducts.json", "\"orders.write\"", "\"orders.delete\"")]
    [InlineData("apigee/acme/apiproducts.json", "\"/items/**\"", "\"/**\"")]
    [InlineData("apigee/acme/environments/prod/targetservers/orders.json", "orders.internal", "orders.external")]
    [InlineData("apigee/acme/environments/prod/targetservers/orders.json", "\"clientAuthEnabled\": true", "\"clientAuthEnabled\": false")]
    public async Task Sources_say_what_the_state_of_the_same_things_says(string file, string old, string by)
    {
        var path = acme.Paths.Single(path =>
            path.StartsWith(file, StringComparison.Ordinal) || path.EndsWith(file, StringComparison.Ordinal)
        );
        Assert.Contains(old, acme.Text(path), StringComparison.Ordinal);
        acme.Copy().With(path, acme.Text(path).Replace(old, by, StringComparison.Ordinal)).WriteTo(Path.Combine(folder.Path, "edited"));
        var told = new List<string>();
        foreach (var declared in new[] { State, Source })
        {
            // The products the other way around, as one of each kind is enough.
            var report = await JsonAsync(file.Contains("products", StringComparison.Ordinal) ? ["edited", declared] : [declared, "edited"]);
            Assert.NotEmpty(Changes(report));
            told.Add(Told(report, declared));
        }

        Assert.Equal(told[0], told[1]);
    }

    [Fact]
    public async Task What_sources_change_is_told_with_the_line_that_says_it()
    {
        Edit(Server, "priority                      = count.index + 1", "priority                      = 2 - count.index");
        Edit("main.tf", "minutes     = 15", "minutes     = 45");
        var report = await JsonAsync("live", Source);
        var rule = Assert.Single(
            Changes(report),
            change => Text(change, "title").StartsWith("access rule 'Shop users'", StringComparison.Ordinal)
        );
        Assert.Contains("45", rule.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(Source + "/" + Server, report.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(NotCompared(report));
    }

    [Fact]
    public async Task What_is_live_and_of_a_kind_that_the_sources_know_whole_is_declared_nowhere()
    {
        acme.Copy()
            .With(Orders + "scopes.json", Scopes().Replace("\"orders.write\"", "\"orders.delete\"", StringComparison.Ordinal))
            .WriteTo(Path.Combine(folder.Path, "edited"));
        Assert.Contains(
            "scope 'orders.delete' of authorization server 'Orders' is live",
            Findings(await JsonAsync(Source, "edited")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "main.tf",
        "toset([for access in [\"read\", \"write\"] : \"orders.${access}\"])",
        "var.of_whoever_applies",
        "module.orders.okta_auth_server_scope.this"
    )]
    [InlineData(
        Server,
        "resource \"okta_auth_server_policy\" \"clients\" {",
        "resource \"okta_auth_server_scope\" \"more\" {\n  count = data.x.y.z\n}\n\nresource \"okta_auth_server_policy\" \"clients\" {",
        "module.orders.okta_auth_server_scope.more"
    )]
    [InlineData(
        "main.tf",
        "source = \"./modules/authorization-server\"",
        "source   = \"./modules/authorization-server\"\n  for_each = var.of_whoever_applies",
        "module.orders"
    )]
    [InlineData("main.tf", "source = \"./modules/authorization-server\"", "source = \"acme/servers/okta\"", "module.orders")]
    [InlineData(
        "main.tf",
        "source = \"./modules/authorization-server\"",
        "source = \"../acme-source/modules/authorization-server\"",
        "module.orders"
    )]
    [InlineData(
        Server,
        "name           = each.value",
        "name           = data.x.y.name",
        "module.orders.okta_auth_server_scope.this[\"orders.read\"]"
    )]
    [InlineData(
        Server,
        "auth_server_id = okta_auth_server.this.id\n  name           = each.value",
        "auth_server_id = data.x.y.id\n  name           = each.value",
        "module.orders.okta_auth_server_scope.this[\"orders.read\"]/auth_server_id"
    )]
    [InlineData(
        Server,
        "name                      = var.name",
        "name                      = data.x.y.name",
        "module.orders.okta_auth_server.this"
    )]
    [InlineData(
        "main.tf",
        "org_name      = var.org_name",
        "org_name      = \"other\"",
        "module.orders.okta_auth_server_scope.this[\"orders.read\"]/org"
    )]
    public async Task Where_sources_may_declare_more_nothing_is_declared_nowhere(string file, string old, string by, string noted)
    {
        // Without the edit, the scope is declared nowhere, as the test above says.
        acme.Copy()
            .With(Orders + "scopes.json", Scopes().Replace("\"orders.write\"", "\"orders.delete\"", StringComparison.Ordinal))
            .WriteTo(Path.Combine(folder.Path, "edited"));
        Edit(file, old, by);
        var report = await JsonAsync(Source, "edited");
        Assert.DoesNotContain("'orders.delete'", Findings(report), StringComparison.Ordinal);
        Assert.DoesNotContain(Changes(report), change => Text(change, "status") == "added");
        Assert.Contains("terraform/" + noted, NotCompared(report));
        // Of two states of what Terraform manages, neither.
        report = await JsonAsync(Source, State);
        Assert.DoesNotContain(Changes(report), change => Text(change, "title").StartsWith("scope ", StringComparison.Ordinal));
        report = await JsonAsync(State, Source);
        Assert.DoesNotContain(Changes(report), change => Text(change, "title").StartsWith("scope ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "resource \"google_apigee_target_server\" \"orders\" {",
        "resource \"google_apigee_target_server\" \"orders\" {\n  for_each = var.of_whoever_applies"
    )]
    [InlineData(
        "resource \"google_apigee_api_product\" \"orders\" {",
        "resource \"google_apigee_target_server\" \"more\" {\n  for_each = data.x.y.z\n}\n\nresource \"google_apigee_api_product\" \"orders\" {"
    )]
    [InlineData("name   = \"orders\"", "name   = var.of_whoever_applies")]
    [InlineData("env_id = local.environment", "env_id = var.of_whoever_applies")]
    [InlineData("source = \"./modules/authorization-server\"", "source = \"git::https://example.com/servers.git\"")]
    public async Task Where_sources_may_declare_more_of_an_environment_nothing_is_declared_nowhere(string old, string by)
    {
        var list = acme.Paths.Single(path => path.EndsWith("prod/targetservers.json", StringComparison.Ordinal));
        var one = acme.Paths.Single(path => path.EndsWith("prod/targetservers/orders.json", StringComparison.Ordinal));
        acme.Copy()
            .With(list, "[\"orders\",\"extra\"]")
            .With(
                one.Replace("orders.json", "extra.json", StringComparison.Ordinal),
                acme.Text(one).Replace("\"orders\"", "\"extra\"", StringComparison.Ordinal)
            )
            .WriteTo(Path.Combine(folder.Path, "edited"));
        Assert.Contains("target server 'extra'", Findings(await JsonAsync(Source, "edited")).ToLowerInvariant(), StringComparison.Ordinal);
        Edit("main.tf", old, by);
        var report = await JsonAsync(Source, "edited");
        Assert.Empty(Findings(report));
        Assert.DoesNotContain(Changes(report), change => Text(change, "status") is "added" or "removed");
        Assert.DoesNotContain(
            Changes(await JsonAsync(State, Source)),
            change => Text(change, "title").StartsWith("target server", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            Changes(await JsonAsync(Source, State)),
            change => Text(change, "title").StartsWith("target server", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_sources_no_longer_declare_goes_from_a_state_and_stays_in_what_is_live()
    {
        Edit("main.tf", "resource \"google_apigee_target_server\" \"orders\"", "data \"google_apigee_target_server\" \"orders\"");
        Assert.Equal("removed", Text(Assert.Single(Changes(await JsonAsync(State, Source))), "status"));
        Assert.Equal("added", Text(Assert.Single(Changes(await JsonAsync(Source, State))), "status"));
        Assert.Empty(Changes(await JsonAsync("live", Source)));
        Assert.Empty(Changes(await JsonAsync(Source, "live")));
    }

    [Theory]
    [InlineData("scope_whitelist               = var.rules[count.index].scopes", "scope_whitelist               = null")]
    [InlineData("scope_whitelist               = var.rules[count.index].scopes", "")]
    [InlineData("count = length(var.rules)", "count = length(var.rules)\n  lifecycle {\n    ignore_changes = [scope_whitelist]\n  }")]
    public async Task What_is_left_to_others_is_no_change(string old, string by)
    {
        Edit("main.tf", "scopes      = [\"orders.read\"]", "scopes      = [\"orders.write\"]");
        Assert.NotEmpty(Changes(await JsonAsync("live", Source)));
        Edit(Server, old, by);
        Assert.Empty(Changes(await JsonAsync("live", Source)));
    }

    [Fact]
    public async Task An_audit_is_compared_with_sources()
    {
        Edit("main.tf", "minutes     = 15", "minutes     = 45");
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "live", "--compare-with", Source, "--fail-on-drift"]);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Contains("AccessTokenMinutes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sources_are_audited_as_a_state_is()
    {
        var source = await AuditorProgram.RunAsync(folder.Path, ["audit", Source]);
        var state = await AuditorProgram.RunAsync(folder.Path, ["audit", State]);
        Assert.Equal((state.Code, state.Output, state.Error), (source.Code, source.Output, source.Error));
    }

    [Theory]
    [InlineData("resource \"okta_auth_server\" \"a\" {\n  name = var.name\n}\n")]
    [InlineData("resource \"okta_group\" \"a\" {\n  name = \"a\"\n}\n")]
    [InlineData("")]
    public async Task What_leaves_nothing_to_judge_is_not_clean(string content)
    {
        folder.Write("few/main.tf", content);
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "few"]);
        Assert.Equal(5, run.Code);
        Assert.Contains("of what Terraform declares there nothing can be judged alone", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("clean", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_of_sources_is_in_a_report()
    {
        folder.Write(
            Source + "/secrets.tf",
            """
            variable "lifetime" {
              default   = 4567
              sensitive = true
            }
            resource "google_apigee_environment_keyvaluemaps" "backend" {
              env_id = local.environment
              name   = "backend"
            }
            resource "google_apigee_environment_keyvaluemaps_entries" "password" {
              env_keyvaluemap_id = "${local.environment}/keyvaluemaps/${google_apigee_environment_keyvaluemaps.backend.name}"
              name               = "password"
              value              = "MARKER-value-of-a-map"
            }
            resource "okta_user" "a" {
              password = "MARKER-password"
            }
            """
        );
        Edit("main.tf", "minutes     = 15", "minutes     = var.lifetime");
        Edit("variables.tf", "\"00gStaff\"", "\"EVERYONE\"");
        string[] formats = ["text", "json", "ndjson", "sarif", "html", "markdown", "csv", "run"];
        foreach (var sides in new[] { new[] { "live", Source }, [Source, "live"] })
        {
            var run = await AuditorProgram.RunAsync(
                folder.Path,
                ["diff", .. sides, .. formats.SelectMany(format => new[] { "--report", $"{format}=report.{format}" })]
            );
            Assert.Equal((1, ""), (run.Code, run.Error));
            foreach (var format in formats)
            {
                var report = await File.ReadAllTextAsync(
                    Path.Combine(folder.Path, $"report.{format}"),
                    TestContext.Current.CancellationToken
                );
                Assert.Contains("EVERYONE", report, StringComparison.Ordinal);
                Assert.DoesNotContain("MARKER", report, StringComparison.Ordinal);
                Assert.DoesNotContain("4567", report, StringComparison.Ordinal);
            }
        }

        var both = await JsonAsync("live", Source);
        Assert.Contains("terraform/module.orders.okta_auth_server_policy_rule.this[0]/access_token_lifetime_minutes", NotCompared(both));
        Assert.Contains(
            "password",
            Assert
                .Single(Changes(both), change => Text(change, "title").StartsWith("key value map", StringComparison.Ordinal))
                .GetRawText(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("sources of Terraform hold one state", "recorded:" + Source, "live")]
    [InlineData("sources of Terraform hold one state", "refreshed:" + Source, "live")]
    [InlineData("sources of Terraform hold one state", "planned:" + Source, "live")]
    [InlineData("name a second state", Source)]
    public async Task Sources_hold_one_state(string says, params string[] sides) =>
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides]), 2, says);

    [Fact]
    public async Task A_malformed_file_is_one_line_with_its_place()
    {
        folder.Write(Source + "/broken.tf", "locals {\n  a = \"MARKER\n}\n");
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", Source, "live"]);
        AuditorProgram.EndsWithOneLine(run, 2, "broken.tf:2:14: the text goes over the end of the line");
        Assert.DoesNotContain("MARKER", run.Error, StringComparison.Ordinal);
    }

    private string Scopes() => acme.Text(Orders + "scopes.json");

    private void Edit(string file, string old, string by)
    {
        var path = Path.Combine(folder.Path, Source, file);
        var text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, by, StringComparison.Ordinal));
    }

    private static string Told(JsonElement report, string declared)
    {
        var told = JsonNode.Parse(report.GetProperty("changes").GetRawText())!.AsObject();
        var findings = report
            .GetProperty("findings")
            .EnumerateArray()
            .Select(finding => Text(finding, "rule") + " " + Text(finding, "message"));
        var changes = told["entities"]!
            .AsArray()
            .Select(change =>
                string.Join(
                    '|',
                    new[] { "kind", "title", "status", "direction", "impact", "access", "differences", "fields" }.Select(name =>
                        change![name]?.ToJsonString()
                    )
                )
            );
        return string.Join('\n', changes.Concat(findings)).Replace(declared, "DECLARED", StringComparison.Ordinal);
    }

    private static string Findings(JsonElement report) =>
        string.Join('\n', report.GetProperty("findings").EnumerateArray().Select(finding => Text(finding, "message")))
            .Replace("Scope '", "scope '", StringComparison.Ordinal);

    private static IEnumerable<string> NotCompared(JsonElement report) =>
        report.GetProperty("changes").GetProperty("notAssessed").EnumerateArray().Select(part => Text(part, "part"));

    private async Task<JsonElement> JsonAsync(params string[] sides)
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides, "--report", "json"]);
        Assert.Equal("", run.Error);
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }

    private static List<JsonElement> Changes(JsonElement report) =>
        [.. report.GetProperty("changes").GetProperty("entities").EnumerateArray()];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
