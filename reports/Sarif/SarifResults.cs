using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.Sarif;

/// <summary>The results: findings in their order, then, for who reads everything, what is in order.</summary>
internal sealed class SarifResults(Utf8JsonWriter json, AuditRun run, SarifOptions options, SarifPlaces places, SarifTool tool)
{
    // Code scanning keeps a thousand steps of a path and a hundred places of a result.
    private const int MaxSteps = 1000;
    private const int MaxPlaces = 100;

    private bool IsFull => options.Profile == SarifProfile.Full;

    /// <summary>Writes them.</summary>
    /// <param name="most">The number of failures to write at most for code scanning.</param>
    public void Write(int most)
    {
        json.WriteStartArray("results");
        foreach (
            var finding in IsFull
                ? run.Findings
                : run.Findings.Where(finding => finding is { IsLive: true, Place.Artifact.Length: > 0 }).Take(most)
        )
        {
            Finding(finding);
        }

        foreach (var evaluation in IsFull ? run.Evaluations : [])
        {
            if (evaluation.Verdict == "pass" || (options.NotApplicable && evaluation.Verdict == "notApplicable"))
            {
                Evaluation(evaluation);
            }
        }

        json.WriteEndArray();
    }

    private void Finding(Finding finding)
    {
        json.WriteStartObject();
        Head(finding.Rule, KindOf(finding), finding.Level);
        if (IsFull && finding.IsNew is { } isNew)
        {
            json.WriteString("baselineState", isNew ? "new" : "unchanged");
        }

        json.WriteStartObject("message");
        json.WriteString("text", Message(finding));
        json.WriteEndObject();
        json.WriteStartArray("locations");
        if (finding.Place.Artifact.Length > 0)
        {
            places.Location(finding.Place, null, null);
        }

        json.WriteEndArray();
        Related(finding);
        Path(finding);
        json.WriteStartObject("partialFingerprints");
        json.WriteString("auditorFinding/v1", finding.Fingerprint);

        // Of answers of APIs there is no line that outlives a change of the others, so that the finding stands for its line.
        json.WriteString(
            "primaryLocationLineHash",
            finding.Place.LineHash ?? $"{finding.Fingerprint[..Math.Min(16, finding.Fingerprint.Length)]}:1"
        );
        json.WriteEndObject();
        if (IsFull)
        {
            Request(finding);
            Fixes(finding);
            Suppressions(finding.Accepted);
            Properties(finding);
        }

        json.WriteEndObject();
    }

    private void Head(RuleInfo rule, string kind, Level? level)
    {
        json.WriteString("ruleId", rule.Id);
        json.WriteNumber("ruleIndex", tool.IndexOf(rule));
        json.WriteString("kind", kind);
        json.WriteString("level", level is { } known ? JsonReport.Word(known) : "none");
    }

    private static string KindOf(Finding finding) =>
        finding.Verdict switch
        {
            "fail" => "fail",
            "open" => "open",

            // Nobody looked, so somebody has to.
            _ => "review",
        };

    private static string Message(Finding finding)
    {
        var text = SarifText.Sentence(finding.Message);
        return finding.Related is [{ Place.Artifact.Length: > 0 } first, ..]
            ? $"{text} See [{SarifText.LinkText(first.Text.TrimEnd('.'))}](1)."
            : text;
    }

    private void Related(Finding finding)
    {
        if (finding.Related.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("relatedLocations");
        var id = 0;
        foreach (var related in finding.Related.Take(IsFull ? int.MaxValue : MaxPlaces))
        {
            id++;
            if (related.Place.Artifact.Length > 0)
            {
                places.Location(related.Place, id, related.Text);
            }
        }

        json.WriteEndArray();
    }

    // The way of the witness through the gateway, step by step.
    private void Path(Finding finding)
    {
        if (finding.Witness is not { } witness || !witness.Steps.Any(step => step.Location.Artifact.Length > 0))
        {
            return;
        }

        json.WriteStartArray("codeFlows");
        json.WriteStartObject();
        json.WriteStartObject("message");
        json.WriteString("text", SarifText.Sentence($"{witness.RequestLine} with {witness.Token} reaches {witness.Reaches}"));
        json.WriteEndObject();
        json.WriteStartArray("threadFlows");
        json.WriteStartObject();
        json.WriteStartArray("locations");
        var order = 0;
        foreach (var step in witness.Steps.Where(step => step.Location.Artifact.Length > 0).Take(MaxSteps))
        {
            json.WriteStartObject();
            json.WritePropertyName("location");
            places.Location(step.Location, null, $"{step.Step}: {step.Outcome}, {step.Why}");
            json.WriteNumber("executionOrder", ++order);
            json.WriteString("importance", step.Outcome == "passed" ? "unimportant" : "essential");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void Request(Finding finding)
    {
        if (finding.Witness is not { } witness)
        {
            return;
        }

        json.WriteStartObject("webRequest");
        json.WriteString("protocol", "HTTP");
        json.WriteString("version", "1.1");
        json.WriteString("method", Neutral.Visible(witness.Method));
        json.WriteString("target", Neutral.Visible(witness.Path));
        json.WriteStartObject("headers");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var (name, value) in witness
                .Headers.Select(header => (header.Name, header.Value))
                .Concat(witness.Host is { } host ? [("Host", host)] : [])
        )
        {
            if (seen.Add(Neutral.Visible(name)))
            {
                json.WriteString(Neutral.Visible(name), Neutral.Visible(value));
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Fixes(Finding finding)
    {
        if (finding.Fixes.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("fixes");
        json.WriteStartObject();
        json.WriteStartObject("description");
        json.WriteString("text", SarifText.Sentence(finding.Remedy ?? "Apply the change"));
        json.WriteEndObject();
        json.WriteStartArray("artifactChanges");
        foreach (var fix in finding.Fixes)
        {
            json.WriteStartObject();
            json.WritePropertyName("artifactLocation");
            places.ArtifactLocation(fix.Artifact);
            json.WriteStartArray("replacements");
            foreach (var replacement in fix.Replacements)
            {
                json.WriteStartObject();
                places.Region("deletedRegion", replacement.Line, replacement.Column, replacement.EndLine, replacement.EndColumn);
                json.WriteStartObject("insertedContent");
                json.WriteString("text", replacement.NewText);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    // On every result or on none (SARIF §3.27.23): an empty list says that nobody accepted it.
    private void Suppressions(Acceptance? accepted)
    {
        json.WriteStartArray("suppressions");
        if (accepted is not null)
        {
            json.WriteStartObject();
            json.WriteString("kind", accepted.Kind);

            // Editions of the schema call the state of a suppression differently; where it is left out, it is accepted.
            json.WriteString("justification", Neutral.Visible(accepted.Reason));
            if (accepted.Place.Artifact.Length > 0)
            {
                json.WritePropertyName("location");
                places.Location(accepted.Place, null, null);
            }

            if (accepted.By is not null || accepted.Expires is not null || accepted.Created is not null || accepted.Ticket is not null)
            {
                json.WriteStartObject("properties");
                if (accepted.By is { } by)
                {
                    json.WriteString("alias", Neutral.Visible(by));
                }

                if (accepted.Expires is { } expires)
                {
                    json.WriteString("expiryUtc", expires.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "T00:00:00.000Z");
                }

                if (accepted.Created is { } created)
                {
                    json.WriteString("timeUtc", created.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "T00:00:00.000Z");
                }

                if (accepted.Ticket is { } ticket)
                {
                    json.WriteString("ticket", Neutral.Visible(ticket));
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Properties(Finding finding)
    {
        json.WriteStartObject("properties");
        json.WriteString("auditor/verdict", finding.Verdict);
        if (finding.SecuritySeverity is { } severity)
        {
            json.WriteString("security-severity", severity.ToString("0.0", CultureInfo.InvariantCulture));
        }

        if (finding.Code is { } code)
        {
            json.WriteString("auditor/code", code);
        }

        Strings("auditor/subjects", finding.Subjects);
        Strings("auditor/environments", finding.Environments);
        if (!finding.Facts.IsEmpty)
        {
            json.WriteStartArray("auditor/facts");
            foreach (var fact in finding.Facts)
            {
                json.WriteStartObject();
                json.WriteString("side", Neutral.Visible(fact.Side));
                json.WriteString("name", Neutral.Visible(fact.Name));
                json.WriteString("value", Neutral.Visible(fact.Value));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (finding.Remedy is { } remedy)
        {
            json.WriteString(finding.Verdict == "fail" ? "auditor/remedy" : "auditor/closes", SarifText.Sentence(remedy));
        }

        if (!finding.Also.IsEmpty)
        {
            Strings("auditor/also", finding.Also);
        }

        json.WriteEndObject();
    }

    private void Evaluation(Evaluation evaluation)
    {
        json.WriteStartObject();
        Head(evaluation.Rule, evaluation.Verdict, null);
        json.WriteStartObject("message");
        json.WriteString(
            "text",
            SarifText.Sentence(
                $"{evaluation.Title}: {(evaluation.Verdict == "pass" ? "in order" : $"{evaluation.Rule.Name} does not apply")}"
            )
        );
        json.WriteEndObject();
        json.WriteStartArray("locations");
        if (evaluation.Location.Artifact.Length > 0)
        {
            places.Location(evaluation.Location, null, null);
        }

        json.WriteEndArray();
        Suppressions(null);
        json.WriteStartObject("properties");
        json.WriteString("auditor/verdict", evaluation.Verdict);
        json.WriteString("auditor/subject", Neutral.Visible(evaluation.Subject));
        if (evaluation.Environment is { } environment)
        {
            json.WriteString("auditor/environment", Neutral.Visible(environment));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Strings(string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(Neutral.Visible(value));
        }

        json.WriteEndArray();
    }
}
