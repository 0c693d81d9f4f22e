using System.Collections.Immutable;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Testing;
using Microsoft.Data.Sqlite;

namespace Auditor.History.Tests;

/// <summary>What a store promises, in a file. <see cref="PostgresStores"/> promises the same.</summary>
public class Stores : IDisposable
{
    private readonly TemporaryFolder folder = new();

    protected virtual string Location => Path.Combine(folder.Path, "auditor.db");

    [Fact]
    public async Task A_state_comes_back_as_it_was_kept()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        await using var store = await OpenAsync();
        var run = await store.AddAsync(Record(state), Cancel);
        var kept = await store.StateAsync(run, Cancel);
        Assert.Equal(1, run.Number);
        Assert.Equal(state.Entities.Length, kept.Entities.Length);
        Assert.Empty(Estates.Compare(kept, state).Changes);
        Assert.Equal(state.Parts, kept.Parts);
    }

    [Fact]
    public async Task Any_two_nights_are_compared_as_they_were()
    {
        var nights = new List<Snapshot> { Estates.Snapshot(Estates.Meridian) };
        var random = new Random(7);
        var landscape = Estates.Meridian;
        await using (var store = await OpenAsync())
        {
            await store.AddAsync(Record(nights[0]), Cancel);
            for (var night = 1; night < 6; night++)
            {
                landscape = Mutation.All[random.Next(Mutation.All.Length)].Apply(landscape, random) ?? landscape;
                nights.Add(Estates.Snapshot(landscape));
                await store.AddAsync(Record(nights[^1]), Cancel);
            }
        }

        await using var again = await OpenAsync();
        var runs = await again.RunsAsync("nightly", 100, Cancel);
        Assert.Equal([6, 5, 4, 3, 2, 1], runs.Select(run => run.Number));
        foreach (var left in runs)
        {
            foreach (var right in runs)
            {
                Assert.Equal(
                    Keys(Estates.Compare(nights[left.Number - 1], nights[right.Number - 1])),
                    Keys(Estates.Compare(await again.StateAsync(left, Cancel), await again.StateAsync(right, Cancel)))
                );
            }
        }

        static IEnumerable<string> Keys(EstateComparison comparison) =>
            comparison.Changes.Select(change => $"{change.Key} {change.Status} {change.Cause}");
    }

    [Fact]
    public async Task What_a_night_could_not_list_stands_as_it_was_known()
    {
        var full = Estates.Meridian;
        var denied = full with
        {
            Okta = full.Okta.SetItem(0, full.Okta[0] with { Apps = new Collected<Model.Okta.OktaApp>([], new Coverage.Denied("403")) }),
        };
        await using var store = await OpenAsync();
        await store.AddAsync(Record(Estates.Snapshot(full)), Cancel);
        var second = await store.AddAsync(Record(Estates.Snapshot(denied)), Cancel);
        var known = await store.StateAsync(second, Cancel);
        Assert.Equal(full.Okta.Sum(org => org.Apps.Count), known.Entities.Count(entity => entity.Kind == "client"));
        Assert.Empty(Estates.Compare(known, Estates.Snapshot(full)).Changes);
    }

    [Fact]
    public async Task Findings_appear_and_vanish_with_their_runs()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var first = new StoredFinding("f1", "AUD-001", "error", "one", "a.xml:1:1", 0, null);
        var second = new StoredFinding("f2", "POL-001", "warning", "two", "b.xml:1:1", 0, null);
        await using var store = await OpenAsync();
        await store.AddAsync(Record(state, first), Cancel);
        await store.AddAsync(Record(state, first, second), Cancel);
        await store.AddAsync(Record(state, second), Cancel);
        var findings = await store.FindingsAsync("nightly", 1, Cancel);
        Assert.Equal(
            [("f1", 1, 3), ("f2", 2, (int?)null)],
            findings.Select(finding => (finding.Fingerprint, finding.FirstRun, finding.UntilRun))
        );
    }

    [Fact]
    public async Task Two_runs_of_a_series_do_not_overlap()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        var claim = await store.ClaimAsync("nightly", Cancel);
        Assert.NotNull(claim);
        Assert.Null(await other.ClaimAsync("nightly", Cancel));
        await using (var elsewhere = await other.ClaimAsync("other", Cancel))
        {
            Assert.NotNull(elsewhere);
        }

        await claim.DisposeAsync();
        await using var next = await other.ClaimAsync("nightly", Cancel);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task The_changes_of_every_run_are_counted()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var after = Estates.Snapshot(Mutation.All[0].Apply(Estates.Meridian, new Random(1))!);
        await using var store = await OpenAsync();
        foreach (var state in (Snapshot[])[before, before, after, before])
        {
            await store.AddAsync(Record(state), Cancel);
        }

        var changes = await store.ChangesAsync("nightly", Cancel);
        Assert.Equal([(3, 1), (4, 1)], changes.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public async Task What_a_rule_found_stays_when_it_did_not_run()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        var finding = new StoredFinding("f1", "AUD-001", "error", "m", "p", 0, null);
        await using var store = await OpenAsync();
        await store.AddAsync(Record(state, finding), Cancel);
        await store.AddAsync(Record(state) with { Rules = ["SCP-001"] }, Cancel);
        Assert.Null(Assert.Single(await store.FindingsAsync("nightly", 1, Cancel)).UntilRun);
        await store.AddAsync(Record(state) with { Rules = ["SCP-001", "AUD-001"] }, Cancel);
        Assert.Equal(3, Assert.Single(await store.FindingsAsync("nightly", 1, Cancel)).UntilRun);
    }

    [Fact]
    public async Task Secrets_of_another_key_are_not_compared_and_that_is_told()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        Assert.Contains(state.Entities, entity => entity.HasSecrets);
        await using var store = await OpenAsync();
        var run = await store.AddAsync(Record(state with { RedactionKey = "k1" }), Cancel);
        var kept = await store.StateAsync(run, Cancel);
        Assert.Equal("k1", kept.RedactionKey);
        var other = state with
        {
            RedactionKey = "k2",
            Entities =
            [
                .. state.Entities.Select(entity =>
                    entity with
                    {
                        Fields =
                        [
                            .. entity.Fields.Select(field =>
                                field with
                                {
                                    Items = [.. field.Items.Select(item => item.IsSecret ? item with { Text = item.Text + "2" } : item)],
                                }
                            ),
                        ],
                    }
                ),
            ],
        };
        Assert.NotEmpty(Estates.Compare(kept, other with { RedactionKey = "k1" }).Changes);
        var comparison = Estates.Compare(kept, other);
        Assert.Empty(comparison.Changes);
        Assert.Equal("secrets", Assert.Single(comparison.NotAssessed).Part);
    }

    [Fact]
    public async Task Four_writers_at_once_lose_nothing()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        await (await OpenAsync()).DisposeAsync();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(writer =>
                    Task.Run(
                        async () =>
                        {
                            await using var store = await OpenAsync();
                            for (var i = 0; i < 5; i++)
                            {
                                await store.AddAsync(
                                    Record(state, new StoredFinding($"w{writer}-{i}", "AUD-001", "error", "m", "p", 0, null)),
                                    Cancel
                                );
                            }
                        },
                        Cancel
                    )
                )
        );
        await using var after = await OpenAsync();
        var runs = await after.RunsAsync("nightly", 100, Cancel);
        Assert.Equal(Enumerable.Range(1, 20).Reverse(), runs.Select(run => run.Number));
        Assert.Equal(20, (await after.FindingsAsync("nightly", 1, Cancel)).Length);
    }

    [Fact]
    public async Task Forgetting_keeps_what_later_runs_need()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var after = Estates.Snapshot(Mutation.All[0].Apply(Estates.Meridian, new Random(1))!);
        var day = new DateTimeOffset(2026, 11, 1, 2, 0, 0, TimeSpan.Zero);
        await using var store = await OpenAsync();
        foreach (var state in (Snapshot[])[before, before, after])
        {
            var record = Record(state);
            await store.AddAsync(record with { Run = record.Run with { Finished = day } }, Cancel);
            day = day.AddDays(1);
        }

        Assert.Equal(2, await store.ForgetAsync("nightly", day, Cancel));
        var last = Assert.Single(await store.RunsAsync("nightly", 10, Cancel));
        Assert.Empty(Estates.Compare(await store.StateAsync(last, Cancel), after).Changes);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            folder.Dispose();
        }
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static TimeProvider Clock { get; } = new SettableClock(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));

    protected Task<HistoryStore> OpenAsync() => HistoryStore.OpenAsync(StoreLocation.Parse(Location, folder.Path), Clock, Cancel);

    protected static RunRecord Record(Snapshot state, params StoredFinding[] findings) =>
        new(
            new StoredRun
            {
                Series = "nightly",
                Number = 0,
                Started = new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero),
                Finished = new DateTimeOffset(2026, 11, 20, 2, 5, 0, TimeSpan.Zero),
                ToolVersion = "1.0.0",
                Rules = "r",
                ExitCode = 0,
            },
            state,
            [.. findings]
        );
}

/// <summary>A clock that stands until it is set.</summary>
internal sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Files that are no good store.</summary>
public sealed class StoreFiles : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder.Path, "auditor.db");

    [Fact]
    public async Task A_store_is_readable_by_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are Unix's");
        await (await OpenAsync()).DisposeAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    [Fact]
    public async Task A_file_that_is_no_store_is_left_alone()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000), TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<StoreException>(OpenAsync);
        Assert.Contains("is not a history store; name another file", exception.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("UPDATE meta SET value = '99' WHERE name = 'schema'");
        var exception = await Assert.ThrowsAsync<StoreException>(OpenAsync);
        Assert.Contains("was written by a newer version of auditor (schema 99", exception.Message, StringComparison.Ordinal);
    }

    // What version 1 of the schema looked like. A released version gets its own, and none of them is ever edited.
    private const string Version1 = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO meta VALUES ('schema', '1');
        CREATE TABLE run (
            series TEXT NOT NULL, number INTEGER NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL, captured TEXT, tool TEXT NOT NULL, rules TEXT NOT NULL,
            exit_code INTEGER NOT NULL, gaps TEXT NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL, notes INTEGER NOT NULL, opens INTEGER NOT NULL,
            form INTEGER NOT NULL, PRIMARY KEY (series, number));
        CREATE TABLE blob (hash TEXT PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE entity (
            series TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, first_run INTEGER NOT NULL, until_run INTEGER, PRIMARY KEY (series, key, first_run));
        CREATE INDEX entity_hash ON entity (hash);
        CREATE TABLE part (
            series TEXT NOT NULL, part TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, first_run INTEGER NOT NULL, until_run INTEGER,
            PRIMARY KEY (series, part, first_run));
        CREATE TABLE finding (
            series TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL, place TEXT NOT NULL,
            first_run INTEGER NOT NULL, until_run INTEGER, PRIMARY KEY (series, fingerprint, level, first_run));
        CREATE TABLE claim (series TEXT PRIMARY KEY, since TEXT NOT NULL);
        INSERT INTO run VALUES ('nightly', 1, '2026-11-20T02:00:00.000Z', '2026-11-20T02:01:00.000Z', NULL, '0.1.0', 'r', 0, '', 0, 0, 0, 0, 1);
        INSERT INTO blob VALUES ('h', '{"kind":"scope","name":"n","title":"scope ''a''","part":"p","ids":[],"fields":[["Consent",0,"IMPLICIT"]]}');
        INSERT INTO entity VALUES ('nightly', 'k', 'h', 1, NULL);
        INSERT INTO part VALUES ('nightly', 'p', 'complete', NULL, 1, NULL);
        INSERT INTO finding VALUES ('nightly', 'f', 'AUD-001', 'error', 'm', 'x', 1, NULL);
        INSERT INTO claim VALUES ('nightly', '2026-11-20T02:00:00.000Z');
        """;

    public static TheoryData<string> Versions => [Version1];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_store_of_an_older_version_is_brought_up_to_date_with_all_that_it_holds(string schema)
    {
        await ExecuteAsync(schema);
        await using var store = await OpenAsync();
        var run = Assert.Single(await store.RunsAsync("nightly", 10, TestContext.Current.CancellationToken));
        var state = await store.StateAsync(run, TestContext.Current.CancellationToken);
        Assert.Equal("scope 'a'", Assert.Single(state.Entities).Title);
        Assert.Null(state.RedactionKey);
        Assert.Equal("f", Assert.Single(await store.FindingsAsync("nightly", 1, TestContext.Current.CancellationToken)).Fingerprint);
        Assert.Equal(2, (await store.AddAsync(StoreRecords.Of(state), TestContext.Current.CancellationToken)).Number);
        await using var claim = await store.ClaimAsync("nightly", TestContext.Current.CancellationToken);
        Assert.NotNull(claim);
    }

    [Fact]
    public async Task A_store_that_another_program_holds_is_said_to_be_locked()
    {
        await using var store = await HistoryStore.OpenAsync(
            StoreLocation.Parse(File, folder.Path).WithPatience(TimeSpan.FromSeconds(1)),
            new SettableClock(DateTimeOffset.UnixEpoch),
            TestContext.Current.CancellationToken
        );
        await using var holder = new SqliteConnection($"Data Source={File};Pooling=False");
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<StoreException>(() =>
            store.AddAsync(StoreRecords.Of(Estates.Snapshot(Estates.Meridian)), TestContext.Current.CancellationToken)
        );
        Assert.Contains("is locked by another program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_corrupt_store_is_said_to_be_one()
    {
        await using (var store = await OpenAsync())
        {
            await store.AddAsync(StoreRecords.Of(Estates.Snapshot(Estates.Meridian)), TestContext.Current.CancellationToken);
        }

        SqliteConnection.ClearAllPools();
        var bytes = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);
        bytes.AsSpan(4096).Fill(0xA5);
        await System.IO.File.WriteAllBytesAsync(File, bytes, TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await using var store = await OpenAsync();
            await store.RunsAsync("nightly", 10, TestContext.Current.CancellationToken);
        });
        Assert.Contains("is corrupt; restore it from a backup or start a new one", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_stopped_while_it_was_written_has_left_nothing()
    {
        var state = Estates.Snapshot(Estates.Meridian);
        await using (var store = await OpenAsync())
        {
            await store.AddAsync(StoreRecords.Of(state), TestContext.Current.CancellationToken);
            for (var delay = 0; delay < 20; delay++)
            {
                using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(delay));
                try
                {
                    await store.AddAsync(StoreRecords.Of(state with { Entities = [] }), cancellation.Token);
                }
                catch (OperationCanceledException)
                {
                    // That is what is tried here.
                }
            }
        }

        await using var after = await OpenAsync();
        foreach (var run in await after.RunsAsync("nightly", 100, TestContext.Current.CancellationToken))
        {
            var kept = await after.StateAsync(run, TestContext.Current.CancellationToken);
            Assert.True(
                kept.Entities.Length == 0 || kept.Entities.Length == state.Entities.Length,
                $"run {run.Number} holds {kept.Entities.Length} entities"
            );
        }
    }

    [Theory]
    [InlineData("postgresql://auditor:secret@db.example/auditor")]
    [InlineData("Host=db.example;Database=auditor;Username=auditor;Password=secret")]
    public void A_password_in_a_location_is_refused_without_being_repeated(string location)
    {
        var exception = Assert.Throws<StoreException>(() => StoreLocation.Parse(location, folder.Path));
        Assert.Contains("PGPASSWORD", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private Task<HistoryStore> OpenAsync() =>
        HistoryStore.OpenAsync(
            StoreLocation.Parse(File, folder.Path),
            new SettableClock(DateTimeOffset.UnixEpoch),
            TestContext.Current.CancellationToken
        );

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>Runs for stores.</summary>
internal static class StoreRecords
{
    public static RunRecord Of(Snapshot state) =>
        new(
            new StoredRun
            {
                Series = "nightly",
                Number = 0,
                Started = DateTimeOffset.UnixEpoch,
                Finished = DateTimeOffset.UnixEpoch,
                ToolVersion = "1.0.0",
                Rules = "r",
                ExitCode = 0,
            },
            state,
            ImmutableArray<StoredFinding>.Empty
        );
}
