using System.Collections.Concurrent;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;
using Auditor.Trace.Flows;
using Auditor.Trace.Issuance;

namespace Auditor.Trace;

/// <summary>A landscape with what its gateways would really do.</summary>
public sealed class TracedLandscape
{
    private readonly ILookup<(string Organization, string Kind, string Name), ConfigurationUse> configuration;

    private readonly ILookup<(string Bundle, string Policy), TokenCheck> checks;

    private readonly ConcurrentDictionary<AuthorizationServer, ServerIssuance> issuance = new(ReferenceEqualityComparer.Instance);

    private TracedLandscape(Landscape landscape, AuditSettings settings, ImmutableArray<TracedEndpoint> endpoints)
    {
        Landscape = landscape;
        Settings = settings;
        Endpoints = endpoints;
        Operations = [.. endpoints.SelectMany(endpoint => endpoint.Operations.Concat(endpoint.Disclosing))];
        TokenChecks = [.. endpoints.SelectMany(endpoint => endpoint.Checks)];
        checks = TokenChecks.ToLookup(check => (check.Endpoint.Program.Bundle.Name, check.Policy.Name));
        ConfigurationUses = [.. endpoints.SelectMany(endpoint => ConfigurationUseFinder.Find(endpoint.Program))];
        configuration = ConfigurationUses.ToLookup(use => (use.Program.Organization.Name, use.Kind, use.Name));
    }

    /// <summary>The landscape.</summary>
    public Landscape Landscape { get; }

    /// <summary>What was declared about it.</summary>
    public AuditSettings Settings { get; }

    /// <summary>The endpoints, ordered by key.</summary>
    public ImmutableArray<TracedEndpoint> Endpoints { get; }

    /// <summary>The operations of all endpoints, those included that end in an answer of the gateway's own.</summary>
    public ImmutableArray<Operation> Operations { get; }

    /// <summary>The checks of all endpoints.</summary>
    public ImmutableArray<TokenCheck> TokenChecks { get; }

    /// <summary>The checks that one policy is in the deployments of a bundle, in the order of endpoints.</summary>
    /// <param name="bundle">The name of the bundle that is deployed.</param>
    /// <param name="policy">The name of the policy, of the bundle itself or of a shared flow that it runs.</param>
    public IEnumerable<TokenCheck> ChecksOf(string bundle, string policy) => checks[(bundle, policy)];

    /// <summary>What an authorization server of the landscape would issue to whom. Worked out when first asked for.</summary>
    public ServerIssuance IssuanceOf(AuthorizationServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return issuance.GetOrAdd(
            server,
            static (key, landscape) => ServerIssuance.Of(landscape.Okta.First(org => org.Host == key.OrgHost), key),
            Landscape
        );
    }

    /// <summary>What a gateway does with a request in an environment. Nothing is sent, and a token is only what the request says of it.</summary>
    /// <param name="environment">The environment; null for bundles whose deployments are not known.</param>
    /// <param name="request">The request.</param>
    public Decision Decide(string? environment, GatewayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        // The longest base path wins, segment by segment.
        var endpoint = Endpoints
            .Where(candidate =>
                (environment is null || string.Equals(candidate.Program.Environment?.Name, environment, StringComparison.Ordinal))
                && candidate.Program.SuffixOf(request.Path) is not null
            )
            .MinBy(candidate => candidate.Program.SuffixOf(request.Path)!.Length);
        return endpoint is null
            ? new Decision { Outcome = DecisionOutcome.Rejected, Why = "no proxy has the path" }
            : endpoint.Decide(request);
    }

    /// <summary>The names that deployed endpoints expect their environments to know, in the order of endpoints.</summary>
    public ImmutableArray<ConfigurationUse> ConfigurationUses { get; }

    /// <summary>The uses of one name in the environments of an organization.</summary>
    public IEnumerable<ConfigurationUse> Configuration(ApigeeOrganization organization, string kind, string name)
    {
        ArgumentNullException.ThrowIfNull(organization);
        return configuration[(organization.Name, kind, name)];
    }

    /// <summary>Interprets every endpoint of a landscape. Endpoints are walked in parallel; the result does not depend on it.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="settings">What is declared about it.</param>
    /// <param name="progress">Told the number of endpoints done and in all; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops between endpoints.</param>
    public static TracedLandscape Build(
        Landscape landscape,
        AuditSettings settings,
        Action<int, int>? progress,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(landscape);
        ArgumentNullException.ThrowIfNull(settings);
        var programs = landscape
            .Apigee.SelectMany(organization => ProgramFactory.Programs(organization, settings))
            .OrderBy(program => program.Key, StringComparer.Ordinal)
            .ThenBy(program => program.Bundle.Revision ?? 0)
            .ToArray();
        var knowledge = new TraceKnowledge(landscape, [.. programs]);
        var traced = new TracedEndpoint[programs.Length];
        var done = 0;
        Parallel.For(
            0,
            programs.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            i =>
            {
                traced[i] = EndpointTracer.Trace(programs[i], knowledge, settings);
                progress?.Invoke(Interlocked.Increment(ref done), programs.Length);
            }
        );
        HookComparison.Apply(traced);
        return new TracedLandscape(landscape, settings, [.. traced]);
    }
}
