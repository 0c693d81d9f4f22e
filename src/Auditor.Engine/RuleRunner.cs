using System.Collections.Concurrent;
using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Engine;

/// <summary>A verdict with whom it is about.</summary>
internal sealed record Judgement(RuleInfo Rule, ISubject Subject, Verdict Verdict);

/// <summary>Runs rules over subjects in parallel. A rule that throws fails that one judgement, and says so; the order of results is that of rules and subjects.</summary>
internal sealed class RuleRunner(AuditContext context, SubjectCatalog subjects)
{
    private readonly ConcurrentBag<RuleCrash> crashes = [];

    public ImmutableArray<RuleCrash> Crashes =>
        [.. crashes.OrderBy(crash => crash.Rule.Id, StringComparer.Ordinal).ThenBy(crash => crash.Subject, StringComparer.Ordinal)];

    /// <summary>The judgements of each rule, in the order of the rules.</summary>
    public Judgement[][] Run(IReadOnlyList<IRule> rules, CancellationToken cancellationToken)
    {
        var results = new Judgement[rules.Count][];
        Parallel.For(
            0,
            rules.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            i => results[i] = Run(rules[i], cancellationToken)
        );
        return results;
    }

    private Judgement[] Run(IRule rule, CancellationToken cancellationToken) =>
        rule switch
        {
            IRule<TokenCheck> typed => Judge(typed, subjects.TokenChecks, cancellationToken),
            IRule<Operation> typed => Judge(typed, subjects.Operations, cancellationToken),
            IRule<ClaimDemand> typed => Judge(typed, subjects.ClaimDemands, cancellationToken),
            IRule<BundlePolicy> typed => Judge(typed, subjects.Policies, cancellationToken),
            IRule<BundleCondition> typed => Judge(typed, subjects.Conditions, cancellationToken),
            IRule<BundleCredential> typed => Judge(typed, subjects.Credentials, cancellationToken),
            IRule<ServerScope> typed => Judge(typed, subjects.Scopes, cancellationToken),
            IRule<AttachedCheck> typed => Judge(typed, subjects.AttachedChecks, cancellationToken),
            IRule<BackendRoute> typed => Judge(typed, subjects.Routes, cancellationToken),
            IRule<IdentityHeader> typed => Judge(typed, subjects.IdentityHeaders, cancellationToken),
            IRule<TokenLookup> typed => Judge(typed, subjects.Lookups, cancellationToken),
            IRule<DeployedBundle> typed => Judge(typed, subjects.Deployments, cancellationToken),
            IRule<MapRead> typed => Judge(typed, subjects.MapReads, cancellationToken),
            IRule<ConfigurationUse> typed => Judge(typed, subjects.Configuration, cancellationToken),
            IRule<TrustedServer> typed => Judge(typed, subjects.TrustedServers, cancellationToken),
            IRule<StoredSecret> typed => Judge(typed, subjects.Secrets, cancellationToken),
            IRule<CodePolicy> typed => Judge(typed, subjects.Code, cancellationToken),
            IRule<LogWrite> typed => Judge(typed, subjects.LogWrites, cancellationToken),
            IRule<DecodedToken> typed => Judge(typed, subjects.DecodedTokens, cancellationToken),
            IRule<TokenGate> typed => Judge(typed, subjects.TokenGates, cancellationToken),
            IRule<ClaimRead> typed => Judge(typed, subjects.ClaimReads, cancellationToken),
            IRule<ServerPolicy> typed => Judge(typed, subjects.AccessPolicies, cancellationToken),
            IRule<ServerRule> typed => Judge(typed, subjects.AccessRules, cancellationToken),
            IRule<OktaClient> typed => Judge(typed, subjects.Clients, cancellationToken),
            IRule<LinkedClient> typed => Judge(typed, subjects.LinkedClients, cancellationToken),
            IRule<EntityChange> typed => Judge(typed, subjects.Changes, cancellationToken),
            IRule<EvidenceState> typed => Judge(typed, subjects.Evidence, cancellationToken),
            // Waivers are judged when it is known what they cover.
            IRule<Waiver> => [],
            _ => throw new InvalidOperationException($"No subjects are enumerated for rule {rule.Info.Id}."),
        };

    /// <summary>The judgements of one rule.</summary>
    public Judgement[] Judge<TSubject>(IRule<TSubject> rule, ImmutableArray<TSubject> all, CancellationToken cancellationToken)
        where TSubject : ISubject
    {
        var results = new Judgement[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Verdict verdict;
            try
            {
                verdict = rule.Judge(all[i], context);
            }
#pragma warning disable CA1031 // A rule may fail in any way; one failure must neither end the audit nor look like a pass.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                crashes.Add(new RuleCrash(rule.Info, all[i].Key, e.GetType().Name));
                verdict = new Verdict.NotAssessed($"rule {rule.Info.Id} crashed ({e.GetType().Name}); this is a defect of auditor");
            }

            results[i] = new Judgement(rule.Info, all[i], verdict);
        }

        return results;
    }
}
