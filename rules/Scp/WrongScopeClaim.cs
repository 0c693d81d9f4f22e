using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Scp;

/// <summary>A condition looks for scopes or the client in a claim that tokens do not have.</summary>
public sealed class WrongScopeClaim : IRule<ClaimRead>
{
    // What other issuers call what Okta calls scp and cid.
    private static readonly string[] Names = ["scope", "scopes", "permissions", "client_id", "azp", "appid"];

    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-006",
        Name = "wrong-scope-claim",
        Title = "A condition looks for scopes or the client in a claim that tokens do not carry",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 863,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "claims read",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ClaimRead subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return IsMine(subject.Claim)
            ? MissingClaim.Judge(
                subject,
                context,
                outage: 6.3,
                silent: 8.0,
                _ =>
                    subject.Claim is "scope" or "scopes" or "permissions"
                        ? "Read 'scp', the list in which Okta's access tokens have their scopes, and refuse when it is absent."
                        : "Read 'cid', in which Okta's access tokens name the client, and refuse when it is absent."
            )
            : Verdict.NotApplicable;
    }

    /// <summary>Whether a claim is one of those.</summary>
    internal static bool IsMine(string claim) => Names.Contains(claim, StringComparer.Ordinal);
}
