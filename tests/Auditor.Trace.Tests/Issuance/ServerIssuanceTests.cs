using Auditor.Model;
using Auditor.Model.Okta;
using Auditor.Trace.Issuance;
using static Auditor.Trace.Tests.Issuance.Org;

namespace Auditor.Trace.Tests.Issuance;

public sealed class ServerIssuanceTests
{
    private static readonly OktaApp Web = App("web", "authorization_code", "refresh_token");
    private static readonly OktaApp Service = App("service", "client_credentials");

    private static (bool? IsShadowed, string By, string DependsOn) Shadow(ServerIssuance issuance, string rule)
    {
        var (policy, found) = issuance
            .Server.Policies.Items.SelectMany(policy => policy.Rules.Items.Select(candidate => (policy, candidate)))
            .Single(entry => entry.candidate.Name == rule);
        var (shadowed, by, points) = issuance.Shadow(policy, found);
        return (shadowed, string.Join(' ', by.Select(other => other.Name)), string.Join(' ', points.Select(point => point.Name)));
    }

    private static string Live(ServerIssuance issuance) =>
        string.Join(
            ' ',
            issuance.Grants.Select(grant =>
                $"{grant.Rule.Name}:{(grant.IsLive switch { true => "yes", false => "no", null => "open" })}:{string.Join(',', grant.Scopes)}"
            )
        );

    [Fact]
    public void The_first_rule_that_matches_takes_the_request()
    {
        var issuance = Issues([Web], Policy("p", ["web"], Rule("first", "read", "write"), Rule("second", "read")));
        Assert.Equal("first:yes:read,write second:no:read", Live(issuance));
        Assert.Equal((true, "first", ""), Shadow(issuance, "second"));
        Assert.Equal((false, "", ""), Shadow(issuance, "first"));
    }

    [Fact]
    public void A_rule_that_lacks_a_scope_is_passed_over()
    {
        var issuance = Issues([Web], Policy("p", ["web"], Rule("narrow", "read"), Rule("wide", "read", "write")));
        Assert.Equal("narrow:yes:read wide:yes:read,write", Live(issuance));
    }

    [Fact]
    public void Two_rules_that_hold_one_scope_each_do_not_take_a_request_for_both()
    {
        var issuance = Issues([Web], Policy("p", ["web"], Rule("r", "read"), Rule("w", "write"), Rule("both", "read", "write")));
        Assert.Equal((false, "", ""), Shadow(issuance, "both"));
    }

    [Fact]
    public void Only_a_star_holds_what_a_star_grants()
    {
        var issuance = Issues(
            [Web],
            Policy("p", ["web"], Rule("all by name", "read", "write", "ask"), Rule("star", "*"), Rule("star again", "*"))
        );
        Assert.Equal((false, "", ""), Shadow(issuance, "star"));
        Assert.Equal((true, "star", ""), Shadow(issuance, "star again"));
    }

    [Fact]
    public void An_earlier_policy_shadows_only_for_the_clients_it_admits()
    {
        var other = App("other", "authorization_code");
        var issuance = Issues(
            [Web, other],
            Policy("p1", ["web"], Rule("first", "read")),
            Policy("p2", ["web", "other"], Rule("second", "read"))
        );
        Assert.Equal((false, "", ""), Shadow(issuance, "second"));
        Assert.Equal("first:yes:read second:yes:read second:no:read", Live(issuance));
    }

    [Fact]
    public void A_policy_for_all_clients_shadows_the_ones_after_it()
    {
        var issuance = Issues(
            [Web],
            Policy("p1", [AccessPolicy.AllClients], Rule("first", "read")),
            Policy("p2", ["web"], Rule("second", "read"))
        );
        Assert.Equal((true, "first", ""), Shadow(issuance, "second"));
    }

    [Fact]
    public void Inactive_policies_and_rules_are_not_there()
    {
        var issuance = Issues(
            [Web],
            Policy("off", ["web"], Rule("a", "read")) with
            {
                Status = "INACTIVE",
            },
            Policy("p", ["web"], Rule("b", "read") with { Status = "INACTIVE" }, Rule("c", "read"))
        );
        Assert.Equal("c:yes:read", Live(issuance));
        Assert.Equal((false, "", ""), Shadow(issuance, "c"));
    }

    [Fact]
    public void An_inactive_server_issues_nothing() =>
        Assert.Empty(
            Issues(Collected<OktaApp>.Of([Web]), Collected<AccessPolicy>.Of([Policy("p", ["web"], Rule("a", "read"))]), "INACTIVE").Grants
        );

    [Fact]
    public void A_grant_needs_the_rule_and_the_client()
    {
        var rule = Rule("a", "read") with { GrantTypes = ["authorization_code", "password", "client_credentials"] };
        var issuance = Issues([Web, Service], Policy("p", ["web", "service"], rule));
        Assert.Equal(
            ["authorization_code web", "client_credentials service"],
            issuance.Grants.Select(grant => $"{grant.Grant} {grant.Clients.Single().Id}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void The_implicit_grant_needs_a_response_with_a_token()
    {
        var rule = Rule("a", "read") with { GrantTypes = ["implicit"] };
        var app = App("web", "implicit");
        Assert.Empty(Issues([app with { ResponseTypes = ["id_token"] }], Policy("p", ["web"], rule)).Grants);
        Assert.Single(Issues([app with { ResponseTypes = ["token"] }], Policy("p", ["web"], rule)).Grants);
    }

    [Fact]
    public void An_inactive_client_obtains_nothing() =>
        Assert.Empty(Issues([Web with { Status = "INACTIVE" }], Policy("p", ["web"], Rule("a", "read"))).Grants);

    [Fact]
    public void A_client_that_is_not_in_the_inventory_may_have_any_grant()
    {
        var grant = Assert.Single(Issues([], Policy("p", ["ghost"], Rule("a", "read"))).Grants);
        Assert.Null(grant.Clients.Single().App);
    }

    [Fact]
    public void A_service_does_not_obtain_scopes_that_need_consent()
    {
        var rule = Rule("a", "*") with { GrantTypes = ["client_credentials"] };
        Assert.Equal("a:yes:read,write", Live(Issues([Service], Policy("p", ["service"], rule with { Groups = [AccessRule.Everyone] }))));
        Assert.Equal("a:yes:ask,read,write", Live(Issues([Web], Policy("p", ["web"], Rule("a", "*")))));
    }

    [Fact]
    public void Everyone_takes_all_people()
    {
        var issuance = Issues(
            [Web],
            Policy("p", ["web"], Rule("all", "read") with { Groups = [AccessRule.Everyone] }, Rule("some", "read"))
        );
        Assert.Equal((true, "all", ""), Shadow(issuance, "some"));
    }

    [Fact]
    public void Beside_the_word_everyone_an_exclusion_does_nothing()
    {
        var all = Rule("all", "read") with { Groups = [AccessRule.Everyone], ExcludedGroups = ["gB"] };
        Assert.Equal((true, "all", ""), Shadow(Issues([Web], Policy("p", ["web"], all, Rule("some", "read"))), "some"));
    }

    [Fact]
    public void Beside_the_group_everyone_by_its_id_it_is_open_whether_an_exclusion_does_something()
    {
        var all = Rule("all", "read") with { Groups = ["gAll"], ExcludedGroups = ["gB"] };
        var issuance = Issues([Web], Policy("p", ["web"], all, Rule("some", "read")));
        Assert.Equal((null, "all", Reading.EveryoneByIdVoidsExclusion.Name), Shadow(issuance, "some"));
        Assert.Equal("all:yes:read some:open:read", Live(issuance));
    }

    [Fact]
    public void Whoever_an_exclusion_leaves_out_goes_on_to_the_next_rule()
    {
        var first = Rule("first", "read") with { ExcludedGroups = ["gB"] };
        Assert.Equal((false, "", ""), Shadow(Issues([Web], Policy("p", ["web"], first, Rule("second", "read"))), "second"));
    }

    [Fact]
    public void Whoever_both_rules_leave_out_is_nobody_to_the_next()
    {
        var first = Rule("first", "read") with { ExcludedGroups = ["gB"], ExcludedUsers = ["u1"] };
        var second = Rule("second", "read") with { ExcludedGroups = ["gB", "gC"], ExcludedUsers = ["u1"] };
        Assert.Equal((true, "first", ""), Shadow(Issues([Web], Policy("p", ["web"], first, second)), "second"));
    }

    [Fact]
    public void Another_rule_may_take_those_whom_the_first_left_out()
    {
        var first = Rule("first", "read") with { ExcludedGroups = ["gB"] };
        var leftOut = Rule("left out", "read") with { Groups = ["gB"] };
        var issuance = Issues([Web], Policy("p", ["web"], first, leftOut, Rule("third", "read")));
        Assert.Equal((true, "first left out", ""), Shadow(issuance, "third"));
    }

    [Fact]
    public void Rules_for_single_groups_and_users_together_cover_a_rule_for_all_of_them()
    {
        var second = Rule("second", "read") with { Groups = ["gB"], Users = ["u1"] };
        var third = Rule("third", "read") with { Groups = ["gA", "gB"], Users = ["u1"] };
        var fourth = third with { Id = "fourth", Name = "fourth", Users = ["u1", "u2"] };
        var issuance = Issues([Web], Policy("p", ["web"], Rule("first", "read"), second, third, fourth));
        Assert.Equal((true, "first second", ""), Shadow(issuance, "third"));
        Assert.Equal((false, "", ""), Shadow(issuance, "fourth"));
    }

    [Fact]
    public void Whether_a_rule_that_names_nobody_takes_everybody_is_open()
    {
        var nobody = Rule("nobody", "read") with { Groups = [] };
        var issuance = Issues([Web], Policy("p", ["web"], nobody, Rule("some", "read")));
        Assert.Equal((null, "nobody", Reading.NoPeopleIsAnybody.Name), Shadow(issuance, "some"));
        Assert.Equal("nobody:open:read some:open:read", Live(issuance));
    }

    [Fact]
    public void Whether_people_count_for_a_service_is_open()
    {
        var first = Rule("first", "read") with { GrantTypes = ["client_credentials"], Groups = ["gB"] };
        var second = Rule("second", "read") with { GrantTypes = ["client_credentials"] };
        var issuance = Issues([Service], Policy("p", ["service"], first, second));
        Assert.Equal((null, "first", Reading.ServicesIgnorePeople.Name), Shadow(issuance, "second"));
    }

    [Fact]
    public void Whether_an_empty_list_of_scopes_grants_all_of_them_is_open()
    {
        var empty = Rule("empty");
        var issuance = Issues([Web], Policy("p", ["web"], empty, Rule("some", "read")));
        Assert.Equal((null, "", Reading.NoScopesIsNone.Name), Shadow(issuance, "some"));
        Assert.Null(Issues([Web], Policy("p", ["web"], empty)).CanObtain(["read"], _ => true).Answer);
    }

    [Fact]
    public void A_refresh_needs_no_rule_of_its_own()
    {
        var rule = Rule("refresh", "read") with { GrantTypes = ["refresh_token"] };
        var issuance = Issues([Web], Policy("p", ["web"], Rule("first", "read"), rule));
        Assert.Equal("first:yes:read", Live(issuance));
        Assert.Equal((false, "", ""), Shadow(issuance, "refresh"));
    }

    [Fact]
    public void One_token_carries_what_one_rule_grants()
    {
        var split = Issues([Web], Policy("p", ["web"], Rule("r", "read"), Rule("w", "write")));
        Assert.True(split.CanObtain(["read"], _ => true).Answer);
        Assert.True(split.CanObtain(["write"], _ => true).Answer);
        Assert.False(split.CanObtain(["read", "write"], _ => true).Answer);
        Assert.True(Issues([Web], Policy("p", ["web"], Rule("rw", "read", "write"))).CanObtain(["read", "write"], _ => true).Answer);
    }

    [Fact]
    public void Only_clients_that_count_can_obtain()
    {
        var issuance = Issues([Web], Policy("p", ["web"], Rule("r", "read")));
        Assert.False(issuance.CanObtain(["read"], client => client.Id != "web").Answer);
    }

    [Fact]
    public void What_was_not_read_is_never_an_answer()
    {
        var denied = new Coverage.Denied("403");
        var policies = Issues(Collected<OktaApp>.Of([Web]), new Collected<AccessPolicy>([], denied));
        Assert.Equal(denied, policies.Unread);
        Assert.Null(policies.CanObtain(["read"], _ => true).Answer);

        var rules = Policy("p", ["web"]) with { Rules = new Collected<AccessRule>([], denied) };
        Assert.Equal(denied, Issues([Web], rules).Unread);
        Assert.Null(Issues([Web], rules).CanObtain(["read"], _ => true).Answer);

        var apps = Issues(
            new Collected<OktaApp>([], denied),
            Collected<AccessPolicy>.Of([Policy("p", [AccessPolicy.AllClients], Rule("r", "read"))])
        );
        Assert.False(apps.KnowsClients);
        Assert.Null(apps.CanObtain(["read"], _ => true).Answer);

        var ghost = Issues([], Policy("p", ["ghost"], Rule("r", "read"))).CanObtain(["read"], _ => true);
        Assert.Null(ghost.Answer);
        Assert.Contains("client 'ghost'", Assert.Single(ghost.Unknowns), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_exclusions_are_worked_out_in_reasonable_work()
    {
        // 40 groups left out, each let in by a rule of its own: what is left of the last rule is nobody.
        var groups = Enumerable.Range(0, 40).Select(i => $"g{i}").ToList();
        var first = Rule("first", "read") with { ExcludedGroups = [.. groups] };
        var others = groups.Select(group => Rule("r" + group, "read") with { Groups = [group] });
        var issuance = Issues([Web], Policy("p", ["web"], [first, .. others, Rule("last", "read")]));
        Assert.True(Shadow(issuance, "last").IsShadowed);
    }
}
