using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Auditor.History.Store;

/// <summary>The schema, as the steps that lead to it. Steps are only added: a store of any version is brought to this one, and none goes back.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
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
            """,
        // Claims are locks now, which end with the run that holds them. Secrets of runs with different keys cannot be compared.
        """
            DROP TABLE claim;
            ALTER TABLE run ADD COLUMN redaction TEXT;
            """,
        // The whole of a run, from which reports are made again. Of most runs only what differs from the run before, to which 'base' points. What an entity says is compressed in 'packed'
        // from here on, and 'body' is empty. SQLite keeps BYTEA as it comes.
        """
            CREATE TABLE document (
                series TEXT NOT NULL, number INTEGER NOT NULL, base INTEGER, digest TEXT NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (series, number));
            ALTER TABLE blob ADD COLUMN packed BYTEA;
            """,
    ];

    /// <summary>The version that this program writes.</summary>
    public static int Version => Steps.Length;

    /// <summary>Brings a store up to date.</summary>
    /// <exception cref="StoreException">The store was written by a newer version.</exception>
    public static Task ApplyAsync(DbConnection connection, StoreLocation location, CancellationToken cancellationToken) =>
        ApplyAsync(connection, location, Version, cancellationToken);

    /// <summary>Brings a store up to a version: what that version of the program made of an empty store.</summary>
    internal static async Task ApplyAsync(DbConnection connection, StoreLocation location, int upTo, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(location.Isolation, cancellationToken);
        await using (transaction.ConfigureAwait(false))
        {
            if (location.IsPostgres)
            {
                // Runs that start at once make the tables once.
                await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(6142094317)", cancellationToken);
            }

            await ExecuteAsync(
                connection,
                "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
                cancellationToken
            );
            var version = await VersionAsync(connection, cancellationToken);
            if (version > Version)
            {
                throw new StoreException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{location.Description} was written by a newer version of auditor (schema {version}, this one knows {Version}): use that version, or another store"
                    )
                );
            }

            if (version == 0 && !location.IsPostgres && await HasRunsAsync(connection, cancellationToken))
            {
                throw new StoreException(
                    $"{location.Description} is damaged: it holds runs and no version; restore it from a backup or start a new one"
                );
            }

            for (var step = version; step < upTo; step++)
            {
                await ExecuteAsync(connection, Steps[step], cancellationToken);
            }

            if (version < upTo)
            {
                await ExecuteAsync(
                    connection,
                    "INSERT INTO meta (name, value) VALUES ('schema', @version) ON CONFLICT (name) DO UPDATE SET value = @version",
                    cancellationToken,
                    ("version", upTo.ToString(CultureInfo.InvariantCulture))
                );
            }

            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Whether a store is as this version writes it, so that nothing has to be written to read it.</summary>
    public static async Task<bool> IsCurrentAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await VersionAsync(connection, cancellationToken) == Version;
        }
        catch (DbException exception)
            when (exception is SqliteException { SqliteErrorCode: 1 } or PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            // It has no tables yet.
            return false;
        }
    }

    // Of a database on a server, tables of the same names may be somebody else's.
    private static async Task<bool> HasRunsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var command = connection.Command("SELECT COUNT(*) FROM sqlite_master WHERE name = 'run'");
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken) is not 0L;
        }
    }

    private static async Task<int> VersionAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var command = connection.Command("SELECT value FROM meta WHERE name = 'schema'");
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken) is string text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        }
    }

    private static async Task ExecuteAsync(
        DbConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] values
    )
    {
        var command = connection.Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
