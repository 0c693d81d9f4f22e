using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>Verbs that the verifying flows do not cover reach the backend.</summary>
public sealed class MethodGap : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-008",
        Name = "method-gap",
        Title = "Verbs that the verifying steps do not cover reach the backend",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 650,
        Fix = FixKind.SemiAutomatic,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.MethodGap, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var where = bypass.Culprit?.Policy is { } policy
            ? $"{policy.Kind} '{policy.Name}' of {bypass.Culprit.Owner.Description} does not run for {bypass.Witness.Method}"
            : $"{BypassRule.Of(subject)} verifies other verbs of this path and not {bypass.Witness.Method}";
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(where[0])}{where[1..]}: {BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches} unverified.",
            Location = BypassRule.Place(subject, bypass),
            Cause = BypassRule.Cause(subject, bypass),
            Level = bypass.OnlyHarmlessVerbs ? Level.Warning : Level.Error,
            SecuritySeverity = bypass.OnlyHarmlessVerbs ? 5.0 : 8.0,
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = bypass.OnlyHarmlessVerbs
                ? "Answer these verbs in the proxy: a route rule without a target, or the CORS policy."
                : "Make the verification independent of the verb, and answer verbs that do not exist with 405.",
        };
    }
}
