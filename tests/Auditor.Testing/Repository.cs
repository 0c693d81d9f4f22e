namespace Auditor.Testing;

/// <summary>The places of the checkout that tests read.</summary>
public static class Repository
{
    /// <summary>
    /// The top folder: the one above the test program that holds the solution. It is not taken from the compiler's file paths, because a
    /// continuous integration build maps those to <c>/_/</c>.
    /// </summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory);

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

    private static string Above(string folder)
    {
        for (var here = new DirectoryInfo(folder); here is not null; here = here.Parent)
        {
            if (File.Exists(Path.Combine(here.FullName, "Auditor.sln")))
            {
                return here.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {folder} holds Auditor.sln: run the tests from a checkout.");
    }
}
