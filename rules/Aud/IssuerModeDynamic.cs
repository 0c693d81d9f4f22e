using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Aud;

/// <summary>The issuer of a server follows the host that the client called, and the gateway demands one.</summary>
public sealed class IssuerModeDynamic : IRule<TrustedServer>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-005",
        Name = "issuer-mode-dynamic",
        Title = "The issuer of a server depends on the host that clients call, and the gateway accepts only some of them",
        Level = Level.Warning,
        SecuritySeverity = 5.6,
        Cwe = 346,
        Fix = FixKind.Manual,
        Subjects = "trusted authorization servers",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TrustedServer subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(context);
        var server = subject.Server;
        if (!server.HasDynamicIssuer)
        {
            return Verdict.Pass;
        }

        var org = context.Landscape.Okta.First(candidate => candidate.Host == server.OrgHost);
        if (!org.Domains.IsComplete)
        {
            return org.Domains.Coverage.IsGap
                ? new Verdict.NotAssessed($"the domains of '{org.Host}': {org.Domains.Coverage.Reason}", server.Location.At("issuerMode"))
                : new Verdict.Open(
                    $"by which hosts clients reach {server.Description}, whose issuer follows the host, is not known: the domains of '{org.Host}' were not collected",
                    $"the domains of {org.Host}",
                    server.Location.At("issuerMode")
                );
        }

        var issuers = org
            .Domains.Where(domain => domain.IsVerified)
            .Select(domain => domain.Name)
            .Prepend(org.Host)
            .Select(host => $"https://{host}/oauth2/{server.Id}")
            .ToList();
        foreach (var endpoint in subject.Checks.Select(check => check.Endpoint).Distinct())
        {
            // All checks of the endpoint: each host may have a verification of its own.
            var demanded = endpoint
                .Checks.Where(check => check is { Kind: TokenCheckKind.Jwt, Role: TokenRole.Bearer, Issuer.IsKnown: true })
                .SelectMany(check => check.Issuer.Texts)
                .ToHashSet(StringComparer.Ordinal);
            var refused = issuers.Where(issuer => !demanded.Contains(issuer)).ToList();

            // That no issuer of the server is demanded, or none at all, is another rule's business.
            if (refused.Count > 0 && refused.Count < issuers.Count)
            {
                return Fail(subject, endpoint, issuers.Except(refused, StringComparer.Ordinal).First(), refused);
            }
        }

        return Verdict.Pass;
    }

    private static Verdict.Fail Fail(TrustedServer subject, TracedEndpoint endpoint, string accepted, List<string> refused)
    {
        var place = subject.Server.Location.At("issuerMode");
        var check = subject.Checks.First(check => ReferenceEquals(check.Endpoint, endpoint));
        return new Verdict.Fail
        {
            Message =
                $"The issuer of {subject.Server.Description} follows the host of the token request (DYNAMIC), and {endpoint.Program.Bundle.Description} accepts '{accepted}' alone: "
                + $"tokens that clients obtain at another host carry {Phrase.List(refused)} and fail with JwtIssuerMismatch.",
            Location = place,
            Cause = $"{subject.Key}/issuerMode",
            Facts =
            [
                new Fact("gateway", "issuer", accepted, check.Issuer.Origin ?? check.Location),
                new Fact("okta", "issuers", string.Join(", ", refused.Prepend(accepted)), place),
            ],
            Related = [new RelatedPlace(check.Location, "where one of them is demanded")],
            Remedy =
                "Set the issuer mode of the server to CUSTOM_URL once all clients use the custom domain; until then verify in two branches, chosen by the iss that DecodeJWT reads, and demand one issuer in each.",
        };
    }
}
