using Auditor.Engine;
using Auditor.Model.Drift;
using Auditor.Reports.Changes;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>What is new since the run before: findings that came and went, and what changed in the estate, with who did it as far as a log tells.</summary>
internal static class HtmlChanges
{
    /// <summary>The section; null where there is no run before and nothing to compare with.</summary>
    public static ScriptObject? Of(AuditRun run)
    {
        if (run.Comparison is null && run.Vanished is null)
        {
            return null;
        }

        var fresh = run.Findings.Where(finding => finding.IsNew == true).ToList();
        var findings = run
            .Evaluations.Where(evaluation => evaluation.Finding is not null)
            .GroupBy(evaluation => evaluation.Subject, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Select(evaluation => evaluation.Finding!).Distinct(StringComparer.Ordinal).ToImmutableArray(),
                StringComparer.Ordinal
            );
        var comparison = run.Comparison;
        return new ScriptObject
        {
            ["before"] = comparison?.Before ?? "the run before",
            ["incomparable"] = comparison?.Incomparable ?? "",
            ["fresh"] = HtmlModel.List(fresh, HtmlFindings.Of),
            ["gone"] = HtmlModel.List(
                run.Vanished ?? [],
                gone => new ScriptObject
                {
                    ["rule"] = gone.Rule,
                    ["level"] = gone.Level,
                    ["message"] = gone.Message,
                    ["place"] = gone.Place,
                }
            ),
            ["knows_findings"] = run.Vanished is not null,
            ["knows_changes"] = comparison is not null,
            ["access"] = HtmlModel.List(
                comparison is null ? [] : ChangeRow.OfAccess(comparison),
                change => Change(change, [], findings.GetValueOrDefault(change.Key, []))
            ),
            ["changes"] = HtmlModel.List(
                comparison is null ? [] : ChangeRow.OfConfiguration(comparison),
                row => Change(row.Change, row.Others, findings.GetValueOrDefault(row.Change.Key, []))
            ),
            ["accepted"] = HtmlModel.List(
                comparison?.Changes.Where(change => change.Status == EntityStatus.Ignored) ?? [],
                change => Change(change, [], findings.GetValueOrDefault(change.Key, []))
            ),
            ["not_assessed"] = HtmlModel.List(
                comparison?.NotAssessed ?? [],
                part => new ScriptObject
                {
                    ["part"] = part.Part,
                    ["reason"] = part.Reason,
                    ["count"] = part.Entities,
                }
            ),
            ["unchanged"] = comparison?.Unchanged.Length ?? 0,
        };
    }

    private static ScriptObject Change(EntityChange change, ImmutableArray<string> others, ImmutableArray<string> findings) =>
        new()
        {
            ["title"] = change.Title,
            // Most titles say where they are.
            ["environment"] =
                change.Environment is { } environment && !change.Title.Contains($"'{environment}'", StringComparison.Ordinal)
                    ? environment
                    : "",
            ["status"] = ChangeRow.Spoken(change.Status),
            ["direction"] = change.IsAccess ? $"access is {Words.Of(change.Effect)}" : ChangeRow.Spoken(change.Direction),
            ["others"] = string.Join("; ", others),
            ["direction_class"] = change switch
            {
                { Status: EntityStatus.Ignored } => "accepted",
                { Effect: AccessEffect.Wider } => "fail",
                { Effect: AccessEffect.Narrower } => "none",
                { Direction: ChangeDirection.Weakens } => "fail",
                { Direction: ChangeDirection.Strengthens } => "pass",
                _ => "none",
            },
            ["impact"] = Words.Of(change.Impact),
            // A change of access follows from changes of the configuration, and those have an author.
            ["who"] = change is { IsAccess: true, Attribution.Confidence: AttributionConfidence.None } ? "" : Who(change.Attribution),
            ["actors"] = HtmlModel.List(
                change.Attribution.Actors,
                actor => new ScriptObject
                {
                    ["name"] = actor.Name,
                    ["kind"] = actor.Kind ?? "",
                    ["at"] = HtmlModel.Time(actor.At),
                    ["event"] = actor.Event,
                }
            ),
            ["ignored_by"] = change.IgnoredBy ?? "",
            ["example"] = (change.Effect == AccessEffect.Narrower ? change.ExampleBefore : change.Example) ?? "",
            ["example_label"] = change.Effect == AccessEffect.Narrower ? "Before" : "Shown by",
            ["place"] = change.Location.ToString(),
            ["fields"] = HtmlModel.List(
                change.Fields,
                field => new ScriptObject
                {
                    ["path"] = field.Path,
                    ["before"] = field.Before ?? "",
                    ["after"] = field.After ?? "",
                    ["had"] = field.Before is not null,
                    ["has"] = field.After is not null,
                }
            ),
            ["findings"] = HtmlModel.Links(findings),
        };

    private static string Who(Attribution attribution) =>
        attribution.Confidence switch
        {
            AttributionConfidence.Exact => "by",
            AttributionConfidence.Candidates => attribution.Why is { } gap ? $"by one of ({gap})" : "by one of",
            _ => attribution.Why is { } why ? $"by whom is not known: {why}" : "",
        };
}
