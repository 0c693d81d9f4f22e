using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Aud;

/// <summary>The pinned issuer is not the issuer that Okta puts into tokens.</summary>
public sealed class IssuerMismatch : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-004",
        Name = "issuer-mismatch",
        Title = "The pinned issuer is not the issuer that Okta puts into tokens",
        Level = Level.Error,
        SecuritySeverity = 6.8,
        Cwe = 346,
        Fix = FixKind.Automatic,
        IsCore = true,
        YieldsTo = ["AUD-006"],
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject.Kind != TokenCheckKind.Jwt || subject.Role != TokenRole.Bearer || subject.Issuer is Resolution.Absent)
        {
            return Verdict.NotApplicable;
        }

        if (context.Landscape.Okta.IsEmpty)
        {
            return Trust.Of(subject, context).Instead!;
        }

        if (!subject.Issuer.IsKnown)
        {
            return Trust.NotKnown(
                $"the issuer that {subject.Policy.Kind} '{subject.Policy.Name}' demands",
                subject.Issuer,
                subject.Location
            );
        }

        Verdict result = Verdict.NotApplicable;
        foreach (var issuer in subject.Issuer.Texts.Where(text => text.Length > 0))
        {
            var verdict = Judge(subject, issuer, context);
            if (verdict is Verdict.Fail)
            {
                return verdict;
            }

            result = verdict is Verdict.Inapplicable ? result : verdict;
        }

        return result;
    }

    private static Verdict Judge(TokenCheck subject, string issuer, AuditContext context)
    {
        var orgs = context.Landscape.Okta;
        var servers = orgs.SelectMany(org => org.AuthorizationServers.Items.Select(server => (Org: org, Server: server))).ToList();
        var exact = servers.Find(pair => Emits(pair.Server, pair.Org, issuer));
        if (exact.Server is { } match)
        {
            return match.IsActive
                ? Verdict.Pass
                : Fail(subject, match, issuer, "dead-server", $"the issuer of {match.Description}, which is INACTIVE and issues nothing");
        }

        if (OktaUrl.Read(issuer, context.Landscape) is not { } url)
        {
            return subject.ServerBy == "jwks"
                ? Fail(
                    subject,
                    subject.Server!,
                    issuer,
                    NearMiss.Between(issuer, subject.Server!.Issuer) ?? "other",
                    "not an issuer of any collected org, while its keys are that server's"
                )
                : Verdict.NotApplicable;
        }

        if (url.ServerId is null)
        {
            // The org authorization server: AUD-006 says what is wrong with that, unless it is only a key set given as an issuer.
            return Verdict.NotApplicable;
        }

        // The same server under another spelling.
        foreach (var (org, server) in servers)
        {
            if (NearMiss.Between(issuer, server.Issuer) is { } near)
            {
                return Fail(subject, server, issuer, near, $"which differs from it by its {near.Replace('-', ' ')}");
            }

            if (org.HasHost(url.Uri.Host) && string.Equals(url.ServerId, server.Id, StringComparison.Ordinal))
            {
                return OtherForm(subject, org, server, issuer, url);
            }
        }

        var owner = url.Org;
        if (owner is null)
        {
            return new Verdict.Open(
                $"issuer '{issuer}' belongs to an Okta org that was not collected",
                $"a recording of {url.Uri.Host}",
                subject.Issuer.Origin ?? subject.Location
            );
        }

        if (!owner.AuthorizationServers.IsComplete)
        {
            return new Verdict.NotAssessed(
                $"the authorization servers of {owner.Host}: {owner.AuthorizationServers.Coverage.Reason}",
                subject.Location
            );
        }

        var keys = subject.ServerBy == "jwks" ? subject.Server : null;
        return Fail(
            subject,
            keys ?? owner.AuthorizationServers.Items.FirstOrDefault(),
            issuer,
            "unknown-server",
            $"which no authorization server of {owner.Host} has"
        );
    }

    // The strings a server puts into iss: its issuer, and for DYNAMIC every host that a token request can use.
    private static bool Emits(AuthorizationServer server, OktaOrg org, string issuer)
    {
        if (string.Equals(server.Issuer, issuer, StringComparison.Ordinal))
        {
            return true;
        }

        if (!server.HasDynamicIssuer)
        {
            return false;
        }

        var hosts = org.Domains.Where(domain => domain.IsVerified).Select(domain => domain.Name).Append(org.Host);
        return hosts.Any(host => string.Equals($"https://{host}/oauth2/{server.Id}", issuer, StringComparison.Ordinal));
    }

    private static Verdict OtherForm(TokenCheck subject, OktaOrg org, AuthorizationServer server, string issuer, OktaUrl url)
    {
        if (issuer.EndsWith("/v1/keys", StringComparison.Ordinal) || issuer.Contains("/.well-known/", StringComparison.Ordinal))
        {
            return Fail(subject, server, issuer, "document-as-issuer", "the address of its keys or metadata");
        }

        if (
            !Uri.TryCreate(server.Issuer, UriKind.Absolute, out var own)
            || string.Equals(own.Host, url.Uri.Host, StringComparison.OrdinalIgnoreCase)
        )
        {
            return Fail(subject, server, issuer, "other", "another spelling of it");
        }

        if (!org.Domains.IsComplete)
        {
            return new Verdict.Open(
                $"issuer '{issuer}' names another host than {server.Description} ('{server.Issuer}'), and the domains of {org.Host} were not collected",
                $"the domains of {org.Host} ({org.Domains.Coverage.Reason})",
                subject.Issuer.Origin ?? subject.Location
            );
        }

        return Fail(
            subject,
            server,
            issuer,
            "org-url-vs-custom-domain",
            $"the same server under another of the org's hosts, while its issuer mode is {server.IssuerMode}"
        );
    }

    private static Verdict.Fail Fail(TokenCheck subject, AuthorizationServer? server, string issuer, string code, string why)
    {
        var place = subject.Issuer.Origin ?? subject.Location;
        var setting = subject.Jwt!.Issuer!;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands issuer '{issuer}', {why}"
                + (server is null || code == "dead-server" ? "" : $"; tokens of {server.Description} carry '{server.Issuer}'")
                + ". Every call fails with JwtIssuerMismatch.",
            Location = place,
            Cause = $"{subject.Cause}/issuer/{issuer}",
            Code = code,
            Facts =
            [
                new Fact("gateway", "issuer", issuer, place),
                .. server is null ? [] : new[] { new Fact("okta", "issuer", server.Issuer, server.Location.At("issuer")) },
            ],
            Related =
            [
                .. server is null ? [] : new[] { new RelatedPlace(server.Location.At("issuer"), $"the issuer of {server.Description}") },
                .. place == setting.Location ? [] : new[] { new RelatedPlace(setting.Location, "where it is demanded") },
            ],
            Remedy =
                server is null || code == "dead-server"
                    ? "Name the issuer of an active authorization server."
                    : $"Set the issuer here to '{server.Issuer}'.",
            Edits =
                server is { IsActive: true } && code != "unknown-server" && subject.Issuer is Resolution.Known known
                    ? ValueEdit.At(known, setting, server.Issuer)
                    : [],
        };
    }
}
