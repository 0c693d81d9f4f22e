using System.Data.Common;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>Times as a store writes them: text that sorts as time does, in UTC.</summary>
internal static class StoreTime
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    public static DateTimeOffset Read(string text) =>
        DateTimeOffset.ParseExact(
            text,
            Format,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
        );
}

/// <summary>Commands and rows of either database.</summary>
internal static class DbCommands
{
    /// <summary>A text of a row that is read already; null when there is none.</summary>
    public static string? Text(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>A number of a row that is read already; null when there is none.</summary>
    public static int? Number(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    /// <summary>Bytes of a row that is read already; null when there are none.</summary>
    public static byte[]? Bytes(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    /// <summary>The entity of a row that is read already: its key, its hash, and what it says in either form.</summary>
    public static Entity Entity(this DbDataReader row) =>
        EntityEncoding.Decode(row.GetString(0), row.GetString(1), row.GetString(2), row.Bytes(3));

    public static DbCommand Command(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
        // All SQL of the store is written in its source; values travel as parameters.
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
