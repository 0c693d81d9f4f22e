using Auditor.Model.Findings;

namespace Auditor.Engine.Runs;

/// <summary>
/// The words of a run that are the program's own, and that reports therefore print as they are: ids, states, digests. A document can have been written by anybody, so that what is read
/// from one is looked at as if it came from an audited system; every other text of a run is neutralised where it is printed.
/// </summary>
internal static class RunWords
{
    private static readonly string[] Verdicts = ["pass", "notApplicable", "fail", "open", "notAssessed"];
    private static readonly string[] Outcomes = ["passed", "skipped", "failed-and-continued", "stopped", "disabled", "unknown"];

    /// <summary>Looks at all of them.</summary>
    /// <exception cref="FormatException">One of them is none of the program's.</exception>
    public static void Check(AuditRun run)
    {
        Plain(run.ToolVersion);
        foreach (var rule in run.Rules)
        {
            Rule(rule.Info);
            Lines(rule.Page);
            foreach (var control in rule.Controls)
            {
                Plain(control.Framework);
                Plain(control.Id);
            }
        }

        foreach (var input in run.Inputs)
        {
            Plain(input.Checkout?.Repository ?? "");
            Plain(input.Checkout?.Revision ?? "");
        }

        foreach (var system in run.Systems)
        {
            Word(system.Kind);
        }

        foreach (var finding in run.Findings)
        {
            Finding(finding);
        }

        foreach (var evaluation in run.Evaluations)
        {
            Rule(evaluation.Rule);
            OneOf(evaluation.Verdict, Verdicts);
            Digest(evaluation.Finding ?? "");
        }

        foreach (var population in run.Populations)
        {
            Rule(population.Rule);
        }

        foreach (var crash in run.Crashes)
        {
            Rule(crash.Rule);
        }

        foreach (
            var finding in run
                .Trust.Edges.SelectMany(edge => edge.Findings)
                .Concat(run.Trust.Nodes.SelectMany(node => node.Findings))
                .Concat(run.Connections.SelectMany(connection => connection.Items).SelectMany(item => item.Findings))
                .Concat(run.Artifacts.Select(artifact => artifact.Sha256))
        )
        {
            Digest(finding);
        }

        foreach (var notice in run.Notices)
        {
            Word(notice.Code);
        }
    }

    private static void Finding(Finding finding)
    {
        Rule(finding.Rule);
        OneOf(finding.Verdict, Verdicts);
        Digest(finding.Fingerprint);
        if (finding.Verdict == "fail" && finding.Level is null)
        {
            throw new FormatException();
        }

        if (finding.Accepted is { } accepted)
        {
            Word(accepted.Kind);
        }

        foreach (var also in finding.Also)
        {
            Plain(also);
        }

        foreach (var step in finding.Witness?.Steps ?? [])
        {
            OneOf(step.Outcome, Outcomes);
        }
    }

    private static void Rule(RuleInfo rule)
    {
        Require(rule.Id is [>= 'A' and <= 'Z', >= 'A' and <= 'Z', >= 'A' and <= 'Z', '-', .. var number] && number.All(char.IsAsciiDigit));
        Word(rule.Name);
        Require(rule.Name.Split('-').All(part => part.Length > 0));
        Plain(rule.Title);
        Plain(rule.Subjects);
        foreach (var other in rule.YieldsTo)
        {
            Plain(other);
        }
    }

    private static void OneOf(string text, string[] words) => Require(words.Contains(text, StringComparer.Ordinal));

    private static void Digest(string text) => Require(text.Length <= 64 && text.All(char.IsAsciiHexDigitLower));

    private static void Word(string text) => Require(text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static void Plain(string text) => Require(!text.Any(IsUnfit));

    private static void Lines(string text) => Require(!text.Any(c => c != '\n' && IsUnfit(c)));

    private static bool IsUnfit(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }
}
