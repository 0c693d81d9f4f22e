using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Pol;

/// <summary>Something that the caller sends decides whether a verification runs.</summary>
public sealed class AuthConditionSpoofable : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-005",
        Name = "auth-condition-spoofable",
        Title = "Something that the caller sends decides whether a verification runs",
        Level = Level.Error,
        SecuritySeverity = 8.9,
        Cwe = 807,
        Fix = FixKind.Manual,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(subject, cause => cause == BypassCause.Spoofable, bypass => Trusted(bypass, context) ?? Fail(subject, bypass));

    // A header that something in front of the gateway sets is not the caller's; that it does is a claim, and without evidence no more.
    private static Verdict? Trusted(Bypass bypass, AuditContext context)
    {
        var culprit = bypass.Culprit!;
        var declared = Inputs(culprit)
            .Select(input =>
                context.Settings.TrustedHeaders.FirstOrDefault(header => VariableName.Canonical("request.header." + header.Header) == input)
            )
            .ToList();
        if (declared.Count == 0 || declared.Contains(null))
        {
            return null;
        }

        return declared.Find(header => header!.Evidence.Length == 0) is { } claimed
            ? new Verdict.Open(
                $"header '{claimed.Header}' decides whether {culprit.Policy?.Kind} '{culprit.Policy?.Name}' runs, and is declared to be set by {claimed.SetBy} without evidence",
                $"evidence that {claimed.SetBy} overwrites '{claimed.Header}'",
                culprit.Location
            )
            : Verdict.Pass;
    }

    private static IEnumerable<string> Inputs(BypassStep culprit) =>
        culprit.DecidedBy.Where(variable => variable.Contains("request.", StringComparison.Ordinal) && variable is not "request.verb");

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var culprit = bypass.Culprit!;
        var name = culprit.Policy is { } policy ? $"{policy.Kind} '{policy.Name}'" : "the step";
        return new Verdict.Fail
        {
            Message =
                $"Whether {name} of {culprit.Owner.Description} runs is decided by {string.Join(", ", Inputs(culprit))}, which every caller can send: "
                + $"{BypassRule.Request(bypass.Witness)} skips it and reaches {bypass.Witness.Reaches}.",
            Location = culprit.Location,
            Cause = BypassRule.Cause(subject, bypass),
            Witness = bypass.Witness,
            Related = BypassRule.Way(bypass),
            Remedy =
                "Let nothing that a caller sends decide whether a check runs. If a load balancer sets the header, overwrite or remove it first for everybody else, and declare it under 'trustedHeaders'.",
        };
    }
}
