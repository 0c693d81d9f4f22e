using System.Text;

namespace Auditor.Reports.Evidence;

/// <summary>A row of the table of objects.</summary>
/// <param name="Type">The kind of object.</param>
/// <param name="Id">Its key.</param>
/// <param name="Name">The object in words.</param>
/// <param name="Sha256">The digest of its line.</param>
public sealed record PopulationRow(string Type, string Id, string Name, string Sha256)
{
    /// <summary>The key among objects of all types.</summary>
    public string Key => KeyOf(Type, Id);

    /// <summary>The key of an object among objects of all types.</summary>
    public static string KeyOf(string type, string id) => $"{type}\n{id}";
}

/// <summary>Reads the table of objects of a pack.</summary>
public static class PackPopulation
{
    /// <summary>The rows of a table.</summary>
    public static ImmutableArray<PopulationRow> Read(byte[] table)
    {
        var text = Encoding.UTF8.GetString(table).TrimStart('\uFEFF');
        return
        [
            .. text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
                .Skip(1)
                .Select(Cells)
                .Where(cells => cells.Count >= 6)
                .Select(cells => new PopulationRow(cells[0], cells[1], cells[2], cells[5])),
        ];
    }

    private static List<string> Cells(string row)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < row.Length; i++)
        {
            var c = row[i];
            if (isQuoted && c == '"' && i + 1 < row.Length && row[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        cells.Add(cell.ToString());
        return cells;
    }
}
