using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Keys (KEY).</summary>
internal static class KeyMutations
{
    private const string KeysElement = "<JWKS uriRef=\"propertyset.okta.jwks_uri\"/>";
    private const string AlgorithmElement = "<Algorithm>RS256</Algorithm>";

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(25, "KEY-001", "the active key is written into production", WithPinnedKey).Finds(Level.Error, ProdOkta, "public_key="),
        T(25, "KEY-001", "the key of an issuer that is not Okta is written into a policy", WithMeshToken),
        U(
                25,
                "KEY-001",
                "the key comes from an entry that is withheld",
                estate =>
                    estate
                        .WithWithheldEntry(Authn, "KV-Okta", "okta_public_key", "private.okta.public_key")
                        .Before(AuthnFlow, "VJ-Okta", Step("KV-Okta"))
                        .Replace(AuthnVerify, KeysElement, "<Value ref=\"private.okta.public_key\"/>")
            )
            .IsOpen(ProdEntries)
            .MayOpen("KEY-002"),
        E(26, "KEY-002", "the key set written into the gateway holds only the retired key", estate => WithPinnedSet(estate, 0))
            .Finds(Level.Error, ProdOkta, "jwks="),
        T(26, "KEY-002", "it holds the active and the next key: only pinned", estate => WithPinnedSet(estate, 1, 2))
            .Also("KEY-001", Level.Error, ProdOkta, "jwks="),
        E(
                27,
                "KEY-003",
                "the key set is cached for a day",
                estate => WithCachedKeys(estate, "<TimeoutInSeconds>86400</TimeoutInSeconds>", refetches: false)
            )
            .Finds(Level.Warning, Policy(Authn, "PC-Keys"), "86400"),
        T(
            27,
            "KEY-003",
            "it is fetched again for a key it does not have",
            estate => WithCachedKeys(estate, "<TimeoutInSeconds>86400</TimeoutInSeconds>", refetches: true)
        ),
        U(
                27,
                "KEY-003",
                "how long it is cached is withheld",
                estate =>
                    WithCachedKeys(
                        estate
                            .WithWithheldEntry(Authn, "KV-Cache", "keys_seconds", "okta.keys_seconds")
                            .Before(AuthnFlow, "VJ-Okta", Step("KV-Cache")),
                        "<TimeoutInSeconds ref=\"okta.keys_seconds\"/>",
                        refetches: false
                    )
            )
            .IsOpen(Policy(Authn, "PC-Keys")),
        E(28, "KEY-004", "the key of the server is rotated by hand", estate => estate.Json(Servers, servers => Manual(servers)))
            .Finds(Level.Warning, Servers, "", "manual"),
        T(
            28,
            "KEY-004",
            "the same, accepted until a day",
            estate =>
                estate
                    .Json(Servers, servers => Manual(servers))
                    .With(
                        "exceptions.yaml",
                        """
                        exceptions:
                          - rule: rotation-manual-or-overdue
                            selector: "*authorizationServers.json"
                            reason: Rotated by hand each quarter, runbook OPS-12
                            approver: ciso@meridian.example
                            expires: 2027-06-30

                        """
                    )
                    .With("auditor.yaml", estate.Text("auditor.yaml") + "\nexceptions: exceptions.yaml\n")
        ),
        E(29, "KEY-006", "tokens of Okta are verified with a shared secret", WithSharedSecret)
            .Finds(Level.Error, AuthnVerify, "HS256", "hmac-for-okta"),
        T(29, "KEY-006", "the gateway's own tokens are verified with a shared secret", WithOwnToken),
        T(
                29,
                "KEY-006",
                "more RSA algorithms than Okta uses",
                estate => estate.Replace(AuthnVerify, AlgorithmElement, "<Algorithm>RS256,RS384</Algorithm>")
            )
            .Finds(Level.Warning, AuthnVerify, "RS384", "wider-than-issuer"),
        U(
                29,
                "KEY-006",
                "the algorithm comes from an entry that is withheld",
                estate =>
                    estate
                        .WithWithheldEntry(Authn, "KV-Okta", "okta_algorithm", "private.okta.algorithm")
                        .Before(AuthnFlow, "VJ-Okta", Step("KV-Okta"))
                        .Replace(AuthnVerify, AlgorithmElement, "<Algorithm ref=\"private.okta.algorithm\"/>")
            )
            .IsOpen(ProdEntries),
        E(
                30,
                "KEY-008",
                "the server encrypts its tokens",
                estate =>
                    estate.Json(Servers, servers => servers.Row("id", "aus1ord")["accessTokenEncryptedResponseAlgorithm"] = "RSA-OAEP-256")
            )
            .Finds(Level.Error, AuthnVerify),
        T(
            30,
            "KEY-008",
            "a server that no proxy trusts encrypts its tokens",
            estate => estate.WithUntrustedServer(server => server["accessTokenEncryptedResponseAlgorithm"] = "RSA-OAEP-256")
        ),
    ];

    private static void Manual(JsonNode servers)
    {
        var signing = servers.Row("id", "aus1ord")["credentials"]!["signing"]!.AsObject();
        signing["rotationMode"] = "MANUAL";
        signing.Remove("nextRotation");
    }

    private static IEnumerable<(string Properties, string Server)> Environments => [(ProdOkta, Ord), (StagingOkta, OrdStaging)];

    // The active key of each environment's server, as PEM, in a property.
    private static void WithPinnedKey(Estate estate)
    {
        foreach (var (properties, server) in Environments)
        {
            var key = JsonNode.Parse(estate.Text(server + "credentials/keys.json"))!.Row("status", "ACTIVE");
            using var rsa = RSA.Create(new RSAParameters { Modulus = Decoded((string)key["n"]!), Exponent = Decoded((string)key["e"]!) });
            estate.Property(properties, "public_key", rsa.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\\n"));
        }

        estate.Replace(AuthnVerify, KeysElement, "<Value ref=\"propertyset.okta.public_key\"/>");
    }

    private static byte[] Decoded(string base64Url) =>
        Convert.FromBase64String(base64Url.Replace('-', '+').Replace('_', '/').PadRight((base64Url.Length + 3) / 4 * 4, '='));

    private static void WithPinnedSet(Estate estate, params int[] keys)
    {
        foreach (var (properties, server) in Environments)
        {
            var all = JsonNode.Parse(estate.Text(server + "credentials/keys.json"))!.AsArray();
            var set = new JsonArray([
                .. keys.Select(key =>
                {
                    var row = Value(all[key]!.ToJsonString()).AsObject();
                    row.Remove("status");
                    return row;
                }),
            ]);
            estate.Property(properties, "jwks", $$"""{"keys":{{set.ToJsonString()}}}""");
        }

        estate.Replace(AuthnVerify, KeysElement, "<JWKS ref=\"propertyset.okta.jwks\"/>");
    }

    private static void WithMeshToken(Estate estate)
    {
        using var rsa = RSA.Create(
            new RSAParameters
            {
                Modulus = Decoded(
                    (string)JsonNode.Parse(estate.Text(Clients))!.AsArray()[0]!["settings"]!["oauthClient"]!["jwks"]!["keys"]![0]!["n"]!
                ),
                Exponent = [1, 0, 1],
            }
        );
        estate
            .WithPolicy(
                Orders,
                "VJ-Mesh",
                $"""
                <VerifyJWT name="VJ-Mesh">
                  <DisplayName>VJ-Mesh</DisplayName>
                  <Algorithm>RS256</Algorithm>
                  <Source>request.header.x-mesh-token</Source>
                  <PublicKey>
                    <Value>
                {rsa.ExportSubjectPublicKeyInfoPem()}
                    </Value>
                  </PublicKey>
                  <Issuer>https://mesh.meridian.example</Issuer>
                  <Audience>orders</Audience>
                </VerifyJWT>
                """
            )
            .After(OrdersEndpoint, "FC-Authn", Step("VJ-Mesh"))
            .Replace(
                Policy(Orders, "AM-Backend"),
                "<Header name=\"Authorization\"/>",
                "<Header name=\"Authorization\"/><Header name=\"X-Mesh-Token\"/>"
            );
    }

    private static void WithSharedSecret(Estate estate) =>
        estate
            .WithWithheldEntry(Authn, "KV-Okta", "okta_secret", "private.okta.secret")
            .Before(AuthnFlow, "VJ-Okta", Step("KV-Okta"))
            .With(
                AuthnVerify,
                """
                <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
                <VerifyJWT name="VJ-Okta">
                  <DisplayName>VJ-Okta</DisplayName>
                  <Algorithm>HS256</Algorithm>
                  <SecretKey>
                    <Value ref="private.okta.secret"/>
                  </SecretKey>
                  <Issuer ref="propertyset.okta.issuer"/>
                  <Audience ref="propertyset.okta.audience"/>
                </VerifyJWT>

                """
            );

    private static void WithOwnToken(Estate estate) =>
        estate
            .WithWithheldEntry(Orders, "KV-Own", "own_secret", "private.internal.secret")
            .WithPolicy(
                Orders,
                "VJ-Own",
                """
                <VerifyJWT name="VJ-Own">
                  <DisplayName>VJ-Own</DisplayName>
                  <Algorithm>HS256</Algorithm>
                  <Source>request.header.x-internal-token</Source>
                  <SecretKey>
                    <Value ref="private.internal.secret"/>
                  </SecretKey>
                  <Issuer>https://api.meridian.example</Issuer>
                  <Audience>orders</Audience>
                </VerifyJWT>
                """
            )
            .After(OrdersEndpoint, "FC-Authn", Step("KV-Own"), Step("VJ-Own"));

    private static void WithCachedKeys(Estate estate, string expiry, bool refetches)
    {
        const string Missed = "lookupcache.LC-Keys.cachehit != true";
        var fetch = refetches ? "lookupcache.LC-Keys.cachehit != true or okta.kid_known != \"true\"" : Missed;
        foreach (var name in new[] { "LC-Keys", "PC-Keys" })
        {
            var isLookup = name == "LC-Keys";
            estate.WithPolicy(
                Authn,
                name,
                $"""
                <{(isLookup ? "LookupCache" : "PopulateCache")} name="{name}">
                  <DisplayName>{name}</DisplayName>
                  <CacheKey>
                    <Prefix>keys</Prefix>
                    <KeyFragment ref="propertyset.okta.jwks_uri"/>
                  </CacheKey>
                  <Scope>Exclusive</Scope>
                  {(
                    isLookup ? "<AssignTo>okta.keys</AssignTo>" : $"<ExpirySettings>{expiry}</ExpirySettings>\n  <Source>okta.keys</Source>"
                )}
                </{(isLookup ? "LookupCache" : "PopulateCache")}>
                """
            );
        }

        estate
            .WithPolicy(
                Authn,
                "SC-Keys",
                """
                <ServiceCallout name="SC-Keys">
                  <DisplayName>SC-Keys</DisplayName>
                  <Request variable="keysRequest" clearPayload="true">
                    <Set>
                      <Verb>GET</Verb>
                    </Set>
                  </Request>
                  <Response>keysResponse</Response>
                  <Timeout>3000</Timeout>
                  <HTTPTargetConnection>
                    <SSLInfo>
                      <Enabled>true</Enabled>
                      <Enforce>true</Enforce>
                      <TrustStore>ref://public-ca</TrustStore>
                    </SSLInfo>
                    <URL>{propertyset.okta.jwks_uri}</URL>
                  </HTTPTargetConnection>
                </ServiceCallout>
                """
            )
            .WithPolicy(
                Authn,
                "AM-KeySet",
                """
                <AssignMessage name="AM-KeySet">
                  <DisplayName>AM-KeySet</DisplayName>
                  <AssignVariable>
                    <Name>okta.keys</Name>
                    <Ref>keysResponse.content</Ref>
                  </AssignVariable>
                </AssignMessage>
                """
            )
            .Before(AuthnFlow, "VJ-Okta", Step("LC-Keys"), Step("SC-Keys", fetch), Step("AM-KeySet", fetch), Step("PC-Keys", fetch))
            .Replace(AuthnVerify, KeysElement, "<JWKS ref=\"okta.keys\"/>");
        if (!refetches)
        {
            return;
        }

        estate
            .With(
                Authn + "resources/jsc/kid.js",
                """
                // Says in okta.kid_known whether the cached key set holds the key that signed the token.
                var header = context.getVariable('jwt.DJ-Kid.decoded.header.kid');
                var keys = JSON.parse(context.getVariable('okta.keys') || '{"keys":[]}').keys;

                context.setVariable('okta.kid_known', keys.some(function (key) { return key.kid === header; }) ? 'true' : 'false');

                """
            )
            .WithPolicy(
                Authn,
                "JS-Kid",
                """
                <Javascript name="JS-Kid" timeLimit="200">
                  <DisplayName>JS-Kid</DisplayName>
                  <ResourceURL>jsc://kid.js</ResourceURL>
                </Javascript>
                """
            )
            .WithPolicy(
                Authn,
                "DJ-Kid",
                """
                <DecodeJWT name="DJ-Kid">
                  <DisplayName>DJ-Kid</DisplayName>
                </DecodeJWT>
                """
            )
            .After(AuthnFlow, "LC-Keys", Step("DJ-Kid"), Step("JS-Kid"));
    }
}
