using System.Globalization;
using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>Secrets of an Okta org.</summary>
public static partial class PlantedSecrets
{
    /// <summary>
    /// Plants a marker in every place of the answers of an org that can hold a secret: client secrets, addresses with credentials, headers of hooks, profiles and the
    /// System Log, errors.
    /// </summary>
    /// <param name="org">The org.</param>
    /// <param name="first">The number of the first marker: another one makes other markers.</param>
    /// <returns>The markers. Four lists of the org cannot be read afterwards: zones, domains, trusted origins and log streams.</returns>
    public static IReadOnlyList<string> In(OktaSimulator org, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(org);
        var markers = new List<string>();
        string Next()
        {
            markers.Add(string.Create(CultureInfo.InvariantCulture, $"CANARY{first + markers.Count:00}okTAvKp2mZr9TsWy4LbN"));
            return markers[^1];
        }

        var apps = org.Json("api/v1/apps.json").AsArray();
        var client = apps[0]!;
        client["credentials"]!["oauthClient"]!["client_secret"] = Next();
        client["settings"]!["oauthClient"]!["initiate_login_uri"] = $"https://user:{Next()}@app.example/start?code={Next()}";
        client["settings"]!["notes"] = new JsonObject { ["admin"] = $"password={Next()}", ["enduser"] = $"Bearer {Next()}" };
        org.Put("api/v1/apps.json", apps.ToJsonString());
        org.Put(
            "api/v1/inlineHooks.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "cal1",
                    ["channel"] = new JsonObject
                    {
                        ["config"] = new JsonObject
                        {
                            ["uri"] = $"https://h.example/?k={Next()}",
                            ["headers"] = new JsonArray(new JsonObject { ["key"] = "X", ["value"] = Next() }),
                            ["authScheme"] = new JsonObject { ["key"] = "Authorization", ["value"] = Next() },
                        },
                    },
                }
            ).ToJsonString()
        );
        org.Put(
            "api/v1/eventHooks.json",
            new JsonArray(
                new JsonObject
                {
                    ["id"] = "who1",
                    ["name"] = new JsonObject { ["client_secret"] = Next() },
                }
            ).ToJsonString()
        );
        org.Server.Faults.Add("/api/v1/zones", Fault.Body("403", 403, $$"""{"errorCode":"E0000006","errorSummary":"{{Next()}}"}"""));
        org.Server.Faults.Add("/api/v1/domains", Fault.Body("page", 404, $"<html>{Next()}</html>", "text/html"));
        org.Server.Faults.Add("/api/v1/trustedOrigins", Fault.Body("no JSON", 200, $"[{{\"id\":\"{Next()}\","));
        org.Server.Faults.Add("/api/v1/logStreams", Fault.Body("twice", 200, $$"""{"a":"{{Next()}}","a":1}"""));
        return markers;
    }
}
