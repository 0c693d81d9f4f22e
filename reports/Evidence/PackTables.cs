using Auditor.Engine;
using Auditor.Reports.Csv;

namespace Auditor.Reports.Evidence;

/// <summary>The tables of a pack, for those who sample in a spreadsheet.</summary>
internal static class PackTables
{
    /// <summary>Every object that was read: what an auditor draws samples from.</summary>
    public static byte[] Population(AuditRun run, PackFacts facts)
    {
        var judged = run
            .Evaluations.Where(evaluation => evaluation.Verdict != "notApplicable")
            .Select(evaluation => evaluation.Location.Artifact)
            .ToHashSet(StringComparer.Ordinal);
        var chosen = run.Selection.Environments;
        var captured = run is { TimeIsCaptured: true, Time: { } time } ? Words.Of(time) : Words.Of(facts.Started);
        var table = new CsvTable("type", "id", "name", "environment", "collected_at", "sha256", "artifact", "evaluated", "excluded_reason");
        foreach (var item in facts.Population)
        {
            var isOutside = item.Environment is { } environment && !chosen.IsEmpty && !chosen.Contains(environment, StringComparer.Ordinal);
            var isJudged = !isOutside && judged.Contains(item.Artifact);
            table.Row(
                item.Type,
                item.Id,
                item.Name,
                item.Environment ?? "",
                captured,
                ChecksumList.Digest(item.Line.AsSpan()),
                item.Artifact,
                isJudged ? "yes" : "no",
                isJudged ? ""
                    : isOutside ? "left out by --environment"
                    : "no rule that ran judges something written there"
            );
        }

        return table.ToArray();
    }

    /// <summary>Every file that was read, and whether the pack holds it.</summary>
    public static byte[] Artifacts(PackFacts facts)
    {
        var table = new CsvTable("artifact", "sha256_as_read", "kept_as", "sha256_as_kept", "omitted_reason");
        foreach (var artifact in facts.Artifacts)
        {
            table.Row(
                artifact.Artifact,
                artifact.Sha256 ?? "",
                artifact.Omitted is null ? EvidencePack.RecordingFolder + EvidencePack.PathOf(artifact.Artifact) : "",
                artifact.Omitted is null ? ChecksumList.Digest(artifact.Content.Span) : "",
                artifact.Omitted ?? ""
            );
        }

        return table.ToArray();
    }

    /// <summary>Everything by which findings are accepted, and every finding that is.</summary>
    public static byte[] Exceptions(AuditRun run)
    {
        var table = new CsvTable(
            "id",
            "kind",
            "rule",
            "scope",
            "reason",
            "approver",
            "created",
            "expires",
            "ticket",
            "state",
            "findings_matched",
            "findings"
        );
        var number = 0;
        foreach (var waiver in run.Waivers)
        {
            table.Row(
                "E" + CsvTable.Number(++number),
                Words.Of(waiver.Kind),
                waiver.Rule,
                waiver.Selector,
                waiver.Reason,
                waiver.By,
                CsvTable.Day(waiver.Created),
                CsvTable.Day(waiver.Expires),
                waiver.Ticket ?? "",
                Words.Of(waiver.State),
                CsvTable.Number(waiver.Findings.Length),
                string.Join(' ', waiver.Findings)
            );
        }

        var listed = run.Waivers.SelectMany(waiver => waiver.Findings).ToHashSet(StringComparer.Ordinal);
        foreach (var finding in run.Findings.Where(finding => finding.Accepted is not null && !listed.Contains(finding.Fingerprint)))
        {
            var accepted = finding.Accepted!;
            table.Row(
                "E" + CsvTable.Number(++number),
                "baseline",
                finding.Rule.Id,
                finding.Place.ToString(),
                accepted.Reason,
                accepted.By ?? "",
                CsvTable.Day(accepted.Created),
                CsvTable.Day(accepted.Expires),
                accepted.Ticket ?? "",
                "inForce",
                "1",
                finding.Fingerprint
            );
        }

        return table.ToArray();
    }

    /// <summary>Every confirmed criterion with its rules, its population, what is wrong, accepted and open, and the line that a reviewer signs.</summary>
    public static byte[] Controls(AuditRun run)
    {
        var table = new CsvTable(
            "framework",
            "criterion",
            "rules",
            "judged",
            "in_order",
            "wrong",
            "accepted",
            "open",
            "not_assessed",
            "wrong_findings",
            "open_items",
            "prepared_by",
            "reviewed_by",
            "reviewed_on"
        );
        var populations = run.Populations.ToDictionary(population => population.Rule.Id, StringComparer.Ordinal);
        foreach (
            var control in run
                .Rules.SelectMany(rule =>
                    rule.Controls.Where(control => control.Confirmed)
                        .Select(control => (Key: (control.Framework, control.Id), Rule: rule.Info.Id))
                )
                .Distinct()
                .GroupBy(pair => pair.Key, pair => pair.Rule)
                .OrderBy(group => group.Key.Framework == "SOC 2" ? 0 : 1)
                .ThenBy(group => group.Key.Framework, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Id, StringComparer.Ordinal)
        )
        {
            var rules = control.Order(StringComparer.Ordinal).ToList();
            var mine = rules.ConvertAll(rule => populations[rule]);
            var findings = run.Findings.Where(finding => rules.Contains(finding.Rule.Id, StringComparer.Ordinal)).ToList();
            table.Row(
                control.Key.Framework,
                control.Key.Id,
                string.Join(' ', rules),
                CsvTable.Number(mine.Sum(population => population.Subjects - population.NotApplicable)),
                CsvTable.Number(mine.Sum(population => population.Pass)),
                CsvTable.Number(mine.Sum(population => population.Fail)),
                CsvTable.Number(findings.Count(finding => finding.Accepted is not null)),
                CsvTable.Number(mine.Sum(population => population.Open)),
                CsvTable.Number(mine.Sum(population => population.NotAssessed)),
                string.Join(' ', findings.Where(finding => finding.IsLive).Select(finding => finding.Fingerprint[..12])),
                string.Join(
                    "; ",
                    findings
                        .Where(finding => finding.Verdict is "open" or "notAssessed")
                        .Select(finding => $"{finding.Rule.Id}: {finding.Message}")
                ),
                "",
                "",
                ""
            );
        }

        return table.ToArray();
    }
}
