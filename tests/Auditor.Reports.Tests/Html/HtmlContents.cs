using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Reports.Html;

namespace Auditor.Reports.Tests.Html;

/// <summary>What the page holds, read as text: links that lead somewhere, answers to the questions it asks, a map that stays one to look at.</summary>
public sealed partial class HtmlContents
{
    private static readonly EntityChange Widened = new()
    {
        EntityKind = "access rule",
        Key = "acme.okta.com/aus1/Shop users",
        Title = "access rule 'Shop users' of authorization server 'Orders'",
        Status = EntityStatus.Modified,
        Fields =
        [
            new FieldChange(
                "Scopes",
                FieldChangeKind.Added,
                "orders.read",
                "orders.read, orders.admin",
                ChangeImpact.High,
                ChangeDirection.Weakens
            ),
        ],
        Impact = ChangeImpact.High,
        Direction = ChangeDirection.Weakens,
        Attribution = new Attribution(
            AttributionConfidence.Exact,
            [new ChangeActor("kim@acme.example", "User", new DateTimeOffset(2026, 11, 19, 21, 4, 0, TimeSpan.Zero), "policy.rule.update")],
            null
        ),
        Cause = "Scopes +orders.admin",
        Location = new SourceLocation("okta/acme.okta.com/api/v1/authorizationServers/aus1/policies/p/rules.json", 3, 5),
    };

    /// <summary>A run with something of everything, a run before included.</summary>
    internal static AuditRun Compared { get; } =
        Runs.Bad with
        {
            Gaps = Runs.Broken.Gaps,
            Coverage = Runs.Broken.Coverage,
            Findings = [.. Runs.Bad.Findings.Select((finding, i) => finding with { IsNew = i % 2 == 0 })],
            Vanished = [new VanishedFinding("AUD-001", "error", "The audience differed.", "apigee/acme/x.xml:3:1")],
            Comparison = new EstateComparison
            {
                Before = "the run of 2026-11-19 02:00 UTC",
                After = "the run of 2026-11-20 02:00 UTC",
                Changes =
                [
                    Widened,
                    Widened with
                    {
                        Key = "b",
                        Cause = "Scopes -orders.admin",
                        Status = EntityStatus.Added,
                        Direction = ChangeDirection.Strengthens,
                        Attribution = Attribution.Unknown("the log was not read"),
                    },
                    Widened with
                    {
                        Key = "c",
                        Status = EntityStatus.Ignored,
                        IgnoredBy = "SEC-7 until 2027-01-31",
                        Direction = ChangeDirection.Unclear,
                    },
                ],
                NotAssessed = [new NotAssessedPart("apps", "the run before was denied", 12)],
            },
        };

    public static TheoryData<string> Pages => ["clean", "bad", "broken", "compared"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string run)
    {
        var page = Page(Named(run));
        var anchors = Ids().Matches(page).Select(match => match.Groups["id"].Value).ToList();

        Assert.Equal(anchors.Distinct(StringComparer.Ordinal), anchors);
        Assert.Empty(Links().Matches(page).Select(match => match.Groups["id"].Value).Except(anchors, StringComparer.Ordinal));
    }

    [Fact]
    public void What_changed_and_who_did_it_is_told()
    {
        var changes = Section(Page(Compared), "changes");

        Assert.Contains("the run of 2026-11-19 02:00 UTC", changes, StringComparison.Ordinal);
        Assert.Contains("<strong>kim@acme.example</strong> (User) at 2026-11-19 21:04 UTC", changes, StringComparison.Ordinal);
        Assert.Contains("by whom is not known: the log was not read", changes, StringComparison.Ordinal);
        Assert.Contains("SEC-7 until 2027-01-31", changes, StringComparison.Ordinal);
        Assert.Contains("Changes that somebody accepted", changes, StringComparison.Ordinal);
        Assert.Contains("the run before was denied (12)", changes, StringComparison.Ordinal);
        Assert.Contains("The audience differed.", changes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_not_compared_says_that_it_knows_of_no_changes() =>
        Assert.Contains("not compared with an earlier one", Section(Page(Runs.Bad), "changes"), StringComparison.Ordinal);

    [Fact]
    public void The_first_screen_has_the_verdict_the_gaps_what_is_new_and_a_link_to_every_answer()
    {
        var page = Page(Compared);
        var first = page[..page.IndexOf("<h3>About this audit</h3>", StringComparison.Ordinal)];

        Assert.Contains("<strong>incomplete</strong>", first, StringComparison.Ordinal);
        Assert.Contains("apps", first, StringComparison.Ordinal);
        Assert.Contains(Headline.News(Compared), first, StringComparison.Ordinal);
        Assert.All(
            new[] { "tokens", "doors", "changes", "control-soc-2-cc6-1", "exceptions", "coverage" },
            anchor => Assert.Contains($"href=\"#{anchor}\"", first, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void What_is_not_in_the_input_is_not_called_read()
    {
        var whole = Runs.Clean with { Gaps = [], Coverage = [new CoverageEntry("apigee/a/apis", Coverage.Complete.Instance, 1)] };
        var half = whole with
        {
            Coverage = [.. whole.Coverage, new CoverageEntry("okta/a/rules", new Coverage.NotCollected("not part of the recording"), 0)],
        };

        Assert.Contains("Everything was read and assessed.", Section(Page(whole), "coverage"), StringComparison.Ordinal);
        Assert.Contains("<b>All</b> read and assessed", Page(whole), StringComparison.Ordinal);
        Assert.DoesNotContain("Everything was read", Page(half), StringComparison.Ordinal);
        Assert.DoesNotContain("<b>All</b> read", Page(half), StringComparison.Ordinal);
        Assert.Contains(
            "1 part was not asked for or is not in the input: nothing is said about it.",
            Section(Page(half), "coverage"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_population_behind_a_control_has_every_subject_that_its_rules_judged_once()
    {
        var run = Runs.Bad;
        var rules = run
            .Rules.Where(rule => rule.Controls.Any(control => control is { Framework: "SOC 2", Id: "CC6.1", Confirmed: true }))
            .Select(rule => rule.Info.Id)
            .ToHashSet(StringComparer.Ordinal);
        var subjects = run
            .Evaluations.Where(evaluation => rules.Contains(evaluation.Rule.Id) && evaluation.Verdict != "notApplicable")
            .Select(evaluation => (evaluation.Subject, evaluation.Title, evaluation.Environment))
            .Distinct()
            .Count();
        var page = Page(run);
        var at = page.IndexOf("id=\"control-soc-2-cc6-1\"", StringComparison.Ordinal);
        var control = page[at..page.IndexOf("</details>", at, StringComparison.Ordinal)];
        var listed = control[control.IndexOf($"The population behind SOC 2 CC6.1: {subjects} subjects", StringComparison.Ordinal)..];

        Assert.True(subjects > 10);
        Assert.Equal(subjects, Rows().Count(listed) - 1);
    }

    [Fact]
    public void A_large_map_is_grouped_and_loses_nothing()
    {
        var digest = Runs.Bad.Findings.First(finding => finding.IsLive).Fingerprint;
        var nodes = ImmutableArray.CreateBuilder<TrustNode>();
        var edges = ImmutableArray.CreateBuilder<TrustEdge>();
        nodes.Add(new TrustNode("server/1", TrustNodeKind.Server, "Orders", null, ["org acme.okta.com"]));
        for (var i = 0; i < 300; i++)
        {
            nodes.Add(new TrustNode($"proxy/{i}", TrustNodeKind.Proxy, $"proxy-{i}", "prod", [$"/v{i}"]));
            nodes.Add(new TrustNode($"product/{i}", TrustNodeKind.Product, $"product-{i}", null, []) { Scopes = ["a", "b"] });
            nodes.Add(new TrustNode($"client/{i}", TrustNodeKind.Client, $"client-{i}", null, []));
            var wrong = i is 7 or 70;
            edges.Add(
                new TrustEdge(
                    "server/1",
                    $"proxy/{i}",
                    wrong ? TrustState.Mismatched : TrustState.Aligned,
                    "VerifyJWT",
                    wrong ? [digest] : []
                )
            );
            edges.Add(new TrustEdge($"proxy/{i}", $"product/{i}", TrustState.Aligned, "every path", []));
            edges.Add(new TrustEdge($"product/{i}", $"client/{i}", TrustState.Aligned, "app", []));
        }

        var trust = Section(
            Page(
                Runs.Bad with
                {
                    Trust = new TrustMap { Nodes = nodes.ToImmutable(), Edges = edges.ToImmutable() },
                }
            ),
            "trust"
        );

        Assert.InRange(Boxes().Count(trust), 5, 36);
        Assert.Contains(">proxy-7<", trust, StringComparison.Ordinal);
        Assert.Contains(">proxy-70<", trust, StringComparison.Ordinal);
        Assert.Contains(">298 proxies<", trust, StringComparison.Ordinal);
        Assert.Contains($"(900 connections)", trust, StringComparison.Ordinal);

        // Where all of them are wrong, they are still drawn, together.
        var wrongToo = edges.Select(edge => edge with { State = TrustState.Mismatched, Findings = [digest] });
        trust = Section(
            Page(
                Runs.Bad with
                {
                    Trust = new TrustMap { Nodes = nodes.ToImmutable(), Edges = [.. wrongToo] },
                }
            ),
            "trust"
        );
        Assert.InRange(Boxes().Count(trust), 2, 36);
        Assert.Contains(">300 proxies<", trust, StringComparison.Ordinal);
    }

    [Fact]
    public void The_map_knows_what_rules_say_of_clients_and_scopes()
    {
        var trust = Runs.Bad.Trust;

        Assert.Contains(trust.Nodes, node => node.Kind == TrustNodeKind.Product && !node.Scopes.IsEmpty);
        Assert.Contains(trust.Nodes, node => node.Kind == TrustNodeKind.Client && !node.Scopes.IsEmpty);
        Assert.Contains(trust.Edges, edge => edge.State == TrustState.Mismatched && !edge.Findings.IsEmpty);
        Assert.All(
            Runs.Bad.Connections,
            connection => Assert.Equal(Enum.GetValues<ConnectionAspect>(), connection.Items.Select(item => item.Aspect))
        );
    }

    internal static AuditRun Named(string run) =>
        run switch
        {
            "clean" => Runs.Clean,
            "bad" => Runs.Bad,
            "broken" => Runs.Broken,
            _ => Compared,
        };

    private static string Page(AuditRun run) => Encoding.UTF8.GetString(HtmlReport.Render(run));

    private static string Section(string page, string id)
    {
        var at = page.IndexOf($"<section id=\"{id}\"", StringComparison.Ordinal);
        return page[at..page.IndexOf("</section>", at, StringComparison.Ordinal)];
    }

    [GeneratedRegex(" id=\"(?<id>[^\"]+)\"")]
    private static partial Regex Ids();

    [GeneratedRegex("href=\"#(?<id>[^\"]+)\"")]
    private static partial Regex Links();

    [GeneratedRegex("<tr>")]
    private static partial Regex Rows();

    [GeneratedRegex("<g class=\"box")]
    private static partial Regex Boxes();
}
