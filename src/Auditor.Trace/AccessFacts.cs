using Auditor.Model.Drift;
using Auditor.Model.Okta;
using Auditor.Trace.Flows;
using Auditor.Trace.Issuance;

namespace Auditor.Trace;

/// <summary>
/// Who can do what, as facts that can be kept and compared: what every operation demands, and which tokens every client obtains. Two states of an estate with the same facts let the same
/// requests through, as far as Trace can tell.
/// </summary>
public static class AccessFacts
{
    /// <summary>The facts of a landscape, ordered by key.</summary>
    public static ImmutableArray<AccessFact> Of(TracedLandscape traced)
    {
        ArgumentNullException.ThrowIfNull(traced);
        var reachability = new Reachability(traced);
        return
        [
            .. traced
                .Operations.Select(Of)
                .Concat(
                    traced.Landscape.Okta.SelectMany(org =>
                        org.AuthorizationServers.Items.SelectMany(server => Of(org, server, traced.IssuanceOf(server), reachability))
                    )
                )
                .OrderBy(fact => fact.Key, StringComparer.Ordinal),
        ];
    }

    private static AccessFact Of(Operation operation)
    {
        var withoutToken =
            operation.NotAssessed is not null ? "unknown"
            : operation.Bypass is { } bypass ? (bypass.IsDefinite ? "yes" : "unknown")
            : operation.DeclaredPublic is not null ? "declared"
            : "no";
        return new AccessFact
        {
            Kind = AccessFact.Operation,
            Key = KeyOf(operation),
            NaturalKey = KeyOf(operation),
            Title = operation.Title,
            Owner = operation.Endpoint.Program.Organization.Name,
            Fields =
            [
                new AccessField(AccessFact.Contents, ContentsOf(operation)),
                new AccessField(
                    AccessFact.Demands,
                    Sorted(
                        operation
                            .Endpoint.Checks.Where(check => check.LeadsToBackend && check.Role == TokenRole.Bearer)
                            .SelectMany(DemandsOf)
                    )
                ),
                new AccessField("Destination", operation.Destination.Length > 0 ? [operation.Destination] : []),
                new AccessField(AccessFact.WithoutToken, [withoutToken]),
            ],
            Example = operation.Bypass?.Witness is { } witness ? $"{witness.RequestLine} with {witness.Token}" : ExampleOf(operation),
            Environment = operation.Environment,
            Location = operation.Location,
        };
    }

    /// <summary>
    /// The key of the fact about an operation. Neither the folder of a bundle nor the line of a flow without a name belongs to it: both move without a change. A flow that answers
    /// some requests itself and sends others on is two operations.
    /// </summary>
    public static string KeyOf(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var program = operation.Endpoint.Program;
        var flow =
            operation.Flow is null ? "(no flow)"
            : operation.Flow.Name.Length > 0 ? operation.Flow.Name
            : operation.Name;
        return $"{program.Organization.Name}/{program.Environment?.Name ?? "*"}/{program.Bundle.Name}/{program.Endpoint?.Name}{(operation.LeadsToBackend ? "/" : "/answer/")}{flow}";
    }

    // What a verified token must hold, as alternatives. Where that cannot be written down exactly, what nobody can do without is said, marked as such.
    private static ImmutableArray<string> ContentsOf(Operation operation) =>
        operation.Requirement is not { } requirement ? []
        : requirement.IsExact ? Sorted(requirement.Necessary.Cases.Select(one => one.Words))
        : Sorted(requirement.Necessary.Cases.Select(one => "at least " + one.Words));

    // A request that a caller with the right token can make.
    private static string? ExampleOf(Operation operation) =>
        operation.Checks.FirstOrDefault(item => item.Check.IsOfToken) is { } item
        && operation.Requirement is { Sufficient.IsNothing: false } requirement
            ? $"{(operation.Verbs.IsEmpty ? "GET" : operation.Verbs[0])} {(operation.Paths.IsEmpty ? operation.Endpoint.Program.BasePath : operation.Paths[0])} with a token of {item.Check.Server?.Description ?? "the trusted issuer"}: {requirement.Sufficient.Cases[0].Words}"
            : null;

    private static IEnumerable<string> DemandsOf(TokenCheck check)
    {
        yield return check.Policy.Kind;
        if (check.Issuer is not Resolution.Absent)
        {
            yield return "iss " + check.Issuer.Words;
        }

        if (check.Audience is not Resolution.Absent)
        {
            yield return "aud " + check.Audience.Words;
        }
    }

    // One fact per client and grant: what it obtains through all the rules together, and where that gets it. Who the users are belongs to it, since a wider group is wider access.
    private static IEnumerable<AccessFact> Of(
        OktaOrg org,
        AuthorizationServer server,
        ServerIssuance issuance,
        Reachability reachability
    ) =>
        issuance
            .Grants.Where(grant => grant.IsLive != false)
            .SelectMany(grant => grant.Clients.Select(client => (Client: client, Grant: grant)))
            .GroupBy(pair => (pair.Client.Id, pair.Grant.Grant))
            .Select(group =>
            {
                var client = group.First().Client;
                var name = client.App?.Label ?? client.Id;
                var rules = group.Select(pair => pair.Grant.Rule).Distinct().ToArray();
                var scopes = Sorted(group.SelectMany(pair => pair.Grant.Scopes));
                // A request asks one rule: what several rules grant is never in one token.
                var (reaches, mayReach) = reachability.Of(server, client.Id, [.. group.Select(pair => pair.Grant.Scopes)]);
                return new AccessFact
                {
                    Kind = AccessFact.Grant,
                    Key = $"{org.Host}/{server.Id}/{client.Id}/{group.Key.Grant}",
                    NaturalKey = $"{org.Host}/{server.Name}/{name}/{group.Key.Grant}",
                    Title = $"client '{name}' at {server.Description} by {group.Key.Grant}",
                    Owner = org.Host,
                    Fields =
                    [
                        new AccessField(AccessFact.MayReach, mayReach),
                        new AccessField(
                            AccessFact.People,
                            IssuedGrant.IsService(group.Key.Grant) ? [] : Sorted(rules.SelectMany(rule => PeopleOf(rule, org)))
                        ),
                        new AccessField(AccessFact.Reaches, reaches),
                        new AccessField(AccessFact.Scopes, scopes),
                    ],
                    Example =
                        $"client '{name}' asks {server.Description} by {group.Key.Grant} for {(scopes.IsEmpty ? "a token" : $"scope '{string.Join(' ', scopes)}'")}"
                        + (reaches.IsEmpty ? "" : $", and calls {reaches[0]}"),
                    Location = group.First().Grant.Rule.Location,
                };
            });

    private static IEnumerable<string> PeopleOf(AccessRule rule, OktaOrg org) =>
        rule.Groups.Select(id => org.FindGroup(id)?.Name ?? id).Concat(rule.Users);

    private static ImmutableArray<string> Sorted(IEnumerable<string> values) =>
        [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Which operations a token gets to. What is asked of many clients is worked out once.</summary>
    private sealed class Reachability
    {
        private readonly ILookup<AuthorizationServer, Operation> byServer;
        private readonly ILookup<string, string> products;
        private readonly Dictionary<
            (AuthorizationServer Server, string Scopes, string Products),
            (ImmutableArray<string>, ImmutableArray<string>)
        > known = [];

        public Reachability(TracedLandscape traced)
        {
            byServer = traced
                .Operations.SelectMany(operation =>
                    operation
                        .Checks.Where(item => item.Check is { IsOfToken: true, Server: not null })
                        .Select(item => item.Check.Server!)
                        .Distinct()
                        .Select(server => (Server: server, Operation: operation))
                )
                .ToLookup(pair => pair.Server, pair => pair.Operation);
            products = LinkedClient
                .Of(traced.Landscape)
                .SelectMany(client =>
                    client
                        .Credential.Products.Where(product => product.Status is null or "approved")
                        .Select(product => (client.Credential.ConsumerKey, product.Product))
                )
                .ToLookup(pair => pair.ConsumerKey, pair => pair.Product, StringComparer.Ordinal);
        }

        /// <summary>The operations that a client gets to for certain, and those of which it is not known.</summary>
        public (ImmutableArray<string> Reaches, ImmutableArray<string> MayReach) Of(
            AuthorizationServer server,
            string client,
            ImmutableArray<ImmutableArray<string>> scopes
        )
        {
            var opened = Sorted(products[client]);
            var key = (server, string.Join('\n', scopes.Select(set => string.Join(' ', set))), string.Join('\n', opened));
            if (!known.TryGetValue(key, out var result))
            {
                var tokens = scopes.Select(set => TokenContents.WithScopes(set)).ToArray();
                var answers = byServer[server].Select(operation => (operation.Title, Answer: Reached(operation, tokens, opened))).ToArray();
                known[key] = result = (
                    Sorted(answers.Where(answer => answer.Answer == true).Select(answer => answer.Title)),
                    Sorted(answers.Where(answer => answer.Answer is null).Select(answer => answer.Title))
                );
            }

            return result;
        }

        private static bool? Reached(Operation operation, TokenContents[] tokens, ImmutableArray<string> products)
        {
            // Where a key is asked for as well, a product of the client's app must open the operation.
            var asksForKey = operation.Checks.Any(item => item.Always && item.Check.Kind == TokenCheckKind.ApiKey);
            if (
                asksForKey
                && operation.Endpoint.Program.Organization is { Products.IsComplete: true, Apps.IsComplete: true }
                && !operation.Products.Any(grant => products.Contains(grant.Product.Name, StringComparer.Ordinal))
            )
            {
                return false;
            }

            bool? result = false;
            foreach (var token in tokens)
            {
                switch (operation.Admits(token).Answer)
                {
                    case true:
                        return true;
                    case null:
                        result = null;
                        break;
                    default:
                        break;
                }
            }

            return result;
        }
    }
}
