using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Auditor.History.Store;

/// <summary>Where a store is: a file, or a PostgreSQL database. Passwords are never part of it; libpq's ways (PGPASSWORD, .pgpass) provide them.</summary>
public sealed class StoreLocation
{
    private readonly string? file;
    private readonly string? connection;

    private StoreLocation(string? file, string? connection, string description)
    {
        this.file = file;
        this.connection = connection;
        Description = description;
    }

    /// <summary>How long to wait for another program that writes.</summary>
    internal TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same location, with another patience with other programs that write.</summary>
    public StoreLocation WithPatience(TimeSpan patience) => new(file, connection, Description) { Patience = patience };

    /// <summary>The store in words, for messages.</summary>
    public string Description { get; }

    /// <summary>The file; null for a database.</summary>
    internal string? File => file;

    /// <summary>Whether it is a PostgreSQL database.</summary>
    public bool IsPostgres => connection is not null;

    /// <summary>SQLite lets one writer in from the start; in PostgreSQL the runs of a series take a lock of their own.</summary>
    internal System.Data.IsolationLevel Isolation =>
        IsPostgres ? System.Data.IsolationLevel.ReadCommitted : System.Data.IsolationLevel.Serializable;

    /// <summary>Reads a location: a file path, <c>postgresql://user@host/database</c>, or a connection string with <c>Host=</c>.</summary>
    /// <param name="text">The location.</param>
    /// <param name="folder">The folder that file paths are relative to.</param>
    /// <exception cref="StoreException">The location cannot be read, or holds a password.</exception>
    public static StoreLocation Parse(string text, string folder)
    {
        ArgumentNullException.ThrowIfNull(text);
        var scheme = SchemeOf(text);
        var isUrl = scheme is "postgresql" or "postgres";
        if (scheme is not null && !isUrl)
        {
            // Taken for a file, a misspelled address would keep its password in a path.
            throw new StoreException(
                $"store's location begins with '{scheme}://', which is no kind of store: write a file path or postgresql://user@host/database"
            );
        }

        if (!isUrl && !text.Contains("Host=", StringComparison.OrdinalIgnoreCase))
        {
            var path = Path.GetFullPath(text, folder);
            return Directory.Exists(path)
                ? throw new StoreException($"store '{text}': this is a folder; name a file, e.g. {text.TrimEnd('/')}/auditor.db")
                : new StoreLocation(path, null, $"store '{text}'");
        }

        try
        {
            var builder = isUrl ? OfUrl(new Uri(text)) : new NpgsqlConnectionStringBuilder(text);
            if (!string.IsNullOrEmpty(builder.Password))
            {
                throw new StoreException(
                    $"store on '{builder.Host}': a password does not belong in the location; set PGPASSWORD or use .pgpass"
                );
            }

            if (string.IsNullOrWhiteSpace(builder.Host))
            {
                throw new StoreException("store's location names no host: write postgresql://user@host/database, or Host=…");
            }

            builder.ApplicationName ??= "auditor";
            // A run holds its connection while it collects, which can take an hour.
            builder.KeepAlive = 30;
            // A connection that a pool keeps would keep the claim of its run, too.
            builder.Pooling = false;
            // How long to wait for others is the server's to keep (see below); what is left is a server that has gone.
            builder.CommandTimeout = 300;
            return new StoreLocation(null, builder.ConnectionString, $"store in database '{builder.Database}' on '{builder.Host}'");
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            throw new StoreException(
                "the store's location is not a connection string: write a file path, postgresql://user@host/database, or Host=…;Database=…;Username=…",
                exception
            );
        }
    }

    /// <summary>Makes sure that a store in a file is there.</summary>
    /// <exception cref="StoreException">It is not.</exception>
    public void RequireExisting()
    {
        if (file is not null && !System.IO.File.Exists(file))
        {
            throw new StoreException($"{Description} does not exist");
        }
    }

    internal async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (connection is not null)
        {
            var postgres = new NpgsqlConnection(connection);
            await postgres.OpenAsync(cancellationToken);
            var patience = postgres.CreateCommand();
            await using (patience.ConfigureAwait(false))
            {
#pragma warning disable CA2100 // A number.
                patience.CommandText = string.Create(
                    CultureInfo.InvariantCulture,
                    $"SET lock_timeout = {(long)Patience.TotalMilliseconds}"
                );
#pragma warning restore CA2100
                await patience.ExecuteNonQueryAsync(cancellationToken);
            }

            return postgres;
        }

        CreatePrivately(file!);
        return await OpenFileAsync(file!, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;", cancellationToken);
    }

    /// <summary>Opens the store to look into it: also where this user may write neither the file nor the folder.</summary>
    internal async Task<DbConnection> OpenToLookAsync(CancellationToken cancellationToken)
    {
        // SQLite makes files beside the database by which its users know of each other. Where this user may not make them, nobody is at it; and where only the database cannot be
        // written, they would be left behind, not to be written by its owner either.
        if (IsAtRest && !System.IO.File.Exists(file + "-shm") && await MayOnlyReadAsync(file!, cancellationToken))
        {
            return await OpenAtRestAsync(cancellationToken);
        }

        try
        {
            return await OpenAsync(cancellationToken);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is ReadOnly or CannotOpen && IsAtRest)
        {
            return await OpenAtRestAsync(cancellationToken);
        }
    }

    private Task<SqliteConnection> OpenAtRestAsync(CancellationToken cancellationToken) =>
        OpenFileAsync(new Uri(file!).AbsoluteUri + "?immutable=1", "PRAGMA cache_size=-16384;", cancellationToken);

    private static async Task<bool> MayOnlyReadAsync(string path, CancellationToken cancellationToken)
    {
        var sqlite = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                Mode = SqliteOpenMode.ReadWrite,
            }.ConnectionString
        );
        await using (sqlite.ConfigureAwait(false))
        {
            try
            {
                // To open is not to read: nothing is made by it.
                await sqlite.OpenAsync(cancellationToken);
                return SQLitePCL.raw.sqlite3_db_readonly(sqlite.Handle, "main") == 1;
            }
            catch (SqliteException)
            {
                // Whoever opens it for good says what is wrong.
                return false;
            }
        }
    }

    // SQLITE_READONLY and SQLITE_CANTOPEN.
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    // Whether all that was written is in the file itself, and not yet in the one beside it.
    private bool IsAtRest =>
        file is not null && System.IO.File.Exists(file) && new FileInfo(file + "-wal") is { Exists: false } or { Length: 0 };

    private async Task<SqliteConnection> OpenFileAsync(string source, string settings, CancellationToken cancellationToken)
    {
        var sqlite = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = source,
                // A pooled connection would keep the file open after the run.
                Pooling = false,
                DefaultTimeout = (int)Patience.TotalSeconds,
                Mode = source == file ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly,
            }.ConnectionString
        );
        try
        {
            await sqlite.OpenAsync(cancellationToken);
            await RequireOwnAsync(sqlite, cancellationToken);
            var pragmas = sqlite.Command(settings);
            await using (pragmas.ConfigureAwait(false))
            {
                await pragmas.ExecuteNonQueryAsync(cancellationToken);
            }

            return sqlite;
        }
        catch
        {
            await sqlite.DisposeAsync();
            throw;
        }
    }

    // Before anything is written, the journal's mode included: what another program keeps is left as it is.
    private async Task RequireOwnAsync(SqliteConnection sqlite, CancellationToken cancellationToken)
    {
        var command = sqlite.Command(
            """
            SELECT COUNT(*) > 0 AND COUNT(CASE WHEN type = 'table' AND name IN ('meta', 'run', 'entity', 'finding') THEN 1 END) < 4
            FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'
            """
        );
        await using (command.ConfigureAwait(false))
        {
            if (await command.ExecuteScalarAsync(cancellationToken) is not 0L)
            {
                throw new StoreException($"{Description} is a database of another program; name another file");
            }
        }
    }

    // What stands before '://', in small letters; null for anything else.
    private static string? SchemeOf(string text)
    {
        var scheme = text[..Math.Max(0, text.IndexOf("://", StringComparison.Ordinal))];
        return scheme.Length > 0 && char.IsAsciiLetter(scheme[0]) && scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')
            ? scheme.ToLowerInvariant()
            : null;
    }

    private static NpgsqlConnectionStringBuilder OfUrl(Uri url)
    {
        var user = url.UserInfo.Split(':', 2);
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port > 0 ? url.Port : 5432,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? user[1] : null,
        };
    }

    // The store holds the shape of an estate's defences: nobody else on the machine may read it. SQLite gives its side files the same mode.
    private static void CreatePrivately(string path)
    {
        if (System.IO.File.Exists(path))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (System.IO.File.Exists(path))
        {
            // Another run made it in this moment.
        }
    }
}
