using Auditor.Cli.Output;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;

namespace Auditor.Cli.Configuration;

/// <summary>The Apigee organizations that can be read live: those of <c>auditor.yaml</c>, or the one of the environment (APIGEE_ORG).</summary>
internal static class ApigeeConnections
{
    /// <summary>The organizations, each with its credential.</summary>
    /// <exception cref="UsageException">An organization has no credential, or one that cannot be used.</exception>
    public static ImmutableArray<ApigeeConnection> Read(AuditorConfiguration configuration, ConsoleEnvironment environment)
    {
        var named = environment.Variable("APIGEE_ORG") is { Length: > 0 } organization ? organization : null;
        if (configuration.Apigee.IsEmpty)
        {
            return named is null ? [] : [Named(named, environment)];
        }

        return
        [
            .. configuration.Apigee.Select(settings =>
                Connection(
                    settings,
                    // The environment's host is that of the environment's organization; where it names none, of the only one there is.
                    named is null
                        ? configuration.Apigee.Length == 1
                        : named == settings.Organization,
                    environment,
                    configuration.File
                )
            ),
        ];
    }

    /// <summary>An organization with nothing but its name, and what the environment says.</summary>
    /// <param name="organization">The name; <c>-</c> where it is not known yet.</param>
    /// <param name="environment">The environment.</param>
    public static ApigeeConnection Named(string organization, ConsoleEnvironment environment) =>
        Connection(
            new ApigeeSettings(organization, null, null, null, null, [], new Model.SourceLocation("")),
            isTheirs: true,
            environment,
            null
        );

    private static ApigeeConnection Connection(ApigeeSettings settings, bool isTheirs, ConsoleEnvironment environment, string? file)
    {
        var allowLoopback = environment.Variable("AUDITOR_ALLOW_LOOPBACK_HTTP") == "1";
        Uri? Of(string variable) =>
            environment.Variable(variable) is { Length: > 0 } address
                ? ApigeeConnection.Address(address.TrimEnd('/'), variable, allowLoopback)
                : null;
        var connection = new ApigeeConnection
        {
            Organization = settings.Organization == "-" ? "-" : ApigeeConnection.Name(settings.Organization),
            Tokens = GoogleCredentials.Read(settings, environment, file),
            Endpoint =
                settings.Endpoint is { } endpoint ? ApigeeConnection.Address(endpoint, "endpoint", allowLoopback)
                : isTheirs ? Of("APIGEE_ENDPOINT")
                : null,
            KeyValueMapValues = settings.Include.Contains("kvm-values", StringComparer.Ordinal),
            AppCredentials = settings.Include.Contains("app-credentials", StringComparer.Ordinal),
        };
        // As gcloud reads them: other hosts of the same services, such as those behind Private Service Connect.
        return connection with
        {
            GlobalEndpoint = Of("CLOUDSDK_API_ENDPOINT_OVERRIDES_APIGEE") ?? connection.GlobalEndpoint,
            LoggingEndpoint = Of("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING") ?? connection.LoggingEndpoint,
            ResourceManagerEndpoint = Of("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER") ?? connection.ResourceManagerEndpoint,
        };
    }
}
