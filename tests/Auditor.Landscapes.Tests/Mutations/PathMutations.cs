using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>
/// Ways past verification (POL). In Meridian the scope test alone already refuses a request without a token, since it finds no claim: most of these defects would be an
/// outage there and no way in. So those rows also take away the scope test of reading items, the way it is where the backend looks at scopes.
/// <see cref="EquivalentMutants"/> shows what the plain edits do.
/// </summary>
internal static class PathMutations
{
    private static readonly string[] Flows = ["read-items", "change-items", "export", "admin"];

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(31, "POL-001", "orders verify no token", estate => WithoutScopeTest(estate.WithoutStep(OrdersEndpoint, "FC-Authn")))
            .Finds(Level.Error, OrdersEndpoint),
        T(31, "POL-001", "every flow verifies the token, and what matches none is answered with 404", estate => WithAuthnInFlows(estate)),
        U(
                31,
                "POL-001",
                "a JAR verifies the token, or does not",
                estate =>
                    WithoutScopeTest(estate.WithJava(Orders, "JC-Auth", "auth.jar").InsteadOf(OrdersEndpoint, "FC-Authn", Step("JC-Auth")))
            )
            .IsOpen(OrdersEndpoint, "JC-Auth"),
        E(32, "POL-002", "the request goes on when the token is refused", estate => WithoutClientTest(WithoutScopeTest(FailsOpen(estate))))
            .Finds(Level.Error, AuthnVerify, "<VerifyJWT")
            .MayOpen("POL-002")
            .Besides("SCP-001", Level.Warning, OrdersEndpoint)
            .Besides("GOV-001", Level.Note, Policy(Authn, "VAK-Client")),
        T(
            32,
            "POL-002",
            "the same, and the next step refuses it",
            estate =>
                FailsOpen(estate)
                    .WithFault(Authn, "RF-Token", 401)
                    .After(AuthnFlow, "VJ-Okta", Step("RF-Token", "VJ-Okta.failed = true or jwt.VJ-Okta.failed = true"))
        ),
        U(
                32,
                "POL-002",
                "the same, and the next step refuses what a script says",
                estate =>
                    WithoutClientTest(
                        WithoutScopeTest(
                            FailsOpen(estate)
                                .WithFault(Authn, "RF-Token", 401)
                                .WithPython(
                                    Authn,
                                    "PY-Token",
                                    "flow.setVariable('okta.refused', judge(flow.getVariable('jwt.VJ-Okta.failed')))\n"
                                )
                                .After(AuthnFlow, "VJ-Okta", Step("PY-Token"), Step("RF-Token", "okta.refused = \"true\""))
                        )
                    )
            )
            .IsOpen(AuthnFlow, "PY-Token")
            .MayOpen("POL-002", "SCP-001")
            .Besides("GOV-001", Level.Note, Policy(Authn, "VAK-Client")),
        E(33, "POL-003", "the verification is switched off", estate => estate.WithAttribute(AuthnVerify, "enabled=\"false\""))
            .Finds(Level.Error, AuthnVerify, "enabled=\"false\""),
        T(
            33,
            "POL-003",
            "a copy that is switched off stands beside the verification",
            estate =>
                estate
                    .WithPolicy(
                        Authn,
                        "VJ-Okta-Old",
                        estate
                            .Text(AuthnVerify)
                            .Split("?>", 2)[1]
                            .Replace("\"VJ-Okta\"", "\"VJ-Okta-Old\" enabled=\"false\"", StringComparison.Ordinal)
                    )
                    .Before(AuthnFlow, "VJ-Okta", Step("VJ-Okta-Old"))
        ),
        E(
                34,
                "POL-004",
                "only requests with an Authorization header are verified",
                estate => WithoutScopeTest(Guarded(estate, "request.header.authorization != null"))
            )
            .Finds(Level.Error, OrdersEndpoint)
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        T(
            34,
            "POL-004",
            "the same, and those without one are refused",
            estate =>
                Guarded(estate, "request.header.authorization != null")
                    .WithFault(Orders, "RF-NoToken", 401)
                    .After(OrdersEndpoint, "FC-Authn", Step("RF-NoToken", "request.header.authorization = null"))
        ),
        E(
                35,
                "POL-005",
                "a header of the caller switches the verification off",
                estate => WithoutScopeTest(Guarded(estate, "request.header.x-internal != \"true\""))
            )
            .Finds(Level.Error, OrdersEndpoint)
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        T(
                35,
                "POL-005",
                "the same, and the first step overwrites the header",
                estate =>
                    WithoutScopeTest(Guarded(estate, "request.header.x-internal != \"true\""))
                        .WithPolicy(
                            Orders,
                            "AM-Internal",
                            """
                            <AssignMessage name="AM-Internal">
                              <DisplayName>AM-Internal</DisplayName>
                              <AssignTo createNew="false" type="request"/>
                              <Set>
                                <Headers>
                                  <Header name="X-Internal">false</Header>
                                </Headers>
                              </Set>
                            </AssignMessage>
                            """
                        )
                        .Before(OrdersEndpoint, "AM-Strip", Step("AM-Internal"))
            )
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        U(
                35,
                "POL-005",
                "the same, and a load balancer is said to overwrite the header",
                estate =>
                    WithoutScopeTest(Guarded(estate, "request.header.x-internal != \"true\""))
                        .With(
                            "auditor.yaml",
                            estate.Text("auditor.yaml") + "\ntrustedHeaders:\n  - header: X-Internal\n    setBy: load balancer\n"
                        )
            )
            .IsOpen(OrdersEndpoint)
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        E(
                36,
                "POL-006",
                "the flows verify, and nothing answers what matches none",
                estate => WithAuthnInFlows(estate).WithoutFlow(OrdersEndpoint, "not-found")
            )
            .Finds(Level.Error, OrdersEndpoint),
        T(
            36,
            "POL-006",
            "nothing answers what matches no flow, but all of it is verified",
            estate => estate.WithoutFlow(OrdersEndpoint, "not-found")
        ),
        E(
                37,
                "POL-007",
                "the flow covers /admin only as it is written, and the rest goes to the backend",
                estate => WithExactAdmin(estate).WithoutFlow(OrdersEndpoint, "not-found")
            )
            .Finds(Level.Warning, OrdersEndpoint, "/admin"),
        T(37, "POL-007", "the same, and the rest is answered with 404", estate => WithExactAdmin(estate)),
        E(38, "POL-008", "administration verifies POST only, and other verbs fall to a flow that verifies nothing", WithUnverifiedVerbs)
            .Finds(Level.Error, OrdersEndpoint),
        T(
            38,
            "POL-008",
            "the other verbs are answered with 405",
            estate =>
                WithAuthnInFlows(estate)
                    .Replace(
                        OrdersEndpoint,
                        "<Condition>proxy.pathsuffix MatchesPath \"/admin/**\"</Condition>",
                        "<Condition>(proxy.pathsuffix MatchesPath \"/admin/**\") and (request.verb = \"POST\")</Condition>"
                    )
                    .WithFault(Orders, "RF-Verb", 405)
                    .WithFlow(OrdersEndpoint, "not-found", "admin-other", "proxy.pathsuffix MatchesPath \"/admin/**\"", Step("RF-Verb"))
        ),
        E(39, "POL-009", "the token is decoded and not verified", estate => estate.With(AuthnVerify, Decode("VJ-Okta")))
            .Finds(Level.Error, AuthnVerify, "<DecodeJWT"),
        T(
            39,
            "POL-009",
            "the token is decoded to choose how it is verified",
            estate =>
                estate
                    .WithPolicy(Authn, "DJ-Peek", Decode("DJ-Peek").Split("?>", 2)[1])
                    .WithFault(Authn, "RF-Issuer", 401)
                    .Before(
                        AuthnFlow,
                        "VJ-Okta",
                        Step("DJ-Peek"),
                        Step("RF-Issuer", "jwt.DJ-Peek.decoded.claim.iss != propertyset.okta.issuer")
                    )
        ),
        E(
                40,
                "POL-010",
                "the identity headers are made before the token is verified",
                estate => estate.WithoutStep(OrdersEndpoint, "AM-Identity").Before(OrdersEndpoint, "FC-Authn", Step("AM-Identity"))
            )
            .Finds(Level.Error, Policy(Orders, "AM-Identity"), "jwt.VJ-Okta"),
        T(
            40,
            "POL-010",
            "a log entry without claims is written before the token is verified",
            estate =>
                estate
                    .WithPolicy(
                        Orders,
                        "ML-Start",
                        """
                        <MessageLogging name="ML-Start">
                          <DisplayName>ML-Start</DisplayName>
                          <CloudLogging>
                            <LogName>projects/{organization.name}/logs/api-start</LogName>
                            <Message contentType="application/json">{"correlation":"{messageid}","proxy":"{apiproxy.name}"}</Message>
                            <ResourceType>api</ResourceType>
                          </CloudLogging>
                          <logLevel>INFO</logLevel>
                        </MessageLogging>
                        """
                    )
                    .Before(OrdersEndpoint, "FC-Authn", Step("ML-Start"))
        ),
        E(
                41,
                "POL-011",
                "only a hook verifies, and in production it ignores failures",
                estate =>
                    WithoutScopeTest(WithAuthnHook(estate))
                        .Replace(Prod + "flowhooks/PreProxyFlowHook.json", "\"continueOnError\": false", "\"continueOnError\": true")
            )
            .Finds(Level.Error, Prod + "flowhooks/PreProxyFlowHook.json", "")
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        T(41, "POL-011", "only a hook verifies, and stops what it refuses", estate => WithAuthnHook(estate)),
        U(
                41,
                "POL-011",
                "only a hook verifies, and the hooks of production may not be read",
                estate =>
                    WithoutScopeTest(WithAuthnHook(estate))
                        .Without(Prod + "flowhooks.json")
                        .Without(Prod + "flowhooks/")
                        .With(
                            Prod + "flowhooks.error.json",
                            """{"status":403,"body":{"error":{"code":403,"status":"PERMISSION_DENIED"}}}""" + "\n"
                        )
            )
            .IsOpen(Apigee + "environments/prod.json")
            .Besides("SCP-001", Level.Warning, OrdersEndpoint),
        E(42, "POL-012", "another proxy leads to the same backend and verifies nothing", estate => WithTestProxy(estate, verified: false))
            .Finds(Level.Error, Copy + "proxies/default.xml"),
        T(42, "POL-012", "another proxy leads to the same backend and verifies the same", estate => WithTestProxy(estate, verified: true)),
        E(
                43,
                "POL-014",
                "responses are cached by their path, before anybody is verified",
                estate =>
                    WithResponseCache(estate, "<KeyFragment ref=\"proxy.pathsuffix\"/>")
                        .Before(OrdersEndpoint, "FC-Authn", Step("RC-Items"))
            )
            .Finds(Level.Error, Policy(Orders, "RC-Items")),
        T(
            43,
            "POL-014",
            "responses are cached for one client and user",
            estate =>
                WithResponseCache(
                        estate,
                        "<KeyFragment ref=\"proxy.pathsuffix\"/>\n    <KeyFragment ref=\"jwt.VJ-Okta.decoded.claim.cid\"/>\n    <KeyFragment ref=\"jwt.VJ-Okta.decoded.claim.uid\"/>"
                    )
                    .After(OrdersEndpoint, "AM-Identity", Step("RC-Items"))
        ),
    ];

    private const string Copy = Apigee + "apis/orders-test/revisions/14/apiproxy/";

    /// <summary>Items are read without a scope test, as where the backend looks at scopes.</summary>
    public static Estate WithoutScopeTest(Estate estate) => estate.WithoutStep(OrdersEndpoint, "FC-Scope-Read");

    /// <summary>The client is not looked up, so that a missing claim is not refused by chance.</summary>
    public static Estate WithoutClientTest(Estate estate) => estate.WithoutStep(AuthnFlow, "VAK-Client");

    /// <summary>Failures of the verification are ignored.</summary>
    public static Estate FailsOpen(Estate estate) => estate.WithAttribute(AuthnVerify, "continueOnError=\"true\"");

    /// <summary>The verification runs under a condition.</summary>
    public static Estate Guarded(Estate estate, string condition) =>
        estate.InsteadOf(OrdersEndpoint, "FC-Authn", Step("FC-Authn", condition));

    // What the PreFlow did about callers, every flow does.
    private static Estate WithAuthnInFlows(Estate estate)
    {
        var steps = new[] { "FC-Authn", "AM-Identity", "Q-Product" };
        foreach (var step in steps)
        {
            estate.WithoutStep(OrdersEndpoint, step);
        }

        foreach (var flow in Flows)
        {
            estate.FirstIn(OrdersEndpoint, flow, [.. steps.Select(step => Step(step))]);
        }

        return estate;
    }

    private static Estate WithExactAdmin(Estate estate) =>
        WithAuthnInFlows(estate).Replace(OrdersEndpoint, "proxy.pathsuffix MatchesPath \"/admin/**\"", "proxy.pathsuffix = \"/admin\"");

    private static void WithUnverifiedVerbs(Estate estate) =>
        WithAuthnInFlows(estate)
            .Replace(
                OrdersEndpoint,
                "<Condition>proxy.pathsuffix MatchesPath \"/admin/**\"</Condition>",
                "<Condition>(proxy.pathsuffix MatchesPath \"/admin/**\") and (request.verb = \"POST\")</Condition>"
            )
            .WithFlow(OrdersEndpoint, "not-found", "admin-other", "proxy.pathsuffix MatchesPath \"/admin/**\"");

    private static string Decode(string name) =>
        $"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <DecodeJWT name="{name}">
              <DisplayName>{name}</DisplayName>
            </DecodeJWT>

            """;

    // The hook runs the shared flow that verifies; the proxy itself does not.
    private static Estate WithAuthnHook(Estate estate)
    {
        estate.WithoutStep(OrdersEndpoint, "FC-Authn");
        const string Threat = Apigee + "sharedflows/sf-threat/revisions/4/sharedflowbundle/";
        return estate
            .WithPolicy(Threat, "FC-Authn", estate.Text(Policy(Orders, "FC-Authn")).Split("?>", 2)[1])
            .After(Threat + "sharedflows/default.xml", "JT-Body", Step("FC-Authn", "apiproxy.name = \"orders-v1\""));
    }

    private static void WithTestProxy(Estate estate, bool verified)
    {
        estate.WithCopyOfOrders("orders-test", "/t");
        if (!verified)
        {
            foreach (var flow in Flows.Append("not-found"))
            {
                estate.WithoutFlow(Copy + "proxies/default.xml", flow);
            }

            foreach (var step in new[] { "FC-Authn", "AM-Identity", "Q-Product" })
            {
                estate.WithoutStep(Copy + "proxies/default.xml", step);
            }
        }
    }

    private static Estate WithResponseCache(Estate estate, string key) =>
        estate.WithPolicy(
            Orders,
            "RC-Items",
            $"""
            <ResponseCache name="RC-Items">
              <DisplayName>RC-Items</DisplayName>
              <CacheKey>
                {key}
              </CacheKey>
              <Scope>Exclusive</Scope>
              <ExpirySettings>
                <TimeoutInSeconds>60</TimeoutInSeconds>
              </ExpirySettings>
              <SkipCacheLookup>request.verb != "GET"</SkipCacheLookup>
              <SkipCachePopulation>request.verb != "GET"</SkipCachePopulation>
            </ResponseCache>
            """
        );
}
