using System.CommandLine;
using System.Text;
using Auditor.Cli.Output;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor rules</c>: the catalogue.</summary>
internal static class RulesCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var selectors = RuleArguments.Argument(
            "SELECTOR",
            ArgumentArity.ZeroOrMore,
            "Only these: ids, names, families, core. Default: all."
        );
        var format = Choice.Option("--format", "How the list looks.", "table", "table", "json");
        var command = new Command("rules", "List the rules.") { selectors, format };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var words = RuleArguments.Words(result.GetValue(selectors));
                var rules = words.IsEmpty ? AllRules.Infos : RuleArguments.Selected(words);
                var text =
                    result.GetValue(format) == "json" ? Json(rules) : Table(rules, environment.OutputIsTerminal ? environment.Width : null);
                await environment.PrintAsync(text, cancellationToken);
                return ExitCode.Clean;
            }
        );
        return command;
    }

    // On a terminal long titles are cut at its edge; elsewhere a line is a rule, whole.
    private static string Table(ImmutableArray<RuleInfo> rules, int? width)
    {
        var names = rules.Max(rule => rule.Name.Length);
        var text = new StringBuilder();
        foreach (var rule in rules)
        {
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{rule.Id}  {JsonReport.Word(rule.Level), -7}  {rule.SecuritySeverity, 4:0.0}  {(rule.IsCore ? "core" : ""), -4}  {rule.Name.PadRight(names)}  {rule.Title}"
            );
            text.Append(width is { } edge && line.Length > edge ? line[..(edge - 1)] + "…" : line).Append('\n');
        }

        return text.ToString();
    }

    private static string Json(ImmutableArray<RuleInfo> rules) =>
        RulesJson.Write(writer =>
        {
            foreach (var rule in rules)
            {
                writer.WriteStartObject();
                RulesJson.Members(writer, rule);
                writer.WriteEndObject();
            }
        });
}
