using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;
using static Auditor.Landscapes.Tests.Mutations.MutationTable;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>Introspection and its cache (INT).</summary>
internal static class IntrospectionMutations
{
    private const string Missed = "lookupcache.LC-Introspect.cachehit != true";
    private const string Inactive = "not (introspect.active = \"true\" and introspect.aud = propertyset.okta-pay.audience)";

    public static ImmutableArray<Mutation> All { get; } =
    [
        E(57, "INT-001", "every transfer asks Okta", WithoutCache).Finds(Level.Warning, Policy(Payments, "SC-Introspect")),
        E(
                58,
                "INT-003",
                "answers are remembered by a claim that nobody verified",
                estate =>
                    WithKey(
                        estate.WithPolicy(Payments, "DJ-Peek", Peek).Before(PaymentsEndpoint, "AM-CacheKey", Step("DJ-Peek")),
                        "{jwt.DJ-Peek.decoded.claim.sub}"
                    )
            )
            .Finds(Level.Error, Policy(Payments, "LC-Introspect")),
        T(58, "INT-003", "data about the client is remembered by the client", WithClientData),
        U(
                58,
                "INT-003",
                "a script says by what answers are remembered",
                estate =>
                    estate
                        .WithPython(
                            Payments,
                            "PY-Key",
                            "flow.setVariable('introspect.key', digest(flow.getVariable('okta.access_token')))\n"
                        )
                        .InsteadOf(PaymentsEndpoint, "AM-CacheKey", Step("PY-Key"))
            )
            .IsOpen(Policy(Payments, "LC-Introspect")),
        E(
                59,
                "INT-004",
                "what is not plainly inactive passes",
                estate =>
                    estate.Replace(
                        PaymentsEndpoint,
                        Inactive,
                        "introspect.active = \"false\" or introspect.aud != propertyset.okta-pay.audience"
                    )
            )
            .Finds(Level.Error, PaymentsEndpoint, "introspect.active"),
        T(
            59,
            "INT-004",
            "what is not active is refused",
            estate =>
                estate.Replace(
                    PaymentsEndpoint,
                    Inactive,
                    "introspect.active != \"true\" or introspect.aud != propertyset.okta-pay.audience"
                )
        ),
        E(
                60,
                "INT-006",
                "a failing introspection lets the request pass",
                estate =>
                    estate
                        .WithAttribute(Policy(Payments, "SC-Introspect"), "continueOnError=\"true\"")
                        .Replace(PaymentsEndpoint, Inactive, "introspect.active = \"false\"")
            )
            .Finds(Level.Error, Policy(Payments, "SC-Introspect"))
            .Also("INT-004", Level.Error, PaymentsEndpoint, "introspect.active"),
        T(
            60,
            "INT-006",
            "a failing introspection goes on to a step that refuses what is not active",
            estate => estate.WithAttribute(Policy(Payments, "SC-Introspect"), "continueOnError=\"true\"")
        ),
    ];

    private const string Peek = """
        <DecodeJWT name="DJ-Peek">
          <DisplayName>DJ-Peek</DisplayName>
        </DecodeJWT>
        """;

    private static void WithoutCache(Estate estate)
    {
        foreach (var step in new[] { "AM-CacheKey", "LC-Introspect", "AM-CacheTime", "PC-Introspect" })
        {
            estate.WithoutStep(PaymentsEndpoint, step);
        }

        estate.With(
            PaymentsEndpoint,
            estate.Text(PaymentsEndpoint).Replace($"<Condition>{Missed}</Condition>", "", StringComparison.Ordinal)
        );
    }

    private static Estate WithKey(Estate estate, string template) =>
        estate.Replace(Policy(Payments, "AM-CacheKey"), "{sha256Hex(okta.access_token)}", template);

    // How the client is called is fetched once for each client.
    private static void WithClientData(Estate estate)
    {
        foreach (var name in new[] { "LC-Client", "PC-Client" })
        {
            var isLookup = name == "LC-Client";
            estate.WithPolicy(
                Payments,
                name,
                $"""
                <{(isLookup ? "LookupCache" : "PopulateCache")} name="{name}">
                  <DisplayName>{name}</DisplayName>
                  <CacheKey>
                    <Prefix>client</Prefix>
                    <KeyFragment ref="jwt.VJ-Okta.decoded.claim.cid"/>
                  </CacheKey>
                  <Scope>Exclusive</Scope>
                  {(
                    isLookup
                        ? "<AssignTo>client.label</AssignTo>"
                        : "<ExpirySettings><TimeoutInSeconds>300</TimeoutInSeconds></ExpirySettings>\n  <Source>client.label</Source>"
                )}
                </{(isLookup ? "LookupCache" : "PopulateCache")}>
                """
            );
        }

        estate
            .WithPolicy(
                Payments,
                "AM-Client",
                """
                <AssignMessage name="AM-Client">
                  <DisplayName>AM-Client</DisplayName>
                  <AssignVariable>
                    <Name>client.label</Name>
                    <Ref>verifyapikey.VAK-Client.app.name</Ref>
                  </AssignVariable>
                </AssignMessage>
                """
            )
            .After(
                PaymentsEndpoint,
                "Q-Product",
                Step("LC-Client"),
                Step("AM-Client", "lookupcache.LC-Client.cachehit != true"),
                Step("PC-Client", "lookupcache.LC-Client.cachehit != true")
            );
    }
}
