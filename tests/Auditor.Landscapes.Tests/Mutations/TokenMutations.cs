using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Audience and issuer (AUD).</summary>
internal static class TokenMutations
{
    private const string OrdIssuer = "https://id.meridian.example/oauth2/aus1ord";
    private const string OrdAudience = "https://api.meridian.example/orders";
    private const string PayAudience = "https://api.meridian.example/payments";
    private const string AudienceElement = "<Audience ref=\"propertyset.okta.audience\"/>";
    private const string IssuerElement = "<Issuer ref=\"propertyset.okta.issuer\"/>";
    private const string KeysElement = "<JWKS uriRef=\"propertyset.okta.jwks_uri\"/>";

    private const string Peek = """
        <DecodeJWT name="DJ-Peek">
          <DisplayName>DJ-Peek</DisplayName>
        </DecodeJWT>
        """;

    private const string KeysFromToken = """
        <AssignMessage name="AM-Keys">
          <DisplayName>AM-Keys</DisplayName>
          <AssignVariable>
            <Name>okta.keys_of_token</Name>
            <Template>{jwt.DJ-Peek.decoded.claim.iss}/v1/keys</Template>
          </AssignVariable>
        </AssignMessage>
        """;

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(1, "AUD-001", "the audience of production ends in a slash", estate => estate.Property(ProdOkta, "audience", OrdAudience + "/"))
            .Finds(Level.Error, ProdOkta, "audience=", "trailing-slash"),
        T(
            1,
            "AUD-001",
            "the audience of the server ends in a slash, too",
            estate =>
                estate
                    .Property(ProdOkta, "audience", OrdAudience + "/")
                    .Json(Servers, servers => servers.Row("id", "aus1ord")["audiences"]![0] = OrdAudience + "/")
        ),
        U(
                1,
                "AUD-001",
                "the audience comes from an entry that is withheld",
                estate =>
                    estate
                        .WithWithheldEntry(Authn, "KV-Okta", "okta_audience", "private.okta.audience")
                        .Before(AuthnFlow, "VJ-Okta", Step("KV-Okta"))
                        .Replace(AuthnVerify, AudienceElement, "<Audience ref=\"private.okta.audience\"/>")
            )
            .IsOpen(ProdEntries, ""),
        U(1, "AUD-001", "an inline hook may rewrite the audience", estate => estate.WithInlineHook(StaffRules, "0pr1desk"))
            .IsOpen(StaffRules)
            .MayOpen("TOK-001"),
        E(
                2,
                "AUD-001",
                "production demands the audience of the payments server",
                estate => estate.Property(ProdOkta, "audience", PayAudience)
            )
            .Finds(Level.Error, ProdOkta, "audience=", "other-server"),
        T(
            2,
            "AUD-001",
            "payments demand the audience of the payments server",
            estate => estate.Replace(ProdOktaPay, "audience=" + PayAudience, "audience : " + PayAudience)
        ),
        E(3, "AUD-002", "no <Audience>", estate => estate.Replace(AuthnVerify, AudienceElement, ""))
            .Finds(Level.Error, AuthnVerify, "<VerifyJWT"),
        T(
            3,
            "AUD-002",
            "a later step compares aud with the same property",
            estate =>
                estate
                    .Replace(AuthnVerify, AudienceElement, "")
                    .WithFault(Authn, "RF-Audience", 401)
                    .After(AuthnFlow, "VJ-Okta", Step("RF-Audience", "jwt.VJ-Okta.decoded.claim.aud != propertyset.okta.audience"))
        ),
        U(
                3,
                "AUD-002",
                "a later step compares aud with what a script sets",
                estate =>
                    estate
                        .Replace(AuthnVerify, AudienceElement, "")
                        .WithFault(Authn, "RF-Audience", 401)
                        .WithPython(
                            Authn,
                            "PY-Audience",
                            "flow.setVariable('okta.expected_audience', lookup(flow.getVariable('environment.name')))\n"
                        )
                        .After(
                            AuthnFlow,
                            "VJ-Okta",
                            Step("PY-Audience"),
                            Step("RF-Audience", "jwt.VJ-Okta.decoded.claim.aud != okta.expected_audience")
                        )
            )
            .IsOpen(AuthnVerify),
        E(
                4,
                "AUD-002",
                "<Audience> is commented out",
                estate => estate.Replace(AuthnVerify, AudienceElement, $"<!-- {AudienceElement} -->")
            )
            .Finds(Level.Error, AuthnVerify, "<VerifyJWT"),
        T(
            4,
            "AUD-002",
            "a comment speaks of <Audience> beside the element",
            estate => estate.Replace(AuthnVerify, AudienceElement, $"<!-- Keep <Audience> in step with Okta. -->\n  {AudienceElement}")
        ),
        E(5, "AUD-003", "no <Issuer>", estate => estate.Replace(AuthnVerify, IssuerElement, ""))
            .Finds(Level.Warning, AuthnVerify, "<VerifyJWT"),
        T(
            5,
            "AUD-003",
            "the callback of a sign-in verifies its ID token without an issuer",
            estate => estate.WithLogin(issuer: null, audience: "0oaWEB")
        ),
        E(6, "AUD-004", "the issuer of production ends in a slash", estate => estate.Property(ProdOkta, "issuer", OrdIssuer + "/"))
            .Finds(Level.Error, ProdOkta, "issuer=", "trailing-slash"),
        T(
            6,
            "AUD-004",
            "the issuer stands on a line of its own",
            estate =>
                estate.Replace(
                    Policy(Payments, "VJ-Okta"),
                    "<Issuer ref=\"propertyset.okta-pay.issuer\"/>",
                    "<Issuer ref=\"propertyset.okta-pay.issuer\">\n    https://id.meridian.example/oauth2/aus2pay\n  </Issuer>"
                )
        ),
        E(
                7,
                "AUD-004",
                "the issuer of production names the org's host, not its domain",
                estate => estate.Property(ProdOkta, "issuer", "https://meridian.okta.com/oauth2/aus1ord")
            )
            .Finds(Level.Error, ProdOkta, "issuer=", "org-url-vs-custom-domain"),
        T(
            7,
            "AUD-004",
            "the server issues under the org's host, too",
            estate =>
                estate
                    .Property(ProdOkta, "issuer", "https://meridian.okta.com/oauth2/aus1ord")
                    .Json(
                        Servers,
                        servers =>
                        {
                            servers.Row("id", "aus1ord")["issuer"] = "https://meridian.okta.com/oauth2/aus1ord";
                            servers.Row("id", "aus1ord")["issuerMode"] = "ORG_URL";
                        }
                    )
                    .Json(
                        OktaHost + "oauth2/aus1ord/.well-known/oauth-authorization-server.json",
                        metadata => metadata["issuer"] = "https://meridian.okta.com/oauth2/aus1ord"
                    )
        ),
        U(
                7,
                "AUD-004",
                "the same, and the domains of the org were not collected",
                estate => estate.Property(ProdOkta, "issuer", "https://meridian.okta.com/oauth2/aus1ord").Without(Okta + "domains.json")
            )
            .IsOpen(ProdOkta, "issuer="),
        E(
                8,
                "AUD-005",
                "the issuer of the server follows the host",
                estate => estate.Json(Servers, servers => servers.Row("id", "aus1ord")["issuerMode"] = "DYNAMIC")
            )
            .Finds(Level.Warning, Servers, "DYNAMIC"),
        T(8, "AUD-005", "the same, and each host has its own verification", WithBothHosts),
        E(
                9,
                "AUD-006",
                "production trusts the org authorization server",
                estate =>
                    estate
                        .Property(ProdOkta, "issuer", "https://id.meridian.example")
                        .Property(ProdOkta, "jwks_uri", "https://id.meridian.example/oauth2/v1/keys")
            )
            .Finds(Level.Error, ProdOkta, "issuer="),
        T(
            9,
            "AUD-006",
            "the callback of a sign-in trusts the org authorization server",
            estate => estate.WithLogin("https://id.meridian.example", "0oaWEB")
        ),
        E(
                10,
                "AUD-007",
                "production takes its keys from the payments server",
                estate => estate.Property(ProdOkta, "jwks_uri", "https://id.meridian.example/oauth2/aus2pay/v1/keys")
            )
            .Finds(Level.Error, ProdOkta, "jwks_uri="),
        T(10, "AUD-007", "the address of the keys comes from the server's metadata", estate => WithMetadata(estate, scripted: false)),
        U(
                10,
                "AUD-007",
                "a script makes the address of the keys from the server's metadata",
                estate => WithMetadata(estate, scripted: true)
            )
            .IsOpen(AuthnFlow, "PY-Keys"),
        E(
                11,
                "AUD-008",
                "the token says where its keys are",
                estate =>
                    estate
                        .WithPolicy(Authn, "DJ-Peek", Peek)
                        .WithPolicy(Authn, "AM-Keys", KeysFromToken)
                        .Before(AuthnFlow, "VJ-Okta", Step("DJ-Peek"), Step("AM-Keys"))
                        .Replace(AuthnVerify, KeysElement, "<JWKS uriRef=\"okta.keys_of_token\"/>")
            )
            .Finds(Level.Error, AuthnVerify, "<JWKS")
            .MayOpen("AUD-007"),
        T(
            11,
            "AUD-008",
            "the same, after a step that refuses all but two issuers",
            estate =>
                estate
                    .WithPolicy(Authn, "DJ-Peek", Peek)
                    .WithPolicy(Authn, "AM-Keys", KeysFromToken)
                    .WithFault(Authn, "RF-Issuer", 401)
                    .Before(
                        AuthnFlow,
                        "VJ-Okta",
                        Step("DJ-Peek"),
                        Step(
                            "RF-Issuer",
                            $"not (jwt.DJ-Peek.decoded.claim.iss = \"{OrdIssuer}\" or jwt.DJ-Peek.decoded.claim.iss = \"https://meridian-stg.oktapreview.com/oauth2/aus3ord\")"
                        ),
                        Step("AM-Keys")
                    )
                    .Replace(AuthnVerify, KeysElement, "<JWKS uriRef=\"okta.keys_of_token\"/>")
        ),
        U(
                11,
                "AUD-008",
                "a map that is withheld says where the keys of an issuer are",
                estate =>
                    estate
                        .WithPolicy(Authn, "DJ-Peek", Peek)
                        .WithPolicy(
                            Authn,
                            "KV-Keys",
                            """
                            <KeyValueMapOperations name="KV-Keys" mapIdentifier="issuers">
                              <DisplayName>KV-Keys</DisplayName>
                              <Scope>environment</Scope>
                              <Get assignTo="okta.keys_of_issuer">
                                <Key>
                                  <Parameter ref="jwt.DJ-Peek.decoded.claim.iss"/>
                                </Key>
                              </Get>
                            </KeyValueMapOperations>
                            """
                        )
                        .Before(AuthnFlow, "VJ-Okta", Step("DJ-Peek"), Step("KV-Keys"))
                        .Replace(AuthnVerify, KeysElement, "<JWKS uriRef=\"okta.keys_of_issuer\"/>")
                        .Json(Prod + "keyvaluemaps.json", maps => maps.AsArray().Add("issuers"))
                        .Json(Staging + "keyvaluemaps.json", maps => maps.AsArray().Add("issuers"))
            )
            .IsOpen(AuthnVerify)
            .MayOpen("AUD-007"),
        E(
                12,
                "AUD-008",
                "any tenant of Okta passes for the issuer",
                estate =>
                    estate
                        .Replace(AuthnVerify, IssuerElement, "")
                        .WithFault(Authn, "RF-Issuer", 401)
                        .After(
                            AuthnFlow,
                            "VJ-Okta",
                            Step("RF-Issuer", "not (jwt.VJ-Okta.decoded.claim.iss Matches \"https://*.okta.com/*\")")
                        )
            )
            .Finds(Level.Error, AuthnVerify, "", "pattern"),
        T(
            12,
            "AUD-008",
            "a condition demands exactly the issuer",
            estate =>
                estate
                    .Replace(AuthnVerify, IssuerElement, "")
                    .WithFault(Authn, "RF-Issuer", 401)
                    .After(AuthnFlow, "VJ-Okta", Step("RF-Issuer", "not (jwt.VJ-Okta.decoded.claim.iss = propertyset.okta.issuer)"))
        ),
        E(13, "AUD-009", "production demands a client id as the audience", estate => estate.Property(ProdOkta, "audience", "0oaWEB"))
            .Finds(Level.Error, ProdOkta, "audience="),
        T(
            13,
            "AUD-009",
            "the callback of a sign-in demands its client id as the audience",
            estate => estate.WithLogin("https://id.meridian.example", "0oaWEB")
        ),
        E(
                14,
                "AUD-010",
                "both servers of production issue one audience",
                estate =>
                    estate
                        .Json(Servers, servers => servers.Row("id", "aus2pay")["audiences"]![0] = OrdAudience)
                        .Property(ProdOktaPay, "audience", OrdAudience)
            )
            .Finds(Level.Warning, Servers, "audiences"),
        T(
            14,
            "AUD-010",
            "two proxies of one product share an audience",
            estate =>
                estate
                    .WithCopyOfOrders("orders-v2", "/orders/v2")
                    .Json(
                        Products,
                        root =>
                        {
                            foreach (var product in root["apiProduct"]!.AsArray())
                            {
                                var operations = product!["operationGroup"]!["operationConfigs"]!.AsArray();
                                foreach (var operation in operations.Where(row => (string?)row!["apiSource"] == "orders-v1").ToList())
                                {
                                    operations.Add(
                                        Value(operation!.ToJsonString().Replace("orders-v1", "orders-v2", StringComparison.Ordinal))
                                    );
                                }
                            }
                        }
                    )
        ),
    ];

    // A token says under which host it was issued; each host has a verification of its own, and neither accepts the other's tokens.
    private static void WithBothHosts(Estate estate)
    {
        estate.Json(Servers, servers => servers.Row("id", "aus1ord")["issuerMode"] = "DYNAMIC");
        foreach (
            var (properties, host, id) in new[]
            {
                (ProdOkta, "meridian.okta.com", "aus1ord"),
                (StagingOkta, "meridian-stg.oktapreview.com", "aus3ord"),
            }
        )
        {
            estate.Property(properties, "org_issuer", $"https://{host}/oauth2/{id}");
        }

        estate
            .WithPolicy(Authn, "DJ-Peek", Peek)
            .WithPolicy(
                Authn,
                "VJ-Org",
                estate
                    .Text(AuthnVerify)
                    .Split("?>", 2)[1]
                    .Replace("VJ-Okta", "VJ-Org", StringComparison.Ordinal)
                    .Replace("propertyset.okta.issuer", "propertyset.okta.org_issuer", StringComparison.Ordinal)
            )
            .InsteadOf(
                AuthnFlow,
                "VJ-Okta",
                Step("DJ-Peek"),
                Step("VJ-Org", "jwt.DJ-Peek.decoded.claim.iss = propertyset.okta.org_issuer"),
                Step("VJ-Okta", "jwt.DJ-Peek.decoded.claim.iss != propertyset.okta.org_issuer")
            );
    }

    private static void WithMetadata(Estate estate, bool scripted)
    {
        foreach (
            var (properties, issuer) in new[]
            {
                (ProdOkta, OrdIssuer),
                (StagingOkta, "https://meridian-stg.oktapreview.com/oauth2/aus3ord"),
            }
        )
        {
            estate.Property(properties, "metadata_uri", issuer + "/.well-known/oauth-authorization-server");
        }

        estate
            .WithPolicy(
                Authn,
                "SC-Metadata",
                """
                <ServiceCallout name="SC-Metadata">
                  <DisplayName>SC-Metadata</DisplayName>
                  <Request variable="metadataRequest" clearPayload="true">
                    <Set>
                      <Verb>GET</Verb>
                    </Set>
                  </Request>
                  <Response>metadataResponse</Response>
                  <Timeout>3000</Timeout>
                  <HTTPTargetConnection>
                    <SSLInfo>
                      <Enabled>true</Enabled>
                      <Enforce>true</Enforce>
                      <TrustStore>ref://public-ca</TrustStore>
                    </SSLInfo>
                    <URL>{propertyset.okta.metadata_uri}</URL>
                  </HTTPTargetConnection>
                </ServiceCallout>
                """
            )
            .Replace(AuthnVerify, KeysElement, "<JWKS uriRef=\"okta.jwks_uri\"/>");
        if (scripted)
        {
            estate
                .WithPython(Authn, "PY-Keys", "flow.setVariable('okta.jwks_uri', rewrite(flow.getVariable('metadataResponse.content')))\n")
                .Before(AuthnFlow, "VJ-Okta", Step("SC-Metadata"), Step("PY-Keys"));
        }
        else
        {
            estate
                .WithPolicy(
                    Authn,
                    "EV-Metadata",
                    """
                    <ExtractVariables name="EV-Metadata">
                      <DisplayName>EV-Metadata</DisplayName>
                      <Source clearPayload="false">metadataResponse</Source>
                      <VariablePrefix>okta</VariablePrefix>
                      <JSONPayload>
                        <Variable name="jwks_uri" type="string">
                          <JSONPath>$.jwks_uri</JSONPath>
                        </Variable>
                      </JSONPayload>
                      <IgnoreUnresolvedVariables>false</IgnoreUnresolvedVariables>
                    </ExtractVariables>
                    """
                )
                .Before(AuthnFlow, "VJ-Okta", Step("SC-Metadata"), Step("EV-Metadata"));
        }
    }
}
