using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>The edits that people make in consoles and repositories, over the files of an estate.</summary>
internal static partial class EstateEdits
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Edits a JSON document.</summary>
    public static Estate Json(this Estate estate, string path, Action<JsonNode> edit)
    {
        var root = JsonNode.Parse(estate.Text(path))!;
        edit(root);
        return estate.With(path, root.ToJsonString(Indented) + "\n");
    }

    /// <summary>The row of a list whose member has that value.</summary>
    public static JsonObject Row(this JsonNode list, string member, string value) =>
        list.AsArray().OfType<JsonObject>().Single(row => (string?)row[member] == value);

    /// <summary>A JSON value from its text.</summary>
    public static JsonNode Value(string json) => JsonNode.Parse(json)!;

    /// <summary>Sets a property of a properties file, or adds it.</summary>
    public static Estate Property(this Estate estate, string path, string key, string value)
    {
        var text = estate.Text(path);
        var line = new Regex($"(?m)^{Regex.Escape(key)}=.*$", RegexOptions.None, TimeSpan.FromSeconds(1));
        return estate.With(
            path,
            line.IsMatch(text)
                ? line.Replace(text, (key + "=" + value).Replace("$", "$$", StringComparison.Ordinal))
                : text.TrimEnd('\n') + $"\n{key}={value}\n"
        );
    }

    /// <summary>Adds a policy to a bundle, and to its list of policies.</summary>
    public static Estate WithPolicy(this Estate estate, string bundle, string name, string xml)
    {
        estate.With(Policy(bundle, name), $"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n{xml.Trim()}\n");
        var manifest = estate.Paths.Single(path =>
            path.StartsWith(bundle, StringComparison.Ordinal) && !path[bundle.Length..].Contains('/', StringComparison.Ordinal)
        );
        var entry = $"<Policy>{name}</Policy>";
        return estate.Text(manifest).Contains(entry, StringComparison.Ordinal)
            ? estate
            : estate.Replace(manifest, "</Policies>", $"  {entry}\n  </Policies>");
    }

    /// <summary>A step.</summary>
    public static string Step(string policy, string? condition = null) =>
        condition is null
            ? $"<Step><Name>{policy}</Name></Step>"
            : $"<Step><Name>{policy}</Name><Condition>{Escaped(condition)}</Condition></Step>";

    /// <summary>Adds steps before the only step of that policy.</summary>
    public static Estate Before(this Estate estate, string path, string policy, params string[] steps) =>
        estate.EditStep(path, policy, step => string.Concat(steps.Select(added => added + "\n      ")) + step);

    /// <summary>Adds steps after the only step of that policy.</summary>
    public static Estate After(this Estate estate, string path, string policy, params string[] steps) =>
        estate.EditStep(path, policy, step => step + string.Concat(steps.Select(added => "\n      " + added)));

    /// <summary>Removes the only step of that policy.</summary>
    public static Estate WithoutStep(this Estate estate, string path, string policy) => estate.EditStep(path, policy, _ => "");

    /// <summary>Replaces the only step of that policy.</summary>
    public static Estate InsteadOf(this Estate estate, string path, string policy, params string[] steps) =>
        estate.EditStep(path, policy, _ => string.Join("\n      ", steps));

    /// <summary>Adds steps at the start of the request of a conditional flow.</summary>
    public static Estate FirstIn(this Estate estate, string path, string flow, params string[] steps)
    {
        var text = estate.Text(path);
        var at = text.IndexOf($"<Flow name=\"{flow}\">", StringComparison.Ordinal);
        var request = text.IndexOf("<Request>", at, StringComparison.Ordinal) + "<Request>".Length;
        return estate.With(path, text.Insert(request, string.Concat(steps.Select(step => "\n        " + step))));
    }

    /// <summary>Removes a conditional flow.</summary>
    public static Estate WithoutFlow(this Estate estate, string path, string flow)
    {
        var text = estate.Text(path);
        var at = text.IndexOf($"<Flow name=\"{flow}\">", StringComparison.Ordinal);
        var end = text.IndexOf("</Flow>", at, StringComparison.Ordinal) + "</Flow>".Length;
        return estate.With(path, text.Remove(at, end - at));
    }

    /// <summary>Adds a conditional flow before another.</summary>
    public static Estate WithFlow(this Estate estate, string path, string before, string name, string condition, params string[] steps) =>
        estate.Replace(
            path,
            $"<Flow name=\"{before}\">",
            $"<Flow name=\"{name}\">\n      <Condition>{Escaped(condition)}</Condition>\n      <Request>\n        {string.Join("\n        ", steps)}\n      </Request>\n      <Response/>\n    </Flow>\n    <Flow name=\"{before}\">"
        );

    /// <summary>Puts an attribute into the first tag of a policy.</summary>
    public static Estate WithAttribute(this Estate estate, string path, string attribute) =>
        estate.With(path, FirstTag().Replace(estate.Text(path), match => $"{match.Value} {attribute}", 1));

    /// <summary>Reads an entry of the map 'backend' into a variable, and has the entry withheld in both environments.</summary>
    public static Estate WithWithheldEntry(this Estate estate, string bundle, string policy, string key, string variable)
    {
        foreach (var entries in new[] { ProdEntries, StagingEntries })
        {
            estate.Json(
                entries,
                root =>
                    root["keyValueEntries"]!
                        .AsArray()
                        .Add(
                            Value(
                                $$"""{"name":"{{key}}","value":{"redacted":true,"kind":"value","length":"33-64","fingerprint":"hmac:{{(entries == ProdEntries ? "51" : "52")}}d0bca09bd1c9d16edb64"} }"""
                            )
                        )
            );
        }

        return estate.WithPolicy(
            bundle,
            policy,
            $"""
            <KeyValueMapOperations name="{policy}" mapIdentifier="backend">
              <DisplayName>{policy}</DisplayName>
              <Scope>environment</Scope>
              <ExpiryTimeInSecs>300</ExpiryTimeInSecs>
              <Get assignTo="{variable}">
                <Key>
                  <Parameter>{key}</Parameter>
                </Key>
              </Get>
            </KeyValueMapOperations>
            """
        );
    }

    /// <summary>A policy that answers with an error.</summary>
    public static Estate WithFault(this Estate estate, string bundle, string name, int status) =>
        estate.WithPolicy(
            bundle,
            name,
            $"""
            <RaiseFault name="{name}">
              <DisplayName>{name}</DisplayName>
              <FaultResponse>
                <Set>
                  <StatusCode>{status}</StatusCode>
                  <ReasonPhrase>Refused</ReasonPhrase>
                </Set>
              </FaultResponse>
              <IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables>
            </RaiseFault>
            """
        );

    /// <summary>A policy that sets a variable by a Python script, which nothing reads.</summary>
    public static Estate WithPython(this Estate estate, string bundle, string name, string source) =>
        estate
            .With($"{bundle}resources/py/{name}.py", source)
            .WithPolicy(
                bundle,
                name,
                $"""
                <Script name="{name}" timeLimit="200">
                  <DisplayName>{name}</DisplayName>
                  <ResourceURL>py://{name}.py</ResourceURL>
                </Script>
                """
            );

    /// <summary>A policy that runs a class of a JAR.</summary>
    public static Estate WithJava(this Estate estate, string bundle, string name, string jar) =>
        estate
            .With($"{bundle}resources/java/{jar}", "PK\u0005\u0006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
            .WithPolicy(
                bundle,
                name,
                $"""
                <JavaCallout name="{name}">
                  <DisplayName>{name}</DisplayName>
                  <ClassName>example.meridian.gateway.{name.Replace("-", "", StringComparison.Ordinal)}</ClassName>
                  <ResourceURL>java://{jar}</ResourceURL>
                </JavaCallout>
                """
            );

    /// <summary>Adds a token inline hook and puts it on a rule.</summary>
    public static Estate WithInlineHook(this Estate estate, string rules, string rule) =>
        estate
            .Json(
                Okta + "inlineHooks.json",
                root =>
                    root.AsArray()
                        .Add(
                            Value(
                                """{"id":"cal1enrich","name":"Enrich","status":"ACTIVE","type":"com.okta.oauth2.tokens.transform","version":"1.0.1","created":"2026-01-24T02:00:00.000Z","lastUpdated":"2026-01-24T02:00:00.000Z"}"""
                            )
                        )
            )
            .Json(rules, root => root.Row("id", rule)["actions"]!["token"]!["inlineHook"] = Value("""{"id":"cal1enrich"}"""));

    /// <summary>Adds an authorization server that no proxy trusts: a copy of that for payments, with its own id, audience and scopes.</summary>
    public static Estate WithUntrustedServer(this Estate estate, Action<JsonObject>? edit = null)
    {
        foreach (
            var path in estate
                .Paths.Where(path =>
                    path.StartsWith(OktaHost, StringComparison.Ordinal) && path.Contains("/aus2pay/", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            estate.With(path.Replace("aus2pay", "aus9lab", StringComparison.Ordinal), Lab(estate.Text(path)));
        }

        return estate.Json(
            Servers,
            root =>
            {
                var server = Value(Lab(root.Row("id", "aus2pay").ToJsonString())).AsObject();
                edit?.Invoke(server);
                root.AsArray().Add(server);
            }
        );
    }

    private static string Lab(string text) =>
        text.Replace("aus2pay", "aus9lab", StringComparison.Ordinal)
            .Replace("payments", "lab", StringComparison.Ordinal)
            .Replace("Payments", "Lab", StringComparison.Ordinal);

    /// <summary>Deploys a copy of a proxy under another name and base path.</summary>
    public static Estate WithCopyOfOrders(this Estate estate, string name, string basePath)
    {
        foreach (var path in estate.Paths.Where(path => path.StartsWith(Apigee + "apis/orders-v1/", StringComparison.Ordinal)).ToList())
        {
            estate.With(
                path.Replace("orders-v1", name, StringComparison.Ordinal),
                estate
                    .Text(path)
                    .Replace("orders-v1", name, StringComparison.Ordinal)
                    .Replace("/orders/v1", basePath, StringComparison.Ordinal)
            );
        }

        return estate.WithDeployment(name, "14", "prod", "staging");
    }

    /// <summary>Lists a proxy and deploys it.</summary>
    public static Estate WithDeployment(this Estate estate, string name, string revision, params string[] environments) =>
        estate
            .With($"{Apigee}apis/{name}/keyvaluemaps.json", "[]\n")
            .Json(
                Apigee + "apis.json",
                root =>
                    root["proxies"]!
                        .AsArray()
                        .Add(
                            Value(
                                $$"""{"name":"{{name}}","apiProxyType":"PROGRAMMABLE","latestRevisionId":"{{revision}}","revision":["{{revision}}"],"metaData":{"createdAt":"1760580000000","lastModifiedAt":"1793412000000","subType":"Proxy"} }"""
                            )
                        )
            )
            .Json(
                Apigee + "deployments.json",
                root =>
                {
                    foreach (var environment in environments)
                    {
                        root["deployments"]!
                            .AsArray()
                            .Add(
                                Value(
                                    $$"""{"environment":"{{environment}}","apiProxy":"{{name}}","revision":"{{revision}}","deployStartTime":"1793412000000","proxyDeploymentType":"EXTENSIBLE","serviceAccount":"projects/-/serviceAccounts/apigee-{{name}}-{{environment}}@meridian.iam.gserviceaccount.com"}"""
                                )
                            );
                    }
                }
            );

    private static Estate EditStep(this Estate estate, string path, string policy, Func<string, string> edit)
    {
        var text = estate.Text(path);
        var matches = Steps().Matches(text).Where(match => match.Groups["name"].Value == policy).ToList();
        if (matches.Count != 1)
        {
            throw new ArgumentException($"'{path}' has {matches.Count} steps '{policy}'.");
        }

        return estate.With(path, text.Remove(matches[0].Index, matches[0].Length).Insert(matches[0].Index, edit(matches[0].Value)));
    }

    private static string Escaped(string condition) =>
        condition.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    [GeneratedRegex(@"<Step>\s*<Name>(?<name>[^<]*)</Name>.*?</Step>", RegexOptions.Singleline, 1000)]
    private static partial Regex Steps();

    [GeneratedRegex(@"<[A-Za-z]\w* name=""[^""]*""", RegexOptions.None, 1000)]
    private static partial Regex FirstTag();
}
