using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Auditor.Collectors.Secrets;

namespace Auditor.Collectors.Answers;

/// <summary>
/// The place of a recording on disk. A program can be killed at any moment, and at every moment a whole recording stands there: the one before, or the new one. Where
/// the system can exchange two folders in one step, that is done; elsewhere the old one is moved aside first, and whoever comes next, be it to read or to write, takes
/// that for the recording when it finds the place empty.
/// </summary>
/// <param name="folder">The full path of the folder.</param>
/// <param name="exchanges">Whether two folders may be exchanged in one step where the system can.</param>
internal sealed class RecordingPlace(string folder, bool exchanges = true)
{
    /// <summary>What is written last, so that what has it is whole.</summary>
    public const string Header = "recording.json";

    // Held open while a recording is being written: what nobody holds was left behind by a kill.
    private const string Lock = "writing.lock";

    private static readonly SearchValues<char> RandomName = SearchValues.Create("abcdefghijklmnopqrstuvwxyz012345");

    private string Partial => folder + ".partial-";

    private string Old => folder + ".old-";

    /// <summary>The folder to read where one is asked for: itself, or what a kill left of it. Nothing is changed.</summary>
    public static string Standing(string folder) =>
        Directory.Exists(folder) ? folder : new RecordingPlace(Path.TrimEndingDirectorySeparator(folder)).Aside ?? folder;

    /// <summary>Puts back what a kill left aside, and removes what kills left unfinished. What another program is writing stays.</summary>
    public void Recover()
    {
        if (!Directory.Exists(folder) && Aside is { } aside)
        {
            Directory.Move(aside, folder);
        }

        foreach (var left in Beside(Partial).Concat(Beside(Old)).Where(IsAbandoned))
        {
            Discard(left);
        }
    }

    /// <summary>Begins to write beside the place.</summary>
    /// <returns>The folder to write to, and what holds it.</returns>
    public (string Folder, IDisposable Hold) Begin()
    {
        var path = Partial + Path.GetRandomFileName();
        OwnerOnly.CreateFolder(path);
        return (path, OwnerOnly.Create(Path.Combine(path, Lock), FileMode.CreateNew));
    }

    /// <summary>Puts what was written in the place of what is there.</summary>
    /// <param name="written">The folder that was written to.</param>
    /// <param name="hold">What holds it; let go here.</param>
    public void Put(string written, IDisposable hold)
    {
        // Systems that do not let go of a folder with an open file in it are told first; elsewhere nobody may take it for abandoned before it is in place.
        if (OperatingSystem.IsWindows())
        {
            hold.Dispose();
        }

        if (!Directory.Exists(folder))
        {
            Directory.Move(written, folder);
        }
        else if (!(exchanges && OperatingSystem.IsLinux() && TryExchange(written, folder)))
        {
            var aside = Old + Path.GetRandomFileName();
            Directory.Move(folder, aside);
            try
            {
                Directory.Move(written, folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Directory.Move(aside, folder);
                throw;
            }

            written = aside;
        }

        hold.Dispose();
        File.Delete(Path.Combine(folder, Lock));
        Discard(written);
    }

    /// <summary>Removes a folder, in an order in which nothing that is left of it can be taken for a recording.</summary>
    public static void Discard(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                File.Delete(Path.Combine(path, Header));
                Directory.Delete(path, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed is in nobody's way, and the next run tries again.
        }
    }

    // The whole recording that stood here when a program was killed between moving it aside and putting another in its place.
    private string? Aside => Beside(Old).FirstOrDefault(path => File.Exists(Path.Combine(path, Header)));

    private IEnumerable<string> Beside(string prefix)
    {
        var parent = Path.GetDirectoryName(folder);
        return parent is null || !Directory.Exists(parent)
            ? []
            : Directory
                .GetDirectories(parent)
                .Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && IsOurs(path, path.AsSpan(prefix.Length)))
                .Order(StringComparer.Ordinal);
    }

    // People name folders "nightly.old-2025", too. Ours end as Path.GetRandomFileName makes it, and are no links, behind which anything may be.
    private static bool IsOurs(string path, ReadOnlySpan<char> ending) =>
        ending.Length == 12
        && ending[8] == '.'
        && !ending[..8].ContainsAnyExcept(RandomName)
        && !ending[9..].ContainsAnyExcept(RandomName)
        && !new DirectoryInfo(path).Attributes.HasFlag(FileAttributes.ReparsePoint);

    private static bool IsAbandoned(string path)
    {
        var held = Path.Combine(path, Lock);
        try
        {
            if (!File.Exists(held))
            {
                // A folder that is empty may have been made a moment ago, and not be held yet.
                return Directory.EnumerateFileSystemEntries(path).Any();
            }

            using var file = new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Some file systems cannot, and old systems do not know how.
    [SupportedOSPlatform("linux")]
    private static bool TryExchange(string one, string other)
    {
        const int CurrentFolder = -100;
        const uint Exchange = 2;
        try
        {
            return RenameAt(CurrentFolder, one, CurrentFolder, other, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "renameat2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAt(
        int oldFolder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string oldPath,
        int newFolder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string newPath,
        uint flags
    );
}
