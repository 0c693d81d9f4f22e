using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Key;

/// <summary>A check accepts algorithms that the tokens it is for are not signed with.</summary>
public sealed class WeakOrWideAlgorithm : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "KEY-006",
        Name = "weak-or-wide-algorithm",
        Title = "A check accepts algorithms that the tokens it is for are not signed with",
        Level = Level.Error,
        SecuritySeverity = 9.0,
        Cwe = 327,
        Fix = FixKind.Automatic,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role is TokenRole.Internal or TokenRole.Proof)
        {
            return Verdict.NotApplicable;
        }

        var policy = subject.Jwt!;
        if (policy.Algorithm is null)
        {
            return Verdict.NotApplicable;
        }

        if (subject.Algorithm is Resolution.Tainted tainted)
        {
            return Fail(
                subject,
                "caller-chosen",
                Level.Error,
                9.0,
                $"the caller chooses the algorithm, in {tainted.Source}",
                "Name the algorithm: RS256."
            );
        }

        if (!subject.Algorithm.IsKnown)
        {
            return Trust.NotKnown($"the algorithm of {policy.Kind} '{policy.Name}'", subject.Algorithm, policy.Algorithm.Location);
        }

        var algorithms = subject
            .Algorithm.Texts.SelectMany(text =>
                text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var families = algorithms
            .Select(algorithm => algorithm.Length >= 2 ? algorithm[..2] : algorithm)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var list = string.Join(", ", algorithms);
        if (families.Contains("HS") && families.Count > 1)
        {
            return Fail(
                subject,
                "mixed-families",
                Level.Error,
                7.2,
                $"{list} mixes shared secrets with key pairs",
                "Keep only the family the issuer signs with: RS256."
            );
        }

        if (families.Contains("HS"))
        {
            return Symmetric(subject, context, list);
        }

        var okta = IsOkta(subject, context);
        if (okta && algorithms.Exists(algorithm => algorithm != "RS256"))
        {
            return Fail(
                subject,
                "wider-than-issuer",
                Level.Warning,
                4.0,
                $"it accepts {list}, and Okta signs with RS256 only",
                "Accept RS256 only."
            );
        }

        return Verdict.Pass;
    }

    private static Verdict Symmetric(TokenCheck subject, AuditContext context, string list)
    {
        if (IsOkta(subject, context))
        {
            return Fail(
                subject,
                "hmac-for-okta",
                Level.Error,
                9.0,
                $"it accepts {list}: whoever knows the secret makes tokens that pass as Okta's",
                "Accept RS256, with the server's key set."
            );
        }

        if (
            context.Landscape.Okta.IsEmpty
            && subject.Issuer is Resolution.Opaque or Resolution.Unresolved
            && subject.Role == TokenRole.Bearer
        )
        {
            return Trust.NotKnown(
                $"the issuer behind {subject.Policy.Kind} '{subject.Policy.Name}', which accepts {list},",
                subject.Issuer,
                subject.Location
            );
        }

        // A known issuer that is not Okta's may well be the estate itself.
        if (subject.Issuer.IsKnown && subject.Role == TokenRole.Bearer)
        {
            return Verdict.NotApplicable;
        }

        return Fail(
            subject,
            "hmac",
            Level.Warning,
            5.0,
            $"it accepts {list}: everybody who can verify such a token can also make one",
            "Accept tokens signed with a key pair, or keep the secret where only the issuer and this gateway can read it."
        );
    }

    private static bool IsOkta(TokenCheck subject, AuditContext context) =>
        subject.Server is not null
        || subject.Issuer.Texts.Any(text => OktaUrl.Read(text, context.Landscape) is not null)
        || subject.Keys.Any(key =>
            key.Form == JwtKeyForm.JwksUri && key.Value.Texts.Any(text => OktaUrl.Read(text, context.Landscape) is not null)
        );

    private static Verdict.Fail Fail(TokenCheck subject, string code, Level level, double severity, string why, string remedy)
    {
        var algorithm = subject.Jwt!.Algorithm!;
        return new Verdict.Fail
        {
            Message = $"{subject.Policy.Kind} '{subject.Policy.Name}': {why}.",
            Location = subject.Algorithm.Origin ?? algorithm.Location,
            Cause = $"{subject.Cause}/algorithm",
            Code = code,
            Level = level,
            SecuritySeverity = severity,
            Facts =
            [
                new Fact("gateway", "algorithm", subject.Algorithm.Words, algorithm.Location),
                .. code is "hmac" ? [] : new[] { new Fact("okta", "algorithm", "RS256", null) },
            ],
            Remedy = remedy,
            Edits =
                code is "wider-than-issuer" or "mixed-families"
                && algorithm.Reference is null
                && subject.Server is not null
                && subject.Keys.All(key =>
                    key.Form is JwtKeyForm.JwksUri or JwtKeyForm.Jwks or JwtKeyForm.PublicKey or JwtKeyForm.Certificate
                )
                    ? [new Edit(EditKind.SetElementText, algorithm.Location, null, "RS256")]
                    : [],
        };
    }
}
