using System.Security;
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

        return Fail(subject, key, context);
    }

    // Okta rotates; what others do is not known here.
    private static bool IsOkta(TokenCheck subject, AuditContext context) =>
        subject.Server is not null || subject.Issuer.Texts.Any(text => OktaUrl.Read(text, context.Landscape) is not null);

    // A key set that came out of a callout or a cache was fetched, not pinned.
    private static bool IsFetched(Resolution value) =>
        value is Resolution.Opaque { Source: var words }
        && (
            words.Contains("the answer to ServiceCallout '", StringComparison.Ordinal)
            || words.EndsWith("finds in the cache", StringComparison.Ordinal)
        );

    private static Verdict Unknown(TokenCheck subject, CheckKey key) =>
        IsFetched(key.Value)
            ? Verdict.NotApplicable
            : Trust.NotKnown($"the key of {subject.Policy.Kind} '{subject.Policy.Name}'", key.Value, key.Setting.Location);

    private static Verdict.Fail Fail(TokenCheck subject, CheckKey key, AuditContext context)
    {
        var what = key.Form switch
        {
            JwtKeyForm.Certificate => "a certificate, whose chain and expiry Apigee does not check",
            JwtKeyForm.Jwks => "a copy of the key set",
            _ => "a public key",
        };
        var next = subject.Server?.Signing?.NextRotation;
        var manual = string.Equals(subject.Server?.Signing?.RotationMode, "MANUAL", StringComparison.Ordinal);
        var when =
            manual ? $"Rotation of {subject.Server!.Description} is MANUAL: when somebody rotates its key,"
            : HoldsNext(subject, key) ? $"At the rotation after that of {next:yyyy-MM-dd}, whose key is in the copy,"
            : next is { } date ? $"On {date:yyyy-MM-dd}, when {subject.Server!.Description} rotates its key,"
            : "At the next key rotation";
        var place = key.Value.Origin ?? key.Setting.Location;
        var uri = (subject.Server?.Issuer ?? subject.Issuer.Texts.FirstOrDefault()) is { } issuer ? issuer.TrimEnd('/') + "/v1/keys" : null;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' verifies with {what} that is written into the configuration. {when} every call fails.",
            Location = place,
            Cause = $"{subject.Cause}/key",
            Level = manual ? Level.Note : Level.Error,
            SecuritySeverity = manual ? 3.9 : 6.6,
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
            Edits = uri is null ? [] : FromServer(subject, key, uri, context),
        };
    }

    // By id, as Apigee chooses the key.
    private static bool HoldsNext(TokenCheck subject, CheckKey key) =>
        subject.Server is { Signing.NextRotation: not null } server
        && key.Form == JwtKeyForm.Jwks
        && server.Keys.Any(candidate =>
            candidate.Status == "NEXT" && key.Value.Texts.All(text => text.Contains($"\"{candidate.Kid}\"", StringComparison.Ordinal))
        );

    // A literal address is certain only where every check by this policy trusts the same server.
    private static ImmutableArray<Edit> FromServer(TokenCheck subject, CheckKey key, string uri, AuditContext context) =>
        subject is { Server: not null, Keys.Length: 1 }
        && subject.Policy.Root.Child("PublicKey") is { } element
        && context.Traced.TokenChecks.Where(check => check.Cause == subject.Cause).All(check => check.Server == subject.Server)
            ?
            [
                new Edit(EditKind.RemoveElement, key.Setting.Location, null, null),
                new Edit(EditKind.AppendChild, element.Location, null, $"<JWKS uri=\"{SecurityElement.Escape(uri)}\"/>"),
            ]
            : [];
}
