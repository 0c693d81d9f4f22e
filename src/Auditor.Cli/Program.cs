using System.CommandLine;
using Auditor.Cli;
using Auditor.Cli.Commands;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Reports;

var environment = ConsoleEnvironment.Real();
var root = new RootCommand(
    "Reads Okta and Apigee side by side, works out what the gateway would really do with a token, and reports every disagreement."
)
{
    AuditCommand.Create(environment),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        await environment.StandardError.WriteLineAsync("auditor: " + Neutral.Line(error.Message));
    }

    await environment.StandardError.WriteLineAsync("Try 'auditor --help'.");
    return ExitCode.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is UsageException or InputException)
{
    await environment.StandardError.WriteLineAsync("auditor: " + Neutral.Line(e.Message));
    return ExitCode.Usage;
}
catch (OperationCanceledException)
{
    await environment.StandardError.WriteLineAsync("auditor: cancelled.");
    return ExitCode.Cancelled;
}
#pragma warning disable CA1031 // The last resort: a defect of the program ends with its code and without the text of whatever was audited.
catch (Exception e)
#pragma warning restore CA1031
{
    await environment.StandardError.WriteLineAsync($"auditor: internal error ({e.GetType().Name}). This is a defect of auditor.");
    if (environment.Variable("AUDITOR_DEBUG") == "1")
    {
        // Work that is done side by side wraps what went wrong.
        await environment.StandardError.WriteLineAsync(
            Neutral.Line($"{e.GetBaseException().GetType().Name} {e.GetBaseException().StackTrace}")
        );
    }

    return ExitCode.Internal;
}
