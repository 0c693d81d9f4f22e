using System.CommandLine;
using Auditor.Cli.Commands;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Okta;
using Auditor.Reports;

namespace Auditor.Cli;

/// <summary>How much of live sources is read: the options that <c>audit</c> and <c>collect</c> have in common.</summary>
internal sealed class LiveOptions
{
    private static readonly string[] Included = ["kvm-values", "app-credentials", "client-secrets-age", "system-log", "audit-log"];

    private readonly Option<string> only = Choice.Option("--only", "Only this vendor.", null, "okta", "apigee");

    private readonly Option<string[]> include = new("--include")
    {
        Description = $"What is off by default: {string.Join(", ", Included)}.",
        HelpName = "WHAT",
    };

    private readonly Option<string?> since = new("--since")
    {
        Description =
            "From when on changes are read from the System Log and the audit log: a day, or a number of days like 7d. Default: the last run of the store, else 7d.",
        HelpName = "DAY",
    };

    private readonly Option<bool> noCache = new("--no-cache") { Description = "Download every bundle, and keep none for the next run." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(only);
        command.Options.Add(include);
        command.Options.Add(since);
        command.Options.Add(noCache);
    }

    /// <summary>The sources of the configuration and of the environment, with what the options say.</summary>
    /// <exception cref="UsageException">An option or a source cannot be used.</exception>
    public LiveCollection Sources(ParseResult parsed, AuditorConfiguration configuration, ConsoleEnvironment environment)
    {
        var wanted = Wanted(parsed.GetValue(include));
        bool Wants(string word) => wanted.Contains(word, StringComparer.Ordinal);
        var from = ChangesSince(parsed.GetValue(since), wanted, environment.Clock.GetUtcNow());
        var vendor = parsed.GetValue(only);
        var okta = vendor == "apigee" ? [] : OktaConnections.Read(configuration, environment);
        var apigee = vendor == "okta" ? [] : ApigeeConnections.Read(configuration, environment);
        var cache = apigee.IsEmpty || parsed.GetValue(noCache) ? null : Cache(environment);
        return new LiveCollection(
            [.. okta.Select(org => org with { SecretAges = Wants("client-secrets-age"), LogSince = Wants("system-log") ? from : null })],
            [
                .. apigee.Select(organization =>
                    organization with
                    {
                        KeyValueMapValues = organization.KeyValueMapValues || Wants("kvm-values"),
                        AppCredentials = organization.AppCredentials || Wants("app-credentials"),
                        AuditLogSince = Wants("audit-log") ? from : null,
                        Cache = cache,
                    }
                ),
            ],
            cache
        )
        {
            HasOwnWindow = parsed.GetValue(since) is not null,
        };
    }

    // Where the platform keeps what can be had again. Without a home there is none, and bundles are downloaded every time.
    private static BundleCache? Cache(ConsoleEnvironment environment)
    {
        string? Of(string name) => environment.Variable(name) is { Length: > 0 } value ? value : null;
        if (Of("AUDITOR_CACHE") is { } given)
        {
            // Asked for by name, it must work.
            return BundleCache.Open(Path.GetFullPath(given, environment.WorkingFolder));
        }

        var folder = OperatingSystem.IsWindows()
            ? Of("LOCALAPPDATA") is { } local
                ? Path.Combine(local, "auditor", "cache")
                : null
            : Of("XDG_CACHE_HOME") is { } caches && Path.IsPathRooted(caches)
                ? Path.Combine(caches, "auditor")
                : Of("HOME") is { } home
                    ? Path.Combine(home, ".cache", "auditor")
                    : null;
        try
        {
            return folder is null ? null : BundleCache.Open(folder);
        }
        catch (InputException e)
        {
            environment.StandardError.WriteLine(Neutral.Line($"auditor: {e.Message} Bundles are downloaded, and not kept."));
            return null;
        }
    }

    private static string[] Wanted(string[]? values)
    {
        var wanted = (values ?? [])
            .SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToArray();
        return wanted.FirstOrDefault(word => !Included.Contains(word, StringComparer.Ordinal)) is { } unknown
            ? throw new UsageException(
                "--include: " + CommandLine.Meant($"there is no '{unknown}'", unknown, Included, $"there are {string.Join(", ", Included)}")
            )
            : wanted;
    }

    private static DateTimeOffset? ChangesSince(string? since, string[] wanted, DateTimeOffset now)
    {
        if (since is null)
        {
            return now.AddDays(-7);
        }

        if (!wanted.Contains("system-log", StringComparer.Ordinal) && !wanted.Contains("audit-log", StringComparer.Ordinal))
        {
            throw new UsageException("--since: say what to read since then: --include system-log, --include audit-log, or both.");
        }

        if (
            since.EndsWith('d')
            && int.TryParse(since.AsSpan(0, since.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days is > 0 and <= 90
        )
        {
            return now.AddDays(-days);
        }

        return DateTimeOffset.TryParseExact(
            since,
            ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time
            : throw new UsageException(
                "--since: give a day like 2026-11-01, a time like 2026-11-01T02:00:00Z, or days back like 7d (at most 90)."
            );
    }
}
