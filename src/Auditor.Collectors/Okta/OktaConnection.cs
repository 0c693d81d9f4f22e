using System.Text.RegularExpressions;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;

namespace Auditor.Collectors.Okta;

/// <summary>How to reach an Okta org.</summary>
public sealed partial record OktaConnection
{
    /// <summary>The org's address: scheme and host, checked.</summary>
    public required Uri Url { get; init; }

    /// <summary>What to authenticate with.</summary>
    public required OktaCredential Credential { get; init; }

    /// <summary>The scopes to ask for; empty for those of everything that is read by default. What a list leaves out is not read, which is no gap.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>Whether the requests that are made once per app are made for every app, and not only for those that a policy, a gateway key or a grant names.</summary>
    public bool EveryApp { get; init; }

    /// <summary>Whether the ages of client secrets are read. Okta answers that with the secrets, which are dropped, and logs the reading.</summary>
    public bool SecretAges { get; init; }

    /// <summary>From when on changes are read from the System Log; null for not at all.</summary>
    public DateTimeOffset? LogSince { get; init; }

    /// <summary>The keys that gateways know their callers by, some of which are client ids, once they are known; null when no gateway is read beside the org.</summary>
    public Task<ImmutableHashSet<string>>? GatewayKeys { get; init; }

    /// <summary>Client ids that must be visible: when one is not, the list of apps is not complete.</summary>
    public ImmutableArray<string> MustSee { get; init; } = [];

    /// <summary>
    /// Checks an address the way Okta's own clients do: https, no admin console, no placeholder, nothing behind the host. With <paramref name="allowLoopback"/>, plain
    /// http to 127.0.0.1 or [::1] passes, for tests and demos.
    /// </summary>
    /// <exception cref="InputException">The address cannot be used; says why.</exception>
    public static Uri Address(string text, bool allowLoopback)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Placeholder().IsMatch(text))
        {
            throw Refused("it still holds a placeholder: write your org's address, like https://acme.okta.com");
        }

        var full = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (
            !Uri.TryCreate(full, UriKind.Absolute, out var url)
            || full.IndexOf("://", StringComparison.Ordinal) != full.LastIndexOf("://", StringComparison.Ordinal)
            || url.Host.Length == 0
        )
        {
            throw Refused("it is no address: write it like https://acme.okta.com");
        }

        if (url.UserInfo.Length > 0)
        {
            throw Refused("it holds a user name or password");
        }

        if (url.PathAndQuery.Length > 1 || url.Fragment.Length > 0)
        {
            throw Refused("only scheme and host belong there: write it like https://acme.okta.com");
        }

        if (url.Host.EndsWith(".com.com", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused("it ends in .com twice");
        }

        if (AdminConsole().IsMatch(url.Host))
        {
            throw Refused("it is the admin console's host: leave out '-admin'");
        }

        return url.Scheme == Uri.UriSchemeHttps ? new Uri(url.GetLeftPart(UriPartial.Authority))
            : url.Scheme == Uri.UriSchemeHttp && allowLoopback && url.Host is "127.0.0.1" or "[::1]"
                ? new Uri(url.GetLeftPart(UriPartial.Authority))
            : throw Refused("it must begin with https://");
    }

    private static InputException Refused(string why) => new($"The address of the Okta org cannot be used: {why}.");

    [GeneratedRegex("""[{}<>$%\s]|your-?okta-?domain""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 200)]
    private static partial Regex Placeholder();

    [GeneratedRegex(
        """-admin\.(okta|oktapreview|okta-emea|okta-gov|trexcloud)\.com$|-admin\.okta\.mil$""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        200
    )]
    private static partial Regex AdminConsole();
}

/// <summary>What to authenticate with at an Okta org.</summary>
public abstract class OktaCredential
{
    private OktaCredential() { }

    /// <summary>The kind in words: <c>service app 0oa…</c>, <c>API token</c>.</summary>
    public abstract string Description { get; }

    /// <summary>An OAuth 2.0 service app that signs with its private key: short-lived tokens of exactly the granted scopes. What to prefer.</summary>
    /// <param name="clientId">The client id.</param>
    /// <param name="key">The key that the app has registered.</param>
    public sealed class ServiceApp(string clientId, ClientKey key) : OktaCredential
    {
        /// <summary>The client id.</summary>
        public string ClientId => clientId;

        /// <summary>The key.</summary>
        internal ClientKey Key => key;

        /// <inheritdoc/>
        public override string Description => "service app " + clientId;
    }

    /// <summary>An API token (SSWS): lives long and may do whatever the user who made it may do. The fallback.</summary>
    public sealed class ApiToken(Secret token) : OktaCredential
    {
        internal Secret Token => token;

        /// <inheritdoc/>
        public override string Description => "API token (SSWS)";
    }

    /// <summary>An access token that somebody else obtained.</summary>
    public sealed class AccessToken(Secret token) : OktaCredential
    {
        internal Secret Token => token;

        /// <inheritdoc/>
        public override string Description => "access token";
    }
}
