using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>What the README shows is what the program prints.</summary>
public sealed class Readme
{
    [Fact]
    public async Task The_output_it_shows_is_real()
    {
        const string Mark = "<!-- output: auditor ";
        var readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        var at = Array.FindIndex(readme, line => line.StartsWith(Mark, StringComparison.Ordinal));
        Assert.True(at >= 0, "The README shows an output.");
        var shown = readme.Skip(at + 2).TakeWhile(line => line != "```").ToList();
        var run = await AuditorProgram.RunAsync(readme[at][Mark.Length..].Replace(" -->", "", StringComparison.Ordinal).Split(' '));
        Assert.Equal(shown, run.Output.Split('\n').Take(shown.Count));
    }

    [Fact]
    public async Task The_exit_codes_it_lists_are_those_of_the_help()
    {
        var readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        var listed = readme.Where(line => line is ['|', ' ', >= '0' and <= '9', ..]).Select(line => line.Split('|')[1].Trim());
        var help = (await AuditorProgram.RunAsync("--help")).Output.Split('\n');
        var known = help.SkipWhile(line => line != "Exit codes:")
            .Skip(1)
            .Select(line => line.Trim().Split(' ')[0])
            .TakeWhile(word => word != "When");
        Assert.Equal(known, listed);
    }
}
