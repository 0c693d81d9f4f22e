using System.Text.Json.Nodes;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Tests.Okta;
using Auditor.Model;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>An organization is read live into the same recording that it is served from, however it pages, wherever it is, whatever of it may be read.</summary>
public sealed class ApigeeCollectTests
{
    // Where a page begins with the last row of the one before, a page of one row leads nowhere.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public async Task Everything_is_read_whatever_the_size_of_a_page(int pageSize)
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        organization.Simulator.PageSize = pageSize;
        var landscape = await organization.CollectAsync();
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        var served = await SimulatedOrg.ReadAsync(Path.Combine(Repository.Landscapes, "meridian"));
        var (theirs, ours) = (served.Apigee[0], landscape.Apigee[0]);
        Assert.Equal(theirs.Environments.Select(item => item.Name), ours.Environments.Select(item => item.Name));
        Assert.Equal(theirs.Proxies.Select(item => (item.Name, item.Revision)), ours.Proxies.Select(item => (item.Name, item.Revision)));
        Assert.Equal(
            theirs.SharedFlows.Select(item => (item.Name, item.Revision)),
            ours.SharedFlows.Select(item => (item.Name, item.Revision))
        );
        Assert.Equal(theirs.Products.Select(item => item.Name), ours.Products.Select(item => item.Name));
        Assert.Equal(theirs.Apps.Select(item => item.Id), ours.Apps.Select(item => item.Id));
        Assert.Equal(theirs.Developers.Select(item => (item.Id, item.Status)), ours.Developers.Select(item => (item.Id, item.Status)));
        Assert.Equal(theirs.EnvironmentGroups.Select(item => item.Name), ours.EnvironmentGroups.Select(item => item.Name));
        foreach (var (their, our) in theirs.Environments.Zip(ours.Environments))
        {
            Assert.Equal(
                their.KeyValueMaps.SelectMany(map => map.Entries.Select(entry => (map.Name, entry.Key))),
                our.KeyValueMaps.SelectMany(map => map.Entries.Select(entry => (map.Name, entry.Key)))
            );
            Assert.Equal(their.TargetServers.Select(item => item.Host), our.TargetServers.Select(item => item.Host));
            Assert.Equal(their.FlowHooks.Select(item => item.SharedFlow), our.FlowHooks.Select(item => item.SharedFlow));
            Assert.Equal(their.PropertySets.Select(item => item.Name), our.PropertySets.Select(item => item.Name));
            Assert.Equal(their.Keystores.Select(item => item.Name), our.Keystores.Select(item => item.Name));
        }

        Assert.Empty(organization.Simulator.Writes);
    }

    [Fact]
    public async Task Fields_with_default_values_mean_the_same_whether_they_are_sent_or_not()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        await organization.CollectAsync();
        var audited = Findings(organization.Recording);
        organization.Simulator.OmitsDefaults = false;
        await organization.CollectAsync();
        Assert.Equal(audited, Findings(organization.Recording));
    }

    [Theory]
    [InlineData("meridian", "meridian")]
    [InlineData("meridian-bad-day", "meridian")]
    [InlineData("acme", "acme")]
    public async Task What_was_collected_is_judged_like_what_was_served(string estate, string organizationName)
    {
        var served = Path.Combine(Repository.Landscapes, estate);
        await using var organization = await SimulatedOrganization.StartAsync(Path.Combine(served, "apigee", organizationName));
        await organization.CollectAsync();
        var alone = Estate.LoadFolder(served);
        foreach (var path in alone.Paths.Where(path => path.StartsWith("okta/", StringComparison.Ordinal)).ToArray())
        {
            alone.Without(path);
        }

        Assert.Equal(Findings(alone), Findings(organization.Recording));
    }

    [Fact]
    public async Task An_organization_of_a_region_is_read_from_its_own_host_and_redirects_are_not_followed()
    {
        await using var organization = await SimulatedOrganization.StartAsync(
            Path.Combine(Repository.Landscapes, "acme", "apigee", "acme"),
            location: "eu"
        );
        var landscape = await organization.CollectAsync(organization.Connection() with { AuditLogSince = null });
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
        Assert.Equal(
            ["/v1/organizations/acme:getProjectMapping"],
            organization.Simulator.Server.Requests.Select(request => Uri.UnescapeDataString(request.Path)).Distinct(StringComparer.Ordinal)
        );

        // Told that it is at the global host, the program gets redirects, and takes the token nowhere.
        var before = organization.Simulator.Region!.Requests.Count;
        landscape = await organization.CollectAsync(
            organization.Connection() with
            {
                AuditLogSince = null,
                Endpoint = organization.Simulator.Server.Origin,
            }
        );
        Assert.Equal(before, organization.Simulator.Region.Requests.Count);
        Assert.All(landscape.Coverage, entry => Assert.True(!entry.Coverage.IsComplete, entry.Part));
    }

    [Fact]
    public async Task Each_right_that_lacks_is_named_where_something_cannot_be_read_for_it()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        organization.Simulator.Put("appgroups.json", """{"appGroups":[{"name":"partners"}]}""");
        organization.Simulator.Put("appgroups/partners/apps.json", """{"appGroupApps":[]}""");
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var permission in ApigeeEndpoints.DefaultPermissions.Concat(ApigeeEndpoints.OptionalPermissions.Values))
        {
            organization.Simulator.Denied = [permission];
            var landscape = await organization.CollectAsync();
            var denied = landscape.Coverage.Where(entry => entry.Coverage.IsGap).ToArray();
            if (permission is "apigee.projectorganizations.get" or "apigee.environments.list")
            {
                // Without the first, the organization is taken to be a global one, which this one is; without the second, it names its environments itself.
                Assert.Empty(denied);
                continue;
            }

            Assert.True(denied.Length > 0, permission);
            Assert.Contains(
                denied,
                entry =>
                    entry.Coverage is Coverage.Denied { Permission: var what } && what.Contains(permission, StringComparison.Ordinal)
                    || entry.Coverage.Reason!.Contains(permission, StringComparison.Ordinal)
            );
            needed.Add(permission);
        }

        Assert.True(needed.Count > 25, string.Join(", ", needed));
    }

    [Fact]
    public async Task A_read_only_administrator_can_read_everything()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        organization.Simulator.Granted = [.. ApigeePermissions.ReadOnlyAdmin, "logging.logEntries.list"];
        var landscape = await organization.CollectAsync();
        Assert.Empty(landscape.Coverage.Where(entry => entry.Coverage.IsGap));
    }

    [Fact]
    public async Task By_default_no_value_and_no_key_is_asked_for()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var landscape = await organization.CollectAsync(
            organization.Connection() with
            {
                KeyValueMapValues = false,
                AppCredentials = false,
                AuditLogSince = null,
            }
        );
        Assert.DoesNotContain(organization.Simulator.Reads, request => request.Path.Contains("/entries", StringComparison.Ordinal));
        Assert.DoesNotContain(
            organization.Simulator.Reads,
            request => request.Query.Contains("includeCred=true", StringComparison.Ordinal)
        );
        Assert.All(
            landscape.Apigee[0].Environments.SelectMany(environment => environment.KeyValueMaps),
            map => Assert.IsType<Coverage.NotCollected>(map.Entries.Coverage)
        );
    }

    [Fact]
    public async Task Changes_of_the_audit_log_are_those_since_the_time_that_was_asked_for()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var all = organization.Simulator.Json("audit.json")["entries"]!.AsArray();
        var since = all.Select(entry =>
                DateTimeOffset.Parse(entry!["timestamp"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture)
            )
            .Order()
            .ElementAt(all.Count / 2);
        await organization.CollectAsync(organization.Connection() with { AuditLogSince = since });
        var recorded = JsonNode.Parse(organization.Recorded()["apigee/meridian/audit.json"])!["entries"]!.AsArray();
        Assert.Equal(
            all.Select(entry => (Id: entry!["insertId"]!.GetValue<string>(), At: entry["timestamp"]!.GetValue<string>()))
                .Where(entry => DateTimeOffset.Parse(entry.At, System.Globalization.CultureInfo.InvariantCulture) >= since)
                .Select(entry => entry.Id)
                .Order(StringComparer.Ordinal),
            recorded.Select(entry => entry!["insertId"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_bundle_is_downloaded_once_and_a_seventh_again_each_night()
    {
        await using var organization = await SimulatedOrganization.StartAsync(
            new GeneratedEstate
            {
                Proxies = 100,
                DeployedRevisions = 140,
                SharedFlows = 10,
                Environments = 1,
                MapsPerEnvironment = 1,
                MapEntries = 1,
                TargetServersPerEnvironment = 1,
                Products = 1,
                DeveloperApps = 1,
            }
        );
        // What is downloaded is never the same bytes twice; what is in it is.
        organization.Simulator.StampsArchives = true;
        await organization.CollectAsync(organization.Cached());
        Assert.Equal(150, Bundles(organization).Length);
        var recorded = organization.Recorded();

        var before = organization.Simulator.Reads.Count;
        await organization.CollectAsync(organization.Cached());
        Assert.Empty(Bundles(organization, before));
        Assert.Equal(recorded, organization.Recorded());

        var again = new List<string>();
        for (var night = 1; night <= 7; night++)
        {
            organization.Clock = new SwiftClock(TimeSpan.FromDays(night));
            before = organization.Simulator.Reads.Count;
            await organization.CollectAsync(organization.Cached());
            var downloaded = Bundles(organization, before);
            // Which ones is decided by their names' digests: about a seventh.
            Assert.InRange(downloaded.Length, 5, 45);
            again.AddRange(downloaded);
            Assert.Equal(recorded, organization.Recorded());
        }

        Assert.Equal(150, again.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(150, again.Count);
    }

    [Fact]
    public async Task A_bundle_whose_cached_file_is_damaged_or_whose_proxy_was_made_anew_is_downloaded()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        await organization.CollectAsync(organization.Cached());
        var recorded = organization.Recorded();
        foreach (var file in Directory.GetFiles(organization.CacheFolder, "*.zip", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        }

        var before = organization.Simulator.Reads.Count;
        await organization.CollectAsync(organization.Cached());
        Assert.Equal(recorded, organization.Recorded());
        Assert.Equal(Bundles(organization).Length, 2 * Bundles(organization, before).Length);

        // Deleted and made again, a proxy begins at revision 1 again: the same name and number, another bundle.
        var proxies = organization.Simulator.Json("apis.json");
        proxies["proxies"]![0]!["metaData"]!["createdAt"] = "1790000000000";
        organization.Simulator.Put("apis.json", proxies.ToJsonString());
        before = organization.Simulator.Reads.Count;
        await organization.CollectAsync(organization.Cached());
        Assert.All(
            Bundles(organization, before),
            path => Assert.Contains($"/apis/{proxies["proxies"]![0]!["name"]!.GetValue<string>()}/", path, StringComparison.Ordinal)
        );
        Assert.NotEmpty(Bundles(organization, before));
    }

    private static string[] Bundles(SimulatedOrganization organization, int after = 0) =>
        [
            .. organization
                .Simulator.Reads.Skip(after)
                .Where(request => request.Query.Contains("format=bundle", StringComparison.Ordinal))
                .Select(request => request.Path),
        ];

    private static string[] Findings(string folder) => Findings(Estate.LoadFolder(folder));

    private static string[] Findings(Estate estate) =>
        [
            .. estate
                .Audit()
                .Findings.Select(finding =>
                    $"{finding.Rule.Id} {finding.Verdict} {finding.Fingerprint} {string.Join(", ", finding.Subjects)}: {finding.Message}"
                )
                .Order(StringComparer.Ordinal),
        ];
}
