using System.Text.RegularExpressions;
using Auditor.Collectors.Inputs;

namespace Auditor.Collectors.Apigee;

/// <summary>How to reach an Apigee organization, and how much of it to read.</summary>
public sealed partial record ApigeeConnection
{
    /// <summary>The organization's name, checked.</summary>
    public required string Organization { get; init; }

    /// <summary>What to authenticate with.</summary>
    public required IGoogleTokens Tokens { get; init; }

    /// <summary>The host of the management API; null to ask the global host where the organization's control plane is.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The host that knows where control planes are.</summary>
    public Uri GlobalEndpoint { get; init; } = new("https://apigee.googleapis.com");

    /// <summary>The host of a control plane's location.</summary>
    public Func<string, Uri> RegionalEndpoint { get; init; } = location => new Uri($"https://{location}-apigee.googleapis.com");

    /// <summary>The host of Cloud Logging, which keeps the audit log.</summary>
    public Uri LoggingEndpoint { get; init; } = new("https://logging.googleapis.com");

    /// <summary>The host of the Resource Manager, which knows the rights of the caller; only examinations ask it.</summary>
    public Uri ResourceManagerEndpoint { get; init; } = new("https://cloudresourcemanager.googleapis.com");

    /// <summary>Whether the values of key value maps are read. What is not public configuration leaves a fingerprint.</summary>
    public bool KeyValueMapValues { get; init; }

    /// <summary>Whether the keys of apps are read. Their secrets leave a fingerprint.</summary>
    public bool AppCredentials { get; init; }

    /// <summary>From when on changes are read from the audit log; null for not at all.</summary>
    public DateTimeOffset? AuditLogSince { get; init; }

    /// <summary>Where bundles are kept from one run to the next; null for nowhere.</summary>
    public BundleCache? Cache { get; init; }

    /// <summary>Checks the name of an organization.</summary>
    /// <exception cref="InputException">It is none; says why.</exception>
    public static string Name(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsName(text)
            ? text
            : throw new InputException(
                "The name of the Apigee organization cannot be used: it has letters, digits and hyphens, like the project it belongs to."
            );
    }

    /// <summary>Whether a text can be the name of an organization, or of a project, which are alike.</summary>
    internal static bool IsName(string text) => OrganizationName().IsMatch(text);

    /// <summary>
    /// Checks the address of a host of Google's: https and nothing behind the host. With <paramref name="allowLoopback"/>, plain http to 127.0.0.1 or [::1] passes, for
    /// tests and demos.
    /// </summary>
    /// <param name="text">The address.</param>
    /// <param name="what">Where it comes from, for the message.</param>
    /// <param name="allowLoopback">Whether plain http to this machine passes.</param>
    /// <exception cref="InputException">The address cannot be used; says why.</exception>
    public static Uri Address(string text, string what, bool allowLoopback)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (
            !Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text, UriKind.Absolute, out var url)
            || url.Host.Length == 0
            || url.UserInfo.Length > 0
            || url.PathAndQuery.Length > 1
            || url.Fragment.Length > 0
        )
        {
            throw new InputException($"{what} cannot be used: only scheme and host belong there, like https://eu-apigee.googleapis.com.");
        }

        return url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && allowLoopback && url.Host is "127.0.0.1" or "[::1]")
            ? new Uri(url.GetLeftPart(UriPartial.Authority))
            : throw new InputException($"{what} cannot be used: it must begin with https://.");
    }

    [GeneratedRegex(
        "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        Secrets.SecretShapes.Patience
    )]
    private static partial Regex OrganizationName();
}
