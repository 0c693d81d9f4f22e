using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Pol;

/// <summary>Claims of a token that nobody verified drive a decision or reach the backend.</summary>
public sealed class DecodeWithoutVerify : IRule<DecodedToken>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "POL-009",
        Name = "decode-without-verify",
        Title = "Claims of an unverified token drive a decision or reach the backend",
        Level = Level.Error,
        SecuritySeverity = 9.1,
        Cwe = 345,
        Fix = FixKind.SemiAutomatic,
        IsCore = true,
        Subjects = "decoded tokens",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(DecodedToken subject, AuditContext context)
    {
        if (subject.IsVerified || subject.Uses.IsEmpty)
        {
            return Verdict.Pass;
        }

        switch (subject.Source)
        {
            case Resolution.Tainted:
                break;
            case Resolution.Opaque opaque when !IsFetched(opaque):
                return Trust.NotKnown(
                    $"where the token that DecodeJWT '{subject.Policy.Name}' reads comes from",
                    subject.Source,
                    subject.Location
                );
            default:
                // It came from a callout, from a cache, or with a token that was verified: no caller wrote it.
                return Verdict.Pass;
        }

        var use = subject.Uses[0];
        var what = use.Kind switch
        {
            UseKind.Condition => "a condition decides by it",
            UseKind.Credential => "it is taken for a credential",
            UseKind.CacheKey => "it chooses a cache entry",
            UseKind.Quota => "it decides whom a quota counts",
            _ => $"it is sent on as {use.Target}",
        };
        var witness = subject
            .Endpoint.Operations.Select(operation => operation.Bypass)
            .FirstOrDefault(bypass => bypass is { Cause: BypassCause.DecodeOnly, IsDefinite: true })
            ?.Witness;
        return new Verdict.Fail
        {
            Message =
                $"DecodeJWT '{subject.Policy.Name}' of {subject.Owner.Description} reads a token that no VerifyJWT verifies, and {use.Variable} is used: {what}. "
                + "Whoever writes a token by hand decides what it says.",
            Location = subject.Policy.Location,
            Cause = Names.Of(subject.Owner, subject.Endpoint.Program.Organization) + "/" + subject.Policy.Name,
            Witness = witness,
            Related = [.. subject.Uses.Take(8).Select(item => new RelatedPlace(item.Location, $"{item.Variable} is used here"))],
            Remedy =
                "Verify the token with VerifyJWT (keys, issuer, audience) before any of its claims is used, and use the claims of that policy.",
        };
    }

    private static bool IsFetched(Resolution.Opaque value) =>
        value.Source.Contains("ServiceCallout", StringComparison.Ordinal)
        || value.Source.Contains("in the cache", StringComparison.Ordinal);
}
