using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>Whom to trust is taken from the token itself, or matched so loosely that others fit.</summary>
public sealed class IssuerFromToken : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-008",
        Name = "issuer-from-token",
        Title = "The issuer or the keys are chosen by the unverified token or the request, or matched by a pattern that others fit",
        Level = Level.Error,
        SecuritySeverity = 9.3,
        Cwe = 346,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind is not (TokenCheckKind.Jwt or TokenCheckKind.Jws) || subject.Role is TokenRole.Internal or TokenRole.Proof)
        {
            return Verdict.NotApplicable;
        }

        if (ChosenKey(subject) is var (key, source))
        {
            return Fail(
                subject,
                key.Location,
                "keys-from-caller",
                9.3,
                $"{subject.Policy.Kind} '{subject.Policy.Name}' takes its keys from where {Words(source)} says: whoever writes a token can point it at keys of their own, and it verifies.",
                "Take the keys from a fixed address: <JWKS uri=\"https://…/oauth2/<id>/v1/keys\"/>. For several issuers, map each known iss to its keys and refuse the others first.",
                null
            );
        }

        if (subject.Issuer is Resolution.Tainted { Source: var issuer })
        {
            return Fail(
                subject,
                subject.Jwt!.Issuer!.Location,
                "issuer-from-caller",
                8.1,
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands the issuer that {Words(issuer)} names: the token is compared with itself, which is always true.",
                "Demand the issuer by a literal or by a property set of the environment: <Issuer ref=\"propertyset.okta.issuer\"/>.",
                null
            );
        }

        if (subject is { LooseIssuer: { } loose, OtherIssuer.Accepted: not true })
        {
            return loose.Possibility.IsDefinite
                ? Fail(
                    subject,
                    subject.Location,
                    "pattern",
                    8.6,
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' demands no issuer, and the condition that stands in for it matches others, too: a token of '{loose.Issuer}' gets through.",
                    "Compare iss with the whole issuer by =, or demand it in the policy with <Issuer>.",
                    loose.Possibility.Witness
                )
                : new Verdict.Open(
                    $"a token of '{loose.Issuer}' gets past {subject.Policy.Kind} '{subject.Policy.Name}', depending on {loose.Possibility.Deciding}",
                    loose.Possibility.Closes,
                    subject.Location
                );
        }

        if (
            subject.Keys.FirstOrDefault(candidate => candidate.Value is Resolution.Opaque { ChosenBy: not null }) is
            { Value: Resolution.Opaque mapped } chosen
        )
        {
            return new Verdict.Open(
                $"{subject.Policy.Kind} '{subject.Policy.Name}' takes its keys from {mapped.Source.Split(", chosen by", 2)[0]}, which {Words(mapped.ChosenBy!)} chooses: whether only issuers that you trust have one is not known",
                mapped.Closes,
                chosen.Setting.Location
            );
        }

        return subject.Keys.IsEmpty ? Verdict.NotApplicable : Verdict.Pass;
    }

    // The key setting that the caller decides: directly, or through the address that a callout fetches it from.
    private static (Setting Setting, string Source)? ChosenKey(TokenCheck subject)
    {
        foreach (var key in subject.Keys)
        {
            if (key.Value is Resolution.Tainted { Source: var source })
            {
                return (key.Setting, source);
            }

            if (key.Value is Resolution.Opaque opaque)
            {
                foreach (var callout in subject.Endpoint.Callouts)
                {
                    if (
                        opaque.Source.Contains($"ServiceCallout '{callout.Policy.Name}'", StringComparison.Ordinal)
                        && callout.Url is Resolution.Tainted { Source: var address }
                    )
                    {
                        return (key.Setting, address);
                    }
                }
            }
        }

        return null;
    }

    private static string Words(string source) =>
        source.StartsWith("token(", StringComparison.Ordinal) && source.LastIndexOf(").", StringComparison.Ordinal) is var at and > 0
            ? $"the token's {source[(at + 2)..]}"
        : source.StartsWith("the ", StringComparison.Ordinal) ? source
        : $"'{source}'";

    private static Verdict.Fail Fail(
        TokenCheck subject,
        Model.SourceLocation location,
        string code,
        double severity,
        string message,
        string remedy,
        Witness? witness
    ) =>
        new()
        {
            Message = message,
            Location = location,
            Cause = subject.Cause,
            Code = code,
            SecuritySeverity = severity,
            Witness = witness,
            Remedy = remedy,
        };
}
