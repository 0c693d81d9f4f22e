using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Finds what there is to interpret: deployed endpoints, or, where deployments are not known, bundles as they are.</summary>
internal static class ProgramFactory
{
    public static IEnumerable<FlowProgram> Programs(ApigeeOrganization organization, AuditSettings settings)
    {
        var programs = new List<FlowProgram>();
        var deployed = organization.Deployments.Where(deployment => deployment.Kind == BundleKind.Proxy).ToList();
        if (deployed.Count > 0 || organization.Deployments.IsComplete)
        {
            foreach (var deployment in deployed)
            {
                if (!settings.Environments.IsEmpty && !settings.Environments.Contains(deployment.Environment, StringComparer.Ordinal))
                {
                    continue;
                }

                if (organization.FindBundle(BundleKind.Proxy, deployment.Name, deployment.Revision) is { } bundle)
                {
                    var environment =
                        organization.FindEnvironment(deployment.Environment)
                        ?? new ApigeeEnvironment { Name = deployment.Environment, Location = deployment.Location };
                    programs.AddRange(
                        bundle.ProxyEndpoints.Select(endpoint => new FlowProgram(
                            organization,
                            environment,
                            bundle,
                            endpoint,
                            FindSharedFlow
                        ))
                    );
                }
            }
        }
        else
        {
            foreach (var bundle in organization.Proxies)
            {
                programs.AddRange(
                    bundle.ProxyEndpoints.Select(endpoint => new FlowProgram(
                        organization,
                        Single(organization),
                        bundle,
                        endpoint,
                        FindSharedFlow
                    ))
                );
            }
        }

        var called = CalledFlows(organization, programs);
        foreach (var flow in organization.SharedFlows)
        {
            if (!called.Contains(flow.Name) && !organization.Deployments.IsComplete)
            {
                programs.Add(new FlowProgram(organization, null, flow, null, FindSharedFlow));
            }
        }

        return programs;
    }

    // A configuration tree with one environment leaves no doubt where its bundles run.
    private static ApigeeEnvironment? Single(ApigeeOrganization organization) =>
        organization.Environments.Count == 1 && organization.Environments[0].FlowHooks.IsComplete ? organization.Environments[0] : null;

    // The shared flows that some policy or hook of the organization names, directly or through another.
    private static HashSet<string> CalledFlows(ApigeeOrganization organization, List<FlowProgram> programs)
    {
        var called = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var bundle in programs
                .Select(program => program.Bundle)
                .Concat(organization.Proxies.Items)
                .Concat(organization.SharedFlows.Items)
        )
        {
            foreach (var policy in bundle.Policies.Values)
            {
                if (policy is FlowCalloutPolicy call && call.SharedFlow != bundle.Name)
                {
                    called.Add(call.SharedFlow);
                }
            }
        }

        foreach (var hook in organization.Environments.SelectMany(environment => environment.FlowHooks.Items))
        {
            if (hook.SharedFlow is { } flow)
            {
                called.Add(flow);
            }
        }

        return called;
    }

    private static SharedFlowLookup FindSharedFlow(FlowProgram program, string name)
    {
        var organization = program.Organization;
        var candidates = organization.SharedFlows.Where(flow => string.Equals(flow.Name, name, StringComparison.Ordinal)).ToList();
        if (program.Environment is { } environment && organization.Deployments.Any(deployment => deployment.Kind == BundleKind.SharedFlow))
        {
            var deployment = organization.Deployments.Items.FirstOrDefault(candidate =>
                candidate.Kind == BundleKind.SharedFlow
                && string.Equals(candidate.Name, name, StringComparison.Ordinal)
                && string.Equals(candidate.Environment, environment.Name, StringComparison.Ordinal)
            );
            if (deployment is null)
            {
                return new SharedFlowLookup(null, $"shared flow '{name}' is not deployed in environment '{environment.Name}'");
            }

            var revision = candidates.Find(flow => flow.Revision == deployment.Revision);
            return revision is null
                ? new SharedFlowLookup(
                    null,
                    $"revision {deployment.Revision.ToString(CultureInfo.InvariantCulture)} of shared flow '{name}' ({organization.SharedFlows.Coverage.Reason ?? "not read"})"
                )
                : new SharedFlowLookup(revision, null);
        }

        switch (candidates.Count)
        {
            case 0:
                return new SharedFlowLookup(null, $"shared flow '{name}', which is not part of the input");
            case 1:
                return new SharedFlowLookup(candidates[0], null);
            default:
                if (!organization.IsBundlesOnly)
                {
                    return new SharedFlowLookup(candidates.MaxBy(flow => flow.Revision ?? 0), null);
                }

                // The nearest one in the tree, if one is nearer than all others.
                var ranked = candidates
                    .Select(flow => (Flow: flow, Shared: CommonPrefix(flow.Path, program.Bundle.Path)))
                    .OrderByDescending(pair => pair.Shared)
                    .ToList();
                return ranked[0].Shared > ranked[1].Shared
                    ? new SharedFlowLookup(ranked[0].Flow, null)
                    : new SharedFlowLookup(
                        null,
                        $"which of {candidates.Count.ToString(CultureInfo.InvariantCulture)} shared flows called '{name}' is meant"
                    );
        }
    }

    private static int CommonPrefix(string left, string right)
    {
        var count = 0;
        var (a, b) = (left.Split('/'), right.Split('/'));
        while (count < a.Length && count < b.Length && string.Equals(a[count], b[count], StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }
}
