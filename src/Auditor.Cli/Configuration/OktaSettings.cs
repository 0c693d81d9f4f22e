namespace Auditor.Cli.Configuration;

/// <summary>An Okta org as <c>auditor.yaml</c> names it. Secrets are in files or in the environment, never in it.</summary>
/// <param name="Name">A short name; null when none is given.</param>
/// <param name="Url">The org's address.</param>
/// <param name="ClientId">The client id of the service app; null for that of the environment.</param>
/// <param name="PrivateKeyFile">The file of its private key, relative to the configuration; null for that of the environment.</param>
/// <param name="PrivateKeyId">The key id; null for the one in the key.</param>
/// <param name="ApiTokenFile">The file of an API token (SSWS); null for none.</param>
/// <param name="Scopes">The scopes to ask for; empty for those of everything that is read by default.</param>
/// <param name="EveryApp">Whether requests per app are made for every app.</param>
/// <param name="MustSee">Client ids that must be visible.</param>
/// <param name="Location">Where it is written.</param>
internal sealed record OktaSettings(
    string? Name,
    string Url,
    string? ClientId,
    string? PrivateKeyFile,
    string? PrivateKeyId,
    string? ApiTokenFile,
    ImmutableArray<string> Scopes,
    bool EveryApp,
    ImmutableArray<string> MustSee,
    Model.SourceLocation Location
)
{
    /// <summary>Reads the list <c>okta</c> of the configuration.</summary>
    public static ImmutableArray<OktaSettings> Read(YamlMap map) =>
        [
            .. map.Maps(
                    "okta",
                    "name",
                    "url",
                    "clientId",
                    "privateKeyFile",
                    "privateKeyId",
                    "apiTokenFile",
                    "scopes",
                    "everyApp",
                    "mustSee"
                )
                .Select(org => new OktaSettings(
                    org.Text("name"),
                    org.Origin("url"),
                    org.Text("clientId"),
                    org.Text("privateKeyFile"),
                    org.Text("privateKeyId"),
                    org.Text("apiTokenFile"),
                    org.Texts("scopes"),
                    org.Word("everyApp", "true", "false") == "true",
                    org.Texts("mustSee"),
                    org.Location
                )),
        ];
}
