using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Rules;
using Auditor.Simulators;

namespace Auditor.Benchmarks;

/// <summary>
/// Keeps the nights of a generated estate in a store, each with one change per hundred entities: how much processor time a night takes, how large the store becomes, and what it takes to
/// compare any two nights. The documents of the runs are measured in a store of their own, since to write them is work of the audit: every night is one, by all the rules.
/// </summary>
internal static class HistoryBenchmark
{
    // A proxy of the generated estate is this many entities.
    private const int EntitiesPerBundle = 23;

    // Nights that are timed as a whole.
    private const int Measured = 20;

    private static readonly DateTimeOffset FirstNight = new(2026, 1, 1, 2, 0, 0, TimeSpan.Zero);

    public static async Task RunAsync(int entities, int nights, int documents)
    {
        var folder = Directory.CreateTempSubdirectory("auditor-bench-history-").FullName;
        try
        {
            var bundles = GeneratedBundle.Write(Path.Combine(folder, "estate"), (entities + EntitiesPerBundle - 1) / EntitiesPerBundle);
            var input = await new InputReader(new Redactor()).ReadAsync([bundles], folder, CancellationToken.None);
            await NightsAsync(Path.Combine(folder, "nights.db"), input.Landscape, nights);
            await DocumentsAsync(Path.Combine(folder, "documents.db"), input, documents);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task NightsAsync(string file, Landscape landscape, int nights)
    {
        var random = new Random(1);
        var times = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        Snapshot? state = null;
        var location = StoreLocation.Parse(file, Path.GetTempPath());
        var whole = new List<double>();
        for (var night = 0; night < nights; night++)
        {
            await using var store = await HistoryStore.OpenAsync(location, new SwiftClock(), CancellationToken.None);
            var begun = Environment.CpuUsage.TotalTime;
            // It takes as long every night, and is measured in the first.
            var built =
                night < Measured ? Timed("snapshot of the landscape", () => SnapshotBuilder.Build(landscape, [], "this run")) : state!;
            // What the estate would say tonight: the landscape itself stands still.
            state = night == 0 ? built : Changed(state!, random, night);
            // As every audit, this one has read its entities anew, and knows nothing of them from before.
            state = state with
            {
                Entities = [.. state.Entities.Select(entity => entity with { })],
            };
            if ((await store.RunsAsync("bench", 1, CancellationToken.None)).FirstOrDefault() is { } last)
            {
                var past = await TimedAsync("read the night before", () => store.PastAsync(last, CancellationToken.None));
                var before = Timed("open it", () => past.Open(state));
                var changes = Timed("compare", () => Compare(before, state)).Changes;
                if (changes.IsEmpty)
                {
                    throw new InvalidOperationException("A night without changes measures nothing.");
                }
            }

            await TimedAsync("keep", () => store.AddAsync(new RunRecord(Run(night), state, []), CancellationToken.None));
            if (night < Measured)
            {
                whole.Add(Since(begun));
            }
        }

        Console.WriteLine($"{state!.Entities.Length} entities, {nights} nights, 1 % changes a night");
        foreach (var (what, all) in times)
        {
            Console.WriteLine($"{what, -32} {Median(all), 8:F0} ms");
        }

        Console.WriteLine($"{"a night, all of these", -32} {Median(whole), 8:F0} ms   (at most 2,000)");
        Console.WriteLine($"{"the first night", -32} {whole[0], 8:F0} ms");
        Console.WriteLine($"{"store", -32} {Megabytes(file), 8:F1} MB   (at most 150 for 400 nights)");
        await using (var looked = await HistoryStore.OpenAsync(location, new SwiftClock(), CancellationToken.None))
        {
            var runs = await looked.RunsAsync("bench", int.MaxValue, CancellationToken.None);
            var pairs = Enumerable.Range(0, 9).Select(_ => (runs[random.Next(runs.Length)], runs[random.Next(runs.Length)])).ToList();
            var (compared, waited) = (new List<double>(), new List<double>());
            foreach (var (left, right) in pairs.Append((runs[^1], runs[0])))
            {
                await using var store = await HistoryStore.OpenAsync(location, new SwiftClock(), CancellationToken.None);
                var begun = Environment.CpuUsage.TotalTime;
                var clock = Stopwatch.GetTimestamp();
                _ = Compare(await store.StateAsync(left, CancellationToken.None), await store.StateAsync(right, CancellationToken.None));
                compared.Add(Since(begun));
                waited.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            }

            Console.WriteLine(
                $"{"any two nights compared", -32} {Median(compared), 8:F0} ms, at most {compared.Max():F0}; {Median(waited):F0} by the clock   (at most 1,000)"
            );
        }

        T Timed<T>(string what, Func<T> action)
        {
            var begun = Environment.CpuUsage.TotalTime;
            var result = action();
            Add(what, begun);
            return result;
        }

        async Task<T> TimedAsync<T>(string what, Func<Task<T>> action)
        {
            var begun = Environment.CpuUsage.TotalTime;
            var result = await action();
            Add(what, begun);
            return result;
        }

        void Add(string what, TimeSpan begun)
        {
            if (!times.TryGetValue(what, out var all))
            {
                times[what] = all = [];
            }

            all.Add(Since(begun));
        }
    }

    private static async Task DocumentsAsync(string file, Input input, int nights)
    {
        var rules = RuleCatalog.All.Select(rule => (rule, new RuleDescription(rule.Info, "", []))).ToArray();
        var random = new Random(2);
        var state = SnapshotBuilder.Build(input.Landscape, [], "this run");
        var (raw, keep, read) = (0L, new List<double>(), new List<double>());
        await using var store = await HistoryStore.OpenAsync(
            StoreLocation.Parse(file, Path.GetTempPath()),
            new SwiftClock(),
            CancellationToken.None
        );
        var first = 0.0;
        for (var night = 0; night < nights; night++)
        {
            var before = state;
            state = Changed(state, random, night);
            var run = AuditEngine.Run(
                input.Landscape,
                input.Texts.Find,
                rules,
                new AuditOptions(),
                FirstNight.AddDays(night),
                null,
                CancellationToken.None,
                (_, _) => Compare(before, state)
            );
            var document = RunDocument.Write(run);
            raw += document.Length;
            var begun = Environment.CpuUsage.TotalTime;
            var kept = await store.AddAsync(
                new RunRecord(Run(night), state with { Entities = [] }, []) { Document = document },
                CancellationToken.None
            );
            keep.Add(Since(begun));
            begun = Environment.CpuUsage.TotalTime;
            var again = await store.DocumentAsync(kept, CancellationToken.None);
            read.Add(Since(begun));
            if (!document.AsSpan().SequenceEqual(again))
            {
                throw new InvalidOperationException("A document did not come back as it was kept.");
            }

            first = night == 0 ? Megabytes(file) : first;
        }

        Console.WriteLine($"\ndocuments of {nights} runs, {raw / 1024.0 / 1024 / nights:F1} MB each");
        Console.WriteLine($"{"keep one", -32} {Median(keep), 8:F0} ms");
        Console.WriteLine($"{"read one", -32} {Median(read), 8:F0} ms, at most {read.Max():F0}");
        Console.WriteLine($"{"the first", -32} {first, 8:F2} MB");
        Console.WriteLine($"{"every other", -32} {(Megabytes(file) - first) / (nights - 1), 8:F2} MB");
    }

    private static EstateComparison Compare(Snapshot before, Snapshot after) =>
        SnapshotComparison.Compare(before, after, ChangeIgnores.None, ChangeLog.None);

    private static Snapshot Changed(Snapshot state, Random random, int night)
    {
        var entities = state.Entities.ToArray();
        for (var i = 0; i < entities.Length / 100; i++)
        {
            var at = random.Next(entities.Length);
            var fields = entities[at].Fields;
            var field = fields.ToList().FindIndex(one => one.Semantics == FieldSemantics.Scalar);
            if (field >= 0)
            {
                var value = string.Create(CultureInfo.InvariantCulture, $"value of night {night}, {random.Next()}");
                entities[at] = entities[at] with { Fields = fields.SetItem(field, fields[field] with { Items = [new FieldItem(value)] }) };
            }
        }

        return state with
        {
            Entities = [.. entities],
        };
    }

    private static StoredRun Run(int night) =>
        new()
        {
            Series = "bench",
            Number = 0,
            Started = FirstNight.AddDays(night),
            Finished = FirstNight.AddDays(night).AddMinutes(5),
            Captured = FirstNight.AddDays(night),
            ToolVersion = "1.0.0",
            Rules = "r",
            ExitCode = 0,
        };

    private static double Megabytes(string file) =>
        new[] { file, file + "-wal" }.Where(File.Exists).Sum(one => new FileInfo(one).Length) / 1024.0 / 1024;

    // The machine is shared: what counts is the work, all threads together, and not how long others let it wait.
    private static double Since(TimeSpan begun) => (Environment.CpuUsage.TotalTime - begun).TotalMilliseconds;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
