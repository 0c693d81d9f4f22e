using System.Diagnostics;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Evidence;

/// <summary>Programs of others that verify what this one signed. A test that needs one skips itself, visibly, where it is not there.</summary>
internal static class Tools
{
    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, byte[] Output, string Error)> RunAsync(string program, string folder, params string[] arguments)
    {
        Assert.SkipUnless(IsThere(program), $"{program} is not here");
#pragma warning disable RS0030 // A second opinion is a program of its own.
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output.ToArray(), await error);
#pragma warning restore RS0030
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<byte[]> SucceedAsync(string program, string folder, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(program, folder, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>Sigstore's verifier, as <c>tests/node</c> pins it.</summary>
    public static Task<(int Code, byte[] Output, string Error)> SigstoreAsync(string bundle, string key)
    {
        var folder = Path.Combine(Repository.Root, "tests", "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "@sigstore", "verify")),
            "Sigstore's verifier is not here: run 'npm ci' in tests/node"
        );
        return RunAsync("node", folder, "verify-bundle.mjs", bundle, key);
    }

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
