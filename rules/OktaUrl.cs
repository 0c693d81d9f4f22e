using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Rules;

/// <summary>What a URL says about Okta: whose host it is, and which authorization server it belongs to.</summary>
internal sealed class OktaUrl
{
    // The domains that Okta gives to orgs (management API reference, 2026-08). A custom domain is known only from the org.
    private static readonly string[] Suffixes =
    [
        ".okta.com",
        ".oktapreview.com",
        ".okta-emea.com",
        ".okta-gov.com",
        ".okta.mil",
        ".trex-govcloud.com",
    ];

    private OktaUrl(Uri uri, OktaOrg? org)
    {
        Uri = uri;
        Org = org;
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        ServerId = segments.Length >= 2 && segments[0] == "oauth2" && segments[1] != "v1" ? segments[1] : null;
    }

    /// <summary>The URL.</summary>
    public Uri Uri { get; }

    /// <summary>The org whose host it is; null when the host is Okta's by its name only.</summary>
    public OktaOrg? Org { get; }

    /// <summary>The id of the custom authorization server; null for the org authorization server.</summary>
    public string? ServerId { get; }

    /// <summary>The URL without what follows the server: the issuer it belongs to.</summary>
    public string Issuer =>
        ServerId is null ? Uri.GetLeftPart(UriPartial.Authority) : $"{Uri.GetLeftPart(UriPartial.Authority)}/oauth2/{ServerId}";

    /// <summary>Reads a URL; null when it is none, or not Okta's as far as can be known.</summary>
    public static OktaUrl? Read(string text, Landscape landscape)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            return null;
        }

        var org = landscape.Okta.FirstOrDefault(candidate => candidate.HasHost(uri.Host));
        return org is not null || IsOktaHost(uri.Host) ? new OktaUrl(uri, org) : null;
    }

    /// <summary>Whether the host is one that Okta gives out.</summary>
    public static bool IsOktaHost(string host) => Suffixes.Any(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a host that is not Okta's has one of Okta's in front: <c>acme.okta.com.evil.example</c>.</summary>
    public static bool LooksLikeOkta(string host) =>
        !IsOktaHost(host) && Suffixes.Any(suffix => host.Contains(suffix + ".", StringComparison.OrdinalIgnoreCase));
}
