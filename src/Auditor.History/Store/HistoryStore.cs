using System.Data.Common;
using System.Security.Cryptography;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>
/// The runs of an estate, what it looked like in each, and what was found. A run is written in one transaction when it has finished: a run that was killed has left nothing. An
/// entity is kept once for all the runs in which it stays the same. Where a run could not list all of a part, what was known of it before stands until a run lists it again.
/// </summary>
public sealed class HistoryStore : IAsyncDisposable
{
    private readonly StoreLocation location;
    private readonly DbConnection connection;
    private readonly TimeProvider clock;

    // The last state that was opened: the next one has most in common with it.
    private Snapshot? opened;

    private HistoryStore(StoreLocation location, DbConnection connection, TimeProvider clock)
    {
        this.location = location;
        this.connection = connection;
        this.clock = clock;
    }

    /// <summary>The key by which the store's redacted values are fingerprinted, so that a secret that did not change shows as that.</summary>
    public ReadOnlyMemory<byte> RedactionKey { get; private set; }

    /// <summary>Opens a store, makes it where there is none, and brings an older one up to date.</summary>
    /// <exception cref="StoreException">It cannot be opened, is corrupt, or was written by a newer version.</exception>
    public static Task<HistoryStore> OpenAsync(StoreLocation location, TimeProvider clock, CancellationToken cancellationToken) =>
        OpenAsync(location, clock, toLook: false, cancellationToken);

    /// <summary>Opens a store to look into it, which needs no right to write. What is not there yet is made, and what is older brought up to date, where it may be.</summary>
    /// <exception cref="StoreException">It cannot be opened, is corrupt, or was written by another version and cannot be brought up to date.</exception>
    public static Task<HistoryStore> LookAsync(StoreLocation location, TimeProvider clock, CancellationToken cancellationToken) =>
        OpenAsync(location, clock, toLook: true, cancellationToken);

    private static async Task<HistoryStore> OpenAsync(
        StoreLocation location,
        TimeProvider clock,
        bool toLook,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(location);
        return await StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var database = await (toLook ? location.OpenToLookAsync(cancellationToken) : location.OpenAsync(cancellationToken));
                try
                {
                    var store = new HistoryStore(location, database, clock);
                    if (!toLook || !await Migrations.IsCurrentAsync(database, cancellationToken))
                    {
                        await Migrations.ApplyAsync(database, location, cancellationToken);
                    }

                    store.RedactionKey = await store.ReadRedactionKeyAsync(cancellationToken);
                    return store;
                }
                catch
                {
                    await database.DisposeAsync();
                    throw;
                }
            }
        );
    }

    /// <summary>
    /// Claims a series for a run, so that two runs do not overlap. The claim is held by the operating system or by the database, and ends with the process that made it, however that ends.
    /// </summary>
    /// <returns>The claim, to be disposed of when the run has finished; null when another run holds it.</returns>
    public Task<IAsyncDisposable?> ClaimAsync(string series, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(location, () => SeriesClaim.TryAsync(location, connection, series, cancellationToken));

    /// <summary>The runs of a series, the latest first.</summary>
    public Task<ImmutableArray<StoredRun>> RunsAsync(string series, int limit, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var runs = ImmutableArray.CreateBuilder<StoredRun>();
                await foreach (
                    var row in RowsAsync(
                        """
                        SELECT number, started, finished, captured, tool, rules, exit_code, gaps, errors, warnings, notes, opens, form, redaction
                        FROM run WHERE series = @series ORDER BY number DESC LIMIT @limit
                        """,
                        cancellationToken,
                        ("series", series),
                        ("limit", limit)
                    )
                )
                {
                    runs.Add(
                        new StoredRun
                        {
                            Series = series,
                            Number = row.GetInt32(0),
                            Started = StoreTime.Read(row.GetString(1)),
                            Finished = StoreTime.Read(row.GetString(2)),
                            Captured = row.Text(3) is { } captured ? StoreTime.Read(captured) : null,
                            ToolVersion = row.GetString(4),
                            Rules = row.GetString(5),
                            ExitCode = row.GetInt32(6),
                            Gaps = [.. row.GetString(7).Split('\n', StringSplitOptions.RemoveEmptyEntries)],
                            Errors = row.GetInt32(8),
                            Warnings = row.GetInt32(9),
                            Notes = row.GetInt32(10),
                            Open = row.GetInt32(11),
                            Form = row.GetInt32(12),
                            RedactionKey = row.Text(13),
                        }
                    );
                }

                return runs.DrainToImmutable();
            }
        );

    /// <summary>The series of the store, ordered.</summary>
    public Task<ImmutableArray<string>> SeriesAsync(CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var series = ImmutableArray.CreateBuilder<string>();
                await foreach (var row in RowsAsync("SELECT DISTINCT series FROM run ORDER BY series", cancellationToken))
                {
                    series.Add(row.GetString(0));
                }

                return series.DrainToImmutable();
            }
        );

    /// <summary>The state of an estate in a run.</summary>
    public async Task<Snapshot> StateAsync(StoredRun run, CancellationToken cancellationToken)
    {
        opened = (await PastAsync(run, cancellationToken)).Open(opened);
        return opened;
    }

    /// <summary>The state of an estate in a run, to be opened when there is another one that it has most in common with.</summary>
    public Task<PastState> PastAsync(StoredRun run, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                ArgumentNullException.ThrowIfNull(run);
                var rows = new List<PastState.Row>();
                await foreach (
                    var row in RowsAsync(
                        "SELECT e.key, e.hash, b.body, b.packed FROM entity e JOIN blob b ON b.hash = e.hash WHERE e.series = @series AND "
                            + Valid("e"),
                        cancellationToken,
                        ("series", run.Series),
                        ("run", run.Number)
                    )
                )
                {
                    rows.Add(new PastState.Row(row.GetString(0), row.GetString(1), row.GetString(2), row.Bytes(3)));
                }

                var parts = ImmutableSortedDictionary.CreateBuilder<string, PartCoverage>(StringComparer.Ordinal);
                await foreach (
                    var row in RowsAsync(
                        "SELECT part, state, reason FROM part p WHERE series = @series AND " + Valid("p"),
                        cancellationToken,
                        ("series", run.Series),
                        ("run", run.Number)
                    )
                )
                {
                    parts[row.GetString(0)] = new PartCoverage(row.GetString(1), row.Text(2));
                }

                return new PastState(location, run, rows, parts.ToImmutable());
            }
        );

    /// <summary>The findings of a series that were there in some run from one on, ordered by when they appeared.</summary>
    public Task<ImmutableArray<StoredFinding>> FindingsAsync(string series, int fromRun, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var findings = ImmutableArray.CreateBuilder<StoredFinding>();
                await foreach (
                    var row in RowsAsync(
                        """
                        SELECT fingerprint, rule, level, message, place, first_run, until_run FROM finding
                        WHERE series = @series AND (until_run IS NULL OR until_run >= @run) ORDER BY first_run, rule, fingerprint
                        """,
                        cancellationToken,
                        ("series", series),
                        ("run", fromRun)
                    )
                )
                {
                    findings.Add(
                        new StoredFinding(
                            row.GetString(0),
                            row.GetString(1),
                            row.GetString(2),
                            row.GetString(3),
                            row.GetString(4),
                            row.GetInt32(5),
                            row.Number(6)
                        )
                    );
                }

                return findings.DrainToImmutable();
            }
        );

    /// <summary>The whole of a run as a document, from which reports can be made again; null when it was not kept.</summary>
    public Task<byte[]?> DocumentAsync(StoredRun run, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            () =>
            {
                ArgumentNullException.ThrowIfNull(run);
                return new RunDocuments(connection, run.Series).ReadAsync(run.Number, cancellationToken);
            }
        );

    /// <summary>How many entities of an estate came, went or changed in each run of a series. In the first run nothing did: there is nothing to compare it with.</summary>
    public Task<ImmutableDictionary<int, int>> ChangesAsync(string series, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var changes = ImmutableDictionary.CreateBuilder<int, int>();
                await foreach (
                    var row in RowsAsync(
                        """
                        SELECT run, COUNT(*) FROM (
                            SELECT first_run AS run, key FROM entity WHERE series = @series AND key NOT LIKE 'access/%' AND first_run > (SELECT MIN(number) FROM run WHERE series = @series)
                            UNION
                            SELECT until_run AS run, key FROM entity WHERE series = @series AND key NOT LIKE 'access/%' AND until_run IS NOT NULL
                        ) AS change GROUP BY run
                        """,
                        cancellationToken,
                        ("series", series)
                    )
                )
                {
                    changes[row.GetInt32(0)] = Convert.ToInt32(row.GetValue(1), CultureInfo.InvariantCulture);
                }

                return changes.ToImmutable();
            }
        );

    /// <summary>Adds a finished run: all of it, or nothing.</summary>
    /// <returns>The run with its number.</returns>
    public Task<StoredRun> AddAsync(RunRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        return StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var transaction = await connection.BeginTransactionAsync(location.Isolation, cancellationToken);
                await using (transaction.ConfigureAwait(false))
                {
                    var run = await new RunWriter(connection, location.IsPostgres).WriteAsync(record, cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    return run;
                }
            }
        );
    }

    /// <summary>Forgets the runs that finished before a time, and what only they hold. The last run stays, whatever its age: it is what the next one is compared with.</summary>
    /// <returns>How many runs were forgotten.</returns>
    public Task<int> ForgetAsync(string series, DateTimeOffset before, CancellationToken cancellationToken) =>
        StoreFaults.GuardAsync(
            location,
            async () =>
            {
                var transaction = await connection.BeginTransactionAsync(location.Isolation, cancellationToken);
                await using (transaction.ConfigureAwait(false))
                {
                    var forgotten = await ExecuteAsync(
                        "DELETE FROM run WHERE series = @series AND finished < @before AND number < (SELECT MAX(number) FROM run WHERE series = @series)",
                        cancellationToken,
                        ("series", series),
                        ("before", StoreTime.Text(before))
                    );
                    foreach (var table in (string[])["entity", "part", "finding"])
                    {
                        await ExecuteAsync(
                            $"DELETE FROM {table} WHERE series = @series AND until_run <= (SELECT MIN(number) FROM run WHERE series = @series)",
                            cancellationToken,
                            ("series", series)
                        );
                    }

                    // A document that stands by itself stays for those that are written as differences to it.
                    await ExecuteAsync(
                        """
                        DELETE FROM document WHERE series = @series AND number < (
                            SELECT MAX(number) FROM document WHERE series = @series AND base IS NULL
                                AND number <= (SELECT MIN(number) FROM run WHERE series = @series))
                        """,
                        cancellationToken,
                        ("series", series)
                    );
                    await ExecuteAsync(
                        "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM entity WHERE entity.hash = blob.hash)",
                        cancellationToken
                    );
                    await transaction.CommitAsync(cancellationToken);
                    return forgotten;
                }
            }
        );

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static string Valid(string table) => $"{table}.first_run <= @run AND ({table}.until_run IS NULL OR {table}.until_run > @run)";

    private async Task<byte[]> ReadRedactionKeyAsync(CancellationToken cancellationToken)
    {
        const string Kept = "SELECT value FROM meta WHERE name = 'redaction-key'";
        if (await ScalarAsync(Kept, cancellationToken) is not string key)
        {
            // Two runs may make the store at once: one key wins, and both use it.
            await ExecuteAsync(
                "INSERT INTO meta (name, value) VALUES ('redaction-key', @key) ON CONFLICT (name) DO NOTHING",
                cancellationToken,
                ("key", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)))
            );
            key = (string)(await ScalarAsync(Kept, cancellationToken))!;
        }

        return Convert.FromHexString(key);
    }

    private async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params (string Name, object Value)[] values)
    {
        var command = connection.Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken, params (string Name, object Value)[] values)
    {
        var command = connection.Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    private async IAsyncEnumerable<DbDataReader> RowsAsync(
        string sql,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken,
        params (string Name, object Value)[] values
    )
    {
        var command = connection.Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    yield return reader;
                }
            }
        }
    }
}
