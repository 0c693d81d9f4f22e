using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Rules.Env;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>The gateway demands an audience that its authorization server never issues.</summary>
public sealed class AudienceMismatch : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-001",
        Name = "audience-mismatch",
        Title = "The gateway demands an audience that its authorization server never issues",
        Level = Level.Error,
        SecuritySeverity = 8.0,
        Cwe = 345,
        Fix = FixKind.Automatic,
        IsCore = true,
        YieldsTo = ["AUD-009", "ENV-001"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        var trust = Trust.Of(subject, context);
        if (trust.Server is not { } server)
        {
            return subject.Audience is Resolution.Absent ? Verdict.NotApplicable : trust.Instead!;
        }

        switch (subject.Audience)
        {
            case Resolution.Absent:
                return Verdict.NotApplicable;
            case Resolution.Opaque or Resolution.Tainted or Resolution.Unresolved:
                return Trust.NotKnown(
                    $"the audience that {subject.Policy.Kind} '{subject.Policy.Name}' demands",
                    subject.Audience,
                    subject.Location
                );
            default:
                break;
        }

        if (Trust.HookOf(server, context.Landscape) is var (rule, hook))
        {
            return new Verdict.Open(
                $"the tokens of {server.Description} are subject to inline hook '{hook}' of rule '{rule.Name}', which may rewrite aud",
                $"what hook '{hook}' does to aud",
                rule.Location.At("actions").At("token").At("inlineHook")
            );
        }

        // An empty demand is no demand, which is another rule's business.
        var wrong = subject.Audience.Texts.FirstOrDefault(text =>
            text.Length > 0 && !server.Audiences.Contains(text, StringComparer.Ordinal)
        );
        if (wrong is null)
        {
            return Verdict.Pass;
        }

        if (wrong.Contains(',', StringComparison.Ordinal))
        {
            var parts = wrong.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (parts.Any(part => server.Audiences.Contains(part, StringComparer.Ordinal)))
            {
                return new Verdict.Open(
                    $"{subject.Policy.Kind} '{subject.Policy.Name}' demands audience '{wrong}', and the documents do not say {Reading.AudienceIsList.Question}",
                    "a test on a live gateway",
                    subject.Audience.Origin ?? subject.Location
                );
            }
        }

        return Mismatch(subject, server, wrong, context);
    }

    private static Verdict.Fail Mismatch(TokenCheck subject, AuthorizationServer server, string wrong, AuditContext context)
    {
        var right = server.Audiences.IsEmpty ? "" : server.Audiences[0];
        var other = context
            .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
            .FirstOrDefault(candidate =>
                !ReferenceEquals(candidate, server) && candidate.Audiences.Contains(wrong, StringComparer.Ordinal)
            );
        var (code, why) =
            other is not null
                ? (
                    "other-server",
                    $"the first is the audience of {other.Description}, whose tokens are accepted here while the right ones are refused"
                )
            : string.Equals(wrong, server.Issuer, StringComparison.Ordinal) ? ("issuer-as-audience", "the first is the server's issuer")
            : context.Landscape.Okta.Any(org => org.FindClient(wrong) is not null)
                ? ("client-id-as-audience", "the first is the id of a client, as in an ID token")
            : wrong.Contains('{', StringComparison.Ordinal)
                ? ("template-literal", "the first is taken literally: <Audience> is no message template, use ref")
            : NearMiss.Between(wrong, right) is { } near ? (near, $"they differ by {NearMiss.Words(near)}")
            : ("other", "no server that was collected issues the first");
        var place = subject.Audience.Origin ?? subject.Location;
        var audience = subject.Jwt!.Audience!;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands audience '{wrong}', and {server.Description} issues '{right}': {why}. "
                + (
                    code == "other-server"
                        ? $"Calls with tokens of {server.Description} fail with JwtAudienceMismatch."
                        : "Every call fails with JwtAudienceMismatch."
                ),
            Location = place,
            Cause = $"{subject.Cause}/audience/{wrong}",
            FollowsFrom = [ForeignEnvironmentIssuer.CauseOf(subject)],
            Code = code,
            SecuritySeverity = code == "other-server" ? 8.0 : 7.0,
            Facts = [new Fact("gateway", "audience", wrong, place), new Fact("okta", "audience", right, server.Location.At("audiences"))],
            Related =
            [
                new RelatedPlace(server.Location.At("audiences"), $"the audience of {server.Description}"),
                .. place == audience.Location ? [] : new[] { new RelatedPlace(audience.Location, "where it is demanded") },
            ],
            Remedy = $"Set the audience here to '{right}'. Changing the server's audience instead breaks its other consumers.",
            Edits = subject.Audience is Resolution.Known known && right.Length > 0 ? ValueEdit.At(known, audience, right) : [],
        };
    }
}
