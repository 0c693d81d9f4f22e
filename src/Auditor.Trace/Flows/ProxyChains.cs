using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Follows requests from a proxy into the proxies it calls by LocalTargetConnection: what those refuse has not reached a backend.</summary>
internal static class ProxyChains
{
    public static void Apply(TracedEndpoint[] endpoints)
    {
        // The ends of chains first. Proxies that call each other in a circle stay as they are.
        while (Array.Exists(endpoints, endpoint => Settle(endpoint, endpoints))) { }
    }

    private static bool Settle(TracedEndpoint endpoint, TracedEndpoint[] endpoints)
    {
        var isChanged = false;
        endpoint.Operations =
        [
            .. endpoint.Operations.Select(operation =>
            {
                if (operation.Bypass is not { Chained.IsEmpty: false } bypass)
                {
                    return operation;
                }

                var called = bypass.Chained.Select(target => (Target: target, Endpoints: Find(target, endpoint, endpoints))).ToList();
                if (called.Exists(pair => pair.Endpoints.Exists(IsPending)))
                {
                    return operation;
                }

                isChanged = true;
                return operation.With(Behind(bypass, called));
            }),
        ];
        return isChanged;
    }

    private static bool IsPending(TracedEndpoint endpoint) =>
        endpoint.Operations.Any(operation => operation.Bypass is { Chained.IsEmpty: false });

    private static Bypass? Behind(Bypass bypass, List<(TargetConnection.Local Target, List<TracedEndpoint> Endpoints)> called)
    {
        var unknowns = bypass.IsDefinite ? new List<TraceUnknown>() : [.. bypass.Unknowns];
        var isOpen = false;
        foreach (var (target, endpoints) in called)
        {
            var name = target.Proxy is { } proxy ? $"proxy '{proxy}'" : $"the proxy at '{target.Path}'";
            if (endpoints.Count == 0)
            {
                unknowns.Add(new TraceUnknown($"whether {name} refuses it", $"{name}, which is not part of the input", target.Location));
                isOpen = true;
            }

            foreach (var operation in endpoints.SelectMany(endpoint => endpoint.Operations))
            {
                if (operation.NotAssessed is { } reason)
                {
                    unknowns.Add(new TraceUnknown($"whether {name} refuses it", $"{name} ({reason})", operation.Location));
                    isOpen = true;
                }
                else if (operation.Bypass is { IsDefinite: true })
                {
                    return bypass with { Chained = [] };
                }
                else if (operation.Bypass is { } possible)
                {
                    unknowns.AddRange(possible.Unknowns);
                    isOpen = true;
                }
            }
        }

        return isOpen
            ? bypass with
            {
                IsDefinite = false,
                Unknowns =
                [
                    .. unknowns
                        .DistinctBy(unknown => unknown.What, StringComparer.Ordinal)
                        .OrderBy(unknown => unknown.What, StringComparer.Ordinal),
                ],
                Chained = [],
            }
            : null;
    }

    private static List<TracedEndpoint> Find(TargetConnection.Local target, TracedEndpoint from, TracedEndpoint[] endpoints)
    {
        var near = endpoints.Where(endpoint =>
            ReferenceEquals(endpoint.Program.Organization, from.Program.Organization)
            && ReferenceEquals(endpoint.Program.Environment, from.Program.Environment)
            && endpoint.Program.Endpoint is not null
        );
        if (target.Proxy is { } proxy)
        {
            return
            [
                .. near.Where(endpoint =>
                    string.Equals(endpoint.Program.Bundle.Name, proxy, StringComparison.Ordinal)
                    && (
                        target.Endpoint is null || string.Equals(endpoint.Program.Endpoint!.Name, target.Endpoint, StringComparison.Ordinal)
                    )
                ),
            ];
        }

        // The longest base path that begins the path is the one that is called.
        return near.Where(endpoint =>
                    target.Path is { } path && (path + "/").StartsWith(endpoint.Program.BasePath + "/", StringComparison.Ordinal)
                )
                .GroupBy(endpoint => endpoint.Program.BasePath.Length)
                .MaxBy(group => group.Key)
                ?.ToList()
            ?? [];
    }
}
