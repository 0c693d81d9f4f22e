using System.Text.Json.Nodes;
using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Scopes (SCP).</summary>
internal static class ScopeMutations
{
    private const string Claim = "jwt.VJ-Okta.decoded.claim.scp";

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(
                15,
                "SCP-001",
                "items are read and changed without a scope",
                estate => estate.WithoutStep(OrdersEndpoint, "FC-Scope-Read").WithoutStep(OrdersEndpoint, "FC-Scope-Write")
            )
            .Finds(Level.Error, OrdersEndpoint),
        T(15, "SCP-001", "a flow hook demands the scopes instead", WithScopeHook),
        U(
                15,
                "SCP-001",
                "a JAR decides about scopes",
                estate => estate.WithJava(Scope, "JC-Scope", "scope.jar").InsteadOf(ScopeFlow, "JS-Scope", Step("JC-Scope"))
            )
            .IsOpen(ScopeFlow, "JC-Scope")
            .MayOpen("SCP-001", "SCP-004"),
        E(
                16,
                "SCP-002",
                "a scope is demanded that no server has",
                estate => estate.Replace(Policy(Orders, "FC-Scope-Write"), "orders.write", "orders.update")
            )
            .Finds(Level.Error, Policy(Orders, "FC-Scope-Write"), "orders.update"),
        T(
            16,
            "SCP-002",
            "the servers have it and grant it",
            estate =>
            {
                estate.Replace(Policy(Orders, "FC-Scope-Write"), "orders.write", "orders.update");
                foreach (var server in new[] { Ord, OrdStaging })
                {
                    estate.WithScope(server, "orders.update");
                }

                foreach (
                    var (rules, rule) in new[]
                    {
                        (StaffRules, "0pr1desk"),
                        (StaffRulesStaging, "0pr1desks"),
                        (ServiceRules, "0pr3svc"),
                        (ServiceRulesStaging, "0pr3svcs"),
                    }
                )
                {
                    estate.Json(rules, root => Scopes(root, rule).Add("orders.update"));
                }
            }
        ),
        E(
                17,
                "SCP-003",
                "no rule grants the scope for exports",
                estate => estate.Json(StaffRules, root => Without(Scopes(root, "0pr2admin"), "orders.export"))
            )
            .Finds(Level.Error, StaffRules),
        T(
            17,
            "SCP-003",
            "another rule grants it to the operations console",
            estate =>
                estate
                    .Json(StaffRules, root => Without(Scopes(root, "0pr2admin"), "orders.export"))
                    .Json(
                        StaffRules,
                        root =>
                        {
                            var rule = Value(root.Row("id", "0pr2admin").ToJsonString()).AsObject();
                            rule["id"] = "0pr5export";
                            rule["name"] = "Administrators export";
                            rule["priority"] = 3;
                            rule["conditions"]!["scopes"]!["include"] = Value("""["openid","orders.export"]""");
                            root.AsArray().Add(rule);
                        }
                    )
        ),
        U(
                17,
                "SCP-003",
                "no rule grants it, and a hook may change what a rule grants",
                estate =>
                    estate
                        .Json(StaffRules, root => Without(Scopes(root, "0pr2admin"), "orders.export"))
                        .WithInlineHook(StaffRules, "0pr2admin")
            )
            .IsOpen(Servers)
            .MayOpen("AUD-001", "TOK-001"),
        E(
                18,
                "SCP-003",
                "an export needs two scopes that no single rule grants",
                estate => estate.FirstIn(OrdersEndpoint, "export", Step("FC-Scope-Read"))
            )
            .Finds(Level.Error, StaffRules)
            .Besides("SCP-003", Level.Error, StaffRulesStaging),
        T(
            18,
            "SCP-003",
            "the rule for administrators grants both",
            estate =>
            {
                estate.FirstIn(OrdersEndpoint, "export", Step("FC-Scope-Read"));
                foreach (var (rules, rule) in new[] { (StaffRules, "0pr2admin"), (StaffRulesStaging, "0pr2admins") })
                {
                    estate.Json(rules, root => Scopes(root, rule).Add("orders.read"));
                }
            }
        ),
        E(19, "SCP-004", "the server has a scope that nothing asks for", estate => estate.WithScope(Ord, "orders.refund"))
            .Finds(Level.Warning, Ord + "scopes.json"),
        T(
            19,
            "SCP-004",
            "the scope brings a claim",
            estate =>
                estate
                    .WithScope(Ord, "orders.department")
                    .Json(
                        Ord + "claims.json",
                        root => root.Row("name", "dept")["conditions"]!["scopes"] = Value("""["orders.department"]""")
                    )
        ),
        E(
                20,
                "SCP-005",
                "a pattern over the scopes also fits another scope",
                estate => WithPattern(estate, Claim).WithScope(Ord, "orders.read.all").WithScope(OrdStaging, "orders.read.all")
            )
            .Finds(Level.Error, OrdersEndpoint, "orders.read")
            .Besides("SCP-004", Level.Warning, Ord + "scopes.json")
            .Besides("SCP-004", Level.Warning, OrdStaging + "scopes.json"),
        T(20, "SCP-005", "the same pattern where no other scope fits", estate => WithPattern(estate, Claim))
            .Finds(Level.Note, OrdersEndpoint, "orders.read"),
        U(
                20,
                "SCP-005",
                "the same pattern over the old variable",
                estate =>
                    WithPattern(estate, "jwt.VJ-Okta.claim.scp").WithScope(Ord, "orders.read.all").WithScope(OrdStaging, "orders.read.all")
            )
            .IsOpen(OrdersEndpoint, "orders.read")
            .Also("SCP-004", Level.Warning, Ord + "scopes.json")
            .Also("SCP-004", Level.Warning, OrdStaging + "scopes.json")
            .MayOpen("SCP-001"),
        E(21, "SCP-006", "the script reads scope, and Okta sends scp", estate => estate.Replace(ScopeScript, "claim.scp'", "claim.scope'"))
            .Finds(Level.Error, ScopeScript, "claim.scope"),
        T(
            21,
            "SCP-006",
            "the servers send scope, too",
            estate =>
            {
                estate.Replace(ScopeScript, "claim.scp'", "claim.scope'");
                foreach (var (server, id) in new[] { (Ord, "aus1ord"), (OrdStaging, "aus3ord"), (Pay, "aus2pay"), (PayStaging, "aus4pay") })
                {
                    estate.Json(
                        server + "claims.json",
                        root =>
                            root.AsArray()
                                .Add(
                                    Value(
                                        $$"""{"id":"ocl9{{id}}","name":"scope","status":"ACTIVE","claimType":"RESOURCE","valueType":"EXPRESSION","value":"access.scope","alwaysIncludeInToken":true,"system":false,"conditions":{"scopes":[]} }"""
                                    )
                                )
                    );
                }
            }
        ),
        E(
                22,
                "SCP-006",
                "only tokens whose scope is 'none' are refused, and Okta sends no scope",
                estate => estate.Replace(ScopeFlow, "scope.ok != \"true\"", "jwt.VJ-Okta.decoded.claim.scope = \"none\"")
            )
            .Finds(Level.Error, ScopeFlow, "none")
            .MayOpen("SCP-001"),
        T(
                22,
                "SCP-006",
                "the claim is missing, and what is missing is refused: an outage, not a way in",
                estate => estate.Replace(ScopeScript, "claim.scp'", "claim.scope'")
            )
            .Finds(Level.Error, ScopeScript, "claim.scope", "outage"),
        E(
                23,
                "SCP-008",
                "services get every scope",
                estate =>
                    estate.Json(ServiceRules, root => root.Row("id", "0pr3svc")["conditions"]!["scopes"]!["include"] = Value("""["*"]"""))
            )
            .Finds(Level.Warning, ServiceRules),
        T(
                23,
                "SCP-008",
                "a rule with every scope is never reached: only the one before it is told",
                estate =>
                    estate.Json(
                        PayRules,
                        root =>
                        {
                            var earlier = root.Row("id", "0pr4pay");
                            earlier["conditions"]!["scopes"]!["include"] = Value("""["*"]""");
                            var rule = Value(earlier.ToJsonString()).AsObject();
                            rule["id"] = "0pr6any";
                            rule["name"] = "Anything";
                            rule["priority"] = 2;
                            root.AsArray().Add(rule);
                        }
                    )
            )
            .Also("SCP-008", Level.Warning, PayRules)
            .Also("GOV-003", Level.Warning, PayRules),
        E(24, "SCP-009", "either of two scopes deletes items", estate => WithDelete(estate, "orders.read orders.admin"))
            .Finds(Level.Warning, Policy(Orders, "OA-Delete0"), "orders.read orders.admin"),
        T(24, "SCP-009", "two steps demand a scope each", estate => WithDelete(estate, "orders.read", "orders.admin")),
    ];

    /// <summary>Adds a scope to a server.</summary>
    public static Estate WithScope(this Estate estate, string server, string name) =>
        estate.Json(
            server + "scopes.json",
            root =>
                root.AsArray()
                    .Add(
                        Value(
                            $$"""{"id":"scp-{{name}}","name":"{{name}}","displayName":"{{name}}","description":"{{name}}","system":false,"metadataPublish":"NO_CLIENTS","consent":"IMPLICIT","optional":false,"default":false}"""
                        )
                    )
        );

    private static JsonArray Scopes(JsonNode rules, string rule) => rules.Row("id", rule)["conditions"]!["scopes"]!["include"]!.AsArray();

    private static void Without(JsonArray list, string value) => list.Remove(list.Single(item => (string?)item == value));

    private static Estate WithPattern(Estate estate, string claim) =>
        estate
            .WithFault(Orders, "RF-Scope-Read", 403)
            .InsteadOf(OrdersEndpoint, "FC-Scope-Read", Step("RF-Scope-Read", $"not ({claim} Matches \"*orders.read*\")"));

    private static void WithScopeHook(Estate estate)
    {
        const string Bundle = Apigee + "sharedflows/sf-scope-orders/revisions/1/sharedflowbundle/";
        const string Endpoint = "apiproxy.name = \"orders-v1\" and ";
        const string Items = Endpoint + "(proxy.pathsuffix MatchesPath \"/items/**\") and ";
        estate
            .WithoutStep(OrdersEndpoint, "FC-Scope-Read")
            .WithoutStep(OrdersEndpoint, "FC-Scope-Write")
            .With(
                Bundle + "sf-scope-orders.xml",
                """
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <SharedFlowBundle name="sf-scope-orders" revision="1">
                  <DisplayName>sf-scope-orders</DisplayName>
                  <Policies>
                  </Policies>
                  <SharedFlows>
                    <SharedFlow>default</SharedFlow>
                  </SharedFlows>
                </SharedFlowBundle>

                """
            )
            .With(
                Bundle + "sharedflows/default.xml",
                $"""
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <SharedFlow name="default">
                  {Step("FC-Scope-Read", Items + "(request.verb = \"GET\")")}
                  {Step("FC-Scope-Write", Items + "(request.verb = \"POST\" or request.verb = \"PUT\" or request.verb = \"DELETE\")")}
                </SharedFlow>

                """
            );
        foreach (var policy in new[] { "FC-Scope-Read", "FC-Scope-Write" })
        {
            estate.WithPolicy(Bundle, policy, estate.Text(Policy(Orders, policy)).Split("?>", 2)[1]);
        }

        estate
            .Json(
                Apigee + "sharedflows.json",
                root =>
                {
                    var row = Value(
                            root["sharedFlows"]!
                                .AsArray()
                                .First()!
                                .ToJsonString()
                                .Replace("sf-authn", "sf-scope-orders", StringComparison.Ordinal)
                        )
                        .AsObject();
                    row["name"] = "sf-scope-orders";
                    row["latestRevisionId"] = "1";
                    row["revision"] = Value("""["1"]""");
                    root["sharedFlows"]!.AsArray().Add(row);
                }
            )
            .Json(
                Apigee + "deployments@sharedFlows=true.json",
                root =>
                {
                    foreach (var environment in new[] { "prod", "staging" })
                    {
                        root["deployments"]!
                            .AsArray()
                            .Add(
                                Value(
                                    $$"""{"environment":"{{environment}}","apiProxy":"sf-scope-orders","revision":"1","deployStartTime":"1787364000000","proxyDeploymentType":"EXTENSIBLE"}"""
                                )
                            );
                    }
                }
            );
        foreach (var environment in new[] { Prod, Staging })
        {
            estate.With(
                environment + "flowhooks/PreTargetFlowHook.json",
                "{\n  \"flowHookPoint\": \"PreTargetFlowHook\",\n  \"sharedFlow\": \"sf-scope-orders\",\n  \"continueOnError\": false\n}\n"
            );
        }
    }

    private static void WithDelete(Estate estate, params string[] scopes)
    {
        for (var i = 0; i < scopes.Length; i++)
        {
            estate.WithPolicy(
                Orders,
                $"OA-Delete{i.ToString(CultureInfo.InvariantCulture)}",
                $"""
                <OAuthV2 name="OA-Delete{i}">
                  <DisplayName>OA-Delete{i}</DisplayName>
                  <Operation>VerifyAccessToken</Operation>
                  <AccessToken>request.header.x-delete-token</AccessToken>
                  <Scope>{scopes[i]}</Scope>
                </OAuthV2>
                """
            );
        }

        estate.WithFlow(
            OrdersEndpoint,
            "change-items",
            "delete-items",
            "(proxy.pathsuffix MatchesPath \"/items/**\") and (request.verb = \"DELETE\")",
            [Step("FC-Scope-Write"), .. scopes.Select((_, i) => Step($"OA-Delete{i.ToString(CultureInfo.InvariantCulture)}"))]
        );
    }
}
