using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Aud;

/// <summary>One audience stands for several APIs that have nothing to do with each other.</summary>
public sealed class AudienceTooBroad : IRule<TrustedServer>
{
    // What Okta puts into the server it makes for every org (Okta, API access management, 2026-08).
    private const string Stock = "api://default";

    private static readonly RuleInfo Rule = new()
    {
        Id = "AUD-010",
        Name = "audience-too-broad",
        Title = "One audience stands for APIs or authorization servers that have nothing to do with each other",
        Level = Level.Warning,
        SecuritySeverity = 5.9,
        Cwe = 1220,
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
        if (!server.IsActive || server.Audiences.IsEmpty)
        {
            return Verdict.NotApplicable;
        }

        var audience = server.Audiences[0];
        var place = server.Location.At("audiences");
        var other = context
            .Landscape.Okta.SelectMany(org => org.AuthorizationServers.Items)
            .FirstOrDefault(candidate =>
                !ReferenceEquals(candidate, server) && candidate.IsActive && candidate.Audiences.Contains(audience, StringComparer.Ordinal)
            );
        if (other is not null)
        {
            return Fail(
                subject,
                audience,
                "two-servers",
                $"{Sentence(server.Description)} and {other.Description} issue the same audience '{audience}': of their tokens a backend, and every gateway that does not compare the issuer, cannot tell whose they are.",
                $"{subject.Server.OrgHost}/audience/{audience}",
                [new RelatedPlace(other.Location.At("audiences"), $"the audience of {other.Description}")]
            );
        }

        if (audience == Stock || audience == $"https://{server.OrgHost}")
        {
            return Fail(
                subject,
                audience,
                "stock",
                $"The audience of {server.Description} is '{audience}', which names no API: the same text stands in tokens of every org that left it as it was, and for whatever else this server serves.",
                subject.Key,
                []
            );
        }

        var organizations = subject.Checks.Select(check => check.Endpoint.Program.Organization).Distinct().ToList();
        if (organizations.Find(organization => !organization.IsBundlesOnly && !organization.Products.IsComplete) is { } unread)
        {
            return unread.Products.Coverage.IsGap
                ? new Verdict.NotAssessed($"the API products of '{unread.Name}': {unread.Products.Coverage.Reason}", place)
                : new Verdict.Open(
                    $"whether the proxies that accept '{audience}' belong together is not known: the API products of '{unread.Name}' were not collected",
                    "the API products",
                    place
                );
        }

        foreach (var organization in organizations.Where(organization => !organization.IsBundlesOnly))
        {
            var families = Families(organization, [.. ProxiesOf(subject, organization)]);
            if (families.Count > 1)
            {
                return Fail(
                    subject,
                    audience,
                    "families",
                    $"Audience '{audience}' of {server.Description} is accepted by proxies that no API product has in common: {string.Join("; ", families.Select(family => Phrase.List(family)))}. A token for one of them works at all.",
                    subject.Key,
                    [
                        .. subject
                            .Checks.DistinctBy(check => check.Endpoint.Program.Bundle.Name, StringComparer.Ordinal)
                            .Select(check => new RelatedPlace(check.Location, $"accepts it in {check.Endpoint.Program.Title}")),
                    ]
                );
            }
        }

        return Verdict.Pass;
    }

    private static IEnumerable<string> ProxiesOf(TrustedServer subject, ApigeeOrganization organization) =>
        subject
            .Checks.Where(check => check.Role == TokenRole.Bearer && ReferenceEquals(check.Endpoint.Program.Organization, organization))
            .Select(check => check.Endpoint.Program.Bundle.Name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    // Proxies that some product opens, joined where one opens several of them. A proxy of no product belongs to no family.
    private static List<List<string>> Families(ApigeeOrganization organization, List<string> proxies)
    {
        var families = new List<List<string>>();
        foreach (var product in organization.Products)
        {
            var opened = proxies
                .Where(proxy =>
                    product.Proxies.Contains(proxy, StringComparer.Ordinal) || product.Operations.Any(operation => operation.Proxy == proxy)
                )
                .ToList();
            if (opened.Count == 0)
            {
                continue;
            }

            var joined = families.Where(family => family.Exists(opened.Contains)).ToList();
            families.RemoveAll(joined.Contains);
            families.Add([
                .. joined.SelectMany(family => family).Concat(opened).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ]);
        }

        return [.. families.OrderBy(family => family[0], StringComparer.Ordinal)];
    }

    private static string Sentence(string description) => char.ToUpperInvariant(description[0]) + description[1..];

    private static Verdict.Fail Fail(
        TrustedServer subject,
        string audience,
        string code,
        string message,
        string cause,
        ImmutableArray<RelatedPlace> related
    )
    {
        var place = subject.Server.Location.At("audiences");
        return new Verdict.Fail
        {
            Message = message,
            Location = place,
            Cause = cause,
            Code = code,
            Facts = [new Fact("okta", "audience", audience, place)],
            Related = related,
            Remedy =
                "Give each API an authorization server, or at least an audience, of its own: the API's URL. Change the gateway and the server together; every consumer of the old audience must follow.",
        };
    }
}
