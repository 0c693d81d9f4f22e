using System.Collections.Immutable;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;

namespace Auditor.History.Tests;

/// <summary>What is not there is only gone when somebody looked.</summary>
public sealed class Absences
{
    [Fact]
    public void What_left_a_complete_list_is_gone_with_all_that_belonged_to_it()
    {
        var after = WithServers(new Collected<AuthorizationServer>(Servers.Items.RemoveAt(0), Coverage.Complete.Instance));
        var comparison = Estates.Compare(Estates.Meridian, after);
        Assert.Empty(comparison.NotAssessed);
        Assert.Contains(comparison.Changes, change => change is { EntityKind: "authorization server", Status: EntityStatus.Removed });
        Assert.Contains(comparison.Changes, change => change is { EntityKind: "access rule", Status: EntityStatus.Removed });
    }

    [Fact]
    public void What_is_missing_from_a_list_that_was_denied_is_not_said_to_be_gone()
    {
        var after = WithServers(new Collected<AuthorizationServer>([], new Coverage.Denied("403: okta.authorizationServers.read")));
        var comparison = Estates.Compare(Estates.Meridian, after);
        Assert.DoesNotContain(comparison.Changes, change => change.Status == EntityStatus.Removed);
        var part = Assert.Single(comparison.NotAssessed, part => part.Part.EndsWith("/authorizationServers", StringComparison.Ordinal));
        Assert.Equal(Servers.Count, part.Entities);
        Assert.Contains("okta.authorizationServers.read", part.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_appears_in_a_list_that_was_cut_short_before_is_not_said_to_be_new()
    {
        var before = WithServers(
            new Collected<AuthorizationServer>(Servers.Items.RemoveAt(0), new Coverage.Partial("the second page failed"))
        );
        var comparison = Estates.Compare(before, Estates.Meridian);
        Assert.DoesNotContain(comparison.Changes, change => change.Status == EntityStatus.Added);
        Assert.NotEmpty(comparison.NotAssessed);
    }

    [Fact]
    public void States_of_different_forms_are_not_compared()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var comparison = Estates.Compare(state with { Form = 99 }, state);
        Assert.NotNull(comparison.Incomparable);
        Assert.Empty(comparison.Changes);
    }

    [Fact]
    public void What_was_not_read_of_an_entity_is_not_said_to_have_changed()
    {
        var without = WithEntries(new Coverage.Denied("403: apigee.keyvaluemapentries.list"));
        foreach (var (before, after) in new[] { (Estates.Meridian, without), (without, Estates.Meridian) })
        {
            var comparison = Estates.Compare(before, after);
            Assert.Empty(comparison.Changes);
            Assert.Equal(
                ["apigee/meridian/environments/prod/keyvaluemaps: Entries", "apigee/meridian/environments/staging/keyvaluemaps: Entries"],
                comparison.NotAssessed.Select(part => part.Part)
            );
            Assert.All(
                comparison.NotAssessed,
                part => Assert.Contains("apigee.keyvaluemapentries.list", part.Reason, StringComparison.Ordinal)
            );
            Assert.DoesNotContain(comparison.Unchanged, entity => entity.EntityKind == "key value map");
        }
    }

    [Fact]
    public void What_could_not_be_read_of_an_entity_on_either_side_is_not_said_to_be_the_same()
    {
        foreach (
            var coverage in new Coverage[]
            {
                new Coverage.Denied("403"),
                new Coverage.Failed("no answer"),
                new Coverage.Partial("the second page failed"),
            }
        )
        {
            var without = WithEntries(coverage);
            var comparison = Estates.Compare(without, without);
            Assert.Single(
                comparison.NotAssessed,
                part =>
                    part.Part == "apigee/meridian/environments/prod/keyvaluemaps: Entries"
                    && part.Reason.EndsWith($"{coverage.State} ({coverage.Reason})", StringComparison.Ordinal)
            );
            Assert.DoesNotContain(comparison.Unchanged, entity => entity.EntityKind == "key value map");
        }
    }

    [Fact]
    public void What_nobody_asked_for_on_either_side_is_not_compared_and_not_told()
    {
        var unasked = WithEntries(new Coverage.NotCollected("opt in with --include kvm-values"));
        var comparison = Estates.Compare(unasked, unasked);
        Assert.Empty(comparison.NotAssessed);
        Assert.Contains(comparison.Unchanged, entity => entity.EntityKind == "key value map");
        Assert.Equal(
            2,
            Estates
                .Compare(WithEntries(new Coverage.Denied("403")), unasked)
                .NotAssessed.Count(part =>
                    part.Part.EndsWith("/keyvaluemaps: Entries", StringComparison.Ordinal)
                    && part.Reason.Contains("denied (403)", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public void A_list_that_neither_state_could_read_is_not_said_to_be_the_same()
    {
        var denied = WithServers(new Collected<AuthorizationServer>([], new Coverage.Denied("403: okta.authorizationServers.read")));
        var part = Assert.Single(
            Estates.Compare(denied, denied).NotAssessed,
            part => part.Part.EndsWith("/authorizationServers", StringComparison.Ordinal)
        );
        Assert.Contains("denied (403: okta.authorizationServers.read)", part.Reason, StringComparison.Ordinal);
        var unasked = WithServers(new Collected<AuthorizationServer>([], new Coverage.NotCollected("not part of the input")));
        Assert.Empty(Estates.Compare(unasked, unasked).NotAssessed);
    }

    [Fact]
    public void What_was_empty_before_and_is_denied_now_may_hold_something()
    {
        var empty = WithServers(Collected<AuthorizationServer>.Of([]));
        var denied = WithServers(new Collected<AuthorizationServer>([], new Coverage.Denied("403")));
        foreach (var (before, after) in new[] { (empty, denied), (denied, empty) })
        {
            Assert.Single(
                Estates.Compare(before, after).NotAssessed,
                part => part.Part.EndsWith("/authorizationServers", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public void What_a_store_has_of_a_list_that_was_denied_stands_from_before_and_is_not_the_same_for_that()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var part = state.Parts.Keys.First(part => part.EndsWith("/groups", StringComparison.Ordinal));
        var standing = state with { Parts = state.Parts.SetItem(part, new PartCoverage("denied", "403")) };
        var groups = state.Entities.Count(entity => entity.Part == part);
        Assert.NotEqual(0, groups);
        foreach (var (before, after) in new[] { (state, standing), (standing, standing), (standing, state) })
        {
            var comparison = SnapshotComparison.Compare(before, after, ChangeIgnores.None, ChangeLog.None);
            Assert.Empty(comparison.Changes);
            Assert.Equal(groups, Assert.Single(comparison.NotAssessed).Entities);
            Assert.Equal(state.Entities.Length - groups, comparison.Unchanged.Length);
        }
    }

    /// <summary>Meridian with maps of which the entries could not be read.</summary>
    internal static Landscape WithEntries(Coverage coverage) =>
        Estates.Meridian with
        {
            Apigee =
            [
                .. Estates.Meridian.Apigee.Select(organization =>
                    organization with
                    {
                        Environments = new Collected<ApigeeEnvironment>(
                            [
                                .. organization.Environments.Select(environment =>
                                    environment with
                                    {
                                        KeyValueMaps = new Collected<KeyValueMap>(
                                            [
                                                .. environment.KeyValueMaps.Select(map =>
                                                    map with
                                                    {
                                                        Entries = new Collected<KeyValueEntry>([], coverage),
                                                    }
                                                ),
                                            ],
                                            environment.KeyValueMaps.Coverage
                                        ),
                                    }
                                ),
                            ],
                            organization.Environments.Coverage
                        ),
                    }
                ),
            ],
        };

    private static Collected<AuthorizationServer> Servers => Estates.Meridian.Okta[0].AuthorizationServers;

    private static Landscape WithServers(Collected<AuthorizationServer> servers) =>
        Estates.Meridian with
        {
            Okta = Estates.Meridian.Okta.SetItem(0, Estates.Meridian.Okta[0] with { AuthorizationServers = servers }),
        };
}
