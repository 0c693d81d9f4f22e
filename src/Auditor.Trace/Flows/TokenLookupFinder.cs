using Auditor.Model.Apigee;
using Auditor.Trace.Decisions;

namespace Auditor.Trace.Flows;

/// <summary>Finds the calls that ask an identity provider about the caller's token, and the caches that save them.</summary>
internal static class TokenLookupFinder
{
    /// <summary>The calls on the ways of an endpoint, in document order.</summary>
    public static IEnumerable<TokenLookup> Find(TracedEndpoint endpoint, IReadOnlyList<FlowPath> paths, SymbolTable symbols)
    {
        var seen = new HashSet<ServiceCalloutPolicy>(ReferenceEqualityComparer.Instance);
        foreach (var path in paths)
        {
            for (var i = 0; i < path.Visits.Length; i++)
            {
                var visit = path.Visits[i];
                if (
                    visit is { Policy: ServiceCalloutPolicy { Enabled: true } callout, Runs: not Diagram.False }
                    && CalloutRecogniser.Recognise(callout) is (CalloutKind.Introspection or CalloutKind.UserInfo) and var kind
                    && seen.Add(callout)
                )
                {
                    var caches = path.Visits.Take(i).Where(earlier => Saves(earlier, visit, symbols)).ToList();
                    yield return new TokenLookup(
                        endpoint,
                        callout,
                        visit.Owner,
                        kind,
                        visit.Settings?.GetValueOrDefault("url") ?? Resolution.Absent.Instance,
                        visit.Location,
                        [
                            .. caches.Select(cache => new LookupCache(
                                (LookupCachePolicy)cache.Policy!,
                                cache.Owner,
                                [
                                    .. (cache.Settings ?? [])
                                        .Where(setting => setting.Key.StartsWith("fragment", StringComparison.Ordinal))
                                        .Select(setting => setting.Value),
                                ]
                            )),
                        ],
                        caches.Exists(cache => IsStored((LookupCachePolicy)cache.Policy!, cache.Owner, endpoint))
                    );
                }
            }
        }
    }

    // A hit saves the call when the call never runs where there is one.
    private static bool Saves(StepVisit earlier, StepVisit call, SymbolTable symbols)
    {
        if (earlier is not { Policy: LookupCachePolicy { Enabled: true } lookup, Runs: not Diagram.False })
        {
            return false;
        }

        var hit = symbols.All.FirstOrDefault(symbol => symbol.Name == $"cachehit:{lookup.Name}");
        return hit is { Variable: >= 0 }
            && symbols.Diagram.And(
                symbols.Diagram.And(call.Runs, earlier.Runs),
                symbols.Diagram.Test(hit.Variable, value => SymbolTable.Example(hit, value) == "true")
            ) == Diagram.False;
    }

    private static bool IsStored(LookupCachePolicy lookup, Bundle owner, TracedEndpoint endpoint) =>
        owner
            .Policies.Values.Concat(endpoint.Program.Bundle.Policies.Values)
            .OfType<PopulateCachePolicy>()
            .Any(populate => populate.Enabled && string.Equals(populate.CacheResource, lookup.CacheResource, StringComparison.Ordinal));
}
