namespace Auditor.Cli.Configuration;

/// <summary>An Apigee organization as <c>auditor.yaml</c> names it. Credentials are in files or in the environment, never in it.</summary>
/// <param name="Organization">The organization's name.</param>
/// <param name="Endpoint">The host of its management API; null to ask where it is.</param>
/// <param name="CredentialsFile">The file of a Google credential, relative to the configuration; null for that of the environment.</param>
/// <param name="Impersonate">The service account to act as; null for none, or that of the environment.</param>
/// <param name="QuotaProject">The project that requests count against; null for that of the credential.</param>
/// <param name="Include">What is read although it is off by default.</param>
/// <param name="Location">Where it is written.</param>
internal sealed record ApigeeSettings(
    string Organization,
    string? Endpoint,
    string? CredentialsFile,
    string? Impersonate,
    string? QuotaProject,
    ImmutableArray<string> Include,
    Model.SourceLocation Location
)
{
    /// <summary>Reads the list <c>apigee</c> of the configuration.</summary>
    public static ImmutableArray<ApigeeSettings> Read(YamlMap map) =>
        [
            .. map.Maps("apigee", "organization", "endpoint", "credentialsFile", "impersonate", "quotaProject", "include")
                .Select(organization => new ApigeeSettings(
                    organization.Required("organization"),
                    organization.Has("endpoint") ? organization.Origin("endpoint") : null,
                    organization.Text("credentialsFile"),
                    organization.Text("impersonate"),
                    organization.Text("quotaProject"),
                    organization.Words("include", Optional),
                    organization.Location
                )),
        ];

    /// <summary>What of an organization is read only when asked for.</summary>
    public static string[] Optional { get; } = ["kvm-values", "app-credentials"];
}
