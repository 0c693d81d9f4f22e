using Auditor.Model.Findings;
using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>What was not read leaves open what hangs on it.</summary>
public sealed class UnreadParts
{
    private static Estate ReadsScope() =>
        Acme.Copy()
            .With(
                Acme.Endpoint,
                Acme.Behind(
                    "SA-Protect",
                    "VJ-Okta",
                    """<Step><Condition>jwt.VJ-Okta.decoded.claim.scope != "orders.read"</Condition><Name>RF-Scope</Name></Step>"""
                )
            );

    [Fact]
    public void A_claim_that_no_server_issues_is_missing() =>
        Assert.Equal("fail", Assert.Single(ReadsScope().Audit().Of("SCP-006")).Verdict);

    // A rule may have a hook, and a hook may put anything into a token.
    [Fact]
    public void Whether_it_is_missing_is_open_where_the_access_rules_were_not_read() =>
        Assert.Equal("open", Assert.Single(ReadsScope().Denied(Acme.Rules).Audit().Of("SCP-006")).Verdict);

    private static Estate RefusesWithout(string flag) =>
        Acme.Copy()
            .With(Acme.Endpoint, Acme.Behind("SA-Protect", $"<Step><Condition>{flag} != \"true\"</Condition><Name>RF-Scope</Name></Step>"));

    [Fact]
    public void A_hook_that_was_read_sets_nothing_else() => Assert.Empty(RefusesWithout("auth.ok").Audit().Of("POL-011"));

    // What is read as null may be what nobody saw being set: a proxy that leads to a backend is hardly there to refuse everybody.
    [Fact]
    public void A_proxy_that_lets_nobody_through_is_open() =>
        Assert.Contains(
            "they let nobody through",
            Assert.Single(RefusesWithout("auth.ok").Audit().Of("POL-001")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("flowhooks.json")]
    [InlineData("flowhooks/PreProxyFlowHook.json")]
    public void What_nothing_sets_may_be_set_by_a_hook_that_was_not_read(string part)
    {
        var found = RefusesWithout("auth.ok").Denied(Acme.Apigee + "environments/prod/" + part).Audit().Of("POL-011");

        Assert.Contains("a flow hook of environment 'prod'", Assert.Single(found).Message, StringComparison.Ordinal);
    }

    // A variable that a policy makes is there, whatever is in it.
    [Fact]
    public void What_a_policy_makes_is_not_absent()
    {
        var estate = Acme.Copy()
            .With(
                Acme.Endpoint,
                Acme.Behind("SA-Protect", "XJ-Body", "<Step><Condition>body.json = null</Condition><Name>RF-Scope</Name></Step>")
            )
            .With(
                Acme.Proxy + "policies/XJ-Body.xml",
                "<XMLToJSON name=\"XJ-Body\"><Source>request</Source><OutputVariable>body.json</OutputVariable></XMLToJSON>"
            );

        Assert.Contains("what XMLToJSON 'XJ-Body' makes", Assert.Single(estate.Audit().Of("POL-001")).Message, StringComparison.Ordinal);
    }

    // In the version that was read, a claim that the token lacks passes, and so does an expired token with a negative tolerance.
    [Theory]
    [InlineData("", false)]
    [InlineData("<Property name=\"timeAllowance\">1000</Property>", false)]
    [InlineData("<Property name=\"timeAllowance\">-1</Property>", true)]
    [InlineData("<Property name=\"claim_scp\">orders.read</Property>", true)]
    public void The_public_callout_is_code_like_any_other_where_its_settings_let_more_pass(string property, bool isCode)
    {
        var estate = Acme.Copy()
            .With(
                Acme.Endpoint,
                Acme.Behind("SA-Protect", "JC-Token", "<Step><Condition>jwt_isValid = \"false\"</Condition><Name>RF-Scope</Name></Step>")
            )
            .With(
                Acme.Proxy + "policies/JC-Token.xml",
                $$"""
                <JavaCallout name="JC-Token">
                  <Properties>
                    <Property name="jwt">{request.header.authorization}</Property>
                    <Property name="algorithm">RS256</Property>
                    <Property name="certificate">{propertyset.okta.certificate}</Property>
                    <Property name="claim_iss">{propertyset.okta.issuer}</Property>
                    <Property name="claim_aud">{propertyset.okta.audience}</Property>
                    {{property}}
                  </Properties>
                  <ClassName>com.apigee.callout.jwtsigned.JwtParserCallout</ClassName>
                </JavaCallout>
                """
            );

        Assert.Equal(isCode ? Level.Error : Level.Warning, Assert.Single(estate.Audit().Of("SHD-001")).Level);
    }
}
