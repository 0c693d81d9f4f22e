using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>Verification sits in conditional flows, and what matches none of them falls through to the backend.</summary>
public sealed class NoDefaultDeny : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-006",
        Name = "no-default-deny",
        Title = "Requests that match no conditional flow reach the backend unverified",
        Level = Level.Error,
        SecuritySeverity = 8.8,
        Cwe = 1220,
        Fix = FixKind.Automatic,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.NoDefaultDeny, bypass => Fail(subject, bypass));

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var endpoint = subject.Endpoint.Program.Endpoint!;
        return new Verdict.Fail
        {
            Message =
                $"{char.ToUpperInvariant(BypassRule.Of(subject)[0])}{BypassRule.Of(subject)[1..]} verifies credentials in its conditional flows only, and nothing answers what matches none of them: "
                + $"{BypassRule.Request(bypass.Witness)} reaches {bypass.Witness.Reaches}.",
            Location = endpoint.Flows.IsEmpty ? endpoint.Location : endpoint.Flows[^1].Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy = "Add a last flow without a condition that raises a 404, or verify in the PreFlow.",
        };
    }
}
