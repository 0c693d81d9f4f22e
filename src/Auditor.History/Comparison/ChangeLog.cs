using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>Who touched what between two states, as the logs of an estate tell it.</summary>
public sealed class ChangeLog
{
    private readonly Dictionary<string, List<ChangeActor>> byTarget = new(StringComparer.Ordinal);
    private readonly string? unread;

    private ChangeLog(string? unread) => this.unread = unread;

    /// <summary>No log: nothing is known of anybody.</summary>
    public static ChangeLog None { get; } = new("no log was read");

    /// <summary>The log of a landscape, between two times. Events at the edges are in.</summary>
    /// <param name="landscape">The later landscape, whose log reaches back.</param>
    /// <param name="since">When the earlier state was captured; null when unknown.</param>
    public static ChangeLog Of(Landscape landscape, DateTimeOffset? since)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        var read = landscape.Okta.Any(org => org.Log.Coverage is not Coverage.NotCollected);
        var log = new ChangeLog(
            !read ? "no log was read (opt in with --include system-log)"
            : since is null ? "it is not known when the earlier state was captured"
            : null
        );
        foreach (
            var entry in landscape
                .Okta.SelectMany(org => org.Log.Items)
                .Where(entry => since is { } from && entry.Published >= from && entry.MayHaveChanged)
        )
        {
            var name = entry.ActorName ?? entry.ActorId;
            if (name is null)
            {
                continue;
            }

            foreach (var target in entry.Targets)
            {
                if (!log.byTarget.TryGetValue(target, out var actors))
                {
                    log.byTarget[target] = actors = [];
                }

                actors.Add(new ChangeActor(name, entry.ActorType, entry.Published, entry.EventType) { Through = Through(entry) });
            }
        }

        return log;
    }

    private static string? Through(Model.Okta.LogEvent entry) =>
        entry.ApiTokenId is { } token ? $"API token {token}" + (entry.UserAgent is { } agent ? $" ({agent})" : "") : entry.UserAgent;

    /// <summary>Who touched an entity.</summary>
    public Attribution Find(Entity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        if (unread is not null)
        {
            return Attribution.Unknown(unread);
        }

        var isOkta = entity.Key.StartsWith("okta/", StringComparison.Ordinal);
        if (!isOkta)
        {
            return Attribution.Unknown("the audit log of Apigee was not read");
        }

        // The most specific id that the log names: the rule itself before its policy.
        foreach (var id in entity.Ids)
        {
            if (byTarget.TryGetValue(id, out var actors))
            {
                ImmutableArray<ChangeActor> ordered =
                [
                    .. actors
                        .DistinctBy(actor => (actor.Name, actor.Event))
                        .OrderBy(actor => actor.At)
                        .ThenBy(actor => actor.Name, StringComparer.Ordinal),
                ];
                var exact =
                    ReferenceEquals(id, entity.Ids[0]) && ordered.Select(actor => actor.Name).Distinct(StringComparer.Ordinal).Count() == 1;
                return new Attribution(exact ? AttributionConfidence.Exact : AttributionConfidence.Candidates, ordered, null);
            }
        }

        return Attribution.Unknown("the log names nobody who touched it");
    }
}
