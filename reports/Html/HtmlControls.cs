using Auditor.Engine;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>What the rules say about controls: each with its rules and their population, and over the environments.</summary>
internal static class HtmlControls
{
    /// <summary>A row per confirmed control, with everything that its rules judged.</summary>
    public static ScriptArray Table(AuditRun run)
    {
        var populations = run.Populations.ToDictionary(population => population.Rule.Id, StringComparer.Ordinal);
        var evaluations = run.Evaluations.ToLookup(evaluation => evaluation.Rule.Id, StringComparer.Ordinal);
        var accepted = run
            .Findings.Where(finding => finding.Accepted is not null)
            .ToLookup(finding => finding.Rule.Id, StringComparer.Ordinal);
        return HtmlModel.List(
            Confirmed(run),
            control =>
            {
                var mine = control.Select(rule => populations[rule]).ToList();
                return new ScriptObject
                {
                    ["anchor"] = Anchor(control.Key.Framework, control.Key.Id),
                    ["framework"] = control.Key.Framework,
                    ["id"] = control.Key.Id,
                    ["rules"] = HtmlModel.List(
                        mine,
                        population => new ScriptObject
                        {
                            ["id"] = population.Rule.Id,
                            ["title"] = population.Rule.Title,
                            ["what"] = population.Rule.Subjects,
                            ["subjects"] = population.Subjects - population.NotApplicable,
                            ["pass"] = population.Pass,
                            ["fail"] = population.Fail,
                            ["open"] = population.Open + population.NotAssessed,
                        }
                    ),
                    ["population"] = HtmlPopulations.OfControl(control.SelectMany(rule => evaluations[rule])),
                    ["subjects"] = mine.Sum(population => population.Subjects - population.NotApplicable),
                    ["pass"] = mine.Sum(population => population.Pass),
                    ["fail"] = mine.Sum(population => population.Fail),
                    ["open"] = mine.Sum(population => population.Open + population.NotAssessed),
                    ["accepted"] = control.Sum(rule => accepted[rule].Count()),
                };
            }
        );
    }

    /// <summary>Controls against environments; null where there are no confirmed controls.</summary>
    public static ScriptObject? Heat(AuditRun run)
    {
        var controls = Confirmed(run).ToList();
        var judged = run.Evaluations.Where(evaluation => evaluation.Verdict != "notApplicable").ToList();
        var environments = judged
            .Select(evaluation => evaluation.Environment ?? "")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (controls.Count == 0 || environments.Count == 0)
        {
            return null;
        }

        var numbers = judged
            .GroupBy(evaluation => (evaluation.Rule.Id, evaluation.Environment ?? ""))
            .ToDictionary(
                group => group.Key,
                group =>
                    (
                        All: group.Count(),
                        Fail: group.Count(evaluation => evaluation.Verdict == "fail"),
                        Open: group.Count(evaluation => evaluation.Verdict is "open" or "notAssessed")
                    )
            );
        return new ScriptObject
        {
            ["environments"] = HtmlModel.Texts(environments.Select(name => name.Length == 0 ? "no environment" : name)),
            ["rows"] = HtmlModel.List(
                controls,
                control => new ScriptObject
                {
                    ["anchor"] = Anchor(control.Key.Framework, control.Key.Id),
                    ["framework"] = control.Key.Framework,
                    ["id"] = control.Key.Id,
                    ["cells"] = HtmlModel.List(
                        environments,
                        environment =>
                        {
                            var mine = control.Select(rule => numbers.GetValueOrDefault((rule, environment))).ToList();
                            var (all, fail, open) = (mine.Sum(item => item.All), mine.Sum(item => item.Fail), mine.Sum(item => item.Open));
                            return new ScriptObject
                            {
                                ["text"] =
                                    all == 0 ? "nothing"
                                    : fail > 0 ? string.Create(CultureInfo.InvariantCulture, $"{fail} of {all} wrong")
                                    : open > 0 ? string.Create(CultureInfo.InvariantCulture, $"{open} of {all} open")
                                    : string.Create(CultureInfo.InvariantCulture, $"{all} in order"),
                                ["state_class"] =
                                    all == 0 ? "none"
                                    : fail > 0 ? "fail"
                                    : open > 0 ? "open"
                                    : "pass",
                            };
                        }
                    ),
                }
            ),
        };
    }

    /// <summary>The controls whose ids nobody has read in their source, by framework. They are proposals, not facts.</summary>
    public static IEnumerable<string> Proposed(AuditRun run) =>
        run
            .Rules.SelectMany(rule => rule.Controls)
            .Where(control => !control.Confirmed)
            .GroupBy(control => control.Framework, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group =>
                $"{group.Key}: {string.Join(", ", group.Select(control => control.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}"
            );

    // Ids of controls are letters, digits, dots and brackets; what is not a letter or a digit becomes a hyphen.
    private static string Anchor(string framework, string id) =>
        "control-" + string.Concat($"{framework} {id}".ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    private static IEnumerable<IGrouping<(string Framework, string Id), string>> Confirmed(AuditRun run) =>
        run
            .Rules.SelectMany(rule =>
                rule.Controls.Where(control => control.Confirmed)
                    .Select(control => (Key: (control.Framework, control.Id), Rule: rule.Info.Id))
            )
            .Distinct()
            .GroupBy(pair => pair.Key, pair => pair.Rule)
            .OrderBy(group => group.Key.Framework == "SOC 2" ? 0 : 1)
            .ThenBy(group => group.Key.Framework, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Id, StringComparer.Ordinal);
}
