using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>
/// Cloud Logging, as far as audit logs of Apigee go: <c>entries:list</c> with a filter on time, log and service, an order and pages. The entries are those of
/// <c>audit.json</c>.
/// </summary>
internal sealed partial class SimulatedAuditLog(RecordedOrganization recorded)
{
    /// <summary>The path of the method.</summary>
    public const string Path = "/v2/entries:list";

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context, string project)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body);
        if (body?["resourceNames"] is not JsonArray names || names.All(name => name?.GetValue<string>() != "projects/" + project))
        {
            await GoogleError.Denied("logging.logEntries.list", "another project").AnswerAsync(context);
            return;
        }

        var filter = body["filter"]?.GetValue<string>() ?? "";
        var entries =
            recorded.Find("audit.json") is { } bytes && JsonNode.Parse(bytes)?["entries"] is JsonArray list
                ? list.Where(entry => Passes(filter, entry!))
                : [];
        var isDescending = body["orderBy"]?.GetValue<string>() == "timestamp desc";
        JsonNode?[] rows = isDescending ? [.. entries.OrderByDescending(Time)] : [.. entries.OrderBy(Time)];
        var size = body["pageSize"]?.GetValue<int>() is > 0 and var asked ? Math.Min(asked, 1_000) : 50;
        var start = body["pageToken"]?.GetValue<string>() is { Length: > 0 } token
            ? int.Parse(token["page".Length..], NumberStyles.None, CultureInfo.InvariantCulture)
            : 0;
        var answer = new JsonObject();
        if (rows.Length > start)
        {
            answer["entries"] = new JsonArray([.. rows.Skip(start).Take(size).Select(row => row?.DeepClone())]);
        }

        if (start + size < rows.Length)
        {
            answer["nextPageToken"] = "page" + (start + size).ToString(CultureInfo.InvariantCulture);
        }

        context.Response.ContentType = "application/json; charset=UTF-8";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    // Of the filter language only comparisons joined by AND are understood; what is not understood lets nothing pass.
    private static bool Passes(string filter, JsonNode entry)
    {
        foreach (var comparison in filter.Split(["AND", "\n"], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Comparison().Match(comparison) is not { Success: true } match)
            {
                return false;
            }

            JsonNode? value = entry;
            foreach (var member in match.Groups["path"].Value.Split('.'))
            {
                value = value?[member];
            }

            var theirs = value?.GetValue<string>() ?? "";
            var asked = match.Groups["value"].Value;
            var order =
                match.Groups["path"].Value == "timestamp" ? Parsed(theirs).CompareTo(Parsed(asked)) : string.CompareOrdinal(theirs, asked);
            var holds = match.Groups["operator"].Value switch
            {
                "=" => order == 0,
                ">=" => order >= 0,
                ">" => order > 0,
                "<=" => order <= 0,
                _ => order < 0,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private static DateTimeOffset Time(JsonNode? entry) => Parsed(entry?["timestamp"]?.GetValue<string>() ?? "");

    private static DateTimeOffset Parsed(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : DateTimeOffset.MinValue;

    [GeneratedRegex(
        "^(?<path>[A-Za-z.]+)\\s*(?<operator>>=|<=|=|>|<)\\s*\"(?<value>[^\"]*)\"$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex Comparison();
}
