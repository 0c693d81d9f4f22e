namespace Auditor.Cli.Output;

/// <summary>What the program may know of where it runs. The one place that reads the process's environment and clock.</summary>
internal sealed record ConsoleEnvironment
{
    public required string WorkingFolder { get; init; }

    public required Stream StandardOutput { get; init; }

    public required TextWriter StandardError { get; init; }

    public required bool OutputIsTerminal { get; init; }

    public required bool ErrorIsTerminal { get; init; }

    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The process's own.</summary>
    public static ConsoleEnvironment Real() =>
        new()
        {
            WorkingFolder = Directory.GetCurrentDirectory(),
            StandardOutput = Console.OpenStandardOutput(),
            StandardError = Console.Error,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Variable = Environment.GetEnvironmentVariable,
#pragma warning disable RS0030 // The one clock of the program: everything else is handed it.
            Clock = TimeProvider.System,
#pragma warning restore RS0030
        };

    /// <summary>Whether colours are wanted: asked for, or on a terminal that is not told otherwise (no-color.org).</summary>
    public bool UseColor(string mode) =>
        mode switch
        {
            "always" => true,
            "never" => false,
            _ => OutputIsTerminal && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb",
        };
}
