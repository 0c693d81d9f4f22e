using Auditor.Cli.Output;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Secrets;
using Auditor.Google;

namespace Auditor.Cli.Configuration;

/// <summary>
/// Which of Google's credentials is meant, as Google's own tools decide it: a ready token (GOOGLE_OAUTH_ACCESS_TOKEN), the file that GOOGLE_APPLICATION_CREDENTIALS names,
/// what <c>gcloud auth application-default login</c> left, the machine's own; and with any of them the service account of GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.
/// </summary>
internal static class GoogleCredentials
{
    /// <summary>The credential for an organization. The machine's own is found out only when a token is needed.</summary>
    /// <exception cref="UsageException">There is none, or one that cannot be used.</exception>
    public static IGoogleTokens Read(ApigeeSettings settings, ConsoleEnvironment environment, string? file)
    {
        var allowLoopback = environment.Variable("AUDITOR_ALLOW_LOOPBACK_HTTP") == "1";
        var quotaProject = settings.QuotaProject ?? Of(environment, "GOOGLE_CLOUD_QUOTA_PROJECT");
        var account = settings.Impersonate ?? Of(environment, "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT");
        Uri? Host(string variable) =>
            Of(environment, variable) is { } address
                ? ApigeeConnection.Address(
                    Uri.TryCreate(address, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Authority) : address,
                    variable,
                    allowLoopback
                )
                : null;
        var hosts = new GoogleHosts(
            allowLoopback,
            Host("CLOUDSDK_AUTH_TOKEN_HOST"),
            Host("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS")
        );
        if (account?.Contains('@', StringComparison.Ordinal) == false || account?.Any(c => c is <= ' ' or '/' or '?' or '#') == true)
        {
            throw new UsageException(
                $"The service account to act as for '{settings.Organization}' is no address: write it like audit@acme.iam.gserviceaccount.com."
            );
        }

        if (settings.CredentialsFile is null && Of(environment, "GOOGLE_OAUTH_ACCESS_TOKEN")?.Trim() is { } token)
        {
            // What goes into a header must not be able to begin another one.
            return !token.All(c => c is > ' ' and < '\u007f')
                    ? throw new UsageException("GOOGLE_OAUTH_ACCESS_TOKEN holds characters that no token has.")
                : account is null ? new ReadyToken(new Secret(token), quotaProject)
                : throw new UsageException(
                    "A ready token cannot act as a service account: take GOOGLE_OAUTH_ACCESS_TOKEN away, or give it a token of that account ('gcloud auth print-access-token --impersonate-service-account')."
                );
        }

        var (path, shown, mustExist) = FileOf(settings, environment, file);
        if (path is null || (!mustExist && !File.Exists(path)))
        {
            return new MachineTokens(hosts, quotaProject, account);
        }

        try
        {
            var tokens = GoogleTokens.FromJson(SecretFile.Read(path, shown), hosts, quotaProject);
            return account is null ? tokens : tokens.ActingAs(account, hosts);
        }
        catch (GoogleTokenException e)
        {
            throw new UsageException($"'{shown}': {e.Message}.");
        }
    }

    private static (string? Path, string Shown, bool MustExist) FileOf(
        ApigeeSettings settings,
        ConsoleEnvironment environment,
        string? configuration
    )
    {
        if (settings.CredentialsFile is { } own)
        {
            return (Path.GetFullPath(own, Path.GetDirectoryName(configuration) ?? environment.WorkingFolder), own, true);
        }

        if (Of(environment, "GOOGLE_APPLICATION_CREDENTIALS") is { } named)
        {
            return (Path.GetFullPath(named, environment.WorkingFolder), Path.GetFileName(named), true);
        }

        const string Name = "application_default_credentials.json";
        return (
            Of(environment, "CLOUDSDK_CONFIG") is { } gcloud ? Path.Combine(gcloud, Name)
            : OperatingSystem.IsWindows()
                ? Of(environment, "APPDATA") is { } data ? Path.Combine(data, "gcloud", Name)
                    : null
            : Of(environment, "HOME") is { } home ? Path.Combine(home, ".config", "gcloud", Name)
            : null,
            Name,
            false
        );
    }

    private static string? Of(ConsoleEnvironment environment, string name) =>
        environment.Variable(name) is { Length: > 0 } value ? value : null;

    // Whether this is a machine of Google's is asked of the network, and therefore not before it matters.
    private sealed class MachineTokens(GoogleHosts hosts, string? quotaProject, string? account) : IGoogleTokens
    {
        private readonly Lazy<Task<GoogleTokens?>> machine = new(async () =>
            await GoogleTokens.OfMachineAsync(hosts, quotaProject) is not { } own ? null
            : account is null ? own
            : own.ActingAs(account, hosts)
        );

        public string Description => account is null ? "the service account of this machine" : $"service account {account}";

        public string? QuotaProject => quotaProject;

        public async Task<Secret?> GetAsync(Secret? refused, CancellationToken cancellationToken) =>
            await (
                await machine.Value
                ?? throw new GoogleTokenException(
                    "there is no credential: set GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_OAUTH_ACCESS_TOKEN, or run 'gcloud auth application-default login'"
                )
            ).GetAsync(refused, cancellationToken);
    }
}
