using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Engine;

/// <summary>Draws up the checklist of every connection from what the rules said about the subjects on its way.</summary>
internal sealed class ConnectionChecklist(TracedLandscape traced, ILookup<TracedEndpoint, (Judgement Judgement, Finding? Finding)> judged)
{
    /// <summary>The checklists, in the order of endpoints.</summary>
    public ImmutableArray<Connection> Build() => [.. traced.Endpoints.Where(endpoint => endpoint.Program.Endpoint is not null).Select(Of)];

    private Connection Of(TracedEndpoint endpoint)
    {
        var program = endpoint.Program;
        return new Connection(
            program.Organization.IsBundlesOnly ? "" : program.Organization.Name,
            program.Bundle.Name,
            program.Environment?.Name,
            program.Endpoint!.Name,
            program.Endpoint.BasePath,
            [
                Client(endpoint),
                Item(endpoint, ConnectionAspect.Issuer, Demanded(endpoint, check => check.Issuer)),
                Item(endpoint, ConnectionAspect.Audience, Demanded(endpoint, check => check.Audience)),
                OtherTokens(endpoint),
                Item(endpoint, ConnectionAspect.Keys, KeysOf(endpoint)),
                Item(endpoint, ConnectionAspect.Scopes, ScopesOf(endpoint)),
                Item(endpoint, ConnectionAspect.Protection, ProtectionOf(endpoint)),
                Logging(endpoint),
            ]
        );
    }

    /// <summary>Which aspect a rule speaks about; null when it speaks about none of them.</summary>
    internal static ConnectionAspect? AspectOf(RuleInfo rule) =>
        rule.Id switch
        {
            "AUD-001" or "AUD-002" or "AUD-009" or "AUD-010" => ConnectionAspect.Audience,
            "AUD-007" => ConnectionAspect.Keys,
            "SEC-010" => ConnectionAspect.Logging,
            "ENV-001" => ConnectionAspect.Issuer,
            _ => rule.Family switch
            {
                "AUD" => ConnectionAspect.Issuer,
                "KEY" => ConnectionAspect.Keys,
                "SCP" or "GRP" => ConnectionAspect.Scopes,
                "POL" or "SHD" or "INT" => ConnectionAspect.Protection,
                "APP" => ConnectionAspect.Client,
                _ => null,
            },
        };

    // What lets a token in that was meant for another API, another issuer's clients or another environment.
    private static bool IsOfOtherTokens(RuleInfo rule) =>
        rule.Id is "AUD-002" or "AUD-003" or "AUD-006" or "AUD-008" or "AUD-009" or "AUD-010" or "APP-010" or "ENV-001" or "ENV-002";

    private ConnectionItem OtherTokens(TracedEndpoint endpoint)
    {
        var standing = new Standing();
        var said = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (judgement, finding) in judged[endpoint].Where(pair => IsOfOtherTokens(pair.Judgement.Rule)))
        {
            standing.Add(judgement, finding);
            if (judgement.Verdict is not (Verdict.Passed or Verdict.Inapplicable))
            {
                said.Add(judgement.Rule.Title);
            }
        }

        return new ConnectionItem(
            ConnectionAspect.OtherTokens,
            standing.State,
            standing.State switch
            {
                ConnectionState.None when endpoint.Checks.Any(check => check.IsOfToken) => "no rule compares what it takes",
                ConnectionState.None => "it takes no token",
                ConnectionState.Pass => "they are refused",
                ConnectionState.Open => "not certain: " + string.Join("; ", said),
                ConnectionState.NotAssessed => "not assessed: " + string.Join("; ", said),
                _ => string.Join("; ", said),
            },
            standing.Findings
        );
    }

    private ConnectionItem Item(TracedEndpoint endpoint, ConnectionAspect aspect, string text)
    {
        var standing = StandingOf(endpoint, aspect);
        return new ConnectionItem(aspect, standing.State, text, standing.Findings);
    }

    private Standing StandingOf(TracedEndpoint endpoint, ConnectionAspect aspect)
    {
        var standing = new Standing();
        foreach (var (judgement, finding) in judged[endpoint].Where(pair => AspectOf(pair.Judgement.Rule) == aspect))
        {
            standing.Add(judgement, finding);
        }

        return standing;
    }

    private static IEnumerable<TokenCheck> BearerChecks(TracedEndpoint endpoint) =>
        endpoint.Checks.Where(check => check is { Kind: TokenCheckKind.Jwt, Role: TokenRole.Bearer });

    private static string Demanded(TracedEndpoint endpoint, Func<TokenCheck, Resolution> setting)
    {
        var words = BearerChecks(endpoint)
            .Select(check => setting(check) is Resolution.Absent ? $"'{check.Policy.Name}' demands none" : setting(check).Words)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return words.Count == 0 ? "no JWT is verified" : string.Join("; ", words);
    }

    private static string KeysOf(TracedEndpoint endpoint)
    {
        var words = BearerChecks(endpoint)
            .SelectMany(check => check.Keys.Select(KeyWords))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return words.Count == 0 ? "no JWT is verified" : string.Join("; ", words);
    }

    // Only addresses are shown as they are: a key may be a secret, and a public one says nothing to a reader.
    private static string KeyWords(CheckKey key) =>
        key.Form switch
        {
            JwtKeyForm.JwksUri => key.Value.Words,
            JwtKeyForm.Jwks => "a key set kept at the gateway",
            JwtKeyForm.PublicKey => "a public key kept at the gateway",
            JwtKeyForm.Certificate => "a certificate kept at the gateway",
            JwtKeyForm.SecretKey => "a shared secret",
            _ => "another key",
        };

    private static string ScopesOf(TracedEndpoint endpoint)
    {
        var members = endpoint
            .Demands.Select(demand => demand.Claim == "scp" ? demand.Member : $"{demand.Claim}: {demand.Member}")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return members.Count == 0 ? "none are asked for" : string.Join(", ", members);
    }

    private static string ProtectionOf(TracedEndpoint endpoint)
    {
        if (endpoint.NotAssessed is { } why)
        {
            return why;
        }

        var operations = endpoint.Operations;
        if (operations.IsEmpty)
        {
            return "no operation leads to a backend";
        }

        var declared = operations.Count(operation => operation.DeclaredPublic is not null);
        var open = operations.Count(operation => operation.Bypass is { IsDefinite: true });
        var unclear = operations.Count(operation => operation.Bypass is { IsDefinite: false } || operation.NotAssessed is not null);
        var closed = operations.Length - declared - open - unclear;
        return string.Join(
            ", ",
            new[] { (closed, "need a credential"), (open, "need none"), (declared, "declared public"), (unclear, "not certain") }
                .Where(part => part.Item1 > 0)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Item1} {part.Item2}"))
        );
    }

    private ConnectionItem Client(TracedEndpoint endpoint)
    {
        var standing = StandingOf(endpoint, ConnectionAspect.Client);
        var organization = endpoint.Program.Organization;
        if (!organization.Products.IsComplete || !organization.Apps.IsComplete || traced.Landscape.Okta.IsEmpty)
        {
            return new ConnectionItem(
                ConnectionAspect.Client,
                standing.State,
                "products, apps or Okta clients are not part of the input",
                standing.Findings
            );
        }

        var clients = ProductCoverage
            .Of(endpoint.Program)
            .SelectMany(product => ProductCoverage.Holders(organization, product))
            .Select(holder => holder.Key)
            .Distinct(StringComparer.Ordinal)
            .Select(key => traced.Landscape.Okta.Select(org => org.FindClient(key)).FirstOrDefault(client => client is not null))
            .OfType<Model.Okta.OktaApp>()
            .Select(client => client.Label)
            .Order(StringComparer.Ordinal)
            .ToList();
        var state =
            standing.State != ConnectionState.None ? standing.State
            : clients.Count > 0 ? ConnectionState.Pass
            : ConnectionState.Absent;
        return new ConnectionItem(
            ConnectionAspect.Client,
            state,
            clients.Count == 0 ? "no client is registered on both sides" : string.Join(", ", clients),
            standing.Findings
        );
    }

    private ConnectionItem Logging(TracedEndpoint endpoint)
    {
        var standing = StandingOf(endpoint, ConnectionAspect.Logging);
        var (policies, isAll) = endpoint.Program.AttachedPolicies();
        var loggers = policies
            .Where(pair => pair.Policy is MessageLoggingPolicy { Enabled: true })
            .Select(pair => $"MessageLogging '{pair.Policy.Name}'")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var state =
            standing.State != ConnectionState.None ? standing.State
            : loggers.Count > 0 ? ConnectionState.Pass
            : isAll ? ConnectionState.Absent
            : ConnectionState.None;
        return new ConnectionItem(
            ConnectionAspect.Logging,
            state,
            loggers.Count > 0 ? string.Join(", ", loggers)
                : isAll ? "no MessageLogging policy is attached"
                : "no MessageLogging policy in what was read",
            standing.Findings
        );
    }
}
