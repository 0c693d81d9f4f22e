using System.Runtime.InteropServices;

namespace Auditor.Collectors.Live;

/// <summary>What an answer says about its rate limit.</summary>
/// <param name="Limit">The size of the bucket; null when not said, and when the refusal is about concurrency.</param>
/// <param name="Remaining">What is left in it; null when not said.</param>
/// <param name="Refill">How long until it is full again, by the source's own clock; null when not said.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RateHeaders(int? Limit, int? Remaining, TimeSpan? Refill)
{
    /// <summary>
    /// Reads <c>X-Rate-Limit-*</c> and <c>Retry-After</c>. Okta sends the reset as an epoch in seconds, some proxies in milliseconds; where it comes several times, the
    /// smallest counts. The time to wait is the difference to the <c>Date</c> of the same answer, so that a wrong clock here does no harm.
    /// </summary>
    public static RateHeaders Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var limit = Smallest(response, "X-Rate-Limit-Limit");
        var remaining = Smallest(response, "X-Rate-Limit-Remaining");
        var server = response.Headers.Date ?? now;
        TimeSpan? refill = null;
        if (Smallest(response, "X-Rate-Limit-Reset") is { } reset)
        {
            var seconds = (reset > 100_000_000_000 ? reset / 1000 : reset) - server.ToUnixTimeSeconds();
            refill = TimeSpan.FromSeconds(Math.Clamp(seconds, -86_400, 86_400) + 1);
        }
        else if (response.Headers.RetryAfter is { } after)
        {
            refill = after.Delta ?? (after.Date - server);
        }

        return new RateHeaders(
            limit is > 0 and <= int.MaxValue ? (int)limit : null,
            limit is > 0 && remaining is >= 0 and <= int.MaxValue ? (int)remaining : null,
            refill
        );
    }

    private static long? Smallest(HttpResponseMessage response, string name)
    {
        if (!response.Headers.TryGetValues(name, out var values))
        {
            return null;
        }

        long? smallest = null;
        foreach (var text in values.SelectMany(value => value.Split(',')))
        {
            if (
                long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && (smallest is null || number < smallest)
            )
            {
                smallest = number;
            }
        }

        return smallest;
    }
}
