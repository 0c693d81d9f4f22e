using System.CommandLine;
using Auditor.Cli.Commands;
using Auditor.Engine;

namespace Auditor.Cli.Output;

/// <summary>The options that say which reports are wanted and how they look: the same for every command that reports.</summary>
internal sealed class ReportArguments
{
    private readonly Option<string> color = Choice.Color();
    private readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Print the last line only." };
    private readonly Option<bool> verbose = new("--verbose", "-v")
    {
        Description = "Print everything: what is open, all places, all notices.",
    };
    private readonly Option<bool> fixPreview = new("--fix-preview")
    {
        Description = "Show the proposed changes as diffs. Nothing is written.",
    };

    /// <summary>Which reports, and where they go.</summary>
    public Option<string[]> Report { get; } = Reports();

    /// <summary>How much SARIF tells.</summary>
    public Option<string> SarifProfile { get; } =
        Choice.Option("--sarif-profile", "github: within the limits of GitHub code scanning.", "full", "full", "github");

    /// <summary>How text looks.</summary>
    public IEnumerable<Option> Looks => [color, quiet, verbose, fixPreview];

    /// <summary>The reports that are asked for.</summary>
    public ImmutableArray<ReportRequest> Requests(ParseResult result) => ReportRequest.Parse(result.GetValue(Report) ?? []);

    /// <summary>Whether only the last line is wanted.</summary>
    public bool IsQuiet(ParseResult result) => result.GetValue(quiet);

    /// <summary>How they are to look.</summary>
    public ReportStyle Style(ParseResult result, ConsoleEnvironment environment) =>
        new(
            environment.UseColor(result.GetValue(color)!),
            result.GetValue(quiet),
            result.GetValue(verbose),
            result.GetValue(fixPreview),
            result.GetValue(SarifProfile) == "github",
            environment.Width
        );

    /// <summary>Makes the reports of a run and puts them where they are to go.</summary>
    public static async Task WriteAsync(
        AuditRun run,
        ImmutableArray<ReportRequest> requests,
        ReportStyle style,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        foreach (var request in requests)
        {
            var content = ReportFormats.Render(
                request.Format,
                run,
                request.File is null ? style : style with { Color = false, Width = ConsoleEnvironment.DefaultWidth }
            );
            await (
                request.File is null
                    ? environment.PrintAsync(content, cancellationToken)
                    : OutputFile.WriteAsync(request.File, content, OutputFile.Reader.Owner, environment, cancellationToken)
            );
        }
    }

    private static Option<string[]> Reports()
    {
        var report = new Option<string[]>("--report")
        {
            Description = $"A report, repeatable: {string.Join(", ", ReportFormats.Names)}. Default: text.",
            HelpName = "FORMAT[=FILE]",
        };
        report.CompletionSources.Add([.. ReportFormats.Names]);
        return report;
    }
}
