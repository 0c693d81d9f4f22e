using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Okta;

/// <summary>A generated org of 200 servers and 5,000 apps: all of it is read, with no more requests than it takes, and without using more of a limit than agreed.</summary>
public sealed class ScaleTests
{
    private static readonly GeneratedOrg Large = new(Servers: 200, Policies: 3, Apps: 5_000, ServiceApps: 250, Groups: 1_000);

    [Fact]
    public async Task A_large_org_is_read_whole_within_its_budget()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var root = Large.Write(folder.Path);
        var key = new byte[32];
        await using var org = await SimulatedOrg.StartAsync(root);
        var manners = new Manners { Deadline = SwiftClock.Deadline };
        var landscape = await org.CollectAsync(org.Connection() with { EveryApp = false }, manners, new Redactor(key));
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));

        var served = SimulatedOrg.Files(root).Keys;
        var recorded = SimulatedOrg.Files(Path.Combine(org.Recording, "okta", "large.okta.com"));
        Assert.Equal(served, recorded.Keys);
        foreach (var path in served)
        {
            Assert.Equal(
                SimulatedOrg.Redacted(
                    await File.ReadAllBytesAsync(Path.Combine(root, path), TestContext.Current.CancellationToken),
                    new Redactor(key)
                ),
                recorded[path]
            );
        }

        var formula = Large.Requests.Values.Sum() + Large.PublicRequests;
        Assert.InRange(org.Simulator.Reads.Count, formula * 0.95, formula * 1.05);
        Assert.Equal(0, org.Simulator.Limits.Refusals);
        foreach (var bucket in org.Simulator.Reads.GroupBy(request => SimulatedLimits.BucketOf(request.Path), StringComparer.Ordinal))
        {
            if (bucket.Key == "/")
            {
                continue;
            }

            var times = bucket.Select(request => request.At).Order().ToArray();
            var most = 0;
            for (int first = 0, last = 0; last < times.Length; last++)
            {
                while (times[last] - times[first] >= TimeSpan.FromMinutes(1))
                {
                    first++;
                }

                most = Math.Max(most, last - first + 1);
            }

            Assert.True(most <= org.Simulator.Limits.Sizes[bucket.Key] * manners.Share, $"{bucket.Key}: {most} in a minute");
        }

        Assert.InRange(org.Simulator.Server.MostUnderWay, 1, manners.Concurrency);
        Assert.Contains(org.Statuses, status => status.Estimate > TimeSpan.FromMinutes(5) && status.Planned > status.Requests);
    }
}
