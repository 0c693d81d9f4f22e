using Auditor.Model.Findings;
using Auditor.Rules.Pol;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Gov;

/// <summary>A policy that would verify a credential is attached nowhere.</summary>
public sealed class AuthPolicyUnattached : IRule<BundlePolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-001",
        Name = "auth-policy-unattached",
        Title = "A policy that verifies credentials exists and no step uses it",
        Level = Level.Note,
        SecuritySeverity = 5.5,
        Fix = FixKind.Manual,
        YieldsTo = ["POL-001", "POL-012", "SHD-001"],
        Subjects = "policies",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(BundlePolicy subject, AuditContext context)
    {
        if (!subject.Policy.Enabled || !AuthPolicies.Verifies(subject.Policy))
        {
            return Verdict.NotApplicable;
        }

        if (!subject.Attachments.IsEmpty)
        {
            return Verdict.Pass;
        }

        if (!subject.Bundle.IsReadable)
        {
            // The step may stand in the file that could not be read.
            var file = subject.Bundle.Unreadable[0];
            return new Verdict.NotAssessed($"{file.Location}: {file.Reason}", file.Location);
        }

        var open = context.Traced.Operations.FirstOrDefault(operation =>
            ReferenceEquals(operation.Endpoint.Program.Bundle, subject.Bundle)
            && operation
                is { Bypass: { IsDefinite: true, OnlyHarmlessVerbs: false, Cause: BypassCause.NoVerification }, DeclaredPublic: null }
        );
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' of {subject.Bundle.Description} is attached to no step, so it verifies nothing"
                + (
                    open is null
                        ? "."
                        : $", and {open.Bypass!.Witness.RequestLine} reaches {open.Bypass.Witness.Reaches} without a credential."
                ),
            Location = subject.Policy.Location,
            // A proxy that verifies nothing although it could is one defect, and the open door explains more.
            Cause = open is null ? subject.Key : BypassRule.Cause(open, open.Bypass!),
            Level = open is null ? Level.Note : Level.Warning,
            SecuritySeverity = open is null ? 3.4 : 5.5,
            Related = open is null ? [] : [new RelatedPlace(open.Location, "what a request without a credential reaches")],
            Remedy = open is null
                ? "Delete the policy, so that nobody takes it for a protection."
                : "Attach the policy in the PreFlow of the proxy endpoint, or delete it if something else is meant to verify.",
        };
    }
}
