using Auditor.Testing;

namespace Auditor.Trace.Tests;

/// <summary>What the gateway of the test estate does with given requests.</summary>
public sealed class Decisions
{
    private static readonly TracedLandscape Acme = Estate
        .Load("acme")
        .Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));

    private static readonly DateTimeOffset Now = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly PresentedToken Good = new()
    {
        Issuer = "https://acme.okta.com/oauth2/ausOrders",
        Audiences = ["https://api.acme.example/orders"],
        Algorithm = "RS256",
        ExpiresAt = Now.AddMinutes(5),
        Contents = TokenContents.WithScopes(["orders.read"]) with { Others = OtherClaims.Absent },
    };

    private static GatewayRequest Get(PresentedToken? token) =>
        new()
        {
            Method = "GET",
            Path = "/orders/v1/items/7",
            Token = token,
            At = Now,
        };

    public static TheoryData<string, string, string> Refused =>
        new()
        {
            { "nothing", "FailedToResolveVariable", "no token" },
            { "issuer", "JwtIssuerMismatch", "'https://other.example'" },
            { "audience", "JwtAudienceMismatch", "'https://api.acme.example/other'" },
            { "expired", "TokenExpired", "expired" },
            { "early", "TokenNotYetValid", "not good yet" },
            { "algorithm", "AlgorithmInTokenNotPresentInConfiguration", "'HS256'" },
            { "signature", "InvalidToken", "signature" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_token_that_is_not_in_order_is_refused_with_the_name_of_the_fault(string what, string fault, string why)
    {
        PresentedToken? token = what switch
        {
            "nothing" => null,
            "issuer" => Good with { Issuer = "https://other.example" },
            "audience" => Good with { Audiences = ["https://api.acme.example/other"] },
            "expired" => Good with { ExpiresAt = Now.AddMinutes(-1) },
            "early" => Good with { NotBefore = Now.AddMinutes(1) },
            "algorithm" => Good with { Algorithm = "HS256" },
            _ => Good with { IsSigned = false },
        };
        var decision = Acme.Decide("prod", Get(token));
        Assert.Equal(DecisionOutcome.Rejected, decision.Outcome);
        Assert.Equal("VerifyJWT 'VJ-Okta'", decision.RejectedBy);
        Assert.Equal(fault, decision.Fault);
        Assert.Contains(why, decision.Why, StringComparison.Ordinal);
        Assert.Equal("stopped", decision.Steps[^1].Outcome);
    }

    [Fact]
    public void A_token_without_the_scope_is_refused_by_the_step_that_asks_for_it()
    {
        var decision = Acme.Decide("prod", Get(Good with { Contents = TokenContents.WithScopes(["orders.write"]) }));
        // Whether the key of the client is good is not said, so only the refusal behind it is certain.
        Assert.Equal(DecisionOutcome.Rejected, decision.Outcome);
        Assert.Equal("RaiseFault 'RF-Scope'", decision.RejectedBy);
    }

    [Fact]
    public void A_token_that_is_in_order_passes_if_the_key_of_its_client_is_good()
    {
        var decision = Acme.Decide(
            "prod",
            Get(Good with { Contents = Good.Contents with { Texts = Good.Contents.Texts.Add("cid", "0oaShop") } })
        );
        Assert.Equal(DecisionOutcome.Open, decision.Outcome);
        Assert.Equal("whether the credential satisfies VerifyAPIKey 'VA-Client'", Assert.Single(decision.Unknowns).What);
    }

    [Theory]
    [InlineData("/team/7/members", "")]
    [InlineData("/team/any-one/members/12", "/12")]
    [InlineData("/team//members", null)]
    [InlineData("/team/7/memberships", null)]
    [InlineData("/team/7", null)]
    [InlineData("/TEAM/7/members", null)]
    public void A_star_in_a_base_path_is_any_one_segment(string path, string? suffix)
    {
        var estate = Estate.Load("acme");
        estate.Replace(
            "apigee/acme/apis/orders-v1/revisions/1/apiproxy/proxies/default.xml",
            "<BasePath>/orders/v1</BasePath>",
            "<BasePath>/team/*/members</BasePath>"
        );
        var traced = estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
        var endpoint = Assert.Single(traced.Endpoints);
        Assert.Equal(suffix, endpoint.Program.SuffixOf(path));
        Assert.Equal(suffix is null ? null : endpoint, traced.Decide("prod", Get(null) with { Path = path }).Endpoint);
    }

    [Fact]
    public void The_status_of_a_refusal_is_what_the_fault_rules_make_of_it()
    {
        Assert.Equal("401", Acme.Decide("prod", Get(null)).Status);
        var estate = Estate.Load("acme");
        const string Proxy = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/";
        estate.Replace(
            Proxy + "proxies/default.xml",
            "<PostClientFlow name",
            "<FaultRules><FaultRule name=\"any\"><Step><Name>AM-Teapot</Name></Step></FaultRule></FaultRules><PostClientFlow name"
        );
        estate.With(
            Proxy + "policies/AM-Teapot.xml",
            "<AssignMessage name=\"AM-Teapot\"><Set><StatusCode>418</StatusCode></Set></AssignMessage>"
        );
        var traced = estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
        var decision = traced.Decide("prod", Get(Good with { Issuer = "https://other.example" }));
        Assert.Equal((DecisionOutcome.Rejected, "JwtIssuerMismatch", "418"), (decision.Outcome, decision.Fault, decision.Status));
    }

    [Fact]
    public void A_path_that_no_proxy_has_is_refused() =>
        Assert.Equal(DecisionOutcome.Rejected, Acme.Decide("prod", Get(Good) with { Path = "/nowhere" }).Outcome);
}
