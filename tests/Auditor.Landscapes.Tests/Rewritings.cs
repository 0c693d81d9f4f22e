using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Auditor.Landscapes.Tests.Mutations;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>Ways to write an estate in another way without changing what it means, by the relation that they are of.</summary>
internal static class Rewritings
{
    public static SortedDictionary<string, Action<Estate>> All { get; } =
        new(StringComparer.Ordinal)
        {
            ["M01 a shared flow is written into the proxy"] = Inline,
            ["M02 an unconditional step moves into a flow hook"] = MoveToHook,
            ["M03 a policy has another name everywhere"] = Rename,
            ["M04 the XML is written in another way"] = Reformat,
            ["M05 conditions are written in another way"] = Restate,
            ["M06 values come from a map"] = FromMap,
            ["M06 values come from an assigned variable"] = FromVariable,
            ["M07 policies, products and flows are split"] = Split,
            ["M08 there are unrelated servers, clients and groups"] = Enlarge,
            ["M09 lists without an order are reversed"] = Permute,
            ["M10 bundles are archives, written by the older platform"] = Archive,
        };

    private static void Inline(Estate estate)
    {
        foreach (var policy in new[] { "VJ-Okta", "VAK-Client" })
        {
            estate.WithPolicy(Orders, policy, Body(estate, Policy(Authn, policy)));
        }

        estate.InsteadOf(OrdersEndpoint, "FC-Authn", Step("VJ-Okta"), Step("VAK-Client")).Without(Policy(Orders, "FC-Authn"));
    }

    private static void MoveToHook(Estate estate)
    {
        const string Threat = Apigee + "sharedflows/sf-threat/revisions/4/sharedflowbundle/";
        estate
            .WithoutStep(OrdersEndpoint, "FC-Authn")
            .WithPolicy(Threat, "FC-Authn", Body(estate, Policy(Orders, "FC-Authn")))
            .After(Threat + "sharedflows/default.xml", "JT-Body", Step("FC-Authn", "apiproxy.name = \"orders-v1\""));
    }

    private static void Rename(Estate estate)
    {
        foreach (var path in estate.Paths.Where(path => path.StartsWith(Apigee, StringComparison.Ordinal)).ToList())
        {
            var text = estate.Text(path);
            if (!text.Contains("VJ-Okta", StringComparison.Ordinal))
            {
                continue;
            }

            var renamed = path.Replace("VJ-Okta", "VerifyToken", StringComparison.Ordinal);
            if (renamed != path)
            {
                estate.Without(path);
            }

            estate.With(renamed, text.Replace("VJ-Okta", "VerifyToken", StringComparison.Ordinal));
        }
    }

    private static void Reformat(Estate estate) =>
        EachXml(
            estate,
            text =>
            {
                var body = text.Split("?>", 2)[1].Trim();
                body = Regex.Replace(
                    body,
                    @"<Condition>(?<text>[^<]*)</Condition>",
                    match => $"<Condition><![CDATA[{Unescaped(match.Groups["text"].Value)}]]></Condition>"
                );
                body = Regex.Replace(body, @"<(?<tag>\w+) name=""(?<name>[^""]*)"">", "<${tag}\n    name = '${name}' >");
                body = Regex.Replace(body, @"\n\s*<", "\n\n\t<!-- - -->\n\t<");
                return "\uFEFF<?xml version='1.0' encoding='utf-8'?>\r\n<!-- exported -->\r\n" + body.ReplaceLineEndings("\r\n");
            }
        );

    private static void Restate(Estate estate)
    {
        estate.Replace(
            PaymentsEndpoint,
            "not (introspect.active = \"true\" and introspect.aud = propertyset.okta-pay.audience)",
            "(introspect.active != \"true\") or !(introspect.aud Is propertyset.okta-pay.audience)"
        );
        EachXml(
            estate,
            text =>
                Regex.Replace(
                    text,
                    @"<Condition>(?<text>[^<]*)</Condition>",
                    match =>
                        "<Condition>(("
                        + match
                            .Groups["text"]
                            .Value.Replace(" and ", " &amp;&amp; ", StringComparison.Ordinal)
                            .Replace(" or ", " || ", StringComparison.Ordinal)
                            .Replace(" != ", " IsNot ", StringComparison.Ordinal)
                            .Replace(" = ", " == ", StringComparison.Ordinal)
                            .Replace(" MatchesPath ", " ~/ ", StringComparison.Ordinal)
                        + "))</Condition>"
                )
        );
    }

    private static void FromMap(Estate estate)
    {
        foreach (var (entries, properties) in new[] { (ProdEntries, ProdOkta), (StagingEntries, StagingOkta) })
        {
            foreach (var name in new[] { "issuer", "audience", "jwks_uri" })
            {
                var value = estate.Text(properties).Split('\n').Single(line => line.StartsWith(name + "=", StringComparison.Ordinal))[
                    (name.Length + 1)..
                ];
                estate.Json(
                    entries,
                    map => map["keyValueEntries"]!.AsArray().Add(Value($$"""{"name":"okta_{{name}}","value":"{{value}}"}"""))
                );
            }
        }

        estate
            .WithPolicy(
                Authn,
                "KV-Okta",
                $"""
                <KeyValueMapOperations name="KV-Okta" mapIdentifier="backend">
                  <DisplayName>KV-Okta</DisplayName>
                  <Scope>environment</Scope>
                  <ExpiryTimeInSecs>300</ExpiryTimeInSecs>
                  {string.Join(
                    "\n  ",
                    new[] { "issuer", "audience", "jwks_uri" }.Select(name =>
                        $"<Get assignTo=\"okta.{name}\"><Key><Parameter>okta_{name}</Parameter></Key></Get>"
                    )
                )}
                </KeyValueMapOperations>
                """
            )
            .Before(AuthnFlow, "VJ-Okta", Step("KV-Okta"))
            .With(AuthnVerify, estate.Text(AuthnVerify).Replace("propertyset.okta.", "okta.", StringComparison.Ordinal));
    }

    private static void FromVariable(Estate estate) =>
        estate
            .WithPolicy(
                Authn,
                "AM-Okta",
                """
                <AssignMessage name="AM-Okta">
                  <DisplayName>AM-Okta</DisplayName>
                  <AssignVariable>
                    <Name>okta.issuer</Name>
                    <Ref>propertyset.okta.issuer</Ref>
                  </AssignVariable>
                  <AssignVariable>
                    <Name>okta.audience</Name>
                    <Template>{propertyset.okta.audience}</Template>
                  </AssignVariable>
                  <AssignVariable>
                    <Name>okta.jwks_uri</Name>
                    <Template>{propertyset.okta.issuer}/v1/keys</Template>
                  </AssignVariable>
                </AssignMessage>
                """
            )
            .Before(AuthnFlow, "VJ-Okta", Step("AM-Okta"))
            .With(AuthnVerify, estate.Text(AuthnVerify).Replace("propertyset.okta.", "okta.", StringComparison.Ordinal));

    private static void Split(Estate estate)
    {
        // Services and agents have a policy each, with the same rule.
        const string Agents = Ord + "policies/00p9agents/rules.json";
        estate
            .Json(
                Ord + "policies.json",
                policies =>
                {
                    var services = policies.Row("id", "00p2ord");
                    var agents = Value(services.ToJsonString()).AsObject();
                    services["conditions"]!["clients"]!["include"] = Value("""["0oaSVC"]""");
                    agents["conditions"]!["clients"]!["include"] = Value("""["0oaAGT"]""");
                    agents["id"] = "00p9agents";
                    agents["name"] = "Agents";
                    agents["priority"] = 3;
                    policies.AsArray().Add(agents);
                }
            )
            .With(Agents, estate.Text(ServiceRules).Replace("0pr3svc", "0pr9agt", StringComparison.Ordinal))
            // The product for staff is two products, and its app has both.
            .Json(
                Products,
                root =>
                {
                    var items = root["apiProduct"]!.Row("name", "orders-std");
                    var export = Value(items.ToJsonString()).AsObject();
                    export["name"] = "orders-exp";
                    export["operationGroup"]!["operationConfigs"]!.AsArray().RemoveAt(0);
                    items["operationGroup"]!["operationConfigs"]!.AsArray().RemoveAt(1);
                    root["apiProduct"]!.AsArray().Add(export);
                }
            )
            .With(
                Apigee + "apps.json",
                Regex.Replace(
                    estate.Text(Apigee + "apps.json"),
                    @"\{\s*""apiproduct"": ""orders-std"",\s*""status"": ""approved""\s*\}",
                    match => match.Value + ",\n" + match.Value.Replace("orders-std", "orders-exp", StringComparison.Ordinal)
                )
            );
        if (!estate.Text(OrdersEndpoint).Contains("request.verb = \"PUT\"", StringComparison.Ordinal))
        {
            return;
        }

        // Changing items is two flows.
        var flow = Regex.Match(estate.Text(OrdersEndpoint), @"<Flow name=""change-items"">.*?</Flow>", RegexOptions.Singleline).Value;
        estate.Replace(
            OrdersEndpoint,
            flow,
            flow.Replace(
                "(request.verb = \"POST\" or request.verb = \"PUT\" or request.verb = \"DELETE\")",
                "(request.verb = \"POST\")",
                StringComparison.Ordinal
            )
                + "\n    "
                + flow.Replace("request.verb = \"POST\" or request.verb = \"PUT\"", "request.verb = \"PUT\"", StringComparison.Ordinal)
                    .Replace("\"change-items\"", "\"replace-items\"", StringComparison.Ordinal)
        );
    }

    private static void Enlarge(Estate estate)
    {
        estate
            .WithUntrustedServer()
            .Json(
                Okta + "groups.json",
                groups =>
                {
                    for (var i = 0; i < 40; i++)
                    {
                        var group = Value(groups.AsArray()[1]!.ToJsonString()).AsObject();
                        group["id"] = $"00gX{i.ToString(CultureInfo.InvariantCulture)}";
                        group["profile"]!["name"] = $"office-{i.ToString(CultureInfo.InvariantCulture)}";
                        groups.AsArray().Add(group);
                    }
                }
            );
        foreach (var id in new[] { "0oaX1", "0oaX2", "0oaX3" })
        {
            estate
                .Json(
                    Clients,
                    apps =>
                        apps.AsArray()
                            .Add(
                                Value(
                                    apps.Row("id", "0oaOPS")
                                        .ToJsonString()
                                        .Replace("0oaOPS", id, StringComparison.Ordinal)
                                        .Replace("pksops", "pks" + id, StringComparison.Ordinal)
                                )
                            )
                )
                .With($"{Okta}apps/{id}/groups.json", "[]\n")
                .With($"{Okta}apps/{id}/grants.json", "[]\n");
        }
    }

    private static void Permute(Estate estate)
    {
        foreach (
            var path in new[]
            {
                Ord + "scopes.json",
                Ord + "claims.json",
                Okta + "groups.json",
                Clients,
                Servers,
                OrdStaging + "scopes.json",
            }
        )
        {
            estate.Json(path, root => Reverse(root.AsArray()));
        }

        foreach (var rules in new[] { StaffRules, ServiceRules })
        {
            estate.Json(
                rules,
                root =>
                {
                    Reverse(root.AsArray());
                    foreach (var rule in root.AsArray())
                    {
                        Reverse(rule!["conditions"]!["scopes"]!["include"]!.AsArray());
                    }
                }
            );
        }

        estate
            .Json(Products, root => Reverse(root["apiProduct"]!.AsArray()))
            .Json(Apigee + "apps.json", root => Reverse(root["app"]!.AsArray()))
            .Json(Apigee + "deployments.json", root => Reverse(root["deployments"]!.AsArray()))
            .Json(Apigee + "apis.json", root => Reverse(root["proxies"]!.AsArray()));
    }

    private static void Archive(Estate estate)
    {
        EachXml(
            estate,
            text =>
                Regex.Replace(
                    text,
                    @"(?<=\?>\s*)<(?<tag>VerifyJWT|VerifyAPIKey|AssignMessage|RaiseFault|FlowCallout|Javascript|Quota|SpikeArrest) name=",
                    "<${tag} async=\"false\" continueOnError=\"false\" enabled=\"true\" name="
                )
        );
        var bundles = estate
            .Paths.Select(path => Regex.Match(path, @"^(?<root>.*/revisions/\d+)/(apiproxy|sharedflowbundle)/"))
            .Where(match => match.Success)
            .Select(match => match.Groups["root"].Value)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var bundle in bundles)
        {
            using var stream = new MemoryStream();
            using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var path in estate.Paths.Where(path => path.StartsWith(bundle + "/", StringComparison.Ordinal)))
                {
                    using var entry = archive.CreateEntry(path[(bundle.Length + 1)..]).Open();
                    entry.Write(Encoding.UTF8.GetBytes(estate.Text(path)));
                }
            }

            estate.Without(bundle + "/").With(bundle + ".zip", stream.ToArray());
        }
    }

    private static void Reverse(JsonArray list)
    {
        var items = list.Select(item => item!.ToJsonString()).Reverse().ToList();
        list.Clear();
        foreach (var item in items)
        {
            list.Add(Value(item));
        }
    }

    private static void EachXml(Estate estate, Func<string, string> rewrite)
    {
        foreach (var path in estate.Paths.Where(path => path.EndsWith(".xml", StringComparison.Ordinal)).ToList())
        {
            estate.With(path, rewrite(estate.Text(path)));
        }
    }

    private static string Body(Estate estate, string path) => estate.Text(path).Split("?>", 2)[1];

    private static string Unescaped(string text) =>
        text.Replace("&lt;", "<", StringComparison.Ordinal)
            .Replace("&gt;", ">", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal);
}
