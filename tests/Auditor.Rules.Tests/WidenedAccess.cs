using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Rules.Tests;

/// <summary>Whether a change lets anybody in is only denied where everybody's reach is known, and every operation that opened is told with a request of its own.</summary>
public sealed class WidenedAccess
{
    private const string Write = "orders\\.write";

    private static readonly Action<Estate> AnotherScope = estate => estate.Replace(Acme.Endpoint, Write, "orders:write");

    [Fact]
    public void Who_gains_nothing_is_known_where_all_was_read() => Assert.Equal("warning", Told(Acme.Copy(), AnotherScope));

    [Fact]
    public void Clients_that_were_not_read_may_gain_by_another_demand() =>
        Assert.Equal("error", Told(Acme.Copy().Denied(Acme.Okta + "api/v1/apps.json"), AnotherScope));

    [Fact]
    public void Rules_that_were_not_read_may_grant_what_is_demanded_now()
    {
        var estate = Acme.Copy()
            .With(
                Acme.Okta + "api/v1/authorizationServers/ausOrders/policies.json",
                """
                [
                  { "id": "00p1", "name": "Orders clients", "status": "ACTIVE", "priority": 1, "conditions": { "clients": { "include": ["0oaShop", "0oaBatch"] } } },
                  { "id": "00p2", "name": "Others", "status": "ACTIVE", "priority": 2, "conditions": { "clients": { "include": ["0oaShop"] } } }
                ]
                """
            )
            .With(
                Acme.Okta + "api/v1/authorizationServers/ausOrders/policies/00p2/rules.error.json",
                """{ "status": 403, "body": { "errorCode": "E0000006" } }"""
            );
        Assert.Equal("error", Told(estate, AnotherScope));
    }

    [Fact]
    public void Nobody_knows_who_obtains_the_tokens_of_a_server_that_was_not_collected()
    {
        var estate = Acme.Copy();
        estate.With(Acme.Properties, estate.Text(Acme.Properties).Replace("acme.okta.com", "other.okta.com", StringComparison.Ordinal));
        Assert.Equal("error", Told(estate, AnotherScope));
    }

    [Fact]
    public void What_a_token_says_besides_its_scopes_is_not_known_of_any_client()
    {
        var estate = Acme.Copy()
            .With(
                Acme.Okta + "api/v1/authorizationServers/ausOrders/claims.json",
                """
                [{ "id": "ocl1", "name": "role", "status": "ACTIVE", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "appuser.role", "alwaysIncludeInToken": true, "conditions": { "scopes": [] }, "system": false }]
                """
            );
        estate.With(
            Acme.Endpoint,
            estate
                .Text(Acme.Endpoint)
                .Replace(
                    "not (jwt.VJ-Okta.decoded.claim.scp JavaRegex \".*[^\\w.-]orders\\.write[^\\w.-].*\")",
                    "jwt.VJ-Okta.decoded.claim.role != \"clerk\"",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal("error", Told(estate, changed => changed.Replace(Acme.Endpoint, "\"clerk\"", "\"seller\"")));
    }

    [Fact]
    public void An_audience_that_the_server_issues_lets_its_clients_in()
    {
        var misspelt = Acme.Copy().Replace(Acme.Properties, "example/orders", "example/order");
        Assert.Equal("error", Told(misspelt, changed => changed.Replace(Acme.Properties, "example/order", "example/orders")));
    }

    [Fact]
    public void An_audience_that_the_server_does_not_issue_lets_nobody_in() =>
        Assert.Equal("note", Told(Acme.Copy(), changed => changed.Replace(Acme.Properties, "example/orders", "example/order")));

    [Fact]
    public void An_operation_that_opened_in_two_environments_is_two_findings()
    {
        var before = Acme.Copy().With(Acme.Endpoint, Acme.Behind("VJ-Okta")).WithEnvironments(("staging", 1));
        var told = before
            .Copy()
            .With(Acme.Endpoint, Acme.Behind("SA-Protect"))
            .AuditAfter(before)
            .Of("DRF-004")
            .Where(finding => finding.Message.Contains("without a token", StringComparison.Ordinal));
        Assert.Equal(["prod", "staging"], told.Select(finding => Assert.Single(finding.Environments)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_flow_that_answers_some_and_sends_others_on_is_two_operations_each_with_its_request()
    {
        var before = Acme.Copy()
            .With(
                Acme.Proxy + "policies/GJ-State.xml",
                """
                <GenerateJWT name="GJ-State">
                  <Algorithm>HS256</Algorithm>
                  <SecretKey><Value ref="private.key"/></SecretKey>
                  <Issuer>https://gateway.acme.example</Issuer>
                  <OutputVariable>state</OutputVariable>
                </GenerateJWT>
                """
            )
            .With(
                Acme.Proxy + "policies/KV-Key.xml",
                """
                <KeyValueMapOperations name="KV-Key" mapIdentifier="backend">
                  <Scope>environment</Scope>
                  <Get assignTo="private.key"><Key><Parameter>client_secret</Parameter></Key></Get>
                </KeyValueMapOperations>
                """
            )
            .With(
                Acme.Proxy + "policies/AM-State.xml",
                """<AssignMessage name="AM-State"><Set><Payload contentType="text/plain">{state}</Payload></Set></AssignMessage>"""
            )
            .With(Acme.Endpoint, Answering(Acme.Behind("VJ-Okta", "KV-Key", "GJ-State", "AM-State")));
        var keys = before.Read(input =>
            AccessFacts.Of(TracedLandscape.Build(input.Landscape, new AuditSettings(), null, TestContext.Current.CancellationToken))
        );
        Assert.Contains(keys, fact => fact.Key == "acme/prod/orders-v1/default/read");
        Assert.Contains(keys, fact => fact.Key == "acme/prod/orders-v1/default/answer/read");

        var after = before
            .Copy()
            .With(
                Acme.Endpoint,
                Answering(
                    Acme.Behind(
                        "<Step><Condition>request.header.x-own != \"1\"</Condition><Name>VJ-Okta</Name></Step>",
                        "KV-Key",
                        "GJ-State",
                        "AM-State"
                    )
                )
            );
        var told = Assert.Single(
            after.AuditAfter(before).Of("DRF-004"),
            finding => finding.Message.Contains("without a token", StringComparison.Ordinal)
        );
        Assert.Contains("a token that GenerateJWT 'GJ-State' signs", told.Witness!.Reaches, StringComparison.Ordinal);
    }

    private static string Answering(string endpoint) =>
        endpoint.Replace(
            "<RouteRule name=\"default\">",
            "<RouteRule name=\"own\"><Condition>request.header.x-own = \"1\"</Condition></RouteRule><RouteRule name=\"default\">",
            StringComparison.Ordinal
        );

    private static string Told(Estate before, Action<Estate> change)
    {
        var after = before.Copy();
        change(after);
        return Assert.Single(
            after.AuditAfter(before).Of("DRF-004").Select(finding => finding.Level!.Value.ToString().ToLowerInvariant()).Distinct()
        );
    }
}
