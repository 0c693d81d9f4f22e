using System.Globalization;
using System.Text;
using Auditor.Engine;
using Auditor.Model.Findings;
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
                var examples = ExamplesOf(rule);
                for (var i = 0; i < examples.Count; i++)
                {
                    data.Add(rule.Info.Id, i, examples[i].ToString());
                }
            }

            return data;
        }
    }

    public static TheoryData<string> Ids => [.. RuleCatalog.All.Select(rule => rule.Info.Id)];

    [Fact]
    public void The_estate_that_examples_are_laid_over_is_silent()
    {
        var run = Base.Copy().Audit();
        Assert.Empty(run.Findings.Select(finding => $"{finding.Rule.Id} {finding.Verdict} {finding.Place}: {finding.Message}"));
        Assert.Empty(run.Gaps);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_page_in_the_program_is_the_page_in_the_checkout(string id) =>
        Assert.Equal(File.ReadAllText(RulePage.PathOf(Rule(id))), RuleCatalog.PageOf(Rule(id)));

    [Fact]
    public void Every_page_of_further_cases_has_a_rule() =>
        Assert.All(
            Directory.GetFiles(RulePage.LongTails, "*.md"),
            path => Assert.Contains(RuleCatalog.All, rule => rule.GetType().Name == Path.GetFileNameWithoutExtension(path))
        );

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_told_what_its_marks_say(string id, int index, string name)
    {
        var rule = Rule(id);
        var example = ExamplesOf(rule)[index];
        Assert.Equal(name, example.ToString());
        var run = Audit(rule, example);
        var marks = example.Marks.ToList();
        var told = run.Findings.Where(finding => Counts(finding, rule, example)).ToList();
        var wrong = new List<string>();
        foreach (var finding in told)
        {
            var met = marks.FindIndex(mark => Meets(mark, finding, id));
            if (met >= 0)
            {
                marks.RemoveAt(met);
            }
            else
            {
                wrong.Add($"said, not marked: {finding.Place} {Mark(finding, id)}");
            }

            wrong.AddRange(Faults(finding));
        }

        wrong.AddRange(marks.Select(mark => $"marked, not said: {mark.Path}:{mark.Line} {mark.Word} {mark.Rule ?? id}: {mark.Text}"));
        if (example.Section == "Noncompliant" && !example.Marks.Any(mark => (mark.Rule ?? id) == id))
        {
            wrong.Add("nothing of this rule is marked: the example does not show what the rule finds");
        }

        if (example.IsCompliant && run.Populations.Single(candidate => candidate.Rule.Id == id).Pass == 0)
        {
            wrong.Add("the example is silent because nothing was judged to be in order: it does not show what compliance is");
        }

        Assert.True(wrong.Count == 0, Report(id, example, wrong, told));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_proposed_fix_repairs_the_example_and_breaks_nothing(string id)
    {
        var rule = Rule(id);
        var fixes = 0;
        foreach (var example in ExamplesOf(rule))
        {
            var estate = example.Over(Base);
            var before = estate.Copy().Audit(example.Options());
            foreach (var finding in before.Findings.Where(finding => finding.Rule.Id == id && !finding.Fixes.IsEmpty))
            {
                fixes++;
                var repaired = estate.Copy();
                foreach (var fix in finding.Fixes)
                {
                    repaired.With(fix.Artifact, Apply(fix, repaired.Has(fix.Artifact) ? repaired.Text(fix.Artifact) : ""));
                }

                var after = repaired.Audit(example.Options());
                Assert.True(
                    after.Findings.All(other => other.Fingerprint != finding.Fingerprint),
                    $"{id}, {example}: the fix does not repair '{finding.Message}'\n{finding.Fixes[0].Diff}"
                );
                var known = before.Findings.Select(other => other.Fingerprint).ToHashSet(StringComparer.Ordinal);
                var broken = after.Findings.Where(other => other.Verdict == "fail" && !known.Contains(other.Fingerprint)).ToList();
                Assert.True(
                    broken.Count == 0,
                    $"{id}, {example}: after the fix {string.Join("; ", broken.Select(other => $"{other.Place} {Mark(other, id)}"))}"
                        + $"\n{finding.Fixes[0].Diff}"
                );
            }
        }

        Assert.True(
            (rule.Info.Fix == FixKind.Manual) == (fixes == 0),
            $"{id} is said to be fixed '{rule.Info.Fix}': {fixes} fixes proposed"
        );
    }

    // A rule about change is shown by what changed since the estate that the example is laid over.
    private static AuditRun Audit(IRule rule, Example example) =>
        rule.Info.Family == "DRF"
            ? example.Over(Base).AuditAfter(Base, example.Options(), rule.Info.Id is "DRF-002" or "DRF-003")
            : example.Over(Base).Audit(example.Options());

    private static IRule Rule(string id) => RuleCatalog.All.Single(candidate => candidate.Info.Id == id);

    private static IReadOnlyList<Example> ExamplesOf(IRule rule) =>
        [.. RulePage.Of(rule).Examples, .. RulePage.LongTailOf(rule)?.Examples ?? []];

    // A compliant example is silent under all rules. Elsewhere other rules may be open about what the example hides and note what it leaves unused, but what weakens a
    // control or worse must be marked, too.
    private static bool Counts(Finding finding, IRule rule, Example example) =>
        finding.Rule.Id == rule.Info.Id || example.IsCompliant || finding is { Verdict: "fail", Level: not Level.Note };

    private static bool Meets(Mark mark, Finding finding, string id) =>
        mark.Word == Word(finding)
        && (mark.Rule ?? id) == finding.Rule.Id
        && finding.Place.Artifact == mark.Path
        && finding.Place.Line == mark.Line
        && finding.Message.Contains(mark.Text, StringComparison.Ordinal);

    private static string Word(Finding finding) =>
        finding.Verdict switch
        {
            "fail" => finding.Level.ToString()!.ToLowerInvariant(),
            "open" => "open",
            _ => "not assessed",
        };

    /// <summary>What is wrong with how a finding is put.</summary>
    private static IEnumerable<string> Faults(Finding finding)
    {
        if (finding.Verdict == "fail")
        {
            if (!finding.Message.EndsWith('.') || !(char.IsUpper(finding.Message[0]) || finding.Message[0] is '<' or '\''))
            {
                yield return $"the message is no sentence: {finding.Message}";
            }

            if (!finding.Message.Contains('\'', StringComparison.Ordinal) && !finding.Message.Contains('<', StringComparison.Ordinal))
            {
                yield return $"the message names nothing: {finding.Message}";
            }

            if (finding.Remedy is null || !finding.Remedy.EndsWith('.'))
            {
                yield return $"the remedy is no sentence: {finding.Remedy}";
            }
        }
        else if (finding.Message.EndsWith('.'))
        {
            yield return $"a reason is a clause without a period: {finding.Message}";
        }
        else if (finding.Verdict == "open" && string.IsNullOrWhiteSpace(finding.Remedy))
        {
            yield return $"nothing is said about what would close it: {finding.Message}";
        }

        if (finding.Message.Contains("..", StringComparison.Ordinal) || finding.Message.Contains("  ", StringComparison.Ordinal))
        {
            yield return $"the message reads badly: {finding.Message}";
        }
    }

    private static string Apply(FileFix fix, string text)
    {
        var lines = text.Split('\n');
        var starts = new int[lines.Length];
        for (var i = 1; i < lines.Length; i++)
        {
            starts[i] = starts[i - 1] + lines[i - 1].Length + 1;
        }

        var result = new StringBuilder(text);
        foreach (var replacement in fix.Replacements.Reverse())
        {
            var from = starts[replacement.Line - 1] + replacement.Column - 1;
            var to = starts[replacement.EndLine - 1] + replacement.EndColumn - 1;
            result.Remove(from, to - from).Insert(from, replacement.NewText);
        }

        return result.ToString();
    }

    private static string Mark(Finding finding, string id) =>
        $"{Word(finding)}{(finding.Rule.Id == id ? "" : " " + finding.Rule.Id)}: {finding.Message}";

    private static string Report(string id, Example example, List<string> wrong, List<Finding> told)
    {
        var text = new StringBuilder().Append(id).Append(", ").Append(example).AppendLine(":");
        foreach (var line in wrong)
        {
            text.Append("  ").AppendLine(line);
        }

        var shown = example.Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var file in example.Files.Where(file => told.Exists(finding => finding.Place.Artifact == file.Path)))
        {
            text.AppendLine().Append("As found, ").Append(file.Shown).AppendLine(":");
            var lines = file.Text.TrimEnd('\n').Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                text.Append(lines[i]);
                foreach (var finding in told.Where(finding => finding.Place.Artifact == file.Path && finding.Place.Line == i + 1))
                {
                    text.Append(' ').Append(file.Comment(Mark(finding, id)));
                }

                text.AppendLine();
            }
        }

        var others = told.Where(finding => !shown.Contains(finding.Place.Artifact) || finding.Place.Line == 0).ToList();
        if (others.Count > 0)
        {
            text.AppendLine().AppendLine("As found, elsewhere:");
            foreach (var finding in others)
            {
                text.Append(ExampleFile.ShownAs(finding.Place.Artifact))
                    .Append(finding.Place.Line > 0 ? $":{finding.Place.Line.ToString(CultureInfo.InvariantCulture)}" : "")
                    .Append(' ')
                    .AppendLine(Mark(finding, id));
            }
        }

        return text.ToString();
    }
}
