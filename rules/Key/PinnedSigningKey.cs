using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Key;

/// <summary>A key that the identity provider rotates is pinned in the gateway.</summary>
public sealed class PinnedSigningKey : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-001",
        Name = "pinned-signing-key",
        Title = "A signing key that rotates is pinned in the gateway",
        Level = Level.Error,
        SecuritySeverity = 6.6,
        Cwe = 321,
        Fix = FixKind.Automatic,
        IsCore = true,
        YieldsTo = ["KEY-002"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer)
        {
            return Verdict.NotApplicable;
        }

        var key = subject.Keys.FirstOrDefault(candidate =>
            candidate.Form is JwtKeyForm.PublicKey or JwtKeyForm.Certificate or JwtKeyForm.Jwks
        );
        if (key is null)
        {
            return subject.Keys.Any(candidate => candidate.Form == JwtKeyForm.JwksUri) ? Verdict.Pass : Verdict.NotApplicable;
        }

        if (!IsOkta(subject, context))
        {
            return subject.Issuer.IsKnown ? Verdict.NotApplicable : Unknown(subject, key);
        }

        if (!key.Value.IsKnown)
        {
            return IsFetched(key.Value) ? Verdict.Pass : Unknown(subject, key);
        }

        return Fail(subject, key);
    }

    // Okta rotates; what others do is not known here.
    private static bool IsOkta(TokenCheck subject, AuditContext context) =>
        subject.Server is not null || subject.Issuer.Texts.Any(text => OktaUrl.Read(text, context.Landscape) is not null);

    // A key set that came out of a callout or a cache was fetched, not pinned.
    private static bool IsFetched(Resolution value) =>
        value is Resolution.Opaque { Source: var words }
        && (words.Contains("ServiceCallout", StringComparison.Ordinal) || words.Contains("cache", StringComparison.Ordinal));

    private static Verdict Unknown(TokenCheck subject, CheckKey key) =>
        IsFetched(key.Value)
            ? Verdict.NotApplicable
            : Trust.NotKnown($"the key of {subject.Policy.Kind} '{subject.Policy.Name}'", key.Value, key.Setting.Location);

    private static Verdict.Fail Fail(TokenCheck subject, CheckKey key)
    {
        var what = key.Form switch
        {
            JwtKeyForm.Certificate => "a certificate, whose chain and expiry Apigee does not check",
            JwtKeyForm.Jwks => "a copy of the key set",
            _ => "a public key",
        };
        var next = subject.Server?.Signing?.NextRotation;
        var when = next is { } date
            ? $"On {date:yyyy-MM-dd}, when {subject.Server!.Description} rotates its key,"
            : "At the next key rotation";
        var place = key.Value.Origin ?? key.Setting.Location;
        var uri = (subject.Server?.Issuer ?? subject.Issuer.Texts.FirstOrDefault()) is { } issuer ? issuer.TrimEnd('/') + "/v1/keys" : null;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' verifies with {what} that is written into the configuration. {when} every call fails.",
            Location = place,
            Cause = $"{subject.Cause}/key",
            Facts =
            [
                new Fact("gateway", "key", what, place),
                .. subject.Server?.Signing is { } signing
                    ?
                    [
                        new Fact(
                            "okta",
                            "signing key",
                            $"{signing.Kid}, rotated {signing.RotationMode}{(next is { } d ? $", next on {d:yyyy-MM-dd}" : "")}",
                            signing.Location
                        ),
                    ]
                    : Array.Empty<Fact>(),
            ],
            Related =
            [
                .. subject.Server?.Signing is { } s
                    ? [new RelatedPlace(s.Location, $"how {subject.Server!.Description} rotates its key")]
                    : Array.Empty<RelatedPlace>(),
                .. place == key.Setting.Location ? [] : new[] { new RelatedPlace(key.Setting.Location, "where it is used") },
            ],
            Remedy = uri is null
                ? "Take the keys from the server: <JWKS uri=\"…\"/>."
                : $"Take the keys from the server: <JWKS uri=\"{uri}\"/> instead of the pinned key.",
        };
    }
}
