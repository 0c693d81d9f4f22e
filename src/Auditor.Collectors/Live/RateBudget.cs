namespace Auditor.Collectors.Live;

/// <summary>
/// What may be spent of one bucket of a rate limit. At most the agreed share of the bucket is used in any window, wherever the source's windows begin: a request
/// counts from when it is sent until a window after its answer came, so however it travelled, no window can hold more of them.
/// </summary>
/// <param name="manners">The share, and the reserve at which reading stops.</param>
/// <param name="clock">Measures the time.</param>
/// <param name="bucket">The bucket.</param>
internal sealed class RateBudget(Manners manners, TimeProvider clock, RateBucket bucket) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim turnstile = new(1, 1);
    private readonly Queue<long> spent = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int underWay;
    private int? limit;
    private bool isUnlimited;
    private int? remaining;
    private long refilledAt;
    private long closedUntil;

    /// <summary>The size of the bucket as the source says it; null when it has not said so yet.</summary>
    public int? Limit
    {
        get
        {
            lock (gate)
            {
                return limit;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turnstile.Dispose();

    /// <summary>Waits until a request may be sent. Whoever enters must leave or withdraw.</summary>
    /// <param name="waiting">Told how long the wait will be at most, each time that it is long enough to be worth telling.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task EnterAsync(Action<TimeSpan> waiting, CancellationToken cancellationToken)
    {
        // One at a time asks and waits; the others queue up behind it, in order.
        await turnstile.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                TimeSpan? wait;
                Task change;
                lock (gate)
                {
                    wait = TryEnter(clock.GetTimestamp());
                    change = changed.Task;
                }

                if (wait is not { } time)
                {
                    return;
                }

                using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (time == Timeout.InfiniteTimeSpan)
                {
                    await change.WaitAsync(cancellationToken);
                    continue;
                }

                waiting(time);
                await Task.WhenAny(change, Task.Delay(time, clock, enough.Token));
                await enough.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            turnstile.Release();
        }
    }

    /// <summary>Takes note that a request that had entered was not sent after all.</summary>
    public void Withdraw()
    {
        lock (gate)
        {
            underWay--;
            Pulse();
        }
    }

    /// <summary>Takes note of how a request ended.</summary>
    /// <param name="response">The answer; null when there was none.</param>
    /// <param name="headers">What the answer says about the limit.</param>
    public void Leave(HttpResponseMessage? response, RateHeaders headers)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            underWay--;
            spent.Enqueue(now + Ticks(bucket.Window));
            if (headers.Limit is { } said)
            {
                limit = said;
                isUnlimited = false;
                Observe(headers, now);
            }
            else if (response?.IsSuccessStatusCode == true && limit is null)
            {
                limit = bucket.Assumed;
                isUnlimited = bucket.Assumed is null;
            }

            Pulse();
        }
    }

    /// <summary>Closes the bucket for a time: the source refused.</summary>
    public void Close(TimeSpan time)
    {
        lock (gate)
        {
            closedUntil = Math.Max(closedUntil, clock.GetTimestamp() + Ticks(time));
        }
    }

    // Answers overtake each other: within one window the smallest remainder is the latest.
    private void Observe(RateHeaders headers, long now)
    {
        if (headers.Remaining is not { } left)
        {
            return;
        }

        var refill = now + Ticks(headers.Refill is { } time && time > TimeSpan.Zero && time <= 2 * bucket.Window ? time : bucket.Window);
        var isSameWindow = remaining is not null && Math.Abs(refill - refilledAt) < Ticks(TimeSpan.FromSeconds(5));
        remaining = isSameWindow ? Math.Min(remaining!.Value, left) : left;
        refilledAt = refill;
    }

    // How long to wait; null when the request may go, and is then counted.
    private TimeSpan? TryEnter(long now)
    {
        while (spent.TryPeek(out var freed) && freed <= now)
        {
            spent.Dequeue();
        }

        if (closedUntil > now)
        {
            return Span(closedUntil - now);
        }

        if (limit is not { } size)
        {
            if (!isUnlimited && underWay > 0)
            {
                // The first answer tells the size of the bucket; until then, one at a time.
                return Timeout.InfiniteTimeSpan;
            }
        }
        else
        {
            var allowed = Math.Max(1, (int)(size * manners.Share));
            if (underWay + spent.Count >= allowed)
            {
                return spent.TryPeek(out var freed) ? Span(freed - now) : Timeout.InfiniteTimeSpan;
            }

            if (remaining is { } left && now < refilledAt && left - underWay <= size * manners.Reserve)
            {
                return Span(refilledAt - now);
            }
        }

        underWay++;
        return null;
    }

    private void Pulse()
    {
        changed.SetResult();
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    // Rounded up, and by a tick of the timers: waking a moment too early would only mean to wait again.
    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / clock.TimestampFrequency) + TimeSpan.FromMilliseconds(1);
}
