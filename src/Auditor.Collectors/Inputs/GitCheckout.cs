using System.Text;
using Auditor.Model;

namespace Auditor.Collectors.Inputs;

/// <summary>
/// Reads from the files of a Git checkout what is checked out. Git itself is never run: its configuration may name programs, and the tree may be anybody's. What does not
/// look like a commit, a branch or the address of a repository is not passed on.
/// </summary>
internal static class GitCheckout
{
    private const int MaxFile = 64 * 1024 * 1024;
    private const int MaxParents = 60;

    /// <summary>The checkout around a file or folder; null when there is none.</summary>
    public static Checkout? Around(string full)
    {
        try
        {
            var folder = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full).Directory;
            for (var depth = 0; folder is not null && depth < MaxParents; depth++, folder = folder.Parent)
            {
                if (GitFolder(folder.FullName) is { } git)
                {
                    return Read(git, Path.GetRelativePath(folder.FullName, full).Replace('\\', '/'));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Where the input comes from is said when it can be read, and left out when it cannot.
        }

        return null;
    }

    // A folder, or, in linked worktrees and submodules, a file that says where the folder is.
    private static string? GitFolder(string top)
    {
        var path = Path.Combine(top, ".git");
        if (Directory.Exists(path))
        {
            return path;
        }

        return
            FirstLine(path) is ['g', 'i', 't', 'd', 'i', 'r', ':', .. var target]
            && Path.GetFullPath(target.Trim(), top) is var folder
            && Directory.Exists(folder)
            ? folder
            : null;
    }

    private static Checkout Read(string git, string path)
    {
        var common = FirstLine(Path.Combine(git, "commondir")) is { } relative ? Path.GetFullPath(relative, git) : git;
        var head = FirstLine(Path.Combine(git, "HEAD")) ?? "";
        var reference = head.StartsWith("ref: ", StringComparison.Ordinal) ? head[5..].Trim() : null;
        if (reference is not null && !IsReference(reference))
        {
            reference = null;
        }

        var revision = reference is null
            ? head
            : FirstLine(Path.Combine(git, reference)) ?? FirstLine(Path.Combine(common, reference)) ?? Packed(common, reference);
        return new Checkout(
            path == "." ? "" : path,
            Lines(Path.Combine(common, "config")) is { } lines ? Remote(lines) : null,
            IsCommit(revision) ? revision : null,
            reference?.StartsWith("refs/heads/", StringComparison.Ordinal) == true ? reference["refs/heads/".Length..] : null
        );
    }

    private static string? Packed(string common, string reference)
    {
        foreach (var line in Lines(Path.Combine(common, "packed-refs")) ?? [])
        {
            if (line.IndexOf(' ', StringComparison.Ordinal) is var blank and > 0 && line.AsSpan(blank + 1).SequenceEqual(reference))
            {
                return line[..blank];
            }
        }

        return null;
    }

    // The remote called origin, or the only one.
    private static string? Remote(IEnumerable<string> lines)
    {
        var remotes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var section = "";
        foreach (var raw in lines)
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                section =
                    line.StartsWith("[remote \"", StringComparison.Ordinal) && line.EndsWith("\"]", StringComparison.Ordinal)
                        ? line[9..^2]
                        : "";
            }
            else if (
                section.Length > 0
                && line.StartsWith("url", StringComparison.Ordinal)
                && line.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
            )
            {
                remotes.TryAdd(section, line[(equals + 1)..].Trim());
            }
        }

        return remotes.TryGetValue("origin", out var origin) ? Address(origin)
            : remotes.Count == 1 ? Address(remotes.Values.First())
            : null;
    }

    /// <summary>An address that others can use: a URL without credentials, query and fragment. Paths of this machine are not passed on.</summary>
    internal static string? Address(string remote)
    {
        // git@host:owner/repository.git
        if (!remote.Contains("://", StringComparison.Ordinal) && remote.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
        {
            remote = $"ssh://{remote[..colon]}/{remote[(colon + 1)..].TrimStart('/')}";
        }

        return
            Uri.TryCreate(remote, UriKind.Absolute, out var uri) && uri is { Host.Length: > 0, Scheme: "https" or "http" or "ssh" or "git" }
            ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
            : null;
    }

    private static bool IsCommit(string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigitLower);

    private static bool IsReference(string text) =>
        text.StartsWith("refs/", StringComparison.Ordinal)
        && !text.Contains("..", StringComparison.Ordinal)
        && text.All(c => c > ' ' && c is not ('\\' or '~' or '^' or ':' or '?' or '*' or '[' or '\u007f'));

    private static string? FirstLine(string path) => Lines(path)?.FirstOrDefault()?.Trim();

    private static IEnumerable<string>? Lines(string path)
    {
        // A length of 0 is also that of a pipe, and opening one can block.
        var file = new FileInfo(path);
        return file is { Exists: true, Length: > 0 and <= MaxFile } ? File.ReadLines(path, Encoding.UTF8) : null;
    }
}
