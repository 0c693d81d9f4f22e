using Microsoft.Data.Sqlite;
using Npgsql;

namespace Auditor.History.Store;

/// <summary>What a database says of itself is for its administrators; a run needs to know which store, what happened, and what to do.</summary>
internal static class StoreFaults
{
    /// <summary>Does something with a store.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    public static async Task<T> GuardAsync<T>(StoreLocation location, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (SqliteException exception)
        {
            throw new StoreException($"{location.Description}: {Words(exception)}", exception);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StoreException($"{location.Description}: {Locked}", exception);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DiskFull)
        {
            throw new StoreException($"{location.Description}: {Full}", exception);
        }
        catch (PostgresException exception)
            when (exception.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown)
        {
            throw new StoreException($"{location.Description}: {Lost}", exception);
        }
        catch (PostgresException exception)
        {
            throw new StoreException(
                $"{location.Description}: PostgreSQL refuses ({exception.SqlState} {exception.MessageText})",
                exception
            );
        }
        catch (NpgsqlException exception) when (exception.InnerException is IOException)
        {
            throw new StoreException($"{location.Description}: {Lost}", exception);
        }
        catch (NpgsqlException exception)
        {
            throw new StoreException(
                $"{location.Description}: cannot be reached ({exception.InnerException?.Message ?? exception.Message})",
                exception
            );
        }
        catch (InvalidOperationException exception) when (location.IsPostgres)
        {
            // A connection that was lost while the run collected is closed, and says so by refusing.
            throw new StoreException($"{location.Description}: {Lost}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{location.Description}: {exception.Message.TrimEnd('.')}", exception);
        }
        catch (Exception exception) when (IsForeign(exception))
        {
            throw new StoreException($"{location.Description}: {Foreign}", exception);
        }
    }

    private const string Foreign = "holds something this version did not write; restore it from a backup or start a new one";
    private const string Full = "the disk is full; nothing of this run was kept, and the older runs are intact";
    private const string Lost = "the connection was lost";
    private const string Locked = "is locked by another program; try again when it has finished";

    /// <summary>Does something with what was read from a store.</summary>
    /// <exception cref="StoreException">It is damaged.</exception>
    public static T Guard<T>(StoreLocation location, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is AggregateException many ? many.InnerExceptions.All(IsForeign) : IsForeign(exception))
        {
            throw new StoreException($"{location.Description}: {Foreign}", exception);
        }
    }

    private static bool IsForeign(Exception exception) =>
        exception
            is System.Text.Json.JsonException
                or FormatException
                or InvalidCastException
                or KeyNotFoundException
                or OverflowException
                or InvalidDataException;

    // SQLITE_IOERR_SHMSIZE: the file beside the database, by which its users know of each other, cannot grow.
    private const int NoRoomBeside = 4874;

    private static string Words(SqliteException exception) =>
        exception.SqliteErrorCode switch
        {
            13 => Full,
            _ when exception.SqliteExtendedErrorCode == NoRoomBeside => Full,
            // What this program asks for is right for the tables that it made: they are not what they were.
            1 => $"is damaged ({exception.Message.TrimEnd('.')}); restore it from a backup or start a new one",
            5 or 6 => Locked,
            8 => "is read-only; make it writable for this user",
            10 => "the disk cannot be read or written",
            11 => "is corrupt; restore it from a backup or start a new one",
            14 => "cannot be opened; look at the folder and its permissions",
            26 => "is not a history store; name another file",
            _ => exception.Message,
        };
}
