using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>
/// Staging and production (ENV) and transport (TLS). The rows about drift (DRF) compare two estates or runs, and belong to the tests of the history.
/// </summary>
internal static class EnvironmentMutations
{
    private const string StagingIssuer = "https://meridian-stg.oktapreview.com/oauth2/aus3ord";
    private const string IssuerElement = "<Issuer ref=\"propertyset.okta.issuer\"/>";

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(
                68,
                "ENV-001",
                "production trusts the org of staging",
                estate =>
                    estate
                        .Property(ProdOkta, "issuer", StagingIssuer)
                        .Property(ProdOkta, "jwks_uri", StagingIssuer + "/v1/keys")
                        .Property(ProdOkta, "audience", "https://stg-api.meridian.example/orders")
            )
            .Finds(Level.Error, ProdOkta, "issuer="),
        T(
            68,
            "ENV-001",
            "staging says again that it trusts the org of staging",
            estate => estate.Replace(StagingOkta, "issuer=", "issuer: ")
        ),
        E(
                69,
                "ENV-001",
                "production has no issuer, and the text that stands in for it is that of staging",
                estate => WithDefaultIssuer(estate, StagingIssuer)
            )
            .Finds(Level.Error, AuthnVerify, "<Issuer")
            .Also("ENV-005", Level.Error, AuthnVerify, "<Issuer"),
        T(
                69,
                "ENV-001",
                "the text that stands in for the issuer of production is that of production",
                estate => WithDefaultIssuer(estate, "https://id.meridian.example/oauth2/aus1ord")
            )
            .Also("ENV-005", Level.Error, AuthnVerify, "<Issuer"),
        E(
                70,
                "ENV-003",
                "production runs an older revision that demands no audience",
                estate =>
                    WithOlderRevision(
                        estate,
                        text => text.Replace("<Audience ref=\"propertyset.okta.audience\"/>", "", StringComparison.Ordinal)
                    )
            )
            .Finds(Level.Error, OlderVerify)
            .Also("AUD-002", Level.Error, OlderVerify),
        T(
            70,
            "ENV-003",
            "production runs an older revision that is only written in another way",
            estate =>
                WithOlderRevision(
                    estate,
                    text =>
                        text.Replace(
                                "<VerifyJWT name=\"VJ-Okta\">",
                                "<VerifyJWT  enabled=\"true\"\n   name = 'VJ-Okta' >",
                                StringComparison.Ordinal
                            )
                            .Replace("<DisplayName>VJ-Okta</DisplayName>", "<DisplayName>Verify</DisplayName>", StringComparison.Ordinal)
                            .Replace("\n  ", "\n\t", StringComparison.Ordinal)
                )
        ),
        E(
                75,
                "TLS-002",
                "the certificate of the backend is not looked at",
                // Enforced validation makes the flag void, so nothing may enforce it.
                estate =>
                    estate
                        .Json(Apigee + "environments/prod.json", environment => environment.AsObject().Remove("properties"))
                        .Json(
                            Prod + "targetservers/ts-orders.json",
                            server =>
                            {
                                server["sSLInfo"]!["enforce"] = false;
                                server["sSLInfo"]!["ignoreValidationErrors"] = true;
                            }
                        )
            )
            .Finds(Level.Error, Prod + "targetservers/ts-orders.json", "ignoreValidationErrors"),
        T(
            75,
            "TLS-002",
            "the certificate of a server that is switched off is not looked at",
            estate =>
                estate
                    .Json(Prod + "targetservers.json", servers => servers.AsArray().Add("ts-retired"))
                    .With(
                        Prod + "targetservers/ts-retired.json",
                        estate.Text(Prod + "targetservers/ts-orders.json").Replace("ts-orders", "ts-retired", StringComparison.Ordinal)
                    )
                    .Json(
                        Prod + "targetservers/ts-retired.json",
                        server =>
                        {
                            server["isEnabled"] = false;
                            server["sSLInfo"]!["ignoreValidationErrors"] = true;
                        }
                    )
        ),
        U(
                75,
                "TLS-002",
                "the trust store of the backend is a reference that was not collected",
                estate => estate.Without(Prod + "references.json").Without(Prod + "references/")
            )
            .IsOpen(Apigee + "environments/prod.json"),
    ];

    private const string Older = Apigee + "sharedflows/sf-authn/revisions/5/sharedflowbundle/";
    private const string OlderVerify = Older + "policies/VJ-Okta.xml";

    private static Estate WithDefaultIssuer(Estate estate, string issuer) =>
        estate
            .With(
                ProdOkta,
                string.Concat(
                    estate
                        .Text(ProdOkta)
                        .Split('\n')
                        .Where(line => !line.StartsWith("issuer=", StringComparison.Ordinal))
                        .Select(line => line + "\n")
                )
            )
            .Replace(AuthnVerify, IssuerElement, $"<Issuer ref=\"propertyset.okta.issuer\">{issuer}</Issuer>");

    private static void WithOlderRevision(Estate estate, Func<string, string> older)
    {
        foreach (var path in estate.Paths.Where(path => path.StartsWith(Authn, StringComparison.Ordinal)).ToList())
        {
            estate.With(
                path.Replace("/revisions/6/", "/revisions/5/", StringComparison.Ordinal),
                estate.Text(path).Replace("revision=\"6\"", "revision=\"5\"", StringComparison.Ordinal)
            );
        }

        estate
            .With(OlderVerify, older(estate.Text(OlderVerify)))
            .Json(
                Apigee + "deployments@sharedFlows=true.json",
                root =>
                    root["deployments"]!
                        .AsArray()
                        .Single(row => (string?)row!["apiProxy"] == "sf-authn" && (string?)row["environment"] == "prod")!["revision"] = "5"
            );
    }
}
