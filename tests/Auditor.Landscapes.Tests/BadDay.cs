using Auditor.Landscapes.Tests.Mutations;
using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests;

/// <summary>Meridian after a bad day: fourteen mistakes that people make, in one estate, and what has to be said about it, all of it and nothing else.</summary>
public sealed class BadDay
{
    private static readonly Estate Estate = Estate.Load("meridian-bad-day");

    private static readonly Expected[] Seeded =
    [
        new("AUD-001", Level.Error, StagingOkta, "audience=", "trailing-slash"),
        new("AUD-004", Level.Error, ProdOktaPay, "issuer=", "org-url-vs-custom-domain"),
        new("KEY-006", Level.Warning, Policy(Payments, "VJ-Okta"), "RS512", "wider-than-issuer"),
        new("GOV-007", Level.Error, Policy(Payments, "VJ-Okta"), "<Scope>", null),
        new("POL-003", Level.Note, Policy(Payments, "VAK-Client"), "enabled=\"false\"", null),
        new("POL-005", Level.Error, OrdersEndpoint, "", null),
        new("SCP-002", Level.Error, Policy(Orders, "FC-Scope-Export"), "orders:export", null),
        new("SEC-001", Level.Error, Policy(Orders, "BA-Stock"), "<Password", null),
        new("SCP-004", Level.Warning, Ord + "scopes.json", "", null),
        new("SCP-008", Level.Warning, PayRules, "", null),
        new("TOK-001", Level.Error, StaffRules, "480", null),
        new("TOK-008", Level.Note, Clients, "", "not-permitted"),
        new("APP-003", Level.Warning, Apigee + "apps.json", "revoked", "gateway-off"),
        new("APP-009", Level.Error, OktaHost + "workload-principals/api/v1/ai-agents.json", "", null),
    ];

    [Fact]
    public void Every_mistake_is_found_where_it_was_made_and_nothing_else_is_said()
    {
        var outcome = Outcome.Of(new Mutation(0, Kind.Defect, "AUD-001", "the bad day", _ => { }) { Findings = [.. Seeded] }, Estate);
        Assert.True(outcome.IsRight, outcome.Explanation());
    }

    // The two estates must not drift apart: what differs is what was seeded.
    [Fact]
    public void It_differs_from_Meridian_only_where_a_mistake_was_made()
    {
        var meridian = Estate.Load("meridian");
        Assert.Equal(meridian.Paths, Estate.Paths);
        Assert.Equal(
            Seeded
                .Select(finding => finding.Artifact)
                .Append("auditor.yaml")
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
            Estate.Paths.Where(path => Estate.Text(path) != meridian.Text(path)).Order(StringComparer.Ordinal)
        );
    }
}
