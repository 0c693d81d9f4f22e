using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Engine;

/// <summary>Draws the trust map: who vouches for whom, and whether both sides agree, as the rules judged it.</summary>
internal sealed class TrustMapping(
    TracedLandscape traced,
    ILookup<TracedEndpoint, (Judgement Judgement, Finding? Finding)> judged,
    IReadOnlyCollection<(Judgement Judgement, Finding? Finding)> elsewhere
)
{
    private const string NobodyId = "nobody";

    private readonly ILookup<(string Organization, string App, string Key), (Judgement Judgement, Finding? Finding)> links = elsewhere
        .Where(pair => pair.Judgement.Subject is LinkedClient)
        .ToLookup(pair =>
            (LinkedClient)pair.Judgement.Subject is var link
                ? (link.Organization.Name, link.GatewayApp.Id, link.Credential.ConsumerKey)
                : default
        );

    // By every folder above the place they point at, so that a proxy finds its own without asking all of them.
    private readonly ILookup<string, (Judgement Judgement, Finding? Finding)> below = elsewhere
        .Where(pair => pair.Finding is not null)
        .SelectMany(pair => Folders(pair.Finding!.Place.Artifact).Select(folder => (Folder: folder, Pair: pair)))
        .ToLookup(item => item.Folder, item => item.Pair, StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> about = new(StringComparer.Ordinal);

    private readonly SortedDictionary<string, TrustNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string From, string To), Joint> edges = [];

    /// <summary>The map.</summary>
    public TrustMap Build()
    {
        foreach (var server in traced.Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items))
        {
            _ = NodeOf(server);
        }

        foreach (var endpoint in traced.Endpoints.Where(endpoint => endpoint.Program.Endpoint is not null))
        {
            var proxy = ProxyOf(endpoint);
            Vouchers(endpoint, proxy);
            OpenDoors(endpoint, proxy);
            Products(endpoint, proxy);
            About(proxy, judged[endpoint]);
            About(proxy, below[endpoint.Program.Bundle.Path]);
        }

        foreach (var pair in elsewhere)
        {
            if (HolderOf(pair.Judgement.Subject) is { } holder)
            {
                About(holder, [pair]);
            }
        }

        var touching = edges
            .SelectMany(pair => new[] { (Node: pair.Key.From, Joint: pair.Value), (Node: pair.Key.To, Joint: pair.Value) })
            .ToLookup(end => end.Node, end => end.Joint, StringComparer.Ordinal);
        return new TrustMap
        {
            Nodes =
            [
                .. nodes
                    .Values.OrderBy(node => node.Kind)
                    .ThenBy(node => node.Id, StringComparer.Ordinal)
                    .Select(node => node with { Findings = OwnFindings(node.Id, touching[node.Id]) }),
            ],
            Edges =
            [
                .. edges
                    .OrderBy(pair => pair.Key.From, StringComparer.Ordinal)
                    .ThenBy(pair => pair.Key.To, StringComparer.Ordinal)
                    .Select(pair => new TrustEdge(
                        pair.Key.From,
                        pair.Key.To,
                        pair.Value.State,
                        string.Join("; ", pair.Value.Texts),
                        [.. pair.Value.Findings]
                    )),
            ],
        };
    }

    // What a judgement outside of endpoints is about, as far as it is on the map.
    private static string? HolderOf(ISubject subject) =>
        subject switch
        {
            ServerPolicy policy => IdOf(policy.Server),
            ServerRule rule => IdOf(rule.Server),
            ServerScope scope => IdOf(scope.Server),
            TrustedServer trusted => IdOf(trusted.Server),
            OktaClient client => $"client/{client.Org.Host}/{client.App.ClientId}",
            _ => null,
        };

    private void About(string node, IEnumerable<(Judgement Judgement, Finding? Finding)> judgements)
    {
        foreach (var finding in judgements.Select(pair => pair.Finding).OfType<Finding>().Where(finding => finding.IsLive))
        {
            if (!about.TryGetValue(node, out var known))
            {
                about[node] = known = new SortedSet<string>(StringComparer.Ordinal);
            }

            known.Add(finding.Fingerprint);
        }
    }

    private ImmutableArray<string> OwnFindings(string node, IEnumerable<Joint> touching) =>
        about.TryGetValue(node, out var known)
            ? [.. known.Except(touching.SelectMany(joint => joint.Findings), StringComparer.Ordinal)]
            : [];

    private static IEnumerable<string> Folders(string artifact)
    {
        for (var slash = artifact.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = artifact.IndexOf('/', slash + 1))
        {
            yield return artifact[..slash];
        }
    }

    private void Vouchers(TracedEndpoint endpoint, string proxy)
    {
        var judgements = judged[endpoint].ToLookup(pair => pair.Judgement.Subject, ReferenceEqualityComparer.Instance);
        foreach (var check in endpoint.Checks.Where(check => check.Role == TokenRole.Bearer))
        {
            var standing = new Standing();
            var asked = endpoint.Demands.Where(demand => ReferenceEquals(demand.Check, check)).ToList();
            foreach (
                var (judgement, finding) in judgements[check]
                    .Where(pair => pair.Judgement.Rule.Family is "AUD" or "KEY" or "ENV")
                    .Concat(asked.SelectMany(demand => judgements[demand]))
            )
            {
                standing.Add(judgement, finding);
            }

            var audience = check.Audience is Resolution.Absent ? "" : $" for audience {check.Audience.Words}";
            Join(
                VoucherOf(check),
                proxy,
                StateOf(standing, check),
                $"{check.Policy.Kind} '{check.Policy.Name}'{audience}{Asking(asked)}",
                standing.Findings
            );
        }
    }

    private static string Asking(List<ClaimDemand> demands)
    {
        var members = demands.Select(demand => demand.Member).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return members.Count == 0 ? "" : $", asking for {string.Join(", ", members)}";
    }

    private static TrustState StateOf(Standing standing, TokenCheck check) =>
        standing.State switch
        {
            ConnectionState.Fail => TrustState.Mismatched,
            ConnectionState.Open or ConnectionState.NotAssessed => TrustState.Open,
            ConnectionState.Accepted => TrustState.Accepted,
            // No rule compares anything where the issuer was not collected.
            ConnectionState.None when check is { Kind: TokenCheckKind.Jwt, Server: null } => TrustState.Open,
            _ => TrustState.Aligned,
        };

    private string VoucherOf(TokenCheck check)
    {
        if (check.Server is { } server)
        {
            return NodeOf(server);
        }

        if (check.Kind is not (TokenCheckKind.Jwt or TokenCheckKind.Jws))
        {
            var name = CredentialName(check.Kind);
            return Add(new TrustNode("credential/" + name, TrustNodeKind.Credential, name, null, []));
        }

        var issuer = check.Issuer.Texts.IsEmpty ? null : string.Join(" or ", check.Issuer.Texts);
        issuer ??= check.Keys.FirstOrDefault(key => key.Form == JwtKeyForm.JwksUri && key.Value.IsKnown) is { } key
            ? "keys of " + string.Join(" or ", key.Value.Texts)
            : null;
        return issuer is null
            ? Add(new TrustNode("issuer/", TrustNodeKind.OtherIssuer, "an issuer that is not known", null, []))
            : Add(new TrustNode("issuer/" + issuer, TrustNodeKind.OtherIssuer, issuer, null, ["not part of the input"]));
    }

    private static string CredentialName(TokenCheckKind kind) =>
        kind switch
        {
            TokenCheckKind.ApigeeToken => "token of Apigee's own OAuth",
            TokenCheckKind.ApiKey => "API key",
            TokenCheckKind.Introspection => "introspection",
            TokenCheckKind.Saml => "SAML assertion",
            TokenCheckKind.Hmac => "HMAC",
            TokenCheckKind.Basic => "Basic credentials",
            _ => "Google IAM",
        };

    // Requests without a credential that reach a backend.
    private void OpenDoors(TracedEndpoint endpoint, string proxy)
    {
        var judgements = judged[endpoint].ToLookup(pair => pair.Judgement.Subject, ReferenceEqualityComparer.Instance);
        foreach (var operation in endpoint.Operations)
        {
            var standing = new Standing();
            foreach (var (judgement, finding) in judgements[operation].Where(pair => pair.Judgement.Rule.Family is "POL" or "SHD"))
            {
                standing.Add(judgement, finding);
            }

            var state = operation.Bypass is { } bypass
                ? standing.State == ConnectionState.Accepted
                    ? TrustState.Accepted
                    : bypass.IsDefinite
                        ? TrustState.Missing
                        : TrustState.Open
                : operation.DeclaredPublic is not null
                    ? TrustState.Accepted
                    : operation.NotAssessed is not null
                        ? TrustState.Open
                        : (TrustState?)null;
            if (state is { } found)
            {
                Add(new TrustNode(NobodyId, TrustNodeKind.Nobody, "no credential", null, []));
                Join(NobodyId, proxy, found, operation.Name, standing.Findings);
            }
        }
    }

    private void Products(TracedEndpoint endpoint, string proxy)
    {
        var organization = endpoint.Program.Organization;
        foreach (var product in ProductCoverage.Of(endpoint.Program))
        {
            var id = Add(
                new TrustNode($"product/{organization.Name}/{product.Name}", TrustNodeKind.Product, product.Name, null, [])
                {
                    Scopes = [.. product.Scopes.Order(StringComparer.Ordinal)],
                }
            );
            var operations = product
                .Operations.Where(operation => operation.Proxy == endpoint.Program.Bundle.Name)
                .Select(operation =>
                    $"{(operation.Methods.IsEmpty ? "any verb" : string.Join(',', operation.Methods))} {operation.Resource}"
                )
                .ToList();
            Join(proxy, id, TrustState.Aligned, operations.Count == 0 ? "every path" : string.Join("; ", operations), []);
            foreach (var (app, key) in ProductCoverage.Holders(organization, product))
            {
                Hold(id, organization, app, key);
            }
        }
    }

    private void Hold(string product, ApigeeOrganization organization, DeveloperApp app, string key)
    {
        var standing = new Standing();
        foreach (var (judgement, finding) in links[(organization.Name, app.Id, key)])
        {
            standing.Add(judgement, finding);
        }

        var state = standing.State switch
        {
            ConnectionState.Fail => TrustState.Mismatched,
            ConnectionState.Open or ConnectionState.NotAssessed => TrustState.Open,
            ConnectionState.Accepted => TrustState.Accepted,
            _ => TrustState.Aligned,
        };
        var status = app.Status is null or "approved" ? "" : $", which is {app.Status}";
        Join(product, ClientOf(organization, app, key), state, $"app '{app.Name}'{status}", standing.Findings);
    }

    // The key of an app that is no Okta client is a credential of its own: it is neither shown nor part of an id.
    private string ClientOf(ApigeeOrganization organization, DeveloperApp app, string key)
    {
        foreach (var org in traced.Landscape.Okta)
        {
            if (org.FindClient(key) is { } client)
            {
                var details = new List<string> { $"client {key}" };
                if (!client.IsActive)
                {
                    details.Add(client.Status.ToLowerInvariant() + " in Okta");
                }

                var granted = org.AuthorizationServers.Select(server => (Server: server, Scopes: ScopesFrom(server, key))).ToList();
                details.AddRange(
                    granted
                        .Where(grant => grant.Scopes.Count > 0)
                        .Select(grant => $"{string.Join(", ", grant.Scopes)} of {grant.Server.Name}")
                );
                return Add(
                    new TrustNode($"client/{org.Host}/{key}", TrustNodeKind.Client, client.Label, null, [.. details])
                    {
                        Scopes =
                        [
                            .. granted.SelectMany(grant => grant.Scopes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
                        ],
                    }
                );
            }
        }

        return Add(
            new TrustNode($"app/{organization.Name}/{app.Id}", TrustNodeKind.Client, app.Name, null, ["no Okta client has its key"])
        );
    }

    // What the rules of a server let a client have; a rule of every scope says so instead of listing them.
    private static List<string> ScopesFrom(AuthorizationServer server, string client)
    {
        var scopes = server
            .Policies.Where(policy => policy.IsActive && policy.Admits(client))
            .SelectMany(policy => policy.Rules.Where(rule => rule.IsActive).SelectMany(rule => rule.Scopes))
            .Where(scope => !Scope.Reserved.Contains(scope, StringComparer.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return scopes.Contains(AccessRule.AnyScope, StringComparer.Ordinal) ? ["any scope"] : scopes;
    }

    private static string IdOf(AuthorizationServer server) => $"server/{server.OrgHost}/{server.Id}";

    private string NodeOf(AuthorizationServer server) =>
        Add(
            new TrustNode(
                IdOf(server),
                TrustNodeKind.Server,
                server.Name,
                null,
                [
                    .. server.IsActive ? Array.Empty<string>() : ["inactive"],
                    "issuer " + server.Issuer,
                    .. server.Audiences.Select(audience => "audience " + audience),
                    "org " + server.OrgHost,
                ]
            )
        );

    private string ProxyOf(TracedEndpoint endpoint)
    {
        var program = endpoint.Program;
        var id =
            $"proxy/{(program.Organization.IsBundlesOnly ? program.Bundle.Path : $"{program.Organization.Name}/{program.Environment?.Name ?? "*"}/{program.Bundle.Name}")}";
        var basePath = program.Endpoint!.BasePath;
        var details = nodes.TryGetValue(id, out var known) ? known.Details : [];
        if (endpoint is { Operations.IsEmpty: true, NotAssessed: null })
        {
            basePath += " leads to no backend";
        }

        nodes[id] = new TrustNode(
            id,
            TrustNodeKind.Proxy,
            program.Bundle.Name,
            program.Environment?.Name,
            details.Contains(basePath, StringComparer.Ordinal) ? details : details.Add(basePath)
        );
        return id;
    }

    private string Add(TrustNode node)
    {
        nodes.TryAdd(node.Id, node);
        return node.Id;
    }

    private void Join(string from, string to, TrustState state, string text, ImmutableArray<string> findings)
    {
        if (!edges.TryGetValue((from, to), out var edge))
        {
            edges[(from, to)] = edge = new Joint();
        }

        edge.State = state > edge.State ? state : edge.State;
        edge.Texts.Add(text);
        edge.Findings.UnionWith(findings);
    }

    private sealed class Joint
    {
        public TrustState State { get; set; }

        public SortedSet<string> Texts { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Findings { get; } = new(StringComparer.Ordinal);
    }
}
