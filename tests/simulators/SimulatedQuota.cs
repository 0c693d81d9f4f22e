using Microsoft.AspNetCore.Http;

namespace Auditor.Simulators;

/// <summary>
/// The quotas of Apigee's management API (limits page, April 2026) and of Cloud Logging. Unlike Okta's, answers do not say how much is left.
/// </summary>
public sealed class SimulatedQuota(TimeProvider clock)
{
    private readonly RateWindows windows = new(clock);

    /// <summary>Requests a minute of one caller to the management API.</summary>
    public int Management { get; set; } = 6_000;

    /// <summary>Lists of proxies, products and shared flows a second, where Spaces are in use; null where they are not.</summary>
    public int? ListsWithSpaces { get; set; }

    /// <summary>Requests a minute to read logs.</summary>
    public int Logging { get; set; } = 60;

    /// <summary>How often a request was refused.</summary>
    public int Refusals => windows.Refusals;

    internal GoogleError? Refuses(HttpContext context, string[] path)
    {
        var minute = TimeSpan.FromMinutes(1);
        if (context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal))
        {
            return windows.Take("logging", Logging, minute).Left < 0 ? GoogleError.Exhausted("ReadRequestsPerMinutePerProject") : null;
        }

        if (
            ListsWithSpaces is { } lists
            && path is ["apis" or "apiproducts" or "sharedflows"]
            && windows.Take("lists", lists, TimeSpan.FromSeconds(1)).Left < 0
        )
        {
            return GoogleError.Exhausted("ListRequestsPerSecond");
        }

        return windows.Take("management", Management, minute).Left < 0 ? GoogleError.Exhausted("RequestsPerMinutePerUser") : null;
    }
}
