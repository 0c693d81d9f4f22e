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

        // Where it demands one issuer or another, the worst of them speaks.
        return subject
            .Issuer.Texts.Where(text => text.Length > 0)
            .Select(issuer => Judge(subject, issuer, context))
            .OrderBy(verdict =>
                verdict switch
                {
                    Verdict.Fail => 0,
                    Verdict.NotAssessed => 1,
                    Verdict.Open => 2,
                    Verdict.Passed => 3,
                    _ => 4,
                }
            )
            .FirstOrDefault(Verdict.NotApplicable);
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
                : Fail(subject, match, issuer, "dead-server", $"the issuer of {match.Description}, which is INACTIVE and issues no tokens");
        }

        if (OktaUrl.Read(issuer, context.Landscape) is not { } url)
        {
            if (servers.Find(pair => !pair.Org.Domains.IsComplete && IsBelow(issuer, pair.Server)) is { Server: { } server, Org: { } org })
            {
                return DomainsUnknown(subject, org, server, issuer);
            }

            return subject.ServerBy == "jwks"
                ? Fail(subject, subject.Server!, issuer, NearMiss.Between(issuer, subject.Server!.Issuer) ?? "other", null)
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
                return Fail(subject, server, issuer, near, $"they differ by {NearMiss.Words(near)}");
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
            return Trust.ServersUnknown(owner);
        }

        return subject.ServerBy == "jwks"
            ? Fail(subject, subject.Server!, issuer, "other", null)
            : Fail(subject, null, issuer, "unknown-server", $"which no authorization server of org '{owner.Host}' has");
    }

    // The path of a server under a host that may be a custom domain of its org.
    private static bool IsBelow(string issuer, AuthorizationServer server) =>
        Uri.TryCreate(issuer, UriKind.Absolute, out var uri)
        && string.Equals(uri.AbsolutePath.TrimEnd('/'), $"/oauth2/{server.Id}", StringComparison.Ordinal);

    private static Verdict.Open DomainsUnknown(TokenCheck subject, OktaOrg org, AuthorizationServer server, string issuer) =>
        new(
            $"{subject.Policy.Kind} '{subject.Policy.Name}' demands issuer '{issuer}', {server.Description} has '{server.Issuer}', and whether the first host is one of "
                + $"'{org.Host}' is not known: its domains were not collected",
            $"the domains of {org.Host} ({org.Domains.Coverage.Reason})",
            subject.Issuer.Origin ?? subject.Location
        );

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
            return Fail(subject, server, issuer, "document-as-issuer", "the first is the address of its keys or metadata");
        }

        if (
            !Uri.TryCreate(server.Issuer, UriKind.Absolute, out var own)
            || string.Equals(own.Host, url.Uri.Host, StringComparison.OrdinalIgnoreCase)
        )
        {
            return Fail(subject, server, issuer, "spelling", "they differ by their spelling");
        }

        if (!org.Domains.IsComplete)
        {
            return DomainsUnknown(subject, org, server, issuer);
        }

        return Fail(
            subject,
            server,
            issuer,
            "org-url-vs-custom-domain",
            $"both hosts are the org's, and the server's issuer mode is {server.IssuerMode}"
        );
    }

    // The reason is about the issuer alone where it is no active server's, and about both issuers otherwise; null: only the keys say which server is meant.
    private static Verdict.Fail Fail(TokenCheck subject, AuthorizationServer? server, string issuer, string code, string? why)
    {
        var alone = server is null || code == "dead-server";
        var place = subject.Issuer.Origin ?? subject.Location;
        var setting = subject.Jwt!.Issuer!;
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' demands issuer '{issuer}', "
                + (
                    alone
                        ? why
                        : $"and tokens of {server!.Description} carry '{server.Issuer}'"
                            + (why is null ? ", whose keys it uses" : $": {why}")
                )
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
            Remedy = alone
                ? "Set the issuer here to that of the active authorization server whose tokens this API takes."
                : $"Set the issuer here to '{server!.Issuer}'.",
            Edits =
                !alone && server!.IsActive && subject.Issuer is Resolution.Known known ? ValueEdit.At(known, setting, server.Issuer) : [],
        };
    }
}
