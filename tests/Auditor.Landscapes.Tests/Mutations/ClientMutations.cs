using System.Text.Json.Nodes;
using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Groups and claims (GRP), clients on both sides (APP), and rules that do not do what they look like (GOV).</summary>
internal static class ClientMutations
{
    private const string AdminTest = "\".*[^\\w.-]api-orders-admins[^\\w.-].*\"";
    private const string Apps = Apigee + "apps.json";

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(
                61,
                "GRP-002",
                "administrators must be in a group that does not exist",
                estate => WithAdminTest(estate, ".*[^\\w.-]api-order-admins[^\\w.-].*")
            )
            .Finds(Level.Error, OrdersEndpoint, "api-order-admins"),
        T(
            61,
            "GRP-002",
            "the group has the new name, too",
            estate =>
            {
                WithAdminTest(estate, ".*[^\\w.-]api-orders-chiefs[^\\w.-].*");
                foreach (var groups in new[] { Okta, OktaStaging })
                {
                    estate.With(
                        groups + "groups.json",
                        estate.Text(groups + "groups.json").Replace("api-orders-admins", "api-orders-chiefs", StringComparison.Ordinal)
                    );
                }
            }
        ),
        U(
                61,
                "GRP-002",
                "the group comes from a directory",
                estate =>
                {
                    WithAdminTest(estate, ".*[^\\w.-]api-orders-chiefs[^\\w.-].*");
                    foreach (var groups in new[] { Okta, OktaStaging })
                    {
                        estate.Json(
                            groups + "groups.json",
                            root =>
                            {
                                var group = Value(root.AsArray()[2]!.ToJsonString()).AsObject();
                                group["id"] = "00g9chiefs";
                                group["type"] = "APP_GROUP";
                                group["objectClass"] = Value("""["okta:windows_security_principal"]""");
                                group["profile"]!["name"] = "api-orders-chiefs";
                                root.AsArray().Add(group);
                            }
                        );
                    }
                }
            )
            .IsOpen(Okta + "groups.json")
            .IsOpen(OktaStaging + "groups.json"),
        E(62, "GRP-004", "the test for administrators also fits auditors", estate => WithAdminTest(estate, ".*api-orders-a.*"))
            .Finds(Level.Warning, OrdersEndpoint, "api-orders-a"),
        T(62, "GRP-004", "the test would fit longer names, and there are none", estate => WithAdminTest(estate, ".*api-orders-admins.*")),
        E(
                63,
                "GRP-006",
                "who may not pass is decided by an attribute that users edit",
                estate => WithEditableDepartment(WithDepartmentTest(estate))
            )
            .Finds(Level.Error, Okta + "meta/schemas/user/default.json", "READ_WRITE"),
        T(63, "GRP-006", "users edit an attribute that decides nothing", estate => WithEditableDepartment(estate)),
        U(
                63,
                "GRP-006",
                "who may edit the attribute was not collected",
                estate => WithDepartmentTest(estate).Without(Okta + "meta/").Without(OktaStaging + "meta/")
            )
            .IsOpen(OrdersEndpoint, "dept"),
        E(
                64,
                "APP-003",
                "a client is off in Okta and on at the gateway",
                estate => estate.Json(Clients, apps => apps.Row("id", "0oaSVC")["status"] = "INACTIVE")
            )
            .Finds(Level.Warning, Apps),
        T(
            64,
            "APP-003",
            "the same, and the gateway app was made today",
            estate =>
                estate
                    .Json(Clients, apps => apps.Row("id", "0oaSVC")["status"] = "INACTIVE")
                    .Json(Apps, apps => apps["app"]!.Row("name", "fulfilment")["createdAt"] = "1795129200000")
        ),
        E(
                65,
                "APP-005",
                "the policy for services is for all clients",
                estate =>
                    estate.Json(
                        Ord + "policies.json",
                        policies => policies.Row("id", "00p2ord")["conditions"]!["clients"]!["include"] = Value("""["ALL_CLIENTS"]""")
                    )
            )
            .Finds(Level.Warning, Ord + "policies.json"),
        T(
            65,
            "APP-005",
            "a policy of a server that no gateway trusts is for all clients",
            estate =>
                estate
                    .WithUntrustedServer()
                    .Json(
                        Pay.Replace("aus2pay", "aus9lab", StringComparison.Ordinal) + "policies.json",
                        policies => policies.AsArray()[0]!["conditions"]!["clients"]!["include"] = Value("""["ALL_CLIENTS"]""")
                    )
        ),
        E(66, "APP-006", "the product for administration opens the whole proxy", estate => WithOperation(estate, "orders-adm", "/"))
            .Finds(Level.Warning, Products),
        T(66, "APP-006", "a product opens the whole of a proxy that has one operation", WithStatusProduct),
        U(
                66,
                "APP-006",
                "a product names no environment",
                estate => estate.Json(Products, root => root["apiProduct"]!.Row("name", "orders-adm")["environments"] = new JsonArray())
            )
            .IsOpen(Products),
        E(
                67,
                "APP-009",
                "the agent has a static secret and no owner",
                estate =>
                    estate
                        .Json(
                            Clients,
                            apps =>
                                apps.Row("id", "0oaAGT")["credentials"]!["oauthClient"]!["token_endpoint_auth_method"] =
                                    "client_secret_basic"
                        )
                        .Json(
                            OktaHost + "workload-principals/api/v1/ai-agents.json",
                            agents => agents.AsArray()[0]!["owners"] = new JsonArray()
                        )
                        .Replace(
                            "auditor.yaml",
                            "  - clientId: 0oaAGT\n    owner: orders-team@meridian.example\n",
                            "  - clientId: 0oaAGT\n"
                        )
            )
            .Finds(Level.Error, OktaHost + "workload-principals/api/v1/ai-agents.json"),
        T(
            67,
            "APP-009",
            "a nightly batch service has a key of its own and an owner",
            estate =>
                estate.Replace("auditor.yaml", "agents:\n", "agents:\n  - clientId: 0oaSVC\n    owner: fulfilment-team@meridian.example\n")
        ),
        U(67, "APP-009", "the registry of agents was not collected", estate => estate.Without(OktaHost + "workload-principals/"))
            .IsOpen(Clients),
        E(76, "GOV-003", "a first rule gives everybody everything", WithRuleForAll)
            .Finds(Level.Warning, StaffRules, "", "shadowed")
            .Also("GOV-003", Level.Warning, StaffRules, "", "shadowed")
            .Also("SCP-008", Level.Error, StaffRules)
            .Also("GRP-005", Level.Error, StaffRules),
        T(
            76,
            "GOV-003",
            "a first rule is about another grant",
            estate =>
                estate.Json(
                    StaffRules,
                    rules =>
                    {
                        var rule = Inserted(rules, "0pr1desk", "Desk on devices");
                        rule["conditions"]!["grantTypes"]!["include"] = Value("""["urn:ietf:params:oauth:grant-type:device_code"]""");
                    }
                )
        ),
        E(77, "GOV-003", "whom a rule excludes, a later rule admits", estate => WithExclusion(estate, later: true, hook: false))
            .Finds(Level.Warning, StaffRules, "", "let-in-later"),
        T(77, "GOV-003", "whom a rule excludes, no later rule admits", estate => WithExclusion(estate, later: false, hook: false)),
        U(
                77,
                "GOV-003",
                "whom a rule excludes, a later rule admits unless its hook refuses",
                estate => WithExclusion(estate, later: true, hook: true)
            )
            .IsOpen(StaffRules)
            .MayOpen("AUD-001", "TOK-001"),
    ];

    private static Estate WithAdminTest(Estate estate, string pattern) => estate.Replace(OrdersEndpoint, AdminTest, $"\"{pattern}\"");

    private static Estate WithDepartmentTest(Estate estate) =>
        estate
            .WithFault(Orders, "RF-Department", 403)
            .FirstIn(OrdersEndpoint, "export", Step("RF-Department", "jwt.VJ-Okta.decoded.claim.dept != \"sales\""));

    private static Estate WithEditableDepartment(Estate estate) =>
        estate.Json(
            Okta + "meta/schemas/user/default.json",
            schema => schema["definitions"]!["base"]!["properties"]!["department"]!["permissions"]![0]!["action"] = "READ_WRITE"
        );

    private static Estate WithOperation(Estate estate, string product, string resource) =>
        estate.Json(
            Products,
            root =>
                root["apiProduct"]!.Row("name", product)["operationGroup"]!["operationConfigs"]![0]!["operations"] = Value(
                    $$"""[{"resource":"{{resource}}","methods":[]}]"""
                )
        );

    private static void WithStatusProduct(Estate estate) =>
        estate.Json(
            Products,
            root =>
            {
                var product = Value(root["apiProduct"]!.Row("name", "pay-std").ToJsonString()).AsObject();
                product["name"] = "status-std";
                product["displayName"] = "Status";
                product["scopes"] = new JsonArray();
                product["operationGroup"]!["operationConfigs"] = Value(
                    """[{"apiSource":"status-v1","operations":[{"resource":"/","methods":["GET"]}]}]"""
                );
                root["apiProduct"]!.AsArray().Add(product);
            }
        );

    // A copy of a rule that comes first; the others move down.
    private static JsonObject Inserted(JsonNode rules, string like, string name)
    {
        foreach (var other in rules.AsArray())
        {
            other!["priority"] = (int)other["priority"]! + 1;
        }

        var rule = Value(rules.Row("id", like).ToJsonString()).AsObject();
        rule["id"] = "0pr0first";
        rule["name"] = name;
        rule["priority"] = 1;
        rules.AsArray().Insert(0, rule);
        return rule;
    }

    private static void WithRuleForAll(Estate estate) =>
        estate.Json(
            StaffRules,
            rules =>
            {
                var rule = Inserted(rules, "0pr2admin", "Everybody");
                rule["conditions"]!["people"]!["groups"]!["include"] = Value("""["EVERYONE"]""");
                rule["conditions"]!["scopes"]!["include"] = Value("""["*"]""");
                rule["conditions"]!["grantTypes"]!["include"] = Value(
                    """["authorization_code","implicit","password","client_credentials"]"""
                );
            }
        );

    private static void WithExclusion(Estate estate, bool later, bool hook)
    {
        estate
            .Json(
                Okta + "groups.json",
                groups =>
                {
                    var group = Value(groups.AsArray()[4]!.ToJsonString()).AsObject();
                    group["id"] = "00g8contr";
                    group["profile"]!["name"] = "contractors";
                    group["profile"]!["description"] = "Contractors of Meridian";
                    groups.AsArray().Add(group);
                }
            )
            .Json(
                StaffRules,
                rules =>
                {
                    rules.Row("id", "0pr1desk")["conditions"]!["people"]!["groups"]!["exclude"] = Value("""["00g8contr"]""");
                    if (!later)
                    {
                        return;
                    }

                    var rule = Value(rules.Row("id", "0pr1desk").ToJsonString()).AsObject();
                    rule["id"] = "0pr7all";
                    rule["name"] = "Everybody reads and writes";
                    rule["priority"] = 3;
                    rule["conditions"]!["people"]!["groups"] = Value("""{"include":["EVERYONE"],"exclude":[]}""");
                    rules.AsArray().Add(rule);
                }
            );
        if (hook)
        {
            estate.WithInlineHook(StaffRules, "0pr7all");
        }
    }
}
