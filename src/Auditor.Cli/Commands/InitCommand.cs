using System.CommandLine;
using System.Text;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor init</c>: an <c>auditor.yaml</c> with what the two APIs say exists, or a commented one; or its schema.</summary>
internal static class InitCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var schema = new Option<bool>("--schema") { Description = "Print the JSON schema of auditor.yaml and write nothing." };
        var force = new Option<bool>("--force") { Description = "Overwrite an auditor.yaml that is there." };
        var offline = new Option<bool>("--offline") { Description = "Ask nobody, even where the environment names sources." };
        var command = new Command("init", "Write an auditor.yaml into the current folder, with the orgs and environments that can be seen.")
        {
            schema,
            force,
            offline,
        };
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

                var seen = result.GetValue(offline) ? SeenSources.None : await SeenSources.AskAsync(environment, cancellationToken);
                await OutputFile.WriteAsync(
                    File,
                    Encoding.UTF8.GetBytes(seen.Fill(Encoding.UTF8.GetString(ConfigurationTexts.Template.Span))),
                    OutputFile.Reader.Everyone,
                    environment,
                    cancellationToken
                );
                foreach (var gap in seen.Gaps)
                {
                    await environment.ComplainAsync(gap);
                }

                await environment.StandardError.WriteLineAsync(
                    seen.IsEmpty
                        ? $"{File} is written. Everything in it is commented out; take what applies."
                        : Neutral.Line(
                            $"{File} is written, with {seen.Summary}. Check which org serves each environment, and say how serious it is."
                        )
                );
                return seen.Gaps.IsEmpty ? ExitCode.Clean : ExitCode.Incomplete;
            }
        );
        return command;
    }
}
