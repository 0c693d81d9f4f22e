using System.CommandLine;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor collect</c>: read live sources into a recording, without judging anything.</summary>
internal static class CollectCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var output = new Option<string>("--out") { Description = "The folder of the recording.", DefaultValueFactory = _ => "recording" };
        var config = new Option<string?>("--config") { Description = "The configuration (default: auditor.yaml, searched upwards)." };
        var live = new LiveOptions();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Say nothing but what went wrong." };
        var noProgress = new Option<bool>("--no-progress") { Description = "No progress line." };
        var allowIncomplete = new Option<bool>("--allow-incomplete") { Description = "Exit code 4 becomes 0." };
        var command = new Command("collect", "Read live sources into a recording, without checking anything. Reads only.")
        {
            output,
            config,
            quiet,
            noProgress,
            allowIncomplete,
        };
        live.AddTo(command);
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var configuration = AuditorConfiguration.Read(
                    AuditorConfiguration.Find(result.GetValue(config), [], environment.WorkingFolder),
                    null,
                    environment.WorkingFolder,
                    AllRules.Infos
                );
                var sources = live.Sources(result, configuration, environment);
                if (sources.IsEmpty)
                {
                    throw new UsageException(
                        "There is nothing to collect: name an Okta org or an Apigee organization in auditor.yaml ('auditor init'), or in OKTA_CLIENT_ORGURL and APIGEE_ORG."
                    );
                }

                // With the key of the store, what did not change between two recordings shows as that.
                await using var store = await StoreOptions.LookAsync(null, null, configuration, environment, cancellationToken);
                return await RunAsync(
                    environment,
                    sources,
                    store is null ? new Redactor() : new Redactor(store.Store.RedactionKey.Span),
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
        Redactor redactor,
        string output,
        bool isQuiet,
        bool showsProgress,
        bool allowsIncomplete,
        CancellationToken cancellationToken
    )
    {
        var folder = Path.GetFullPath(output, environment.WorkingFolder);
        using var progress = new Progress(environment, showsProgress);
        var requests = await sources.RecordAsync(folder, redactor, environment, progress, cancellationToken);
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
}
