using Auditor.History.Snapshots;
using Auditor.Model.Drift;

namespace Auditor.History.Comparison;

/// <summary>
/// What access changes because of accepted changes alone is accepted with them. Which change is behind it is not worked out: it is enough that every change which can be is accepted, and
/// where one that nobody accepted can be as well, or a list that could not be compared may hide one, the access counts.
/// </summary>
internal sealed class AcceptedAccess
{
    private const int ShownCauses = 3;

    private readonly EntityChange[] configuration;
    private readonly string[] unread;
    private readonly IReadOnlyDictionary<string, Entity> before;
    private readonly IReadOnlyDictionary<string, Entity> after;
    private readonly HashSet<string> callers;

    /// <summary>The changes of configuration, and what could not be compared.</summary>
    /// <param name="changes">All changes.</param>
    /// <param name="notAssessed">The parts that could not be compared.</param>
    /// <param name="before">The earlier state, by key.</param>
    /// <param name="after">The later state, by key.</param>
    public AcceptedAccess(
        IEnumerable<EntityChange> changes,
        IEnumerable<string> notAssessed,
        IReadOnlyDictionary<string, Entity> before,
        IReadOnlyDictionary<string, Entity> after
    )
    {
        var all = changes.Where(change => !change.IsAccess).ToArray();
        configuration = Array.Exists(all, change => change.Status == EntityStatus.Ignored) ? all : [];
        unread = [.. notAssessed.Select(part => part.Split(": ")[0] + "/")];
        this.before = before;
        this.after = after;
        callers =
            configuration.Length > 0
                ? before
                    .Values.Concat(after.Values)
                    .Where(entity =>
                        entity.Kind == "target endpoint"
                        && entity.Fields.Any(field => field.Path is "Connection/Proxy" or "Connection/LocalPath")
                    )
                    .Select(entity => BundleOf(entity.Key))
                    .ToHashSet(StringComparer.Ordinal)
                : [];
    }

    /// <summary>The change, accepted where it follows from accepted changes alone.</summary>
    public EntityChange With(EntityChange change)
    {
        if (!change.IsAccess || change.Status == EntityStatus.Ignored)
        {
            return change;
        }

        var causes = configuration.Where(cause => Matters(cause) && CanChange(cause.Key, cause.Environment, change)).ToList();
        return
            causes.Count == 0
            || causes.Exists(cause => cause.Status != EntityStatus.Ignored)
            || unread.Any(part => CanChange(part, null, change))
            ? change
            : change with
            {
                Status = EntityStatus.Ignored,
                IgnoredBy = "it follows from what is accepted: " + Words(causes),
            };
    }

    private static string Words(List<EntityChange> causes) =>
        string.Join("; ", causes.Take(ShownCauses).Select(cause => $"{cause.Title}: {cause.IgnoredBy}"))
        + (causes.Count > ShownCauses ? string.Create(CultureInfo.InvariantCulture, $"; and {causes.Count - ShownCauses} more") : "");

    // Names and descriptions open nothing; the name of a group is how people are known here.
    private static bool Matters(EntityChange cause) => cause.Impact > ChangeImpact.Cosmetic || cause.EntityKind == "group";

    private bool CanChange(string key, string? environment, EntityChange access) =>
        access.EntityKind == AccessFact.Grant ? CanChangeGrant(key, access) : CanChangeOperation(key, environment, access);

    private bool CanChangeGrant(string key, EntityChange access)
    {
        // access/<host>/<server>/<client>/<grant>
        var parts = access.Key.Split('/');
        if (parts.Length < 4)
        {
            return true;
        }

        if (key.StartsWith("apigee/", StringComparison.Ordinal))
        {
            // Where a token gets to is the gateway's to say as well.
            return access.Status == EntityStatus.Modified
                && (access.Find(AccessFact.Reaches) ?? access.Find(AccessFact.MayReach)) is not null;
        }

        var okta = $"okta/{parts[1]}/";
        if (!key.StartsWith(okta, StringComparison.Ordinal))
        {
            return false;
        }

        var place = key[okta.Length..].Split('/');
        return place[0] switch
        {
            "authorizationServers" => !AreOthers($"{okta}authorizationServers/", place.ElementAtOrDefault(1), parts[2]),
            "apps" => !AreOthers($"{okta}apps/", place.ElementAtOrDefault(1), parts[3]),
            "groups" or "inlineHooks" or "domains" => true,
            _ => false,
        };
    }

    private bool CanChangeOperation(string key, string? environment, EntityChange access)
    {
        // access/<organization>/<environment>/<proxy>/<endpoint>/<flow>
        var parts = access.Key.Split('/');
        if (parts.Length < 5)
        {
            return true;
        }

        if (key.StartsWith("okta/", StringComparison.Ordinal))
        {
            // Which issuer a token has, and which claims; who obtains it is told of clients.
            return key.Contains("/claims/", StringComparison.Ordinal)
                || key.Contains("/domains/", StringComparison.Ordinal)
                || (key.Contains("/authorizationServers/", StringComparison.Ordinal) && key.TrimEnd('/').Split('/').Length <= 4);
        }

        var root = $"apigee/{parts[1]}/";
        if (!key.StartsWith(root, StringComparison.Ordinal))
        {
            return false;
        }

        var place = key[root.Length..];
        var of = place.StartsWith("environments/", StringComparison.Ordinal) ? place.Split('/').ElementAtOrDefault(1) : environment;
        if (of is { Length: > 0 } && parts[2] != "*" && of != parts[2])
        {
            return false;
        }

        if (Clients.Any(folder => place.StartsWith(folder, StringComparison.Ordinal)))
        {
            return false;
        }

        // Another proxy answers for itself, unless this one calls proxies.
        return !IsOfAnotherProxy(place, parts[3]) || callers.Any(caller => caller.EndsWith($"/apis/{parts[3]}", StringComparison.Ordinal));
    }

    // Who holds keys, and by which host a proxy is reached: no part of what it demands.
    private static readonly string[] Clients = ["apps/", "developers/", "envgroups/"];

    private static bool IsOfAnotherProxy(string place, string proxy)
    {
        var parts = place.Split('/');
        var at = Array.IndexOf(parts, "apis");
        return at >= 0
            && at + 1 < parts.Length
            && parts[at + 1] is { Length: > 0 } name
            && name != proxy
            && !(at > 0 && parts[at - 1] == "bundles");
    }

    private static string BundleOf(string key) => key.IndexOf("/targets/", StringComparison.Ordinal) is > 0 and var at ? key[..at] : key;

    // Two ids are of different things where one state has both; of different states they may be the same thing.
    private bool AreOthers(string folder, string? one, string other) =>
        one is { Length: > 0 }
        && one != other
        && new[] { before, after }.Any(state => state.ContainsKey(folder + one) && state.ContainsKey(folder + other));
}
