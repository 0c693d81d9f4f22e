using System.Text.Json.Nodes;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Engine;
using Auditor.Landscapes.Tests.Mutations;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests;

/// <summary>M11: what Terraform declares of an authorization server gives the answers that the server itself gives.</summary>
public sealed class TerraformSources
{
    private const string Servers = MeridianFiles.Okta + "authorizationServers";

    [Theory]
    [InlineData("")]
    [InlineData("16E")]
    [InlineData("44E")]
    [InlineData("76E")]
    public async Task M11_a_state_of_Terraform_gives_the_answers_of_what_it_describes(string probe)
    {
        var meridian = Estate.Load("meridian");
        var edited = meridian.Copy();
        if (probe.Length > 0)
        {
            MutationTable.All.Single(mutation => mutation.Name == probe).Apply(edited);
        }

        using var folder = new TemporaryFolder();
        var state = await new InputReader(new Redactor()).ReadAsync(
            [folder.Write("state.json", State(edited))],
            folder.Path,
            TestContext.Current.CancellationToken
        );
        // The servers come from the state; those that it is laid over were not edited.
        var others = edited.Copy();
        foreach (var path in meridian.Paths.Where(path => path.StartsWith(Servers, StringComparison.Ordinal)))
        {
            others.With(path, meridian.Text(path));
        }

        var run = others.Read(input =>
            AuditEngine.Run(
                state.Terraform!.Over(TerraformView.Planned, input.Landscape, TerraformOthers.StayByKind),
                input.Texts.Find,
                Estate.AllRules,
                DeclaredAudit.OptionsOf(meridian, []),
                DateTimeOffset.UnixEpoch,
                null,
                CancellationToken.None
            )
        );
        Assert.Equal(Outcome.Keys(edited.AuditAsDeclared()), Outcome.Keys(run));
        Assert.True(probe.Length == 0 || run.Findings.Any(finding => finding.IsLive), "The edit is not in the state.");
    }

    private static string State(Estate estate)
    {
        var resources = new JsonArray();
        foreach (var server in Rows(estate, Servers + ".json"))
        {
            var id = (string)server["id"]!;
            Add(
                resources,
                "okta_auth_server",
                id,
                new JsonObject
                {
                    ["id"] = id,
                    ["name"] = Copy(server["name"]),
                    ["issuer"] = Copy(server["issuer"]),
                    ["issuer_mode"] = Copy(server["issuerMode"]),
                    ["audiences"] = Copy(server["audiences"]),
                    ["status"] = Copy(server["status"]),
                    ["kid"] = Copy(server["credentials"]!["signing"]!["kid"]),
                    ["credentials_rotation_mode"] = Copy(server["credentials"]!["signing"]!["rotationMode"]),
                }
            );
            foreach (var scope in Rows(estate, $"{Servers}/{id}/scopes.json").Where(scope => !(bool)scope["system"]!))
            {
                Add(
                    resources,
                    "okta_auth_server_scope",
                    (string)scope["id"]!,
                    new JsonObject
                    {
                        ["id"] = Copy(scope["id"]),
                        ["auth_server_id"] = id,
                        ["name"] = Copy(scope["name"]),
                        ["consent"] = Copy(scope["consent"]),
                        ["default"] = Copy(scope["default"]),
                    }
                );
            }

            foreach (var policy in Rows(estate, $"{Servers}/{id}/policies.json"))
            {
                AddPolicy(estate, resources, id, policy);
            }
        }

        return new JsonObject
        {
            ["format_version"] = "1.0",
            ["values"] = new JsonObject { ["root_module"] = new JsonObject { ["resources"] = resources } },
        }.ToJsonString();
    }

    private static void AddPolicy(Estate estate, JsonArray resources, string server, JsonNode policy)
    {
        var id = (string)policy["id"]!;
        Add(
            resources,
            "okta_auth_server_policy",
            id,
            new JsonObject
            {
                ["id"] = id,
                ["auth_server_id"] = server,
                ["name"] = Copy(policy["name"]),
                ["status"] = Copy(policy["status"]),
                ["priority"] = Copy(policy["priority"]),
                ["client_whitelist"] = Copy(policy["conditions"]!["clients"]!["include"]),
            }
        );
        foreach (var rule in Rows(estate, $"{Servers}/{server}/policies/{id}/rules.json"))
        {
            var conditions = rule["conditions"]!;
            var token = rule["actions"]!["token"]!;
            Add(
                resources,
                "okta_auth_server_policy_rule",
                (string)rule["id"]!,
                new JsonObject
                {
                    ["id"] = Copy(rule["id"]),
                    ["auth_server_id"] = server,
                    ["policy_id"] = id,
                    ["name"] = Copy(rule["name"]),
                    ["status"] = Copy(rule["status"]),
                    ["priority"] = Copy(rule["priority"]),
                    ["grant_type_whitelist"] = Copy(conditions["grantTypes"]!["include"]),
                    ["scope_whitelist"] = Copy(conditions["scopes"]!["include"]),
                    ["group_whitelist"] = Copy(conditions["people"]?["groups"]?["include"]) ?? new JsonArray(),
                    ["group_blacklist"] = Copy(conditions["people"]?["groups"]?["exclude"]) ?? new JsonArray(),
                    ["user_whitelist"] = Copy(conditions["people"]?["users"]?["include"]) ?? new JsonArray(),
                    ["user_blacklist"] = Copy(conditions["people"]?["users"]?["exclude"]) ?? new JsonArray(),
                    ["access_token_lifetime_minutes"] = Copy(token["accessTokenLifetimeMinutes"]),
                    ["refresh_token_lifetime_minutes"] = Copy(token["refreshTokenLifetimeMinutes"]) ?? 0,
                    ["refresh_token_window_minutes"] = Copy(token["refreshTokenWindowMinutes"]) ?? 10080,
                    ["inline_hook_id"] = Copy(token["inlineHook"]?["id"]),
                }
            );
        }
    }

    private static void Add(JsonArray resources, string type, string name, JsonObject values) =>
        resources.Add(
            new JsonObject
            {
                ["address"] = $"{type}.{name}",
                ["mode"] = "managed",
                ["type"] = type,
                ["name"] = name,
                ["values"] = values,
                ["sensitive_values"] = new JsonObject(),
            }
        );

    private static IEnumerable<JsonNode> Rows(Estate estate, string path) =>
        estate.Has(path) ? JsonNode.Parse(estate.Text(path))!.AsArray().Select(row => row!) : [];

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();
}
