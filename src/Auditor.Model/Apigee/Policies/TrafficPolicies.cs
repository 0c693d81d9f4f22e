namespace Auditor.Model.Apigee;

/// <summary>Admits callers by IP address.</summary>
public sealed record AccessControlPolicy : Policy
{
    /// <summary>What happens when no rule matches: ALLOW or DENY.</summary>
    public string NoRuleMatchAction { get; init; } = "ALLOW";

    /// <summary>The actions of the rules in order.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];

    /// <summary>Whether some address is refused.</summary>
    public bool Restricts =>
        string.Equals(NoRuleMatchAction, "DENY", StringComparison.OrdinalIgnoreCase)
        || Actions.Any(action => string.Equals(action, "DENY", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Counts requests against an allowance.</summary>
public sealed record QuotaPolicy : Policy
{
    /// <summary>What is counted separately; null: everything together.</summary>
    public Setting? Identifier { get; init; }

    /// <summary>The allowance.</summary>
    public Setting? Allow { get; init; }

    /// <summary>The step whose product gives the numbers; null when they are not taken from the product.</summary>
    public string? ProductStep { get; init; }

    /// <summary>Whether the counter is shared by all nodes.</summary>
    public bool Distributed { get; init; }
}

/// <summary>Smooths the rate of requests.</summary>
public sealed record SpikeArrestPolicy : Policy
{
    /// <summary>The rate, e.g. <c>30ps</c>.</summary>
    public Setting? Rate { get; init; }
}

/// <summary>Limits tokens of language models: LLMTokenQuota or PromptTokenLimit.</summary>
public sealed record TokenLimitPolicy : Policy;

/// <summary>Answers CORS preflights and adds CORS headers.</summary>
public sealed record CorsPolicy : Policy
{
    /// <summary>The accepted origins; may be templates.</summary>
    public string AllowOrigins { get; init; } = "";

    /// <summary>Whether credentials are allowed.</summary>
    public bool AllowCredentials { get; init; }

    /// <summary>Whether the policy answers preflights itself. Default true [B].</summary>
    public bool GeneratePreflightResponse { get; init; } = true;
}

/// <summary>Refuses malformed or oversized payloads: JSON, XML or regular expression threat protection, or validation against an OpenAPI description.</summary>
public sealed record ThreatProtectionPolicy : Policy
{
    /// <summary>The OpenAPI description; null for the other kinds.</summary>
    public string? OasResource { get; init; }
}

/// <summary>Evaluates a condition into a variable; never faults.</summary>
public sealed record AssertConditionPolicy : Policy
{
    /// <summary>The condition; null when there is none.</summary>
    public ConditionText? Condition { get; init; }
}
