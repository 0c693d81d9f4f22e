using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>How the management API pages a list.</summary>
internal enum ApigeePaging
{
    /// <summary>Not at all: one answer holds everything.</summary>
    None,

    /// <summary><c>count</c> (of apps <c>rows</c>) and <c>startKey</c>, which names the first row of the page: the last one of the page before comes again.</summary>
    StartKey,

    /// <summary><c>pageSize</c> and <c>pageToken</c>; an answer with more behind it has <c>nextPageToken</c>.</summary>
    Token,
}

/// <summary>A list of the management API.</summary>
/// <param name="Member">The member of the answer that holds the rows.</param>
/// <param name="Key">The member of a row that names it.</param>
/// <param name="Paging">How it is paged.</param>
/// <param name="Default">The rows of a page where none are asked for.</param>
/// <param name="Most">The most rows of a page.</param>
/// <param name="IsExpandable">Whether rows have but their name unless they are expanded.</param>
internal sealed record ApigeeList(
    string Member,
    string Key,
    ApigeePaging Paging = ApigeePaging.None,
    int Default = 1000,
    int Most = 1000,
    bool IsExpandable = false
)
{
    private static readonly ApigeeList Entries = new("keyValueEntries", "name", ApigeePaging.Token, 100);

    /// <summary>The list at a path below the organization; null where there is none, or a bare array of names.</summary>
    public static ApigeeList? At(string[] path) =>
        path switch
        {
            ["apis"] => new ApigeeList("proxies", "name"),
            ["sharedflows"] => new ApigeeList("sharedFlows", "name"),
            ["deployments"] or [.., "deployments"] => new ApigeeList("deployments", "apiProxy"),
            [.., "resourcefiles"] => new ApigeeList("resourceFile", "name"),
            ["apiproducts"] => new ApigeeList("apiProduct", "name", ApigeePaging.StartKey, IsExpandable: true),
            ["developers"] => new ApigeeList("developer", "email", ApigeePaging.StartKey, IsExpandable: true),
            ["apps"] => new ApigeeList("app", "appId", ApigeePaging.StartKey, IsExpandable: true),
            [.., "keyvaluemaps", _, "entries"] => Entries,
            ["envgroups"] => new ApigeeList("environmentGroups", "name", ApigeePaging.Token, 25),
            ["envgroups", _, "attachments"] => new ApigeeList("environmentGroupAttachments", "name", ApigeePaging.Token, 25),
            ["appgroups"] => new ApigeeList("appGroups", "name", ApigeePaging.Token),
            ["appgroups", _, "apps"] => new ApigeeList("appGroupApps", "appId", ApigeePaging.Token),
            ["datacollectors"] => new ApigeeList("dataCollectors", "name", ApigeePaging.Token, 25),
            ["instances"] => new ApigeeList("instances", "name", ApigeePaging.Token, 25),
            ["endpointAttachments"] => new ApigeeList("endpointAttachments", "name", ApigeePaging.Token, 25),
            ["spaces"] => new ApigeeList("spaces", "name", ApigeePaging.Token, 25),
            _ => null,
        };

    /// <summary>The page that a request asks for; null when its token is none that this list gave out.</summary>
    /// <param name="whole">The recorded answer: all rows.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="most">No more rows than this; the list's own limit holds, too.</param>
    /// <param name="omitsDefaults">Whether fields with default values are left out.</param>
    public JsonNode? Page(JsonObject whole, IQueryCollection query, int most, bool omitsDefaults)
    {
        JsonNode?[] rows = whole[Member] is JsonArray list ? [.. list] : [];
        var size = Math.Min(most, Asked(query, Default));
        var start = 0;
        // Apps are paged either way, by which parameters come.
        var byToken =
            Paging == ApigeePaging.Token || (Member == "app" && (query.ContainsKey("pageSize") || query.ContainsKey("pageToken")));
        if (byToken && query["pageToken"].ToString() is { Length: > 0 } token)
        {
            if (Offset(token) is not { } offset || offset > rows.Length)
            {
                return null;
            }

            start = offset;
        }
        else if (Paging == ApigeePaging.StartKey && query["startKey"].ToString() is { Length: > 0 } key)
        {
            start = Array.FindIndex(rows, row => Name(row) == key);
            start =
                start >= 0 ? start
                : Array.FindIndex(rows, row => string.CompareOrdinal(Name(row), key) > 0) is >= 0 and var next ? next
                : rows.Length;
        }

        var page = new JsonArray([
            .. (Paging == ApigeePaging.None ? rows : rows.Skip(start).Take(size)).Select(row =>
                ProtoJson.Sent(Shaped(row, query), omitsDefaults)
            ),
        ]);
        var answer = new JsonObject();
        if (page.Count > 0 || !omitsDefaults)
        {
            answer[Member] = page;
        }

        if (byToken && start + size < rows.Length)
        {
            answer["nextPageToken"] = Token(start + size);
        }

        if (Member is "app" or "appGroups" && rows.Length > 0)
        {
            answer["totalSize"] = rows.Length;
        }

        return answer;
    }

    private int Asked(IQueryCollection query, int otherwise)
    {
        var text =
            query["count"].ToString() is { Length: > 0 } count && Member != "app" ? count
            : query["rows"].ToString() is { Length: > 0 } number && Member == "app" ? number
            : query["pageSize"].ToString();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0
            ? Math.Min(asked, Most)
            : otherwise;
    }

    // What a row is without the flags that ask for more.
    private JsonNode? Shaped(JsonNode? row, IQueryCollection query)
    {
        if (row is not JsonObject full)
        {
            return row?.DeepClone();
        }

        if (IsExpandable && query["expand"] != "true")
        {
            return new JsonObject { [Key] = full[Key]?.DeepClone() };
        }

        var shaped = full.DeepClone().AsObject();
        if (Member is "proxies" or "sharedFlows")
        {
            if (query["includeRevisions"] != "true")
            {
                shaped.Remove("revision");
                shaped.Remove("latestRevisionId");
            }

            if (query["includeMetaData"] != "true")
            {
                shaped.Remove("metaData");
            }
        }

        if (Member == "app" && query["includeCred"] != "true")
        {
            shaped.Remove("credentials");
        }

        return shaped;
    }

    private string? Name(JsonNode? row) => row?[Key]?.GetValue<string>();

    private string Token(int offset) => Convert.ToHexString(Encoding.UTF8.GetBytes($"{Member}:{offset}"));

    private int? Offset(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromHexString(token)).Split(':') is [var member, var number] && member == Member
                ? int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
