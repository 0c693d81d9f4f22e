using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor collect</c>: read live sources into a recording, without judging anything.</summary>
internal static class CollectCommand
{
    private static readonly string[] Included = ["client-secrets-age", "system-log"];

    public static Command Create(ConsoleEnvironment environment)
    {
        var output = new Option<string>("--out") { Description = "The folder of the recording.", DefaultValueFactory = _ => "recording" };
        var config = new Option<string?>("--config") { Description = "The configuration (default: auditor.yaml, searched upwards)." };
        var only = Choice.Option("--only", "Only this vendor.", null, "okta");
        var include = new Option<string[]>("--include") { Description = $"What is off by default: {string.Join(", ", Included)}." };
        var since = new Option<string?>("--since")
        {
            Description = "From when on the System Log is read: a day, or a number of days like 7d (default with --include system-log).",
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Say nothing but what went wrong." };
        var noProgress = new Option<bool>("--no-progress") { Description = "No progress line." };
        var allowIncomplete = new Option<bool>("--allow-incomplete") { Description = "Exit code 4 becomes 0." };
        var command = new Command("collect", "Read live sources into a recording, without checking anything. Reads only.")
        {
            output,
            config,
            only,
            include,
            since,
            quiet,
            noProgress,
            allowIncomplete,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var configuration = AuditorConfiguration.Read(
                    AuditorConfiguration.Find(result.GetValue(config), [], environment.WorkingFolder),
                    null,
                    environment.WorkingFolder,
                    AllRules.Infos
                );
                var wanted = Wanted(result.GetValue(include));
                var from = LogSince(result.GetValue(since), wanted, environment.Clock.GetUtcNow());
                var connections = OktaConnections.Read(configuration, environment);
                var sources = new LiveCollection([
                    .. connections.Select(connection =>
                        connection with
                        {
                            SecretAges = wanted.Contains("client-secrets-age", StringComparer.Ordinal),
                            LogSince = from,
                        }
                    ),
                ]);
                if (sources.IsEmpty)
                {
                    throw new UsageException(
                        "There is nothing to collect: name an Okta org in auditor.yaml (okta: [{ url: https://acme.okta.com }]) or in OKTA_CLIENT_ORGURL."
                    );
                }

                return await RunAsync(
                    environment,
                    sources,
                    result.GetValue(output)!,
                    result.GetValue(quiet),
                    !result.GetValue(noProgress) && !result.GetValue(quiet),
                    result.GetValue(allowIncomplete),
                    cancellationToken
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        ConsoleEnvironment environment,
        LiveCollection sources,
        string output,
        bool isQuiet,
        bool showsProgress,
        bool allowsIncomplete,
        CancellationToken cancellationToken
    )
    {
        var folder = Path.GetFullPath(output, environment.WorkingFolder);
        using var progress = new Progress(environment, showsProgress);
        var requests = await sources.RecordAsync(folder, environment, progress, cancellationToken);
        progress.Dispose();

        // What is said about the recording is what whoever reads it will find.
        var landscape = (await new InputReader(new Redactor()).ReadAsync([folder], environment.WorkingFolder, cancellationToken)).Landscape;
        var gaps = landscape.Coverage.Where(entry => entry.Coverage.IsGap).ToArray();
        if (!isQuiet)
        {
            await environment.StandardError.WriteLineAsync(
                Neutral.Line(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"auditor: {string.Join(", ", sources.Names)}: {requests} requests, {landscape.Coverage.Length - gaps.Length} of {landscape.Coverage.Length} parts read, written to {output}."
                    )
                )
            );
        }

        foreach (var gap in gaps)
        {
            await environment.StandardError.WriteLineAsync(
                Neutral.Line($"auditor: {gap.Part}: {gap.Coverage.State}: {gap.Coverage.Reason}")
            );
        }

        return gaps.Length == 0 || allowsIncomplete ? ExitCode.Clean : ExitCode.Incomplete;
    }

    private static string[] Wanted(string[]? values)
    {
        var wanted = (values ?? [])
            .SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToArray();
        return wanted.FirstOrDefault(word => !Included.Contains(word, StringComparer.Ordinal)) is { } unknown
            ? throw new UsageException($"--include: '{unknown}' is none of {string.Join(", ", Included)}.")
            : wanted;
    }

    private static DateTimeOffset? LogSince(string? since, string[] wanted, DateTimeOffset now)
    {
        if (since is null)
        {
            return wanted.Contains("system-log", StringComparer.Ordinal) ? now.AddDays(-7) : null;
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
