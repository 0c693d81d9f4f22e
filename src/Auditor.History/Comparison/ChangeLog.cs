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

    // The logs of a vendor: which of it was read, and what is said where none was.
    private const string OktaUnread = "the System Log was not read (opt in with --include system-log)";
    private const string ApigeeUnread = "the audit log of Apigee was not read (opt in with --include audit-log)";

    private readonly Dictionary<string, List<ChangeActor>> byTarget = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reach> reaches = new(StringComparer.Ordinal);
    private readonly string? unread;
    private readonly bool isOfChanges = true;

    private ChangeLog(string? unread) => this.unread = unread;

    /// <summary>For two states of which neither became the other, two environments or a plan: nobody is asked who did it.</summary>
    public static ChangeLog OfNoChange { get; } = new(isOfChanges: false);

    private ChangeLog(bool isOfChanges)
        : this(null) => this.isOfChanges = isOfChanges;

    /// <summary>No log: nothing is known of anybody.</summary>
    public static ChangeLog None { get; } = new("no log was read");

    /// <summary>The logs of a landscape, from a time on. Events at that time are in.</summary>
    /// <param name="landscape">The later landscape, whose logs reach back.</param>
    /// <param name="since">When the earlier state was captured; null when unknown.</param>
    public static ChangeLog Of(Landscape landscape, DateTimeOffset? since)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        if (since is not { } from)
        {
            return new ChangeLog("it is not known when the earlier state was captured");
        }

        var age = (landscape.CapturedAt ?? from) - from;
        var log = new ChangeLog(null);
        foreach (var org in landscape.Okta)
        {
            log.reaches["okta/" + org.Host] =
                !IsRead(org.Log.Coverage) ? new Reach(OktaUnread, null)
                : age > OktaKeeps ? new Reach("the earlier state is older than the System Log, which reaches back 90 days", null)
                : new Reach(null, Gap("System Log", org.Log.Coverage, org.LogSince, org.Log.Select(entry => entry.Published), from));
            log.Add(org, from);
        }

        foreach (var organization in landscape.Apigee)
        {
            var entries = organization.AuditLog;
            log.reaches["apigee/" + organization.Name] =
                !IsRead(entries.Coverage) ? new Reach(ApigeeUnread, null)
                : age > GoogleKeeps ? new Reach("the earlier state is older than the audit log, which reaches back 400 days", null)
                : new Reach(null, Gap("audit log", entries.Coverage, organization.AuditLogSince, entries.Select(entry => entry.At), from));
            log.Add(organization, from);
        }

        return log;
    }

    private void Add(Model.Okta.OktaOrg org, DateTimeOffset from)
    {
        foreach (var entry in org.Log.Items.Where(entry => entry.Published >= from && entry.MayHaveChanged))
        {
            if ((entry.ActorName ?? entry.ActorId) is { } name)
            {
                foreach (var target in entry.Targets)
                {
                    Add(target, new ChangeActor(name, entry.ActorType, entry.Published, entry.EventType) { Through = Through(entry) });
                }
            }
        }
    }

    private void Add(Model.Apigee.ApigeeOrganization organization, DateTimeOffset from)
    {
        foreach (var entry in organization.AuditLog.Items.Where(entry => entry.At >= from))
        {
            if (entry.Principal is { } principal)
            {
                var kind = principal.EndsWith(".gserviceaccount.com", StringComparison.Ordinal) ? "ServiceAccount" : "User";
                var method = entry.Method[(entry.Method.LastIndexOf('.') + 1)..];
                Add(NameOf(entry.Resource), new ChangeActor(principal, kind, entry.At, method));
            }
        }
    }

    // What of the time between the two states a log leaves out; null for nothing. A log that does not say from when on it is tells that by its oldest entry.
    private static string? Gap(
        string name,
        Coverage coverage,
        DateTimeOffset? since,
        IEnumerable<DateTimeOffset> entries,
        DateTimeOffset from
    ) =>
        coverage is Coverage.Partial partial ? $"the {name} was not read to its end ({partial.Why})"
        : since is { } begin
            ? begin <= from ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"the {name} was read from {begin.UtcDateTime:yyyy-MM-dd HH:mm} UTC on, and the earlier state is older"
                )
        : entries.Any(time => time <= from) ? null
        : $"the input does not say from when on its {name} is ('changesSince' in recording.json)";

    private static string? Through(Model.Okta.LogEvent entry) =>
        entry.ApiTokenId is { } token ? $"API token {token}" + (entry.UserAgent is { } agent ? $" ({agent})" : "") : entry.UserAgent;

    /// <summary>Who touched an entity.</summary>
    public Attribution Find(Entity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        if (!isOfChanges)
        {
            return new Attribution(AttributionConfidence.None, [], null);
        }

        if (unread is not null)
        {
            return Attribution.Unknown(unread);
        }

        var reach = ReachOf(entity.Key);
        if (reach.Unread is { } why)
        {
            return Attribution.Unknown(why);
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
                    reach.Gap is null
                    && ReferenceEquals(id, entity.Ids[0])
                    && ordered.Select(actor => actor.Name).Distinct(StringComparer.Ordinal).Count() == 1;
                return exact
                    ? new Attribution(AttributionConfidence.Exact, ordered, null)
                    : new Attribution(AttributionConfidence.Candidates, ordered, reach.Gap);
            }
        }

        return Attribution.Unknown(reach.Gap ?? "the log that was read names nobody who touched it");
    }

    // The log of the org or organization itself. One that is gone has none; of access, which follows from several, nobody is named.
    private Reach ReachOf(string key)
    {
        var vendor = key.StartsWith("okta/", StringComparison.Ordinal) ? "okta/" : "apigee/";
        return key.Split('/', 3) is [var first, var second, ..] && reaches.TryGetValue($"{first}/{second}", out var own) ? own
            : reaches.Any(reach => reach.Key.StartsWith(vendor, StringComparison.Ordinal) && reach.Value.Unread is null)
                ? new Reach(null, null)
            : new Reach(vendor == "okta/" ? OktaUnread : ApigeeUnread, null);
    }

    // Why nothing is known, or why not all of the time between.
    private readonly record struct Reach(string? Unread, string? Gap);

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
