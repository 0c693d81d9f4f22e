using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Trace.Flows;
using Auditor.Trace.Scripts;

namespace Auditor.Trace;

/// <summary>Everything that rules judge, enumerated once per audit, in a fixed order.</summary>
public sealed class SubjectCatalog
{
    /// <summary>Enumerates the subjects of a traced landscape.</summary>
    /// <param name="traced">The landscape.</param>
    /// <param name="comparison">What changed since an earlier state; null when there is nothing to compare with.</param>
    public SubjectCatalog(TracedLandscape traced, EstateComparison? comparison)
    {
        ArgumentNullException.ThrowIfNull(traced);
        Changes = comparison is null ? [] : [.. comparison.Changes, .. comparison.Unchanged];
        Evidence = comparison?.Evidence is { } evidence ? [evidence] : [];
        TokenChecks = traced.TokenChecks;
        Operations = traced.Operations;
        ClaimDemands =
        [
            .. traced.Endpoints.SelectMany(endpoint => endpoint.Demands).DistinctBy(demand => demand.Key, StringComparer.Ordinal),
        ];
        var bundles = traced
            .Landscape.Apigee.SelectMany(organization =>
                organization
                    .Proxies.Items.Concat(organization.SharedFlows.Items)
                    .Select(bundle => (Organization: organization, Bundle: bundle))
            )
            .OrderBy(pair => pair.Bundle.Path, StringComparer.Ordinal)
            .ToArray();
        Policies = [.. bundles.SelectMany(pair => PoliciesOf(pair.Organization, pair.Bundle))];
        Conditions = [.. bundles.SelectMany(pair => ConditionWalker.Of(pair.Organization, pair.Bundle))];
        Credentials =
        [
            .. bundles.SelectMany(pair =>
                pair.Bundle.Credentials.IsEmpty
                    ? [new BundleCredential(pair.Organization, pair.Bundle, null)]
                    : pair.Bundle.Credentials.Select(credential => new BundleCredential(pair.Organization, pair.Bundle, credential))
            ),
        ];
        Scopes =
        [
            .. traced
                .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
                .SelectMany(server => server.Scopes.Items.Where(scope => scope.IsCustom).Select(scope => new ServerScope(server, scope))),
        ];
        AccessPolicies =
        [
            .. traced.Landscape.Okta.SelectMany(org =>
                org.AuthorizationServers.Items.SelectMany(server =>
                    server.Policies.Items.Select(policy => new ServerPolicy(org, server, policy))
                )
            ),
        ];
        AccessRules =
        [
            .. AccessPolicies.SelectMany(subject =>
                subject.Policy.Rules.Items.Select(rule => new ServerRule(subject.Org, subject.Server, subject.Policy, rule))
            ),
        ];
        Clients = [.. traced.Landscape.Okta.SelectMany(org => org.Apps.Items.Select(app => new OktaClient(org, app)))];
        LinkedClients = [.. LinkedClient.Of(traced.Landscape)];
        DecodedTokens = [.. traced.Endpoints.SelectMany(endpoint => endpoint.Decoded)];
        ClaimReads = [.. traced.Endpoints.SelectMany(endpoint => endpoint.ClaimReads)];
        AttachedChecks = [.. traced.Endpoints.SelectMany(endpoint => endpoint.Attached)];
        Routes = [.. traced.Endpoints.SelectMany(endpoint => endpoint.Routes)];
        IdentityHeaders = [.. traced.Endpoints.SelectMany(endpoint => endpoint.IdentityHeaders)];
        Lookups = [.. traced.Endpoints.SelectMany(endpoint => endpoint.Lookups)];
        Configuration = traced.ConfigurationUses;
        TrustedServers = [.. TrustedServer.Of(traced)];
        Secrets = StoredSecret.Of(traced.Landscape);
        var knowledge = new TraceKnowledge(traced.Landscape, [.. traced.Endpoints.Select(endpoint => endpoint.Program)]);
        Code =
        [
            .. Policies
                .Where(policy => policy.Policy is ScriptPolicy)
                .Select(policy => new CodePolicy(
                    policy,
                    (ScriptPolicy)policy.Policy,
                    TokenCode.Of((ScriptPolicy)policy.Policy, policy.Bundle, knowledge)
                )),
        ];
        LogWrites = [.. bundles.SelectMany(pair => new LogWriteFinder(pair.Organization, pair.Bundle, knowledge).Find())];
        TokenGates = [.. traced.Endpoints.SelectMany(TokenGate.Of)];
        MapReads = [.. bundles.SelectMany(pair => MapRead.Of(pair.Organization, pair.Bundle))];
        Deployments = [.. DeployedBundle.Of(traced.Landscape)];
    }

    /// <summary>The entities as compared with an earlier state, the changed ones first; empty when there is nothing to compare with.</summary>
    public ImmutableArray<EntityChange> Changes { get; }

    /// <summary>What is known of the audits themselves; empty outside of a series.</summary>
    public ImmutableArray<EvidenceState> Evidence { get; }

    /// <summary>Verifications on the ways of endpoints.</summary>
    public ImmutableArray<TokenCheck> TokenChecks { get; }

    /// <summary>Operations that lead to a backend.</summary>
    public ImmutableArray<Operation> Operations { get; }

    /// <summary>Places where scopes could be asked for.</summary>
    public ImmutableArray<TokenGate> TokenGates { get; }

    /// <summary>Members of claims that are asked for.</summary>
    public ImmutableArray<ClaimDemand> ClaimDemands { get; }

    /// <summary>Policies of all bundles.</summary>
    public ImmutableArray<BundlePolicy> Policies { get; }

    /// <summary>Conditions of all bundles.</summary>
    public ImmutableArray<BundleCondition> Conditions { get; }

    /// <summary>Credentials in bundles, and bundles without any.</summary>
    public ImmutableArray<BundleCredential> Credentials { get; }

    /// <summary>Custom scopes of authorization servers.</summary>
    public ImmutableArray<ServerScope> Scopes { get; }

    /// <summary>Access policies of authorization servers.</summary>
    public ImmutableArray<ServerPolicy> AccessPolicies { get; }

    /// <summary>Rules of access policies.</summary>
    public ImmutableArray<ServerRule> AccessRules { get; }

    /// <summary>Clients of Okta orgs.</summary>
    public ImmutableArray<OktaClient> Clients { get; }

    /// <summary>Clients that both sides know.</summary>
    public ImmutableArray<LinkedClient> LinkedClients { get; }

    /// <summary>Tokens that are read without being verified.</summary>
    public ImmutableArray<DecodedToken> DecodedTokens { get; }

    /// <summary>Conditions that read claims of verified tokens.</summary>
    public ImmutableArray<ClaimRead> ClaimReads { get; }

    /// <summary>Verifying policies as attached, switched off ones included.</summary>
    public ImmutableArray<AttachedCheck> AttachedChecks { get; }

    /// <summary>Ways out of the gateway.</summary>
    public ImmutableArray<BackendRoute> Routes { get; }

    /// <summary>Headers by which backends are told who calls.</summary>
    public ImmutableArray<IdentityHeader> IdentityHeaders { get; }

    /// <summary>Calls that ask an identity provider about the caller's token.</summary>
    public ImmutableArray<TokenLookup> Lookups { get; }

    /// <summary>Revisions where they are deployed.</summary>
    public ImmutableArray<DeployedBundle> Deployments { get; }

    /// <summary>Reads of key value maps.</summary>
    public ImmutableArray<MapRead> MapReads { get; }

    /// <summary>Names that deployed endpoints expect their environments to know.</summary>
    public ImmutableArray<ConfigurationUse> Configuration { get; }

    /// <summary>Authorization servers that checks trust.</summary>
    public ImmutableArray<TrustedServer> TrustedServers { get; }

    /// <summary>Secrets where they are kept.</summary>
    public ImmutableArray<StoredSecret> Secrets { get; }

    /// <summary>Policies that run code.</summary>
    public ImmutableArray<CodePolicy> Code { get; }

    /// <summary>Policies that write to logs.</summary>
    public ImmutableArray<LogWrite> LogWrites { get; }

    private static IEnumerable<BundlePolicy> PoliciesOf(ApigeeOrganization organization, Bundle bundle)
    {
        var attachments = ConditionWalker
            .Steps(bundle)
            .GroupBy(step => step.Policy, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(step => step.Location).ToImmutableArray(), StringComparer.Ordinal);
        return bundle.Policies.Values.Select(policy => new BundlePolicy(
            organization,
            bundle,
            policy,
            attachments.GetValueOrDefault(policy.Name, [])
        ));
    }
}
