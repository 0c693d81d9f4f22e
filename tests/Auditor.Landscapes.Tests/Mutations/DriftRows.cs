using System.Text.Json.Nodes;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Testing;
using static Auditor.Landscapes.Tests.EstateEdits;
using static Auditor.Landscapes.Tests.MeridianFiles;

namespace Auditor.Landscapes.Tests.Mutations;

/// <summary>
/// The rows about drift (DRF): Meridian is compared with an edited Meridian, as two nights, or as what is declared and what is live. Of each row the smallest edit that is a defect is found, its near miss is passed over by the rule of the row, and
/// what cannot be known is open.
/// </summary>
public sealed class DriftRows
{
    private const string Policies = Ord + "policies.json";
    private const string NotFound = Orders + "policies/RF-NotFound.xml";
    private const string Status = "<StatusCode>404</StatusCode>";

    private static readonly Estate Meridian = Estate.Load("meridian");

    [Fact]
    public void Row_71_two_policies_that_change_places_are_told_and_access_is_the_same()
    {
        var finding = Assert.Single(Night(Swapped, "DRF"));
        Assert.Equal(("DRF-001", Level.Warning, Servers), (finding.Rule.Id, finding.Level, finding.Place.Artifact));
        Assert.Contains("the order of Policies", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_71_times_a_rotation_on_schedule_and_the_order_of_scopes_are_no_change() =>
        Assert.Empty(
            Night(
                estate =>
                {
                    estate.Json(Policies, root => root.AsArray()[0]!["lastUpdated"] = "2026-11-19T02:00:00.000Z");
                    estate.Json(ServiceRules, root => Reverse(root[0]!["conditions"]!["scopes"]!["include"]!.AsArray()));
                    estate.Json(
                        Servers,
                        root =>
                        {
                            root[0]!["credentials"]!["signing"]!["kid"] = "4UcMvSMRo4y_IAJjaCaos7LyWkP0fKeafzffqmvVtUQ";
                            root[0]!["credentials"]!["signing"]!["lastRotated"] = "2026-11-19T02:00:00.000Z";
                        }
                    );
                },
                "DRF"
            )
        );

    [Fact]
    public void Row_72_a_policy_that_is_not_what_the_repository_holds_is_told()
    {
        var findings = Declared(text => text.Replace(Status, "<StatusCode>410</StatusCode>", StringComparison.Ordinal));
        Assert.Equal(["prod", "staging"], Environments(findings));
        Assert.All(
            findings,
            finding => Assert.Equal(("DRF-003", Level.Error, NotFound), (finding.Rule.Id, finding.Level, finding.Place.Artifact))
        );
    }

    [Fact]
    public void Row_72_line_ends_and_indentation_are_no_difference() =>
        Assert.Empty(
            Declared(text =>
                text.Replace("\n  ", "\n\t\t", StringComparison.Ordinal)
                    .Replace("\n", "\r\n", StringComparison.Ordinal)
                    .Replace(Status, "<StatusCode> 404 </StatusCode><!-- as before -->", StringComparison.Ordinal)
            )
        );

    [Fact]
    public void Row_72_what_a_build_puts_in_is_open()
    {
        var findings = Declared(text => text.Replace(Status, "<StatusCode>@status@</StatusCode>", StringComparison.Ordinal));
        Assert.Equal(["prod", "staging"], Environments(findings));
        Assert.All(findings, finding => Assert.Equal(("DRF-003", "open"), (finding.Rule.Id, finding.Verdict)));
    }

    [Fact]
    public void Row_73_a_rule_for_everyone_widens_access_and_shows_for_whom()
    {
        var findings = Night(
            estate => estate.Json(StaffRules, root => root[0]!["conditions"]!["people"]!["groups"]!["include"] = new JsonArray("EVERYONE")),
            "DRF-004"
        );
        Assert.NotEmpty(findings);
        Assert.All(
            findings,
            finding =>
            {
                Assert.Equal(Level.Error, finding.Level);
                Assert.Contains("EVERYONE", finding.Message, StringComparison.Ordinal);
                Assert.Contains("asks authorization server 'Orders'", finding.Message, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public void Row_73_a_rule_in_two_parts_that_grant_the_same_widens_nothing() =>
        Assert.Empty(
            Night(
                estate =>
                    estate.Json(
                        ServiceRules,
                        root =>
                        {
                            var part = root[0]!.DeepClone();
                            (part["id"], part["name"], part["priority"]) = ("0pr9svc", "Services read and write, again", 2);
                            root.AsArray().Add(part);
                        }
                    ),
                "DRF-004"
            )
        );

    [Fact]
    public void Row_74_a_list_that_was_refused_is_a_hole_in_the_evidence_and_nothing_is_gone()
    {
        var run = Estates(estate =>
            estate.Without(Okta + "apps.json").With(Okta + "apps.error.json", """{ "status": 403, "body": { "errorCode": "E0000006" } }""")
        );
        var finding = Assert.Single(Live(run), one => one.Rule.Id == "DRF-006");
        Assert.Equal((Level.Warning, "fail"), (finding.Level, finding.Verdict));
        Assert.Contains("okta/meridian.okta.com/apps", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Live(run), one => one.Rule.Id == "DRF-001");
        Assert.Equal(AuditOutcome.Incomplete, run.Outcome);
    }

    [Fact]
    public void Row_74_the_same_list_in_another_order_of_pages_is_whole() =>
        Assert.Empty(Night(estate => estate.Json(Okta + "apps.json", root => Reverse(root.AsArray())), "DRF"));

    private static void Swapped(Estate estate) =>
        estate.Json(
            Policies,
            root =>
            {
                (root[0]!["priority"], root[1]!["priority"]) = (2, 1);
                Reverse(root.AsArray());
            }
        );

    private static void Reverse(JsonArray array)
    {
        var items = array.Reverse().ToList();
        array.Clear();
        items.ForEach(array.Add);
    }

    private static List<Finding> Night(Action<Estate> edit, string rules) => Live(Estates(edit, rules));

    private static AuditRun Estates(Action<Estate> edit, params string[] rules)
    {
        var estate = Meridian.Copy();
        edit(estate);
        return estate.AuditAsDeclaredAfter(Meridian, false, rules);
    }

    private static List<Finding> Declared(Func<string, string> edit)
    {
        var declared = Meridian.Copy();
        declared.With(NotFound, edit(declared.Text(NotFound)));
        return Live(Meridian.AuditAsDeclaredAfter(declared, true, "DRF"));
    }

    private static IEnumerable<string> Environments(List<Finding> findings) =>
        findings.SelectMany(finding => finding.Environments).Order(StringComparer.Ordinal);

    private static List<Finding> Live(AuditRun run) => [.. run.Findings.Where(finding => finding.Accepted is null)];
}
