using System.Text;

namespace Auditor.Reports.Csv;

/// <summary>
/// A table as CSV (RFC 4180) for a spreadsheet: with the mark by which spreadsheets know UTF-8, and with cells that would be formulas made text (OWASP, "CSV Injection").
/// </summary>
public sealed class CsvTable
{
    private readonly StringBuilder text = new();

    /// <summary>Begins a table.</summary>
    public CsvTable(params ReadOnlySpan<string> columns) => Row(columns);

    /// <summary>The number of rows below the head.</summary>
    public int Count { get; private set; } = -1;

    /// <summary>Adds a row.</summary>
    public void Row(params ReadOnlySpan<string> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        }

        text.Append("\r\n");
        Count++;
    }

    /// <summary>The file.</summary>
    public byte[] ToArray() => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ToString())];

    /// <summary>A number as a cell.</summary>
    public static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A day as a cell; empty when there is none.</summary>
    public static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static string Cell(string content)
    {
        var cell = Neutral.Visible(content);
        if (cell.AsSpan().TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..])
        {
            cell = "'" + cell;
        }

        return cell.AsSpan().ContainsAny(',', '"', ';') || cell.StartsWith('\'') || cell.Contains(' ', StringComparison.Ordinal)
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;
    }
}
