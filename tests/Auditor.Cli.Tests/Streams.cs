using System.Text.Json;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>What goes where: the result to standard output or files, everything else to standard error.</summary>
public sealed class Streams
{
    private static readonly Dictionary<string, string> GitHub = new() { ["GITHUB_ACTIONS"] = "true", ["CI"] = "true" };
    private static readonly Dictionary<string, string> Plain = [];

    [Fact]
    public async Task Standard_output_is_the_report_and_nothing_else_in_a_pipeline()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", "json", "--verbose"], GitHub);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Equal(1, JsonDocument.Parse(run.Output).RootElement.GetProperty("schema").GetInt32());
    }

    [Theory]
    [InlineData("auto", "", "", false)]
    [InlineData("always", "", "", true)]
    [InlineData("always", "1", "", true)]
    [InlineData("never", "", "1", false)]
    [InlineData("auto", "", "1", true)]
    [InlineData("auto", "", "0", false)]
    [InlineData("auto", "1", "1", false)]
    public async Task Colour_follows_the_option_then_the_environment_then_the_terminal(
        string mode,
        string noColor,
        string force,
        bool expected
    )
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        var run = await AuditorProgram.RunAsync(
            folder.Path,
            ["audit", "--color", mode],
            new Dictionary<string, string> { ["NO_COLOR"] = noColor, ["FORCE_COLOR"] = force }
        );
        Assert.Equal(expected, run.Output.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_reports_come_from_one_run()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        var run = await AuditorProgram.RunAsync(
            folder.Path,
            ["audit", "--report", "text", "--report", "json=reports/audit.json", "--report", "text=reports/audit.txt"]
        );
        Assert.Equal(1, run.Code);
        Assert.Equal(run.Output, File.ReadAllText(Path.Combine(folder.Path, "reports/audit.txt")));
        var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, "reports/audit.json")));
        Assert.Equal("AUD-001", json.RootElement.GetProperty("findings")[0].GetProperty("rule").GetString());
        Assert.Equal(
            ["audit.json", "audit.txt"],
            Directory.GetFiles(Path.Combine(folder.Path, "reports")).Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public async Task A_dash_is_standard_output()
    {
        var run = await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", "json=-");
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(run.Output).RootElement.ValueKind);
    }

    [Fact]
    public async Task A_file_in_memory_is_a_file()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Estate.Load("acme").WriteTo(folder.Path);
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", "json=audit.json"])).Code);
        Assert.True(File.Exists(Path.Combine(folder.Path, "audit.json")));
    }

    /// <summary>By descriptors, of which none can be replaced by a program that does not know them.</summary>
    [Theory]
    [InlineData("/dev/stdout >> log")]
    [InlineData("/dev/fd/1 >> log")]
    [InlineData("/proc/self/fd/1 >> log")]
    [InlineData("/dev/stderr 2>> log")]
    [InlineData("/dev/fd/2 2>> log")]
    [InlineData("/proc/self/fd/2 2>> log")]
    [InlineData("/dev/fd/3 3>> log")]
    [InlineData("/proc/self/fd/3 3>> log")]
    [InlineData("../../../../../../../../../../dev/fd/3 3>> log")]
    public async Task A_descriptor_is_written_into_after_what_is_there(string where)
    {
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        var log = folder.Write("log", "what was there\n");
        var run = await AuditorProgram.BashAsync(folder.Path, "auditor audit --report json=" + where + " && echo after >> log", Plain);
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
        var text = File.ReadAllText(log);
        Assert.StartsWith("what was there\n{", text, StringComparison.Ordinal);
        Assert.EndsWith("}\nafter\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_a_shell_makes_is_written_into()
    {
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        var run = await AuditorProgram.BashAsync(
            folder.Path,
            "auditor audit --report json=>(cat > copy); code=$?; wait $!; exit $code",
            Plain
        );
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
        Assert.StartsWith("{", File.ReadAllText(Path.Combine(folder.Path, "copy")), StringComparison.Ordinal);
    }

    /// <summary>To standard output, which a program that followed the link would write, and which cannot be replaced.</summary>
    [Fact]
    public async Task A_link_among_the_devices_is_replaced_like_any_other()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no such link.");
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        var link = Path.Combine(folder.Path, "audit.json");
        File.CreateSymbolicLink(link, "/proc/self/fd/1");
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", "json=audit.json"]);
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
        Assert.Null(new FileInfo(link).LinkTarget);
        Assert.StartsWith("{", File.ReadAllText(link), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_descriptor_that_is_not_open_is_wrong_usage()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no such names.");
        AuditorProgram.EndsWithOneLine(
            await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", "json=/proc/self/fd/987"),
            2,
            "'/proc/self/fd/987' cannot be written: there is no such device"
        );
    }

    [Fact]
    public async Task A_link_that_somebody_laid_is_replaced_and_what_it_leads_to_is_left_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        var own = folder.Write("own.txt", "mine");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "audit.json"), own);
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", "json=audit.json"])).Code);
        Assert.Equal("mine", File.ReadAllText(own));
        Assert.StartsWith("{", File.ReadAllText(Path.Combine(folder.Path, "audit.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_replaces_the_one_before_and_only_its_owner_reads_it()
    {
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        var file = folder.Write("audit.json", "yesterday's");
        Assert.Equal(0, (await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", "json=audit.json"])).Code);
        Assert.StartsWith("{", File.ReadAllText(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Theory]
    [InlineData("json=folder", "there is a folder of that name")]
    [InlineData("json=file/below.json", "cannot be written")]
    [InlineData("json=", "a file name is missing")]
    [InlineData("jsno=x", "did you mean 'json'")]
    public async Task A_report_that_cannot_be_written_is_wrong_usage_and_leaves_nothing(string report, string says)
    {
        using var folder = new TemporaryFolder();
        Estate.Load("acme").WriteTo(folder.Path);
        folder.Write("folder/keep", "");
        folder.Write("file", "");
        var before = Files(folder);
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["audit", "--report", report]), 2, says);
        Assert.Equal(before, Files(folder));
    }

    [Fact]
    public async Task A_report_on_a_name_that_is_too_long_is_one_line()
    {
        var run = await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", "json=" + new string('x', 5_000));
        AuditorProgram.EndsWithOneLine(run, 2, "cannot be written");
    }

    [Fact]
    public async Task Only_one_report_goes_to_standard_output()
    {
        var run = await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", "text", "--report", "json");
        AuditorProgram.EndsWithOneLine(run, 2, "Only one report can go to standard output");
    }

    [Fact]
    public async Task Two_reports_do_not_go_to_one_file()
    {
        var run = await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", "text=a", "--report", "json=a");
        AuditorProgram.EndsWithOneLine(run, 2, "Two reports cannot go to one file");
    }

    [Fact]
    public async Task The_same_input_gives_the_same_bytes()
    {
        var first = await AuditorProgram.AuditAsync(Inputs.TrailingSlash(), "--report", "json", "--deterministic");
        var second = await AuditorProgram.AuditAsync(Inputs.TrailingSlash(), "--report", "json", "--deterministic");
        Assert.Equal(first.Output, second.Output);
        Assert.NotEmpty(first.Output);
    }

    [Fact]
    public async Task Quiet_prints_the_last_line_only()
    {
        var run = await AuditorProgram.AuditAsync(Inputs.TrailingSlash(), "--quiet");
        Assert.Equal("failed: 1 error\n", run.Output);
    }

    private static List<string> Files(TemporaryFolder folder) =>
        [.. Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
