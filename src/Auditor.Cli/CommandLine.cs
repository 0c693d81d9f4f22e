using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Auditor.Cli.Commands;
using Auditor.Cli.Output;
using Auditor.Engine;

namespace Auditor.Cli;

/// <summary>The commands together, what every one of them has in common, and what is said about a line that cannot be understood.</summary>
internal static class CommandLine
{
    /// <summary>Words are taken as they are: a path that begins with <c>@</c> is a path, not a file of further arguments.</summary>
    public static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>The root command.</summary>
    public static RootCommand Create(ConsoleEnvironment environment)
    {
        var root = new RootCommand(
            "Reads Okta and Apigee side by side, works out what the gateway would really do with a token that Okta would really issue, and reports every disagreement."
        )
        {
            AuditCommand.Create(environment),
            DiffCommand.Create(environment),
            HistoryCommand.Create(environment),
            CollectCommand.Create(environment),
            DoctorCommand.Create(environment),
            RenderCommand.Create(environment),
            BaselineCommand.Create(environment),
            EvidenceCommand.Create(environment),
            ExplainCommand.Create(environment),
            RulesCommand.Create(environment),
            InitCommand.Create(environment),
            CompletionCommand.Create(environment),
        };
        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Description = "Show this help.";
                    // The forms of another system would be taken for paths, and paths for them.
                    help.Aliases.Remove("/?");
                    help.Aliases.Remove("/h");
                    help.Action = new GuidedHelpAction(new HelpAction { MaxWidth = environment.Width });
                    break;
                case VersionOption version:
                    version.Description = "Show the version.";
                    version.Action = new VersionAction();
                    break;
                default:
                    break;
            }
        }

        return root;
    }

    /// <summary>Whether the line asks for help, the version or completions, whatever else is wrong with it.</summary>
    public static bool IsAboutTheProgram(ParseResult parsed) => parsed.Action is CommandLineAction { ClearsParseErrors: true };

    /// <summary>What is wrong with a line, one sentence each; empty when nothing is.</summary>
    public static IEnumerable<string> Errors(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens.Count > 0)
        {
            yield return UnknownCommand(parsed.UnmatchedTokens[0], command);
            yield break;
        }

        var unknown = UnknownOptions(parsed).ToList();
        foreach (var token in unknown)
        {
            yield return "There is no "
                + Meant($"option '{token}'", token, Names(parsed.CommandResult), $"'{Path(command)} --help' lists them");
        }

        foreach (var token in parsed.UnmatchedTokens.Except(unknown, StringComparer.Ordinal))
        {
            yield return $"'{token}' is one argument too many for '{Path(command)}'.";
        }

        foreach (var error in parsed.Errors.Where(error => !IsAboutToken(error, parsed.UnmatchedTokens)))
        {
            yield return error.SymbolResult switch
            {
                CommandResult { Command: RootCommand } => "A command is missing.",
                CommandResult { Command.Subcommands: { Count: > 0 } commands } =>
                    $"A command is missing: {string.Join(", ", commands.Select(known => $"'{Path(known)}'"))}.",
                OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs a value.",
                ArgumentResult { Tokens.Count: 0 } argument => $"'{Path(command)}' needs {argument.Argument.Name}.",
                _ => error.Message,
            };
        }
    }

    /// <summary>A sentence about a word that is none of those known, with the one that was probably meant.</summary>
    public static string Meant(string what, string word, IEnumerable<string> known, string otherwise) =>
        Spelling.Nearest(word, known) is { } meant ? $"{what}; did you mean '{meant}'?" : $"{what}; {otherwise}.";

    // What looks like an option and is none must not pass as a path: "--fial-on" is a mistake, and a folder of that name can be given behind "--".
    private static IEnumerable<string> UnknownOptions(ParseResult parsed) =>
        parsed
            .Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && token.Value is ['-', _, ..] && !IsValueOfOption(parsed, token))
            .Select(token => token.Value.Split('=')[0])
            .Distinct(StringComparer.Ordinal);

    private static bool IsValueOfOption(ParseResult parsed, Token token) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Any(option => option.Tokens.Contains(token));

    private static bool IsAboutToken(ParseError error, IReadOnlyList<string> unmatched) =>
        error.SymbolResult is CommandResult && unmatched.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));

    private static string UnknownCommand(string word, Command root)
    {
        var commands = root.Subcommands.Select(command => command.Name).ToList();
        return word.StartsWith('-')
                ? "There is no " + Meant($"option '{word}'", word, ["--help", "--version"], "'auditor --help' lists the commands")
            : System.IO.Path.Exists(word) ? $"A command is missing; did you mean 'auditor audit {word}'?"
            : "There is no " + Meant($"command '{word}'", word, commands.Append("--help"), $"there are {string.Join(", ", commands)}");
    }

    private static IEnumerable<string> Names(CommandResult result) =>
        result.Command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Append("--help");

    /// <summary>The command that a line names, as it is typed.</summary>
    public static string PathOf(ParseResult parsed) => Path(parsed.CommandResult.Command);

    private static string Path(Command command) =>
        command is RootCommand ? "auditor"
        : command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}"
        : command.Name;

    // The generated help, and below it what the command's options cannot say.
    private sealed class GuidedHelpAction(HelpAction generated) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            generated.Invoke(parseResult);
            if (Guides.Of(parseResult.CommandResult.Command) is { } guide)
            {
                parseResult.InvocationConfiguration.Output.WriteLine(guide);
            }

            return ExitCode.Clean;
        }
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine("auditor " + ProductVersion.Text);
            return ExitCode.Clean;
        }
    }
}
