using Auditor.Model.Findings;
using Auditor.Rules.Scp;
using Auditor.Trace;

namespace Auditor.Rules.Grp;

/// <summary>A condition decides by a claim that tokens do not carry.</summary>
public sealed class GroupClaimNotIssued : IRule<ClaimRead>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GRP-003",
        Name = "group-claim-not-issued",
        Title = "A condition decides by a claim that tokens do not carry",
        Level = Level.Error,
        SecuritySeverity = 7.6,
        Cwe = 863,
        Fix = FixKind.Manual,
        Subjects = "claims read",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ClaimRead subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return WrongScopeClaim.IsMine(subject.Claim)
            ? Verdict.NotApplicable
            : MissingClaim.Judge(
                subject,
                context,
                outage: 6.5,
                silent: 7.6,
                server =>
                    $"Define claim '{subject.Claim}' for access tokens of {server.Description}, and refuse when it is absent; or drop the condition."
            );
    }
}
