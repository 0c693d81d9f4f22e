using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Auditor.Simulators;

/// <summary>
/// An Apigee organization on loopback: serves a recording over the paths of the management API, with its three ways of paging, archives of bundles, messages without their
/// default values, IAM permissions, quotas, errors in Google's form, and whatever faults a test plans. Beside it, on the same origin, what a reader of Apigee needs of
/// Google's cloud: access tokens, the audit log, the test of permissions. It remembers what it was asked.
/// </summary>
public sealed class ApigeeSimulator : IAsyncDisposable
{
    private readonly TimeProvider clock;
    private readonly RecordedOrganization recorded;
    private readonly SimulatedAuditLog auditLog;
    private int archivesSent;

    private ApigeeSimulator(string organization, RecordedOrganization recorded, TimeProvider clock)
    {
        Organization = organization;
        this.recorded = recorded;
        this.clock = clock;
        Quota = new SimulatedQuota(clock);
        Identity = new GoogleIdentity(clock);
        auditLog = new SimulatedAuditLog(recorded);
    }

    /// <summary>The name of the organization, and of its project.</summary>
    public string Organization { get; }

    /// <summary>The server: of an organization without a region, the one that answers everything.</summary>
    public LoopbackServer Server { get; private set; } = null!;

    /// <summary>The host of the region that the organization's data stays in; null where it has none.</summary>
    public LoopbackServer? Region { get; private set; }

    /// <summary>The name of that region, e.g. <c>eu</c>; null where there is none.</summary>
    public string? Location { get; private set; }

    /// <summary>The quotas.</summary>
    public SimulatedQuota Quota { get; }

    /// <summary>Who gives out tokens, and which are good.</summary>
    public GoogleIdentity Identity { get; }

    /// <summary>The permissions of every caller; null for all there are.</summary>
    public ImmutableHashSet<string>? Granted { get; set; }

    /// <summary>Permissions that no caller has, whatever is granted.</summary>
    public ImmutableHashSet<string> Denied { get; set; } = [];

    /// <summary>The most rows of a page, below the limits of the lists themselves.</summary>
    public int PageSize { get; set; } = int.MaxValue;

    /// <summary>Whether messages are sent without fields that have their default value.</summary>
    public bool OmitsDefaults { get; set; } = true;

    /// <summary>Whether an archive bears the time of its download, so that no two of the same revision are the same bytes.</summary>
    public bool StampsArchives { get; set; }

    /// <summary>The requests to the management API, the audit log and the test of permissions: all but those for tokens.</summary>
    public IReadOnlyList<ReceivedRequest> Reads =>
        [.. Server.Requests.Concat(Region?.Requests ?? []).Where(request => !GoogleIdentity.IsForToken(request.Path))];

    /// <summary>The requests that would have changed something, had they been answered.</summary>
    public IReadOnlyList<ReceivedRequest> Writes => [.. Reads.Where(request => request.Method != "GET" && !IsReadByPost(request.Path))];

    /// <summary>Starts an organization.</summary>
    /// <param name="folder">The organization's folder in a recording: <c>…/apigee/acme</c>.</param>
    /// <param name="clock">The organization's clock; null for the world's.</param>
    /// <param name="location">The region that its data stays in; null for none. Then the global host answers nothing but which region that is.</param>
    public static async Task<ApigeeSimulator> StartAsync(string folder, TimeProvider? clock = null, string? location = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return await StartAsync(Path.GetFileName(folder), await RecordedOrganization.LoadAsync(folder), clock, location);
    }

    /// <summary>Starts an organization from files in memory.</summary>
    /// <param name="organization">Its name.</param>
    /// <param name="files">The files by their paths below the organization's folder.</param>
    /// <param name="clock">The organization's clock; null for the world's.</param>
    public static Task<ApigeeSimulator> StartAsync(
        string organization,
        IEnumerable<KeyValuePair<string, byte[]>> files,
        TimeProvider? clock = null
    ) => StartAsync(organization, new RecordedOrganization(files), clock, null);

    private static async Task<ApigeeSimulator> StartAsync(
        string organization,
        RecordedOrganization recorded,
        TimeProvider? clock,
        string? location
    )
    {
        var simulator = new ApigeeSimulator(organization, recorded, clock ?? TimeProvider.System) { Location = location };
        simulator.Server = await LoopbackServer.StartAsync(context => simulator.AnswerAsync(context, isGlobal: true), simulator.clock);
        if (location is not null)
        {
            simulator.Region = await LoopbackServer.StartAsync(context => simulator.AnswerAsync(context, isGlobal: false), simulator.clock);
        }

        return simulator;
    }

    /// <summary>Adds or replaces an answer.</summary>
    /// <param name="path">The path in the recording, with its ending: <c>apis.json</c>.</param>
    /// <param name="content">The content.</param>
    public void Put(string path, string content) => recorded.Put(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Adds or replaces a file of bytes, such as an archive.</summary>
    public void Put(string path, byte[] content) => recorded.Put(path, content);

    /// <summary>Takes an answer away, or everything below a path that ends in a slash.</summary>
    public void Remove(string path) => recorded.Remove(path);

    /// <summary>A recorded file as JSON, for tests that change it.</summary>
    public JsonNode Json(string path) =>
        JsonNode.Parse(recorded.Find(path) ?? throw new ArgumentException($"The organization has no '{path}'."))!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (Region is not null)
        {
            await Region.DisposeAsync();
        }
    }

    private static bool IsReadByPost(string path) =>
        path == SimulatedAuditLog.Path || path.EndsWith(":testIamPermissions", StringComparison.Ordinal);

    private async Task AnswerAsync(HttpContext context, bool isGlobal)
    {
        // Not the decoded path: a slash inside a name is no separator.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        string[] path = [.. target.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        if (GoogleIdentity.IsForToken(context.Request.Path.Value!))
        {
            await Identity.AnswerAsync(context);
        }
        else if (Identity.Caller(context) is null)
        {
            await GoogleError.Unauthenticated.AnswerAsync(context);
        }
        else if (context.Request.Method != "GET" && !IsReadByPost(context.Request.Path.Value!))
        {
            await GoogleError.Denied("apigee.a.write", "organizations/" + Organization).AnswerAsync(context);
        }
        else if (Quota.Refuses(context, path is ["v1", "organizations", _, .. var below] ? below : []) is { } exhausted)
        {
            await exhausted.AnswerAsync(context);
        }
        else if (context.Request.Path == SimulatedAuditLog.Path)
        {
            await (
                Has("logging.logEntries.list")
                    ? auditLog.AnswerAsync(context, Organization)
                    : GoogleError.Denied("logging.logEntries.list", "projects/" + Organization).AnswerAsync(context)
            );
        }
        else if (path is [.., var last] && last.EndsWith(":testIamPermissions", StringComparison.Ordinal))
        {
            await TestPermissionsAsync(context);
        }
        else if (path is ["v1", "organizations"])
        {
            await JsonAsync(context, new JsonObject { ["organizations"] = new JsonArray(Mapping()) });
        }
        else if (path is ["v1", "organizations", var named] && named == Organization + ":getProjectMapping")
        {
            await ReadAsync(context, ["apigee.projectorganizations.get"], () => JsonAsync(context, Mapping()));
        }
        else if (path is not ["v1", "organizations", var name, .. var rest] || name != Organization)
        {
            // An organization that is not there is told from one that may not be read by nobody.
            await GoogleError
                .Denied("apigee.organizations.get", "organizations/" + (path is [_, _, var other, ..] ? other : ""))
                .AnswerAsync(context);
        }
        else if (isGlobal && Region is not null)
        {
            // The trap: whoever follows takes the token to a host that nobody configured.
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(Region.Origin, context.Request.Path + context.Request.QueryString).AbsoluteUri;
        }
        else
        {
            await ReadAsync(
                context,
                ApigeePermissions.Of(rest, context.Request.Query["includeCred"] == "true"),
                () => ResourceAsync(context, rest)
            );
        }
    }

    private JsonObject Mapping()
    {
        var mapping = new JsonObject
        {
            ["organization"] = Organization,
            ["projectIds"] = new JsonArray(Organization),
            ["projectId"] = Organization,
        };
        if (Location is not null)
        {
            mapping["location"] = Location;
        }

        return mapping;
    }

    private bool Has(string permission) => !Denied.Contains(permission) && Granted?.Contains(permission) != false;

    private Task ReadAsync(HttpContext context, ImmutableArray<string> permissions, Func<Task> answer) =>
        permissions.FirstOrDefault(permission => !Has(permission)) is { } missing
            ? GoogleError.Denied(missing, "organizations/" + Organization).AnswerAsync(context)
            : answer();

    private async Task TestPermissionsAsync(HttpContext context)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body);
        if (body?["permissions"] is not JsonArray { Count: <= 100 } asked)
        {
            await GoogleError.Invalid("at most 100 permissions").AnswerAsync(context);
            return;
        }

        var granted = new JsonArray([
            .. asked.Select(permission => permission!.GetValue<string>()).Where(Has).Select(permission => JsonValue.Create(permission)),
        ]);
        await JsonAsync(context, granted.Count == 0 ? [] : new JsonObject { ["permissions"] = granted });
    }

    private Task ResourceAsync(HttpContext context, string[] path)
    {
        if (path is [("apis" or "sharedflows"), _, "revisions", _])
        {
            return RevisionAsync(context, path);
        }

        if (path is ["environments", _, "resourcefiles", _, _])
        {
            return BytesAsync(context, recorded.Find(string.Join('/', path)), "application/octet-stream");
        }

        var name = FileName(path, context.Request.Query);
        var body = recorded.Find(name + ".json") is { } bytes ? JsonNode.Parse(bytes) : null;
        if (body is null && recorded.Find(name + ".error.json") is { } refusal)
        {
            return RecordedErrorAsync(context, refusal);
        }

        body ??= Derived(path);
        if (body is null)
        {
            return GoogleError.NotFound("resource " + name).AnswerAsync(context);
        }

        if (ApigeeList.At(path) is { } list && body is JsonObject whole)
        {
            return list.Page(whole, context.Request.Query, PageSize, OmitsDefaults) is { } page
                ? JsonAsync(context, page)
                : GoogleError.Invalid("pageToken is none of this list").AnswerAsync(context);
        }

        return JsonAsync(context, ProtoJson.Sent(body, OmitsDefaults)!);
    }

    private static async Task RecordedErrorAsync(HttpContext context, byte[] recordedError)
    {
        using var error = JsonDocument.Parse(recordedError);
        context.Response.StatusCode = error.RootElement.TryGetProperty("status", out var status) ? status.GetInt32() : 500;
        context.Response.ContentType = "application/json; charset=UTF-8";
        await context.Response.WriteAsync(error.RootElement.TryGetProperty("body", out var body) ? body.GetRawText() : "{}");
    }

    // The recording's own naming: parameters that select other rows are behind an @. Of apps, those approved are what nobody need select.
    private static string FileName(string[] path, IQueryCollection query)
    {
        var name = path is [] ? "organization" : string.Join('/', path);
        return path switch
        {
            ["apps"] when query["status"].ToString() is { Length: > 0 } and not "approved" and var status => $"{name}@status={status}",
            ["deployments"] when query["sharedFlows"] == "true" => name + "@sharedFlows=true",
            _ => name,
        };
    }

    // What the recording holds as a part of something else.
    private JsonNode? Derived(string[] path)
    {
        if (path is [("apis" or "sharedflows") and var kind, var asset, "revisions"])
        {
            return Row([kind], asset)?["revision"]?.DeepClone();
        }

        if (path is ["environments", var environment, "deployments"])
        {
            var rows = Rows(["deployments"]).Where(row => row?["environment"]?.GetValue<string>() == environment);
            return new JsonObject { ["deployments"] = new JsonArray([.. rows.Select(row => row?.DeepClone())]) };
        }

        return path is [.. var parent, var name] ? Row(parent, name)?.DeepClone() : null;
    }

    private JsonNode? Row(string[] list, string name) =>
        ApigeeList.At(list) is { } known
            ? Array.Find(Rows(list), row => row?[known.Key] is JsonValue value && value.TryGetValue(out string? key) && key == name)
            : null;

    private JsonNode?[] Rows(string[] list) =>
        recorded.Find(string.Join('/', list) + ".json") is { } bytes
        && JsonNode.Parse(bytes) is JsonObject whole
        && whole[ApigeeList.At(list)!.Member] is JsonArray rows
            ? [.. rows]
            : [];

    private Task RevisionAsync(HttpContext context, string[] path)
    {
        var revision = string.Join('/', path);
        return context.Request.Query["format"] == "bundle"
                ? BytesAsync(
                    context,
                    recorded.Archive(
                        revision,
                        // A tick of two seconds is the least that an archive can tell.
                        StampsArchives
                            ? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(2 * Interlocked.Increment(ref archivesSent))
                            : null
                    ),
                    "application/zip"
                )
            : recorded.Archive(revision, null) is { } archive
                ? JsonAsync(context, ProtoJson.Sent(RevisionDocument.Of(path, archive, Row([path[0]], path[1])), OmitsDefaults)!)
            : GoogleError.NotFound("revision " + revision).AnswerAsync(context);
    }

    private static async Task BytesAsync(HttpContext context, byte[]? bytes, string type)
    {
        if (bytes is null)
        {
            await GoogleError.NotFound("resource").AnswerAsync(context);
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static Task JsonAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
