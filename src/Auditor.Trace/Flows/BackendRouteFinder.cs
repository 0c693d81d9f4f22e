using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Finds the ways out of an endpoint, and what the requests that take them carry and have passed.</summary>
internal sealed partial class BackendRouteFinder(
    TracedEndpoint endpoint,
    FlowInterpreter interpreter,
    IReadOnlyList<FlowPath> admitted,
    IReadOnlyList<FlowPath> strangers,
    SymbolTable symbols,
    PossibilityFinder possible
)
{
    private const string HeaderPrefix = "request.header.";

    private readonly FlowProgram program = endpoint.Program;
    private readonly Diagram diagram = symbols.Diagram;

    /// <summary>The ways to targets, URLs and callouts, in document order of the targets.</summary>
    public IEnumerable<BackendRoute> Routes()
    {
        foreach (
            var group in admitted
                .Where(path => path.Destination == Destination.Target)
                .GroupBy(path => (path.Target, Name: NameOf(path)))
                .OrderBy(group => group.Key.Name, StringComparer.Ordinal)
        )
        {
            yield return Route([.. group], group.Key.Name);
        }

        var seen = new HashSet<ServiceCalloutPolicy>(ReferenceEqualityComparer.Instance);
        foreach (var path in admitted)
        {
            foreach (var visit in path.Visits)
            {
                if (visit is { Policy: ServiceCalloutPolicy { Enabled: true } callout, Runs: not Diagram.False } && seen.Add(callout))
                {
                    yield return Route(callout, visit.Owner);
                }
            }
        }
    }

    private static string NameOf(FlowPath path) =>
        path.Target is { } target ? $"target '{target.Name}'"
        : path.Route?.Url is { } url ? $"URL '{url.Text}'"
        : path.Route?.IntegrationEndpoint is { } integration ? $"integration '{integration}'"
        : $"target '{path.Route?.TargetEndpoint}'";

    private BackendRoute Route(List<FlowPath> paths, string name)
    {
        var target = paths[0].Target;
        var reachable = paths.Where(path => path.Reaches != Diagram.False).ToList();
        var address = Resolutions.Union(reachable.Select(interpreter.Address));
        var servers = ServersOf(target?.Connection);
        var hosts = HostsOf(target?.Connection, paths[0].Route?.Url, address, servers);
        return new BackendRoute(endpoint, name, target?.Location ?? paths[0].Route!.Location)
        {
            Target = target,
            Owner = program.Bundle,
            Connection = target?.Connection,
            Address = address,
            Servers = servers,
            Hosts = hosts.Hosts,
            HostsAreKnown = hosts.All,
            IsReachable = reachable.Count > 0,
            Unlimited = possible.Harmful(
                reachable.Select(path => (path, diagram.Without(path.Reaches, Limited(path, path.Visits.Length)), path.Reaches)),
                "a valid token"
            ),
            ReadsToken = TokensOf(reachable).Count > 0,
            ForwardedTokens = [.. ForwardedTokens(reachable, target?.Connection)],
        };
    }

    private BackendRoute Route(ServiceCalloutPolicy callout, Bundle owner)
    {
        var ways = new List<(FlowPath Path, int Runs, int Unlimited)>();
        foreach (var path in admitted)
        {
            for (var i = 0; i < path.Visits.Length; i++)
            {
                if (ReferenceEquals(path.Visits[i].Policy, callout) && path.Visits[i].Runs != Diagram.False)
                {
                    // What counts a request after it has called out protects nothing.
                    var runs = path.Visits[i].Runs;
                    ways.Add((path, runs, diagram.Without(runs, Limited(path, i))));
                }
            }
        }

        var name = $"ServiceCallout '{callout.Name}'";
        var address = endpoint.Callouts.FirstOrDefault(other => ReferenceEquals(other.Policy, callout))?.Url ?? Resolution.Absent.Instance;
        var servers = ServersOf(callout.Connection);
        var hosts = HostsOf(callout.Connection, null, address, servers);
        var alone = ways.Where(way => way.Path.Destination == Destination.NullRoute).Select(way => (way.Path, way.Unlimited, way.Runs));
        return new BackendRoute(endpoint, name, callout.Location)
        {
            Callout = callout,
            Owner = owner,
            Connection = callout.Connection,
            Address = address,
            Servers = servers,
            Hosts = hosts.Hosts,
            HostsAreKnown = hosts.All,
            IsReachable = ways.Count > 0,
            Unlimited = possible.Harmful(alone, "a valid token") is { } found
                ? found with
                {
                    Witness = found.Witness with { Reaches = name },
                }
                : null,
            ForwardedTokens = [.. CopiedTokens(callout, ways.ConvertAll(way => (way.Path, way.Runs)), name)],
        };
    }

    private ImmutableArray<TargetServer> ServersOf(TargetConnection? connection) =>
        connection is TargetConnection.Http { Servers: { IsEmpty: false } names } && program.Environment is { } environment
            ?
            [
                .. names
                    .Select(name => environment.TargetServers.Items.FirstOrDefault(server => server.Name == name))
                    .OfType<TargetServer>(),
            ]
            : [];

    private static (ImmutableArray<string> Hosts, bool All) HostsOf(
        TargetConnection? connection,
        Setting? direct,
        Resolution address,
        ImmutableArray<TargetServer> servers
    )
    {
        if (connection is TargetConnection.Http { Servers: { IsEmpty: false } named, Url: null })
        {
            return (
                [
                    .. servers
                        .Select(server => server.Host)
                        .Distinct(StringComparer.OrdinalIgnoreCase)
                        .Order(StringComparer.OrdinalIgnoreCase),
                ],
                servers.Length == named.Length
            );
        }

        if (address.IsKnown)
        {
            var known = address.Texts.Select(HostOf).ToList();
            return (
                [.. known.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)],
                !known.Contains(null)
            );
        }

        // Only the path of a template may be unknown.
        var written = (connection as TargetConnection.Http)?.Url ?? direct;
        return address is not Resolution.Absent && written is not null && HostOf(written.Text) is { } host ? ([host], true) : ([], false);
    }

    private static string? HostOf(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var authority = url[(start + 3)..];
        var end = authority.IndexOfAny(['/', '?', '#']);
        authority = end < 0 ? authority : authority[..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        return authority.Length == 0 || authority.AsSpan().ContainsAny('{', '}', ' ') ? null
            : Uri.TryCreate("https://" + authority, UriKind.Absolute, out var uri) ? uri.Host
            : null;
    }

    /// <summary>When a request has been counted by some policy before a step.</summary>
    private int Limited(FlowPath path, int before)
    {
        var limited = Diagram.False;
        foreach (var point in (ReadOnlySpan<string>)["PreProxyFlowHook", "PreTargetFlowHook"])
        {
            if (program.FindHook(point) is (null, { IsComplete: false } coverage))
            {
                limited = symbols.Unknown(
                    $"no flow hook of environment '{program.Environment!.Name}' limits the rate",
                    $"the flow hooks of environment '{program.Environment.Name}' ({coverage.Reason})",
                    program.Environment.Location
                );
                limited = diagram.Not(limited);
            }
        }

        // A called proxy counts what reaches its backend.
        foreach (var visit in path.Visits.Take(before).Concat(before == path.Visits.Length ? path.Beyond : []))
        {
            if (visit.Policy is { Enabled: true } policy && RatePolicies.Limits(policy))
            {
                limited = diagram.Or(limited, visit.Runs);
            }
            else if (UnknownFlow(visit) is var (flow, why))
            {
                limited = diagram.Or(
                    limited,
                    diagram.Without(visit.Runs, symbols.Unknown($"shared flow '{flow}' does not limit the rate", why, visit.Location))
                );
            }
        }

        return limited;
    }

    private (string Flow, string Why)? UnknownFlow(StepVisit visit)
    {
        var flow = visit switch
        {
            { Policy: FlowCalloutPolicy { Enabled: true } call } => call.SharedFlow,
            { Hook.SharedFlow: { } hooked } => hooked,
            _ => null,
        };
        return flow is not null && program.FindSharedFlow(flow) is { Bundle: null } lookup
            ? (flow, lookup.Why ?? $"shared flow '{flow}', which does not exist")
            : null;
    }
}
