using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace Auditor.History.Store;

/// <summary>
/// That a run is going on. Nothing is written that a dead run could leave behind: beside a file it is a lock on another file, in PostgreSQL a lock of the session, and both are gone with
/// the process.
/// </summary>
internal static class SeriesClaim
{
    public static async Task<IAsyncDisposable?> TryAsync(
        StoreLocation location,
        DbConnection connection,
        string series,
        CancellationToken cancellationToken
    )
    {
        if (location.File is { } file)
        {
            var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(series)).AsSpan(0, 6));
            return TryLock($"{file}.{name}.lock");
        }

        var command = connection.Command("SELECT pg_try_advisory_lock(hashtextextended(@series, 6142094318))", ("series", series));
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken) is true ? new SessionLock(connection, series) : null;
        }
    }

    private static FileStream? TryLock(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return null;
        }
    }

    private sealed class SessionLock(DbConnection connection, string series) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (connection.State != System.Data.ConnectionState.Open)
            {
                return;
            }

            var command = connection.Command("SELECT pg_advisory_unlock(hashtextextended(@series, 6142094318))", ("series", series));
            await using (command.ConfigureAwait(false))
            {
                try
                {
                    await command.ExecuteScalarAsync();
                }
                catch (DbException)
                {
                    // The connection is gone, and the lock with it.
                }
            }
        }
    }
}
