using System.CommandLine;
using Auditor.Cli;
using Auditor.Cli.Comparison;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.History.Store;
using Auditor.Reports;

var environment = ConsoleEnvironment.Real();
var parsed = CommandLine.Create(environment).Parse(args, CommandLine.Parsing);
try
{
    if (!CommandLine.IsAboutTheProgram(parsed) && CommandLine.Errors(parsed).ToList() is { Count: > 0 } errors)
    {
        foreach (var error in errors)
        {
            await environment.ComplainAsync(error);
        }

        await environment.StandardError.WriteLineAsync($"Try '{CommandLine.PathOf(parsed)} --help'.");
        return ExitCode.Usage;
    }

    return await parsed.InvokeAsync(
        new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // Whoever interrupts a run wants it to end, and to leave nothing half-written, which takes a busy machine longer than the usual two seconds.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        }
    );
}
catch (Exception e) when (e is UsageException or InputException)
{
    await environment.ComplainAsync(e.Message);
    return ExitCode.Usage;
}
catch (StoreException e)
{
    await environment.ComplainAsync(StoreOptions.Sentence(e));
    return ExitCode.Usage;
}
catch (SeriesBusyException e)
{
    await environment.ComplainAsync(e.Message);
    return ExitCode.Incomplete;
}
catch (OperationCanceledException)
{
    await environment.ComplainAsync("cancelled.");
    return ExitCode.Cancelled;
}
#pragma warning disable CA1031 // The last resort: a defect of the program ends with its code and without the text of whatever was audited.
catch (Exception e)
#pragma warning restore CA1031
{
    var cause = e.GetBaseException();
    await environment.ComplainAsync($"internal error ({cause.GetType().Name}). This is a defect of auditor.");
    if (environment.Variable("AUDITOR_DEBUG") == "1")
    {
        await environment.StandardError.WriteLineAsync(Neutral.Line(cause.StackTrace ?? ""));
    }

    return ExitCode.Internal;
}
