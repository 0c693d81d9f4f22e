using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;

namespace Auditor.Reports.GitHub;

/// <summary>
/// Workflow commands of GitHub Actions that annotate files (GitHub docs, "Workflow commands", 2026-07). A step may annotate ten times per level; the worst ten are
/// given, and the rest is counted.
/// </summary>
public static class GitHubAnnotations
{
    private const int MostPerLevel = 10;

    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var text = new StringBuilder();

        // What could not be looked at comes first, and takes its places among the errors.
        var room = MostPerLevel;
        if (!run.Gaps.IsEmpty)
        {
            var shown = string.Join("; ", run.Gaps.Take(5)) + (run.Gaps.Length > 5 ? $"; and {Number(run.Gaps.Length - 5)} more" : "");
            Command(text, "error", [("title", "audit incomplete")], $"The audit is incomplete: {shown}.");
            room--;
        }

        Annotate(text, run, Level.Error, "error", room);
        Annotate(text, run, Level.Warning, "warning", MostPerLevel);

        // One notice is kept for the closing line.
        Annotate(text, run, Level.Note, "notice", MostPerLevel - 1);
        Command(text, "notice", [("title", "auditor")], Headline.Line(run) + Hidden(run, room));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Hidden(AuditRun run, int room)
    {
        var hidden =
            Math.Max(0, run.Count(Level.Error) - room)
            + Math.Max(0, run.Count(Level.Warning) - MostPerLevel)
            + Math.Max(0, run.Count(Level.Note) - MostPerLevel + 1);
        return hidden == 0 ? "" : $" ({Nouns.Count(hidden, "findings")} without an annotation: the worst ten of each level have one)";
    }

    private static void Annotate(StringBuilder text, AuditRun run, Level level, string command, int most)
    {
        foreach (var finding in run.Findings.Where(finding => finding.IsLive && finding.Level == level).Take(most))
        {
            var properties = new List<(string, string)>();
            var place = finding.Place;
            if (place.Artifact.Length > 0)
            {
                properties.Add(("file", run.PathOf(place.Artifact)));
            }

            if (place.Line > 0)
            {
                properties.Add(("line", Number(place.Line)));
                if (place.EndLine > place.Line)
                {
                    properties.Add(("endLine", Number(place.EndLine)));
                }
                else if (place.Column > 0)
                {
                    // Columns are refused where an annotation spans lines.
                    properties.Add(("col", Number(place.Column)));
                    if (place.EndColumn > place.Column)
                    {
                        properties.Add(("endColumn", Number(place.EndColumn)));
                    }
                }
            }

            properties.Add(("title", $"{finding.Rule.Id} {finding.Rule.Name}"));
            Command(text, command, properties, finding.Message + (finding.Remedy is { } remedy ? " " + remedy : ""));
        }
    }

    private static void Command(
        StringBuilder text,
        string command,
        IReadOnlyList<(string Name, string Value)> properties,
        string message
    ) =>
        text.Append("::")
            .Append(command)
            .Append(' ')
            .AppendJoin(',', properties.Select(property => $"{property.Name}={Property(property.Value)}"))
            .Append("::")
            .Append(Data(message))
            .Append('\n');

    // actions/toolkit, packages/core/src/command.ts.
    private static string Data(string text) => Neutral.Line(text).Replace("%", "%25", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
