using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.Model.Drift;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.History.Tests;

/// <summary>What access changes because of accepted changes alone is accepted with them; where another change can be behind it as well, it counts.</summary>
public sealed class AcceptedAccesses
{
    private const string Rules = "okta/acme.okta.com/api/v1/authorizationServers/ausOrders/policies/00p1/rules.json";

    private static readonly AcceptedChange Wider = new("*rules/0pr1", null, null, "The shop is for all.", "iam@acme.example", null);

    [Fact]
    public void Access_that_follows_from_an_accepted_change_is_accepted_and_says_by_which_entry()
    {
        var comparison = Compare(Everyone(), Wider);

        Assert.Empty(comparison.Live);
        var access = Assert.Single(comparison.Changes, change => change.IsAccess);
        Assert.Equal((EntityStatus.Ignored, AccessEffect.None), (access.Status, access.Effect));
        Assert.Contains("The shop is for all. (iam@acme.example)", access.IgnoredBy, StringComparison.Ordinal);
        Assert.Contains("access rule 'Shop users'", access.IgnoredBy, StringComparison.Ordinal);
    }

    [Fact]
    public void Access_counts_where_nothing_is_accepted() => Assert.Contains(Compare(Everyone()).Live, change => change.IsAccess);

    [Fact]
    public void Access_counts_where_a_change_that_nobody_accepted_can_be_behind_it()
    {
        var after = Everyone();
        after.With(Rules, after.Text(Rules).Replace("\"Batch\"", "\"Batches\"", StringComparison.Ordinal));
        Assert.DoesNotContain(Compare(after, Wider).Live, change => change.IsAccess);

        after.With(
            Rules,
            after.Text(Rules).Replace("\"accessTokenLifetimeMinutes\": 10", "\"accessTokenLifetimeMinutes\": 20", StringComparison.Ordinal)
        );
        Assert.Contains(Compare(after, Wider).Live, change => change.IsAccess);
    }

    private static Estate Everyone()
    {
        var estate = Estate.Load("acme");
        return estate.With(Rules, estate.Text(Rules).Replace("00gStaff", "00gEveryone", StringComparison.Ordinal));
    }

    private static EstateComparison Compare(Estate after, params AcceptedChange[] accepted) =>
        SnapshotComparison.Compare(
            Snapshot(Estate.Load("acme")),
            Snapshot(after),
            new ChangeIgnores(accepted, new DateOnly(2026, 11, 27)),
            ChangeLog.None
        );

    private static Snapshot Snapshot(Estate estate) =>
        estate.Read(input =>
            SnapshotBuilder.Build(
                input.Landscape,
                AccessFacts.Of(TracedLandscape.Build(input.Landscape, new AuditSettings(), null, TestContext.Current.CancellationToken)),
                "a state"
            )
        );
}
