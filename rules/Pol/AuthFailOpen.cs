using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>A verification that fails does not stop the request.</summary>
public sealed class AuthFailOpen : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-002",
        Name = "auth-fail-open",
        Title = "A verification that fails does not stop the request",
        Level = Level.Error,
        SecuritySeverity = 9.0,
        Cwe = 636,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.FailOpen, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var culprit = bypass.Culprit!;
        var policy = culprit.Policy!;
        return new Verdict.Fail
        {
            Message =
                $"{policy.Kind} '{policy.Name}' of {culprit.Owner.Description} has continueOnError=\"true\", and no later step stops a request after it failed: "
                + $"{BypassRule.Request(bypass.Witness)} with no valid credential reaches {bypass.Witness.Reaches}.",
            Location = policy.Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = $"Remove continueOnError, or raise a fault right after the step for every way it can fail.",
            Edits = [new Edit(EditKind.RemoveAttribute, policy.Location, "continueOnError", null)],
        };
    }
}
