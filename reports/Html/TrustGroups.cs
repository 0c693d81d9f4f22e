using Auditor.Engine;

namespace Auditor.Reports.Html;

/// <summary>A box of the trust map: one node, or several that stand for each other.</summary>
/// <param name="Nodes">The nodes, ordered by id.</param>
/// <param name="Worst">How the worst of their edges stands; mismatched where a failure is about one of them.</param>
internal sealed record TrustGroup(ImmutableArray<TrustNode> Nodes, TrustState Worst)
{
    /// <summary>The first node, which says what kind they are.</summary>
    public TrustNode First => Nodes[0];
}

/// <summary>The edges between two boxes, taken together.</summary>
/// <param name="From">The box on the left.</param>
/// <param name="To">The box on the right.</param>
/// <param name="State">The worst of their states.</param>
/// <param name="Edges">The edges.</param>
internal sealed record TrustBundle(TrustGroup From, TrustGroup To, TrustState State, ImmutableArray<TrustEdge> Edges);

/// <summary>
/// Takes nodes of a trust map together where there are more than one can look at: first those that are in order and stand alike to all others, then those in order, then
/// those that are open, and in the end all of a kind that stand alike. What is wrong is drawn one by one for as long as it can be.
/// </summary>
internal static class TrustGroups
{
    private const int Steps = 4;

    /// <summary>The boxes and what joins them.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="edges">The edges between them.</param>
    /// <param name="most">The number of boxes to stay below; kept by taking more together, never by leaving out.</param>
    public static (ImmutableArray<TrustGroup> Groups, ImmutableArray<TrustBundle> Bundles) Of(
        IReadOnlyCollection<TrustNode> nodes,
        IReadOnlyCollection<TrustEdge> edges,
        int most
    )
    {
        var worst = nodes.ToDictionary(
            node => node.Id,
            node => node.Findings.IsEmpty ? TrustState.Aligned : TrustState.Mismatched,
            StringComparer.Ordinal
        );
        foreach (var edge in edges)
        {
            worst[edge.From] = Max(worst[edge.From], edge.State);
            worst[edge.To] = Max(worst[edge.To], edge.State);
        }

        var block = Blocks(nodes, edges, worst, 0);
        for (var step = 1; step <= Steps && block.Values.Distinct(StringComparer.Ordinal).Count() > most; step++)
        {
            block = Blocks(nodes, edges, worst, step);
        }

        var groups = nodes
            .GroupBy(node => block[node.Id], StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => new TrustGroup(
                    [.. group.OrderBy(node => node.Id, StringComparer.Ordinal)],
                    group.Aggregate(TrustState.Aligned, (state, node) => Max(state, worst[node.Id]))
                ),
                StringComparer.Ordinal
            );
        return (
            [.. groups.Values.OrderBy(group => group.First.Kind).ThenBy(group => group.First.Id, StringComparer.Ordinal)],
            [
                .. edges
                    .GroupBy(edge => (From: block[edge.From], To: block[edge.To]))
                    .Select(group => new TrustBundle(
                        groups[group.Key.From],
                        groups[group.Key.To],
                        group.Aggregate(TrustState.Aligned, (state, edge) => Max(state, edge.State)),
                        [.. group]
                    )),
            ]
        );
    }

    private static Dictionary<string, string> Blocks(
        IReadOnlyCollection<TrustNode> nodes,
        IReadOnlyCollection<TrustEdge> edges,
        Dictionary<string, TrustState> worst,
        int step
    )
    {
        var block = nodes.ToDictionary(node => node.Id, node => First(node, worst[node.Id], step), StringComparer.Ordinal);
        return step == 1 ? Refine(block, edges) : block;
    }

    private static string First(TrustNode node, TrustState state, int step) =>
        step switch
        {
            _ when step > 3 => $"{node.Kind}/{state}",
            _ when node.Kind < TrustNodeKind.Proxy => node.Id,
            1 or 2 when state <= TrustState.Accepted => $"{node.Kind}/in order",
            3 when state < TrustState.Mismatched => $"{node.Kind}/{state}",
            _ => node.Id,
        };

    // The coarsest blocks whose members have the same neighbours, block by block.
    private static Dictionary<string, string> Refine(Dictionary<string, string> block, IReadOnlyCollection<TrustEdge> edges)
    {
        var neighbours = edges
            .SelectMany(edge => new[] { (At: edge.From, Other: edge.To, edge.State), (At: edge.To, Other: edge.From, edge.State) })
            .ToLookup(item => item.At, StringComparer.Ordinal);
        while (true)
        {
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            var next = block
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .ToDictionary(
                    pair => pair.Key,
                    pair =>
                    {
                        var around = neighbours[pair.Key]
                            .Select(item => $"{item.State}:{block[item.Other]}")
                            .Distinct(StringComparer.Ordinal)
                            .Order(StringComparer.Ordinal);
                        var signature = $"{pair.Value}\n{string.Join('\n', around)}";
                        numbers.TryAdd(signature, numbers.Count);
                        return numbers[signature].ToString(CultureInfo.InvariantCulture);
                    },
                    StringComparer.Ordinal
                );
            if (numbers.Count == block.Values.Distinct(StringComparer.Ordinal).Count())
            {
                return block;
            }

            block = next;
        }
    }

    private static TrustState Max(TrustState one, TrustState other) => one > other ? one : other;
}
