namespace Auditor.Simulators;

/// <summary>Counts requests in windows, each of which begins with the first request after the one before ended.</summary>
internal sealed class RateWindows(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (DateTimeOffset Begun, int Used)> windows = new(StringComparer.Ordinal);
    private int refusals;

    /// <summary>How often a bucket was empty.</summary>
    public int Refusals => Volatile.Read(ref refusals);

    /// <summary>Takes one request out of a bucket.</summary>
    /// <returns>What is left, below zero when it was empty before; and when the window ends.</returns>
    public (int Left, DateTimeOffset Reset) Take(string bucket, int size, TimeSpan length)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            var window = windows.GetValueOrDefault(bucket);
            if (now >= window.Begun + length)
            {
                window = (now, 0);
            }

            window.Used++;
            windows[bucket] = window;
            if (window.Used > size)
            {
                refusals++;
            }

            return (size - window.Used, window.Begun + length);
        }
    }
}
