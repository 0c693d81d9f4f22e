using Auditor.Testing;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>
/// A proxy that takes the callback of a sign-in: it exchanges the code for tokens at the org's token endpoint and looks at the ID token. It reaches no backend, and what it
/// verifies came straight from Okta: what is demanded of access tokens is not demanded of these.
/// </summary>
internal static class LoginProxy
{
    private const string Bundle = Apigee + "apis/desk-login/revisions/1/apiproxy/";

    public static Estate WithLogin(this Estate estate, string? issuer, string? audience)
    {
        estate
            .With(
                Bundle + "desk-login.xml",
                """
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <APIProxy name="desk-login" revision="1">
                  <Basepaths>/login</Basepaths>
                  <DisplayName>desk-login</DisplayName>
                  <Policies>
                  </Policies>
                  <ProxyEndpoints>
                    <ProxyEndpoint>default</ProxyEndpoint>
                  </ProxyEndpoints>
                  <TargetEndpoints/>
                </APIProxy>

                """
            )
            .With(
                Bundle + "proxies/default.xml",
                $"""
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <ProxyEndpoint name="default">
                  <PreFlow name="PreFlow">
                    <Request>
                      {EstateEdits.Step("SA-Protect")}
                    </Request>
                    <Response/>
                  </PreFlow>
                  <Flows>
                    <Flow name="callback">
                      <Condition>(proxy.pathsuffix MatchesPath "/callback") and (request.verb = "GET")</Condition>
                      <Request>
                        {EstateEdits.Step("KV-Client")}
                        {EstateEdits.Step("GJ-Assertion")}
                        {EstateEdits.Step("SC-Token")}
                        {EstateEdits.Step("EV-Token")}
                        {EstateEdits.Step("VJ-IdToken")}
                      </Request>
                      <Response/>
                    </Flow>
                    <Flow name="not-found">
                      <Request>
                        {EstateEdits.Step("RF-NotFound")}
                      </Request>
                      <Response/>
                    </Flow>
                  </Flows>
                  <PostFlow name="PostFlow">
                    <Request/>
                    <Response/>
                  </PostFlow>
                  <PostClientFlow name="PostClientFlow">
                    <Response>
                      {EstateEdits.Step("ML-Access")}
                    </Response>
                  </PostClientFlow>
                  <HTTPProxyConnection>
                    <BasePath>/login</BasePath>
                  </HTTPProxyConnection>
                  <RouteRule name="no-target"/>
                </ProxyEndpoint>

                """
            )
            .WithDeployment("desk-login", "1", "prod");
        foreach (var policy in new[] { "SA-Protect", "RF-NotFound", "GJ-Assertion" })
        {
            estate.WithPolicy(Bundle, policy, estate.Text(Policy(Payments, policy)).Split("?>", 2)[1]);
        }

        return estate
            .WithPolicy(
                Bundle,
                "ML-Access",
                estate.Text(Policy(Apigee + "apis/status-v1/revisions/3/apiproxy/", "ML-Access")).Split("?>", 2)[1]
            )
            .WithPolicy(
                Bundle,
                "KV-Client",
                estate
                    .Text(Policy(Payments, "KV-Introspect"))
                    .Split("?>", 2)[1]
                    .Replace("KV-Introspect", "KV-Client", StringComparison.Ordinal)
            )
            .WithPolicy(
                Bundle,
                "SC-Token",
                """
                <ServiceCallout name="SC-Token">
                  <DisplayName>SC-Token</DisplayName>
                  <Request variable="tokenRequest" clearPayload="true">
                    <Set>
                      <FormParams>
                        <FormParam name="grant_type">authorization_code</FormParam>
                        <FormParam name="code">{request.queryparam.code}</FormParam>
                        <FormParam name="client_assertion_type">urn:ietf:params:oauth:client-assertion-type:jwt-bearer</FormParam>
                        <FormParam name="client_assertion">{private.introspect.assertion}</FormParam>
                      </FormParams>
                      <Verb>POST</Verb>
                    </Set>
                    <IgnoreUnresolvedVariables>false</IgnoreUnresolvedVariables>
                  </Request>
                  <Response>tokenResponse</Response>
                  <Timeout>3000</Timeout>
                  <HTTPTargetConnection>
                    <SSLInfo>
                      <Enabled>true</Enabled>
                      <Enforce>true</Enforce>
                      <TrustStore>ref://public-ca</TrustStore>
                    </SSLInfo>
                    <URL>https://id.meridian.example/oauth2/v1/token</URL>
                  </HTTPTargetConnection>
                </ServiceCallout>
                """
            )
            .WithPolicy(
                Bundle,
                "EV-Token",
                """
                <ExtractVariables name="EV-Token">
                  <DisplayName>EV-Token</DisplayName>
                  <Source clearPayload="false">tokenResponse</Source>
                  <VariablePrefix>login</VariablePrefix>
                  <JSONPayload>
                    <Variable name="id_token" type="string">
                      <JSONPath>$.id_token</JSONPath>
                    </Variable>
                  </JSONPayload>
                  <IgnoreUnresolvedVariables>false</IgnoreUnresolvedVariables>
                </ExtractVariables>
                """
            )
            .WithPolicy(
                Bundle,
                "VJ-IdToken",
                $"""
                <VerifyJWT name="VJ-IdToken">
                  <DisplayName>VJ-IdToken</DisplayName>
                  <Algorithm>RS256</Algorithm>
                  <Source>login.id_token</Source>
                  <PublicKey>
                    <JWKS uri="https://id.meridian.example/oauth2/v1/keys"/>
                  </PublicKey>
                  {(issuer is null ? "" : $"<Issuer>{issuer}</Issuer>")}
                  {(audience is null ? "" : $"<Audience>{audience}</Audience>")}
                </VerifyJWT>
                """
            );
    }
}
