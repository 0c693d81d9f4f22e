using System.Text.Json;
using Auditor.Collectors.Live;

namespace Auditor.Collectors.Apigee;

/// <summary>
/// The two ways in which lists of the management API go on: <c>nextPageToken</c>, and for the older ones <c>startKey</c>, which names the row that the next page begins
/// with, so that every page repeats the last row of the one before.
/// </summary>
internal sealed class ApigeePaging : IPaging
{
    // The members that name a row, most telling first: apps have an id and a name, developers only an address.
    private static readonly string[] Names = ["appId", "insertId", "name", "email"];

    /// <inheritdoc/>
    public bool OmitsEmptyLists => true;

    /// <inheritdoc/>
    public Uri? Next(Uri asked, HttpResponseMessage response, JsonElement page)
    {
        if (page.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (
            page.TryGetProperty("nextPageToken", out var token)
            && token.ValueKind == JsonValueKind.String
            && token.GetString() is { Length: > 0 } next
        )
        {
            return With(asked, "pageToken", next);
        }

        // A page with the start row alone is the last. A shorter page than asked for is not taken for the last: a server may have limits of its own.
        var rows = page.EnumerateObject().FirstOrDefault(property => property.Value.ValueKind == JsonValueKind.Array).Value;
        if (!IsPagedByKey(asked) || rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() < 2)
        {
            return null;
        }

        var isAll =
            !asked.Query.Contains("startKey=", StringComparison.Ordinal)
            && page.TryGetProperty("totalSize", out var total)
            && total.ValueKind == JsonValueKind.Number
            && total.TryGetInt32(out var all)
            && all == rows.GetArrayLength();
        return !isAll && KeyOf(rows[rows.GetArrayLength() - 1]) is { } last ? With(asked, "startKey", last) : null;
    }

    /// <inheritdoc/>
    public string? KeyOf(JsonElement row)
    {
        if (row.ValueKind == JsonValueKind.String)
        {
            return row.GetString();
        }

        if (row.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var name in Names)
        {
            if (row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }
        }

        return null;
    }

    private static bool IsPagedByKey(Uri asked) =>
        asked.Query.Contains("count=", StringComparison.Ordinal)
        || asked.Query.Contains("rows=", StringComparison.Ordinal)
        || asked.AbsolutePath.EndsWith("/developers", StringComparison.Ordinal);

    private static Uri With(Uri asked, string name, string value)
    {
        var others = asked.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(pair => pair.Split('=')[0] != name);
        return new Uri(asked.GetLeftPart(UriPartial.Path) + "?" + string.Join('&', others.Append($"{name}={Uri.EscapeDataString(value)}")));
    }
}
