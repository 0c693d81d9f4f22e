using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Reports.Json;
using Auditor.Reports.Pages;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>What the page shows, as objects of the template language: plain values, lists and records by name.</summary>
internal static class HtmlModel
{
    private const int MostWorst = 5;

    /// <summary>The model of a run.</summary>
    public static ScriptObject Of(AuditRun run)
    {
        var live = run.Findings.Where(finding => finding.IsLive).ToList();
        var unsettled = run.Findings.Where(finding => finding.Verdict != "fail").ToList();
        var byFingerprint = run
            .Findings.GroupBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var doors = HtmlTrust.Doors(run.Trust);
        return new ScriptObject
        {
            ["title"] = $"{Headline.Word(run)}: {Headline.Systems(run)}",
            ["verdict"] = Headline.Word(run),
            ["counts"] = Headline.Counts(run),
            ["outcome"] = run.Outcome switch
            {
                AuditOutcome.Clean => live.Count == 0 ? "pass" : "warning",
                AuditOutcome.Nothing => "warning",
                _ => "fail",
            },
            ["tiles"] = new ScriptArray
            {
                Tile(run.Count(Level.Error), "errors", "error", "#findings", "level=error"),
                Tile(run.Count(Level.Warning), "warnings", "warning", "#findings", "level=warning"),
                Tile(run.Count(Level.Note), "notes", "note", "#findings", "level=note"),
                Tile(run.OpenCount, "open", "open", "#open", ""),
                Tile(run.NotAssessedCount, "not assessed", "fail", "#open", ""),
                Tile(run.AcceptedCount, "accepted", "accepted", "#exceptions", ""),
            },
            ["systems"] = List(run.Systems, System),
            ["time"] = run.Time is { } time ? Time(time) : null,
            ["time_is_captured"] = run.TimeIsCaptured,
            ["version"] = run.ToolVersion,
            ["fail_on"] = run.FailOn is { } level ? JsonReport.Word(level) : "never",
            ["inputs"] = List(run.Inputs, Input),
            ["selection"] = Texts(Selection(run.Selection)),
            ["inventory"] = Headline.Inventory(run),
            ["judgements"] = run.Populations.Sum(population => population.Subjects - population.NotApplicable),
            ["in_order"] = run.Populations.Sum(population => population.Pass),
            ["levels"] = Levels(run, live),
            ["environments"] = Texts(Environments(live)),
            ["gaps"] = Texts(run.Gaps),
            ["unasked"] = run.Coverage.Count(entry => !entry.Coverage.IsComplete && !entry.Coverage.IsGap),
            ["partial"] = List(run.Coverage.Where(entry => !entry.Coverage.IsComplete), Coverage),
            ["complete"] = List(run.Coverage.Where(entry => entry.Coverage.IsComplete), Coverage),
            ["worst"] = List(live.Take(MostWorst), HtmlFindings.Of),
            ["worst_left"] = Math.Max(0, live.Count - MostWorst),
            ["changes"] = HtmlChanges.Of(run),
            ["changes_line"] = Headline.News(run),
            ["knows_new"] = run.Findings.Any(finding => finding.IsNew is not null),
            ["groups"] = new ScriptArray
            {
                Group("findings", "Findings", "", live),
                Group(
                    "open",
                    "Open and not assessed",
                    "What configuration alone does not say, and what could not be assessed. None of it counts as in order.",
                    unsettled
                ),
            },
            ["findings_count"] = live.Count,
            ["open_count"] = unsettled.Count,
            ["finding_rules"] = Texts(
                live.Select(finding => finding.Rule.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            ),
            ["accepted"] = List(run.Findings.Where(finding => finding.Accepted is not null), HtmlFindings.Of),
            ["waivers"] = List(run.Waivers, HtmlFindings.Of),
            ["doors"] = doors,
            ["other_tokens"] = HtmlTrust.OtherTokens(run),
            ["other_tokens_line"] = HtmlTrust.OtherTokensInWords(run),
            ["maps"] = List(TrustDrawing.Of(run.Trust, byFingerprint), map => map),
            ["edges"] = HtmlTrust.Edges(run.Trust),
            ["aspects"] = Texts(HtmlTrust.Aspects.Select(aspect => aspect.Name)),
            ["connections"] = HtmlTrust.Connections(run),
            ["controls"] = HtmlControls.Table(run),
            ["heat"] = HtmlControls.Heat(run),
            ["proposed"] = Texts(HtmlControls.Proposed(run)),
            ["populations"] = HtmlPopulations.OfRules(run),
            ["assumptions"] = Texts(run.Assumptions),
            ["notices"] = List(run.Notices, notice => new ScriptObject { ["place"] = notice.Location.ToString(), ["text"] = notice.Text }),
            ["rules"] = Rules(run),
        };
    }

    internal static ScriptArray List<T>(IEnumerable<T> items, Func<T, object?> map) => [.. items.Select(map)];

    internal static ScriptArray Texts(IEnumerable<string> items) => [.. items];

    /// <summary>A time as the page writes it.</summary>
    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static ScriptObject Tile(int count, string name, string kind, string href, string filter) =>
        new()
        {
            ["count"] = count,
            ["name"] = count == 1 && name.EndsWith('s') ? name[..^1] : name,
            ["kind"] = count == 0 ? "none" : kind,
            ["href"] = href,
            ["filter"] = filter,
        };

    private static ScriptObject System(AuditedSystem system) =>
        new()
        {
            ["kind"] = system.Kind switch
            {
                "okta" => "Okta org",
                "apigee" => "Apigee organization",
                _ => "bundles",
            },
            ["name"] = system.Name,
            ["environments"] = string.Join(", ", system.Environments),
        };

    private static ScriptObject Input(AuditInput input)
    {
        var checkout = input.Checkout;
        var from = checkout is null
            ? ""
            : string.Join(", ", new[] { checkout.Repository, checkout.Branch, checkout.Revision }.Where(part => part is { Length: > 0 }));
        return new ScriptObject
        {
            ["path"] = input.Path,
            ["kind"] = input.Kind,
            ["from"] = from,
        };
    }

    private static IEnumerable<string> Selection(AuditSelection selection)
    {
        if (!selection.Environments.IsEmpty)
        {
            yield return "only environments " + string.Join(", ", selection.Environments);
        }

        if (!selection.Rules.IsEmpty)
        {
            yield return "only rules " + string.Join(", ", selection.Rules);
        }

        if (!selection.ExcludedRules.IsEmpty)
        {
            yield return "without rules " + string.Join(", ", selection.ExcludedRules);
        }
    }

    private static IEnumerable<string> Environments(IEnumerable<Finding> findings) =>
        findings.SelectMany(finding => finding.Environments).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static ScriptArray Levels(AuditRun run, List<Finding> live) =>
        List(
            [Level.Error, Level.Warning, Level.Note],
            level => new ScriptObject
            {
                ["name"] = JsonReport.Word(level),
                ["all"] = run.Count(level),
                ["by"] = List(
                    Environments(live),
                    environment =>
                        live.Count(finding => finding.Level == level && finding.Environments.Contains(environment, StringComparer.Ordinal))
                ),
            }
        );

    private static ScriptObject Coverage(CoverageEntry entry) =>
        new()
        {
            ["part"] = entry.Part,
            ["state"] = entry.Coverage.State,
            ["is_gap"] = entry.Coverage.IsGap,
            ["reason"] = entry.Coverage.Reason ?? "",
            ["count"] = entry.Count,
        };

    private static ScriptObject Group(string id, string title, string text, IEnumerable<Finding> findings) =>
        new()
        {
            ["id"] = id,
            ["title"] = title,
            ["text"] = text,
            ["items"] = List(findings, HtmlFindings.Of),
        };

    // On paper only the pages of rules that found something are printed whole.
    private static ScriptArray Rules(AuditRun run)
    {
        var told = run.Findings.Select(finding => finding.Rule.Id).ToHashSet(StringComparer.Ordinal);
        return List(run.Rules, rule => Rule(rule, told.Contains(rule.Info.Id)));
    }

    private static ScriptObject Rule(RuleDescription rule, bool told) =>
        new()
        {
            ["told"] = told,
            ["id"] = rule.Info.Id,
            ["name"] = rule.Info.Name,
            ["title"] = rule.Info.Title,
            ["level"] = JsonReport.Word(rule.Info.Level),
            ["controls"] = rule.ConfirmedControls,
            ["subjects"] = rule.Info.Subjects,
            ["severity"] = rule.Info.SecuritySeverity.ToString("0.0", CultureInfo.InvariantCulture),
            ["page"] = new SafeHtml(RulePageText.Html(rule.Page)),
        };

    /// <summary>Links to findings.</summary>
    internal static SafeHtml Links(ImmutableArray<string> fingerprints) =>
        new(
            string.Concat(
                fingerprints.Select(
                    (fingerprint, i) =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $" <a href=\"#{HtmlContext.Encode(Anchor(fingerprint))}\">finding{(fingerprints.Length > 1 ? $" {i + 1}" : "")}</a>"
                        )
                )
            )
        );

    /// <summary>The anchor of a finding: long enough to be unique, short enough to be passed on by hand.</summary>
    internal static string Anchor(string fingerprint) => "f-" + fingerprint[..Math.Min(16, fingerprint.Length)];
}
