using Auditor.Model.Apigee;
using Auditor.Trace.Conditions;

namespace Auditor.Trace.Flows;

/// <summary>Finds the steps and conditions of a bundle, wherever they stand.</summary>
internal static class ConditionWalker
{
    /// <summary>All steps of a bundle: flows of both sides, fault rules, shared flows, post-client flows.</summary>
    public static IEnumerable<Step> Steps(Bundle bundle)
    {
        foreach (var endpoint in bundle.ProxyEndpoints)
        {
            foreach (
                var step in Of(endpoint.PreFlow)
                    .Concat(endpoint.Flows.SelectMany(Of))
                    .Concat(Of(endpoint.PostFlow))
                    .Concat(endpoint.PostClientFlow)
            )
            {
                yield return step;
            }

            foreach (var step in FaultSteps(endpoint.FaultRules, endpoint.DefaultFaultRule))
            {
                yield return step;
            }
        }

        foreach (var endpoint in bundle.TargetEndpoints)
        {
            foreach (var step in Of(endpoint.PreFlow).Concat(endpoint.Flows.SelectMany(Of)).Concat(Of(endpoint.PostFlow)))
            {
                yield return step;
            }

            foreach (var step in FaultSteps(endpoint.FaultRules, endpoint.DefaultFaultRule))
            {
                yield return step;
            }
        }

        foreach (var step in bundle.SharedFlows.SelectMany(flow => flow.Steps))
        {
            yield return step;
        }
    }

    /// <summary>All conditions of a bundle with what they decide.</summary>
    public static IEnumerable<BundleCondition> Of(ApigeeOrganization organization, Bundle bundle)
    {
        foreach (var (place, text, auth) in Places(bundle))
        {
            if (text is not null)
            {
                yield return new BundleCondition(organization, bundle, place, text, ConditionParser.Parse(text.Text), auth);
            }
        }
    }

    private static IEnumerable<Step> Of(Flow flow) => flow.Request.Concat(flow.Response);

    private static IEnumerable<Step> FaultSteps(IEnumerable<FaultRule> rules, FaultRule? last) =>
        rules.Concat(last is null ? [] : [last]).SelectMany(rule => rule.Steps);

    private static IEnumerable<(string Place, ConditionText? Text, bool DecidesAuth)> Places(Bundle bundle)
    {
        foreach (var step in Steps(bundle))
        {
            var policy = bundle.FindPolicy(step.Policy);
            yield return (
                $"step '{step.Policy}'",
                step.Condition,
                policy is RaiseFaultPolicy || (policy is not null && AuthPolicies.Verifies(policy))
            );
        }

        foreach (
            var flow in bundle
                .ProxyEndpoints.SelectMany(endpoint => endpoint.Flows)
                .Concat(bundle.TargetEndpoints.SelectMany(endpoint => endpoint.Flows))
        )
        {
            var auth = flow.Request.Any(step => bundle.FindPolicy(step.Policy) is { } policy && AuthPolicies.Verifies(policy));
            yield return ($"flow '{flow.Name}'", flow.Condition, auth);
        }

        foreach (var route in bundle.ProxyEndpoints.SelectMany(endpoint => endpoint.Routes))
        {
            yield return ($"route rule '{route.Name}'", route.Condition, false);
        }

        foreach (
            var rule in bundle
                .ProxyEndpoints.SelectMany(endpoint =>
                    endpoint.DefaultFaultRule is { } last ? endpoint.FaultRules.Append(last) : endpoint.FaultRules
                )
                .Concat(
                    bundle.TargetEndpoints.SelectMany(endpoint =>
                        endpoint.DefaultFaultRule is { } last ? endpoint.FaultRules.Append(last) : endpoint.FaultRules
                    )
                )
        )
        {
            yield return ($"fault rule '{rule.Name}'", rule.Condition, false);
        }

        foreach (var policy in bundle.Policies.Values)
        {
            switch (policy)
            {
                case AssertConditionPolicy { Condition: { } condition }:
                    yield return ($"AssertCondition '{policy.Name}'", condition, false);
                    break;
                case ResponseCachePolicy { SkipLookup: { } skip }:
                    yield return ($"ResponseCache '{policy.Name}'", skip, false);
                    break;
                default:
                    break;
            }
        }
    }
}
