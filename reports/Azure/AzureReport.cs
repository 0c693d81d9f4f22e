using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Reports.Azure;

/// <summary>
/// Logging commands of Azure Pipelines (Microsoft Learn, "Logging commands", 2026-07). Azure knows errors and warnings; notes are counted in the closing line.
/// </summary>
public static class AzureReport
{
    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var text = new StringBuilder();
        foreach (var gap in run.Gaps)
        {
            Issue(text, "error", [("code", "incomplete")], "The audit is incomplete: " + gap);
        }

        foreach (var finding in run.Findings.Where(finding => finding is { IsLive: true, Level: not Level.Note }))
        {
            var properties = new List<(string, string)>();
            var place = finding.Place;
            if (place.Artifact.Length > 0)
            {
                properties.Add(("sourcepath", run.PathOf(place.Artifact)));
            }

            if (place.Line > 0)
            {
                properties.Add(("linenumber", place.Line.ToString(CultureInfo.InvariantCulture)));
                properties.Add(("columnnumber", Math.Max(1, place.Column).ToString(CultureInfo.InvariantCulture)));
            }

            properties.Add(("code", finding.Rule.Id));
            Issue(
                text,
                finding.Level == Level.Error ? "error" : "warning",
                properties,
                $"{finding.Rule.Name}: {finding.Message}{(finding.Remedy is { } remedy ? " " + remedy : "")}"
            );
        }

        text.Append("auditor: ").Append(Headline.Line(run)).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Issue(StringBuilder text, string type, IEnumerable<(string Name, string Value)> properties, string message)
    {
        text.Append("##vso[task.logissue type=").Append(type);
        foreach (var (name, value) in properties)
        {
            text.Append(';').Append(name).Append('=').Append(Property(value));
        }

        text.Append(']').Append(Data(message)).Append('\n');
    }

    // microsoft/azure-pipelines-task-lib, node/taskcommand.ts.
    private static string Data(string text) => Neutral.Line(text).Replace("%", "%AZP25", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace("]", "%5D", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal);
}
