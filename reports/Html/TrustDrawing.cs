using Auditor.Engine;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>
/// Lays the trust map out as drawings, one per environment: who vouches on the left, then proxies, products with the scopes that they open, and clients with the scopes that
/// they can have. Where that would be too much to look at, nodes that stand alike are drawn as one; the table below the drawing has each.
/// </summary>
internal sealed class TrustDrawing
{
    private const int MostBoxes = 36;
    private const int BoxWidth = 212;
    private const int Gap = 12;
    private const int ColumnGap = 84;
    private const int Top = 34;
    private const int LineHeight = 15;
    private const int MostScopes = 4;
    private const int MostNames = 3;
    private const int MostCharacters = 29;
    private const int MostNameCharacters = 25;
    private const int Edge = 2;

    private static readonly string[] Columns = ["Who vouches", "Proxies", "Products and scopes", "Clients and scopes"];

    private readonly Dictionary<string, Finding> findings;
    private readonly Dictionary<TrustGroup, (int X, int Y, int Height)> places = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TrustGroup, int> labels = new(ReferenceEqualityComparer.Instance);

    private TrustDrawing(Dictionary<string, Finding> findings) => this.findings = findings;

    /// <summary>The drawings.</summary>
    public static IEnumerable<ScriptObject> Of(TrustMap trust, Dictionary<string, Finding> findings)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        var environments = trust
            .Nodes.Where(node => node.Kind == TrustNodeKind.Proxy)
            .GroupBy(node => node.Environment ?? "", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var environment in environments)
        {
            var proxies = environment.Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
            var near = trust.Edges.Where(edge => proxies.Contains(edge.From) || proxies.Contains(edge.To)).ToList();
            var products = near.Select(edge => edge.To)
                .Where(id => nodes[id].Kind == TrustNodeKind.Product)
                .ToHashSet(StringComparer.Ordinal);
            var edges = near.Concat(trust.Edges.Where(edge => products.Contains(edge.From))).ToList();
            var ids = edges.SelectMany(edge => new[] { edge.From, edge.To }).Concat(proxies).ToHashSet(StringComparer.Ordinal);
            yield return new TrustDrawing(findings).Draw(environment.Key, [.. ids.Select(id => nodes[id])], edges);
        }
    }

    private ScriptObject Draw(string environment, List<TrustNode> nodes, List<TrustEdge> edges)
    {
        var (groups, bundles) = TrustGroups.Of(nodes, edges, MostBoxes);
        Place(groups, bundles);
        var height = places.Values.Select(place => place.Y + place.Height).DefaultIfEmpty(0).Max() + Gap;
        return new ScriptObject
        {
            ["environment"] = environment.Length == 0 ? "Deployments not known" : environment,
            ["width"] = (4 * BoxWidth) + (3 * ColumnGap) + (2 * Edge),
            ["height"] = height,
            ["grouped"] = groups.Any(group => group.Nodes.Length > 1),
            ["summary"] = string.Join(
                ", ",
                edges
                    .GroupBy(edge => edge.State)
                    .OrderByDescending(group => group.Key)
                    .Select(group => Nouns.Count(group.Count(), "connections") + " " + HtmlTrust.Word(group.Key))
            ),
            ["columns"] = HtmlModel.List(
                Columns.Select((name, i) => (name, i)),
                column => new ScriptObject { ["x"] = Edge + (column.i * (BoxWidth + ColumnGap)), ["name"] = column.name }
            ),

            // What is wrong is drawn last, over the rest.
            ["lines"] = HtmlModel.List(bundles.OrderBy(bundle => bundle.State), Line),
            ["boxes"] = HtmlModel.List(groups, Box),
        };
    }

    // Columns side by side; within a column in the order of what is joined to it, so that lines cross as little as that gives.
    private void Place(ImmutableArray<TrustGroup> groups, ImmutableArray<TrustBundle> bundles)
    {
        var columns = groups.ToLookup(group => ColumnOf(group.First.Kind));
        Stack(1, columns[1]);
        Stack(
            0,
            Sorted(columns[0], bundles.Select(bundle => (bundle.From, bundle.To)))
                .OrderBy(group => group.First.Kind == TrustNodeKind.Nobody)
        );
        Stack(2, Sorted(columns[2], bundles.Select(bundle => (bundle.To, bundle.From))));
        Stack(3, Sorted(columns[3], bundles.Select(bundle => (bundle.To, bundle.From))));
    }

    private IEnumerable<TrustGroup> Sorted(IEnumerable<TrustGroup> column, IEnumerable<(TrustGroup At, TrustGroup Other)> joints)
    {
        var others = joints.ToLookup(joint => joint.At, joint => joint.Other, ReferenceEqualityComparer.Instance);
        return column.OrderBy(group =>
            others[group].Where(places.ContainsKey).Select(other => places[other].Y).DefaultIfEmpty(int.MaxValue).Average()
        );
    }

    private void Stack(int column, IEnumerable<TrustGroup> groups)
    {
        var y = Top;
        foreach (var group in groups.ToList())
        {
            var height = 14 + (LineHeight * (1 + LinesOf(group).Count));
            places[group] = (Edge + (column * (BoxWidth + ColumnGap)), y, height);
            y += height + Gap;
        }
    }

    private static int ColumnOf(TrustNodeKind kind) =>
        kind switch
        {
            TrustNodeKind.Proxy => 1,
            TrustNodeKind.Product => 2,
            TrustNodeKind.Client => 3,
            _ => 0,
        };

    private ScriptObject Line(TrustBundle bundle)
    {
        var (from, to) = (places[bundle.From], places[bundle.To]);
        var (x1, y1) = (from.X + BoxWidth, from.Y + (from.Height / 2));
        var (x2, y2) = (to.X, to.Y + (to.Height / 2));
        var bend = (x2 - x1) / 2;
        var told = Told(bundle.Edges.SelectMany(edge => edge.Findings));
        var ids = told.Select(finding => finding.Rule.Id).Distinct(StringComparer.Ordinal).ToList();
        var rules = ids.Count == 0 ? "" : ids[0] + (ids.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" +{ids.Count - 1}") : "");
        var row = rules.Length == 0 ? 0 : labels[bundle.From] = labels.GetValueOrDefault(bundle.From) + 1;
        var words =
            bundle.Edges.Length == 1
                ? bundle.Edges[0].Text
                : string.Create(CultureInfo.InvariantCulture, $"{bundle.Edges.Length} connections");
        return new ScriptObject
        {
            ["path"] = string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"),
            ["state_class"] = HtmlTrust.ClassOf(bundle.State),
            ["missing"] = bundle.State == TrustState.Missing,
            ["x"] = x2,
            ["y"] = y2,
            ["rules"] = rules,
            ["rules_x"] = x1 + 6,
            ["rules_y"] = y1 - 5 - ((row - 1) * 12),
            ["href"] = told.Count == 0 ? "" : HtmlModel.Anchor(told[0].Fingerprint),
            ["text"] = $"{NameOf(bundle.From)} to {NameOf(bundle.To)}, {HtmlTrust.Word(bundle.State)}: {words}",
        };
    }

    private ScriptObject Box(TrustGroup group)
    {
        var (x, y, height) = places[group];
        var told = Told(group.Nodes.SelectMany(node => node.Findings));
        return new ScriptObject
        {
            ["x"] = x,
            ["y"] = y,
            ["text_x"] = x + 10,
            ["name_y"] = y + 19,
            ["width"] = BoxWidth,
            ["height"] = height,
            ["kind"] = group.First.Kind switch
            {
                TrustNodeKind.Server => "server",
                TrustNodeKind.Nobody => "nobody",
                TrustNodeKind.OtherIssuer or TrustNodeKind.Credential => "other",
                _ => "plain",
            },
            ["many"] = group.Nodes.Length > 1,
            ["name"] = Cut(NameOf(group), told.Count == 0 ? MostNameCharacters : MostNameCharacters - 2),
            ["lines"] = HtmlModel.List(
                LinesOf(group).Select((text, i) => (text, i)),
                line => new ScriptObject { ["y"] = y + 34 + (LineHeight * line.i), ["text"] = Cut(line.text, MostCharacters) }
            ),
            ["badge"] = told.Count == 0 ? "" : told.Count.ToString(CultureInfo.InvariantCulture),
            ["badge_x"] = x + BoxWidth - 14,
            ["badge_y"] = y + 14,
            ["href"] = told.Count == 0 ? "" : HtmlModel.Anchor(told[0].Fingerprint),
            ["title"] =
                string.Join(
                    ", ",
                    group.Nodes.Length == 1 ? group.First.Details.Prepend(group.First.Name) : [NameOf(group), .. LinesOf(group)]
                )
                + (
                    told.Count == 0
                        ? ""
                        : $": {Nouns.Count(told.Count, "findings")}, {string.Join(", ", told.Select(finding => finding.Rule.Id))}"
                ),
        };
    }

    private List<Finding> Told(IEnumerable<string> fingerprints) =>
        [
            .. fingerprints
                .Distinct(StringComparer.Ordinal)
                .Select(fingerprint => findings.GetValueOrDefault(fingerprint))
                .OfType<Finding>()
                .OrderByDescending(finding => finding.IsLive)
                .ThenByDescending(finding => finding.SecuritySeverity ?? 0)
                .ThenBy(finding => finding.Fingerprint, StringComparer.Ordinal),
        ];

    private static string NameOf(TrustGroup group) =>
        group.Nodes.Length == 1
            ? group.First.Name
            : string.Create(CultureInfo.InvariantCulture, $"{group.Nodes.Length} {Plural(group.First.Kind)}");

    private static string Plural(TrustNodeKind kind) =>
        kind switch
        {
            TrustNodeKind.Server => "authorization servers",
            TrustNodeKind.OtherIssuer => "other issuers",
            TrustNodeKind.Credential => "other credentials",
            TrustNodeKind.Proxy => "proxies",
            TrustNodeKind.Product => "products",
            _ => "clients",
        };

    private static List<string> LinesOf(TrustGroup group)
    {
        if (group.Nodes.Length > 1)
        {
            var names = group.Nodes.Take(MostNames).Select(node => node.Name).ToList();
            return
            [
                .. names,
                .. group.Nodes.Length > MostNames
                    ? [string.Create(CultureInfo.InvariantCulture, $"and {group.Nodes.Length - MostNames} more")]
                    : Array.Empty<string>(),
            ];
        }

        var node = group.First;
        if (node.Kind is not (TrustNodeKind.Product or TrustNodeKind.Client))
        {
            return node.Kind == TrustNodeKind.Proxy ? [.. node.Details.TakeLast(2)] : [.. node.Details.TakeLast(1)];
        }

        var scopes = node.Scopes.Take(MostScopes).ToList();
        return node.Scopes.Length > MostScopes
                ? [.. scopes, string.Create(CultureInfo.InvariantCulture, $"and {node.Scopes.Length - MostScopes} more")]
            : scopes.Count > 0 ? scopes
            : node.Kind == TrustNodeKind.Product ? ["no scope"]
            : node.Details.IsEmpty ? []
            : [node.Details[^1]];
    }

    private static string Cut(string text, int most)
    {
        var plain = Neutral.Visible(text);
        return plain.Length <= most ? plain : plain[..(char.IsHighSurrogate(plain[most - 2]) ? most - 2 : most - 1)] + "…";
    }
}
