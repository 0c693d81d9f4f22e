using System.Diagnostics.CodeAnalysis;
using Auditor.Reports;

namespace Auditor.Cli.Output;

/// <summary>One line of progress on standard error, only on a terminal, gone when the work is done.</summary>
internal sealed class Progress : IDisposable
{
    private readonly TextWriter? terminal;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private long last;
    private bool shown;

    public Progress(ConsoleEnvironment environment, bool enabled)
    {
        terminal = enabled && environment.ErrorIsTerminal ? environment.StandardError : null;
        clock = environment.Clock;
        last = clock.GetTimestamp();
    }

    /// <summary>Says what is being done. Short work shows nothing: the first line comes after 300 ms.</summary>
    [SuppressMessage(
        "Design",
        "MA0045:Do not use blocking calls in a sync method (need to make calling method async)",
        Justification = "A line on a terminal."
    )]
    public void Report(string what, int done, int all)
    {
        if (terminal is null)
        {
            return;
        }

        lock (gate)
        {
            if (clock.GetElapsedTime(last) < TimeSpan.FromMilliseconds(shown ? 80 : 300))
            {
                return;
            }

            last = clock.GetTimestamp();
            shown = true;
            terminal.Write(
                "\r\u001b[K" + Neutral.Line(all > 0 ? string.Create(CultureInfo.InvariantCulture, $"{what} {done}/{all}") : what)
            );
            terminal.Flush();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (shown)
            {
                terminal!.Write("\r\u001b[K");
                terminal.Flush();
            }
        }
    }
}
