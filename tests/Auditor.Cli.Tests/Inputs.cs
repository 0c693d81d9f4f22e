using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Small inputs that tests spoil.</summary>
internal static class Inputs
{
    /// <summary>A proxy bundle that is in order.</summary>
    public static IReadOnlyDictionary<string, string> Bundle { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["apiproxy/ping.xml"] = """<APIProxy name="ping" revision="1"/>""",
            ["apiproxy/policies/RF-Pong.xml"] = """
                <RaiseFault name="RF-Pong">
                  <FaultResponse><Set><StatusCode>204</StatusCode></Set></FaultResponse>
                </RaiseFault>
                """,
            ["apiproxy/proxies/default.xml"] = Endpoint("<Step><Name>RF-Pong</Name></Step>"),
        };

    /// <summary>A proxy endpoint with steps in its request PreFlow.</summary>
    public static string Endpoint(string steps) =>
        $"""
            <ProxyEndpoint name="default">
              <PreFlow name="PreFlow"><Request>{steps}</Request></PreFlow>
              <HTTPProxyConnection><BasePath>/ping</BasePath></HTTPProxyConnection>
              <RouteRule name="none"/>
            </ProxyEndpoint>
            """;

    /// <summary>The sample estate with a trailing slash in the audience of its property set: one error.</summary>
    public static Estate TrailingSlash() =>
        Estate
            .Load("acme")
            .Replace(
                "apigee/acme/environments/prod/resourcefiles/properties/okta",
                "audience=https://api.acme.example/orders\n",
                "audience=https://api.acme.example/orders/\n"
            );

    /// <summary>The sample estate with a policy that cannot be read: incomplete.</summary>
    public static Estate Unreadable() => Estate.Load("acme").With(Policy("ML-Access"), "<MessageLogging name=");

    /// <summary>The path of a policy of the sample estate.</summary>
    public static string Policy(string name) => $"apigee/acme/apis/orders-v1/revisions/1/apiproxy/policies/{name}.xml";
}
