using Auditor.Engine;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>
/// Lays the trust map out as drawings, one per environment: who vouches on the left, then proxies, products and clients. Where that would be too much to look at, only what
/// is not aligned is drawn; the table below the drawing has everything.
/// </summary>
internal static class TrustDrawing
{
    private const int MostNodes = 40;
    private const int BoxWidth = 230;
    private const int BoxHeight = 40;
    private const int Gap = 14;
    private const int ColumnGap = 90;
    private const int Top = 34;
    private const int MostCharacters = 27;

    private static readonly string[] Columns = ["Who vouches", "Proxies", "Products", "Clients"];

    /// <summary>The drawings.</summary>
    public static IEnumerable<ScriptObject> Of(TrustMap trust)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var groups = trust
            .Nodes.Where(node => node.Kind == TrustNodeKind.Proxy)
            .GroupBy(node => node.Environment ?? "", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var proxies = group.Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
            var near = trust.Edges.Where(edge => proxies.Contains(edge.From) || proxies.Contains(edge.To)).ToList();
            var products = near.Select(edge => edge.To)
                .Where(id => nodes[id].Kind == TrustNodeKind.Product)
                .ToHashSet(StringComparer.Ordinal);
            var edges = near.Concat(trust.Edges.Where(edge => products.Contains(edge.From))).ToList();
            yield return Draw(group.Key, edges, proxies, nodes);
        }
    }

    private static ScriptObject Draw(
        string environment,
        List<TrustEdge> edges,
        HashSet<string> proxies,
        Dictionary<string, TrustNode> nodes
    )
    {
        var total = edges.Count;
        var ids = Ends(edges).Concat(proxies).ToHashSet(StringComparer.Ordinal);
        if (ids.Count > MostNodes)
        {
            edges = [.. edges.Where(edge => edge.State > TrustState.Accepted).OrderByDescending(edge => edge.State).Take(MostNodes)];
            ids = Ends(edges).ToHashSet(StringComparer.Ordinal);
        }

        var boxes = ids.Select(id => nodes[id])
            .GroupBy(ColumnOf)
            .SelectMany(column =>
                column
                    .OrderBy(node => node.Kind)
                    .ThenBy(node => node.Id, StringComparer.Ordinal)
                    .Select((node, row) => (node, column.Key, row))
            )
            .ToDictionary(
                item => item.node.Id,
                item => (X: item.Key * (BoxWidth + ColumnGap), Y: Top + (item.row * (BoxHeight + Gap)), Node: item.node),
                StringComparer.Ordinal
            );
        var height = boxes.Values.Select(box => box.Y + BoxHeight).DefaultIfEmpty(0).Max() + Gap;
        return new ScriptObject
        {
            ["environment"] = environment.Length == 0 ? "deployments not known" : environment,
            ["width"] = (4 * BoxWidth) + (3 * ColumnGap),
            ["height"] = height,
            ["left_out"] = total - edges.Count,
            ["is_empty"] = boxes.Count == 0,
            ["summary"] = string.Join(
                ", ",
                edges
                    .GroupBy(edge => edge.State)
                    .OrderByDescending(group => group.Key)
                    .Select(group => Nouns.Count(group.Count(), "connections") + " " + StateWord(group.Key))
            ),
            ["columns"] = HtmlModel.List(
                Columns.Select((name, i) => (name, i)),
                column => new ScriptObject { ["x"] = column.i * (BoxWidth + ColumnGap), ["name"] = column.name }
            ),
            ["lines"] = HtmlModel.List(edges, edge => Line(boxes[edge.From], boxes[edge.To], edge)),
            ["boxes"] = HtmlModel.List(boxes.Values.OrderBy(box => box.X).ThenBy(box => box.Y), box => Box(box.X, box.Y, box.Node)),
        };
    }

    private static IEnumerable<string> Ends(IEnumerable<TrustEdge> edges) => edges.SelectMany(edge => new[] { edge.From, edge.To });

    private static int ColumnOf(TrustNode node) =>
        node.Kind switch
        {
            TrustNodeKind.Proxy => 1,
            TrustNodeKind.Product => 2,
            TrustNodeKind.Client => 3,
            _ => 0,
        };

    private static ScriptObject Line((int X, int Y, TrustNode Node) from, (int X, int Y, TrustNode Node) to, TrustEdge edge)
    {
        var (x1, y1) = (from.X + BoxWidth, from.Y + (BoxHeight / 2));
        var (x2, y2) = (to.X, to.Y + (BoxHeight / 2));
        var bend = (x2 - x1) / 2;
        return new ScriptObject
        {
            ["path"] = string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"),
            ["state_class"] = HtmlModel.ClassOf(edge.State),
            ["missing"] = edge.State == TrustState.Missing,
            ["x"] = x2,
            ["y"] = y2,
            ["text"] = $"{from.Node.Name} to {to.Node.Name}, {StateWord(edge.State)}: {edge.Text}",
        };
    }

    private static ScriptObject Box(int x, int y, TrustNode node) =>
        new()
        {
            ["x"] = x,
            ["y"] = y,
            ["text_x"] = x + 10,
            ["name_y"] = y + 17,
            ["detail_y"] = y + 32,
            ["width"] = BoxWidth,
            ["height"] = BoxHeight,
            ["kind"] = node.Kind switch
            {
                TrustNodeKind.Server => "server",
                TrustNodeKind.Nobody => "nobody",
                TrustNodeKind.OtherIssuer or TrustNodeKind.Credential => "other",
                _ => "plain",
            },
            ["name"] = Cut(node.Name),
            ["detail"] = node.Details.IsEmpty ? "" : Cut(node.Details[^1]),
            ["title"] = string.Join(", ", node.Details.Prepend(node.Name)),
        };

    private static string StateWord(TrustState state) =>
        state switch
        {
            TrustState.Aligned => "aligned",
            TrustState.Accepted => "accepted",
            TrustState.Open => "open",
            TrustState.Mismatched => "mismatched",
            _ => "without a credential",
        };

    private static string Cut(string text)
    {
        var plain = Neutral.Visible(text);
        return plain.Length <= MostCharacters
            ? plain
            : plain[..(char.IsHighSurrogate(plain[MostCharacters - 2]) ? MostCharacters - 2 : MostCharacters - 1)] + "…";
    }
}
