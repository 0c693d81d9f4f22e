using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>A token is accepted whatever its audience is.</summary>
public sealed class AudienceNotVerified : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-002",
        Name = "audience-not-verified",
        Title = "A bearer token is accepted without a check of its audience",
        Level = Level.Error,
        SecuritySeverity = 8.1,
        Cwe = 287,
        Fix = FixKind.Automatic,
        IsCore = true,
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

        return ForeignTokens.Judge(subject, subject.OtherAudience, "audience", fail: () => Fail(subject, context));
    }

    private static Verdict.Fail Fail(TokenCheck subject, AuditContext context)
    {
        var policy = subject.Jwt!;
        var callout = subject.Policy is ScriptPolicy;
        var sharing = subject.Server is { } server
            ? context
                .Traced.TokenChecks.Where(check =>
                    check.Server == server && check.Endpoint.Program.Bundle.Name != subject.Endpoint.Program.Bundle.Name
                )
                .Select(check => check.Endpoint.Program.Bundle.Name)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .ToList()
            : [];
        var signsIn = subject.Server is { } issuer && IssuesIdTokens(issuer);
        var alone = subject.Server is { Audiences.Length: 1 } own && sharing.Count == 0 && Others(own, context) == 0 && !signsIn;
        var login = subject.Role == TokenRole.Login;
        var whose =
            sharing.Count > 0
                ? $" {char.ToUpperInvariant(subject.Server!.Description[0])}{subject.Server.Description[1..]} also issues the tokens of {string.Join(", ", sharing.Select(name => $"'{name}'"))}."
            : signsIn && !login
                ? $" {char.ToUpperInvariant(subject.Server!.Description[0])}{subject.Server.Description[1..]} also issues ID tokens, which are for a client."
            : "";
        var why = policy.Audience is null
            ? callout
                ? "has no property claim_aud"
                : "has no <Audience>"
            : subject.Audience is Resolution.Unresolved unresolved
                ? $"takes its audience from '{unresolved.Name}', which nothing sets and IgnoreUnresolvedVariables turns into no demand"
                : "has an empty <Audience>";
        return new Verdict.Fail
        {
            Message = login
                ? $"{policy.Kind} '{policy.Name}' {why} and no issuer: an ID token made for any other client of the identity provider signs in here."
                : $"{policy.Kind} '{policy.Name}' {why}, and no later step compares aud: a token issued for any other API of the same issuer is accepted.{whose}",
            Location = (policy.Audience ?? null)?.Location ?? policy.Location,
            Cause = subject.Cause,
            Level = login || alone ? Level.Warning : Level.Error,
            SecuritySeverity = login || alone ? 5.5 : 8.1,
            Witness = subject.OtherAudience!.Witness,
            Facts =
            [
                new Fact("gateway", "audience", "not checked", policy.Location),
                .. subject.Server is { Audiences: [var audience, ..] } s
                    ? [new Fact("okta", "audience", audience, s.Location.At("audiences"))]
                    : Array.Empty<Fact>(),
            ],
            Related = subject.Server is { } trusted
                ? [new RelatedPlace(trusted.Location.At("audiences"), $"the audience of {trusted.Description}")]
                : [],
            Remedy =
                callout ? "Replace the callout by a VerifyJWT that demands the audience of this API, or give it the property claim_aud."
                : subject.Server is { Audiences: [var right, ..] }
                    ? $"Demand the audience: <Audience>{right}</Audience>, or a ref to a property set that holds it."
                : "Demand the audience of this API: <Audience ref=\"propertyset.…\"/>.",
            Edits =
                !callout && policy.Audience is null && subject.Server is { Audiences: [var only, ..] }
                    ? [new Edit(EditKind.AppendChild, policy.Location, null, $"<Audience>{only}</Audience>")]
                    : [],
        };
    }

    // An ID token is a token of the same issuer and the same keys for another audience: the client.
    private static bool IssuesIdTokens(Model.Okta.AuthorizationServer server) =>
        server.Policies.Any(policy =>
            policy.IsActive
            && policy.Rules.Any(rule =>
                rule.IsActive && rule.Grants("openid") && rule.GrantTypes.Any(grant => grant != "client_credentials")
            )
        );

    private static int Others(Model.Okta.AuthorizationServer server, AuditContext context) =>
        context
            .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
            .Count(other => !ReferenceEquals(other, server) && other.Audiences.Intersect(server.Audiences, StringComparer.Ordinal).Any());
}
