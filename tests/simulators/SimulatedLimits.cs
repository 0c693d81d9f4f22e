using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>Okta's rate limits: buckets by path, each with a number of requests per window of a minute that begins with its first request.</summary>
public sealed class SimulatedLimits(TimeProvider clock)
{
    private readonly RateWindows windows = new(clock);

    /// <summary>The sizes of the buckets, by the beginning of the path; the longest that fits counts. "{id}" stands for one segment at the end.</summary>
    public Dictionary<string, int> Sizes { get; } =
        new(StringComparer.Ordinal)
        {
            ["/api/v1/apps"] = 100,
            ["/api/v1/apps/{id}"] = 600,
            ["/api/v1/groups"] = 600,
            ["/api/v1/groups/{id}"] = 600,
            ["/api/v1/logs"] = 50,
            ["/oauth2/v1/clients"] = 100,
            ["/api/v1"] = 600,
            ["/"] = 600,
        };

    /// <summary>How often a request was refused because its bucket was empty.</summary>
    public int Refusals => windows.Refusals;

    /// <summary>The bucket of a path.</summary>
    public static string BucketOf(string path) =>
        path.Split('/') switch
        {
            ["", "api", "v1", "apps", _] => "/api/v1/apps/{id}",
            ["", "api", "v1", "apps", ..] => "/api/v1/apps",
            ["", "api", "v1", "groups"] => "/api/v1/groups",
            ["", "api", "v1", "groups", ..] => "/api/v1/groups/{id}",
            ["", "api", "v1", "logs"] => "/api/v1/logs",
            ["", "oauth2", "v1", "clients", ..] => "/oauth2/v1/clients",
            ["", "api", ..] => "/api/v1",
            _ => "/",
        };

    internal bool Allows(HttpContext context)
    {
        var bucket = BucketOf(context.Request.Path.Value!);
        var size = Sizes[bucket];
        var (left, reset) = windows.Take(bucket, size, TimeSpan.FromMinutes(1));
        var headers = context.Response.Headers;
        headers["X-Rate-Limit-Limit"] = size.ToString(CultureInfo.InvariantCulture);
        headers["X-Rate-Limit-Remaining"] = Math.Max(0, left).ToString(CultureInfo.InvariantCulture);
        headers["X-Rate-Limit-Reset"] = reset.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return left >= 0;
    }
}
