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
        return
        [
            .. traced
                .Operations.Select(Of)
                .Concat(
                    traced.Landscape.Okta.SelectMany(org =>
                        org.AuthorizationServers.Items.SelectMany(server => Of(org, server, traced.IssuanceOf(server)))
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
            Key = operation.Key,
            NaturalKey = operation.Key,
            Title = operation.Title,
            Owner = operation.Endpoint.Program.Organization.Name,
            Fields =
            [
                new AccessField(
                    AccessFact.Demands,
                    [
                        .. operation
                            .Endpoint.Checks.Where(check => check.LeadsToBackend && check.Role == TokenRole.Bearer)
                            .SelectMany(DemandsOf)
                            .Distinct(StringComparer.Ordinal)
                            .Order(StringComparer.Ordinal),
                    ]
                ),
                new AccessField("Destination", operation.Destination.Length > 0 ? [operation.Destination] : []),
                new AccessField(AccessFact.WithoutToken, [withoutToken]),
            ],
            Example = operation.Bypass?.Witness is { } witness ? $"{witness.RequestLine} with {witness.Token}" : null,
            Environment = operation.Environment,
            Location = operation.Location,
        };
    }

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

    // One fact per client and grant: what it obtains through all the rules together. Who the users are belongs to it, since a wider group is wider access.
    private static IEnumerable<AccessFact> Of(OktaOrg org, AuthorizationServer server, ServerIssuance issuance) =>
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
                return new AccessFact
                {
                    Kind = AccessFact.Grant,
                    Key = $"{org.Host}/{server.Id}/{client.Id}/{group.Key.Grant}",
                    NaturalKey = $"{org.Host}/{server.Name}/{name}/{group.Key.Grant}",
                    Title = $"client '{name}' at {server.Description} by {group.Key.Grant}",
                    Owner = org.Host,
                    Fields =
                    [
                        new AccessField(
                            "People",
                            IssuedGrant.IsService(group.Key.Grant) ? [] : Sorted(rules.SelectMany(rule => PeopleOf(rule, org)))
                        ),
                        new AccessField("Scopes", scopes),
                    ],
                    Example =
                        $"client '{name}' asks {server.Description} by {group.Key.Grant} for {(scopes.IsEmpty ? "a token" : $"scope '{string.Join(' ', scopes)}'")}",
                    Location = group.First().Grant.Rule.Location,
                };
            });

    private static IEnumerable<string> PeopleOf(AccessRule rule, OktaOrg org) =>
        rule.Groups.Select(id => org.FindGroup(id)?.Name ?? id).Concat(rule.Users);

    private static ImmutableArray<string> Sorted(IEnumerable<string> values) =>
        [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
