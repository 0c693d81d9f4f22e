using Auditor.Cli.Output;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;

namespace Auditor.Cli.Configuration;

/// <summary>The Okta orgs that can be read live: those of <c>auditor.yaml</c>, or the one of the environment.</summary>
internal static class OktaConnections
{
    /// <summary>The orgs, each with its credential.</summary>
    /// <exception cref="UsageException">An org has no credential, or one that cannot be used.</exception>
    public static ImmutableArray<OktaConnection> Read(AuditorConfiguration configuration, ConsoleEnvironment environment)
    {
        var allowLoopback = environment.Variable("AUDITOR_ALLOW_LOOPBACK_HTTP") == "1";
        var client = OktaClientSettings.Read(environment);
        if (configuration.Okta.IsEmpty)
        {
            return client.Url is { } url
                ?
                [
                    new OktaConnection
                    {
                        Url = OktaConnection.Address(url, allowLoopback),
                        Credential = Credential(client, environment, url),
                        Scopes = client.Scopes,
                    },
                ]
                : [];
        }

        var folder = configuration.File is { } file ? Path.GetDirectoryName(file)! : environment.WorkingFolder;
        return
        [
            .. configuration.Okta.Select(org =>
            {
                var url = OktaConnection.Address(org.Url, allowLoopback);
                // The environment's credential is for the environment's org; where it names none, for the only one there is.
                var isTheirs = client.Url is { } named
                    ? OktaConnection.Address(named, allowLoopback) == url
                    : configuration.Okta.Length == 1;
                var settings = isTheirs ? client : new OktaClientSettings();
                settings = settings with
                {
                    ClientId = org.ClientId ?? settings.ClientId,
                    PrivateKey = org.PrivateKeyFile is { } key ? Path.GetFullPath(key, folder) : settings.PrivateKey,
                    PrivateKeyId = org.PrivateKeyId ?? settings.PrivateKeyId,
                    ApiToken = org.ApiTokenFile is { } token ? SecretFile.Read(Path.GetFullPath(token, folder), token) : settings.ApiToken,
                    Mode =
                        org.PrivateKeyFile is not null ? "PrivateKey"
                        : org.ApiTokenFile is not null ? "SSWS"
                        : settings.Mode,
                };
                return new OktaConnection
                {
                    Url = url,
                    Credential = Credential(settings, environment, org.Name ?? org.Url),
                    Scopes = org.Scopes.IsEmpty ? settings.Scopes : org.Scopes,
                    EveryApp = org.EveryApp,
                    MustSee = org.MustSee,
                };
            }),
        ];
    }

    private static OktaCredential Credential(OktaClientSettings settings, ConsoleEnvironment environment, string org)
    {
        var mode =
            settings.Mode?.ToUpperInvariant()
            ?? (
                settings.PrivateKey is not null ? "PRIVATEKEY"
                : settings.AccessToken is not null ? "BEARERTOKEN"
                : "SSWS"
            );
        return mode switch
        {
            "PRIVATEKEY" => new OktaCredential.ServiceApp(
                settings.ClientId ?? throw Missing(org, "a client id: set OKTA_CLIENT_CLIENTID, or clientId in auditor.yaml"),
                Key(settings, environment, org)
            ),
            "BEARERTOKEN" => new OktaCredential.AccessToken(
                new Secret(HeaderText(settings.AccessToken, org) ?? throw Missing(org, "an access token: set OKTA_CLIENT_ACCESSTOKEN"))
            ),
            "SSWS" => new OktaCredential.ApiToken(
                new Secret(
                    HeaderText(settings.ApiToken, org)
                        ?? throw Missing(
                            org,
                            "a credential: set OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY for a service app (preferred), or OKTA_CLIENT_TOKEN"
                        )
                )
            ),
            _ => throw new UsageException("OKTA_CLIENT_AUTHORIZATIONMODE must be PrivateKey, SSWS or BearerToken."),
        };
    }

    private static ClientKey Key(OktaClientSettings settings, ConsoleEnvironment environment, string org)
    {
        var text =
            settings.PrivateKey?.Trim()
            ?? throw Missing(
                org,
                "a private key: set OKTA_CLIENT_PRIVATEKEY (PEM, JSON Web Key, or a path), or privateKeyFile in auditor.yaml"
            );
        if (!text.StartsWith('{') && !text.StartsWith("-----", StringComparison.Ordinal))
        {
            // What is no file may be a key that lost its first line: it is not quoted.
            var file = Path.GetFullPath(text, environment.WorkingFolder);
            text = File.Exists(file)
                ? SecretFile.Read(file, Path.GetRelativePath(environment.WorkingFolder, file))
                : throw Missing(
                    org,
                    "a private key, and what it was given is neither PEM, nor a JSON Web Key, nor the path of a file that is there"
                );
        }

        return ClientKey.Parse(text, settings.PrivateKeyId);
    }

    // What goes into a header must not be able to begin another one.
    private static string? HeaderText(string? token, string org) =>
        token is null or "" ? null
        : token.Trim() is var text && text.All(c => c is > ' ' and < '\u007f') ? text
        : throw new UsageException($"The token for the Okta org '{org}' holds characters that no token has.");

    private static UsageException Missing(string org, string what) => new($"The Okta org '{org}' needs {what}.");
}
