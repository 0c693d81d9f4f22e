using Auditor.Model.Apigee;
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
    public Verdict Judge(Operation subject, AuditContext context)
    {
        var verdict = BypassRule.Judge(subject, cause => cause == BypassCause.FailOpen, bypass => Fail(subject, bypass));
        if (
            verdict is Verdict.Fail or Verdict.NotAssessed
            || subject.Endpoint.MaskedRefusals.OrderByDescending(candidate => candidate.IsDefinite).FirstOrDefault() is not { } masked
        )
        {
            return verdict;
        }

        return masked.IsDefinite ? Masked(subject, masked) : PerhapsMasked(subject, masked);
    }

    // The request does not get through; that nobody notices the refusal is the lesser evil.
    private static Verdict.Fail Masked(Operation subject, MaskedRefusal masked) =>
        new()
        {
            Message = masked.Fetching is { } callout
                ? $"{Named(masked.Rule)} of {BypassRule.Of(subject)} calls {callout} for callers whom {masked.Refusing} refuses, and answers {masked.Status} with what comes back: {BypassRule.Request(masked.Witness)} with no valid credential gets it."
                : $"{Named(masked.Rule)} of {BypassRule.Of(subject)} answers {masked.Status} to callers whom {masked.Refusing} refuses: {BypassRule.Request(masked.Witness)} with no valid credential looks like a success.",
            Location = masked.Location,
            Cause = Cause(subject, masked),
            Code = masked.Fetching is null ? "refusal-masked" : "refusal-served",
            Level = masked.Fetching is null ? Level.Warning : Level.Error,
            SecuritySeverity = masked.Fetching is null ? 5.0 : 9.0,
            Witness = masked.Witness,
            Related = [new RelatedPlace(masked.Rule.Location, "the fault rule")],
            Remedy =
                "Leave the status of a refusal as it is, 401 or 403. If only other faults are meant to be answered like this, give the fault rule a condition on fault.name.",
        };

    private static Verdict.Open PerhapsMasked(Operation subject, MaskedRefusal masked) =>
        Dependence.Open(
            $"whether {Named(masked.Rule)} of {BypassRule.Of(subject)} answers {masked.Status} to callers whom {masked.Refusing} refuses",
            masked.Unknowns,
            masked.Location
        ) with
        {
            Cause = Cause(subject, masked),
        };

    private static string Named(FaultRule rule) => rule.Name.Length == 0 ? "DefaultFaultRule" : $"FaultRule '{rule.Name}'";

    private static string Cause(Operation subject, MaskedRefusal masked)
    {
        var program = subject.Endpoint.Program;
        return $"{Names.Of(program.Bundle, program.Organization)}/{program.Endpoint?.Name}/fault:{masked.Rule.Name}";
    }

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
