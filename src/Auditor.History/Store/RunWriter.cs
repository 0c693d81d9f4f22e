using System.Data.Common;
using System.Text;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>Writes a run within a transaction: only what changed since the run before.</summary>
internal sealed class RunWriter(DbConnection connection, bool isPostgres)
{
    // Rows of one statement: far below SQLite's limit of 32,766 parameters, and few enough round trips.
    private const int Batch = 400;

    public async Task<StoredRun> WriteAsync(RunRecord record, CancellationToken cancellationToken)
    {
        var series = record.Run.Series;
        if (isPostgres)
        {
            // Runs of one series are numbered one after the other; runs of others go on.
            await RowsAsync("SELECT pg_advisory_xact_lock(hashtext(@series))", _ => true, cancellationToken, ("series", series));
        }

        var last = await RowsAsync(
            "SELECT COALESCE(MAX(number), 0) FROM run WHERE series = @series",
            row => Convert.ToInt32(row.GetValue(0), CultureInfo.InvariantCulture),
            cancellationToken,
            ("series", series)
        );
        var run = record.Run with { Number = last[0] + 1, Form = record.State.Form, RedactionKey = record.State.RedactionKey };
        await InsertAsync(
            "run",
            "series, number, started, finished, captured, tool, rules, exit_code, gaps, errors, warnings, notes, opens, form, redaction",
            [
                [
                    series,
                    run.Number,
                    StoreTime.Text(run.Started),
                    StoreTime.Text(run.Finished),
                    run.Captured is { } captured ? StoreTime.Text(captured) : DBNull.Value,
                    run.ToolVersion,
                    run.Rules,
                    run.ExitCode,
                    string.Join('\n', run.Gaps.Select(gap => gap.ReplaceLineEndings(" "))),
                    run.Errors,
                    run.Warnings,
                    run.Notes,
                    run.Open,
                    run.Form,
                    (object?)run.RedactionKey ?? DBNull.Value,
                ],
            ],
            "",
            cancellationToken
        );
        await WriteEntitiesAsync(series, run.Number, record.State, cancellationToken);
        await WritePartsAsync(series, run.Number, record.State, cancellationToken);
        await WriteFindingsAsync(series, run.Number, record, cancellationToken);
        if (record.Document is { } document)
        {
            await new RunDocuments(connection, series).WriteAsync(run.Number, document.ToArray(), cancellationToken);
        }

        return run;
    }

    private async Task WriteEntitiesAsync(string series, int run, Snapshot state, CancellationToken cancellationToken)
    {
        var known = (
            await RowsAsync(
                "SELECT e.key, e.hash FROM entity e WHERE series = @series AND until_run IS NULL",
                row => (Key: row.GetString(0), Hash: row.GetString(1)),
                cancellationToken,
                ("series", series)
            )
        ).ToDictionary(entity => entity.Key, entity => entity.Hash, StringComparer.Ordinal);
        var (rows, blobs, closed) = (new List<object[]>(), new Dictionary<string, byte[]>(StringComparer.Ordinal), new List<string>());
        var before = await KnownAsync([.. state.Entities.Where(entity => !entity.Unknown.IsEmpty)], series, cancellationToken);
        foreach (var read in state.Entities)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // What could not be read of it stands as it was known.
            var entity = before.TryGetValue(read.Key, out var earlier) ? read.With(earlier) : read;
            var hash = EntityEncoding.HashOf(entity);
            if (known.Remove(entity.Key, out var last))
            {
                if (string.Equals(last, hash, StringComparison.Ordinal))
                {
                    continue;
                }

                closed.Add(entity.Key);
            }

            blobs[hash] = EntityEncoding.BodyOf(entity);
            rows.Add([series, entity.Key, hash, run]);
        }

        closed.AddRange(await GoneAsync(known, series, state, cancellationToken));
        await CloseAsync("entity", "key", series, run, closed, cancellationToken);
        await InsertAsync(
            "blob",
            "hash, body, packed",
            [.. blobs.Select(blob => (object[])[blob.Key, "", EntityEncoding.Pack(blob.Value)])],
            " ON CONFLICT (hash) DO NOTHING",
            cancellationToken
        );
        await InsertAsync("entity", "series, key, hash, first_run", rows, "", cancellationToken);
    }

    // The entities of which not all was read, as they were known before.
    private async Task<Dictionary<string, Entity>> KnownAsync(Entity[] incomplete, string series, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, Entity>(StringComparer.Ordinal);
        foreach (var some in incomplete.Select(entity => entity.Key).Chunk(Batch))
        {
            var names = some.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"k{i}")).ToArray();
            foreach (
                var entity in await RowsAsync(
                    "SELECT e.key, e.hash, b.body, b.packed FROM entity e JOIN blob b ON b.hash = e.hash WHERE e.series = @series AND e.until_run IS NULL AND e.key IN (@"
                        + string.Join(", @", names)
                        + ")",
                    row => row.Entity(),
                    cancellationToken,
                    [("series", series), .. some.Select((key, i) => (names[i], (object)key))]
                )
            )
            {
                known[entity.Key] = entity;
            }
        }

        return known;
    }

    // What is not there any more is only known to be gone when its list was read to the end.
    private async Task<List<string>> GoneAsync(
        Dictionary<string, string> missing,
        string series,
        Snapshot state,
        CancellationToken cancellationToken
    )
    {
        if (missing.Count == 0)
        {
            return [];
        }

        var parts = (
            await RowsAsync(
                "SELECT e.key, e.hash, b.body, b.packed FROM entity e JOIN blob b ON b.hash = e.hash WHERE e.series = @series AND e.until_run IS NULL",
                row => missing.ContainsKey(row.GetString(0)) ? row.Entity() : null,
                cancellationToken,
                ("series", series)
            )
        ).OfType<Entity>();
        return [.. parts.Where(entity => state.Lists(entity.Part)).Select(entity => entity.Key)];
    }

    private async Task WritePartsAsync(string series, int run, Snapshot state, CancellationToken cancellationToken)
    {
        var known = (
            await RowsAsync(
                "SELECT part, state, reason FROM part WHERE series = @series AND until_run IS NULL",
                row => (Part: row.GetString(0), Coverage: new PartCoverage(row.GetString(1), row.Text(2))),
                cancellationToken,
                ("series", series)
            )
        ).ToDictionary(part => part.Part, part => part.Coverage, StringComparer.Ordinal);
        var changed = state.Parts.Where(part => known.GetValueOrDefault(part.Key) != part.Value).ToArray();
        var gone = known.Keys.Where(part => !state.Parts.ContainsKey(part));
        await CloseAsync(
            "part",
            "part",
            series,
            run,
            [.. changed.Select(part => part.Key).Where(known.ContainsKey), .. gone],
            cancellationToken
        );
        await InsertAsync(
            "part",
            "series, part, state, reason, first_run",
            [.. changed.Select(part => (object[])[series, part.Key, part.Value.State, (object?)part.Value.Reason ?? DBNull.Value, run])],
            "",
            cancellationToken
        );
    }

    private async Task WriteFindingsAsync(string series, int run, RunRecord record, CancellationToken cancellationToken)
    {
        var known = (
            await RowsAsync(
                "SELECT fingerprint, level, rule FROM finding WHERE series = @series AND until_run IS NULL",
                row => (Fingerprint: row.GetString(0), Level: row.GetString(1), Rule: row.GetString(2)),
                cancellationToken,
                ("series", series)
            )
        )
            .Where(finding => record.Rules.IsDefault || record.Rules.Contains(finding.Rule, StringComparer.Ordinal))
            .Select(finding => (finding.Fingerprint, finding.Level))
            .ToHashSet();
        var now = record
            .Findings.DistinctBy(finding => (finding.Fingerprint, finding.Level))
            .ToDictionary(finding => (finding.Fingerprint, finding.Level));
        foreach (var level in known.Where(finding => !now.ContainsKey(finding)).GroupBy(finding => finding.Level, StringComparer.Ordinal))
        {
            await CloseAsync(
                "finding",
                "fingerprint",
                series,
                run,
                [.. level.Select(finding => finding.Fingerprint)],
                cancellationToken,
                ("level", level.Key)
            );
        }

        await InsertAsync(
            "finding",
            "series, fingerprint, rule, level, message, place, first_run",
            [
                .. now
                    .Values.Where(finding => !known.Contains((finding.Fingerprint, finding.Level)))
                    .Select(finding =>
                        (object[])[series, finding.Fingerprint, finding.Rule, finding.Level, finding.Message, finding.Place, run]
                    ),
            ],
            "",
            cancellationToken
        );
    }

    private async Task CloseAsync(
        string table,
        string column,
        string series,
        int run,
        List<string> keys,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] also
    )
    {
        foreach (var some in keys.Chunk(Batch))
        {
            var names = string.Join(", ", some.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"@k{i}")));
            var command = connection.Command(
                $"UPDATE {table} SET until_run = @run WHERE series = @series AND until_run IS NULL AND {column} IN ({names})"
                    + string.Concat(also.Select(value => $" AND {value.Name} = @{value.Name}")),
                [
                    ("run", run),
                    ("series", series),
                    .. also,
                    .. some.Select((key, i) => (string.Create(CultureInfo.InvariantCulture, $"k{i}"), (object)key)),
                ]
            );
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
    }

    private async Task InsertAsync(string table, string columns, List<object[]> rows, string suffix, CancellationToken cancellationToken)
    {
        foreach (var some in rows.Chunk(Batch))
        {
            var sql = new StringBuilder("INSERT INTO ").Append(table).Append(" (").Append(columns).Append(") VALUES ");
            var values = new List<(string, object)>();
            foreach (var row in some)
            {
                sql.Append(values.Count == 0 ? "(" : ", (");
                for (var i = 0; i < row.Length; i++)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"v{values.Count}");
                    sql.Append(i == 0 ? "@" : ", @").Append(name);
                    values.Add((name, row[i]));
                }

                sql.Append(')');
            }

            var command = connection.Command(sql.Append(suffix).ToString(), [.. values]);
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
    }

    private async Task<List<T>> RowsAsync<T>(
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] values
    )
    {
        var rows = new List<T>();
        var command = connection.Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows.Add(read(reader));
                }
            }
        }

        return rows;
    }
}
