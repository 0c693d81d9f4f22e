namespace Auditor.Collectors.Live;

/// <summary>Keeps count of what is asked of a source and tells whoever watches.</summary>
internal sealed class StatusBoard(string source, Action<SourceStatus>? watcher)
{
    private int requests;
    private int planned;
    private volatile string reading = "";

    /// <summary>How many requests were sent, every attempt counted.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>A request goes out.</summary>
    public void Sending(string path)
    {
        reading = path;
        Interlocked.Increment(ref requests);
        Tell(null);
    }

    /// <summary>A rate limit makes everything wait.</summary>
    public void Waiting(TimeSpan time) => Tell(time);

    /// <summary>So many requests are known to be needed from here on, and so many a minute will be sent.</summary>
    public void Plan(int more, double perMinute)
    {
        Interlocked.Exchange(ref planned, Requests + more);
        watcher?.Invoke(Status() with { Estimate = TimeSpan.FromMinutes(more / perMinute) });
    }

    private void Tell(TimeSpan? waiting) => watcher?.Invoke(Status() with { Waiting = waiting });

    private SourceStatus Status() => new(source, reading, Requests, Volatile.Read(ref planned) is > 0 and var all ? all : null, null, null);
}
