using System.Diagnostics;
using System.Globalization;
using Auditor.Testing;
using YamlDotNet.RepresentationModel;

namespace Auditor.Cli.Tests.Stores;

/// <summary>What lies ready for a schedule on a machine is what its scheduler reads, and runs two nights with the real program.</summary>
public sealed class Schedules : IDisposable
{
    private const string Cron = "deploy/cron/auditor.cron";
    private const string Service = "deploy/systemd/auditor.service";
    private const string Timer = "deploy/systemd/auditor.timer";
    private const string GitHub = "deploy/github/auditor-nightly.yml";

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task The_line_of_cron_runs_as_the_shell_reads_it()
    {
        var line = Assert.Single(Lines(Cron), line => char.IsAsciiDigit(line[0]));
        // minute, hour, day, month, weekday, user, and the rest for the shell; a percent sign would end it.
        var words = line.Split(' ', 7);
        Assert.Equal(["0", "2", "*", "*", "*", "auditor"], words[..6]);
        Assert.DoesNotContain('%', words[6]);
        await RunsTwoNightsAsync(words[6]);
    }

    [Fact]
    public async Task The_service_of_systemd_runs_as_it_says()
    {
        Assert.Contains("OnCalendar=*-*-* 02:00:00", Lines(Timer));
        Assert.Contains("Persistent=true", Lines(Timer));
        var command = Assert.Single(Lines(Service), line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..];
        await RunsTwoNightsAsync("cd /etc/auditor && " + command);
    }

    [Fact]
    public void Systemd_finds_nothing_wrong_with_its_units()
    {
        const string Program = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Program), "there is no systemd-analyze here");
        foreach (var unit in new[] { Service, Timer })
        {
            folder.Write(
                Path.GetFileName(unit),
                File.ReadAllText(Path.Combine(Repository.Root, unit))
                    .Replace("/usr/local/bin/auditor", "/bin/true", StringComparison.Ordinal)
            );
        }

#pragma warning disable RS0030 // The judge is a program of its own.
        using var process = Process.Start(
            new ProcessStartInfo(
                Program,
                ["verify", Path.Combine(folder.Path, "auditor.service"), Path.Combine(folder.Path, "auditor.timer")]
            )
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var complaints = process.StandardError.ReadToEnd();
        process.WaitForExit();
        var code = process.ExitCode;
#pragma warning restore RS0030
        Assert.SkipWhen(complaints.Contains("Failed to", StringComparison.Ordinal), "systemd-analyze does not work here");
        Assert.Equal((0, ""), (code, complaints));
    }

    [Fact]
    public async Task The_schedule_of_GitHub_leaves_what_its_later_steps_take()
    {
        Prepare();
        using var reader = File.OpenText(Path.Combine(Repository.Root, GitHub));
        var stream = new YamlStream();
        stream.Load(reader);
        var steps = ((YamlSequenceNode)stream.Documents[0].RootNode["jobs"]["audit"]["steps"]).Children.OfType<YamlMappingNode>().ToList();
        var command = Assert.Single(steps, step => step.Children.ContainsKey("run"))["run"];
        var run = await AuditorProgram.BashAsync(folder.Path, ((YamlScalarNode)command).Value!, new Dictionary<string, string>());
        Assert.Equal((1, ""), (run.Code, run.Error));
        string[] files =
        [
            .. steps
                .Where(step => step.Children.ContainsKey("with"))
                .Select(step => (YamlMappingNode)step["with"])
                .SelectMany(with => with.Children)
                .Where(pair => ((YamlScalarNode)pair.Key).Value is "sarif_file" or "path")
                .Select(pair => ((YamlScalarNode)pair.Value).Value!),
        ];
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(folder.Path, file)), file));
    }

    public void Dispose() => folder.Dispose();

    // The same command, with the places of the machine replaced by those of the test: what is found the first night is known the second.
    private async Task RunsTwoNightsAsync(string command)
    {
        Prepare();
        command = command
            .Replace("/usr/local/bin/auditor", AuditorProgram.File, StringComparison.Ordinal)
            .Replace("/etc/auditor", folder.Path, StringComparison.Ordinal)
            .Replace("/var/lib/auditor", folder.Path, StringComparison.Ordinal);
        for (var night = 1; night <= 2; night++)
        {
            var run = await AuditorProgram.BashAsync(folder.Path, command, new Dictionary<string, string>());
            Assert.Equal((1, ""), (run.Code, run.Error));
            Assert.True(File.Exists(Path.Combine(folder.Path, "report.html")));
        }

        var history = await AuditorProgram.RunAsync(folder.Path, ["history", "--store", "auditor.db"]);
        Assert.Equal(0, history.Code);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"default: {2} runs"), history.Output, StringComparison.Ordinal);
    }

    private void Prepare()
    {
        Inputs.TrailingSlash().WriteTo(folder.Path);
        folder.Write("credentials.env", "OKTA_CLIENT_CLIENTID=0oa1\n");
    }

    private static string[] Lines(string file) =>
        [.. File.ReadAllLines(Path.Combine(Repository.Root, file)).Where(line => line.Length > 0 && line[0] != '#')];
}
