using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Pol;

/// <summary>A request without a verified token reaches the backend, or is handed a key or a token.</summary>
public sealed class BackendReachableWithoutToken : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-001",
        Name = "backend-reachable-without-token",
        Title = "A request without a verified token reaches the backend, or is handed a key or a token",
        Level = Level.Error,
        SecuritySeverity = 9.8,
        Cwe = 306,
        Fix = FixKind.Manual,
        IsCore = true,
        YieldsTo = ["POL-012", "SHD-001"],
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context) =>
        BypassRule.Judge(
            subject,
            cause => cause is BypassCause.NoVerification or BypassCause.UnprotectedFlow or BypassCause.ExcludedPath,
            bypass => Fail(subject, bypass)
        );

    private static Verdict.Fail Fail(Operation subject, Bypass bypass)
    {
        var request = BypassRule.Request(bypass.Witness);
        var (code, message) = (bypass.Disclosure, bypass.Cause) switch
        {
            ({ } given, _) => (
                given.Kind == DisclosureKind.Key ? "key-handed-out" : "token-for-anyone",
                $"{Upper(BypassRule.Of(subject))} verifies no credential and answers {request} with {given.Words}"
                    + (
                        given.Kind == DisclosureKind.Key
                            ? ": whoever calls can make what only the gateway should."
                            : ": whoever calls gets one, and every check that trusts the key accepts it."
                    )
            ),
            (_, BypassCause.NoVerification) => (
                "no-verification",
                $"Nothing on the way through {BypassRule.Of(subject)} verifies a credential: {request} reaches {bypass.Witness.Reaches} as it is."
            ),
            (_, BypassCause.ExcludedPath) => (
                "excluded-path",
                $"{Step(bypass)} of {BypassRule.Of(subject)} does not run for this path: {request} reaches {bypass.Witness.Reaches} unverified."
            ),
            _ when bypass.Culprit is { Step.Condition: { } condition } => (
                "skipped-step",
                $"{Step(bypass)} of {BypassRule.Of(subject)} only runs if {condition.Text.ReplaceLineEndings(" ").Trim()}: {request} skips it and reaches {bypass.Witness.Reaches}."
            ),
            _ => (
                "unprotected-flow",
                $"{Upper(subject.Name)} of {BypassRule.Of(subject)} verifies no credential, while other flows do: {request} reaches {bypass.Witness.Reaches}."
            ),
        };
        return new Verdict.Fail
        {
            Message = message,
            Location = BypassRule.Place(subject, bypass),
            Cause =
                BypassRule.Cause(subject, bypass)
                + (bypass.Cause == BypassCause.UnprotectedFlow ? "/" + subject.Flow?.Name : "")
                + (bypass.Disclosure?.Kind == DisclosureKind.Key ? "/key" : ""),
            Code = code,
            SecuritySeverity = bypass.UnsafeVerb ? 9.8 : 9.4,
            Level = bypass.OnlyHarmlessVerbs ? Level.Warning : Level.Error,
            Witness = bypass.Witness,
            Related = bypass.Disclosure is { } disclosed
                ? [new RelatedPlace(disclosed.Location, "what puts it into the answer"), .. BypassRule.Way(bypass)]
                : BypassRule.Way(bypass),
            Remedy =
                "Attach a step that verifies the token where every request passes: in the PreFlow of the proxy endpoint, before anything else. "
                + "If the operation is public on purpose, declare it under 'public' in auditor.yaml with an owner and an expiry.",
        };
    }

    private static string Step(Bypass bypass) =>
        bypass.Culprit?.Policy is { } policy ? $"{policy.Kind} '{policy.Name}'" : "The verifying step";

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
