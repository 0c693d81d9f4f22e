using System.Text;
using System.Text.Json;
using Auditor.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace Auditor.Cli.Configuration;

/// <summary>
/// What Okta's own clients would use: <c>~/.okta/okta.yaml</c>, <c>./okta.yaml</c>, the environment variables of the SDKs (OKTA_CLIENT_…), those of the Terraform
/// provider (OKTA_ORG_NAME, OKTA_API_…). Later ones win, member by member.
/// </summary>
internal sealed record OktaClientSettings
{
    /// <summary>The org's address; null when nothing names one.</summary>
    public string? Url { get; init; }

    /// <summary>SSWS, PrivateKey or BearerToken; null to go by what is given.</summary>
    public string? Mode { get; init; }

    /// <summary>The API token (SSWS).</summary>
    public string? ApiToken { get; init; }

    /// <summary>The ready access token.</summary>
    public string? AccessToken { get; init; }

    /// <summary>The client id of a service app.</summary>
    public string? ClientId { get; init; }

    /// <summary>Its private key: PEM, a JSON Web Key, or the path of a file with either.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The key id.</summary>
    public string? PrivateKeyId { get; init; }

    /// <summary>The scopes to ask for.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>Reads the files and the environment.</summary>
    /// <exception cref="UsageException">A file cannot be read, or others can read its secrets.</exception>
    public static OktaClientSettings Read(ConsoleEnvironment environment)
    {
        var settings = new OktaClientSettings();
        if ((environment.Variable("HOME") ?? environment.Variable("USERPROFILE")) is { Length: > 0 } home)
        {
            settings = settings.With(Path.Combine(home, ".okta", "okta.yaml"), "~/.okta/okta.yaml");
        }

        settings = settings.With(Path.Combine(environment.WorkingFolder, "okta.yaml"), "okta.yaml");
        string? Of(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (environment.Variable(name) is { Length: > 0 } value)
                {
                    return value;
                }
            }

            return null;
        }

        var terraform = Of("OKTA_ORG_NAME") is { } org ? $"https://{org}.{Of("OKTA_BASE_URL") ?? "okta.com"}" : null;
        return settings with
        {
            Url = Of("OKTA_CLIENT_ORGURL", "OKTA_CLIENT_OKTADOMAIN") ?? terraform ?? settings.Url,
            Mode = Of("OKTA_CLIENT_AUTHORIZATIONMODE") ?? settings.Mode,
            ApiToken = Of("OKTA_CLIENT_TOKEN", "OKTA_API_TOKEN") ?? settings.ApiToken,
            AccessToken = Of("OKTA_CLIENT_ACCESSTOKEN", "OKTA_ACCESS_TOKEN") ?? settings.AccessToken,
            ClientId = Of("OKTA_CLIENT_CLIENTID", "OKTA_API_CLIENT_ID") ?? settings.ClientId,
            PrivateKey = Of("OKTA_CLIENT_PRIVATEKEY", "OKTA_API_PRIVATE_KEY") ?? settings.PrivateKey,
            PrivateKeyId = Of("OKTA_CLIENT_PRIVATEKEYID", "OKTA_API_PRIVATE_KEY_ID") ?? settings.PrivateKeyId,
            Scopes = Of("OKTA_CLIENT_SCOPES", "OKTA_API_SCOPES") is { } scopes ? Words(scopes) : settings.Scopes,
        };
    }

    private OktaClientSettings With(string path, string shown)
    {
        if (!File.Exists(path) || YamlFile.Read(path, shown) is not { } root || Node(root, "okta") is not YamlMappingNode okta)
        {
            return this;
        }

        if (Node(okta, "client") is not YamlMappingNode client)
        {
            return this;
        }

        var file = new OktaClientSettings
        {
            Url = Text(client, "oktaDomain") ?? Text(client, "orgUrl"),
            Mode = Text(client, "authorizationMode"),
            ApiToken = Text(client, "token"),
            AccessToken = Text(client, "accessToken"),
            ClientId = Text(client, "clientId"),
            PrivateKey = Node(client, "privateKey") is YamlMappingNode key ? Json(key) : Text(client, "privateKey"),
            PrivateKeyId = Text(client, "privateKeyId"),
            Scopes = Node(client, "scopes") switch
            {
                YamlSequenceNode list => [.. list.Children.OfType<YamlScalarNode>().Select(scope => scope.Value ?? "")],
                YamlScalarNode scopes => Words(scopes.Value ?? ""),
                _ => [],
            },
        };
        if (file.ApiToken is not null || file.AccessToken is not null || file.PrivateKey is not null)
        {
            SecretFile.RequirePrivate(path, shown);
        }

        return new OktaClientSettings
        {
            Url = file.Url ?? Url,
            Mode = file.Mode ?? Mode,
            ApiToken = file.ApiToken ?? ApiToken,
            AccessToken = file.AccessToken ?? AccessToken,
            ClientId = file.ClientId ?? ClientId,
            PrivateKey = file.PrivateKey ?? PrivateKey,
            PrivateKeyId = file.PrivateKeyId ?? PrivateKeyId,
            Scopes = file.Scopes.IsEmpty ? Scopes : file.Scopes,
        };
    }

    private static ImmutableArray<string> Words(string text) =>
        [.. text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static YamlNode? Node(YamlMappingNode map, string key) =>
        map
            .Children.FirstOrDefault(member =>
                member.Key is YamlScalarNode { Value: { } name } && string.Equals(name, key, StringComparison.OrdinalIgnoreCase)
            )
            .Value;

    private static string? Text(YamlMappingNode map, string key) =>
        Node(map, key) is YamlScalarNode { Value.Length: > 0 } scalar ? scalar.Value : null;

    // A JSON Web Key written as YAML: texts only.
    private static string Json(YamlMappingNode map)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in map.Children)
            {
                if (key is YamlScalarNode { Value: { } name } && value is YamlScalarNode text)
                {
                    writer.WriteString(name, text.Value);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
