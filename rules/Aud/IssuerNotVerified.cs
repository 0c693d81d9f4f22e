using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>A token is accepted whatever its issuer is.</summary>
public sealed class IssuerNotVerified : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-003",
        Name = "issuer-not-verified",
        Title = "A bearer token is accepted without pinning its issuer",
        Level = Level.Error,
        SecuritySeverity = 7.4,
        Cwe = 346,
        Fix = FixKind.Automatic,
        IsCore = true,
        YieldsTo = ["AUD-008"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || !ForeignTokens.Matters(subject))
        {
            return Verdict.NotApplicable;
        }

        return ForeignTokens.Judge(subject, subject.OtherIssuer, "issuer", fail: () => Fail(subject));
    }

    private static Verdict.Fail Fail(TokenCheck subject)
    {
        var policy = subject.Jwt!;
        var callout = subject.Policy is ScriptPolicy;

        // The signature still pins the key set where that belongs to one server alone.
        var pinned = subject.Server is not null && subject.Keys.Any(key => key.Form == JwtKeyForm.JwksUri && key.Value.IsKnown);
        var login = subject.Role == TokenRole.Login;
        return new Verdict.Fail
        {
            Message =
                $"{policy.Kind} '{policy.Name}' {(policy.Issuer is null ? callout ? "has no property claim_iss" : "has no <Issuer>" : "has an issuer that resolves to nothing")}, and no later step compares iss: "
                + (
                    pinned
                        ? $"only the key set ties it to {subject.Server!.Description}."
                        : "any token that its keys verify is accepted, whoever issued it."
                ),
            Location = policy.Issuer?.Location ?? policy.Location,
            Cause = subject.Cause,
            Level = pinned || login ? Level.Warning : Level.Error,
            SecuritySeverity = pinned || login ? 4.8 : 7.4,
            Witness = subject.OtherIssuer!.Witness,
            Facts =
            [
                new Fact("gateway", "issuer", "not checked", policy.Location),
                .. subject.Server is { } s ? [new Fact("okta", "issuer", s.Issuer, s.Location.At("issuer"))] : Array.Empty<Fact>(),
            ],
            Related = subject.Server is { } server
                ? [new RelatedPlace(server.Location.At("issuer"), $"the issuer of {server.Description}")]
                : [],
            Remedy =
                callout ? "Replace the callout by a VerifyJWT that demands the issuer, or give it the property claim_iss."
                : subject.Server is { } right
                    ? $"Demand the issuer: <Issuer>{right.Issuer}</Issuer>, or a ref to a property set that holds it."
                : "Demand the issuer: <Issuer ref=\"propertyset.…\"/>.",
            Edits =
                !callout && policy.Issuer is null && subject.Server is { } only
                    ? [new Edit(EditKind.AppendChild, policy.Location, null, $"<Issuer>{only.Issuer}</Issuer>")]
                    : [],
        };
    }
}
