using System.Runtime.CompilerServices;

namespace Auditor.Testing;

/// <summary>The places of the checkout that tests read.</summary>
public static class Repository
{
    /// <summary>The top folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "../.."));

    /// <summary>The test estates.</summary>
    public static string Landscapes => Path.Combine(Root, "tests", "landscapes");

    /// <summary>The rules with their pages.</summary>
    public static string Rules => Path.Combine(Root, "rules");

    /// <summary>
    /// A file or folder of the reference material that lies beside a checkout in some places. A test that needs it skips itself, visibly, where it is absent.
    /// </summary>
    public static string Shared(string path)
    {
        var full = Path.GetFullPath(Path.Combine(Root, "..", "shared", path));
        Xunit.Assert.SkipUnless(Path.Exists(full), $"../shared/{path} is not here");
        return full;
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
