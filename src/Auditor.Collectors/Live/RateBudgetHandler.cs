using System.Collections.Concurrent;
using System.Net;

namespace Auditor.Collectors.Live;

/// <summary>Spends the rate limits of a source: lets a request pass when its bucket allows it and a place is free, and learns from the answers.</summary>
/// <param name="manners">How to behave.</param>
/// <param name="clock">Measures the time.</param>
/// <param name="health">Told of refusals, and ends the waiting for a source that was given up.</param>
/// <param name="server">Learns the source's time from its answers.</param>
/// <param name="bucketOf">The bucket that a path counts against.</param>
/// <param name="board">Told what is sent and waited for.</param>
/// <param name="inner">The next handler.</param>
internal sealed class RateBudgetHandler(
    Manners manners,
    TimeProvider clock,
    SourceHealth health,
    ServerClock server,
    Func<string, RateBucket> bucketOf,
    StatusBoard board,
    HttpMessageHandler inner
) : DelegatingHandler(inner)
{
    private readonly ConcurrentDictionary<string, RateBudget> buckets = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim places = new(manners.Concurrency, manners.Concurrency);

    /// <summary>The sizes of the buckets seen so far, in requests per window.</summary>
    public ImmutableSortedDictionary<string, int> Limits =>
        buckets
            .Where(bucket => bucket.Value.Limit is not null)
            .ToImmutableSortedDictionary(bucket => bucket.Key, bucket => bucket.Value.Limit!.Value, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        var bucket = bucketOf(path);
        var budget = buckets.GetOrAdd(bucket.Name, (_, of) => new RateBudget(manners, clock, of), bucket);
        await EnterAsync(budget, cancellationToken);
        HttpResponseMessage? response = null;
        var headers = default(RateHeaders);
        try
        {
            board.Sending(path);
            response = await base.SendAsync(request, cancellationToken);
            server.Observe(response);
            headers = RateHeaders.Of(response, clock.GetUtcNow());
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                var wait = Wait(headers);
                health.Waits(wait);
                budget.Close(wait);
            }

            return response;
        }
        finally
        {
            places.Release();
            budget.Leave(response, headers);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            places.Dispose();
            foreach (var budget in buckets.Values)
            {
                budget.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    // A bucket first and a place then, so that nobody occupies a place while waiting for a bucket.
    private async Task EnterAsync(RateBudget budget, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, health.GivenUp);
        try
        {
            await budget.EnterAsync(board.Waiting, both.Token);
            try
            {
                await places.WaitAsync(both.Token);
                RequireWithPlace();
            }
            catch (Exception e) when (e is OperationCanceledException or UnansweredException)
            {
                budget.Withdraw();
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            health.Require();
            throw;
        }
    }

    // The place may be that of the request whose refusal was one too many: the end of the waiting is told to others in its own time, and here it is known already.
    private void RequireWithPlace()
    {
        try
        {
            health.Require();
        }
        catch (UnansweredException)
        {
            places.Release();
            throw;
        }
    }

    // Without a time, or with one in the past, the retry's own pause is enough to begin with.
    private TimeSpan Wait(RateHeaders headers) =>
        headers.Refill is not { } refill || refill <= TimeSpan.Zero ? TimeSpan.FromSeconds(1)
        : refill > manners.LongestWait ? manners.LongestWait
        : refill;
}
