using System.Globalization;

namespace Auditor.Simulators;

/// <summary>Bundles of the size that real ones have: 20 policies of about 1 kB, a few flows, one target. The same numbers give the same files.</summary>
public static class GeneratedBundle
{
    private const int PoliciesPerBundle = 20;

    /// <summary>Writes bundles as folders.</summary>
    /// <param name="folder">The folder that will hold them.</param>
    /// <param name="bundles">How many.</param>
    /// <returns>The folder.</returns>
    public static string Write(string folder, int bundles)
    {
        for (var i = 0; i < bundles; i++)
        {
            var name = "api-" + i.ToString("D4", CultureInfo.InvariantCulture);
            foreach (
                var (path, text) in Files(
                    name,
                    $"https://id.example.com/oauth2/aus{i}",
                    "https://api.example.com/" + name,
                    "<URL>https://backend.example/api</URL>"
                )
            )
            {
                var file = Path.Combine(folder, name, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, text);
            }
        }

        return folder;
    }

    /// <summary>The files of a proxy's bundle, by their paths in the archive.</summary>
    /// <param name="name">The proxy.</param>
    /// <param name="issuer">The issuer whose tokens it takes.</param>
    /// <param name="audience">The audience that they must be for.</param>
    /// <param name="target">The element that says where its backend is.</param>
    public static IEnumerable<(string Path, string Text)> Files(string name, string issuer, string audience, string target)
    {
        yield return ($"apiproxy/{name}.xml", $"<APIProxy name=\"{name}\" revision=\"1\"/>");
        yield return ("apiproxy/targets/default.xml", Target.Replace("TARGET", target, StringComparison.Ordinal));
        yield return ("apiproxy/proxies/default.xml", Proxy(name));
        foreach (var (policy, text) in Policies(issuer, audience))
        {
            yield return ($"apiproxy/policies/{policy}.xml", text);
        }
    }

    /// <summary>The files of a shared flow's bundle, by their paths in the archive.</summary>
    /// <param name="name">The shared flow.</param>
    public static IEnumerable<(string Path, string Text)> SharedFlowFiles(string name)
    {
        yield return ($"sharedflowbundle/{name}.xml", $"<SharedFlowBundle name=\"{name}\" revision=\"1\"/>");
        yield return (
            "sharedflowbundle/sharedflows/default.xml",
            "<SharedFlow name=\"default\"><Step><Name>AM-Correlate</Name></Step></SharedFlow>"
        );
        yield return ("sharedflowbundle/policies/AM-Correlate.xml", Assign("AM-Correlate", "X-Correlation-Id", "{messageid}"));
    }

    private const string Target = """
        <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
        <TargetEndpoint name="default">
          <PreFlow name="PreFlow"><Request><Step><Name>AM-Target</Name></Step></Request><Response/></PreFlow>
          <HTTPTargetConnection>
            <SSLInfo><Enabled>true</Enabled><Enforce>true</Enforce></SSLInfo>
            TARGET
          </HTTPTargetConnection>
        </TargetEndpoint>
        """;

    private static string Proxy(string name) =>
        $$"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <ProxyEndpoint name="default">
              <PreFlow name="PreFlow">
                <Request>
                  <Step><Name>SA-Spike</Name></Step>
                  <Step><Name>VJ-Token</Name></Step>
                  <Step><Name>AM-Identity</Name></Step>
                  <Step><Name>Q-Product</Name></Step>
                </Request>
                <Response/>
              </PreFlow>
              <Flows>
                <Flow name="list"><Condition>(proxy.pathsuffix MatchesPath "/items") and (request.verb = "GET")</Condition><Request><Step><Name>AM-A</Name></Step></Request></Flow>
                <Flow name="get"><Condition>(proxy.pathsuffix MatchesPath "/items/*") and (request.verb = "GET")</Condition><Request><Step><Name>AM-B</Name></Step></Request></Flow>
                <Flow name="create">
                  <Condition>(proxy.pathsuffix MatchesPath "/items") and (request.verb = "POST")</Condition>
                  <Request>
                    <Step><Name>RF-Scope</Name><Condition>not (jwt.VJ-Token.decoded.claim.scp ~~ ".*[^\w.-]items\.write[^\w.-].*")</Condition></Step>
                    <Step><Name>JTP-Body</Name><Condition>request.header.content-type = "application/json"</Condition></Step>
                  </Request>
                </Flow>
                <Flow name="delete"><Condition>(proxy.pathsuffix MatchesPath "/items/*") and (request.verb = "DELETE")</Condition><Request><Step><Name>RF-Scope</Name></Step></Request></Flow>
                <Flow name="unknown"><Request><Step><Name>RF-NotFound</Name></Step></Request></Flow>
              </Flows>
              <PostFlow name="PostFlow"><Request/><Response/></PostFlow>
              <HTTPProxyConnection><BasePath>/{{name}}/v1</BasePath></HTTPProxyConnection>
              <RouteRule name="default"><TargetEndpoint>default</TargetEndpoint></RouteRule>
            </ProxyEndpoint>
            """;

    private static IEnumerable<(string Name, string Text)> Policies(string issuer, string audience)
    {
        yield return (
            "VJ-Token",
            $"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <VerifyJWT async="false" continueOnError="false" enabled="true" name="VJ-Token">
              <DisplayName>Verify the token</DisplayName>
              <Algorithm>RS256</Algorithm>
              <PublicKey><JWKS uri="{issuer}/v1/keys"/></PublicKey>
              <Issuer>{issuer}</Issuer>
              <Audience>{audience}</Audience>
            </VerifyJWT>
            """
        );
        yield return (
            "SA-Spike",
            "<SpikeArrest name=\"SA-Spike\"><DisplayName>Spike</DisplayName><Rate>100ps</Rate><UseEffectiveCount>true</UseEffectiveCount></SpikeArrest>"
        );
        yield return (
            "Q-Product",
            "<Quota name=\"Q-Product\" type=\"calendar\"><Allow count=\"1000\"/><Interval>1</Interval><TimeUnit>hour</TimeUnit><Identifier ref=\"client_id\"/><Distributed>true</Distributed></Quota>"
        );
        yield return ("RF-NotFound", Fault("RF-NotFound", 404));
        yield return ("RF-Scope", Fault("RF-Scope", 403));
        yield return (
            "JTP-Body",
            "<JSONThreatProtection name=\"JTP-Body\"><ArrayElementCount>20</ArrayElementCount><ContainerDepth>10</ContainerDepth><Source>request</Source></JSONThreatProtection>"
        );
        yield return ("AM-Identity", Assign("AM-Identity", "X-User", "{jwt.VJ-Token.decoded.claim.uid}"));
        yield return ("AM-Target", Assign("AM-Target", "X-Request-Id", "{messageid}"));
        for (var i = 8; i < PoliciesPerBundle; i++)
        {
            var name = i switch
            {
                8 => "AM-A",
                9 => "AM-B",
                _ => "AM-" + i.ToString(CultureInfo.InvariantCulture),
            };
            yield return (
                name,
                Assign(name, "X-Header-" + i.ToString(CultureInfo.InvariantCulture), "value " + i.ToString(CultureInfo.InvariantCulture))
            );
        }
    }

    private static string Fault(string name, int status) =>
        $$"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <RaiseFault async="false" continueOnError="false" enabled="true" name="{{name}}">
              <DisplayName>{{name}}</DisplayName>
              <FaultResponse>
                <Set>
                  <Headers><Header name="Content-Type">application/json</Header></Headers>
                  <Payload contentType="application/json">{"code":"{{status}}","message":"The request was not accepted.","trace":"{messageid}"}</Payload>
                  <StatusCode>{{status}}</StatusCode>
                  <ReasonPhrase>Refused</ReasonPhrase>
                </Set>
              </FaultResponse>
              <IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables>
            </RaiseFault>
            """;

    private static string Assign(string name, string header, string value) =>
        $"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <AssignMessage async="false" continueOnError="false" enabled="true" name="{name}">
              <DisplayName>{name}</DisplayName>
              <Properties/>
              <Set>
                <Headers>
                  <Header name="{header}">{value}</Header>
                  <Header name="X-Source">gateway</Header>
                </Headers>
              </Set>
              <AssignVariable>
                <Name>flow.{name}</Name>
                <Value>{header}</Value>
              </AssignVariable>
              <Remove><Headers><Header name="X-Internal"/></Headers></Remove>
              <IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables>
              <AssignTo createNew="false" transport="http" type="request"/>
            </AssignMessage>
            """;
}
