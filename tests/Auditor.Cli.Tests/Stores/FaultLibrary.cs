using System.Diagnostics;
using System.Globalization;
using Auditor.Testing;

namespace Auditor.Cli.Tests.Stores;

/// <summary>Lets the program fail at the write of its store that a test chooses: a library that is loaded before the system's own, built from <c>tests/faults</c>.</summary>
internal static class FaultLibrary
{
    private static readonly Lazy<(TemporaryFolder? Folder, string? Missing)> Built = new(Build);

    /// <summary>Skips the test where the library cannot be had.</summary>
    public static void Require() => Assert.SkipUnless(Built.Value.Missing is null, Built.Value.Missing ?? "");

    /// <summary>The environment in which a write fails.</summary>
    /// <param name="target">What is meant: <c>FAULT_FILE</c> or <c>FAULT_PORT</c>, with its value.</param>
    /// <param name="kind">count, kill, full or cut.</param>
    /// <param name="at">Which write, from 1.</param>
    /// <param name="log">The file that counts them; null for none.</param>
    public static Dictionary<string, string> At((string Name, string Value) target, string kind, int at, string? log = null)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LD_PRELOAD"] = Path.Combine(Built.Value.Folder!.Path, "faults.so"),
            [target.Name] = target.Value,
            ["FAULT_KIND"] = kind,
            ["FAULT_AT"] = at.ToString(CultureInfo.InvariantCulture),
        };
        if (log is not null)
        {
            environment["FAULT_LOG"] = log;
        }

        return environment;
    }

    /// <summary>The environment of a server whose disk is full in a folder while a file is there; the file is null where the library cannot be had.</summary>
    /// <param name="folder">A part of the folder's path.</param>
    public static (Dictionary<string, string> Environment, string? While) Full(string folder)
    {
        if (Built.Value.Missing is not null)
        {
            return ([], null);
        }

        var file = Path.Combine(Built.Value.Folder!.Path, "full-" + Path.GetRandomFileName());
        var environment = At(("FAULT_FILE", folder), "full", 1);
        environment["FAULT_WHILE"] = file;
        return (environment, file);
    }

    private static (TemporaryFolder?, string?) Build()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "faults are injected on Linux only");
        }

        var compiler = new[] { "/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang" }.FirstOrDefault(File.Exists);
        if (compiler is null)
        {
            return (null, "there is no C compiler here");
        }

        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
#pragma warning disable RS0030 // The compiler is a process of its own.
        using var process = Process.Start(
            compiler,
            [
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                Path.Combine(folder.Path, "faults.so"),
                Path.Combine(Repository.Root, "tests/faults/faults.c"),
                "-ldl",
            ]
        );
        process.WaitForExit();
        return process.ExitCode == 0 ? (folder, null) : (folder, "the C compiler cannot build tests/faults here");
#pragma warning restore RS0030
    }
}
