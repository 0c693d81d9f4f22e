using Auditor.Model;

namespace Auditor.Rules;

/// <summary>Whose a host is, as far as names tell.</summary>
internal static class Hosts
{
    // Services of language models, by the hosts that their vendors document (2026-08).
    private static readonly string[] Models =
    [
        "api.openai.com",
        "openai.azure.com",
        "api.anthropic.com",
        "api.mistral.ai",
        "api.cohere.com",
        "generativelanguage.googleapis.com",
        "aiplatform.googleapis.com",
    ];

    // Names that only resolve inside a network (RFC 6762, RFC 8375, ICANN's resolution 2024.07.29.06 on .internal, Kubernetes' DNS for services).
    private static readonly string[] Internal = [".internal", ".local", ".home.arpa", ".svc", ".lan", ".corp"];

    /// <summary>Whether the host can only be reached inside a network: a name without a dot, a reserved suffix, a private address (RFC 1918).</summary>
    public static bool IsInternal(string host)
    {
        if (Octets(host) is { } address)
        {
            return address is [10, ..] or [127, ..] or [192, 168, ..] or [172, >= 16 and <= 31, ..];
        }

        return !host.Contains('.', StringComparison.Ordinal)
            || Internal.Any(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            || host.Contains(".internal.", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a language model answers there.</summary>
    public static bool IsModel(string host) =>
        Models.Any(model =>
            host.EndsWith(model, StringComparison.OrdinalIgnoreCase)
            || (
                model.EndsWith("googleapis.com", StringComparison.Ordinal) && host.EndsWith("-" + model, StringComparison.OrdinalIgnoreCase)
            )
        );

    /// <summary>The domains that belong to the owner of the estate: of the host names of environment groups and of Okta's custom domains.</summary>
    public static ImmutableArray<string> OwnDomains(Landscape landscape) =>
        [
            .. landscape
                .Apigee.SelectMany(organization => organization.EnvironmentGroups.Items)
                .SelectMany(group => group.Hostnames)
                .Concat(landscape.Okta.SelectMany(org => org.Domains.Items).Select(domain => domain.Name))
                .Select(Domain)
                .OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.OrdinalIgnoreCase),
        ];

    /// <summary>Whether the host lies in one of the domains.</summary>
    public static bool IsIn(string host, IEnumerable<string> domains) =>
        domains.Any(domain =>
            string.Equals(host, domain, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>
    /// The last two labels of a host, three where the second is a public suffix of a country (<c>co.uk</c>). A guess that errs towards the larger domain; null for
    /// hosts without one and for the shared domains of cloud platforms.
    /// </summary>
    public static string? Domain(string host)
    {
        var labels = host.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (labels.Length < 2 || Octets(host) is not null)
        {
            return null;
        }

        var take = labels.Length > 2 && labels[^1].Length == 2 && labels[^2] is "co" or "com" or "ac" or "gov" or "org" or "net" ? 3 : 2;
        var domain = string.Join('.', labels[^Math.Min(take, labels.Length)..]);
        return
            domain.ToLowerInvariant()
                is "run.app"
                    or "apigee.net"
                    or "azurewebsites.net"
                    or "amazonaws.com"
                    or "cloudfront.net"
                    or "herokuapp.com"
                    or "appspot.com"
                    or "googleapis.com"
                    or "nip.io"
            ? null
            : domain;
    }

    // The four numbers of an IPv4 address.
    private static byte[]? Octets(string host)
    {
        var parts = host.Split('.');
        var octets = new byte[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out octets[i]))
            {
                return null;
            }
        }

        return octets.Length == 4 ? octets : null;
    }
}
