using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Engine;

/// <summary>Runs an audit: traces the landscape, judges every subject by every rule, and turns verdicts into findings.</summary>
public static class AuditEngine
{
    /// <summary>Audits a landscape.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="textOf">The masked text of an artifact, or null; for excerpts and fixes.</param>
    /// <param name="rules">The rules to choose from, with their pages.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="now">The time of the run, for landscapes that do not say when they were captured.</param>
    /// <param name="progress">Told what is being done, and how far it is; null when nobody asks.</param>
    /// <param name="cancellationToken">Stops the audit.</param>
    /// <param name="compare">Compares the estate, with who can do what in it and the rules that run, with an earlier state; null when there is none.</param>
    public static AuditRun Run(
        Landscape landscape,
        Func<string, string?> textOf,
        IReadOnlyList<(IRule Rule, RuleDescription Description)> rules,
        AuditOptions options,
        DateTimeOffset now,
        Action<string, int, int>? progress,
        CancellationToken cancellationToken,
        Func<ImmutableArray<AccessFact>, IEnumerable<RuleInfo>, EstateComparison?>? compare = null
    )
    {
        ArgumentNullException.ThrowIfNull(landscape);
        ArgumentNullException.ThrowIfNull(textOf);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(options);
        var chosen = rules
            .Where(rule => IsChosen(rule.Rule.Info, options))
            .OrderBy(rule => FamilyOrder(rule.Rule.Info))
            .ThenBy(rule => rule.Rule.Info.Id, StringComparer.Ordinal)
            .ToArray();
        var today = DateOnly.FromDateTime((landscape.CapturedAt ?? now).UtcDateTime);
        var expired = options.Settings.Public.Where(declared => declared.Expires <= today).ToImmutableArray();
        var settings = options.Settings with { Public = options.Settings.Public.RemoveRange(expired) };
        var traced = TracedLandscape.Build(
            landscape,
            settings,
            (done, all) => progress?.Invoke("tracing endpoints", done, all),
            cancellationToken
        );
        var access = compare is null ? [] : AccessFacts.Of(traced);
        var comparison = compare?.Invoke(access, chosen.Select(rule => rule.Rule.Info));
        var context = new AuditContext(traced, settings, landscape.CapturedAt ?? now) { Comparison = comparison };
        var runner = new RuleRunner(context, new SubjectCatalog(traced, comparison));
        progress?.Invoke("judging", 0, chosen.Length);
        var judgements = runner.Run([.. chosen.Select(rule => rule.Rule)], cancellationToken);
        var excerpts = new Excerpts(textOf);
        var acceptances = new Acceptances(excerpts, landscape, options, [.. chosen.Select(rule => rule.Rule.Info)], today);
        var assembly = new FindingAssembly(excerpts, options, acceptances);
        var findings = assembly.Assemble(judgements);

        // What is accepted is known only now, and so is which waivers cover nothing.
        var waivers = acceptances.Waivers();
        for (var i = 0; i < chosen.Length; i++)
        {
            if (chosen[i].Rule is IRule<Waiver> rule)
            {
                judgements[i] = runner.Judge(rule, waivers, cancellationToken);
                findings = FindingAssembly.Ordered(findings.Concat(assembly.Assemble([judgements[i]])));
            }
        }

        var byFingerprint = findings
            .GroupBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var onEndpoints = judgements
            .SelectMany(rule => rule)
            .Where(judgement => judgement.Subject is IEndpointSubject)
            .ToLookup(
                judgement => ((IEndpointSubject)judgement.Subject).Endpoint,
                judgement => (judgement, assembly.FingerprintOf(judgement) is { } told ? byFingerprint[told] : null)
            );
        var elsewhere = judgements
            .SelectMany(rule => rule)
            .Where(judgement => judgement.Subject is not IEndpointSubject)
            .Select(judgement => (judgement, assembly.FingerprintOf(judgement) is { } told ? byFingerprint[told] : null))
            .Where(pair => pair.Item2 is not null)
            .ToList();
        var populations = chosen.Select((rule, i) => PopulationOf(rule.Rule.Info, judgements[i])).ToImmutableArray();
        return new AuditRun
        {
            ToolVersion = options.ToolVersion,
            Time = landscape.CapturedAt ?? (options.Deterministic ? null : now),
            TimeIsCaptured = landscape.CapturedAt is not null,
            Inputs = options.Inputs,
            Systems = Systems(landscape),
            Selection = new AuditSelection(options.Settings.Environments, options.Rules, options.ExcludedRules),
            Inventory = Inventory(landscape, traced),
            Coverage = landscape.Coverage,
            Findings = findings,
            Populations = populations,
            Evaluations = Evaluations(judgements, assembly),
            Trust = new TrustMapping(traced, onEndpoints, elsewhere).Build(),
            Connections = new ConnectionChecklist(traced, onEndpoints).Build(),
            Artifacts = Artifacts(findings, options),
            Rules = [.. chosen.Select(rule => rule.Description)],
            Assumptions = Assumptions(landscape, traced),
            Notices = acceptances.OldBaseline() is { } old ? [.. landscape.Notices, old] : landscape.Notices,
            Waivers = acceptances.Register(waivers),
            Crashes = runner.Crashes,
            Access = access,
            Comparison = comparison,
            FailOn = options.FailOn,
            NewOnly = options.NewOnly,
            Strict = options.Strict,
            IsEmpty = IsEmpty(landscape) || IsUnjudged(landscape, judgements, options),
            Gaps = Gaps(landscape, findings, runner.Crashes, options),
        };
    }

    private static bool IsChosen(RuleInfo rule, AuditOptions options) =>
        (options.Rules.IsEmpty || options.Rules.Any(selector => RuleSelector.Selects(selector, rule)))
        && !options.ExcludedRules.Any(selector => RuleSelector.Selects(selector, rule))
        && !options.Levels.Any(level => level.Level is null && RuleSelector.Selects(level.Rule, rule));

    // The order of the catalogue.
    private static int FamilyOrder(RuleInfo rule) =>
        Array.IndexOf(["AUD", "SCP", "KEY", "POL", "TOK", "SEC", "SHD", "INT", "GRP", "APP", "ENV", "DRF", "TLS", "GOV"], rule.Family);

    private static Population PopulationOf(RuleInfo rule, Judgement[] judgements) =>
        new(
            rule,
            judgements.Length,
            judgements.Count(judgement => judgement.Verdict is Verdict.Passed),
            judgements.Count(judgement => judgement.Verdict is Verdict.Fail),
            judgements.Count(judgement => judgement.Verdict is Verdict.Open),
            judgements.Count(judgement => judgement.Verdict is Verdict.Inapplicable),
            judgements.Count(judgement => judgement.Verdict is Verdict.NotAssessed)
        );

    private static ImmutableArray<Evaluation> Evaluations(Judgement[][] judgements, FindingAssembly assembly)
    {
        // The words for a subject are worked out once, not once for every rule.
        var words = new Dictionary<ISubject, (string Key, string Title)>(ReferenceEqualityComparer.Instance);
        var evaluations = ImmutableArray.CreateBuilder<Evaluation>(judgements.Sum(rule => rule.Length));
        foreach (var judgement in judgements.SelectMany(rule => rule))
        {
            var subject = judgement.Subject;
            if (!words.TryGetValue(subject, out var known))
            {
                words[subject] = known = (subject.Key, subject.Title);
            }

            evaluations.Add(
                new Evaluation(
                    judgement.Rule,
                    known.Key,
                    known.Title,
                    subject.Environment,
                    subject.Location,
                    judgement.Verdict.Word,
                    assembly.FingerprintOf(judgement)
                )
            );
        }

        return evaluations.MoveToImmutable();
    }

    private static ImmutableArray<ArtifactDigest> Artifacts(ImmutableArray<Finding> findings, AuditOptions options) =>
        options.DigestOf is not { } digestOf
            ? []
            :
            [
                .. findings
                    .SelectMany(finding => finding.Related.Select(related => related.Place).Prepend(finding.Place))
                    .Select(place => place.Artifact)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .Select(artifact => digestOf(artifact) is { } digest ? new ArtifactDigest(artifact, digest) : null)
                    .OfType<ArtifactDigest>(),
            ];

    private static ImmutableArray<AuditedSystem> Systems(Landscape landscape) =>
        [
            .. landscape.Okta.Select(org => new AuditedSystem("okta", org.Host, [])),
            .. landscape.Apigee.Select(organization => new AuditedSystem(
                organization.IsBundlesOnly ? "bundles" : "apigee",
                organization.Name,
                [.. organization.Environments.Select(environment => environment.Name).Order(StringComparer.Ordinal)]
            )),
        ];

    private static bool IsEmpty(Landscape landscape) =>
        landscape.Okta.All(org => org.AuthorizationServers.Count == 0 && org.Apps.Count == 0 && !org.AuthorizationServers.Coverage.IsGap)
        && landscape.Apigee.All(organization =>
            organization.Proxies.Count == 0
            && organization.SharedFlows.Count == 0
            && organization.Products.Count == 0
            && !organization.Proxies.Coverage.IsGap
        )
        && !landscape.Coverage.Any(entry => entry.Coverage.IsGap);

    // Something is there, and nothing of it can be judged: the names of servers that Terraform declares. Whoever chooses rules may choose those that judge nothing here.
    private static bool IsUnjudged(Landscape landscape, Judgement[][] judgements, AuditOptions options) =>
        options.Rules.IsEmpty
        && options.ExcludedRules.IsEmpty
        && options.Levels.IsEmpty
        && !landscape.Coverage.Any(entry => entry.Coverage.IsGap)
        && judgements.All(rule => rule.Length == 0);

    private static ImmutableArray<InventoryLine> Inventory(Landscape landscape, TracedLandscape traced)
    {
        var lines = new List<InventoryLine>
        {
            new("Okta orgs", landscape.Okta.Length),
            new("authorization servers", landscape.Okta.Sum(org => org.AuthorizationServers.Count)),
            new("clients", landscape.Okta.Sum(org => org.Apps.Count)),
            new("proxies", landscape.Apigee.Sum(organization => organization.Proxies.Count)),
            new("shared flows", landscape.Apigee.Sum(organization => organization.SharedFlows.Count)),
            new(
                "policies",
                landscape.Apigee.Sum(organization =>
                    organization.Proxies.Concat(organization.SharedFlows).Sum(bundle => bundle.Policies.Count)
                )
            ),
            new("environments", landscape.Apigee.Sum(organization => organization.Environments.Count)),
            new("products", landscape.Apigee.Sum(organization => organization.Products.Count)),
            new("endpoints", traced.Endpoints.Length),
            new("operations", traced.Operations.Length),
            new("token checks", traced.TokenChecks.Length),
        };
        return [.. lines.Where(line => line.Count > 0)];
    }

    private static ImmutableArray<string> Assumptions(Landscape landscape, TracedLandscape traced)
    {
        var assumptions = new SortedSet<string>(traced.Endpoints.SelectMany(endpoint => endpoint.Assumptions), StringComparer.Ordinal);
        if (landscape.CapturedAt is null && landscape.Okta.Length > 0)
        {
            assumptions.Add("The input does not say when it was captured; dates are compared with the time of this run.");
        }

        foreach (var organization in landscape.Apigee)
        {
            assumptions.UnionWith(Joins(landscape, organization, traced.Settings));
            if (!organization.Deployments.IsComplete && organization.Proxies.Count > 0)
            {
                assumptions.Add(
                    organization.IsBundlesOnly
                        ? "Every bundle given is taken as deployed as it is."
                        : $"Deployments of organization '{organization.Name}' are not known; the latest revision of each proxy is taken as deployed."
                );
            }
        }

        return [.. assumptions];
    }

    // How things of one side are tied to things of the other where nobody declared it.
    private static IEnumerable<string> Joins(Landscape landscape, ApigeeOrganization organization, AuditSettings settings)
    {
        foreach (var environment in organization.Environments)
        {
            if (
                !settings.Pairs.Any(pair => string.Equals(pair.Environment, environment.Name, StringComparison.Ordinal))
                && landscape.Okta.Length > 0
            )
            {
                yield return (
                    EnvironmentClass.Of(environment.Name, settings) is { } word
                        ? $"Environment '{environment.Name}' counts as {word} by its name, and which"
                        : $"What environment '{environment.Name}' is for its name does not say, and which"
                ) + " Okta org serves it is not declared: only preview, development and trial orgs stand out there.";
            }
        }

        foreach (var product in organization.Products.Where(product => product.Environments.IsEmpty))
        {
            yield return $"API product '{product.Name}' lists no environments and is taken to open all of them.";
        }

        foreach (
            var product in organization.Products.Where(product =>
                product.Operations.IsEmpty && product.Proxies.IsEmpty && !product.HasModelOperations
            )
        )
        {
            yield return $"API product '{product.Name}' lists no proxies and is taken to open all of them.";
        }

        if (
            organization.Apps.Any(app => !app.Credentials.IsEmpty)
            && landscape.Okta.Any(org => org.Apps.Count > 0)
            && !LinkedClient.Of(landscape).Any(link => ReferenceEquals(link.Organization, organization))
        )
        {
            yield return $"No consumer key of organization '{organization.Name}' is the id of an Okta client: its apps and the clients of Okta are judged apart.";
        }
    }

    private static ImmutableArray<string> Gaps(
        Landscape landscape,
        ImmutableArray<Finding> findings,
        ImmutableArray<RuleCrash> crashes,
        AuditOptions options
    )
    {
        var gaps = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in landscape.Coverage.Where(entry => entry.Coverage.IsGap))
        {
            gaps.Add($"{entry.Part}: {entry.Coverage.State} ({entry.Coverage.Reason})");
        }

        foreach (var bundle in landscape.Apigee.SelectMany(organization => organization.Proxies.Concat(organization.SharedFlows)))
        {
            foreach (var file in ((Bundle)bundle).Unreadable)
            {
                gaps.Add($"{file.Location}: {file.Reason}");
            }
        }

        foreach (var finding in findings.Where(finding => finding.Verdict == "notAssessed"))
        {
            gaps.Add($"{finding.Rule.Id}: {finding.Message}");
        }

        foreach (var crash in crashes)
        {
            gaps.Add($"{crash.Rule.Id} crashed on {crash.Subject} ({crash.Exception})");
        }

        if (options.Strict)
        {
            foreach (var finding in findings.Where(finding => finding.Verdict == "open"))
            {
                gaps.Add($"{finding.Rule.Id} is open: {finding.Message}");
            }
        }

        return [.. gaps];
    }
}
