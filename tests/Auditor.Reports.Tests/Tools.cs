using System.Diagnostics;
using Auditor.Testing;

namespace Auditor.Reports.Tests;

/// <summary>Programs from npm, as <c>tests/node/package.json</c> pins them. A test that needs one skips itself, visibly, where <c>npm ci</c> was not run there.</summary>
internal static class Tools
{
    /// <summary>Microsoft's validator of SARIF logs.</summary>
    public static string Multitool
    {
        get
        {
            var path = Path.Combine(
                Repository.Root,
                "tests",
                "node",
                "node_modules",
                "@microsoft",
                "sarif-multitool-linux",
                "Sarif.Multitool"
            );
            Assert.SkipUnless(File.Exists(path), "the SARIF multitool is not here: run 'npm ci' in tests/node");
            if (!OperatingSystem.IsWindows())
            {
                // npm does not run the package's own installation, which would do this.
                File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute);
            }

            return path;
        }
    }

#pragma warning disable RS0030 // The program never starts another one. Its tests do, to hear a second opinion.
    /// <summary>Runs a program to its end, and gives what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Path.GetTempPath(),
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.GetAwaiter().GetResult());
        return output;
    }
#pragma warning restore RS0030
}
