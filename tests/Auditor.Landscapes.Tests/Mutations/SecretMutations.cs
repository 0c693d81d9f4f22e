using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Secrets (SEC) and checks by code (SHD).</summary>
internal static class SecretMutations
{
    private const string PasswordElement = "<Password ref=\"private.stock.password\"/>";
    private static readonly string Basic = Policy(Orders, "BA-Stock");
    private static readonly string Log = Policy(Orders, "ML-Access");

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(
                51,
                "SEC-001",
                "a password stands in a policy",
                estate => estate.Replace(Basic, PasswordElement, "<Password>kT7!vq29-Wlm</Password>")
            )
            .Finds(Level.Error, Basic, "<Password"),
        T(
            51,
            "SEC-001",
            "the password comes from another private variable",
            estate => WithOtherPassword(estate, "private.stock_password", "stock_password")
        ),
        T(
            51,
            "SEC-001",
            "a public key stands in a property",
            estate =>
                estate.Property(
                    ProdOkta,
                    "spare_key",
                    "-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n-----END PUBLIC KEY-----"
                )
        ),
        T(
                51,
                "SEC-001",
                "a text says that a secret goes here",
                estate => estate.Replace(Basic, PasswordElement, "<Password>ADD SECRET HERE</Password>")
            )
            .Also("GOV-005", Level.Warning, Basic, "ADD SECRET HERE"),
        E(
                52,
                "SEC-002",
                "a secret is read into a variable that can be seen",
                estate => WithOtherPassword(estate, "stock.password", "stock_password")
            )
            .Finds(Level.Error, Policy(Orders, "KV-Stock"), "stock.password"),
        T(52, "SEC-002", "names that speak of secrets are read into such variables", WithPublicReads),
        E(
                53,
                "SEC-003",
                "one password in production and staging",
                estate =>
                    estate.With(StagingEntries, Fingerprint(estate, StagingEntries, Between(estate.Text(ProdEntries), "stock_password")))
            )
            .Finds(Level.Error, ProdEntries),
        T(
            53,
            "SEC-003",
            "one host name in production and staging",
            estate =>
                estate
                    .Json(ProdEntries, map => Add(map, "stock_host", "stock.meridian.example"))
                    .Json(StagingEntries, map => Add(map, "stock_host", "stock.meridian.example"))
        ),
        T(
            53,
            "SEC-003",
            "one number of four digits in production and staging",
            estate =>
                estate.Json(ProdEntries, map => Add(map, "stock_flag", "1207")).Json(StagingEntries, map => Add(map, "stock_flag", "1207"))
        ),
        U(
                53,
                "SEC-003",
                "the values are withheld, without anything to compare them by",
                estate => estate.Json(ProdEntries, WithoutFingerprints).Json(StagingEntries, WithoutFingerprints)
            )
            .IsOpen(ProdEntries),
        E(
                54,
                "SEC-005",
                "the log holds the token",
                estate => estate.Replace(Log, "\"fault\":", "\"token\":\"{request.header.authorization}\",\"fault\":")
            )
            .Finds(Level.Error, Log),
        T(
            54,
            "SEC-005",
            "the log holds a digest of the token",
            estate => estate.Replace(Log, "\"fault\":", "\"token\":\"{sha256Hex(request.header.authorization)}\",\"fault\":")
        ),
        U(
                54,
                "SEC-005",
                "the log holds what a script sets",
                estate =>
                    estate
                        .WithPython(
                            Orders,
                            "PY-Log",
                            "flow.setVariable('log.detail', describe(flow.getVariable('request.header.authorization')))\n"
                        )
                        .After(OrdersEndpoint, "AM-Identity", Step("PY-Log"))
                        .Replace(Log, "\"fault\":", "\"detail\":\"{log.detail}\",\"fault\":")
            )
            .IsOpen(Policy(Orders, "PY-Log")),
        E(55, "SEC-009", "a header of the caller becomes a map of claims", estate => WithContext(estate, "map", "request.header.ctx"))
            .Finds(Level.Error, Policy(Payments, "GJ-Assertion"), "request.header.ctx"),
        T(55, "SEC-009", "a header of the caller becomes a text", estate => WithContext(estate, "string", "request.header.ctx")),
        T(
            55,
            "SEC-009",
            "a constant becomes a map of claims",
            estate =>
                WithContext(
                    estate
                        .Property(ProdOktaPay, "context", "{\"app\":\"gateway\"}")
                        .Property(StagingOktaPay, "context", "{\"app\":\"gateway\"}"),
                    "map",
                    "propertyset.okta-pay.context"
                )
        ),
        E(56, "SHD-001", "a script takes the token apart instead of a verification", WithOwnParser)
            .Finds(Level.Error, Authn + "resources/jsc/token.js"),
        T(
            56,
            "SHD-001",
            "a script formats a claim that was verified",
            estate =>
                WithScript(
                        estate,
                        "name",
                        "context.setVariable('user.name', (context.getVariable('jwt.VJ-Okta.decoded.claim.sub') || '').toLowerCase());\n"
                    )
                    .After(AuthnFlow, "VJ-Okta", Step("JS-name"))
        ),
        U(
                56,
                "SHD-001",
                "a minified script reads the token instead of a verification",
                estate =>
                    WithScript(
                            estate,
                            "token",
                            "!function(e){var t=e[\"get\"+\"Variable\"](\"request.header.authorization\");eval(e.getVariable(\"propertyset.okta.code\"))}(context);\n"
                        )
                        .InsteadOf(AuthnFlow, "VJ-Okta", Step("JS-token"))
                        .Without(AuthnVerify)
                        .Replace(Authn + "sf-authn.xml", "<Policy>VJ-Okta</Policy>", "")
            )
            .IsOpen(Policy(Authn, "JS-token"))
            .MayOpen("POL-001"),
    ];

    private static Estate WithOtherPassword(Estate estate, string variable, string key) =>
        estate
            .Replace(Basic, "private.stock.password", variable)
            .Replace(Policy(Orders, "KV-Stock"), "private.stock.password", variable)
            .Replace(Policy(Orders, "KV-Stock"), "<Parameter>stock_password</Parameter>", $"<Parameter>{key}</Parameter>");

    private static void WithPublicReads(Estate estate)
    {
        foreach (var entries in new[] { ProdEntries, StagingEntries })
        {
            estate.Json(entries, map => Add(map, "tokenUrl", "https://id.meridian.example/oauth2/aus1ord/v1/token"));
            estate.Json(entries, map => Add(map, "passwordPolicyLink", "https://www.meridian.example/passwords"));
        }

        estate
            .WithPolicy(
                Orders,
                "KV-Links",
                """
                <KeyValueMapOperations name="KV-Links" mapIdentifier="backend">
                  <DisplayName>KV-Links</DisplayName>
                  <Scope>environment</Scope>
                  <ExpiryTimeInSecs>300</ExpiryTimeInSecs>
                  <Get assignTo="links.tokenUrl">
                    <Key>
                      <Parameter>tokenUrl</Parameter>
                    </Key>
                  </Get>
                  <Get assignTo="links.passwordPolicy">
                    <Key>
                      <Parameter>passwordPolicyLink</Parameter>
                    </Key>
                  </Get>
                </KeyValueMapOperations>
                """
            )
            .After(OrdersEndpoint, "Q-Product", Step("KV-Links"));
    }

    private static void Add(System.Text.Json.Nodes.JsonNode map, string name, string value) =>
        map["keyValueEntries"]!.AsArray().Add(Value($$"""{"name":"{{name}}","value":"{{value}}"}"""));

    private static void WithoutFingerprints(System.Text.Json.Nodes.JsonNode map)
    {
        foreach (var entry in map["keyValueEntries"]!.AsArray())
        {
            entry!["value"]!.AsObject().Remove("fingerprint");
        }
    }

    private static string Between(string entries, string name) =>
        (string)System.Text.Json.Nodes.JsonNode.Parse(entries)!["keyValueEntries"]!.Row("name", name)["value"]!["fingerprint"]!;

    private static string Fingerprint(Estate estate, string entries, string fingerprint)
    {
        var text = estate.Text(entries);
        return text.Replace(Between(text, "stock_password"), fingerprint, StringComparison.Ordinal);
    }

    private static Estate WithContext(Estate estate, string type, string reference) =>
        estate.Replace(
            Policy(Payments, "GJ-Assertion"),
            "<ExpiresIn>",
            $"<AdditionalClaims>\n    <Claim name=\"context\" type=\"{type}\" ref=\"{reference}\"/>\n  </AdditionalClaims>\n  <ExpiresIn>"
        );

    private static Estate WithScript(Estate estate, string name, string source) =>
        estate
            .With($"{Authn}resources/jsc/{name}.js", source)
            .WithPolicy(
                Authn,
                "JS-" + name,
                $"""
                <Javascript name="JS-{name}" timeLimit="200">
                  <DisplayName>JS-{name}</DisplayName>
                  <ResourceURL>jsc://{name}.js</ResourceURL>
                </Javascript>
                """
            );

    // What VJ-Okta left behind is now left behind by a script that believes whatever the token says.
    private static void WithOwnParser(Estate estate) =>
        WithScript(
                estate,
                "token",
                """
                var token = context.getVariable('request.header.authorization').split(' ')[1];
                var claims = JSON.parse(Base64.decode(token.split('.')[1]));

                context.setVariable('jwt.VJ-Okta.decoded.claim.cid', claims.cid);
                context.setVariable('jwt.VJ-Okta.decoded.claim.uid', claims.uid);
                context.setVariable('jwt.VJ-Okta.decoded.claim.scp', JSON.stringify(claims.scp));

                """
            )
            .InsteadOf(AuthnFlow, "VJ-Okta", Step("JS-token"))
            .Without(AuthnVerify)
            .Replace(Authn + "sf-authn.xml", "<Policy>VJ-Okta</Policy>", "");
}
