using Auditor.Testing;

namespace Auditor.Rules.Tests;

/// <summary>Whether a token lacks a claim that a gateway reads.</summary>
public sealed class MissingClaims
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
}
