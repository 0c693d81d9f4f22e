using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Rules.Pol;
using Auditor.Trace;
using Auditor.Trace.Flows;
using Auditor.Trace.Scripts;

namespace Auditor.Rules.Shd;

/// <summary>Code of the estate takes tokens apart or verifies them by itself.</summary>
public sealed class CustomJwtCode : IRule<CodePolicy>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SHD-001",
        Name = "custom-jwt-code",
        Title = "A script or a Java class parses or verifies tokens itself",
        Level = Level.Error,
        SecuritySeverity = 7.8,
        Cwe = 347,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "scripts and Java callouts",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(CodePolicy subject, AuditContext context)
    {
        if (!subject.Script.Enabled || subject.Policy.Attachments.IsEmpty)
        {
            return Verdict.NotApplicable;
        }

        var hides = subject.Code is { ReadsCredential: true, IsDynamic: true, HandlesTokens: false };
        if (!subject.Code.HandlesTokens && !hides)
        {
            return subject.Code.IsRead ? Verdict.Pass : Verdict.NotApplicable;
        }

        var endpoints = context.Traced.Endpoints.Where(endpoint => Runs(endpoint, subject)).ToList();
        if (endpoints.Count > 0 && endpoints.TrueForAll(endpoint => endpoint.Checks.Any(VerifiesTokens)))
        {
            // The platform verifies the token; the code only reads what was verified.
            return Verdict.Pass;
        }

        return hides
            ? new Verdict.Open(
                $"{subject.Script.Kind} '{subject.Script.Name}' of {subject.Policy.Bundle.Description} reads the caller's token and runs code that it makes at run time: whether it takes the token for verified cannot be read",
                $"what '{subject.Script.ResourceUrl ?? subject.Script.Name}' does with the token",
                subject.Location
            )
            : Fail(subject, endpoints);
    }

    private static bool Runs(TracedEndpoint endpoint, CodePolicy subject) =>
        ReferenceEquals(endpoint.Program.Bundle, subject.Policy.Bundle)
        || endpoint
            .Program.Bundle.Policies.Values.OfType<FlowCalloutPolicy>()
            .Any(call => ReferenceEquals(endpoint.Program.FindSharedFlow(call.SharedFlow).Bundle, subject.Policy.Bundle));

    private static bool VerifiesTokens(TokenCheck check) =>
        check.Kind is TokenCheckKind.Jwt or TokenCheckKind.Jws or TokenCheckKind.ApigeeToken or TokenCheckKind.Introspection
        && check.Policy is not ScriptPolicy;

    // A key that the code took out of the token that nobody verified proves nothing.
    private static bool IsFed(TokenCheck check, TokenCode code) =>
        check.Policy is VerifyApiKeyPolicy { ApiKey.Reference: { } key }
        && code.Writes.Contains(VariableName.Canonical(key), StringComparer.Ordinal);

    private static Verdict.Fail Fail(CodePolicy subject, List<TracedEndpoint> endpoints)
    {
        var policy = subject.Script;
        var replaces = !endpoints.Exists(endpoint =>
            endpoint.Checks.Any(check => check.Policy is not ScriptPolicy && !IsFed(check, subject.Code))
        );
        var place = subject.Code.EvidencePlace ?? policy.Location;
        var open = endpoints
            .SelectMany(endpoint => endpoint.Operations)
            .FirstOrDefault(operation =>
                operation is { Bypass: { IsDefinite: true, Cause: BypassCause.NoVerification }, DeclaredPublic: null }
            );
        var isKnown = open is null && KnownCallouts.CheckOf(policy) is not null;
        var code = policy.ResourceUrl ?? policy.ClassName ?? "its inline source";
        return new Verdict.Fail
        {
            Message =
                $"{policy.Kind} '{policy.Name}' of {subject.Policy.Bundle.Description} handles the caller's token itself ('{code}': {subject.Code.Evidence}), and no policy of Apigee verifies that token: "
                + (
                    isKnown
                        ? "it is a public callout from before VerifyJWT existed, which nobody maintains any more. Its settings are judged as those of a VerifyJWT are."
                    : open is null ? "what the code forgets to check (signature, algorithm, issuer, audience, expiry) nobody checks."
                    : $"{open.Bypass!.Witness.RequestLine} gets through without one."
                ),
            Location = place,
            Cause = open is null ? subject.Key : BypassRule.Cause(open, open.Bypass!),
            Level =
                isKnown ? Level.Warning
                : replaces ? Level.Error
                : Level.Warning,
            SecuritySeverity = replaces && !isKnown ? 7.8 : 5.0,
            Witness = open?.Bypass?.Witness,
            Related =
            [
                .. place == policy.Location ? [] : new[] { new RelatedPlace(policy.Location, "the policy that runs the code") },
                .. subject.Policy.Attachments.Take(8).Select(step => new RelatedPlace(step, "it runs here")),
            ],
            Remedy =
                "Verify the token with VerifyJWT (algorithm, key set, issuer, audience) or VerifyAccessToken before the code runs, and let the code read the variables of that policy.",
        };
    }
}
