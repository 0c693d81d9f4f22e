using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>
/// Documents of <c>terraform show -json</c>, through the real program: a state that is what is live, a plan that found changes made outside of it, and a plan of changes to come. Every
/// secret in them holds the word MARKER.
/// </summary>
public sealed class TerraformPlans : IDisposable
{
    private const string State = "acme.state.json";
    private const string Drift = "acme-drift.plan.json";
    private const string Change = "acme-change.plan.json";
    private const string Rules = "okta/acme.okta.com/api/v1/authorizationServers/ausOrders/policies/00p1/rules.json";

    private readonly TemporaryFolder folder = new();
    private readonly Estate acme = Estate.Load("acme");

    public TerraformPlans()
    {
        foreach (var name in new[] { State, Drift, Change })
        {
            folder.Write(name, Plan(name));
        }

        acme.WriteTo(Path.Combine(folder.Path, "live"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("changed-outside.txt", "recorded:" + Drift, "refreshed:" + Drift)]
    [InlineData("planned-back.txt", Drift)]
    [InlineData("planned-change.txt", Change)]
    [InlineData("planned-change-of-live.txt", "live", Change)]
    public async Task What_a_plan_says_is_told(string golden, params string[] sides)
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides]);
        Assert.Equal("", run.Error);
        var file = Path.Combine(Repository.Root, "tests", "terraform", golden);
        var told = run.Output + $"exit code {run.Code}\n";
        if (Environment.GetEnvironmentVariable("AUDITOR_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(file, told, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), told);
    }

    [Fact]
    public async Task What_was_changed_outside_is_apart_from_what_is_planned()
    {
        // What was changed by hand and is to be put back is the same way there and back: reading one list only would show one of the two.
        var outside = Changes(await JsonAsync("recorded:" + Drift, "refreshed:" + Drift));
        var planned = Changes(await JsonAsync(Drift));
        Assert.Equal(
            [("token grant", "weakens"), ("API product", "weakens"), ("access rule", "weakens")],
            outside.Select(change => (Text(change, "kind"), Text(change, "direction")))
        );
        Assert.Equal(
            [("token grant", "strengthens"), ("API product", "strengthens"), ("access rule", "strengthens")],
            planned.Select(change => (Text(change, "kind"), Text(change, "direction")))
        );
        Assert.Equal("wider", Text(outside[0], "access"));
        Assert.Equal("narrower", Text(planned[0], "access"));
    }

    [Fact]
    public async Task What_is_not_known_before_the_apply_is_not_compared_and_nothing_unmanaged_is_removed()
    {
        var report = await JsonAsync("live", Change);
        var apart = report
            .GetProperty("changes")
            .GetProperty("notAssessed")
            .EnumerateArray()
            .Select(part => Text(part, "part"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "terraform/google_apigee_instance",
                "terraform/okta_auth_server.payments/issuer",
                "terraform/okta_auth_server.payments/kid",
                "terraform/okta_auth_server_policy.payments",
            ],
            apart
        );
        var removed = Assert.Single(Changes(report), change => Text(change, "status") == "removed");
        Assert.Equal("scope 'orders.write' of authorization server 'Orders'", Text(removed, "title"));
    }

    [Fact]
    public async Task What_is_live_as_it_is_declared_is_no_change()
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", State, "live"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("no change\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_made_by_hand_is_declared_nowhere_and_what_it_opens_is_told()
    {
        var edited = acme.Copy();
        var rules = JsonNode.Parse(edited.Text(Rules))!.AsArray();
        var added = rules[1]!.DeepClone();
        (added["id"], added["name"], added["priority"]) = ("0pr3", "For a test", 3);
        added["conditions"]!["scopes"]!["include"] = new JsonArray("orders.read", "orders.write");
        rules.Add(added);
        edited.With(Rules, rules.ToJsonString()).WriteTo(Path.Combine(folder.Path, "edited"));
        var report = await JsonAsync(State, "edited");
        var findings = report.GetProperty("findings").EnumerateArray().ToList();
        Assert.Contains(
            "Access rule 'For a test' of authorization server 'Orders' is live, and acme.state.json does not declare it",
            Text(Assert.Single(findings, finding => Text(finding, "rule") == "DRF-002"), "message"),
            StringComparison.Ordinal
        );
        Assert.Contains(findings, finding => Text(finding, "rule") == "DRF-004" && Text(finding, "level") == "error");
        Assert.DoesNotContain(Changes(report), change => Text(change, "status") == "removed");
    }

    [Fact]
    public async Task An_audit_is_compared_with_what_is_declared()
    {
        var edited = acme.Copy();
        edited.With(
            Rules,
            edited.Text(Rules).Replace("\"accessTokenLifetimeMinutes\": 15", "\"accessTokenLifetimeMinutes\": 30", StringComparison.Ordinal)
        );
        edited.WriteTo(Path.Combine(folder.Path, "edited"));
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "edited", "--compare-with", State, "--fail-on-drift"]);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Contains("AccessTokenMinutes", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", "live", "--compare-with", State, "--fail-on-drift"])).Code);
    }

    [Fact]
    public async Task What_Terraform_manages_can_be_audited_alone_and_says_nothing_of_the_rest()
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", State]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("1 authorization server, 2 clients", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("okta_auth_server", "true")]
    [InlineData("okta_auth_server", "{}")]
    [InlineData("google_apigee_environment", "{}")]
    public async Task What_leaves_nothing_to_judge_is_not_clean(string type, string marks)
    {
        folder.Write(
            "few.json",
            """{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"T.a","mode":"managed","type":"T","name":"a","values":{"id":"a","name":"a","label":"a","org_id":"organizations/acme"},"sensitive_values":M}]}}}"""
                .Replace("T", type, StringComparison.Ordinal)
                .Replace("M", marks, StringComparison.Ordinal)
        );
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "few.json"]);
        Assert.Equal(5, run.Code);
        Assert.Contains("nothing can be judged alone", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("clean", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_of_a_plan_is_in_a_report()
    {
        // A value that is marked is not shown, whichever it is.
        var marked = JsonNode.Parse(Plan(Change))!;
        var change = marked["resource_changes"]!
            .AsArray()
            .Single(one => (string?)one!["address"] == "module.orders.okta_auth_server_policy_rule.this[0]")!;
        change["change"]!["after"]!["scope_whitelist"] = new JsonArray("MARKER-scope");
        change["change"]!["after_sensitive"] = new JsonObject { ["scope_whitelist"] = true };
        var planned = marked["planned_values"]!["root_module"]!["child_modules"]![0]!["resources"]!
            .AsArray()
            .Single(one => (string?)one!["address"] == "module.orders.okta_auth_server_policy_rule.this[0]")!;
        planned["values"]!["scope_whitelist"] = new JsonArray("MARKER-scope");
        folder.Write("marked.json", marked.ToJsonString());
        string[] formats = ["text", "json", "ndjson", "sarif", "html", "markdown", "csv", "run"];
        foreach (var side in new[] { Change, "marked.json" })
        {
            var run = await AuditorProgram.RunAsync(
                folder.Path,
                ["diff", "live", side, .. formats.SelectMany(format => new[] { "--report", $"{format}={side}.{format}" })]
            );
            Assert.Equal((1, ""), (run.Code, run.Error));
            foreach (var format in formats)
            {
                var report = await File.ReadAllTextAsync(
                    Path.Combine(folder.Path, $"{side}.{format}"),
                    TestContext.Current.CancellationToken
                );
                Assert.Contains("EVERYONE", report, StringComparison.Ordinal);
                Assert.DoesNotContain("MARKER", report, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task What_a_first_apply_makes_is_new_and_what_the_last_one_takes_is_gone()
    {
        var first = JsonNode.Parse(Plan(Drift))!.AsObject();
        first.Remove("prior_state");
        first.Remove("resource_drift");
        var managed = first["planned_values"]!.DeepClone();
        folder.Write("first.json", first.ToJsonString());
        var made = Changes(await JsonAsync("first.json"));
        Assert.Contains("authorization server 'Orders'", made.Select(change => Text(change, "title")));
        Assert.Contains("API product 'orders'", made.Select(change => Text(change, "title")));
        Assert.All(made, change => Assert.Equal("added", Text(change, "status")));

        first["planned_values"] = new JsonObject();
        first["resource_changes"] = new JsonArray();
        first["prior_state"] = new JsonObject { ["values"] = managed };
        folder.Write("last.json", first.ToJsonString());
        var gone = Changes(await JsonAsync("last.json"));
        Assert.Equal(made.Select(change => Text(change, "title")).Order(), gone.Select(change => Text(change, "title")).Order());
        Assert.All(gone, change => Assert.Equal("removed", Text(change, "status")));
    }

    [Fact]
    public async Task A_run_of_which_no_estate_is_kept_is_compared_with_no_plan()
    {
        Assert.NotEqual(2, (await AuditorProgram.RunAsync(folder.Path, ["audit", "live", "--store", "runs.db"])).Code);
        AuditorProgram.EndsWithOneLine(
            await AuditorProgram.RunAsync(folder.Path, ["diff", "run:last", Change, "--store", "runs.db"]),
            2,
            "keeps the state and not the estate"
        );
    }

    [Fact]
    public async Task A_document_that_cannot_be_used_is_refused_in_one_line()
    {
        folder.Write("given.json", "{\"format_version\":\"1.0\",\"values\":" + string.Concat(Enumerable.Repeat("[", 100_000)));
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["audit", "given.json"]), 2, "nested deeper than 64");
    }

    [Theory]
    [InlineData("name a second state", State)]
    [InlineData("holds nothing but itself", "recorded:" + State, "live")]
    [InlineData("only a plan of Terraform", "planned:live2", "live")]
    [InlineData("name the plan", "planned:", "live")]
    public async Task A_state_that_there_is_not_is_said_to_be_missing(string says, params string[] sides)
    {
        acme.WriteTo(Path.Combine(folder.Path, "live2"));
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides]), 2, says);
    }

    [Theory]
    [InlineData(
        "'run:1' is a run, of which the store keeps the state and not the estate: compare 'acme-change.plan.json'",
        "run:1",
        Change
    )]
    [InlineData(
        "'run:1' is a run, of which the store keeps the state and not the estate: compare 'acme-change.plan.json'",
        Change,
        "run:1"
    )]
    [InlineData("with --declared the first state is what is declared, e.g. a checkout", "run:1", "live", "--declared")]
    public async Task A_run_is_no_estate_that_something_can_be_laid_over(string says, params string[] sides)
    {
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", "live", "--store", "auditor.db"])).Code);
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["diff", .. sides, "--store", "auditor.db"]), 2, says);
    }

    [Fact]
    public async Task A_plan_of_a_part_is_incomplete()
    {
        folder.Write("part.json", Plan(Drift).Replace("\"complete\": true", "\"complete\": false", StringComparison.Ordinal));
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", "live", "part.json"]);
        Assert.Equal(4, run.Code);
        Assert.Contains("not complete", run.Output, StringComparison.Ordinal);
    }

    private static string Plan(string name) => File.ReadAllText(Path.Combine(Repository.Root, "tests", "terraform", name));

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
