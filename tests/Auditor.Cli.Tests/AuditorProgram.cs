using System.Diagnostics;
using System.Text;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>How a run of the program ended.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record Run(int Code, string Output, string Error)
{
    /// <summary>The lines of standard error.</summary>
    public string[] Complaints => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// The real program: the one that was built beside the tests, or the one that <c>AUDITOR_BINARY</c> names. It runs as a process of its own, with nothing of the test's
/// environment but what it needs to start.
/// </summary>
public static class AuditorProgram
{
    private static readonly string Built = Path.GetFullPath(
        Path.Combine(
            AppContext.BaseDirectory,
            "../../Auditor.Cli",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
            "auditor"
        )
    );

    /// <summary>The program's file.</summary>
    public static string File { get; } =
        Environment.GetEnvironmentVariable("AUDITOR_BINARY") is { Length: > 0 } given ? Path.GetFullPath(given, Repository.Root) : Built;

    /// <summary>Runs the program and waits for its end.</summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <param name="whileRunning">What to do meanwhile; null for nothing.</param>
    public static Task<Run> RunAsync(
        string folder,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        Func<Process, Task>? whileRunning = null
    ) => RunAsync(File, folder, arguments, environment, whileRunning);

    /// <summary>Runs a script of a pipeline in Bash, with the program in its path. Skips the test where there is no Bash.</summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="script">The script.</param>
    /// <param name="environment">Further environment variables.</param>
    public static Task<Run> BashAsync(string folder, string script, IReadOnlyDictionary<string, string> environment)
    {
        const string Bash = "/bin/bash";
        Assert.SkipUnless(System.IO.File.Exists(Bash), "there is no Bash here");
        var path = Path.GetDirectoryName(File) + ":" + Environment.GetEnvironmentVariable("PATH");
        return RunAsync(Bash, folder, ["-c", script], new Dictionary<string, string>(environment) { ["PATH"] = path }, null);
    }

    private static async Task<Run> RunAsync(
        string program,
        string folder,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment,
        Func<Process, Task>? whileRunning
    )
    {
#pragma warning disable RS0030 // These tests are about the program as a process.
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        var kept = new[] { "PATH", "HOME", "TMPDIR", "DOTNET_ROOT" };
        foreach (var name in start.Environment.Keys.Except(kept, StringComparer.Ordinal).ToList())
        {
            start.Environment.Remove(name);
        }

        // An input of a few kilobytes must not make the program take more than 200 MB: beyond that it fails, whatever the machine has.
        start.Environment["DOTNET_GCHeapHardLimit"] = (200 * 1024 * 1024).ToString("X", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (whileRunning is not null)
        {
            await whileRunning(process);
        }

        // Not a measurement: a program that hangs must not hang the tests.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{Path.GetFileName(program)} {string.Join(' ', arguments)}' did not end.");
        }

        return new Run(process.ExitCode, await output, await error);
#pragma warning restore RS0030
    }

    /// <summary>Runs the program in the top folder of the checkout.</summary>
    public static Task<Run> RunAsync(params string[] arguments) => RunAsync(Repository.Root, arguments);

    /// <summary>Every format of a report, as the program lists them: what is looked for in all of them is looked for in one that is new as well.</summary>
    public static async Task<string[]> FormatsAsync()
    {
        var run = await RunAsync("audit", "--report", "none-of-them");
        var names = run.Error.TrimEnd('.', '\n').Split("there are ")[1].Split(", ");
        Assert.Contains("html", names);
        return names;
    }

    /// <summary>Runs the program on an estate.</summary>
    public static async Task<Run> AuditAsync(Estate estate, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        estate.WriteTo(folder.Path);
        return await RunAsync(folder.Path, ["audit", .. arguments]);
    }

    /// <summary>Makes sure that a run ended with a code and one clear line: no stack trace, no exception's name, no escape sequence.</summary>
    public static void EndsWithOneLine(Run run, int code, string says)
    {
        Assert.Equal((code, ""), (run.Code, run.Output));
        var line = Assert.Single(run.Complaints, complaint => complaint.StartsWith("auditor: ", StringComparison.Ordinal));
        Assert.Contains(says, line, StringComparison.Ordinal);
        IsClean(run);
    }

    /// <summary>Makes sure that nothing in what was printed acts on a terminal or betrays the program's inside.</summary>
    public static void IsClean(Run run)
    {
        foreach (var text in new[] { run.Output, run.Error })
        {
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
            Assert.DoesNotContain("internal error", text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
            Assert.DoesNotContain(text, c => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
        }
    }
}
