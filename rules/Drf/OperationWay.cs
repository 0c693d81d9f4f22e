using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Drf;

/// <summary>What lies on the way of an operation: of all that changed, only that can be behind another demand of it.</summary>
internal sealed class OperationWay
{
    // What they are set to says nothing about whether a token is asked for, or which.
    private static readonly string[] Mute =
    [
        "BasicAuthentication policy",
        "MessageLogging policy",
        "StatisticsCollector policy",
        "SpikeArrest policy",
        "Quota policy",
    ];

    private readonly string root;
    private readonly string? environment;
    private readonly string? endpoint;
    private readonly string? flow;
    private readonly string own;
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> whole = new(StringComparer.Ordinal);
    private readonly HashSet<string> maps = new(StringComparer.Ordinal);
    private readonly HashSet<string> servers = new(StringComparer.Ordinal);
    private readonly List<string> texts = [];
    private bool readsAnyMap;
    private bool callsAnyProxy;

    private OperationWay(Operation operation)
    {
        var program = operation.Endpoint.Program;
        root = $"apigee/{program.Organization.Name}/";
        environment = program.Environment?.Name;
        endpoint = program.Endpoint?.Name;
        flow = operation.Flow?.Name;
        own = FolderOf(program.Bundle);
        var waiting = new Queue<(Bundle Bundle, IEnumerable<Step> Steps)>();
        waiting.Enqueue(
            (program.Bundle, program.Endpoint is { } entry ? StepsOf(program.Bundle, entry, operation.Flow) : Shared(program.Bundle))
        );
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var hook in FlowHook.Points.Select(point => program.FindHook(point).Hook?.SharedFlow).OfType<string>())
        {
            Call(hook);
        }

        while (waiting.TryDequeue(out var next))
        {
            foreach (var step in next.Steps)
            {
                texts.Add(step.Condition?.Text ?? "");
                keys.Add($"{FolderOf(next.Bundle)}policies/{step.Policy}");
                if (next.Bundle.FindPolicy(step.Policy) is { } policy)
                {
                    Add(policy, next.Bundle);
                    if (policy is FlowCalloutPolicy callout)
                    {
                        Call(callout.SharedFlow);
                    }
                }
            }
        }

        void Call(string name)
        {
            if (!seen.Add(name))
            {
                return;
            }

            if (program.FindSharedFlow(name).Bundle is { } called)
            {
                keys.UnionWith(called.SharedFlows.Select(shared => $"{FolderOf(called)}flows/{shared.Name}"));
                waiting.Enqueue((called, Shared(called)));
            }
            else
            {
                // What it holds is not known here: all of it may have been on the way.
                whole.Add($"sharedflows/{name}/");
            }
        }
    }

    /// <summary>The way of an operation, as it is in the later state.</summary>
    public static OperationWay Of(Operation operation) => new(operation);

    /// <summary>Whether what changed lies on the way, and may say which token is asked for.</summary>
    public bool Holds(EntityChange change) =>
        Place(change) is { } place
        && (change.Status != EntityStatus.Modified || !Mute.Contains(change.EntityKind, StringComparer.Ordinal) || IsSwitched(change))
        && (
            keys.Contains(place)
            || place.StartsWith("flowhooks/", StringComparison.Ordinal)
            || whole.Any(folder => place.StartsWith(folder, StringComparison.Ordinal))
            || (callsAnyProxy && place.StartsWith("apis/", StringComparison.Ordinal) && !place.StartsWith(own, StringComparison.Ordinal))
            || (place == $"{own}proxies/{endpoint}" && IsOnWay(change))
            || (
                NameOf(place, "propertysets") is { } set
                && texts.Exists(text => text.Contains($"propertyset.{set}.", StringComparison.Ordinal))
            )
            || (NameOf(place, "keyvaluemaps") is { } map && (readsAnyMap || maps.Contains(map)))
            || (NameOf(place, "targetservers") is { } server && servers.Contains(server))
        );

    /// <summary>Whether what changed on the way is the way itself: which steps there are, whether they run, and what they call. A value is not.</summary>
    public bool IsItself(EntityChange change) =>
        Place(change) is { } place
        && (
            place.StartsWith("flowhooks/", StringComparison.Ordinal)
            || change.EntityKind is "shared flow"
            || (change.EntityKind is "proxy endpoint" && IsOnWay(change))
            || (
                change.EntityKind is "target endpoint"
                && !(
                    change.Status == EntityStatus.Modified
                    && change.Fields.All(field => field.Path.StartsWith("Connection", StringComparison.Ordinal))
                )
            )
            || (change.EntityKind.EndsWith(" policy", StringComparison.Ordinal) && IsSwitched(change))
        );

    private static bool IsSwitched(EntityChange change) =>
        change.Status != EntityStatus.Modified
        || change.Fields.Any(field =>
            field.Path is "enabled" or "continueOnError"
            || field.Path.Contains("/SharedFlowBundle", StringComparison.Ordinal)
            || field.Path.EndsWith("/Condition", StringComparison.Ordinal)
        );

    // The key within the organization, or its environment; null for what is not of them.
    private string? Place(EntityChange change)
    {
        if (
            !change.Key.StartsWith(root, StringComparison.Ordinal)
            || (environment is not null && change.Environment is { } other && other != environment)
        )
        {
            return null;
        }

        var place = change.Key[root.Length..];
        var prefix = $"environments/{change.Environment}/";
        return place.StartsWith(prefix, StringComparison.Ordinal) ? place[prefix.Length..] : place;
    }

    // The name of a set or map of the environment, the organization, or a bundle that is on the way.
    private string? NameOf(string place, string folder) =>
        place.StartsWith(folder + "/", StringComparison.Ordinal) ? place[(folder.Length + 1)..]
        : place.IndexOf($"/{folder}/", StringComparison.Ordinal) is > 0 and var at
        && (place.StartsWith(own, StringComparison.Ordinal) || keys.Any(key => key.StartsWith(place[..(at + 1)], StringComparison.Ordinal)))
            ? place[(at + folder.Length + 2)..]
        : null;

    // The steps of another conditional flow are not on the way; what it takes requests by is.
    private bool IsOnWay(EntityChange change) =>
        change.Status != EntityStatus.Modified
        || change.Fields.Any(field =>
        {
            var path = field.Path;
            if (path.StartsWith("PostClientFlow", StringComparison.Ordinal))
            {
                return false;
            }

            const string Flows = "Flows/";
            return !path.StartsWith(Flows, StringComparison.Ordinal)
                || (flow is { Length: > 0 } name && path[Flows.Length..].StartsWith(name, StringComparison.Ordinal))
                || flow is { Length: 0 }
                || !(path.Contains("/Request", StringComparison.Ordinal) || path.Contains("/Response", StringComparison.Ordinal));
        });

    private List<Step> StepsOf(Bundle bundle, ProxyEndpoint entry, Flow? conditional)
    {
        foreach (var route in entry.Routes)
        {
            texts.Add(route.Condition?.Text ?? "");
        }

        var steps = Of(entry.PreFlow)
            .Concat(conditional is null ? [] : Of(conditional))
            .Concat(Of(entry.PostFlow))
            .Concat(Faults(entry.FaultRules, entry.DefaultFaultRule))
            .ToList();
        foreach (var target in bundle.TargetEndpoints.Where(target => entry.Routes.Any(route => route.TargetEndpoint == target.Name)))
        {
            keys.Add($"{FolderOf(bundle)}targets/{target.Name}");
            steps.AddRange(
                Of(target.PreFlow)
                    .Concat(target.Flows.SelectMany(Of))
                    .Concat(Of(target.PostFlow))
                    .Concat(Faults(target.FaultRules, target.DefaultFaultRule))
            );
            switch (target.Connection)
            {
                case TargetConnection.Http http:
                    servers.UnionWith(http.Servers);
                    break;
                case TargetConnection.Local { Proxy: { } called }:
                    whole.Add($"apis/{called}/");
                    break;
                case TargetConnection.Local:
                    callsAnyProxy = true;
                    break;
                default:
                    break;
            }
        }

        return steps;
    }

    private void Add(Policy policy, Bundle bundle)
    {
        foreach (var element in policy.Root.SelfAndDescendants())
        {
            texts.Add(element.RawText);
            texts.AddRange(element.Attributes.Select(attribute => attribute.Value));
            if (element.Text.Contains("://", StringComparison.Ordinal) && bundle.FindResource(element.Text) is { } resource)
            {
                keys.Add($"{FolderOf(bundle)}resources/{resource.Type}/{resource.Name}");
                texts.Add(resource.Text ?? "");
            }
        }

        if (policy is KeyValueMapOperationsPolicy read)
        {
            if (read.Map is { Reference: null, Text: { Length: > 0 } name })
            {
                maps.Add(name);
            }
            else
            {
                readsAnyMap = true;
            }
        }
    }

    private static IEnumerable<Step> Of(Flow flow) => flow.Request.Concat(flow.Response);

    private static IEnumerable<Step> Faults(ImmutableArray<FaultRule> rules, FaultRule? last) =>
        (last is null ? rules : rules.Add(last)).SelectMany(rule => rule.Steps);

    private static IEnumerable<Step> Shared(Bundle bundle) => bundle.SharedFlows.SelectMany(shared => shared.Steps);

    private static string FolderOf(Bundle bundle) => $"{(bundle.Kind == BundleKind.Proxy ? "apis" : "sharedflows")}/{bundle.Name}/";
}
