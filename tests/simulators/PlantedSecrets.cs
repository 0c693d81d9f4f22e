using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>
/// Puts a marker in every place of the answers of an organization of the test estate Meridian that can hold a secret: values of maps, keys of apps, key material, people,
/// addresses with credentials, property sets, bundles, the audit log, errors. Whatever is written later must hold none of them.
/// </summary>
public static partial class PlantedSecrets
{
    /// <summary>Plants them.</summary>
    /// <param name="simulator">The organization.</param>
    /// <param name="first">The number of the first marker: another one makes other markers.</param>
    /// <returns>The markers. Three lists of the staging environment cannot be read afterwards: references, caches and keystores.</returns>
    public static IReadOnlyList<string> In(ApigeeSimulator simulator, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(simulator);
        var markers = new List<string>();
        // Letters and digits only, so that no encoding but those looked for changes it.
        string Next()
        {
            markers.Add(string.Create(CultureInfo.InvariantCulture, $"CANARY{first + markers.Count:00}QjX7vKp2mZr9TsWy4LbN"));
            return markers[^1];
        }

        // Values of maps: of every scope, by telling names and by names that say nothing, as text, as credentials inside of other texts.
        JsonObject Entries() =>
            new()
            {
                ["keyValueEntries"] = new JsonArray(
                    new JsonObject { ["name"] = "client_secret", ["value"] = Next() },
                    new JsonObject { ["name"] = "greeting", ["value"] = Next() },
                    new JsonObject { ["name"] = "backend_url", ["value"] = $"https://svc:{Next()}@backend.example/api?sig={Next()}" },
                    new JsonObject { ["name"] = "config", ["value"] = $$"""{"user":"svc","password":"{{Next()}}"}""" },
                    new JsonObject { ["name"] = "issuer", ["value"] = $"https://{Next()}:x@id.example/?token={Next()}" },
                    new JsonObject
                    {
                        ["name"] = "signing.pem",
                        ["value"] = $"-----BEGIN PRIVATE KEY-----\n{Next()}\n-----END PRIVATE KEY-----\n",
                    },
                    new JsonObject { ["name"] = "jwks", ["value"] = $$"""{"keys":[{"kty":"oct","kid":"a","k":"{{Next()}}"}]}""" }
                ),
            };
        simulator.Put("keyvaluemaps.json", """["shared"]""");
        simulator.Put("keyvaluemaps/shared.json", """{"name":"shared","encrypted":true}""");
        simulator.Put("keyvaluemaps/shared/entries.json", Entries().ToJsonString());
        simulator.Put("environments/prod/keyvaluemaps/backend/entries.json", Entries().ToJsonString());
        simulator.Put("apis/orders-v1/keyvaluemaps.json", """["own"]""");
        simulator.Put("apis/orders-v1/keyvaluemaps/own.json", """{"name":"own","encrypted":true}""");
        simulator.Put("apis/orders-v1/keyvaluemaps/own/entries.json", Entries().ToJsonString());

        // Keys of apps, and what people put into attributes.
        var apps = simulator.Json("apps.json");
        var app = apps["app"]![0]!;
        app["credentials"]![0]!["consumerSecret"] = Next();
        app["callbackUrl"] = $"https://u:{Next()}@app.example/cb";
        app["attributes"] = new JsonArray(
            new JsonObject { ["name"] = "api_password", ["value"] = Next() },
            new JsonObject { ["name"] = "note", ["value"] = "Bearer " + Next() }
        );
        simulator.Put("apps.json", apps.ToJsonString());
        simulator.Put("appgroups.json", """{"appGroups":[{"name":"partners"}]}""");
        simulator.Put(
            "appgroups/partners/apps.json",
            new JsonObject
            {
                ["appGroupApps"] = new JsonArray(
                    new JsonObject
                    {
                        ["appId"] = "ag-1",
                        ["name"] = "partner",
                        ["status"] = "approved",
                        ["credentials"] = new JsonArray(
                            new JsonObject
                            {
                                ["consumerKey"] = "partner-key",
                                ["consumerSecret"] = Next(),
                                ["status"] = "approved",
                            }
                        ),
                    }
                ),
            }.ToJsonString()
        );

        // Keystores never give out private keys; a server that did would not have them written.
        var alias = simulator.Json("environments/prod/keystores/gateway-client-2026/aliases/gateway.json");
        alias["privateKey"] = $"-----BEGIN RSA PRIVATE KEY-----\n{Next()}\n-----END RSA PRIVATE KEY-----";
        alias["keyPassword"] = Next();
        alias["password"] = Next();
        simulator.Put("environments/prod/keystores/gateway-client-2026/aliases/gateway.json", alias.ToJsonString());

        // People, and what is written beside a target server.
        var developers = simulator.Json("developers.json");
        developers["developer"]![0]!["email"] = Next() + "@person.example";
        developers["developer"]![0]!["firstName"] = Next();
        developers["developer"]![0]!["lastName"] = Next();
        simulator.Put("developers.json", developers.ToJsonString());
        var server = simulator.Json("environments/prod/targetservers/ts-orders.json");
        server["description"] = $"login svc, password={Next()}";
        simulator.Put("environments/prod/targetservers/ts-orders.json", server.ToJsonString());

        // Property sets and bundles.
        simulator.Put(
            "environments/prod/resourcefiles/properties/stock",
            $"client.secret={Next()}\nurl=https://svc:{Next()}@stock.example/\n# the old password was password={Next()}\n"
        );
        const string Bundle = "apis/orders-v1/revisions/14/apiproxy/";
        simulator.Put(
            Bundle + "targets/marked.xml",
            $"""
            <TargetEndpoint name="marked">
              <!-- password={Next()} -->
              <HTTPTargetConnection><URL>https://svc:{Next()}@backend.example/api?access_token={Next()}</URL></HTTPTargetConnection>
            </TargetEndpoint>
            """
        );
        simulator.Put(
            Bundle + "policies/AM-Marked.xml",
            $"""
            <AssignMessage name="AM-Marked">
              <Set><Headers><Header name="Authorization">Basic {Next()}</Header><Header name="X-Api-Key">{Next()}</Header></Headers></Set>
              <AssignVariable><Name>private.client_secret</Name><Value>{Next()}</Value></AssignVariable>
            </AssignMessage>
            """
        );
        simulator.Put(Bundle + "resources/jsc/marked.js", $"var clientSecret = '{Next()}';\nvar auth = 'Bearer {Next()}';\n");
        simulator.Put(Bundle + "resources/properties/marked.properties", $"api.key={Next()}\npassword: {Next()}\n");

        // The audit log repeats what was sent; errors repeat what was asked.
        var log = simulator.Json("audit.json");
        log["entries"]![0]!["protoPayload"]!["request"] = new JsonObject { ["value"] = Next(), ["name"] = "x" };
        log["entries"]![0]!["protoPayload"]!["response"] = new JsonObject { ["value"] = Next() };
        simulator.Put("audit.json", log.ToJsonString());
        simulator.Server.Faults.Add(
            "/v1/organizations/meridian/environments/staging/references",
            Fault.Body(
                "error",
                400,
                $$$"""{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"Bad value {{{Next()}}}","details":[{"value":"{{{Next()}}}"}]}}"""
            )
        );
        simulator.Server.Faults.Add(
            "/v1/organizations/meridian/environments/staging/caches",
            Fault.Body("page", 500, $"<html>{Next()}</html>", "text/html")
        );
        simulator.Server.Faults.Add(
            "/v1/organizations/meridian/environments/staging/keystores",
            Fault.Body("no JSON", 200, "[\"" + Next() + "\",")
        );
        return markers;
    }

    /// <summary>A marker in every encoding that something written may have.</summary>
    public static IEnumerable<string> Forms(string marker)
    {
        ArgumentNullException.ThrowIfNull(marker);
        var bytes = Encoding.UTF8.GetBytes(marker);
        yield return marker;
        yield return Convert.ToHexString(bytes);
        yield return string.Concat(bytes.Select(b => $"%{b:X2}"));
        yield return string.Concat(marker.Select(c => $"\\u{(int)c:x4}"));
        // In base64 a text reads in three ways, by where it begins.
        for (var shift = 0; shift < 3; shift++)
        {
            var text = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            yield return text[(shift == 0 ? 0 : 4)..^4];
        }
    }
}
