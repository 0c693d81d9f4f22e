using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>A claim is used before the token that holds it is verified.</summary>
public sealed class ClaimUsedBeforeVerification : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-010",
        Name = "claim-used-before-verification",
        Title = "A claim is used before the token that holds it is verified",
        Level = Level.Error,
        SecuritySeverity = 7.9,
        Cwe = 696,
        Fix = FixKind.Automatic,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Jwt is null)
        {
            return Verdict.NotApplicable;
        }

        if (subject.EarlyUses.IsEmpty)
        {
            return Verdict.Pass;
        }

        var use = subject.EarlyUses[0];
        return new Verdict.Fail
        {
            Message =
                $"'{use.Variable}' is used before {subject.Policy.Kind} '{subject.Policy.Name}' sets it in {subject.Endpoint.Program.Bundle.Description}: "
                + "at that point the claim is null, whatever the token says, so the decision or header made of it is empty.",
            Location = use.Location,
            Cause = subject.Cause + "/early",
            Related =
            [
                new RelatedPlace(subject.Location, "where the token is verified"),
                .. subject.EarlyUses.Skip(1).Take(7).Select(item => new RelatedPlace(item.Location, $"{item.Variable} is used here, too")),
            ],
            Remedy = $"Move the step behind {subject.Policy.Kind} '{subject.Policy.Name}'.",
        };
    }
}
