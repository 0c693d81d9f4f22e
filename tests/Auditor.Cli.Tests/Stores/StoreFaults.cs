using System.Globalization;
using Auditor.History.Comparison;
using Auditor.History.Store;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Stores;

/// <summary>
/// What becomes of a store and of an audit when something goes wrong at the worst moment, tried with the real program: the runs of before are intact, a run is kept whole or not at all,
/// and an audit that is alive prints its report, one clear line, and the code that pipelines are written against.
/// </summary>
public abstract class StoreFaults : IDisposable
{
    private const int Killed = 128 + 9;

    // A program start for each of some hundred writes takes minutes: all of them are tried where AUDITOR_EVERY_WRITE is set, and some of them elsewhere.
    private static readonly bool EveryWrite = Environment.GetEnvironmentVariable("AUDITOR_EVERY_WRITE") is { Length: > 0 };

    private readonly TemporaryFolder folder = new();

    /// <summary>The current folder of the program, with the estates 'first' and 'second'.</summary>
    protected string Folder => folder.Path;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_that_is_killed_at_any_write_has_kept_its_run_whole_or_not_at_all()
    {
        FaultLibrary.Require();
        await FirstNightAsync("template");
        var (writes, code) = await CountAsync("template", "second");
        Assert.InRange(writes, 10, 400);
        Assert.Equal(0, code);
        var outcomes = new bool?[writes];
        await Parallel.ForEachAsync(
            Enumerable.Range(1, writes).Where(write => EveryWrite || write % Step == 1 || write == writes),
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancel },
            async (write, _) =>
            {
                var store = string.Create(CultureInfo.InvariantCulture, $"killed{write}");
                Copy("template", store);
                var run = await AuditAsync(store, "second", FaultLibrary.At(Fault(store), "kill", write));
                Assert.Equal(Killed, run.Code);
                outcomes[write - 1] = await IsWholeAsync(store) == 2;
            }
        );

        // From the write on that commits, the run is there; before it, it is not.
        var tried = outcomes.OfType<bool>().ToList();
        var committed = tried.IndexOf(true);
        Assert.InRange(committed, 1, tried.Count - 1);
        Assert.All(tried.Skip(committed), Assert.True);
    }

    [Fact]
    public async Task A_program_that_is_killed_while_it_makes_a_store_has_made_it_or_not()
    {
        FaultLibrary.Require();
        Prepare();
        Create("counted");
        var log = Path.Combine(Folder, "writes");
        await AuditAsync("counted", "first", FaultLibrary.At(Fault("counted"), "count", 0, log));
        var writes = (int)new FileInfo(log).Length;
        await Parallel.ForEachAsync(
            Enumerable.Range(1, writes).Where(write => write % 17 == 1),
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancel },
            async (write, _) =>
            {
                var store = string.Create(CultureInfo.InvariantCulture, $"made{write}");
                Create(store);
                Assert.Equal(Killed, (await AuditAsync(store, "first", FaultLibrary.At(Fault(store), "kill", write))).Code);
                var again = await AuditAsync(store, "first", null);
                Assert.Equal((0, ""), (again.Code, again.Error));
                await using var opened = await OpenAsync(store);
                Assert.InRange((await opened.RunsAsync("default", 10, Cancel)).Length, 1, 2);
            }
        );
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_left_alone_and_the_report_is_printed()
    {
        await FirstNightAsync("newer");
        await ExecuteAsync("newer", "UPDATE meta SET value = '99' WHERE name = 'schema'");
        var run = await AuditAsync("newer", "second", null);
        FailsAtTheStore(run, "was written by a newer version of auditor (schema 99");
        var history = await AuditorProgram.RunAsync(Folder, ["history", "--store", Location("newer")]);
        AuditorProgram.EndsWithOneLine(history, 2, "was written by a newer version of auditor (schema 99");
        await ExecuteAsync(
            "newer",
            string.Create(CultureInfo.InvariantCulture, $"UPDATE meta SET value = '{SchemaVersion}' WHERE name = 'schema'")
        );
        Assert.Equal(1, await IsWholeAsync("newer"));
    }

    [Fact]
    public virtual async Task A_store_that_another_program_holds_is_waited_for_and_then_told_of()
    {
        await FirstNightAsync("held");
        await using (await HoldAsync("held"))
        {
            FailsAtTheStore(await AuditAsync("held", "second", null), "is locked by another program; try again when it has finished");
        }

        Assert.Equal(1, await IsWholeAsync("held"));
        Assert.Equal(0, (await AuditAsync("held", "second", null)).Code);
        Assert.Equal(2, await IsWholeAsync("held"));
    }

    [Fact]
    public async Task Four_audits_at_once_are_all_kept()
    {
        Prepare();
        Create("shared");
        var others = Enumerable.Range(1, 4).Select(i => string.Create(CultureInfo.InvariantCulture, $"estate {i}")).ToArray();
        var runs = await Task.WhenAll(others.Select(series => AuditAsync("shared", "first", null, "--series", series)));
        Assert.All(runs, run => Assert.Equal((0, ""), (run.Code, run.Error)));
        runs = await Task.WhenAll(others.Select(_ => AuditAsync("shared", "second", null, "--wait", "3m")));
        Assert.All(runs, run => Assert.Equal((0, ""), (run.Code, run.Error)));
        await using var store = await OpenAsync("shared");
        Assert.Equal([4, 3, 2, 1], (await store.RunsAsync("default", 10, Cancel)).Select(run => run.Number));
        Assert.Equal(["default", .. others], await store.SeriesAsync(Cancel));
        foreach (var series in others)
        {
            Assert.Equal(1, Assert.Single(await store.RunsAsync(series, 10, Cancel)).Number);
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => folder.Dispose();

    /// <summary>The newest schema.</summary>
    protected const int SchemaVersion = 3;

    /// <summary>Of how many writes one is tried where not all of them are.</summary>
    protected virtual int Step => 4;

    /// <summary>How the command line names a store.</summary>
    protected abstract string Location(string store);

    /// <summary>Makes room for a store that is not there yet.</summary>
    protected abstract void Create(string store);

    /// <summary>Copies a store.</summary>
    protected abstract void Copy(string from, string to);

    /// <summary>What a fault of a store is injected by.</summary>
    protected abstract (string Name, string Value) Fault(string store);

    /// <summary>Runs a statement in a store.</summary>
    protected abstract Task ExecuteAsync(string store, string sql);

    /// <summary>Holds a store as another program would that writes.</summary>
    protected abstract Task<IAsyncDisposable> HoldAsync(string store);

    protected void Prepare()
    {
        // A small estate: what counts is how often a store is written, and not how much.
        foreach (var (path, text) in Inputs.Bundle)
        {
            folder.Write("first/" + path, text);
            folder.Write("second/" + path, text.Replace("/ping", "/pong", StringComparison.Ordinal));
        }
    }

    protected void Write(string path, string text) => folder.Write(path, text);

    protected async Task FirstNightAsync(string store)
    {
        Prepare();
        Create(store);
        var run = await AuditAsync(store, "first", null);
        Assert.Equal((0, ""), (run.Code, run.Error));
    }

    protected Task<Run> AuditAsync(string store, string estate, IReadOnlyDictionary<string, string>? environment, params string[] more) =>
        AuditorProgram.RunAsync(Folder, ["audit", estate, "--store", Location(store), .. more], environment);

    /// <summary>How many writes a night takes, and how it ends.</summary>
    protected async Task<(int Writes, int Code)> CountAsync(string template, string estate)
    {
        Copy(template, "counted");
        var log = Path.Combine(Folder, "writes");
        var run = await AuditAsync("counted", estate, FaultLibrary.At(Fault("counted"), "count", 0, log));
        return ((int)new FileInfo(log).Length, run.Code);
    }

    /// <summary>Makes sure that a store's runs are whole: each with its estate, its findings and its document, and the next one can be added.</summary>
    /// <returns>How many there are.</returns>
    protected async Task<int> IsWholeAsync(string store)
    {
        await using var opened = await OpenAsync(store);
        var runs = await opened.RunsAsync("default", 10, Cancel);
        Assert.Equal(Enumerable.Range(1, runs.Length).Reverse(), runs.Select(run => run.Number));
        foreach (var run in runs)
        {
            var state = await opened.StateAsync(run, Cancel);
            Assert.InRange(state.Entities.Length, 2, 50);
            Assert.NotNull(await opened.DocumentAsync(run, Cancel));
        }

        if (runs.Length == 2)
        {
            var changes = SnapshotComparison
                .Compare(
                    await opened.StateAsync(runs[1], Cancel),
                    await opened.StateAsync(runs[0], Cancel),
                    ChangeIgnores.None,
                    ChangeLog.None
                )
                .Changes;
            Assert.NotEmpty(changes);
        }

        return runs.Length;
    }

    protected Task<HistoryStore> OpenAsync(string store) =>
        HistoryStore.OpenAsync(StoreLocation.Parse(Location(store), Folder), new SwiftClock(), Cancel);

    /// <summary>Makes sure that an audit printed its report, one line about the store, and ended as incomplete.</summary>
    protected static void FailsAtTheStore(Run run, string says)
    {
        Assert.Equal(4, run.Code);
        Assert.Contains(says, Assert.Single(run.Complaints), StringComparison.Ordinal);
        Assert.Contains("incomplete", run.Output, StringComparison.Ordinal);
        Assert.Contains("history: the store", run.Output, StringComparison.Ordinal);
        AuditorProgram.IsClean(run);
    }
}
