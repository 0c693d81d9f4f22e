using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Rules.Tests;

/// <summary>The estate that the examples are laid over, with what several tests do to it.</summary>
internal static class Acme
{
    public const string Apigee = "apigee/acme/";
    public const string Okta = "okta/acme.okta.com/";
    public const string Proxy = Apigee + "apis/orders-v1/revisions/1/apiproxy/";
    public const string Endpoint = Proxy + "proxies/default.xml";
    public const string Properties = Apigee + "environments/prod/resourcefiles/properties/okta";
    public const string Rules = Okta + "api/v1/authorizationServers/ausOrders/policies/00p1/rules.json";

    private static readonly Estate Base = Estate.Load("acme");

    public static Estate Copy() => Base.Copy();

    /// <summary>A part of Okta or Apigee that was refused to whoever collected.</summary>
    public static Estate Denied(this Estate estate, string part) =>
        estate
            .Without(part)
            .With(
                part.Replace(".json", ".error.json", StringComparison.Ordinal),
                """{ "status": 403, "body": { "error": { "code": 403, "message": "denied" } } }"""
            );

    /// <summary>The proxy deployed in more environments, each with a revision of it; what production has, the others have too.</summary>
    public static Estate WithEnvironments(this Estate estate, params (string Environment, int Revision)[] others)
    {
        var all = others.Prepend((Environment: "prod", Revision: 1)).ToList();
        estate
            .With(Apigee + "environments.json", $"[{string.Join(", ", all.Select(one => $"\"{one.Environment}\""))}]")
            .With(
                Apigee + "deployments.json",
                $$"""{ "deployments": [{{string.Join(", ", all.Select(one => $$"""{ "environment": "{{one.Environment}}", "apiProxy": "orders-v1", "revision": "{{one.Revision}}", "state": "READY" }"""))}}] }"""
            )
            .Replace(
                Apigee + "apis.json",
                "\"1\"",
                string.Join(", ", all.Select(one => $"\"{one.Revision}\"").Distinct(StringComparer.Ordinal))
            );
        foreach (var (environment, revision) in others)
        {
            Repeat(estate, Apigee + "environments/prod.json", Apigee + $"environments/{environment}.json");
            estate.Replace(Apigee + $"environments/{environment}.json", "\"prod\"", $"\"{environment}\"");
            Repeat(estate, Apigee + "environments/prod/", Apigee + $"environments/{environment}/");
            if (!estate.Has(ProxyOf(revision) + "orders-v1.xml"))
            {
                Repeat(estate, Proxy, ProxyOf(revision));
            }
        }

        return estate.With(
            Apigee + "apiproducts.json",
            estate
                .Text(Apigee + "apiproducts.json")
                .Replace("\"prod\"", string.Join(", ", all.Select(one => $"\"{one.Environment}\"")), StringComparison.Ordinal)
        );
    }

    /// <summary>An endpoint with one operation, <c>GET /orders/v1/items/**</c>, behind some steps.</summary>
    /// <param name="steps">What every request meets, as names of policies or as <c>&lt;Step&gt;</c>.</param>
    public static string Behind(params string[] steps) =>
        $"""
            <ProxyEndpoint name="default">
              <PreFlow name="PreFlow">
                <Request>
                  {string.Concat(steps.Select(step => step.StartsWith('<') ? step : $"<Step><Name>{step}</Name></Step>"))}
                </Request>
              </PreFlow>
              <Flows>
                <Flow name="read"><Condition>proxy.pathsuffix MatchesPath "/items/**" and request.verb = "GET"</Condition></Flow>
                <Flow name="otherwise"><Request><Step><Name>RF-NotFound</Name></Step></Request></Flow>
              </Flows>
              <HTTPProxyConnection><BasePath>/orders/v1</BasePath></HTTPProxyConnection>
              <RouteRule name="default"><TargetEndpoint>default</TargetEndpoint></RouteRule>
            </ProxyEndpoint>
            """;

    /// <summary>The files of a revision of the proxy.</summary>
    public static string ProxyOf(int revision) => Apigee + $"apis/orders-v1/revisions/{revision}/apiproxy/";

    /// <summary>Repeats a file, or what lies in a folder, at another path.</summary>
    public static Estate Repeat(this Estate estate, string from, string to)
    {
        foreach (var path in estate.Paths.Where(path => path.StartsWith(from, StringComparison.Ordinal)).ToList())
        {
            estate.With(to + path[from.Length..], estate.Text(path));
        }

        return estate;
    }

    /// <summary>What a rule found.</summary>
    public static List<Finding> Of(this AuditRun run, string rule) => [.. run.Findings.Where(finding => finding.Rule.Id == rule)];

    /// <summary>An audit that leaves environments out.</summary>
    public static AuditOptions Only(params string[] environments) =>
        new() { Settings = new AuditSettings { Environments = [.. environments] } };
}
