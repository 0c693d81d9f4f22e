using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports.Chat;

/// <summary>What a nightly message says: the verdict, the worst findings, and how many more there are. Short enough for every chat.</summary>
/// <param name="Title">The verdict.</param>
/// <param name="Lines">The lines below it, each plain text.</param>
internal sealed record ChatMessage(string Title, ImmutableArray<string> Lines)
{
    private const int MostFindings = 5;
    private const int MostGaps = 3;
    private const int MostCharacters = 500;

    /// <summary>The message of a run.</summary>
    public static ChatMessage Of(AuditRun run)
    {
        var lines = new List<string> { Headline.Systems(run) };
        if (Headline.News(run) is { Length: > 0 } news)
        {
            lines.Add("Since the run before: " + news);
        }

        foreach (var gap in run.Gaps.Take(MostGaps))
        {
            lines.Add("Not read or not assessed: " + gap);
        }

        // What is new comes first: the rest was told before.
        var live = run.Findings.Where(finding => finding.IsLive).OrderByDescending(finding => finding.IsNew == true).ToList();
        foreach (var finding in live.Take(MostFindings))
        {
            var where = finding.Environments.IsEmpty ? "" : $" ({string.Join(", ", finding.Environments)})";
            lines.Add(
                $"{(finding.IsNew == true ? "new: " : "")}{JsonReport.Word(finding.Level!.Value)} {finding.Rule.Id}{where}: {finding.Message}"
            );
        }

        var more = Math.Max(0, live.Count - MostFindings) + Math.Max(0, run.Gaps.Length - MostGaps);
        if (more > 0)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {more} more"));
        }

        return new ChatMessage(Cut(Headline.Line(run), 140), [.. lines.Select(line => Cut(line, MostCharacters))]);
    }

    private static string Cut(string text, int most)
    {
        var line = Neutral.Visible(text);
        return line.Length <= most ? line : line[..(char.IsHighSurrogate(line[most - 2]) ? most - 2 : most - 1)] + "…";
    }
}
