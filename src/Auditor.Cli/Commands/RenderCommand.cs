using System.CommandLine;
using Auditor.Cli.Output;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor render RUN</c>: further reports of a stored run, without checking again.</summary>
internal static class RenderCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var run = new Argument<string>("RUN")
        {
            Description = "A file that '--report run=FILE' wrote, or an evidence pack.",
            HelpName = "RUN",
        };
        var reports = new ReportArguments();
        var command = new Command("render", "Make further reports of a stored run, without checking again.")
        {
            run,
            reports.Report,
            reports.SarifProfile,
        };
        foreach (var option in reports.Looks)
        {
            command.Add(option);
        }

        command.SetAction(
            async (result, cancellationToken) =>
            {
                var requests = reports.Requests(result);
                var stored = await StoredRunFile.ReadAsync(result.GetValue(run)!, environment.WorkingFolder, cancellationToken);
                await ReportArguments.WriteAsync(stored, requests, reports.Style(result, environment), environment, cancellationToken);
                return ExitCode.Clean;
            }
        );
        return command;
    }
}
