using Auditor.Engine;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>Who may get in with what: the table behind the trust map, operations without a credential, tokens meant for others, and the checklist of every connection.</summary>
internal static class HtmlTrust
{
    /// <summary>The aspects of a connection, as the heads of a checklist.</summary>
    public static readonly ImmutableArray<(ConnectionAspect Aspect, string Name)> Aspects =
    [
        (ConnectionAspect.Client, "Client registered"),
        (ConnectionAspect.Issuer, "Issuer"),
        (ConnectionAspect.Audience, "Audience"),
        (ConnectionAspect.OtherTokens, "Others' tokens"),
        (ConnectionAspect.Keys, "Keys"),
        (ConnectionAspect.Scopes, "Scopes"),
        (ConnectionAspect.Protection, "Protected"),
        (ConnectionAspect.Logging, "Logged"),
    ];

    /// <summary>A state in a word.</summary>
    public static string Word(TrustState state) =>
        state switch
        {
            TrustState.Aligned => "aligned",
            TrustState.Accepted => "accepted",
            TrustState.Open => "open",
            TrustState.Mismatched => "mismatched",
            _ => "without a credential",
        };

    /// <summary>A state as a class of the style sheet.</summary>
    public static string ClassOf(TrustState state) =>
        state switch
        {
            TrustState.Aligned => "pass",
            TrustState.Accepted => "accepted",
            TrustState.Open => "open",
            _ => "fail",
        };

    /// <summary>The operations that a request without a credential reaches, or may reach.</summary>
    public static ScriptArray Doors(TrustMap trust)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        return HtmlModel.List(
            trust.Edges.Where(edge => nodes[edge.From].Kind == TrustNodeKind.Nobody).OrderByDescending(edge => edge.State),
            edge => new ScriptObject
            {
                ["proxy"] = nodes[edge.To].Name,
                ["environment"] = nodes[edge.To].Environment ?? "",
                ["base"] = string.Join(", ", nodes[edge.To].Details),
                ["operations"] = edge.Text,
                ["state"] = edge.State switch
                {
                    TrustState.Missing => "needs none",
                    TrustState.Accepted => "declared or accepted",
                    _ => "not certain",
                },
                ["state_class"] = ClassOf(edge.State),
                ["findings"] = HtmlModel.Links(edge.Findings),
            }
        );
    }

    /// <summary>The table behind the map.</summary>
    public static ScriptArray Edges(TrustMap trust)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        return HtmlModel.List(
            trust.Edges.OrderByDescending(edge => edge.State),
            edge => new ScriptObject
            {
                ["from"] = NameOf(nodes[edge.From]),
                ["from_details"] = DetailsOf(nodes[edge.From]),
                ["to"] = NameOf(nodes[edge.To]),
                ["to_details"] = DetailsOf(nodes[edge.To]),
                ["state"] = Word(edge.State),
                ["state_class"] = ClassOf(edge.State),
                ["text"] = edge.Text,
                ["findings"] = HtmlModel.Links(edge.Findings),
            }
        );
    }

    /// <summary>The endpoints that take tokens meant for others, or may.</summary>
    public static ScriptArray OtherTokens(AuditRun run) =>
        HtmlModel.List(
            run.Connections.Select(connection => (connection, item: Item(connection, ConnectionAspect.OtherTokens)))
                .Where(pair => pair.item is { State: > ConnectionState.Absent })
                .OrderByDescending(pair => pair.item!.State),
            pair => new ScriptObject
            {
                ["proxy"] = pair.connection.Proxy,
                ["environment"] = pair.connection.Environment ?? "",
                ["endpoint"] = $"{pair.connection.Endpoint} {pair.connection.BasePath}",
                ["state"] = pair.item!.State switch
                {
                    ConnectionState.Fail => "accepts them",
                    ConnectionState.Accepted => "accepted risk",
                    _ => "not certain",
                },
                ["state_class"] = ClassOf(pair.item.State),
                ["text"] = pair.item.Text,
                ["findings"] = HtmlModel.Links(pair.item.Findings),
            }
        );

    /// <summary>How the endpoints answer the question for tokens of others, in words.</summary>
    public static string OtherTokensInWords(AuditRun run)
    {
        var states = run.Connections.Select(connection => Item(connection, ConnectionAspect.OtherTokens)?.State).ToList();
        return string.Join(
            ", ",
            new[]
            {
                (states.Count(state => state == ConnectionState.Fail), "accept them"),
                (states.Count(state => state is ConnectionState.Open or ConnectionState.NotAssessed), "are not certain"),
                (states.Count(state => state == ConnectionState.Accepted), "are an accepted risk"),
                (states.Count(state => state == ConnectionState.Pass), "refuse them"),
                (
                    states.Count(state => state is null or ConnectionState.None or ConnectionState.Absent),
                    "take no token, or none that a rule compares"
                ),
            }
                .Where(part => part.Item1 > 0)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Item1} {part.Item2}"))
        );
    }

    /// <summary>The checklists: what is wrong first, then in the order of names.</summary>
    public static ScriptArray Connections(AuditRun run) =>
        HtmlModel.List(
            run.Connections.OrderByDescending(WorstOf),
            connection => new ScriptObject
            {
                ["proxy"] = connection.Proxy,
                ["environment"] = connection.Environment ?? "",
                ["endpoint"] = connection.Endpoint,
                ["base"] = connection.BasePath,
                ["items"] = HtmlModel.List(
                    Aspects.Select(aspect => (aspect.Name, Item: Item(connection, aspect.Aspect))).Where(pair => pair.Item is not null),
                    pair => new ScriptObject
                    {
                        ["aspect"] = pair.Name,
                        ["state"] = pair.Item!.State switch
                        {
                            ConnectionState.Pass => "in order",
                            ConnectionState.None => "not judged",
                            ConnectionState.Absent => "none",
                            ConnectionState.Accepted => "accepted",
                            ConnectionState.Open => "open",
                            ConnectionState.NotAssessed => "not assessed",
                            _ => "wrong",
                        },
                        ["state_class"] = ClassOf(pair.Item.State),
                        ["text"] = pair.Item.Text,
                        ["findings"] = HtmlModel.Links(pair.Item.Findings),
                    }
                ),
            }
        );

    // What is only absent or not judged is no reason to come first.
    private static ConnectionState WorstOf(Connection connection)
    {
        var worst = connection.Items.Max(item => item.State);
        return worst > ConnectionState.Absent ? worst : ConnectionState.Pass;
    }

    private static ConnectionItem? Item(Connection connection, ConnectionAspect aspect) =>
        connection.Items.FirstOrDefault(item => item.Aspect == aspect);

    private static string ClassOf(ConnectionState state) =>
        state switch
        {
            ConnectionState.Pass => "pass",
            ConnectionState.None or ConnectionState.Absent => "none",
            ConnectionState.Accepted => "accepted",
            ConnectionState.Open => "open",
            _ => "fail",
        };

    private static string NameOf(TrustNode node) => node.Environment is { } environment ? $"{node.Name} ({environment})" : node.Name;

    private static string DetailsOf(TrustNode node) =>
        string.Join(
            ", ",
            node.Kind == TrustNodeKind.Product && !node.Scopes.IsEmpty
                ? node.Details.Add("scopes " + string.Join(", ", node.Scopes))
                : node.Details
        );
}
