using System.Globalization;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Simulators;

namespace Auditor.Benchmarks;

/// <summary>
/// Collects a generated Okta org over HTTP. How long that takes is decided by the org's rate limits and not by the machine, so what is measured is the time by the org's
/// clock against the least that the limits allow, and the processor time per request.
/// </summary>
internal static class OktaBenchmark
{
    public static async Task RunAsync(GeneratedOrg org)
    {
        var folder = Directory.CreateTempSubdirectory("auditor-bench-okta-").FullName;
        try
        {
            var clock = new SwiftClock();
            var manners = new Manners { Deadline = SwiftClock.Deadline };
            await using var simulator = await OktaSimulator.StartAsync(org.Write(folder), clock);
            var before = Environment.CpuUsage.TotalTime;
            var begun = clock.GetTimestamp();
            int requests;
            using (
                var source = new OktaSource(
                    new OktaConnection
                    {
                        Url = OktaConnection.Address(simulator.Server.Origin.GetLeftPart(UriPartial.Authority), allowLoopback: true),
                        Credential = new OktaCredential.ApiToken(new Secret(simulator.Tokens.ApiToken!)),
                    },
                    manners,
                    clock,
                    null
                )
            )
            using (var writer = new RecordingWriter(Path.Combine(folder, "recording")))
            {
                await source.CollectAsync(writer, new Redactor(), CancellationToken.None);
                writer.Finish(clock.GetUtcNow());
                requests = source.Requests;
            }

            var took = clock.GetElapsedTime(begun).TotalMinutes;
            var processor = Environment.CpuUsage.TotalTime - before;
            var formula = org.Requests.Values.Sum() + org.PublicRequests;
            Say(
                $"{org.Servers} servers x {org.Policies} policies, {org.Apps} apps of which {org.ServiceApps} service apps, {org.Groups} groups; at most {manners.Share:P0} of each limit"
            );
            Say($"requests          {requests, 8}      {(double)requests / formula:F2} of the formula's {formula}");
            foreach (var (bucket, count) in org.Requests)
            {
                Say(
                    $"  {bucket, -20} {count, 5} of {simulator.Limits.Sizes[bucket]} a minute: {Least(simulator, bucket, count, manners):F1} min"
                );
            }

            var least = org.Requests.Max(bucket => Least(simulator, bucket.Key, bucket.Value, manners));
            Say($"by the org's clock{took, 8:F1} min  {took / least:F2} of the least that the limits allow ({least:F1} min)");
            Say($"refused for a limit {simulator.Limits.Refusals, 6}");
            Say($"processor, both sides {processor.TotalMilliseconds / requests, 4:F2} ms per request");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The first share is free at once; every further one comes a minute later.
    private static double Least(OktaSimulator simulator, string bucket, int count, Manners manners) =>
        Math.Max(0, Math.Ceiling(count / Math.Floor(simulator.Limits.Sizes[bucket] * manners.Share)) - 1);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
