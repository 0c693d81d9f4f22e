using System.CommandLine;
using System.CommandLine.Parsing;

namespace Auditor.Cli.Commands;

/// <summary>Options and arguments whose value is one of a few words, in the order in which they are shown.</summary>
internal static class Choice
{
    /// <summary>An option.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="initial">The word that counts when it is not given; null when there is none.</param>
    /// <param name="words">The words.</param>
    public static Option<string> Option(string name, string description, string? initial, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', words) };
        if (initial is not null)
        {
            option.DefaultValueFactory = _ => initial;
        }

        option.CompletionSources.Add(words);
        option.Validators.Add(result => Check(result, name, words));
        return option;
    }

    /// <summary>An argument that must be given.</summary>
    public static Argument<string> Argument(string name, string description, params string[] words)
    {
        var argument = new Argument<string>(name) { Description = description, HelpName = name };
        argument.CompletionSources.Add(words);
        argument.Validators.Add(result => Check(result, name, words));
        return argument;
    }

    /// <summary><c>--color</c>, the same wherever text is printed.</summary>
    public static Option<string> Color() => Option("--color", "Whether text is coloured.", "auto", "auto", "always", "never");

    private static void Check(SymbolResult result, string name, string[] words)
    {
        foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value, StringComparer.Ordinal)))
        {
            result.AddError(
                CommandLine.Meant($"{name}: there is no '{token.Value}'", token.Value, words, $"there are {string.Join(", ", words)}")
            );
        }
    }
}
