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
    // Beyond this, subjects that are in order are counted and not listed: the page stays one that opens.
    private const int MostSubjects = 20_000;

    /// <summary>The model of a run.</summary>
    public static ScriptObject Of(AuditRun run)
    {
        var live = run.Findings.Where(finding => finding.IsLive).ToList();
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
            ["systems"] = List(run.Systems, System),
            ["time"] = run.Time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["time_is_captured"] = run.TimeIsCaptured,
            ["version"] = run.ToolVersion,
            ["fail_on"] = run.FailOn is { } level ? JsonReport.Word(level) : "never",
            ["inputs"] = List(run.Inputs, input => Input(input)),
            ["selection"] = Texts(Selection(run.Selection)),
            ["inventory"] = Headline.Inventory(run),
            ["levels"] = Levels(run, live),
            ["environments"] = Texts(Environments(live)),
            ["gaps"] = Texts(run.Gaps),
            ["partial"] = List(run.Coverage.Where(entry => !entry.Coverage.IsComplete), Coverage),
            ["complete"] = List(run.Coverage.Where(entry => entry.Coverage.IsComplete), Coverage),
            ["worst"] = List(live.Take(5), Finding),
            ["groups"] = new ScriptArray
            {
                Group("findings", "Findings", "", live),
                Group(
                    "open",
                    "Open",
                    "What configuration alone does not say, and what could not be assessed. None of it counts as in order.",
                    run.Findings.Where(finding => finding.Verdict != "fail")
                ),
            },
            ["finding_rules"] = Texts(
                live.Select(finding => finding.Rule.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            ),
            ["accepted"] = List(run.Findings.Where(finding => finding.Accepted is not null), Finding),
            ["doors"] = Doors(run.Trust),
            ["maps"] = List(TrustDrawing.Of(run.Trust), map => map),
            ["edges"] = Edges(run.Trust),
            ["aspects"] = Texts(["Client registered", "Issuer", "Audience", "Keys", "Scopes", "Protected", "Logged"]),
            ["connections"] = List(run.Connections, Connection),
            ["controls"] = HtmlControls.Table(run),
            ["heat"] = HtmlControls.Heat(run),
            ["proposed"] = Texts(HtmlControls.Proposed(run)),
            ["populations"] = Populations(run),
            ["assumptions"] = Texts(run.Assumptions),
            ["notices"] = List(run.Notices, notice => new ScriptObject { ["place"] = notice.Location.ToString(), ["text"] = notice.Text }),
            ["rules"] = List(run.Rules, Rule),
        };
    }

    internal static ScriptArray List<T>(IEnumerable<T> items, Func<T, object?> map) => [.. items.Select(map)];

    internal static ScriptArray Texts(IEnumerable<string> items) => [.. items];

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
            ["items"] = List(findings, Finding),
        };

    private static ScriptObject Finding(Finding finding) =>
        new()
        {
            ["anchor"] = Anchor(finding.Fingerprint),
            ["fingerprint"] = finding.Fingerprint,
            ["rule"] = finding.Rule.Id,
            ["name"] = finding.Rule.Name,
            ["level"] =
                finding.Level is { } level ? JsonReport.Word(level)
                : finding.Verdict == "open" ? "open"
                : "not assessed",
            ["level_class"] =
                finding.Level is { } known ? JsonReport.Word(known)
                : finding.Verdict == "open" ? "open"
                : "fail",
            ["severity"] = finding.SecuritySeverity?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
            ["message"] = finding.Message,
            ["environments"] = string.Join(", ", finding.Environments),
            ["subjects"] = Texts(finding.Subjects),
            ["place"] = finding.Place.ToString(),
            ["excerpt"] = finding.Place.Excerpt is { } excerpt ? ExcerptOf(finding.Place, excerpt) : null,
            ["facts"] = List(
                finding.Facts,
                fact => new ScriptObject
                {
                    ["side"] = fact.Side,
                    ["name"] = fact.Name,
                    ["value"] = fact.Value,
                }
            ),
            ["related"] = List(
                finding.Related,
                related => new ScriptObject
                {
                    ["text"] = related.Text,
                    ["place"] = related.Place.ToString(),
                    ["excerpt"] = related.Place.Excerpt?.Trim() ?? "",
                }
            ),
            ["witness"] = finding.Witness is { } witness ? Witness(witness) : null,
            ["remedy"] = finding.Remedy ?? "",
            ["fixes"] = List(finding.Fixes, fix => List(fix.Diff.TrimEnd('\n').Split('\n'), DiffLine)),
            ["also"] = string.Join(", ", finding.Also),
            ["accepted"] = finding.Accepted is { } accepted ? Accepted(accepted) : null,
        };

    private static ScriptObject ExcerptOf(Place place, string excerpt)
    {
        var from = Math.Clamp(place.Column - 1, 0, excerpt.Length);
        var to = place.EndLine == place.Line ? Math.Clamp(place.EndColumn - 1, from, excerpt.Length) : excerpt.Length;
        return new ScriptObject
        {
            ["line"] = place.Line,
            ["before"] = excerpt[..from].TrimStart(),
            ["marked"] = excerpt[from..to],
            ["after"] = excerpt[to..],
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

    private static ScriptObject Witness(Witness witness) =>
        new()
        {
            ["request"] = witness.RequestLine,
            ["host"] = witness.Host ?? "",
            ["headers"] = Texts(witness.Headers.Select(header => $"{header.Name}: {header.Value}")),
            ["without"] = Texts(witness.WithoutHeaders),
            ["circumstances"] = Texts(witness.Circumstances),
            ["token"] = witness.Token,
            ["reaches"] = witness.Reaches,
            ["steps"] = List(
                witness.Steps,
                step => new ScriptObject
                {
                    ["step"] = step.Step,
                    ["outcome"] = step.Outcome,
                    ["why"] = step.Why,
                    ["place"] = step.Location.ToString(),
                }
            ),
        };

    private static ScriptObject Accepted(Acceptance accepted) =>
        new()
        {
            ["kind"] = accepted.Kind == "inSource" ? "comment in the bundle" : "exceptions file",
            ["reason"] = accepted.Reason,
            ["by"] = accepted.By ?? "not given",
            ["expires"] = accepted.Expires?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "without end",
            ["place"] = accepted.Place.ToString(),
        };

    private static ScriptArray Doors(TrustMap trust)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        return List(
            trust.Edges.Where(edge => nodes[edge.From].Kind == TrustNodeKind.Nobody),
            edge => new ScriptObject
            {
                ["proxy"] = nodes[edge.To].Name,
                ["environment"] = nodes[edge.To].Environment ?? "",
                ["base"] = string.Join(", ", nodes[edge.To].Details),
                ["operations"] = edge.Text,
                ["state"] = Word(edge.State),
                ["state_class"] = ClassOf(edge.State),
                ["findings"] = Links(edge.Findings),
            }
        );
    }

    private static ScriptArray Edges(TrustMap trust)
    {
        var nodes = trust.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        return List(
            trust.Edges,
            edge => new ScriptObject
            {
                ["from"] = NameOf(nodes[edge.From]),
                ["from_details"] = string.Join(", ", nodes[edge.From].Details),
                ["to"] = NameOf(nodes[edge.To]),
                ["to_details"] = string.Join(", ", nodes[edge.To].Details),
                ["state"] = Word(edge.State),
                ["state_class"] = ClassOf(edge.State),
                ["text"] = edge.Text,
                ["findings"] = Links(edge.Findings),
            }
        );
    }

    private static string NameOf(TrustNode node) => node.Environment is { } environment ? $"{node.Name} ({environment})" : node.Name;

    private static string Word(TrustState state) =>
        state switch
        {
            TrustState.Aligned => "aligned",
            TrustState.Accepted => "accepted",
            TrustState.Open => "open",
            TrustState.Mismatched => "mismatched",
            _ => "no credential",
        };

    internal static string ClassOf(TrustState state) =>
        state switch
        {
            TrustState.Aligned => "pass",
            TrustState.Accepted => "accepted",
            TrustState.Open => "open",
            _ => "fail",
        };

    private static ScriptObject Connection(Connection connection) =>
        new()
        {
            ["proxy"] = connection.Proxy,
            ["environment"] = connection.Environment ?? "",
            ["endpoint"] = connection.Endpoint,
            ["base"] = connection.BasePath,
            ["items"] = List(
                connection.Items,
                item => new ScriptObject
                {
                    ["state"] = item.State switch
                    {
                        ConnectionState.Pass => "in order",
                        ConnectionState.None => "not judged",
                        ConnectionState.Absent => "none",
                        ConnectionState.Accepted => "accepted",
                        ConnectionState.Open => "open",
                        ConnectionState.NotAssessed => "not assessed",
                        _ => "wrong",
                    },
                    ["state_class"] = item.State switch
                    {
                        ConnectionState.Pass => "pass",
                        ConnectionState.None => "none",
                        ConnectionState.Accepted => "accepted",
                        ConnectionState.Absent or ConnectionState.Open => "open",
                        _ => "fail",
                    },
                    ["text"] = item.Text,
                    ["findings"] = Links(item.Findings),
                }
            ),
        };

    private static ScriptArray Populations(AuditRun run)
    {
        var evaluations = run.Evaluations.ToLookup(evaluation => evaluation.Rule.Id, StringComparer.Ordinal);
        var all = run.Evaluations.Count(evaluation => evaluation.Verdict != "notApplicable") <= MostSubjects;
        return List(
            run.Populations,
            population =>
            {
                var shown = evaluations[population.Rule.Id]
                    .Where(evaluation => evaluation.Verdict != "notApplicable" && (all || evaluation.Verdict != "pass"))
                    .ToList();
                return new ScriptObject
                {
                    ["rule"] = population.Rule.Id,
                    ["name"] = population.Rule.Name,
                    ["what"] = population.Rule.Subjects,
                    ["subjects"] = population.Subjects,
                    ["pass"] = population.Pass,
                    ["fail"] = population.Fail,
                    ["open"] = population.Open,
                    ["not_assessed"] = population.NotAssessed,
                    ["not_applicable"] = population.NotApplicable,
                    ["listed"] = List(shown, Subject),
                    ["all"] = all,
                };
            }
        );
    }

    private static ScriptObject Subject(Evaluation evaluation) =>
        new()
        {
            ["title"] = evaluation.Title,
            ["environment"] = evaluation.Environment ?? "",
            ["verdict"] = evaluation.Verdict switch
            {
                "pass" => "in order",
                "fail" => "wrong",
                "open" => "open",
                _ => "not assessed",
            },
            ["state_class"] = evaluation.Verdict switch
            {
                "pass" => "pass",
                "open" => "open",
                _ => "fail",
            },
            ["finding"] = evaluation.Finding is { } finding ? Anchor(finding) : "",
        };

    private static ScriptObject Rule(RuleDescription rule) =>
        new()
        {
            ["id"] = rule.Info.Id,
            ["name"] = rule.Info.Name,
            ["title"] = rule.Info.Title,
            ["level"] = JsonReport.Word(rule.Info.Level),
            ["controls"] = rule.ConfirmedControls,
            ["page"] = new SafeHtml(RulePageText.Html(rule.Page)),
        };

    private static SafeHtml Links(ImmutableArray<string> fingerprints) =>
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

    // Long enough to be unique, short enough to be passed on by hand.
    private static string Anchor(string fingerprint) => "f-" + fingerprint[..Math.Min(16, fingerprint.Length)];
}
