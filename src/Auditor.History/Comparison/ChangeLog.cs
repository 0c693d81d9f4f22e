using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>Who touched what between two states, as the logs of an estate tell it.</summary>
public sealed class ChangeLog
{
    // What the resource of a log entry has behind the name of the thing that changed.
    private static readonly string[] Tails = ["/revisions/", "/deployments", "/entries/", ":"];

    // Okta keeps its System Log for 90 days; Cloud Logging keeps Admin Activity for 400.
    private static readonly TimeSpan OktaKeeps = TimeSpan.FromDays(90);
    private static readonly TimeSpan GoogleKeeps = TimeSpan.FromDays(400);

    private readonly Dictionary<string, List<ChangeActor>> byTarget = new(StringComparer.Ordinal);
    private readonly string? unreadOkta;
    private readonly string? unreadApigee;

    private ChangeLog(string? unreadOkta, string? unreadApigee)
    {
        this.unreadOkta = unreadOkta;
        this.unreadApigee = unreadApigee;
    }

    /// <summary>No log: nothing is known of anybody.</summary>
    public static ChangeLog None { get; } = new("no log was read", "no log was read");

    /// <summary>The logs of a landscape, from a time on. Events at that time are in.</summary>
    /// <param name="landscape">The later landscape, whose logs reach back.</param>
    /// <param name="since">When the earlier state was captured; null when unknown.</param>
    public static ChangeLog Of(Landscape landscape, DateTimeOffset? since)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        if (since is not { } from)
        {
            const string NotKnown = "it is not known when the earlier state was captured";
            return new ChangeLog(NotKnown, NotKnown);
        }

        var age = (landscape.CapturedAt ?? from) - from;
        var log = new ChangeLog(
            !landscape.Okta.Any(org => IsRead(org.Log.Coverage)) ? "the System Log was not read (opt in with --include system-log)"
                : age > OktaKeeps ? "the earlier state is older than the System Log, which reaches back 90 days"
                : null,
            !landscape.Apigee.Any(organization => IsRead(organization.AuditLog.Coverage))
                    ? "the audit log of Apigee was not read (opt in with --include audit-log)"
                : age > GoogleKeeps ? "the earlier state is older than the audit log, which reaches back 400 days"
                : null
        );
        foreach (
            var entry in landscape.Okta.SelectMany(org => org.Log.Items).Where(entry => entry.Published >= from && entry.MayHaveChanged)
        )
        {
            if ((entry.ActorName ?? entry.ActorId) is { } name)
            {
                foreach (var target in entry.Targets)
                {
                    log.Add(target, new ChangeActor(name, entry.ActorType, entry.Published, entry.EventType) { Through = Through(entry) });
                }
            }
        }

        foreach (var entry in landscape.Apigee.SelectMany(organization => organization.AuditLog.Items).Where(entry => entry.At >= from))
        {
            if (entry.Principal is { } principal)
            {
                var kind = principal.EndsWith(".gserviceaccount.com", StringComparison.Ordinal) ? "ServiceAccount" : "User";
                var method = entry.Method[(entry.Method.LastIndexOf('.') + 1)..];
                log.Add(NameOf(entry.Resource), new ChangeActor(principal, kind, entry.At, method));
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
        if ((entity.Key.StartsWith("okta/", StringComparison.Ordinal) ? unreadOkta : unreadApigee) is { } unread)
        {
            return Attribution.Unknown(unread);
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

        return Attribution.Unknown("the log that was read names nobody who touched it");
    }

    private static bool IsRead(Coverage coverage) => coverage is Coverage.Complete or Coverage.Partial;

    private static string NameOf(string resource)
    {
        var end = Tails
            .Select(tail => resource.IndexOf(tail, StringComparison.Ordinal))
            .Where(at => at > 0)
            .DefaultIfEmpty(resource.Length)
            .Min();
        return resource[..end];
    }

    private void Add(string target, ChangeActor actor)
    {
        if (!byTarget.TryGetValue(target, out var actors))
        {
            byTarget[target] = actors = [];
        }

        actors.Add(actor);
    }
}
