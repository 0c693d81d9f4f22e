using System.Text.Json;
using Auditor.Collectors.Live;

namespace Auditor.Collectors.Okta;

/// <summary>Paging by the Link header (RFC 8288), as Okta does it: several header lines or one joined by commas, an opaque cursor that is used as it was given.</summary>
internal sealed class LinkPaging : IPaging
{
    /// <inheritdoc/>
    public bool OmitsEmptyLists => false;

    /// <inheritdoc/>
    public Uri? Next(Uri asked, HttpResponseMessage response, JsonElement page)
    {
        if (!response.Headers.TryGetValues("Link", out var values))
        {
            return null;
        }

        foreach (var (target, relation) in values.SelectMany(Links))
        {
            if (relation == "next")
            {
                // A target that is no address is still a promise of more rows: it leads nowhere, and the list is not complete.
                return Uri.TryCreate(asked, target, out var next) ? next : new Uri("about:blank");
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public string? KeyOf(JsonElement row) =>
        row.ValueKind == JsonValueKind.Object
        && (row.TryGetProperty("id", out var id) || row.TryGetProperty("uuid", out id))
        && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;

    // <target>; param; rel="a b", <target> …
    private static IEnumerable<(string Target, string Relation)> Links(string header)
    {
        for (var start = header.IndexOf('<', StringComparison.Ordinal); start >= 0; )
        {
            var end = header.IndexOf('>', start);
            if (end < 0)
            {
                yield break;
            }

            var next = header.IndexOf('<', end);
            var parameters = next < 0 ? header[(end + 1)..] : header[(end + 1)..next];
            foreach (var parameter in parameters.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (parameter.StartsWith("rel=", StringComparison.OrdinalIgnoreCase))
                {
                    foreach (var relation in parameter[4..].Trim('"').Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        yield return (header[(start + 1)..end], relation.ToLowerInvariant());
                    }
                }
            }

            start = next;
        }
    }
}
