using System.CommandLine;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor render RUN</c>: further reports of a stored run, without checking again.</summary>
internal static class RenderCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var run = new Argument<string>("RUN")
        {
            Description = "A file that '--report run=FILE' wrote, an evidence pack, or run:N of a store.",
            HelpName = "RUN",
        };
        var reports = new ReportArguments();
        var config = StoreOptions.Config();
        var store = StoreOptions.Store();
        var series = StoreOptions.Series();
        var command = new Command("render", "Make further reports of a stored run, without checking again.")
        {
            run,
            reports.Report,
            reports.SarifProfile,
            config,
            store,
            series,
        };
        foreach (var option in reports.Looks)
        {
            command.Add(option);
        }

        command.SetAction(
            async (result, cancellationToken) =>
            {
                var requests = reports.Requests(result);
                var given = result.GetValue(run)!;
                var stored = RunReference.Is(given, environment)
                    ? await StoreOptions.RunAsync(
                        given,
                        result.GetValue(store),
                        result.GetValue(series),
                        AuditorConfiguration.Read(
                            AuditorConfiguration.Find(result.GetValue(config), [], environment.WorkingFolder),
                            null,
                            environment.WorkingFolder,
                            AllRules.Infos
                        ),
                        environment,
                        cancellationToken
                    )
                    : await StoredRunFile.ReadAsync(given, environment.WorkingFolder, cancellationToken);
                await ReportArguments.WriteAsync(stored, requests, reports.Style(result, environment), environment, cancellationToken);
                return ExitCode.Clean;
            }
        );
        return command;
    }
}
