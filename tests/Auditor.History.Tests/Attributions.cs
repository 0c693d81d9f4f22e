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

    private static Attribution Find(Collected<LogEvent> log, TimeSpan? age = null)
    {
        var landscape = Estates.Meridian with
        {
            CapturedAt = Before + (age ?? TimeSpan.FromDays(1)),
            Okta = [.. Estates.Meridian.Okta.Select(org => org with { Log = log })],
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
