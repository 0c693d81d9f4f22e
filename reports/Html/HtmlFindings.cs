using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;
using Scriban.Runtime;

namespace Auditor.Reports.Html;

/// <summary>A finding as the page shows it: what, where, both sides, a request, the way out.</summary>
internal static class HtmlFindings
{
    /// <summary>A finding.</summary>
    public static ScriptObject Of(Finding finding) =>
        new()
        {
            ["anchor"] = HtmlModel.Anchor(finding.Fingerprint),
            ["fingerprint"] = finding.Fingerprint,
            ["rule"] = finding.Rule.Id,
            ["name"] = finding.Rule.Name,
            ["level"] = LevelOf(finding),
            ["level_class"] =
                finding.Level is { } known ? JsonReport.Word(known)
                : finding.Verdict == "open" ? "open"
                : "fail",
            ["is_new"] = finding.IsNew == true,
            ["severity"] = finding.SecuritySeverity?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
            ["message"] = finding.Message,
            ["environments"] = string.Join(", ", finding.Environments),
            ["subjects"] = HtmlModel.Texts(finding.Subjects),
            ["place"] = finding.Place.ToString(),
            ["excerpt"] = finding.Place.Excerpt is { } excerpt ? ExcerptOf(finding.Place, excerpt) : null,
            ["facts"] = HtmlModel.List(
                finding.Facts,
                fact => new ScriptObject
                {
                    ["side"] = fact.Side,
                    ["name"] = fact.Name,
                    ["value"] = fact.Value,
                }
            ),
            ["related"] = HtmlModel.List(
                finding.Beside,
                related => new ScriptObject
                {
                    ["text"] = related.Text,
                    ["place"] = related.Place.ToString(),
                    ["excerpt"] = related.Place.Excerpt?.Trim() ?? "",
                }
            ),
            ["witness"] = finding.Witness is { } witness ? WitnessOf(witness) : null,
            ["remedy"] = finding.Remedy ?? "",
            ["fixes"] = HtmlModel.List(finding.Fixes, fix => HtmlModel.List(fix.Diff.TrimEnd('\n').Split('\n'), DiffLine)),
            ["also"] = string.Join(", ", finding.Also),
            ["accepted"] = finding.Accepted is { } accepted ? AcceptedOf(accepted) : null,
        };

    private static string LevelOf(Finding finding) =>
        finding.Level is { } level ? JsonReport.Word(level)
        : finding.Verdict == "open" ? "open"
        : "not assessed";

    private static ScriptObject ExcerptOf(Place place, string excerpt)
    {
        var from = Math.Clamp(place.Column - 1, 0, excerpt.Length);
        var to = place.EndLine == place.Line ? Math.Clamp(place.EndColumn - 1, from, excerpt.Length) : excerpt.Length;
        var cut = excerpt.Length - excerpt.TrimStart().Length;
        return new ScriptObject
        {
            ["line"] = place.Line,
            ["before"] = excerpt[..from].TrimStart(),
            ["marked"] = excerpt[from..to],
            ["after"] = excerpt[to..],
            ["more"] = HtmlModel.List(
                place.MoreLines.Select((line, i) => (line, i)),
                item => new ScriptObject
                {
                    ["line"] = place.Line + 1 + item.i,
                    ["text"] = item.line[Math.Min(cut, item.line.Length - item.line.TrimStart().Length)..],
                }
            ),
        };
    }

    private static ScriptObject DiffLine(string line) =>
        new()
        {
            ["kind"] =
                line.StartsWith('+') ? "added"
                : line.StartsWith('-') ? "removed"
                : "same",
            ["text"] = line,
        };

    private static ScriptObject WitnessOf(Witness witness) =>
        new()
        {
            ["request"] = witness.RequestLine,
            ["host"] = witness.Host ?? "",
            ["headers"] = HtmlModel.Texts(witness.Headers.Select(header => $"{header.Name}: {header.Value}")),
            ["without"] = HtmlModel.Texts(witness.WithoutHeaders),
            ["circumstances"] = HtmlModel.Texts(witness.Circumstances),
            ["token"] = witness.Token,
            ["reaches"] = witness.Reaches,
            ["steps"] = HtmlModel.List(
                witness.Steps,
                step => new ScriptObject
                {
                    ["step"] = step.Step,
                    ["outcome"] = step.Outcome.Replace('-', ' '),
                    ["kind"] = step.Outcome == "passed" ? "passed" : "notable",
                    ["why"] = step.Why,
                    ["place"] = step.Location.ToString(),
                }
            ),
        };

    private static ScriptObject AcceptedOf(Acceptance accepted) =>
        new()
        {
            ["kind"] = accepted.Kind == "inSource" ? "comment in the bundle" : "exceptions file or baseline",
            ["reason"] = accepted.Reason,
            ["by"] = accepted.By ?? "not given",
            ["expires"] = accepted.Expires?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "without end",
            ["place"] = accepted.Place.ToString(),
        };

    /// <summary>A waiver, for the register.</summary>
    public static ScriptObject Of(WaiverEntry waiver) =>
        new()
        {
            ["kind"] = waiver.Kind switch
            {
                WaiverKind.Exception => "exception",
                WaiverKind.Change => "accepted change",
                WaiverKind.PublicOperation => "public operation",
                _ => "comment in the bundle",
            },
            ["rule"] = waiver.Rule,
            ["selector"] = waiver.Selector,
            ["reason"] = waiver.Reason.Length > 0 ? waiver.Reason : "not given",
            ["by"] = waiver.By.Length > 0 ? waiver.By : "not given",
            ["created"] = waiver.Created?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
            ["expires"] = waiver.Expires?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "without end",
            ["ticket"] = waiver.Ticket ?? "",
            ["place"] = waiver.Location.ToString(),
            ["covers"] = waiver.Findings.Length,
            ["state"] = waiver.State switch
            {
                WaiverState.InForce => "in force",
                WaiverState.Expired => "expired",
                WaiverState.Unmatched => "matches nothing",
                WaiverState.Void => "void",
                _ => "not known",
            },
        };
}
