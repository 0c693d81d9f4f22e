using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>A verification runs only if a credential is sent.</summary>
public sealed class AuthSkippedWhenCredentialAbsent : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-004",
        Name = "auth-skipped-when-credential-absent",
        Title = "A verification runs only if a credential is sent",
        Level = Level.Error,
        SecuritySeverity = 9.2,
        Cwe = 288,
        Fix = FixKind.SemiAutomatic,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.CredentialOptional, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var culprit = bypass.Culprit!;
        var name = culprit.Policy is { } policy ? $"{policy.Kind} '{policy.Name}'" : "the step";
        return new Verdict.Fail
        {
            Message =
                $"{name} of {culprit.Owner.Description} only runs if {culprit.Step?.Condition?.Text.ReplaceLineEndings(" ").Trim()}: "
                + $"{BypassRule.Request(bypass.Witness)} skips it and reaches {bypass.Witness.Reaches}. Requests with a bad token are refused, so tests look green.",
            Location = culprit.Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = "Remove the condition, or add a step that raises a fault when no credential is sent.",
            Edits = culprit.Step?.Condition is { } condition ? [new Edit(EditKind.RemoveElement, condition.Location, null, null)] : [],
        };
    }
}
