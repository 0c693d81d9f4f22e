using Auditor.Collectors.Terraform;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>Lists of which resources of their own say parts: whatever they belong to, managed or not or not there yet, nothing of them is lost, and nothing else goes.</summary>
public sealed class TerraformPartsOfLists
{
    private const string Group = "organizations/acme/envgroups/public";
    private const string Map = "organizations/acme/environments/prod/keyvaluemaps/backend";

    [Fact]
    public void An_attachment_says_nothing_of_others()
    {
        Assert.Equal(["prod", "eu", "us"], Attached(new PlanText().Makes("google_apigee_envgroup_attachment.us", Attachment("us"))));
        Assert.Equal(["prod"], Attached(new PlanText().Removes("google_apigee_envgroup_attachment.eu", Attachment("eu"))));
        Assert.Empty(
            Attached(
                new PlanText()
                    .Removes("google_apigee_envgroup_attachment.eu", Attachment("eu"))
                    .Removes("google_apigee_envgroup_attachment.prod", Attachment("prod"))
            )
        );
        Assert.Equal(
            ["prod", "us"],
            Attached(new PlanText().Replaces("google_apigee_envgroup_attachment.eu", Attachment("eu"), Attachment("us"), "id"))
        );
        // At another address, and of a group that is managed itself.
        Assert.Equal(
            ["prod", "eu"],
            Attached(
                new PlanText()
                    .Removes("google_apigee_envgroup_attachment.old", Attachment("eu"))
                    .Makes("google_apigee_envgroup_attachment.new", Attachment("eu"))
                    .Has("google_apigee_envgroup.public", $$"""{"id":"{{Group}}","name":"public","hostnames":["api.acme.example"]}""")
            )
        );
    }

    [Fact]
    public void An_attachment_of_a_group_that_is_yet_to_be_made_is_attached_to_it()
    {
        var plan = new PlanText()
            .Makes(
                "google_apigee_envgroup.inner",
                """{"name":"inner","org_id":"organizations/acme","hostnames":["in.acme.example"]}""",
                "id"
            )
            .Makes("google_apigee_envgroup_attachment.inner", """{"environment":"prod"}""", "id", "envgroup_id")
            .Makes("google_apigee_envgroup_attachment.lost", """{"environment":"eu"}""", "id", "envgroup_id")
            .Refers(
                "google_apigee_envgroup_attachment.inner",
                "envgroup_id",
                "google_apigee_envgroup.inner.id",
                "google_apigee_envgroup.inner"
            );
        var laid = PlannedEstate.With(plan);
        Assert.Equal(["prod"], laid.Apigee[0].EnvironmentGroups.Items.Single(group => group.Name == "inner").Environments);
        Assert.Equal(
            [
                "terraform/google_apigee_envgroup_attachment.lost/envgroup_id: which environment group it belongs to is not known, or the environment group is not",
            ],
            PlannedEstate.Notes(laid)
        );
    }

    [Fact]
    public void Entries_of_a_map_that_is_not_managed_are_its_entries()
    {
        Assert.Equal(
            ["host", "password", "timeout"],
            Entries(new PlanText().Makes("google_apigee_environment_keyvaluemaps_entries.host", Entry("host")))
        );
        Assert.Equal(["password"], Entries(new PlanText().Removes("google_apigee_environment_keyvaluemaps_entries.t", Entry("timeout"))));
        Assert.Equal(
            ["host", "password"],
            Entries(new PlanText().Replaces("google_apigee_environment_keyvaluemaps_entries.t", Entry("timeout"), Entry("host")))
        );
    }

    [Fact]
    public void Entries_of_a_map_that_is_yet_to_be_made_are_its_entries()
    {
        const string Name = "google_apigee_environment_keyvaluemaps_entries.host";
        var plan = new PlanText()
            .Makes(
                "google_apigee_environment_keyvaluemaps.front",
                """{"name":"front","env_id":"organizations/acme/environments/prod"}""",
                "id"
            )
            .Makes(Name, """{"name":"host","value":"x"}""", "id", "env_keyvaluemap_id")
            .Makes("google_apigee_environment_keyvaluemaps_entries.lost", """{"name":"lost","value":"x"}""", "env_keyvaluemap_id")
            .Refers(
                Name,
                "env_keyvaluemap_id",
                "google_apigee_environment_keyvaluemaps.front.id",
                "google_apigee_environment_keyvaluemaps.front"
            );
        var laid = PlannedEstate.With(plan);
        var map = laid.Apigee[0].Environments[0].KeyValueMaps.Items.Single(one => one.Name == "front");
        Assert.Equal("host", Assert.Single(map.Entries).Key);
        Assert.StartsWith(
            "terraform/google_apigee_environment_keyvaluemaps_entries.lost/env_keyvaluemap_id: which key value map",
            Assert.Single(PlannedEstate.Notes(laid)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("google_apigee_target_server", """{"name":"new","host":"h","port":443,"org_id":"organizations/acme"}""")]
    [InlineData("google_apigee_env_references", """{"name":"new","refers":"store","resource_type":"KeyStore"}""")]
    [InlineData("google_apigee_environment_keyvaluemaps", """{"name":"new"}""")]
    [InlineData("google_apigee_flowhook", """{"org_id":"acme","flow_hook_point":"PreProxyFlowHook","sharedflow":"other"}""")]
    public void What_is_in_an_environment_that_is_not_known_is_not_compared(string type, string values)
    {
        var plan = new PlanText().Makes($"{type}.new", values, "env_id", "environment");
        Assert.Contains(
            $"terraform/{type}.new/environment: which environment it belongs to is not known",
            PlannedEstate.Notes(PlannedEstate.With(plan))
        );
        // Said to be one that is yet to be made, it is in that one.
        plan.Makes("google_apigee_environment.eu", """{"name":"eu","org_id":"organizations/acme"}""", "id")
            .Refers($"{type}.new", type == "google_apigee_flowhook" ? "environment" : "env_id", "google_apigee_environment.eu");
        var laid = PlannedEstate.With(plan);
        Assert.Empty(PlannedEstate.Notes(laid));
        var eu = laid.Apigee[0].FindEnvironment("eu")!;
        Assert.Equal(1, eu.TargetServers.Count + eu.References.Count + eu.KeyValueMaps.Count + eu.FlowHooks.Count);
    }

    [Fact]
    public void Groups_are_assigned_to_clients_that_are_not_managed()
    {
        Assert.Equal(["00g1", "00g2", "00g3"], Groups(new PlanText().Makes("okta_app_group_assignment.a", Assignment("00g3"))));
        Assert.Equal(["00g1"], Groups(new PlanText().Removes("okta_app_group_assignment.a", Assignment("00g2"))));
        Assert.Equal(
            ["00g1", "00g3"],
            Groups(new PlanText().Replaces("okta_app_group_assignment.a", Assignment("00g2"), Assignment("00g3")))
        );
        // The list of all of them says all; where it goes, what it said goes.
        const string All = """{"app_id":"0oa1","group":[{"id":"00g2"},{"id":"00g4"}]}""";
        Assert.Equal(["00g2", "00g4"], Groups(new PlanText().Makes("okta_app_group_assignments.a", All)));
        Assert.Equal(["00g1"], Groups(new PlanText().Removes("okta_app_group_assignments.a", All)));
        Assert.Equal(
            ["00g1", "00g2"],
            Groups(new PlanText().Removes("okta_app_group_assignments.a", All).Makes("okta_app_group_assignment.b", Assignment("00g2")))
        );
    }

    [Fact]
    public void What_is_not_known_yet_of_a_list_of_all_is_what_it_was()
    {
        const string Before = """{"app_id":"0oa1","group":[{"id":"00g1"},{"id":"00g2"}]}""";
        foreach (var others in Enum.GetValues<TerraformOthers>())
        {
            var laid = PlannedEstate.With(
                new PlanText()
                    .Changes("okta_app_group_assignments.a", Before, """{"app_id":"0oa1"}""", "group")
                    .Has("okta_app_oauth.shop", """{"id":"0oa1","label":"Shop"}"""),
                others
            );
            Assert.Equal(["00g1", "00g2"], laid.Okta[0].Apps[0].Groups.Items.Order(StringComparer.Ordinal));
            Assert.Contains("terraform/okta_app_group_assignments.a/group: known only after the apply", PlannedEstate.Notes(laid));
        }
    }

    [Fact]
    public void What_belongs_to_a_client_that_is_yet_to_be_made_is_its_own()
    {
        var plan = new PlanText()
            .Makes("okta_app_oauth.new", """{"label":"New"}""", "id", "client_id")
            .Makes("okta_app_group_assignment.new", """{"group_id":"00g1"}""", "id", "app_id")
            .Makes("okta_app_oauth_api_scope.new", """{"scopes":["okta.logs.read"]}""", "id", "app_id")
            .Makes("okta_app_group_assignment.lost", """{"group_id":"00g1"}""", "id", "app_id")
            .Makes("okta_app_oauth_api_scope.other", """{"app_id":"0oaOther","scopes":["okta.logs.read"]}""", "id")
            .Refers("okta_app_group_assignment.new", "app_id", "okta_app_oauth.new.id", "okta_app_oauth.new")
            .Refers("okta_app_oauth_api_scope.new", "app_id", "okta_app_oauth.new.id", "okta_app_oauth.new");
        var laid = PlannedEstate.With(plan);
        var made = laid.Okta[0].Apps.Items.Single(app => app.Label == "New");
        Assert.Equal(["00g1"], made.Groups);
        Assert.Equal(["okta.logs.read"], made.Grants);
        var notes = PlannedEstate.Notes(laid);
        Assert.Contains(
            "terraform/okta_app_group_assignment.lost/app_id: which client it belongs to is not known, or the client is not",
            notes
        );
        Assert.Contains(
            "terraform/okta_app_oauth_api_scope.other/app_id: which client it belongs to is not known, or the client is not",
            notes
        );
    }

    [Fact]
    public void Scopes_are_granted_to_clients_and_servers_trusted_whoever_manages_them()
    {
        const string Scopes = """{"app_id":"0oa1","scopes":["okta.users.read","okta.logs.read"]}""";
        Assert.Equal(["okta.users.read", "okta.logs.read"], Grants(new PlanText().Makes("okta_app_oauth_api_scope.a", Scopes)));
        Assert.Equal(["okta.apps.read"], Grants(new PlanText().Removes("okta_app_oauth_api_scope.a", Scopes)));

        const string Trusted = """{"auth_server_id":"aus1","trusted":["aus8","aus9"]}""";
        Assert.Equal(["aus8", "aus9"], TrustedBy("aus1", new PlanText().Makes("okta_trusted_server.a", Trusted)));
        Assert.Equal(["aus7"], TrustedBy("aus1", new PlanText().Removes("okta_trusted_server.a", Trusted)));
        Assert.Equal(["aus7", "aus8"], TrustedBy("aus2", new PlanText().Removes("okta_trusted_server.a", Trusted)));
        var lost = PlannedEstate.With(new PlanText().Makes("okta_trusted_server.a", """{"trusted":["aus9"]}""", "auth_server_id"));
        Assert.Equal(
            [
                "terraform/okta_trusted_server.a/auth_server_id: which authorization server it belongs to is not known, or the authorization server is not",
            ],
            PlannedEstate.Notes(lost)
        );
    }

    [Fact]
    public void A_rule_of_a_policy_that_is_not_known_is_not_compared()
    {
        var plan = new PlanText().Makes(
            "okta_auth_server_policy_rule.all",
            """{"auth_server_id":"aus1","name":"All","group_whitelist":["EVERYONE"]}""",
            "policy_id"
        );
        Assert.Equal(
            [
                "terraform/okta_auth_server_policy_rule.all/policy_id: which access policy it belongs to is not known, or the access policy is not",
            ],
            PlannedEstate.Notes(PlannedEstate.With(plan))
        );
    }

    [Fact]
    public void An_estate_without_an_org_says_that_nothing_of_it_was_compared()
    {
        var plan = new PlanText()
            .Makes("okta_group.staff", """{"name":"staff"}""", "id")
            .Makes("okta_auth_server.orders", """{"name":"Orders"}""", "id");
        var laid = plan.Read().Over(TerraformView.Planned, PlannedEstate.Whole with { Okta = [] }, TerraformOthers.Stay);
        Assert.Empty(laid.Okta);
        Assert.Equal(
            [
                "terraform/okta_auth_server.orders/org: what it is compared with holds no Okta org",
                "terraform/okta_group.staff/org: what it is compared with holds no Okta org",
            ],
            PlannedEstate.Notes(laid)
        );
    }

    private static string Attachment(string environment) => $$"""{"envgroup_id":"{{Group}}","environment":"{{environment}}"}""";

    private static string Entry(string key) => $$"""{"env_keyvaluemap_id":"{{Map}}","name":"{{key}}","value":"x"}""";

    private static string Assignment(string group) => $$"""{"app_id":"0oa1","group_id":"{{group}}"}""";

    private static IEnumerable<string> Attached(PlanText plan) =>
        Assert.Single(PlannedEstate.With(plan).Apigee[0].EnvironmentGroups).Environments.Items;

    private static IEnumerable<string> Entries(PlanText plan) =>
        Assert.Single(PlannedEstate.With(plan).Apigee[0].Environments[0].KeyValueMaps).Entries.Items.Select(entry => entry.Key);

    private static IEnumerable<string> Groups(PlanText plan) => Assert.Single(PlannedEstate.With(plan).Okta[0].Apps).Groups.Items;

    private static IEnumerable<string> Grants(PlanText plan) => Assert.Single(PlannedEstate.With(plan).Okta[0].Apps).Grants.Items;

    private static IEnumerable<string> TrustedBy(string server, PlanText plan) =>
        PlannedEstate.With(plan).Okta[0].AuthorizationServers.Items.Single(one => one.Id == server).TrustedServers.Items;
}
