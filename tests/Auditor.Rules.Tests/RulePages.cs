using System.Text;
using Auditor.Engine;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Rules.Tests;

/// <summary>Every example of every page, audited by all rules.</summary>
public sealed class RulePages
{
    private static readonly Estate Base = Estate.Load("acme");

    public static TheoryData<string, int, string> Examples
    {
        get
        {
            var data = new TheoryData<string, int, string>();
            foreach (var rule in RuleCatalog.All)
            {
                var examples = RulePage.Parse(RuleCatalog.PageOf(rule)).Examples;
                for (var i = 0; i < examples.Count; i++)
                {
                    data.Add(rule.Info.Id, i, examples[i].ToString());
                }
            }

            return data;
        }
    }

    [Fact]
    public void The_estate_that_examples_are_laid_over_is_silent()
    {
        var run = Base.Copy().Audit();
        Assert.Empty(run.Findings.Select(finding => $"{finding.Rule.Id} {finding.Verdict} {finding.Place}: {finding.Message}"));
        Assert.Empty(run.Gaps);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_told_what_its_marks_say(string id, int index, string name)
    {
        var rule = RuleCatalog.All.Single(candidate => candidate.Info.Id == id);
        var example = RulePage.Parse(RuleCatalog.PageOf(rule)).Examples[index];
        Assert.Equal(name, example.ToString());
        var run = example.Over(Base).Audit();
        var marks = example.Files.SelectMany(file => file.Marks.Select(mark => (file, mark))).ToList();
        var told = run.Findings.Where(finding => Counts(finding, rule, example)).ToList();
        var wrong = new List<string>();
        foreach (var finding in told)
        {
            var met = marks.FindIndex(entry => Meets(entry.file, entry.mark, finding, id));
            if (met >= 0)
            {
                marks.RemoveAt(met);
            }
            else
            {
                wrong.Add($"said, not marked: {Line(finding)}");
            }
        }

        wrong.AddRange(
            marks.Select(entry =>
                $"marked, not said: {entry.file.Path}:{entry.mark.Line} {entry.mark.Word} {entry.mark.Rule ?? id}: {entry.mark.Text}"
            )
        );
        if (example.Section != "What it cannot see")
        {
            var population = run.Populations.Single(candidate => candidate.Rule.Id == id);
            if (example.IsCompliant && population.Pass == 0)
            {
                wrong.Add("the example is silent because nothing was judged to be in order: it does not show what compliance is");
            }
        }

        Assert.True(wrong.Count == 0, Report(id, example, wrong, told));
    }

    // A compliant example is silent under all rules. Elsewhere other rules may be open about what the example hides, but what they fail must be marked, too.
    private static bool Counts(Finding finding, IRule rule, Example example) =>
        finding.Rule.Id == rule.Info.Id || example.IsCompliant || finding.Verdict == "fail";

    private static bool Meets(ExampleFile file, Mark mark, Finding finding, string id)
    {
        var word = finding.Verdict switch
        {
            "fail" => finding.Level.ToString()!.ToLowerInvariant(),
            "open" => "open",
            _ => "not assessed",
        };
        return mark.Word == word
            && (mark.Rule ?? id) == finding.Rule.Id
            && finding.Place.Artifact == file.Path
            && finding.Place.Line == mark.Line
            && finding.Message.Contains(mark.Text, StringComparison.Ordinal);
    }

    private static string Line(Finding finding) =>
        $"{finding.Place} {finding.Level?.ToString().ToLowerInvariant() ?? finding.Verdict} {finding.Rule.Id}: {finding.Message}";

    private static string Report(string id, Example example, List<string> wrong, List<Finding> told)
    {
        var text = new StringBuilder().Append(id).Append(", ").Append(example).AppendLine(":");
        foreach (var line in wrong)
        {
            text.Append("  ").AppendLine(line);
        }

        foreach (var file in example.Files.Where(file => told.Exists(finding => finding.Place.Artifact == file.Path)))
        {
            text.AppendLine().Append("As found, ").Append(file.Shown).AppendLine(":");
            var lines = file.Text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                text.Append(lines[i]);
                foreach (var finding in told.Where(finding => finding.Place.Artifact == file.Path && finding.Place.Line == i + 1))
                {
                    text.Append(
                        $" <!-- {finding.Level?.ToString().ToLowerInvariant() ?? finding.Verdict} {finding.Rule.Id}: {finding.Message} -->"
                    );
                }

                text.AppendLine();
            }
        }

        return text.ToString();
    }
}
