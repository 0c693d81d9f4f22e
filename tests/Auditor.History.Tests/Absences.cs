using System.Collections.Immutable;
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

        Assert.Empty(Estates.Compare(without, without).NotAssessed);
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
