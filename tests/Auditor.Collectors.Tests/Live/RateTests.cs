using System.Globalization;
using System.Net;
using Auditor.Collectors.Live;
using Auditor.Simulators;
using Microsoft.AspNetCore.Http;

namespace Auditor.Collectors.Tests.Live;

public sealed class RateTests
{
    [Fact]
    public async Task A_minute_holds_the_share_of_the_bucket_and_the_next_request_waits_for_the_next_one()
    {
        await using var source = await LiveSource.StartAsync(Limited(limit: 50));
        await InTurnAsync(source, 70);
        Assert.Equal([20, 20, 20, 10], ByMinute(source.Server));
    }

    [Fact]
    public async Task However_many_ask_at_once_no_window_of_a_minute_holds_more_than_the_share_of_the_bucket()
    {
        await using var source = await LiveSource.StartAsync(Limited(limit: 50));
        var answers = await Task.WhenAll(Enumerable.Range(0, 70).Select(i => source.AskAsync($"things/{i}/parts")));
        Assert.All(answers, answer => Assert.Equal("[]", answer));
        Assert.Equal(70, source.Server.Requests.Count);
        Assert.InRange(MostInAMinute(source.Server), 1, 20);
        Assert.InRange(source.Server.MostUnderWay, 1, 4);
        Assert.Contains(source.Statuses, status => status.Waiting > TimeSpan.Zero);
        Assert.Equal(50, source.Pipeline.Limits["things"]);
    }

    [Fact]
    public async Task Four_requests_are_under_way_at_once_and_never_five()
    {
        using var all = new CountdownEvent(4);
        await using var source = await LiveSource.StartAsync(
            async (context, _) =>
            {
                // The first is alone: its answer tells whether there is a limit. Of the others none is answered before four are here.
                if (context.Request.Path != "/things")
                {
                    if (!all.IsSet)
                    {
                        all.Signal();
                    }

                    while (!all.IsSet)
                    {
                        await Task.Delay(1, context.RequestAborted);
                    }
                }

                await context.Response.WriteAsync("[]");
            }
        );
        await source.AskAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => source.AskAsync($"things/{i}/parts")));
        Assert.Equal(4, source.Server.MostUnderWay);
    }

    [Fact]
    public async Task Where_nothing_says_a_limit_the_assumed_one_holds()
    {
        await using var source = await LiveSource.StartAsync(assumed: 25);
        await InTurnAsync(source, 25);
        Assert.Equal([10, 10, 5], ByMinute(source.Server));
    }

    [Fact]
    public async Task Where_there_is_no_limit_nothing_waits()
    {
        await using var source = await LiveSource.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => source.AskAsync($"things/{i}/parts")));
        Assert.Equal(200, source.Server.Requests.Count);
        Assert.DoesNotContain(source.Statuses, status => status.Waiting is not null);
    }

    [Fact]
    public async Task Reading_stops_at_the_reserve_whoever_has_used_the_rest()
    {
        var others = 85;
        await using var source = await LiveSource.StartAsync(
            (context, clock) =>
            {
                // Somebody else has used 85 of 100.
                Say(context, 100, 100 - others, clock.GetUtcNow().AddSeconds(40));
                return context.Response.WriteAsync("[]");
            }
        );
        await source.AskAsync("things/0/parts");
        others = 91;
        await source.AskAsync("things/1/parts");
        others = 0;
        await source.AskAsync("things/2/parts");
        var requests = source.Server.Requests;
        Assert.Equal(requests[0].At, requests[1].At);
        Assert.InRange(requests[2].At - requests[1].At, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(42));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_refusal_by_the_limit_is_waited_out_by_the_clock_of_the_server(int skewInMinutes)
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.ClockSkew = TimeSpan.FromMinutes(skewInMinutes);
        source.Server.Faults.Add(_ => true, TooMany(source, TimeSpan.FromSeconds(30 + (60 * skewInMinutes))), times: 1);
        Assert.Equal("[]", await source.AskAsync());
        var requests = source.Server.Requests;
        Assert.Equal(2, requests.Count);
        Assert.InRange(requests[1].At - requests[0].At, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(32));
    }

    [Theory]
    [InlineData("X-Rate-Limit-Reset", "not a number")]
    [InlineData("X-Rate-Limit-Reset", "1")]
    [InlineData("Retry-After", "1")]
    [InlineData("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")]
    [InlineData("X-Nothing", "")]
    public async Task A_refusal_without_a_usable_time_is_retried_with_pauses(string header, string value)
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add(_ => true, Fault.Status(429, (header, value)), times: 4);
        Assert.Equal("[]", await source.AskAsync());
        Assert.Equal(5, source.Server.Requests.Count);
    }

    [Fact]
    public async Task No_refusal_makes_wait_longer_than_the_longest_wait()
    {
        await using var source = await LiveSource.StartAsync();
        source.Server.Faults.Add(_ => true, TooMany(source, TimeSpan.FromHours(20)), times: 1);
        Assert.Equal("[]", await source.AskAsync());
        var requests = source.Server.Requests;
        Assert.InRange(requests[1].At - requests[0].At, TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(121));
    }

    [Fact]
    public async Task A_source_that_only_refuses_for_its_limit_is_given_up()
    {
        await using var source = await LiveSource.StartAsync(manners: LiveSource.Patient with { WaitingBudget = TimeSpan.FromMinutes(3) });
        source.Server.Faults.Add(_ => true, TooMany(source, TimeSpan.FromSeconds(60)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => source.AskAsync($"things/{i}/parts")));
        Assert.All(
            answers,
            answer =>
                Assert.Contains(answer, new[] { "429", "the source kept refusing for its rate limit, 3 minutes long; asked no further" })
        );
        // The third refusal of a minute and a second is more than the budget; three more requests can be under way by then.
        Assert.InRange(source.Server.Requests.Count, 3, 6);
    }

    [Fact]
    public void The_smallest_of_several_resets_counts_and_epochs_in_milliseconds_are_read()
    {
        var now = new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero);
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.Date = now;
        response.Headers.Add("X-Rate-Limit-Limit", "100");
        response.Headers.Add("X-Rate-Limit-Remaining", "0");
        response.Headers.Add("X-Rate-Limit-Reset", [Epoch(now.AddSeconds(50)), Epoch(now.AddSeconds(20))]);
        Assert.Equal(new RateHeaders(100, 0, TimeSpan.FromSeconds(21)), RateHeaders.Of(response, now.AddMinutes(-10)));

        response.Headers.Remove("X-Rate-Limit-Reset");
        response.Headers.Add("X-Rate-Limit-Reset", now.AddSeconds(30).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.FromSeconds(31), RateHeaders.Of(response, now).Refill);
    }

    [Fact]
    public void A_limit_of_zero_is_a_refusal_for_concurrency_and_says_nothing_about_the_bucket()
    {
        var now = new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero);
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.Add("X-Rate-Limit-Limit", "0");
        response.Headers.Add("X-Rate-Limit-Remaining", "0");
        response.Headers.Add("X-Rate-Limit-Reset", Epoch(now.AddSeconds(60)));
        Assert.Equal(new RateHeaders(null, null, TimeSpan.FromSeconds(61)), RateHeaders.Of(response, now));
    }

    private static Fault TooMany(LiveSource source, TimeSpan reset) =>
        new(
            "429",
            (context, _) =>
            {
                context.Response.StatusCode = 429;
                Say(context, 100, 0, source.Clock.GetUtcNow() + reset);
                return Task.CompletedTask;
            }
        );

    private static Func<HttpContext, SwiftClock, Task> Limited(int limit) =>
        (context, clock) =>
        {
            Say(context, limit, limit - 1, clock.GetUtcNow().AddSeconds(60));
            return context.Response.WriteAsync("[]");
        };

    private static void Say(HttpContext context, int limit, int remaining, DateTimeOffset reset)
    {
        context.Response.Headers["X-Rate-Limit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Rate-Limit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Rate-Limit-Reset"] = Epoch(reset);
    }

    private static string Epoch(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static async Task InTurnAsync(LiveSource source, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal("[]", await source.AskAsync($"things/{i}/parts"));
        }
    }

    // The numbers of requests in the minutes from the first one on.
    private static int[] ByMinute(LoopbackServer server)
    {
        var times = server.Requests.Select(request => request.At).ToArray();
        return
        [
            .. times.GroupBy(time => (int)(time - times[0]).TotalMinutes).OrderBy(minute => minute.Key).Select(minute => minute.Count()),
        ];
    }

    private static int MostInAMinute(LoopbackServer server)
    {
        var times = server.Requests.Select(request => request.At).Order().ToArray();
        return times.Max(from => times.Count(time => time >= from && time < from.AddMinutes(1)));
    }
}
