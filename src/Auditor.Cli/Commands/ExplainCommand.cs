using System.CommandLine;
using Auditor.Cli.Output;
using Auditor.Engine;
using Auditor.Reports.Text;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor explain RULE</c>: what a rule means, why it matters, how to fix what it finds.</summary>
internal static class ExplainCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var rules = RuleArguments.Argument("RULE", ArgumentArity.OneOrMore, "A rule by id or name, or a family.");
        var format = Choice.Option("--format", "Default: text on a terminal, markdown elsewhere.", null, "text", "markdown", "json");
        var color = Choice.Color();
        var command = new Command("explain", "Say what a rule means, why it matters and how to fix what it finds.")
        {
            rules,
            format,
            color,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var selected = RuleArguments.Selected(RuleArguments.Words(result.GetValue(rules)));
                var pages = AllRules.Described.Where(rule => selected.Contains(rule.Rule.Info)).Select(rule => rule.Description).ToList();
                var text = (result.GetValue(format) ?? (environment.OutputIsTerminal ? "text" : "markdown")) switch
                {
                    "json" => Json(pages),
                    "markdown" => string.Join("\n", pages.Select(rule => rule.Page.TrimEnd('\n') + "\n")),
                    _ => string.Join(
                        "\n",
                        pages.Select(rule =>
                            RulePageReport.Render(rule.Page, environment.UseColor(result.GetValue(color)!), environment.Width)
                        )
                    ),
                };
                await environment.PrintAsync(text, cancellationToken);
                return ExitCode.Clean;
            }
        );
        return command;
    }

    private static string Json(IEnumerable<RuleDescription> rules) =>
        RulesJson.Write(writer =>
        {
            foreach (var rule in rules)
            {
                writer.WriteStartObject();
                RulesJson.Members(writer, rule.Info);
                writer.WriteString("page", rule.Page);
                writer.WriteEndObject();
            }
        });
}
