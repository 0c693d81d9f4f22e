using Auditor.Reports;

namespace Auditor.Cli.Output;

/// <summary>What the program may know of where it runs. The one place that reads the process's environment and clock.</summary>
internal sealed record ConsoleEnvironment
{
    /// <summary>The width of texts that go to no terminal.</summary>
    public const int DefaultWidth = 100;

    public required string WorkingFolder { get; init; }

    public required Stream StandardOutput { get; init; }

    public required TextWriter StandardError { get; init; }

    /// <summary>Opens standard error for what is no line of text.</summary>
    public required Func<Stream> OpenError { get; init; }

    public required bool OutputIsTerminal { get; init; }

    public required bool ErrorIsTerminal { get; init; }

    /// <summary>The number of characters that fit into a line of standard output; 100 where it is no terminal.</summary>
    public required int Width { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The file of the program itself; null when it is not known.</summary>
    public required string? Program { get; init; }

    /// <summary>The process's own.</summary>
    public static ConsoleEnvironment Real() =>
        new()
        {
            WorkingFolder = Directory.GetCurrentDirectory(),
            StandardOutput = Console.OpenStandardOutput(),
            StandardError = Console.Error,
            OpenError = Console.OpenStandardError,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Width = TerminalWidth(),
            Variable = Environment.GetEnvironmentVariable,
            Program = Environment.ProcessPath,
#pragma warning disable RS0030 // The one clock of the program: everything else is handed it.
            Clock = TimeProvider.System,
#pragma warning restore RS0030
        };

    /// <summary>
    /// Whether colours are wanted: asked for, or forced or forbidden by the environment (no-color.org, bixense.com/clicolors), or on a terminal that can show them.
    /// </summary>
    public bool UseColor(string mode) =>
        mode switch
        {
            "always" => true,
            "never" => false,
            _ when Variable("NO_COLOR") is { Length: > 0 } => false,
            _ when Variable("FORCE_COLOR") is { Length: > 0 } forced => forced != "0",
            _ when Variable("CLICOLOR_FORCE") is { Length: > 0 } forced => forced != "0",
            _ => OutputIsTerminal && Variable("TERM") is not "dumb",
        };

    /// <summary>Says on standard error what is wrong.</summary>
    public Task ComplainAsync(string message) => StandardError.WriteLineAsync("auditor: " + Neutral.Line(message));

    /// <summary>Writes the result of a command to standard output. A reader that has seen enough (<c>| head</c>) is no error.</summary>
    /// <exception cref="UsageException">Standard output cannot be written.</exception>
    public async Task PrintAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await StandardOutput.WriteAsync(content, cancellationToken);
            await StandardOutput.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException("Standard output cannot be written: it is closed or its disk is full.");
        }
    }

    /// <summary>Writes a text to standard output.</summary>
    public Task PrintAsync(string text, CancellationToken cancellationToken) =>
        PrintAsync(System.Text.Encoding.UTF8.GetBytes(text), cancellationToken);

    private static int TerminalWidth()
    {
        if (Console.IsOutputRedirected)
        {
            return DefaultWidth;
        }

        try
        {
            return Math.Clamp(Console.WindowWidth, 40, DefaultWidth);
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}
