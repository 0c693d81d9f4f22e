using Auditor.Collectors.Terraform;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>What an apply takes away: what it deletes, what it replaces or renames as it was, and nothing that is declared at another address.</summary>
public sealed class TerraformDeletions
{
    private const string Prod = "organizations/acme/environments/prod";
    private const string Orders = $$"""{"name":"orders","env_id":"{{Prod}}","host":"orders.acme.example","port":443}""";
    private const string Guard = $$"""{"org_id":"acme","environment":"prod","flow_hook_point":"PreProxyFlowHook","sharedflow":"guard"}""";
    private const string Environment = $$"""{"name":"prod","org_id":"organizations/acme","id":"{{Prod}}"}""";
    private const string Deployed = """{"org_id":"acme","environment":"prod","proxy_id":"orders-v1","revision":3}""";

    [Fact]
    public void What_is_replaced_by_another_is_gone()
    {
        var laid = PlannedEstate.With(
            new PlanText()
                .Replaces(
                    "google_apigee_target_server.orders",
                    Orders,
                    Orders.Replace("\"orders\"", "\"orders-2\"", StringComparison.Ordinal),
                    "id"
                )
                .Replaces(
                    "okta_auth_server_scope.read",
                    """{"id":"scp1","auth_server_id":"aus1","name":"orders.read"}""",
                    """{"auth_server_id":"aus2","name":"orders.write"}""",
                    "id"
                )
                .Replaces("google_apigee_flowhook.guard", Guard, Guard.Replace("PreProxy", "PostProxy", StringComparison.Ordinal), "id")
        );
        var environment = laid.Apigee[0].Environments[0];
        Assert.Equal(["orders-2"], environment.TargetServers.Items.Select(server => server.Name));
        Assert.Equal(
            [("PreProxyFlowHook", null), ("PostProxyFlowHook", "guard")],
            environment.FlowHooks.Items.Select(hook => (hook.Point, hook.SharedFlow))
        );
        Assert.Equal(["", "orders.read orders.write"], laid.Okta[0].AuthorizationServers.Items.Select(Scopes));
        Assert.Empty(laid.Coverage);
    }

    [Fact]
    public void What_is_renamed_in_place_is_gone_under_the_name_it_had()
    {
        var laid = PlannedEstate.With(
            new PlanText().Changes(
                "okta_auth_server_scope.read",
                """{"id":"scp1","auth_server_id":"aus1","name":"orders.read"}""",
                """{"id":"scp1","auth_server_id":"aus1","name":"orders.read.all"}"""
            )
        );
        Assert.Equal(["orders.read.all", "orders.read"], laid.Okta[0].AuthorizationServers.Items.Select(Scopes));
    }

    [Fact]
    public void What_moved_to_another_address_stays()
    {
        var laid = PlannedEstate.With(
            new PlanText()
                .Removes("google_apigee_environment.old", Environment)
                .Makes("google_apigee_environment.new", Environment)
                .Removes("google_apigee_flowhook.old", Guard)
                .Makes("google_apigee_flowhook.new", Guard)
                .Removes("google_apigee_target_server.old", Orders)
                .Makes("google_apigee_target_server.new", Orders)
                .Removes("google_apigee_api_deployment.old", Deployed)
                .Makes("google_apigee_api_deployment.new", Deployed)
        );
        var environment = Assert.Single(laid.Apigee[0].Environments);
        Assert.Equal("guard", Assert.Single(environment.FlowHooks).SharedFlow);
        Assert.Equal("orders", Assert.Single(environment.TargetServers).Name);
        Assert.Equal("orders-v1", Assert.Single(laid.Apigee[0].Deployments).Name);
    }

    [Fact]
    public void A_deployment_whose_revision_is_not_known_yet_does_not_go()
    {
        var plan = new PlanText().Replaces(
            "google_apigee_api_deployment.orders",
            Deployed,
            """{"org_id":"acme","environment":"prod","proxy_id":"orders-v1"}""",
            "revision"
        );
        var laid = PlannedEstate.With(plan);
        Assert.Equal(3, Assert.Single(laid.Apigee[0].Deployments).Revision);
        Assert.Contains("terraform/google_apigee_api_deployment.orders/revision: known only after the apply", PlannedEstate.Notes(laid));
    }

    [Fact]
    public void A_deployment_of_a_revision_that_is_not_at_hand_does_not_go()
    {
        var next = Deployed.Replace(":3", ":4", StringComparison.Ordinal);
        var laid = PlannedEstate.With(new PlanText().Replaces("google_apigee_api_deployment.orders", Deployed, next));
        Assert.Equal(3, Assert.Single(laid.Apigee[0].Deployments).Revision);
        Assert.Equal(
            [
                "terraform/google_apigee_api_deployment.orders/revision: revision 4 is not part of what it is compared with; revision 3 is deployed",
            ],
            PlannedEstate.Notes(laid)
        );
    }

    [Fact]
    public void What_is_deleted_is_gone_and_what_is_forgotten_stays()
    {
        const string Domain = """{"id":"OcD1","name":"id.acme.example"}""";
        var plan = new PlanText()
            .Removes("okta_domain.id", Domain)
            .Removes("google_apigee_flowhook.guard", Guard)
            .Removes("google_apigee_api_deployment.orders", Deployed)
            .Removes("okta_app_oauth.shop", """{"id":"0oa1","label":"Renamed by hand"}""");
        var laid = PlannedEstate.With(plan);
        Assert.Empty(laid.Okta[0].Domains);
        Assert.Empty(laid.Okta[0].Apps);
        Assert.Null(Assert.Single(laid.Apigee[0].Environments[0].FlowHooks).SharedFlow);
        Assert.Empty(laid.Apigee[0].Deployments);
        Assert.Single(PlannedEstate.With(new PlanText().Forgets("okta_domain.id", Domain)).Okta[0].Domains);
    }

    [Fact]
    public void Of_two_states_what_is_only_named_and_what_is_forgotten_neither_comes_nor_goes()
    {
        var plan = new PlanText()
            .Removes("google_apigee_flowhook.guard", Guard)
            .Makes("google_apigee_flowhook.eu", Guard.Replace("prod", "eu", StringComparison.Ordinal))
            .Forgets("okta_group.staff", """{"id":"00g1","name":"staff"}""")
            .Removes("google_apigee_environment.old", Environment.Replace("prod", "old", StringComparison.Ordinal))
            .Removes("google_apigee_api_deployment.orders", Deployed)
            .Read();
        var before = plan.Whole(TerraformView.Refreshed, plan.Alone(TerraformView.Planned));
        var after = plan.Over(TerraformView.Planned, before, TerraformOthers.Go);
        Assert.Equal(["eu", "old", "prod"], before.Apigee[0].Environments.Items.Select(one => one.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["eu", "prod"], after.Apigee[0].Environments.Items.Select(one => one.Name).Order(StringComparer.Ordinal));
        Assert.Empty(before.Apigee[0].FindEnvironment("eu")!.FlowHooks);
        Assert.Equal("staff", Assert.Single(after.Okta[0].Groups).Name);
        Assert.Equal(
            [
                "terraform/google_apigee_api_deployment.orders/revision: it goes, and what is deployed is known only to what is live: compare the plan with a recording",
                "terraform/okta_group.staff: it stays, and is no longer managed",
            ],
            PlannedEstate.Notes(after)
        );
    }

    [Fact]
    public void What_will_have_a_name_that_is_not_known_yet_is_what_it_was_and_that_is_said()
    {
        var laid = PlannedEstate.With(
            new PlanText()
                .Replaces(
                    "google_apigee_target_server.orders",
                    Orders,
                    $$"""{"env_id":"{{Prod}}","host":"orders-2.acme.example","port":443}""",
                    "id",
                    "name"
                )
                .Replaces("google_apigee_environment.prod", Environment, """{"org_id":"organizations/acme"}""", "id", "name")
        );
        var server = Assert.Single(Assert.Single(laid.Apigee[0].Environments).TargetServers);
        Assert.Equal(("orders", "orders-2.acme.example"), (server.Name, server.Host));
        Assert.Contains("terraform/google_apigee_target_server.orders/name: known only after the apply", PlannedEstate.Notes(laid));
        Assert.Contains("terraform/google_apigee_environment.prod/name: known only after the apply", PlannedEstate.Notes(laid));
    }

    [Fact]
    public void What_hides_which_one_it_is_is_not_taken_for_a_new_one()
    {
        var laid = PlannedEstate.With(
            new PlanText().Hides(
                "okta_auth_server.orders",
                """{"id":"aus1","name":"Orders","audiences":["x"]}""",
                """{"id":"aus1","name":"Orders","audiences":["MARKER"]}"""
            )
        );
        Assert.Equal(["Orders", "Payments"], laid.Okta[0].AuthorizationServers.Items.Select(server => server.Name));
        Assert.False(laid.Okta[0].AuthorizationServers.IsComplete);
        Assert.Equal(["terraform/okta_auth_server.orders: which one it is is marked as sensitive"], PlannedEstate.Notes(laid));
    }

    [Fact]
    public void A_replaced_parent_keeps_what_belongs_to_it()
    {
        var laid = PlannedEstate.With(
            new PlanText()
                .Replaces("okta_auth_server.orders", """{"id":"aus1","name":"Orders"}""", """{"name":"Orders"}""", "id", "issuer")
                .Replaces(
                    "okta_auth_server_policy.clients",
                    """{"id":"00p-aus1","auth_server_id":"aus1","name":"Clients","client_whitelist":["0oa1"]}""",
                    """{"name":"Clients","client_whitelist":["0oa2"]}""",
                    "id",
                    "auth_server_id"
                )
                .Makes("okta_auth_server_scope.write", """{"name":"orders.write"}""", "id", "auth_server_id")
                .Makes(
                    "okta_auth_server_policy_rule.all",
                    """{"name":"All","group_whitelist":["EVERYONE"]}""",
                    "id",
                    "auth_server_id",
                    "policy_id"
                )
                .Refers("okta_auth_server_policy.clients", "auth_server_id", "okta_auth_server.orders.id", "okta_auth_server.orders")
                .Refers("okta_auth_server_scope.write", "auth_server_id", "okta_auth_server.orders.id", "okta_auth_server.orders")
                .Refers("okta_auth_server_policy_rule.all", "auth_server_id", "okta_auth_server.orders.id", "okta_auth_server.orders")
                .Refers(
                    "okta_auth_server_policy_rule.all",
                    "policy_id",
                    "okta_auth_server_policy.clients.id",
                    "okta_auth_server_policy.clients"
                )
        );
        var server = laid.Okta[0].AuthorizationServers.Items.Single(one => one.Name == "Orders");
        Assert.Equal("orders.read orders.write", Scopes(server));
        var policy = Assert.Single(server.Policies);
        Assert.Equal(["0oa2"], policy.Clients);
        Assert.Equal(["Staff", "All"], policy.Rules.Items.Select(rule => rule.Name));
    }

    [Fact]
    public void Which_instance_is_meant_is_what_the_sources_say()
    {
        var plan = new PlanText()
            .Makes("okta_auth_server.s[0]", """{"name":"Zero"}""", "id")
            .Makes("okta_auth_server.s[1]", """{"name":"One"}""", "id")
            .Makes("okta_auth_server_scope.written[0]", """{"name":"written"}""", "auth_server_id")
            .Makes("okta_auth_server_scope.counted[1]", """{"name":"counted"}""", "auth_server_id")
            .Makes("okta_auth_server_scope.looked[1]", """{"name":"looked"}""", "auth_server_id")
            .Refers(
                "okta_auth_server_scope.written",
                "auth_server_id",
                "okta_auth_server.s[1].id",
                "okta_auth_server.s[1]",
                "okta_auth_server.s"
            )
            .Refers("okta_auth_server_scope.counted", "auth_server_id", "okta_auth_server.s", "count.index")
            .Refers("okta_auth_server_scope.looked", "auth_server_id", "okta_auth_server.s", "var.which");
        var laid = PlannedEstate.With(plan);
        Assert.Equal(
            [("Zero", ""), ("One", "written counted")],
            laid.Okta[0].AuthorizationServers.Items.Skip(2).Select(server => (server.Name, Scopes(server)))
        );
        Assert.Contains(
            PlannedEstate.Notes(laid),
            note => note.StartsWith("terraform/okta_auth_server_scope.looked[1]/auth_server_id", StringComparison.Ordinal)
        );
    }

    private static string Scopes(AuthorizationServer server) => string.Join(' ', server.Scopes.Items.Select(scope => scope.Name));
}
