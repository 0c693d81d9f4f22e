using Auditor.Engine;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>What was judged, subject by subject: by rule, and, for a control, by everything that its rules judged.</summary>
internal static class HtmlPopulations
{
    // Beyond this, subjects that are in order are counted and not listed: the page stays one that opens.
    private const int MostSubjects = 20_000;

    /// <summary>The population of every rule that ran.</summary>
    public static ScriptArray OfRules(AuditRun run)
    {
        var judged = Judged(run.Evaluations).ToLookup(evaluation => evaluation.Rule.Id, StringComparer.Ordinal);
        var all = judged.Sum(rule => rule.Count()) <= MostSubjects;
        return HtmlModel.List(
            run.Populations,
            population => new ScriptObject
            {
                ["rule"] = population.Rule.Id,
                ["name"] = population.Rule.Name,
                ["what"] = population.Rule.Subjects,
                ["subjects"] = population.Subjects - population.NotApplicable,
                ["pass"] = population.Pass,
                ["fail"] = population.Fail,
                ["open"] = population.Open,
                ["not_assessed"] = population.NotAssessed,
                ["not_applicable"] = population.NotApplicable,
                ["listed"] = HtmlModel.List(
                    judged[population.Rule.Id].Where(evaluation => all || evaluation.Verdict != "pass"),
                    evaluation => new ScriptObject
                    {
                        ["title"] = evaluation.Title,
                        ["environment"] = evaluation.Environment ?? "",
                        ["verdict"] = Word(evaluation.Verdict),
                        ["state_class"] = ClassOf(evaluation.Verdict),
                        ["quiet"] = evaluation.Verdict == "pass",
                        ["finding"] = evaluation.Finding is { } finding ? HtmlModel.Anchor(finding) : "",
                    }
                ),
                ["all"] = all,

                // On paper, what is in order is counted.
                ["quiet"] = judged[population.Rule.Id].All(evaluation => evaluation.Verdict == "pass"),
            }
        );
    }

    /// <summary>
    /// The population of a control: each subject once, with the worst that one of the control's rules says of it. Beyond the limit only what is not in order, and a count.
    /// </summary>
    public static ScriptObject OfControl(IEnumerable<Evaluation> evaluations)
    {
        var subjects = Judged(evaluations)
            .GroupBy(evaluation => (evaluation.Subject, evaluation.Title, evaluation.Environment))
            .Select(group => (group.Key, Judgements: group.ToList(), Worst: group.MaxBy(evaluation => Rank(evaluation.Verdict))!))
            .OrderByDescending(subject => Rank(subject.Worst.Verdict))
            .ThenBy(subject => subject.Key.Title, StringComparer.Ordinal)
            .ThenBy(subject => subject.Key.Subject, StringComparer.Ordinal)
            .ToList();
        var all = subjects.Count <= MostSubjects / 10;
        return new ScriptObject
        {
            ["count"] = subjects.Count,
            ["all"] = all,
            ["listed"] = HtmlModel.List(
                subjects.Where(subject => all || subject.Worst.Verdict != "pass"),
                subject => new ScriptObject
                {
                    ["title"] = subject.Key.Title,
                    ["environment"] = subject.Key.Environment ?? "",
                    ["verdict"] = Word(subject.Worst.Verdict),
                    ["state_class"] = ClassOf(subject.Worst.Verdict),
                    ["rules"] = string.Join(
                        ", ",
                        subject.Judgements.Select(evaluation => evaluation.Rule.Id).Distinct(StringComparer.Ordinal)
                    ),
                    ["findings"] = HtmlModel.Links([
                        .. subject.Judgements.Select(evaluation => evaluation.Finding).OfType<string>().Distinct(StringComparer.Ordinal),
                    ]),
                }
            ),
        };
    }

    private static IEnumerable<Evaluation> Judged(IEnumerable<Evaluation> evaluations) =>
        evaluations.Where(evaluation => evaluation.Verdict != "notApplicable");

    private static int Rank(string verdict) =>
        verdict switch
        {
            "pass" => 0,
            "open" => 1,
            "notAssessed" => 2,
            _ => 3,
        };

    private static string Word(string verdict) =>
        verdict switch
        {
            "pass" => "in order",
            "fail" => "wrong",
            "open" => "open",
            _ => "not assessed",
        };

    private static string ClassOf(string verdict) =>
        verdict switch
        {
            "pass" => "pass",
            "open" => "open",
            _ => "fail",
        };
}
