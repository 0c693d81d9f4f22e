using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Auditor.Testing;
using NJsonSchema;

namespace Auditor.Cli.Tests;

/// <summary>What every command does and what its help says.</summary>
public sealed partial class Commands
{
    public static TheoryData<string> Helps =>
        [
            "",
            "audit",
            "diff",
            "history",
            "collect",
            "doctor",
            "render",
            "baseline",
            "baseline create",
            "baseline update",
            "baseline prune",
            "evidence",
            "evidence pack",
            "evidence verify",
            "evidence sample",
            "explain",
            "rules",
            "init",
            "completion",
        ];

    [Theory]
    [MemberData(nameof(Helps))]
    public async Task Help_says_what_it_said_before(string command)
    {
        var run = await AuditorProgram.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        var help = string.Join('\n', run.Output.Split('\n').Select(line => line.TrimEnd())).TrimEnd() + "\n";
        var file = Path.Combine(
            Repository.Root,
            "tests/Auditor.Cli.Tests/Help",
            (command.Length == 0 ? "auditor" : command.Replace(' ', '-')) + ".txt"
        );
        if (Environment.GetEnvironmentVariable("AUDITOR_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, help, TestContext.Current.CancellationToken);
            return;
        }

        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), help);
    }

    [Fact]
    public async Task Every_command_of_the_help_has_its_help_tested()
    {
        var help = (await AuditorProgram.RunAsync("--help")).Output.Split('\n');
        var commands = help.SkipWhile(line => line != "Commands:").Skip(1).TakeWhile(line => line.Length > 0);
        var names = commands.Where(line => line is [' ', ' ', not ' ', ..]).Select(line => line.Trim().Split(' ')[0]);
        Assert.Equal(Helps.Select(row => row.Data).Where(name => name.Length > 0 && !name.Contains(' ', StringComparison.Ordinal)), names);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await AuditorProgram.RunAsync("--version");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Matches(@"^auditor \d+\.\d+\.\d+\n$", run.Output);
    }

    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { "", "A command is missing" },
            { "audti", "did you mean 'audit'?" },
            { "check everything", "There is no command 'check'" },
            { "tests", "A command is missing; did you mean 'auditor audit tests'?" },
            { "--fail-on error", "There is no option '--fail-on'" },
            { "audit --fial-on error", "did you mean '--fail-on'?" },
            { "audit --fail-on eror", "did you mean 'error'?" },
            { "audit --fail-on", "--fail-on needs a value" },
            { "audit --fail-on error --fail-on note", "--fail-on" },
            { "audit --color sometimes", "there is no 'sometimes'; there are auto, always, never" },
            { "explain aud-1", "There is no rule 'aud-1'; did you mean 'AUD-001'?" },
            { "audit --rules AUD-0001", "There is no rule 'AUD-0001'; did you mean 'AUD-001'?" },
            { "audit --exclude-rules audience-mismach", "did you mean 'audience-mismatch'?" },
            { "audit --environment prdo tests/landscapes/acme", "there is no environment 'prdo'; did you mean 'prod'?" },
            { "audit --config gone.yaml", "there is no file 'gone.yaml'" },
            { "audit --exceptions gone.yaml", "There is no exceptions file 'gone.yaml'" },
            { "render", "'auditor render' needs RUN" },
            { "render gone.json", "There is no 'gone.json'" },
            { "render tests/landscapes/acme", "is no evidence pack" },
            { "baseline", "A command is missing" },
            { "baseline update", "There is no baseline 'auditor-baseline.json'" },
            { "audit --new-only", "--new-only needs something to compare with" },
            { "audit --baseline gone.json", "There is no baseline 'gone.json'" },
            { "evidence", "A command is missing" },
            { "evidence verify", "'auditor evidence verify' needs PACK" },
            { "explain", "'auditor explain' needs RULE" },
            { "explain nonsense-of-a-name", "'auditor rules' lists them" },
            { "rules nonsense-of-a-name", "'auditor rules' lists them" },
            { "rules --format yaml", "there is no 'yaml'; there are table, json" },
            { "init elsewhere", "'elsewhere' is one argument too many for 'auditor init'" },
            { "completion", "'auditor completion' needs SHELL" },
            { "completion tcsh", "there is no 'tcsh'" },
            { "completion bash zsh", "'zsh' is one argument too many" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_one_line_that_says_the_way_out_and_ends_with_2(string line, string says) =>
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), 2, says);

    [Fact]
    public async Task A_path_that_looks_like_an_option_can_be_given_behind_two_dashes()
    {
        using var folder = new TemporaryFolder();
        foreach (var (path, text) in Inputs.Bundle)
        {
            folder.Write("--odd/" + path, text);
        }

        Assert.Equal(2, (await AuditorProgram.RunAsync(folder.Path, ["audit", "--odd"])).Code);
        Assert.NotEqual(2, (await AuditorProgram.RunAsync(folder.Path, ["audit", "--", "--odd"])).Code);
    }

    [Theory]
    [InlineData("AUD-001")]
    [InlineData("aud-001")]
    [InlineData("audience-mismatch")]
    [InlineData("AudienceMismatch")]
    public async Task Explain_prints_the_page_by_id_and_by_name(string name)
    {
        var run = await AuditorProgram.RunAsync("explain", name);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Rules, "Aud/AudienceMismatch.md")), run.Output);
    }

    [Fact]
    public async Task Explain_wraps_the_page_for_a_terminal_and_leaves_its_examples_alone()
    {
        var run = await AuditorProgram.RunAsync("explain", "AUD-001", "--format", "text", "--color", "always");
        var lines = run.Output.Split('\n');
        Assert.Equal("\u001b[1maudience-mismatch\u001b[0m", lines[0]);
        Assert.Contains("      <Issuer>https://acme.okta.com/oauth2/ausOrders</Issuer>", lines);
        Assert.Contains(lines, line => line.StartsWith("\u001b[1mHow to fix", StringComparison.Ordinal));
        var plain = (await AuditorProgram.RunAsync("explain", "AUD-001", "--format", "text")).Output;
        Assert.DoesNotContain('\u001b', plain);
        Assert.DoesNotContain("```", plain, StringComparison.Ordinal);
        Assert.All(plain.Split('\n').Where(line => line is not [' ', ' ', ' ', ' ', ..]), line => Assert.True(line.Length <= 100, line));
    }

    [Fact]
    public async Task Explain_and_rules_agree_in_JSON()
    {
        var rules = JsonDocument.Parse((await AuditorProgram.RunAsync("rules", "--format", "json")).Output).RootElement;
        Assert.Equal(1, rules.GetProperty("schema").GetInt32());
        var ids = rules.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString()!).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        var pages = JsonDocument.Parse((await AuditorProgram.RunAsync(["explain", .. ids, "--format", "json"])).Output).RootElement;
        foreach (var (rule, page) in rules.GetProperty("rules").EnumerateArray().Zip(pages.GetProperty("rules").EnumerateArray()))
        {
            Assert.Equal(rule.GetProperty("name").GetString(), page.GetProperty("name").GetString());
            Assert.StartsWith("# ", page.GetProperty("page").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rules_lists_one_rule_per_line_and_selects_by_family_and_core()
    {
        var all = (await AuditorProgram.RunAsync("rules")).Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("AUD-001  error ", all[0], StringComparison.Ordinal);
        Assert.EndsWith("The gateway demands an audience that its authorization server never issues", all[0], StringComparison.Ordinal);
        var family = (await AuditorProgram.RunAsync("rules", "aud")).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(Ids(all.Where(line => line.StartsWith("AUD-", StringComparison.Ordinal))), Ids(family));
        var core = (await AuditorProgram.RunAsync("rules", "core")).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(Ids(all.Where(line => line.Contains(" core ", StringComparison.Ordinal))), Ids(core));
    }

    private static IEnumerable<string> Ids(IEnumerable<string> lines) => lines.Select(line => line[..7]);

    [Fact]
    public async Task Init_writes_a_configuration_that_is_valid_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var run = await AuditorProgram.RunAsync(folder.Path, ["init"]);
        Assert.Equal((0, ""), (run.Code, run.Output));
        Estate.Load("acme").WriteTo(folder.Path);
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit"])).Code);
    }

    [Fact]
    public async Task Init_shows_examples_that_are_valid_when_they_are_uncommented()
    {
        using var folder = new TemporaryFolder();
        await AuditorProgram.RunAsync(folder.Path, ["init"]);
        var file = Path.Combine(folder.Path, "auditor.yaml");
        var lines = File.ReadAllLines(file);
        // "#okta:" and "#    url:" are examples of this file, "#     exceptions:" begins one of another, and "# " is prose.
        File.WriteAllLines(file, lines.Select(line => Example().IsMatch(line) ? line[1..] : line));
        var exceptions = lines.SkipWhile(line => line != "#     exceptions:").TakeWhile(line => line != "#").Select(line => line[6..]);
        folder.Write("exceptions.yaml", string.Join('\n', exceptions));
        Estate.Load("acme").WriteTo(folder.Path);
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "."]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        var keys = File.ReadAllLines(file).Where(line => line.Length > 0 && char.IsLetter(line[0])).Select(line => line.Split(':')[0]);
        Assert.Equal(SchemaKeys(JsonDocument.Parse(await SchemaAsync()).RootElement), keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Init_does_not_overwrite_unless_told()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("auditor.yaml", "okta: []");
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["init"]), 2, "--force overwrites it");
        Assert.Equal("okta: []", File.ReadAllText(file));
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["init", "--force"])).Code);
        Assert.StartsWith("# auditor.yaml", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task The_schema_is_a_JSON_schema_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var run = await AuditorProgram.RunAsync(folder.Path, ["init", "--schema"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        var schema = await JsonSchema.FromJsonAsync(run.Output, TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate("""{ "environments": [{ "apigee": "prod", "okta": "acme.okta.com", "class": "production" }] }"""));
        Assert.NotEmpty(schema.Validate("""{ "environment": [] }"""));
        Assert.NotEmpty(schema.Validate("""{ "public": [{ "proxy": "p" }] }"""));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    // The program names the keys it knows when it refuses one that is like none of them.
    [Fact]
    public async Task The_schema_has_the_keys_that_the_program_knows()
    {
        var schema = JsonDocument.Parse(await SchemaAsync()).RootElement;
        using var folder = new TemporaryFolder();
        Assert.Equal(SchemaKeys(schema), await KnownKeysAsync(folder, "zzzzzzzzzzzz: 1"));
        foreach (var property in schema.GetProperty("properties").EnumerateObject().Where(property => property.Name != "exceptions"))
        {
            var value = property.Value;
            if (value.GetProperty("type").GetString() == "array")
            {
                Assert.Equal(
                    SchemaKeys(value.GetProperty("items")),
                    await KnownKeysAsync(folder, $"{property.Name}: [{{ zzzzzzzzzzzz: 1 }}]")
                );
            }
            else if (value.TryGetProperty("properties", out _))
            {
                Assert.Equal(SchemaKeys(value), await KnownKeysAsync(folder, $"{property.Name}: {{ zzzzzzzzzzzz: 1 }}"));
            }
            else
            {
                Assert.Equal(
                    SchemaKeys(value.GetProperty("additionalProperties")),
                    await KnownKeysAsync(folder, $"{property.Name}: {{ AUD-001: {{ zzzzzzzzzzzz: 1 }} }}")
                );
            }
        }
    }

    [Theory]
    [InlineData("auditor aud", "audit")]
    [InlineData("auditor explain audience-mis", "audience-mismatch")]
    [InlineData("auditor audit --fail-on ", "error warning note never")]
    [InlineData("auditor audit --no-p", "--no-progress")]
    [InlineData("auditor completion ", "bash zsh fish pwsh")]
    public async Task Bash_completes_what_the_program_offers(string line, string offered)
    {
        var script = (await AuditorProgram.RunAsync("completion", "bash")).Output;
        var words = line.Split(' ');
        words[0] = AuditorProgram.File;
        line = string.Join(' ', words);
        var ask = string.Join(
            '\n',
            script,
            $"COMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}) COMP_CWORD={words.Length - 1}",
            "_auditor",
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        );
#pragma warning disable RS0030 // The script is for a shell, and only a shell can judge it.
        using var bash = Process.Start(
            new ProcessStartInfo("bash", ["--norc", "-c", ask])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
#pragma warning restore RS0030
        Assert.Equal(
            offered.Split(' ').Order(StringComparer.Ordinal),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c auditor")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Other_shells_have_their_script(string shell, string says)
    {
        var run = await AuditorProgram.RunAsync("completion", shell);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(says, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^#( {2,4})?[^\s#]")]
    private static partial Regex Example();

    private static async Task<string> SchemaAsync() => (await AuditorProgram.RunAsync("init", "--schema")).Output;

    private static IEnumerable<string> SchemaKeys(JsonElement schema) =>
        schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);

    private static async Task<IEnumerable<string>> KnownKeysAsync(TemporaryFolder folder, string yaml)
    {
        folder.Write("auditor.yaml", yaml);
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "."]);
        const string Mark = "; known are ";
        var at = run.Error.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(at > 0, $"{yaml}: {run.Error}");
        return run.Error[(at + Mark.Length)..].Split('\n')[0].TrimEnd('.').Split(", ").Order(StringComparer.Ordinal);
    }
}
