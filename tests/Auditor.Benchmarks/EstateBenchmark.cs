using System.Diagnostics;
using System.Globalization;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;

namespace Auditor.Benchmarks;

/// <summary>
/// Collects a generated estate, both sides at once. What the program itself takes shows against simulators that answer at once and refuse nothing: the program is a
/// process of its own there, and its time and memory are its own. How long a night takes is decided by the rate limits of the two sides, and is measured by their clock.
/// </summary>
internal static class EstateBenchmark
{
    public static async Task RunAsync(GeneratedEstate estate, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("auditor-bench-estate-").FullName;
        try
        {
            estate.WriteTo(Path.Combine(folder, "estate"));
            Say(
                $"{estate.Proxies} proxies, {estate.DeployedRevisions} deployed revisions, {estate.SharedFlows} shared flows, {estate.Environments} environments, {estate.MapEntries} entries of maps, {estate.DeveloperApps} developer apps; {estate.Servers} authorization servers, {estate.Apps} apps"
            );
            await ProgramAsync(estate, folder, rounds);
            await LimitsAsync(estate, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ProgramAsync(GeneratedEstate estate, string folder, int rounds)
    {
        await using var org = await OktaSimulator.StartAsync(Path.Combine(folder, "estate", "okta", GeneratedEstate.Host));
        foreach (var bucket in org.Limits.Sizes.Keys.ToArray())
        {
            org.Limits.Sizes[bucket] = 10_000_000;
        }

        await using var organization = await ApigeeSimulator.StartAsync(
            Path.Combine(folder, "estate", "apigee", GeneratedEstate.Organization)
        );
        Say(
            $"\nno latency, no limits: the program that was built, on {Environment.ProcessorCount} processors; the simulators take their part of them"
        );
        for (var round = 0; round < rounds; round++)
        {
            foreach (var isFirstNight in new[] { true, false })
            {
                if (isFirstNight && Directory.Exists(Path.Combine(folder, "cache")))
                {
                    Directory.Delete(Path.Combine(folder, "cache"), recursive: true);
                }

                var before = (Okta: org.Reads.Count, Apigee: organization.Reads.Count);
                var (wall, processor, megabytes) = Collect(folder, org, organization);
                var asked = organization.Reads.Count - before.Apigee;
                var formula = isFirstNight ? estate.ApigeeRequests : estate.ApigeeRequestsWithoutBundles;
                Say(
                    $"{(isFirstNight ? "first night    " : "unchanged night")} {wall.TotalSeconds, 6:F1} s   {processor.TotalSeconds, 5:F1} s of a processor   {megabytes, 4} MB at most   {asked} requests to Apigee ({(double)asked / formula:F2} of the formula), {org.Reads.Count - before.Okta} to Okta ({(double)(org.Reads.Count - before.Okta) / estate.OktaRequests:F2})"
                );
            }
        }
    }

    private static (TimeSpan Wall, TimeSpan Processor, long Megabytes) Collect(
        string folder,
        OktaSimulator org,
        ApigeeSimulator organization
    )
    {
#pragma warning disable RS0030 // The benchmark measures the program as a process.
        var program =
            Environment.GetEnvironmentVariable("AUDITOR_BINARY")
            ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Auditor.Cli/release/auditor"));
        var start = new ProcessStartInfo(program, ["collect", "--quiet", "--include", "kvm-values,app-credentials"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
        };
        foreach (
            var (name, value) in new[]
            {
                ("AUDITOR_ALLOW_LOOPBACK_HTTP", "1"),
                ("AUDITOR_CACHE", Path.Combine(folder, "cache")),
                ("OKTA_CLIENT_ORGURL", org.Server.Origin.GetLeftPart(UriPartial.Authority)),
                ("OKTA_CLIENT_TOKEN", org.Tokens.ApiToken!),
                ("APIGEE_ORG", GeneratedEstate.Organization),
                ("APIGEE_ENDPOINT", organization.Server.Origin.GetLeftPart(UriPartial.Authority)),
                ("GOOGLE_OAUTH_ACCESS_TOKEN", organization.Identity.AccessToken!),
            }
        )
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var peak = 0L;
        var processor = TimeSpan.Zero;
        while (!process.WaitForExit(20))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
                processor = process.TotalProcessorTime;
            }
            catch (InvalidOperationException)
            {
                // It ended in between.
            }
        }

        return process.ExitCode == 0
            ? (watch.Elapsed, processor, peak / 1024 / 1024)
            : throw new InvalidOperationException(
                $"'{program}' ended with exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}."
            );
#pragma warning restore RS0030
    }

    private static async Task LimitsAsync(GeneratedEstate estate, string folder)
    {
        var manners = new Manners { Deadline = SwiftClock.Deadline };
        var apigeeManners = ApigeeSource.DefaultManners with { Deadline = SwiftClock.Deadline };
        Say($"\nby the clock of simulators that enforce their limits; at most {manners.Share:P0} of each is used");
        await ListsAsync(folder, apigeeManners);
        var clock = new SwiftClock();
        await using var org = await OktaSimulator.StartAsync(Path.Combine(folder, "estate", "okta", GeneratedEstate.Host), clock);
        await using var organization = await OrganizationAsync(folder, clock);
        var begun = clock.GetUtcNow();
        using (var apigee = Source(organization, apigeeManners, clock))
        using (var writer = new RecordingWriter(Path.Combine(folder, "by-the-clock")))
        {
            var redactor = new Redactor();
            var keys = apigee.CollectAsync(writer, redactor, CancellationToken.None);
            using var okta = new OktaSource(
                new OktaConnection
                {
                    Url = OktaConnection.Address(org.Server.Origin.GetLeftPart(UriPartial.Authority), allowLoopback: true),
                    Credential = new OktaCredential.ApiToken(new Secret(org.Tokens.ApiToken!)),
                    GatewayKeys = keys,
                },
                manners,
                clock,
                null
            );
            await Task.WhenAll(okta.CollectAsync(writer, redactor, CancellationToken.None), keys);
            writer.Finish(begun);
        }

        var took = (clock.GetUtcNow() - begun).TotalMinutes;
        var bounds = org
            .Reads.GroupBy(request => SimulatedLimits.BucketOf(request.Path), StringComparer.Ordinal)
            .Where(bucket => bucket.Key != "/")
            .Select(bucket => (Name: bucket.Key, Count: bucket.Count(), Size: org.Limits.Sizes[bucket.Key], manners.Share))
            .Append((Name: "apigee", Count: organization.Reads.Count, Size: organization.Quota.Management, apigeeManners.Share))
            .Select(bucket => (bucket.Name, bucket.Count, bucket.Size, Minutes: Least(bucket.Count, bucket.Size, bucket.Share)))
            .OrderBy(bucket => bucket.Minutes)
            .ToList();
        foreach (var (name, count, size, minutes) in bounds)
        {
            Say($"  {name, -20} {count, 5} of {size} a minute: {minutes:F0} min");
        }

        Say(
            $"both sides        {took, 8:F1} min  {took / bounds[^1].Minutes:F2} of the least that the limits allow ({bounds[^1].Minutes:F0} min)"
        );
        Say($"refused for a limit {org.Limits.Refusals + organization.Quota.Refusals, 6}");
    }

    // Where Spaces are in use, lists have a limit of their own. It takes small pages to reach it.
    private static async Task ListsAsync(string folder, Manners manners)
    {
        var clock = new SwiftClock();
        await using var organization = await OrganizationAsync(folder, clock);
        organization.Quota.ListsWithSpaces = 10;
        organization.PageSize = 4;
        using (var source = Source(organization, manners, clock))
        using (var writer = new RecordingWriter(Path.Combine(folder, "lists")))
        {
            await source.CollectAsync(writer, new Redactor(), CancellationToken.None);
        }

        var lists = organization
            .Reads.Where(request => request.Path.Split('/') is [_, _, _, _, "apis" or "apiproducts" or "sharedflows"])
            .Select(request => request.At)
            .ToArray();
        var took = (lists.Max() - lists.Min()).TotalSeconds;
        var least = Least(lists.Length, organization.Quota.ListsWithSpaces.Value, manners.Share);
        Say(
            $"lists with Spaces {took, 8:F1} s    {took / least:F2} of the least that the limits allow ({lists.Length} requests, {least:F0} s); {organization.Quota.Refusals} refused"
        );
    }

    private static async Task<ApigeeSimulator> OrganizationAsync(string folder, TimeProvider clock) =>
        await ApigeeSimulator.StartAsync(Path.Combine(folder, "estate", "apigee", GeneratedEstate.Organization), clock);

    private static ApigeeSource Source(ApigeeSimulator organization, Manners manners, TimeProvider clock) =>
        new(
            new ApigeeConnection
            {
                Organization = GeneratedEstate.Organization,
                Tokens = new ReadyToken(new Secret(organization.Identity.AccessToken!), quotaProject: null),
                Endpoint = organization.Server.Origin,
                KeyValueMapValues = true,
                AppCredentials = true,
            },
            manners,
            clock,
            null
        );

    // The agreed share of a bucket is free at once; every further one comes a window later.
    private static double Least(int requests, double size, double share) =>
        Math.Max(0, Math.Ceiling(requests / Math.Floor(size * share)) - 1);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
