namespace Auditor.Collectors.Live;

/// <summary>The time as the source sees it, learned from the <c>Date</c> headers of its answers. Limits and tokens are judged by that clock, not by ours.</summary>
internal sealed class ServerClock(TimeProvider clock)
{
    private long offset;

    /// <summary>The source's time now.</summary>
    public DateTimeOffset Now => clock.GetUtcNow() + Offset;

    /// <summary>How far the source is ahead of us.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref offset));

    /// <summary>Learns from an answer. The header has whole seconds, so what is less than two apart is the same time.</summary>
    public void Observe(HttpResponseMessage response)
    {
        if (response.Headers.Date is { } date)
        {
            var apart = date - clock.GetUtcNow();
            Interlocked.Exchange(ref offset, apart.Duration() < TimeSpan.FromSeconds(2) ? 0 : apart.Ticks);
        }
    }
}
