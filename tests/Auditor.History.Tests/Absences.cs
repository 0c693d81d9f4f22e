using System.Collections.Immutable;
using Auditor.Model;
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

    private static Collected<AuthorizationServer> Servers => Estates.Meridian.Okta[0].AuthorizationServers;

    private static Landscape WithServers(Collected<AuthorizationServer> servers) =>
        Estates.Meridian with
        {
            Okta = Estates.Meridian.Okta.SetItem(0, Estates.Meridian.Okta[0] with { AuthorizationServers = servers }),
        };
}
