using Auditor.History.Comparison;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Okta;

namespace Auditor.History.Tests;

/// <summary>Who changed something is said as certainly as the log says it.</summary>
public sealed class Attributions
{
    private static readonly DateTimeOffset Before = new(2026, 11, 20, 2, 0, 0, TimeSpan.Zero);

    private static AccessRule Rule => Estates.Meridian.Okta[0].AuthorizationServers.Items[0].Policies.Items[0].Rules.Items[0];

    [Fact]
    public void One_actor_who_touched_the_object_is_the_one()
    {
        var found = Find(Log(Event("Ana", Rule.Id, 1), Event("Ana", Rule.Id, 2), Event("Ben", "somebody else's", 1)));
        Assert.Equal(AttributionConfidence.Exact, found.Confidence);
        Assert.Equal("Ana", Assert.Single(found.Actors).Name);
    }

    [Fact]
    public void Of_several_actors_each_is_a_candidate()
    {
        var found = Find(Log(Event("Ana", Rule.Id, 1), Event("Ben", Rule.Id, 2)));
        Assert.Equal(AttributionConfidence.Candidates, found.Confidence);
        Assert.Equal(["Ana", "Ben"], found.Actors.Select(actor => actor.Name));
    }

    [Fact]
    public void What_was_done_before_is_no_change_since()
    {
        var found = Find(Log(Event("Ana", Rule.Id, -1)));
        Assert.Equal((AttributionConfidence.None, "the log that was read names nobody who touched it"), (found.Confidence, found.Why));
    }

    [Fact]
    public void Without_a_log_nobody_is_named_and_the_reason_is()
    {
        var found = Find(new Collected<LogEvent>([], new Coverage.NotCollected("not asked for")));
        Assert.Equal(AttributionConfidence.None, found.Confidence);
        Assert.Contains("--include system-log", found.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_is_older_than_the_log_is_not_explained_by_it()
    {
        var log = Log(Event("Ana", Rule.Id, 1));
        Assert.Equal(AttributionConfidence.Exact, Find(log, TimeSpan.FromDays(90)).Confidence);
        var found = Find(log, TimeSpan.FromDays(91));
        Assert.Equal(AttributionConfidence.None, found.Confidence);
        Assert.Contains("reaches back 90 days", found.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, AttributionConfidence.Exact, null)]
    [InlineData(0, AttributionConfidence.Exact, null)]
    [InlineData(1, AttributionConfidence.Candidates, "was read from 2026-11-20 03:00 UTC on, and the earlier state is older")]
    public void A_log_that_begins_after_the_earlier_state_names_nobody_for_certain(int since, AttributionConfidence confidence, string? why)
    {
        var found = Find(Log(Event("Ana", Rule.Id, 2)), since: Before.AddHours(since));
        Assert.Equal((confidence, "Ana"), (found.Confidence, Assert.Single(found.Actors).Name));
        Assert.EndsWith(why ?? "", found.Why ?? "", StringComparison.Ordinal);
        var nobody = Find(Log(Event("Ana", "somebody else's", 2)), since: Before.AddHours(since));
        Assert.Equal(AttributionConfidence.None, nobody.Confidence);
        Assert.EndsWith(why ?? "the log that was read names nobody who touched it", nobody.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_does_not_say_from_when_on_it_is_tells_by_its_oldest_entry()
    {
        var found = Find(Log(Event("Ana", Rule.Id, 2)), since: null);
        Assert.Equal(AttributionConfidence.Candidates, found.Confidence);
        Assert.Contains("'changesSince' in recording.json", found.Why, StringComparison.Ordinal);
        Assert.Equal(
            AttributionConfidence.Exact,
            Find(Log(Event("Ben", "somebody else's", -1), Event("Ana", Rule.Id, 2)), since: null).Confidence
        );
    }

    [Fact]
    public void A_log_that_broke_off_names_nobody_for_certain()
    {
        var log = new Collected<LogEvent>([Event("Ana", Rule.Id, 2)], new Coverage.Partial("the second page failed"));
        var found = Find(log);
        Assert.Equal(AttributionConfidence.Candidates, found.Confidence);
        Assert.Contains("the second page failed", found.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_of_one_org_says_nothing_of_another()
    {
        var landscape = Estates.Meridian with { CapturedAt = Before.AddDays(1) };
        var read = landscape with { Okta = [landscape.Okta[0], landscape.Okta[1] with { Log = Log(), LogSince = Before }] };
        var rule = Estates.Snapshot(read).Entities.Single(entity => entity.Kind == "access rule" && entity.Ids[0] == Rule.Id);
        Assert.Contains(
            "--include system-log",
            ChangeLog.Of(read with { Okta = [read.Okta[0] with { Log = Collected<LogEvent>.None }, read.Okta[1]] }, Before).Find(rule).Why,
            StringComparison.Ordinal
        );
    }

    private static Attribution Find(Collected<LogEvent> log, TimeSpan? age = null) => Find(log, Before, age);

    private static Attribution Find(Collected<LogEvent> log, DateTimeOffset? since, TimeSpan? age = null)
    {
        var landscape = Estates.Meridian with
        {
            CapturedAt = Before + (age ?? TimeSpan.FromDays(1)),
            Okta = [.. Estates.Meridian.Okta.Select(org => org with { Log = log, LogSince = since })],
        };
        var rule = Estates.Snapshot(landscape).Entities.Single(entity => entity.Kind == "access rule" && entity.Ids[0] == Rule.Id);
        return ChangeLog.Of(landscape, Before).Find(rule);
    }

    private static Collected<LogEvent> Log(params LogEvent[] events) => Collected<LogEvent>.Of([.. events]);

    private static LogEvent Event(string actor, string target, int hours) =>
        new(
            $"{actor}{hours}",
            Before.AddHours(hours),
            "policy.rule.update",
            actor,
            "User",
            actor,
            null,
            [target],
            new SourceLocation("logs.json")
        );
}
