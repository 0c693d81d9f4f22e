using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Tok;

/// <summary>A client can use the password or the implicit grant.</summary>
public sealed class LegacyGrantEnabled : IRule<OktaClient>
{
    private static readonly string[] Legacy = ["password", "implicit"];

    private static readonly RuleInfo Rule = new()
    {
        Id = "TOK-008",
        Name = "legacy-grant-enabled",
        Title = "A client can obtain tokens with the password or the implicit grant",
        Level = Level.Error,
        SecuritySeverity = 7.1,
        Cwe = 522,
        Fix = FixKind.Automatic,
        Subjects = "clients",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(OktaClient subject, AuditContext context)
    {
        if (!subject.App.IsActive)
        {
            return Verdict.NotApplicable;
        }

        var enabled = subject.App.GrantTypes.Where(grant => Legacy.Contains(grant, StringComparer.Ordinal)).ToList();
        if (enabled.Count == 0)
        {
            return Verdict.Pass;
        }

        Verdict? unknown = null;
        foreach (var server in subject.Org.AuthorizationServers)
        {
            var issued = context
                .Traced.IssuanceOf(server)
                .Grants.FirstOrDefault(grant =>
                    grant.IsLive != false
                    && enabled.Contains(grant.Grant)
                    && grant.Clients.Any(client => ReferenceEquals(client.App, subject.App))
                );
            var trust = ServerTrust.Of(server, context);
            if (issued is not null && trust.IsTrusted == true)
            {
                return issued.IsLive == true ? Usable(subject, server, issued) : Depends(subject, issued);
            }

            unknown ??=
                issued is not null && trust.IsTrusted is null ? trust.Instead
                : trust.IsTrusted == true ? ServerTrust.Unread(server, context)
                : null;
        }

        return unknown ?? Idle(subject, enabled);
    }

    private static Verdict.Open Depends(OktaClient subject, IssuedGrant issued) =>
        new(
            $"whether client '{subject.App.Label}' can use the {issued.Grant} grant through rule '{issued.Rule.Name}' depends on: {string.Join("; ", issued.DependsOn.Select(point => point.Question))}",
            "a test in the org",
            issued.Rule.Location
        );

    private static Verdict.Fail Usable(OktaClient subject, AuthorizationServer server, IssuedGrant issued)
    {
        var place = GrantTypes(subject);
        return new Verdict.Fail
        {
            Message =
                $"Client '{subject.App.Label}' ({subject.App.ClientId}) can obtain tokens of {server.Description} with the {issued.Grant} grant: rule '{issued.Rule.Name}' of access policy '{issued.Policy.Name}' permits it. "
                + (
                    issued.Grant == "password"
                        ? "The client sees its users' passwords, and no second factor protects them."
                        : "Tokens travel in the address of a page, where histories, logs and scripts can read them."
                ),
            Location = place,
            Cause = $"{subject.Key}/{issued.Grant}",
            Code = issued.Grant,
            Related =
            [
                new RelatedPlace(
                    issued.Rule.Location.At("conditions").At("grantTypes").At("include"),
                    $"rule '{issued.Rule.Name}' permits it"
                ),
            ],
            Remedy = "Move the client to authorization_code with PKCE, then remove the grant from the client and from the rule.",
            Edits = Without(subject, place, [issued.Grant]),
        };
    }

    private static Verdict.Fail Idle(OktaClient subject, List<string> enabled) =>
        new()
        {
            Message =
                $"Client '{subject.App.Label}' ({subject.App.ClientId}) has the {string.Join(" and the ", enabled)} grant, which no access rule of a server that the gateway trusts permits. A wider rule would make it usable.",
            Location = GrantTypes(subject),
            Cause = $"{subject.Key}/{string.Join('+', enabled)}",
            Code = "not-permitted",
            Level = Level.Note,
            SecuritySeverity = 2.8,
            Remedy = "Remove the grant from the client.",
            Edits = Without(subject, GrantTypes(subject), enabled),
        };

    private static ImmutableArray<Edit> Without(OktaClient subject, Model.SourceLocation place, List<string> grants) =>
        subject.App.GrantTypes.Except(grants, StringComparer.Ordinal).ToList() is { Count: > 0 } kept
            ? [new Edit(EditKind.SetJsonValue, place, null, ValueEdit.Array(kept))]
            : [];

    private static Model.SourceLocation GrantTypes(OktaClient subject) =>
        subject.App.Location.At("settings").At("oauthClient").At("grant_types");
}
