using Auditor.Testing;

namespace Auditor.Trace.Tests;

/// <summary>What operations ask of tokens, on the test estate with another proxy laid over it.</summary>
public sealed class Requirements
{
    private const string Proxy = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/";

    [Fact]
    public void A_scope_that_a_condition_asks_for_is_required()
    {
        var read = Operation(Steps("""not (jwt.VJ-Okta.decoded.claim.scp JavaRegex ".*[^\w.-]orders\.read[^\w.-].*")"""));
        Assert.True(read.Requirement!.AsksForScopes);
        Assert.True(read.Admits(TokenContents.WithScopes(["orders.read"])).Answer);
        Assert.True(read.Admits(TokenContents.WithScopes(["orders.write", "orders.read"])).Answer);
        Assert.False(read.Admits(TokenContents.WithScopes(["orders.write"])).Answer);
        Assert.False(read.Admits(TokenContents.WithScopes([])).Answer);
        Assert.Equal(["orders.read"], Assert.Single(read.Requirement.ScopeSets(["orders.read", "orders.write"])));
        Assert.True(read.WithoutScopes!.IsRefused);
    }

    [Fact]
    public void Two_refusals_in_a_row_ask_for_both_scopes()
    {
        var operation = Operation(
            Steps("""jwt.VJ-Okta.decoded.claim.scp !~ "*read*" """, """jwt.VJ-Okta.decoded.claim.scp !~ "*write*" """)
        );
        Assert.False(operation.Admits(TokenContents.WithScopes(["orders.read"])).Answer);
        Assert.True(operation.Admits(TokenContents.WithScopes(["orders.read", "orders.write"])).Answer);
        Assert.Equal(
            ["orders.read", "orders.write"],
            Assert.Single(operation.Requirement!.ScopeSets(["orders.read", "orders.write", "orders.list"]))
        );
    }

    [Fact]
    public void A_refusal_of_neither_asks_for_one_of_them()
    {
        var operation = Operation(
            Steps("""jwt.VJ-Okta.decoded.claim.scp !~ "*read*" and jwt.VJ-Okta.decoded.claim.groups !~ "*admins*" """)
        );
        Assert.True(operation.Admits(TokenContents.WithScopes(["orders.read"]).WithGroups([])).Answer);
        Assert.True(operation.Admits(TokenContents.WithScopes([]).WithGroups(["api-orders-admins"])).Answer);
        Assert.False(operation.Admits(TokenContents.WithScopes([]).WithGroups(["staff"])).Answer);
        Assert.True(operation.WithoutScopes!.Accepted);
        Assert.Equal(2, operation.Requirement!.Necessary.Cases.Length);
    }

    [Fact]
    public void A_pattern_for_one_scope_is_satisfied_by_a_longer_one() =>
        Assert.True(
            Operation(Steps("""jwt.VJ-Okta.decoded.claim.scp !~ "*orders.read*" """))
                .Admits(TokenContents.WithScopes(["orders.read.all"]))
                .Answer
        );

    [Fact]
    public void A_claim_with_one_value_is_compared()
    {
        var operation = Operation(Steps("""jwt.VJ-Okta.decoded.claim.uid != "u1" and jwt.VJ-Okta.decoded.claim.uid != "u2" """));
        var token = TokenContents.WithScopes([]);
        Assert.True(operation.Admits(token with { Texts = token.Texts.Add("uid", "u2") }).Answer);
        Assert.False(operation.Admits(token with { Texts = token.Texts.Add("uid", "u3") }).Answer);
        Assert.False(operation.Admits(token with { Texts = token.Texts.Add("uid", null) }).Answer);
        Assert.Null(operation.Admits(token with { Others = OtherClaims.Unknown }).Answer);
        Assert.True(operation.Admits(token).Answer, "some token with another uid gets through");
    }

    [Fact]
    public void What_a_Java_callout_may_refuse_is_not_known_to_pass()
    {
        var estate = Estate.Load("acme");
        estate.With(
            Proxy + "policies/JC-Scope.xml",
            "<JavaCallout name=\"JC-Scope\"><ClassName>x.ScopeCheck</ClassName><ResourceURL>java://x.jar</ResourceURL></JavaCallout>"
        );
        estate.With(Proxy + "proxies/default.xml", Endpoint("<Step><Name>JC-Scope</Name></Step>"));
        var operation = Operation(estate);
        var access = operation.Admits(TokenContents.WithScopes(["orders.read"]));
        Assert.Null(access.Answer);
        Assert.Contains(access.Unknowns, unknown => unknown.What.Contains("JC-Scope", StringComparison.Ordinal));
        Assert.False(operation.Requirement!.IsExact);
        Assert.False(operation.WithoutScopes!.Accepted || operation.WithoutScopes.IsRefused);
    }

    [Fact]
    public void A_product_opens_what_its_operations_name()
    {
        var traced = Trace(Estate.Load("acme"));
        var open = traced.Operations.Where(operation => operation.Products.Any(grant => grant.Product.Name == "orders"));
        Assert.Equal(["GET /orders/v1/items/**", "POST /orders/v1/items/**"], open.Select(operation => operation.Name));
    }

    private static string Steps(params string[] conditions) =>
        string.Concat(
            conditions.Select(condition =>
                $"<Step><Condition>{System.Security.SecurityElement.Escape(condition)}</Condition><Name>RF-Scope</Name></Step>"
            )
        );

    private static string Endpoint(string steps) =>
        $"""
            <ProxyEndpoint name="default">
              <PreFlow name="PreFlow"><Request><Step><Name>VJ-Okta</Name></Step>{steps}</Request></PreFlow>
              <HTTPProxyConnection><BasePath>/orders/v1</BasePath></HTTPProxyConnection>
              <RouteRule name="default"><TargetEndpoint>default</TargetEndpoint></RouteRule>
            </ProxyEndpoint>
            """;

    private static Operation Operation(string steps) => Operation(Estate.Load("acme").With(Proxy + "proxies/default.xml", Endpoint(steps)));

    private static Operation Operation(Estate estate) => Assert.Single(Trace(estate).Operations);

    private static TracedLandscape Trace(Estate estate) =>
        estate.Read(input => TracedLandscape.Build(input.Landscape, new AuditSettings(), null, CancellationToken.None));
}
