using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>
/// An Okta org on loopback: serves a recording over the real paths, with paging by Link headers, rate limits in windows of a minute, errors in Okta's form, access
/// tokens with private_key_jwt and DPoP, scopes, and whatever faults a test plans. It remembers what it was asked.
/// </summary>
public sealed class OktaSimulator : IAsyncDisposable
{
    private readonly TimeProvider clock;
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int answered;

    private OktaSimulator(TimeProvider clock, string host)
    {
        this.clock = clock;
        Host = host;
        Limits = new SimulatedLimits(clock);
        Tokens = new SimulatedTokens(clock);
    }

    /// <summary>The org's own host, as in the recording: <c>acme.okta.com</c>.</summary>
    public string Host { get; }

    /// <summary>The server.</summary>
    public LoopbackServer Server { get; private set; } = null!;

    /// <summary>The rate limits.</summary>
    public SimulatedLimits Limits { get; }

    /// <summary>The token endpoint, and which credentials are good.</summary>
    public SimulatedTokens Tokens { get; }

    /// <summary>The size of a page where the client asks for none or for more.</summary>
    public int PageSize { get; set; } = 200;

    /// <summary>The requests to the management API and to the public documents, without those for tokens.</summary>
    public IReadOnlyList<ReceivedRequest> Reads => [.. Server.Requests.Where(request => request.Path != SimulatedTokens.Path)];

    /// <summary>Starts an org.</summary>
    /// <param name="folder">The org's folder in a recording: <c>…/okta/acme.okta.com</c>.</param>
    /// <param name="clock">The org's clock; null for the world's.</param>
    public static async Task<OktaSimulator> StartAsync(string folder, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var simulator = new OktaSimulator(clock ?? TimeProvider.System, Path.GetFileName(folder));
        foreach (var file in Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories))
        {
            simulator.files[Path.GetRelativePath(folder, file).Replace('\\', '/')] = await File.ReadAllBytesAsync(file);
        }

        simulator.Server = await LoopbackServer.StartAsync(simulator.AnswerAsync, simulator.clock);
        return simulator;
    }

    /// <summary>Adds or replaces an answer.</summary>
    public void Put(string path, string json)
    {
        lock (gate)
        {
            files[path] = Encoding.UTF8.GetBytes(json);
        }
    }

    /// <summary>An answer, to be changed and put back.</summary>
    public JsonNode Json(string path)
    {
        lock (gate)
        {
            return JsonNode.Parse(files[path])!;
        }
    }

    /// <summary>Takes an answer away.</summary>
    public void Remove(string path)
    {
        lock (gate)
        {
            files.Remove(path);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Tokens.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        context.Response.Headers["X-Okta-Request-Id"] = string.Create(
            CultureInfo.InvariantCulture,
            $"aR{Interlocked.Increment(ref answered):000000}-simulated"
        );
        if (path == SimulatedTokens.Path && context.Request.Method == "POST")
        {
            return Tokens.IssueAsync(context);
        }

        if (context.Request.Method != "GET")
        {
            return ErrorAsync(context, 405, "E0000022", "The endpoint does not support the provided HTTP method");
        }

        if (IsPublic(path))
        {
            return path == "/.well-known/okta-organization" ? IdentityAsync(context) : FileAsync(context, path);
        }

        if (Tokens.Refuses(context) is { } refusal)
        {
            if (refusal.Challenge is not null)
            {
                context.Response.Headers.WWWAuthenticate = refusal.Challenge;
            }

            return ErrorAsync(context, refusal.Status, refusal.Code, "Refused");
        }

        return Limits.Allows(context)
            ? FileAsync(context, path)
            : ErrorAsync(context, 429, "E0000047", "API call exceeded rate limit due to too many requests.");
    }

    private static bool IsPublic(string path) =>
        path.StartsWith("/.well-known/", StringComparison.Ordinal)
        || (path.StartsWith("/oauth2/", StringComparison.Ordinal) && !path.StartsWith("/oauth2/v1/clients", StringComparison.Ordinal));

    private Task IdentityAsync(HttpContext context) =>
        JsonAsync(
            context,
            new JsonObject
            {
                ["id"] = "00o1simulated",
                ["pipeline"] = "idx",
                ["_links"] = new JsonObject { ["organization"] = new JsonObject { ["href"] = "https://" + Host } },
            }.ToJsonString()
        );

    private async Task FileAsync(HttpContext context, string path)
    {
        var name = FileName(path, context.Request.Query);
        var body = Find(name + ".json");
        if (body is null && Find(name + ".error.json") is { } recorded)
        {
            using var error = JsonDocument.Parse(recorded);
            context.Response.StatusCode = error.RootElement.TryGetProperty("status", out var status) ? status.GetInt32() : 500;
            await JsonAsync(context, error.RootElement.TryGetProperty("body", out var content) ? content.GetRawText() : "{}");
            return;
        }

        body ??= One(path);
        await (
            body is null ? ErrorAsync(context, 404, "E0000007", "Not found: Resource not found")
            : JsonNode.Parse(body) is JsonArray rows ? ListAsync(context, Selected(path, context.Request.Query, rows))
            : JsonAsync(context, Encoding.UTF8.GetString(body))
        );
    }

    private byte[]? Find(string name)
    {
        lock (gate)
        {
            return files.GetValueOrDefault(name);
        }
    }

    // The recording's own naming: parameters that select other rows are behind an @.
    private static string FileName(string path, IQueryCollection query)
    {
        IEnumerable<string> selectors =
            path == "/api/v1/logs"
                ? []
                : query
                    .Where(pair => pair.Key is not ("limit" or "after" or "expand"))
                    .Select(pair => pair.Key + "=" + pair.Value)
                    .Order(StringComparer.Ordinal);
        return string.Concat([path.TrimStart('/'), .. selectors.Select(selector => "@" + selector)]);
    }

    // An app or a group by its id, out of the list.
    private byte[]? One(string path) =>
        path.Split('/') is ["", "api", "v1", ("apps" or "groups") and var kind, var id]
        && Find($"api/v1/{kind}.json") is { } list
        && JsonNode.Parse(list) is JsonArray rows
        && rows.FirstOrDefault(row => row?["id"]?.GetValue<string>() == id) is { } row
            ? Encoding.UTF8.GetBytes(row.ToJsonString())
            : null;

    private static JsonArray Selected(string path, IQueryCollection query, JsonArray rows)
    {
        if (path != "/api/v1/logs")
        {
            return rows;
        }

        var since = Time(query["since"], DateTimeOffset.MinValue);
        var until = Time(query["until"], DateTimeOffset.MaxValue);
        return
        [
            .. rows.Where(row => Time(row?["published"]?.GetValue<string>(), since) is var at && at >= since && at < until)
                .Select(row => row!.DeepClone()),
        ];
    }

    private static DateTimeOffset Time(string? text, DateTimeOffset otherwise) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : otherwise;

    private Task ListAsync(HttpContext context, JsonArray rows)
    {
        var request = context.Request;
        var size =
            int.TryParse(request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0
                ? Math.Min(asked, PageSize)
                : PageSize;
        if (!IsPaged(request.Path.Value!))
        {
            return JsonAsync(context, rows.ToJsonString());
        }

        var start = request.Query["after"].ToString() is { Length: > 0 } cursor
            ? int.Parse(Encoding.ASCII.GetString(Convert.FromHexString(cursor)), CultureInfo.InvariantCulture)
            : 0;
        var self = $"{request.Scheme}://{request.Host}{request.Path}{request.QueryString}";
        var links = $"<{self}>; rel=\"self\"";
        if (start + size < rows.Count)
        {
            var after = Convert.ToHexString(Encoding.ASCII.GetBytes((start + size).ToString(CultureInfo.InvariantCulture)));
            var others = string.Concat(
                request.Query.Where(pair => pair.Key != "after").Select(pair => "&" + pair.Key + "=" + Uri.EscapeDataString(pair.Value!))
            );
            var next = $"<{request.Scheme}://{request.Host}{request.Path}?after={after}{others}>; rel=\"next\"";
            // Both forms occur: one line joined by a comma, and two lines.
            if (start == 0)
            {
                context.Response.Headers.Link = new[] { links, next };
            }
            else
            {
                context.Response.Headers.Link = links + ", " + next;
            }
        }
        else
        {
            context.Response.Headers.Link = links;
        }

        return JsonAsync(context, new JsonArray([.. rows.Skip(start).Take(size).Select(row => row?.DeepClone())]).ToJsonString());
    }

    // Lists without paging take no parameters in Okta's OpenAPI file.
    private static bool IsPaged(string path) =>
        path.Split('/') switch
        {
            [
                ..,
                "scopes"
                or "associatedServers"
                or "authorizationServers"
                or "apps"
                or "groups"
                or "rules"
                or "zones"
                or "trustedOrigins"
                or "logStreams"
                or "logs",
            ] => !path.Contains("/policies/", StringComparison.Ordinal),
            _ => false,
        };

    private static Task JsonAsync(HttpContext context, string body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    private static Task ErrorAsync(HttpContext context, int status, string code, string summary)
    {
        context.Response.StatusCode = status;
        return JsonAsync(
            context,
            new JsonObject
            {
                ["errorCode"] = code,
                ["errorSummary"] = summary,
                ["errorLink"] = code,
                ["errorId"] = "oaeSimulated",
                ["errorCauses"] = new JsonArray(),
            }.ToJsonString()
        );
    }
}
