using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Lifetimes of tokens, and where tokens and identities travel (TOK).</summary>
internal static class LifetimeMutations
{
    public static ImmutableArray<Mutation> All { get; } =
    [
        E(44, "TOK-001", "tokens of administrators live for a day", estate => WithMinutes(estate, "0pr2admin", 1440))
            .Finds(Level.Error, StaffRules),
        T(44, "TOK-001", "tokens that read and write live for an hour", estate => WithMinutes(estate, "0pr1desk", 60)),
        E(
                45,
                "TOK-002",
                "refresh tokens of staff have no end",
                estate =>
                    estate.Json(StaffRules, rules => rules.Row("id", "0pr1desk")["actions"]!["token"]!["refreshTokenLifetimeMinutes"] = 0)
            )
            .Finds(Level.Warning, StaffRules),
        T(
            45,
            "TOK-002",
            "a rule for services, which get no refresh tokens, sets no end",
            estate =>
                estate.Json(ServiceRules, rules => rules.Row("id", "0pr3svc")["actions"]!["token"]!["refreshTokenLifetimeMinutes"] = 0)
        ),
        E(
                46,
                "TOK-005",
                "the token is read from the query",
                estate => estate.Replace(AuthnVerify, "<Algorithm>", "<Source>request.queryparam.access_token</Source>\n  <Algorithm>")
            )
            .Finds(Level.Error, AuthnVerify, "access_token")
            .Also("TOK-006", Level.Warning, OrdersTarget),
        T(46, "TOK-005", "a token endpoint reads the assertion of a form", WithTokenEndpoint),
        U(
                46,
                "TOK-005",
                "a script says where the token is",
                estate =>
                    estate
                        .Replace(AuthnVerify, "<Algorithm>", "<Source>okta.token</Source>\n  <Algorithm>")
                        .WithPython(
                            Authn,
                            "PY-Source",
                            "flow.setVariable('okta.token', find(flow.getVariable('message.uri'), flow.getVariable('request.header.authorization')))\n"
                        )
                        .Before(AuthnFlow, "VJ-Okta", Step("PY-Source"))
            )
            .IsOpen(AuthnFlow, "PY-Source"),
        E(
                47,
                "TOK-006",
                "the token travels on to a partner",
                estate =>
                    WithHost(estate.WithoutStep(OrdersTarget, "AM-Backend"), Prod, "api.partner.example")
                        .Replace(
                            OrdersTarget,
                            "<Authentication>\n      <GoogleIDToken>\n        <Audience>https://orders.internal.meridian.example</Audience>\n      </GoogleIDToken>\n    </Authentication>",
                            ""
                        )
            )
            .Finds(Level.Error, OrdersTarget)
            .Besides("TOK-006", Level.Warning, OrdersTarget),
        E(
                48,
                "TOK-008",
                "the order desk may send passwords, and a rule admits it",
                estate =>
                    WithPasswordGrant(estate)
                        .Json(
                            StaffRules,
                            rules => rules.Row("id", "0pr1desk")["conditions"]!["grantTypes"]!["include"]!.AsArray().Add("password")
                        )
            )
            .Finds(Level.Error, Clients),
        T(48, "TOK-008", "the order desk may send passwords, and no rule admits it", estate => WithPasswordGrant(estate))
            .Finds(Level.Note, Clients),
        E(
                49,
                "TOK-010",
                "the caller's identity header stays, and the verified one is added",
                estate =>
                    estate
                        .WithoutStep(OrdersEndpoint, "AM-Strip")
                        .Replace(Policy(Orders, "AM-Identity"), "<Set>", "<Add>")
                        .Replace(Policy(Orders, "AM-Identity"), "</Set>", "</Add>")
            )
            .Finds(Level.Error, Policy(Orders, "AM-Identity"))
            // One for each of the two headers.
            .Also("TOK-010", Level.Error, Policy(Orders, "AM-Identity")),
        T(
            49,
            "TOK-010",
            "the caller's identity header is not removed, and always overwritten",
            estate => estate.WithoutStep(OrdersEndpoint, "AM-Strip")
        ),
        E(
                50,
                "TOK-010",
                "the identity header is overwritten for items only",
                estate =>
                    estate
                        .WithoutStep(OrdersEndpoint, "AM-Strip")
                        .InsteadOf(OrdersEndpoint, "AM-Identity", Step("AM-Identity", "proxy.pathsuffix MatchesPath \"/items/**\""))
            )
            .Finds(Level.Error, Policy(Orders, "AM-Identity"))
            // One for each of the two headers.
            .Also("TOK-010", Level.Error, Policy(Orders, "AM-Identity")),
        T(
            50,
            "TOK-010",
            "the same, after it was removed for everything",
            estate => estate.InsteadOf(OrdersEndpoint, "AM-Identity", Step("AM-Identity", "proxy.pathsuffix MatchesPath \"/items/**\""))
        ),
        U(78, "TOK-001", "a hook may set how long tokens of administrators live", estate => estate.WithInlineHook(StaffRules, "0pr2admin"))
            .IsOpen(StaffRules)
            .MayOpen("AUD-001"),
        T(
            78,
            "TOK-001",
            "a hook on a rule of a server that no gateway trusts",
            estate =>
                estate
                    .WithUntrustedServer()
                    .WithInlineHook(Pay.Replace("aus2pay", "aus9lab", StringComparison.Ordinal) + "policies/00p3pay/rules.json", "0pr4pay")
        ),
    ];

    private static Estate WithMinutes(Estate estate, string rule, int minutes) =>
        estate.Json(StaffRules, rules => rules.Row("id", rule)["actions"]!["token"]!["accessTokenLifetimeMinutes"] = minutes);

    private static Estate WithPasswordGrant(Estate estate) =>
        estate.Json(Clients, apps => apps.Row("id", "0oaWEB")["settings"]!["oauthClient"]!["grant_types"]!.AsArray().Add("password"));

    private static Estate WithHost(Estate estate, string environment, string host) =>
        estate.Json(environment + "targetservers/ts-orders.json", server => server["host"] = host);

    private static void WithTokenEndpoint(Estate estate)
    {
        const string Bundle = Apigee + "apis/assertions-v1/revisions/1/apiproxy/";
        estate
            .With(
                Bundle + "assertions-v1.xml",
                """
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <APIProxy name="assertions-v1" revision="1">
                  <Basepaths>/token</Basepaths>
                  <DisplayName>assertions-v1</DisplayName>
                  <Policies>
                  </Policies>
                  <ProxyEndpoints>
                    <ProxyEndpoint>default</ProxyEndpoint>
                  </ProxyEndpoints>
                  <TargetEndpoints/>
                </APIProxy>

                """
            )
            .With(
                Bundle + "proxies/default.xml",
                $"""
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <ProxyEndpoint name="default">
                  <PreFlow name="PreFlow">
                    <Request>
                      {Step("SA-Protect")}
                      {Step("VJ-Assertion")}
                    </Request>
                    <Response/>
                  </PreFlow>
                  <PostClientFlow name="PostClientFlow">
                    <Response>
                      {Step("ML-Access")}
                    </Response>
                  </PostClientFlow>
                  <HTTPProxyConnection>
                    <BasePath>/token</BasePath>
                  </HTTPProxyConnection>
                  <RouteRule name="no-target"/>
                </ProxyEndpoint>

                """
            )
            .WithDeployment("assertions-v1", "1", "prod")
            .WithPolicy(Bundle, "SA-Protect", estate.Text(Policy(Payments, "SA-Protect")).Split("?>", 2)[1])
            .WithPolicy(
                Bundle,
                "ML-Access",
                estate.Text(Policy(Apigee + "apis/status-v1/revisions/3/apiproxy/", "ML-Access")).Split("?>", 2)[1]
            )
            .WithPolicy(
                Bundle,
                "VJ-Assertion",
                """
                <VerifyJWT name="VJ-Assertion">
                  <DisplayName>VJ-Assertion</DisplayName>
                  <Algorithm>RS256</Algorithm>
                  <Source>request.formparam.assertion</Source>
                  <PublicKey>
                    <JWKS uri="https://partners.meridian.example/keys"/>
                  </PublicKey>
                  <Issuer>https://partners.meridian.example</Issuer>
                  <Audience>https://api.meridian.example/token</Audience>
                </VerifyJWT>
                """
            );
    }
}
