using Auditor.Model.Apigee;

namespace Auditor.Trace.Flows;

/// <summary>Which policies limit how often a caller can call.</summary>
public static class RatePolicies
{
    /// <summary>Whether the policy refuses requests that come too often: SpikeArrest, Quota, the token limits of language models, and Edge's ConcurrentRatelimit.</summary>
    public static bool Limits(Policy policy) =>
        policy is SpikeArrestPolicy or QuotaPolicy or TokenLimitPolicy
        || policy is OtherPolicy { Kind: "ConcurrentRatelimit" or "ConcurrentRateLimit" };
}
