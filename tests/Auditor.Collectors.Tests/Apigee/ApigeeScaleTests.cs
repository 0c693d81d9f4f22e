using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>A generated estate of a median customer's size: all of it is read, with no more requests than it takes, and in no more time than the limits of the sources impose.</summary>
public sealed class ApigeeScaleTests
{
    [Fact]
    public async Task A_median_organization_is_read_with_the_requests_that_it_takes_and_on_later_nights_without_its_bundles()
    {
        var estate = new GeneratedEstate();
        await using var organization = await SimulatedOrganization.StartAsync(estate);
        organization.Simulator.StampsArchives = true;
        var landscape = await CollectAsync(organization);
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Equal(
            estate.MapEntries,
            landscape.Apigee[0].Environments.Sum(environment => environment.KeyValueMaps.Sum(map => map.Entries.Count))
        );
        Assert.Equal(estate.DeployedRevisions, landscape.Apigee[0].Proxies.Count);
        Assert.Equal(estate.SharedFlows, landscape.Apigee[0].SharedFlows.Count);
        var first = organization.Simulator.Reads.Count;
        Assert.InRange(first, 0.95 * estate.ApigeeRequests, 1.05 * estate.ApigeeRequests);
        var recorded = organization.Recorded();

        // The same night once more: nothing is downloaded.
        await CollectAsync(organization);
        Assert.InRange(
            organization.Simulator.Reads.Count - first,
            0.95 * estate.ApigeeRequestsWithoutBundles,
            1.05 * estate.ApigeeRequestsWithoutBundles
        );
        Assert.Equal(estate.Bundles, Bundles(organization));

        // The next night: a seventh, give or take what a digest makes of names.
        var before = organization.Simulator.Reads.Count;
        organization.Clock = new SwiftClock(TimeSpan.FromDays(1));
        await CollectAsync(organization);
        Assert.InRange(Bundles(organization) - estate.Bundles, 1, estate.Bundles / 4);
        Assert.InRange(
            organization.Simulator.Reads.Count - before,
            0.95 * estate.ApigeeRequestsWithoutBundles,
            1.05 * (estate.ApigeeRequestsWithoutBundles + (estate.Bundles / 7.0))
        );
        Assert.Equal(recorded, organization.Recorded());

        Assert.Equal(0, organization.Simulator.Quota.Refusals);
        Assert.InRange(organization.Simulator.Server.MostUnderWay, 2, ApigeeSource.DefaultManners.Concurrency);
        Assert.Empty(organization.Simulator.Writes);
    }

    [Fact]
    public async Task Lists_keep_to_the_limit_that_holds_where_spaces_are_in_use()
    {
        await using var organization = await SimulatedOrganization.StartAsync(
            new GeneratedEstate
            {
                Proxies = 1,
                DeployedRevisions = 1,
                SharedFlows = 1,
                Environments = 1,
                MapEntries = 5,
                DeveloperApps = 1,
            }
        );
        organization.Simulator.Quota.ListsWithSpaces = 10;
        organization.Simulator.PageSize = 3;
        var begun = organization.Clock.GetUtcNow();
        var landscape = await CollectAsync(organization);
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Equal(120, landscape.Apigee[0].Products.Count);
        var lists = organization
            .Simulator.Reads.Where(request => request.Path.Split('/') is [_, _, _, _, "apis" or "apiproducts" or "sharedflows"])
            .ToArray();
        Assert.True(lists.Length > 60, $"{lists.Length} requests for lists");
        Assert.InRange(lists.GroupBy(request => (long)(request.At - begun).TotalSeconds).Max(second => second.Count()), 1, 10);
        Assert.Equal(0, organization.Simulator.Quota.Refusals);
        // Four a second, at least.
        Assert.InRange((lists[^1].At - lists[0].At).TotalSeconds, 0, 1.1 * lists.Length / 4);
    }

    [Fact]
    public async Task Both_sides_take_no_longer_than_their_limits_impose()
    {
        var estate = new GeneratedEstate
        {
            // What limits the time is the Okta org; of Apigee there is as much as there must be.
            Proxies = 20,
            DeployedRevisions = 20,
            SharedFlows = 1,
            Environments = 1,
            MapEntries = 5,
            DeveloperApps = 1,
            Products = 1,
        };
        using var folder = new TemporaryFolder(inMemory: true);
        estate.WriteTo(folder.Path);
        var clock = new SwiftClock();
        await using var org = await OktaSimulator.StartAsync(Path.Combine(folder.Path, "okta", GeneratedEstate.Host), clock);
        await using var organization = await ApigeeSimulator.StartAsync(
            Path.Combine(folder.Path, "apigee", GeneratedEstate.Organization),
            clock
        );
        var manners = new Manners { Deadline = SwiftClock.Deadline };
        using var okta = new OktaSource(
            new OktaConnection
            {
                Url = OktaConnection.Address(org.Server.Origin.AbsoluteUri.TrimEnd('/'), allowLoopback: true),
                Credential = new OktaCredential.ApiToken(new Secret(org.Tokens.ApiToken!)),
            },
            manners,
            clock,
            null
        );
        using var apigee = new ApigeeSource(
            new ApigeeConnection
            {
                Organization = GeneratedEstate.Organization,
                Tokens = new ReadyToken(new Secret(organization.Identity.AccessToken!), quotaProject: null),
                Endpoint = organization.Server.Origin,
            },
            ApigeeSource.DefaultManners with
            {
                Deadline = SwiftClock.Deadline,
            },
            clock,
            null
        );
        var begun = clock.GetUtcNow();
        using (var writer = new RecordingWriter(Path.Combine(folder.Path, "recording")))
        {
            var redactor = new Redactor();
            await Task.WhenAll(
                okta.CollectAsync(writer, redactor, TestContext.Current.CancellationToken),
                apigee.CollectAsync(writer, redactor, TestContext.Current.CancellationToken)
            );
            writer.Finish(begun);
        }

        // The agreed share of a bucket is free at once; every further share comes a minute later.
        var bound = org
            .Reads.GroupBy(request => SimulatedLimits.BucketOf(request.Path), StringComparer.Ordinal)
            .Where(bucket => bucket.Key != "/")
            .Max(bucket => Math.Ceiling(bucket.Count() / (org.Limits.Sizes[bucket.Key] * manners.Share)) - 1);
        Assert.True(bound >= 3, $"{bound} minutes");
        var taken = (clock.GetUtcNow() - begun).TotalMinutes;
        Assert.True(taken <= 1.1 * bound, $"{taken:F2} minutes, where the limits impose {bound}");
        Assert.Equal(0, org.Limits.Refusals);
    }

    private static Task<Model.Landscape> CollectAsync(SimulatedOrganization organization) =>
        organization.CollectAsync(
            organization.Cached() with
            {
                AuditLogSince = null,
            },
            ApigeeSource.DefaultManners with
            {
                Deadline = SwiftClock.Deadline,
            }
        );

    private static int Bundles(SimulatedOrganization organization) =>
        organization.Simulator.Reads.Count(request => request.Query.Contains("format=bundle", StringComparison.Ordinal));
}
