using Auditor.History.Store;
using Auditor.Testing;
using Microsoft.Data.Sqlite;

namespace Auditor.History.Tests;

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

    [Theory]
    [MemberData(nameof(OldStores.Versions), MemberType = typeof(OldStores))]
    public async Task A_store_of_an_older_version_is_brought_up_to_date_with_all_that_it_holds(int version)
    {
        await ExecuteAsync(OldStores.Schema(version));
        await OldStores.IsUpToDateAsync(await OpenAsync());
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

    [Theory]
    [InlineData("mysql://u:secret@db.example/auditor", "'mysql://'")]
    [InlineData("http://db.example", "'http://'")]
    [InlineData("postgress://u:secret@db.example/auditor", "'postgress://'")]
    [InlineData("SQLite://auditor.db?Host=secret", "'sqlite://'")]
    [InlineData("postgresql://", "postgresql://user@host/database")]
    [InlineData("postgresql:///auditor", "names no host")]
    [InlineData("Host=;Database=auditor", "names no host")]
    public void What_is_no_address_of_a_store_is_refused_and_not_taken_for_a_file(string location, string says)
    {
        var exception = Assert.Throws<StoreException>(() => StoreLocation.Parse(location, folder.Path));
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("POSTGRESQL://auditor@db.example/auditor", true)]
    [InlineData("Postgres://auditor@db.example/auditor", true)]
    [InlineData("stores/auditor.db", false)]
    [InlineData("2026://auditor.db", false)]
    public void An_address_is_known_by_its_scheme_however_that_is_written(string location, bool isPostgres) =>
        Assert.Equal(isPostgres, StoreLocation.Parse(location, folder.Path).IsPostgres);

    [Fact]
    public async Task A_database_of_another_program_is_left_alone()
    {
        // A name of ours is not enough: many programs have a table of that name.
        await ExecuteAsync("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES ('schema', '1');");
        var before = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);
        foreach (var open in (Func<Task<HistoryStore>>[])[OpenAsync, LookAsync])
        {
            var exception = await Assert.ThrowsAsync<StoreException>(open);
            Assert.Contains("is a database of another program; name another file", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_store_that_lost_what_it_knows_of_itself_is_said_to_be_damaged()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("DELETE FROM meta");
        foreach (var open in (Func<Task<HistoryStore>>[])[OpenAsync, LookAsync])
        {
            var exception = await Assert.ThrowsAsync<StoreException>(open);
            Assert.Contains(
                "is damaged: it holds runs and no version; restore it from a backup",
                exception.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task A_store_without_a_column_of_its_own_is_said_to_be_damaged()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("ALTER TABLE run RENAME COLUMN gaps TO holes");
        await using var store = await LookAsync();
        var exception = await Assert.ThrowsAsync<StoreException>(() =>
            store.RunsAsync("nightly", 10, TestContext.Current.CancellationToken)
        );
        Assert.Contains("is damaged (", exception.Message, StringComparison.Ordinal);
        Assert.Contains("; restore it from a backup or start a new one", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_look_into_a_store_waits_for_nobody_who_writes()
    {
        await using (var store = await OpenAsync())
        {
            await store.AddAsync(StoreRecords.Of(Estates.Snapshot(Estates.Meridian)), TestContext.Current.CancellationToken);
        }

        await using var holder = new SqliteConnection($"Data Source={File};Pooling=False");
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var looked = await HistoryStore.LookAsync(
            StoreLocation.Parse(File, folder.Path).WithPatience(TimeSpan.FromSeconds(1)),
            new SettableClock(DateTimeOffset.UnixEpoch),
            TestContext.Current.CancellationToken
        );
        Assert.Single(await looked.RunsAsync("nightly", 10, TestContext.Current.CancellationToken));
    }

    public void Dispose() => folder.Dispose();

    private Task<HistoryStore> LookAsync() =>
        HistoryStore.LookAsync(
            StoreLocation.Parse(File, folder.Path),
            new SettableClock(DateTimeOffset.UnixEpoch),
            TestContext.Current.CancellationToken
        );

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
