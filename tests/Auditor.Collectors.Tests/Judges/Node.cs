using System.Diagnostics;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Judges;

#pragma warning disable RS0030 // The judges are processes of their own.
/// <summary>
/// Programs that others wrote, from npm, with their versions locked in <c>tests/judges</c>. Where Node or the registry is out of reach, the tests that need them skip
/// themselves and say so.
/// </summary>
internal static class Node
{
    private static readonly SemaphoreSlim One = new(1, 1);
    private static string? skip;
    private static string? folder;

    /// <summary>Starts a script of <c>tests/judges</c>.</summary>
    public static async Task<Process> StartAsync(string script, params string[] arguments)
    {
        var place = await InstallAsync();
        return Start("node", [Path.Combine(place, script), .. arguments], place);
    }

    /// <summary>Runs a script to its end and returns what it wrote.</summary>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        using var process = await StartAsync(script, arguments);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{script}: {await errors}");
        return output;
    }

    // Beside the test program, so that the checkout stays clean and the next run finds it again.
    private static async Task<string> InstallAsync()
    {
        await One.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (folder is null && skip is null)
            {
                var place = Path.Combine(AppContext.BaseDirectory, "judges");
                Directory.CreateDirectory(place);
                foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "judges")))
                {
                    File.Copy(file, Path.Combine(place, Path.GetFileName(file)), overwrite: true);
                }

                skip = await NpmAsync(place);
                folder = place;
            }
        }
        finally
        {
            One.Release();
        }

        Assert.SkipWhen(skip is not null, skip ?? "");
        return folder!;
    }

    private static async Task<string?> NpmAsync(string place)
    {
        var stamp = Path.Combine(place, "installed");
        var locked = await File.ReadAllTextAsync(Path.Combine(place, "package-lock.json"), TestContext.Current.CancellationToken);
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, TestContext.Current.CancellationToken) == locked)
        {
            return null;
        }

        try
        {
            using var npm = Start("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], place);
            var errors = npm.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await npm.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await npm.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (npm.ExitCode != 0)
            {
                var lines = (await errors).Split('\n').Where(line => line.Contains("ERR", StringComparison.OrdinalIgnoreCase)).Take(2);
                return "npm could not install the judges: " + string.Join(" ", lines);
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed";
        }

        await File.WriteAllTextAsync(stamp, locked, TestContext.Current.CancellationToken);
        return null;
    }

    /// <summary>Starts a program whose output is read.</summary>
    public static Process Start(string file, string[] arguments, string place)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = place,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
#pragma warning restore RS0030
