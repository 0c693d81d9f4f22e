using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Rules.Tests;

/// <summary>Two environments are only said to be alike where both were read.</summary>
public sealed class ComparedEnvironments
{
    private const string Staging = "okta/acme-stg.okta.com/";
    private const string Verify = "<Step><Name>VJ-Okta</Name></Step>";
    private const string StagingRules = Staging + "api/v1/authorizationServers/ausOrders/policies/00p1/rules.json";
    private const string StagingClaims = Staging + "api/v1/authorizationServers/ausOrders/claims.json";
    private const string Jar =
        """<JavaCallout name="JC-Check"><ClassName>com.acme.CheckToken</ClassName><ResourceURL>java://check.jar</ResourceURL></JavaCallout>""";

    [Fact]
    public void A_revision_in_which_nothing_was_mended_is_in_order() => Assert.Empty(Newer(estate => estate).Audit().Of("ENV-004"));

    [Fact]
    public void A_deployment_that_was_not_listed_may_be_of_a_newer_revision()
    {
        var estate = Acme.Copy().Denied(Acme.Apigee + "deployments@sharedFlows=true.json");
        var told = Assert.Single(estate.Audit().Of("ENV-004"));
        Assert.Equal("open", told.Verdict);
        Assert.Contains("the deployments of organization 'acme' were not all read", told.Message, StringComparison.Ordinal);
        Assert.Equal(
            "open",
            Assert.Single(Newer(estate => estate.Denied(Acme.Apigee + "deployments@sharedFlows=true.json")).Audit().Of("ENV-004")).Verdict
        );
    }

    [Fact]
    public void A_newer_revision_that_is_too_large_to_be_analysed_may_mend_anything()
    {
        var condition = string.Join(
            " or ",
            Enumerable.Range(0, 16).Select(i => $"(request.header.a{i} = \"x\" and request.header.b{i} = \"x\")")
        );
        var entangled = string.Concat(
            Enumerable
                .Range(0, 4)
                .Select(i =>
                    $"<Step><Condition>{condition.Replace("\"x\"", $"\"x{i}\"", StringComparison.Ordinal)}</Condition><Name>RF-Scope</Name></Step>"
                )
        );
        var told = Assert.Single(
            Newer(estate => estate.Replace(Acme.ProxyOf(2) + "proxies/default.xml", Verify, Verify + entangled)).Audit().Of("ENV-004")
        );
        Assert.Equal("open", told.Verdict);
        Assert.Contains("revision 2 was not analysed", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whether_a_newer_revision_closes_an_operation_may_be_open_itself()
    {
        var told = Assert.Single(
            Newer(estate =>
                    estate
                        .With(Acme.Endpoint, Acme.Behind("SA-Protect"))
                        .With(Acme.ProxyOf(2) + "proxies/default.xml", Acme.Behind("SA-Protect", "JC-Check"))
                        .With(Acme.ProxyOf(2) + "policies/JC-Check.xml", Jar)
                )
                .Audit()
                .Of("ENV-004")
        );
        Assert.Equal("open", told.Verdict);
        Assert.Contains("in revision 2 is open", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_environment_that_is_left_out_is_not_compared_with()
    {
        var told = Assert.Single(Newer(estate => estate).Audit(Acme.Only("prod")).Of("ENV-004"));
        Assert.Equal("open", told.Verdict);
        Assert.Contains("environment 'staging' is left out of this audit", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_of_another_org_that_were_not_read_may_be_those_of_production()
    {
        Assert.Empty(TwoOrgs().Audit().Of("ENV-006"));
        var told = TwoOrgs().Denied(Staging + "api/v1/groups.json").Audit().Of("ENV-006");
        Assert.All(told, finding => Assert.Equal("open", finding.Verdict));
        Assert.Contains("the groups of 'acme-stg.okta.com' were not all read", Assert.Single(told).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_differs_whoever_the_groups_are_is_still_told()
    {
        var told = TwoOrgs()
            .Denied(Staging + "api/v1/groups.json")
            .Replace(Acme.Rules, "\"authorization_code\"", "\"authorization_code\", \"password\"")
            .Audit()
            .Of("ENV-006");
        Assert.Contains(
            "grants grant 'password';",
            Assert.Single(told, finding => finding.Verdict == "fail").Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Users_of_another_org_are_who_they_are_declared_to_be()
    {
        var estate = TwoOrgs();
        foreach (var (rules, user) in new[] { (Acme.Rules, "00uOwn"), (Staging + Acme.Rules[Acme.Okta.Length..], "00uTest") })
        {
            var text = estate.Text(rules);
            var at = text.IndexOf("\"include\": []", StringComparison.Ordinal);
            estate.With(rules, text[..at] + $"\"include\": [\"{user}\"]" + text[(at + "\"include\": []".Length)..]);
        }

        Assert.All(estate.Audit().Of("ENV-006"), finding => Assert.Equal("open", finding.Verdict));
        Assert.NotEmpty(estate.Audit().Of("ENV-006"));
        Assert.Empty(estate.Audit(Named("00uTest", "00uOwn")).Of("ENV-006"));
    }

    [Fact]
    public void Whom_tests_exclude_and_production_does_not_is_told()
    {
        var told = TwoOrgs()
            .Replace(
                StagingRules,
                "\"00gStaffOfStaging\"\n          ],\n          \"exclude\": []",
                "\"00gStaffOfStaging\"\n          ],\n          \"exclude\": [\"00gAdmins\"]"
            )
            .Audit()
            .Of("ENV-006");
        Assert.Contains(
            "grants it for 'staff' without excluding 'api-orders-admins';",
            Assert.Single(told).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(Level.Warning, told[0].Level);
    }

    [Fact]
    public void Whom_production_excludes_too_is_no_difference() =>
        Assert.Empty(
            TwoOrgs()
                .Replace(
                    StagingRules,
                    "\"00gStaffOfStaging\"\n          ],\n          \"exclude\": []",
                    "\"00gStaffOfStaging\"\n          ],\n          \"exclude\": [\"00gAdmins\"]"
                )
                .Replace(
                    Acme.Rules,
                    "\"00gStaff\"\n          ],\n          \"exclude\": []",
                    "\"00gStaff\"\n          ],\n          \"exclude\": [\"00gAdmins\"]"
                )
                .Audit()
                .Of("ENV-006")
        );

    [Fact]
    public void A_hook_on_one_side_only_is_told()
    {
        const string Actions = "\"accessTokenLifetimeMinutes\": 15,";
        const string Hooked = Actions + " \"inlineHook\": { \"id\": \"calHook\" },";
        var production = Assert.Single(TwoOrgs().Replace(Acme.Rules, Actions, Hooked).Audit().Of("ENV-006"));
        Assert.Equal(Level.Warning, production.Level);
        Assert.Contains("grants tokens that an inline hook may change;", production.Message, StringComparison.Ordinal);
        Assert.Equal(Level.Note, Assert.Single(TwoOrgs().Replace(StagingRules, Actions, Hooked).Audit().Of("ENV-006")).Level);
        Assert.Empty(TwoOrgs().Replace(Acme.Rules, Actions, Hooked).Replace(StagingRules, Actions, Hooked).Audit().Of("ENV-006"));
    }

    [Fact]
    public void A_claim_that_tokens_of_tests_never_carry_is_told_once()
    {
        var told = Assert.Single(TwoOrgs().With(StagingClaims, "[]").Audit().Of("ENV-006"));
        Assert.Contains("grants claim 'groups';", told.Message, StringComparison.Ordinal);
        var other = Assert.Single(TwoOrgs().Replace(StagingClaims, "\"api-orders-\"", "\"api-\"").Audit().Of("ENV-006"));
        Assert.Contains("grants claim 'groups' with another content;", other.Message, StringComparison.Ordinal);
        var unread = Assert.Single(TwoOrgs().Denied(StagingClaims).Audit().Of("ENV-006"));
        Assert.Equal("open", unread.Verdict);
        Assert.Contains("the claims of authorization server 'Orders' were not all read", unread.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_both_orgs_know_and_only_production_admits_is_told()
    {
        const string Policies = Staging + "api/v1/authorizationServers/ausOrders/policies.json";
        var told = TwoOrgs().Replace(Policies, "\"0oaShop\",", "").Audit().Of("ENV-006");
        Assert.Contains(
            "it to client 'Shop'",
            Assert.Single(told, finding => finding.Level == Level.Warning).Message,
            StringComparison.Ordinal
        );

        // One that tests are made with has another name, on purpose.
        Assert.Empty(
            TwoOrgs()
                .Replace(Policies, "\"0oaShop\",", "")
                .Replace(Staging + "api/v1/apps.json", "\"label\": \"Shop\"", "\"label\": \"Shop for tests\"")
                .Audit()
                .Of("ENV-006")
        );
        Assert.All(TwoOrgs().Denied(Staging + "api/v1/apps.json").Audit().Of("ENV-006"), finding => Assert.Equal("open", finding.Verdict));
        Assert.NotEmpty(TwoOrgs().Denied(Staging + "api/v1/apps.json").Audit().Of("ENV-006"));
    }

    [Fact]
    public void Whether_a_token_works_in_both_is_asked_of_the_environment_that_does_not_say()
    {
        // What 'dev' demands nobody obtains; what 'staging' decides is in a jar.
        var estate = Acme.Copy()
            .WithEnvironments(("dev", 2), ("staging", 3))
            .Replace(Acme.ProxyOf(2) + "proxies/default.xml", "orders\\.read", "never")
            .Replace(Acme.ProxyOf(2) + "proxies/default.xml", "orders\\.write", "never")
            .Replace(Acme.ProxyOf(3) + "proxies/default.xml", Verify, Verify + "<Step><Name>JC-Check</Name></Step>")
            .With(Acme.ProxyOf(3) + "policies/JC-Check.xml", Jar);
        var told = Assert.Single(estate.Audit().Of("ENV-002"));
        Assert.Equal("open", told.Verdict);
        Assert.Contains("that works in environment 'staging' works in 'prod'", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_that_were_not_read_may_have_tokens_that_work_in_both()
    {
        var estate = Acme.Copy()
            .WithEnvironments(("staging", 1))
            .With(
                Acme.Okta + "api/v1/authorizationServers/ausOrders/policies.json",
                """[{ "id": "00p1", "name": "Everybody", "status": "ACTIVE", "priority": 1, "conditions": { "clients": { "include": ["ALL_CLIENTS"] } } }]"""
            );
        Assert.Equal("fail", Assert.Single(estate.Audit().Of("ENV-002")).Verdict);
        var told = Assert.Single(estate.Denied(Acme.Okta + "api/v1/apps.json").Audit().Of("ENV-002"));
        Assert.Equal("open", told.Verdict);
        Assert.Contains("which clients obtain tokens", told.Message, StringComparison.Ordinal);
    }

    // Production runs revision 1, staging revision 2.
    private static Estate Newer(Func<Estate, Estate> change) => change(Acme.Copy().WithEnvironments(("staging", 2)));

    // Staging has an org of its own, with the same rules for groups of the same names.
    private static Estate TwoOrgs()
    {
        var estate = Acme.Copy().WithEnvironments(("staging", 1)).Repeat(Acme.Okta, Staging);
        foreach (
            var path in estate
                .Paths.Where(path =>
                    path.StartsWith(Staging, StringComparison.Ordinal) || path.Contains("/staging/", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            estate.With(
                path,
                estate
                    .Text(path)
                    .Replace("acme.okta.com", "acme-stg.okta.com", StringComparison.Ordinal)
                    .Replace("00gStaff", "00gStaffOfStaging", StringComparison.Ordinal)
                    .Replace("api.acme.example", "stg-api.acme.example", StringComparison.Ordinal)
            );
        }

        return estate;
    }

    private static AuditOptions Named(string there, string here) =>
        new()
        {
            Settings = new AuditSettings
            {
                Pairs =
                [
                    new EnvironmentPair("prod", "acme.okta.com", "production", new("auditor.yaml")),
                    new EnvironmentPair("staging", "acme-stg.okta.com", "staging", new("auditor.yaml"))
                    {
                        Names = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add(there, here),
                    },
                ],
            },
        };
}
