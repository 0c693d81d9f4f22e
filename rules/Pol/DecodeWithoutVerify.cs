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
            UseKind.Condition when use.Variable.EndsWith(".valid", StringComparison.Ordinal) =>
                "a condition asks for it, and DecodeJWT never sets it",
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
            Edits = Verified(subject, context),
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

    // Where one authorization server is all there is, the policy that verifies its tokens can be written down; its variables have the same names.
    private static ImmutableArray<Edit> Verified(DecodedToken subject, AuditContext context)
    {
        var servers = context
            .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
            .Where(server => server.IsActive)
            .Take(2)
            .ToList();
        if (servers is not [{ HasDynamicIssuer: false, Audiences: [var audience] } server])
        {
            return [];
        }

        var source = subject.Policy.Source is { } variable ? $"  <Source>{XmlText.Of(variable)}</Source>\n" : "";
        return
        [
            new Edit(
                EditKind.ReplaceElement,
                subject.Policy.Location,
                null,
                $"<VerifyJWT name=\"{XmlText.Of(subject.Policy.Name)}\">\n"
                    + "  <Algorithm>RS256</Algorithm>\n"
                    + source
                    + $"  <PublicKey>\n    <JWKS uri=\"{XmlText.Of(server.Issuer)}/v1/keys\"/>\n  </PublicKey>\n"
                    + $"  <Issuer>{XmlText.Of(server.Issuer)}</Issuer>\n"
                    + $"  <Audience>{XmlText.Of(audience)}</Audience>\n"
                    + "</VerifyJWT>"
            ),
        ];
    }

    private static bool IsFetched(Resolution.Opaque value) =>
        value.Source.Contains("ServiceCallout", StringComparison.Ordinal)
        || value.Source.Contains("in the cache", StringComparison.Ordinal);
}
