using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.Reports.Azure;
using Auditor.Reports.Changes;
using Auditor.Reports.Chat;
using Auditor.Reports.Csv;
using Auditor.Reports.GitHub;
using Auditor.Reports.GitLab;
using Auditor.Reports.Html;
using Auditor.Reports.Json;
using Auditor.Reports.JUnit;
using Auditor.Reports.Markdown;
using Auditor.Reports.Ndjson;
using Auditor.Reports.Sarif;
using Auditor.Reports.Text;

namespace Auditor.Cli.Output;

/// <summary>How a report is to look, as far as the command line says.</summary>
/// <param name="Color">Whether the text report is coloured.</param>
/// <param name="Quiet">Whether the text report is one line.</param>
/// <param name="Verbose">Whether the text report shows everything.</param>
/// <param name="FixPreview">Whether the text report shows diffs.</param>
/// <param name="GitHubProfile">Whether SARIF is for GitHub code scanning.</param>
/// <param name="Width">The number of characters of a line of the text report.</param>
internal sealed record ReportStyle(bool Color, bool Quiet, bool Verbose, bool FixPreview, bool GitHubProfile, int Width);

/// <summary>The formats by name.</summary>
internal static class ReportFormats
{
    public static ImmutableArray<string> Names { get; } =
    ["text", "json", "ndjson", "sarif", "html", "junit", "github", "gitlab", "azure", "markdown", "csv", "slack", "teams", "run"];

    public static byte[] Render(string format, AuditRun run, ReportStyle style) =>
        format switch
        {
            // What changed is what was asked for, and not an audit.
            "text" when run.IsComparison => System.Text.Encoding.UTF8.GetBytes(
                ChangesText.Render(run, new TextOptions(style.Color, style.Quiet, style.Verbose))
            ),
            "markdown" when run.IsComparison => ChangesMarkdown.Render(run),
            "json" => JsonReport.Render(run),
            "sarif" => SarifReport.Render(
                run,
                new SarifOptions(style.GitHubProfile ? SarifProfile.GitHub : SarifProfile.Full, NotApplicable: style.Verbose)
            ),
            "ndjson" => NdjsonReport.Render(run),
            "html" => HtmlReport.Render(run),
            "junit" => JUnitReport.Render(run),
            "github" => GitHubAnnotations.Render(run),
            "gitlab" => GitLabReport.Render(run),
            "azure" => AzureReport.Render(run),
            "markdown" => MarkdownReport.Render(run),
            "csv" => CsvReport.Render(run),
            "slack" => SlackReport.Render(run),
            "teams" => TeamsReport.Render(run),
            "run" => RunDocument.Write(run),
            _ => System.Text.Encoding.UTF8.GetBytes(
                TextReport.Render(run, new TextOptions(style.Color, style.Quiet, style.Verbose, style.FixPreview, style.Width))
            ),
        };
}
