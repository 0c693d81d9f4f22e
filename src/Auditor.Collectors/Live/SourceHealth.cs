using Auditor.Model;

namespace Auditor.Collectors.Live;

/// <summary>
/// Whether it still makes sense to ask a source. When several requests in a row failed for good, the rest are not sent: nobody gains from knocking 7,000 times at a
/// closed door, and what they ask for is not assessed either way.
/// </summary>
internal sealed class SourceHealth(Manners manners) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource givenUp = new();
    private int failures;
    private TimeSpan waited;
    private Coverage? verdict;

    /// <summary>Ends the waiting for a source that was given up.</summary>
    public CancellationToken GivenUp => givenUp.Token;

    /// <inheritdoc/>
    public void Dispose() => givenUp.Dispose();

    /// <summary>Refuses when the source was given up.</summary>
    /// <exception cref="UnansweredException">It was.</exception>
    public void Require()
    {
        lock (gate)
        {
            if (verdict is not null)
            {
                throw new UnansweredException(verdict, isTransient: false);
            }
        }
    }

    /// <summary>An answer came that shows the source alive and the credential accepted.</summary>
    public void Answered()
    {
        lock (gate)
        {
            failures = 0;
        }
    }

    /// <summary>A request failed for good.</summary>
    public void Failed(Coverage why)
    {
        lock (gate)
        {
            if (++failures >= manners.FailuresInARow)
            {
                GiveUp(why);
            }
        }
    }

    /// <summary>A rate limit refused, and the wait for it begins.</summary>
    public void Waits(TimeSpan time)
    {
        lock (gate)
        {
            waited += time;
            if (waited > manners.WaitingBudget)
            {
                GiveUp(
                    new Coverage.Failed(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the source kept refusing for its rate limit, {manners.WaitingBudget.TotalMinutes:0} minutes long"
                        )
                    )
                );
            }
        }
    }

    private void GiveUp(Coverage why)
    {
        if (verdict is not null)
        {
            return;
        }

        verdict = why switch
        {
            Coverage.Denied denied => new Coverage.Denied(denied.Permission + "; asked no further"),
            _ => new Coverage.Failed(why.Reason + "; asked no further"),
        };
        // Whoever waits wakes on another thread: nothing of theirs runs inside this lock.
        _ = givenUp.CancelAsync();
    }
}
