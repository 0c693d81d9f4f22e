using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor init</c>: a commented <c>auditor.yaml</c>, or its schema.</summary>
internal static class InitCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var schema = new Option<bool>("--schema") { Description = "Print the JSON schema of auditor.yaml and write nothing." };
        var force = new Option<bool>("--force") { Description = "Overwrite an auditor.yaml that is there." };
        var command = new Command("init", "Write a commented auditor.yaml into the current folder.") { schema, force };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                if (result.GetValue(schema))
                {
                    await environment.PrintAsync(ConfigurationTexts.Schema, cancellationToken);
                    return ExitCode.Clean;
                }

                const string File = AuditorConfiguration.FileName;
                if (!result.GetValue(force) && Path.Exists(Path.Combine(environment.WorkingFolder, File)))
                {
                    throw new UsageException($"There is an {File} here; --force overwrites it.");
                }

                await OutputFile.WriteAsync(
                    File,
                    ConfigurationTexts.Template,
                    OutputFile.Reader.Everyone,
                    environment.WorkingFolder,
                    cancellationToken
                );
                await environment.StandardError.WriteLineAsync($"{File} is written. Everything in it is commented out; take what applies.");
                return ExitCode.Clean;
            }
        );
        return command;
    }
}
