using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>A proxy validates access tokens of the Okta org authorization server.</summary>
public sealed class OrgAuthorizationServerTrusted : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-006",
        Name = "org-authorization-server-trusted",
        Title = "A proxy accepts access tokens of the Okta org authorization server",
        Level = Level.Error,
        SecuritySeverity = 8.3,
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
        if (subject.Role != TokenRole.Bearer || subject.Kind is not (TokenCheckKind.Jwt or TokenCheckKind.Introspection))
        {
            return Verdict.NotApplicable;
        }

        var values =
            subject.Kind == TokenCheckKind.Introspection
                ? [("introspection endpoint", subject.Source)]
                : subject
                    .Keys.Where(key => key.Form == JwtKeyForm.JwksUri)
                    .Select(key => ("key set", key.Value))
                    .Prepend(("issuer", subject.Issuer))
                    .Append(("audience", subject.Audience))
                    .ToList();
        var unknown = default((string What, Resolution Value)?);
        foreach (var (what, value) in values)
        {
            foreach (var text in value.Texts)
            {
                if (OktaUrl.Read(text, context.Landscape) is { ServerId: null } url && (what != "audience" || url.Uri.AbsolutePath == "/"))
                {
                    return Fail(subject, what, text, value);
                }
            }

            if (value is Resolution.Opaque && what != "audience")
            {
                unknown ??= (what, value);
            }
        }

        return unknown is var (name, opaque) && !values.Exists(pair => pair.Item2.IsKnown && pair.Item1 != "audience")
            ? Trust.NotKnown($"the {name} of {subject.Policy.Kind} '{subject.Policy.Name}'", opaque, subject.Location)
            : Verdict.Pass;
    }

    private static Verdict.Fail Fail(TokenCheck subject, string what, string value, Resolution resolution) =>
        new()
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' trusts the Okta org authorization server: its {what} is '{value}', which names no server (/oauth2/<id>). "
                + "Access tokens of the org server are for Okta alone: every application of the org can get one, they know none of this API's scopes, and they may change "
                + "without notice.",
            Location = resolution.Origin ?? subject.Location,
            Cause = $"{subject.Cause}/{(what == "key set" ? "jwks" : "issuer")}/{value}",
            Facts =
            [
                new Fact("gateway", what, value, resolution.Origin),
                new Fact("okta", what, "a custom authorization server, https://<host>/oauth2/<id>", null),
            ],
            Remedy =
                "Issue tokens for this API from a custom authorization server with its own audience, and pin that server's issuer and keys here.",
        };
}
