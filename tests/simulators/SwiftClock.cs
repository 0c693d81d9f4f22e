namespace Auditor.Simulators;

/// <summary>
/// A clock for programs and simulators alike that stands still while anybody works, and jumps to the next timer once everybody waits. The minute of a rate limit then
/// takes no time, and a machine that is slow or stalls makes nothing late: what a test sees does not depend on how fast it runs.
/// </summary>
/// <remarks>
/// Whether anybody works is known from the timers themselves. Every exchange has a deadline, and a timer as long as <see cref="Deadline"/> is one: while it runs, the
/// exchange is under way, and no time passes. Only a server that says that it will not answer (<see cref="Silence"/>) leaves the deadline to end it. Between two
/// exchanges nothing tells that somebody works, so the clock looks a few times whether anything still happens; when it looks wrongly, somebody was slow by the clock, too,
/// which is something that can happen and that everything has to cope with.
/// </remarks>
/// <param name="later">How much later than the night of the test estates it begins.</param>
public sealed class SwiftClock(TimeSpan later = default) : TimeProvider
{
    private const int Looks = 3;

    private static readonly DateTimeOffset Start = new(2026, 11, 20, 2, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private readonly SortedSet<Timer> timers = new(Comparer<Timer>.Create((a, b) => (a.Due, a.Number).CompareTo((b.Due, b.Number))));
    private long now;
    private long events;
    private int underWay;
    private int silent;
    private bool isLooking;

    /// <summary>The deadline that exchanges by this clock have.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromHours(5);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + later + TimeSpan.FromTicks(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>An exchange that is under way will get no answer: only its deadline can end it.</summary>
    public void Silence()
    {
        lock (gate)
        {
            silent++;
            Look();
        }
    }

    private bool MayJump => timers.Count > 0 && underWay == silent;

    // Something happened: time may pass once nothing more does.
    private void Look()
    {
        events++;
        if (!isLooking && MayJump)
        {
            isLooking = true;
            _ = Task.Run(LookAsync);
        }
    }

    private async Task LookAsync()
    {
        var seen = -1L;
        for (var calm = 0; ; calm++)
        {
            lock (gate)
            {
                if (!MayJump)
                {
                    isLooking = false;
                    return;
                }

                if (seen != events)
                {
                    calm = 0;
                    seen = events;
                }
                else if (calm >= Looks)
                {
                    Jump();
                    calm = 0;
                    seen = -1;
                }
            }

            await Task.Delay(1);
        }
    }

    private void Jump()
    {
        now = Math.Max(now, timers.Min!.Due);
        while (timers.Min is { } timer && timer.Due <= now)
        {
            Remove(timer);
            silent -= timer.IsDeadline ? 1 : 0;
            ThreadPool.UnsafeQueueUserWorkItem(static ringing => ringing.Ring(), timer, preferLocal: false);
        }

        events++;
    }

    private void Add(Timer timer)
    {
        timers.Add(timer);
        underWay += timer.IsDeadline ? 1 : 0;
    }

    private void Remove(Timer timer)
    {
        if (timers.Remove(timer))
        {
            underWay -= timer.IsDeadline ? 1 : 0;
        }
    }

    private sealed class Timer(SwiftClock clock, TimerCallback callback, object? state) : ITimer
    {
        private static long count;

        public long Number { get; } = Interlocked.Increment(ref count);

        public long Due { get; private set; }

        public bool IsDeadline { get; private set; }

        public void Ring() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
            {
                throw new NotSupportedException("Nothing here rings more than once.");
            }

            lock (clock.gate)
            {
                clock.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock.now + dueTime.Ticks;
                    IsDeadline = dueTime >= Deadline;
                    clock.Add(this);
                }

                clock.Look();
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.Remove(this);
                clock.Look();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
