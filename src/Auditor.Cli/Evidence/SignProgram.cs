using System.Diagnostics;
using Auditor.Cli.Output;

namespace Auditor.Cli.Evidence;

/// <summary>
/// A program that signs with a key that never leaves its store. It is the one program that auditor ever starts: only because the command line names it by its full path, without a shell
/// and without arguments, in a folder that is empty, and never from an audited tree. It reads what is to be signed on standard input and writes the signature, in DER, on standard output.
/// </summary>
/// <param name="path">The program's full path.</param>
/// <param name="environment">The clock.</param>
internal sealed class SignProgram(string path, ConsoleEnvironment environment)
{
    private const int LargestSignature = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The path of a program that may be started.</summary>
    /// <exception cref="UsageException">It is not named by its full path, or is not there.</exception>
    public static string Checked(string path) =>
        !Path.IsPathFullyQualified(path)
            ? throw new UsageException("--sign-program must be a full path: no program is searched for, least of all in what is audited.")
        : !File.Exists(path) ? throw new UsageException($"--sign-program: there is no '{path}'.")
        : path;

    /// <summary>Refuses a program that lies in what is audited.</summary>
    /// <exception cref="UsageException">It does.</exception>
    public static void RefuseBelow(string? program, IEnumerable<string> audited)
    {
        if (program is null)
        {
            return;
        }

        var full = Real(program);
        foreach (var tree in audited.Select(Real))
        {
            if (full.StartsWith(Path.TrimEndingDirectorySeparator(tree) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new UsageException("--sign-program lies in what is audited, and nothing from there is ever started.");
            }
        }
    }

    /// <summary>Has it sign.</summary>
    /// <exception cref="UsageException">It cannot be started, fails, or takes longer than two minutes.</exception>
    public async Task<byte[]> SignAsync(byte[] content, CancellationToken cancellationToken)
    {
        var empty = Directory.CreateTempSubdirectory("auditor-sign-");
        using var deadline = new CancellationTokenSource(Patience, environment.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
#pragma warning disable RS0030 // The one program that is ever started, on the explicit word of whoever runs auditor; see above.
        var start = new ProcessStartInfo(path)
        {
            UseShellExecute = false,
            WorkingDirectory = empty.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var output = ReadAsync(process.StandardOutput.BaseStream, both.Token);
                await WriteAsync(process.StandardInput, content, both.Token);
                var signature = await output;
                await process.WaitForExitAsync(both.Token);
                return process.ExitCode == 0
                    ? signature
                    : throw new UsageException(
                        string.Create(CultureInfo.InvariantCulture, $"--sign-program ended with {process.ExitCode}; no pack was written.")
                    );
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                throw new UsageException("--sign-program took longer than two minutes; no pack was written.");
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new UsageException($"--sign-program '{path}' cannot be started.");
        }
        finally
        {
            empty.Delete(recursive: true);
        }
#pragma warning restore RS0030
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestSignature];
        return buffer[..await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)];
    }

    // A program that does not read its input may end before it is written.
    private static async Task WriteAsync(StreamWriter input, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            await using (input)
            {
                await input.BaseStream.WriteAsync(content, cancellationToken);
            }
        }
        catch (IOException) { }
    }

    // The end of all links, so that a link from elsewhere into the tree is seen through.
    private static string Real(string path)
    {
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full : full;
    }
}
