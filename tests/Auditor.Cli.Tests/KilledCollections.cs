using System.Diagnostics;
using System.Security.Cryptography;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Cli.Tests;

#pragma warning disable RS0030 // These tests are about the program as a process.

/// <summary>
/// A collection that is killed leaves the recording of the night before and a cache of which every file is whole, and the next one is as if nothing had been. The point
/// of a kill is a request: it is never answered, so that no run ends before its kill.
/// </summary>
public sealed class KilledCollections
{
    private const int Lanes = 2;
    private const int PointsOfALane = 10;

    private static readonly string[] Collect = ["collect", "--quiet", "--include", "kvm-values,app-credentials"];

    [Fact]
    public Task At_whichever_request_it_is_killed_nothing_that_was_there_suffers() =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(LaneAsync));

    private static async Task LaneAsync(int lane)
    {
        await using var estate = await SimulatedEstate.SampleAsync("meridian");
        await SucceedsAsync(estate, "yesterday");
        var yesterday = Files(estate, "yesterday");

        // Overnight something changed, so that the two recordings can be told apart.
        estate.Apigee.Put("environments/prod/targetservers/ts-orders.json", """{"name":"ts-orders","host":"moved.internal","port":443}""");
        await SucceedsAsync(estate, "undisturbed");
        var undisturbed = Files(estate, "undisturbed", "recording.json");
        Assert.False(Same(Files(estate, "yesterday", "recording.json"), undisturbed));
        var cached = Cached(estate);
        Assert.NotEmpty(cached);

        var requests = estate.Asked;
        EmptyCache(estate);
        await SucceedsAsync(estate, "undisturbed");
        requests = estate.Asked - requests;
        Assert.True(requests > 100, $"{requests} requests");

        var random = new Random(20_261_120 + lane);
        for (var i = 0; i < PointsOfALane; i++)
        {
            // By turns with an empty cache and with a full one, for which fewer requests are made.
            var isEmpty = i % 2 == 0;
            var point = random.Next(1, isEmpty ? requests : requests - cached.Count);
            if (isEmpty)
            {
                EmptyCache(estate);
            }

            Restore(estate, yesterday);
            // The first kill comes while bundles are being kept, of which the first is there.
            var isFirst = i == 0;
            await KillAsync(
                estate,
                isFirst
                    ? (4, request => request.Query["format"] == "bundle", () => Cached(estate).Count > 0)
                    : (point, request => !GoogleIdentity.IsForToken(request.Path.Value!), () => true)
            );
            var where = $"lane {lane}, kill {i}, at request {point} of {requests}";
            Assert.True(Same(yesterday, Files(estate, "recording")), where + ": the recording of yesterday is not what it was");
            Assert.Single(Left(estate));
            Assert.Superset(Cached(estate), cached);
            if (isFirst)
            {
                Assert.InRange(Cached(estate).Count, 1, cached.Count - 1);
            }

            await SucceedsAsync(estate, "recording");
            Assert.True(
                Same(undisturbed, Files(estate, "recording", "recording.json")),
                where + ": the next run differs from an undisturbed one"
            );
            Assert.Empty(Left(estate));
            Assert.Equal(cached, Cached(estate));
        }
    }

    private static async Task SucceedsAsync(SimulatedEstate estate, string output)
    {
        var run = await estate.RunAsync([.. Collect, "--out", output]);
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
    }

    private static async Task KillAsync(SimulatedEstate estate, (int Number, Func<HttpRequest, bool> Hits, Func<bool> IsTime) point)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var silence = new Fault(
            "no answer any more",
            (context, _) =>
            {
                reached.TrySetResult();
                return Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        var seen = 0;
        var servers = estate.Okta.Select(org => org.Server).Append(estate.Apigee.Server).ToArray();
        foreach (var server in servers)
        {
            server.Faults.Add(request => point.Hits(request) && Interlocked.Increment(ref seen) == point.Number, silence);
        }

        var run = await AuditorProgram.RunAsync(
            estate.Work,
            [.. Collect, "--out", "recording"],
            estate.With(),
            async process =>
            {
                var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
                await Task.WhenAny(reached.Task, ended);
                while (!process.HasExited && !point.IsTime())
                {
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                }

                Assert.False(process.HasExited, "it ended before the kill");
                process.Kill();
            }
        );
        Assert.Equal((137, ""), (run.Code, run.Output));
        foreach (var server in servers)
        {
            server.Faults.Clear();
        }
    }

    private static void EmptyCache(SimulatedEstate estate) => Directory.Delete(Path.Combine(estate.Cache, "bundles"), recursive: true);

    private static void Restore(SimulatedEstate estate, SortedDictionary<string, byte[]> recording)
    {
        var folder = Path.Combine(estate.Work, "recording");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var (path, content) in recording)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }
    }

    // What a kill left beside the recording.
    private static string[] Left(SimulatedEstate estate) => Directory.GetFileSystemEntries(estate.Work, "recording.partial-*");

    // The bundles in the cache by their names, each of which tells the digest of its content: one that is not whole is found.
    private static HashSet<string> Cached(SimulatedEstate estate)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var folder = Path.Combine(estate.Cache, "bundles");
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.zip", SearchOption.AllDirectories) : [])
        {
            var name = Path.GetFileNameWithoutExtension(file);
            Assert.Equal(
                name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..],
                Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))
            );
            names.Add(name);
        }

        return names;
    }

    private static SortedDictionary<string, byte[]> Files(SimulatedEstate estate, string recording, string except = "")
    {
        var folder = Path.Combine(estate.Work, recording);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, file);
            if (path != except)
            {
                files[path] = File.ReadAllBytes(file);
            }
        }

        return files;
    }

    private static bool Same(SortedDictionary<string, byte[]> one, SortedDictionary<string, byte[]> other) =>
        one.Count == other.Count
        && one.All(file => other.TryGetValue(file.Key, out var content) && content.AsSpan().SequenceEqual(file.Value));
}
#pragma warning restore RS0030
