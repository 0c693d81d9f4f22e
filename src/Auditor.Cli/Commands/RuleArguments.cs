using System.CommandLine;
using System.CommandLine.Completions;
using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Cli.Commands;

/// <summary>Rules as the words of a command line name them.</summary>
internal static class RuleArguments
{
    /// <summary>An option that takes selectors of rules.</summary>
    public static Option<string[]> Option(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "SELECTOR" };
        option.CompletionSources.Add(_ => Completions());
        return option;
    }

    /// <summary>An argument that takes selectors of rules.</summary>
    public static Argument<string[]> Argument(string name, ArgumentArity arity, string description)
    {
        var argument = new Argument<string[]>(name)
        {
            Arity = arity,
            Description = description,
            HelpName = name,
        };
        argument.CompletionSources.Add(_ => Completions());
        return argument;
    }

    private static IEnumerable<CompletionItem> Completions() => RuleSelector.Words(AllRules.Infos).Select(word => new CompletionItem(word));

    /// <summary>The words of repeated and comma-separated values.</summary>
    public static ImmutableArray<string> Words(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>The rules that selectors mean, in the order of the catalogue.</summary>
    /// <exception cref="UsageException">A selector means none.</exception>
    public static ImmutableArray<RuleInfo> Selected(ImmutableArray<string> selectors)
    {
        foreach (var selector in selectors)
        {
            Require(selector);
        }

        return [.. AllRules.Infos.Where(rule => selectors.Any(selector => RuleSelector.Selects(selector, rule)))];
    }

    /// <summary>Makes sure that a selector means a rule.</summary>
    /// <exception cref="UsageException">It means none.</exception>
    public static void Require(string selector)
    {
        if (!AllRules.Infos.Any(rule => RuleSelector.Selects(selector, rule)))
        {
            throw new UsageException(
                CommandLine.Meant(
                    $"There is no rule '{selector}'",
                    selector,
                    RuleSelector.Words(AllRules.Infos),
                    "'auditor rules' lists them"
                )
            );
        }
    }
}
