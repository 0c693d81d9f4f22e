using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Reports.Evidence;

/// <summary>
/// A run as OSCAL assessment results (NIST OSCAL 1.1.3): a finding for each confirmed criterion, an observation for each failure and each open question. OSCAL knows only satisfied and not
/// satisfied; what could not be assessed is an observation, and keeps its criterion from being satisfied.
/// </summary>
public static class OscalResults
{
    private const string Version = "1.1.3";

    // The namespace of name-based UUIDs of URLs (RFC 9562, 6.6).
    private static readonly byte[] UrlNamespace = Convert.FromHexString("6ba7b8119dad11d180b400c04fd430c8");

    /// <summary>Writes the results.</summary>
    public static byte[] Write(AuditRun run, PackFacts facts)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(facts);
        var id = EvidencePack.RunId(run, facts);
        return JsonMembers.Document(json =>
        {
            json.WriteStartObject("assessment-results");
            json.WriteString("uuid", Uuid($"{id}/document"));
            json.WriteStartObject("metadata");
            json.WriteString("title", OscalMarkup.Text($"auditor {run.ToolVersion}: {Headline.Systems(run)}"));
            json.WriteString("last-modified", Words.Of(facts.Finished));
            json.WriteString("version", facts.Sequence.ToString(CultureInfo.InvariantCulture));
            json.WriteString("oscal-version", Version);
            json.WriteEndObject();

            // An assessment plan is required; there is none but the rules that ran, which are in the pack.
            json.WriteStartObject("import-ap");
            json.WriteString("href", $"#{Uuid($"{id}/plan")}");
            json.WriteEndObject();
            json.WriteStartArray("results");
            Result(json, run, facts, id);
            json.WriteEndArray();
            json.WriteStartObject("back-matter");
            json.WriteStartArray("resources");
            json.WriteStartObject();
            json.WriteString("uuid", Uuid($"{id}/plan"));
            json.WriteString("title", "The rules that ran");
            json.WriteString(
                "description",
                "There is no assessment plan of its own: rules.json of this pack lists the tests that were performed."
            );
            json.WriteStartArray("rlinks");
            json.WriteStartObject();
            json.WriteString("href", "../rules.json");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void Result(Utf8JsonWriter json, AuditRun run, PackFacts facts, string id)
    {
        var controls = run
            .Rules.SelectMany(rule =>
                rule.Controls.Where(control => control.Confirmed).Select(control => (control.Framework, control.Id, Rule: rule.Info))
            )
            .GroupBy(control => (control.Framework, control.Id))
            .OrderBy(group => group.Key.Framework, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Id, StringComparer.Ordinal)
            .ToList();
        json.WriteStartObject();
        json.WriteString("uuid", Uuid($"{id}/result"));
        json.WriteString("title", OscalMarkup.Text(Headline.Line(run)));
        json.WriteString("description", OscalMarkup.Text($"One audit of {Headline.Systems(run)}."));
        json.WriteString("start", Words.Of(facts.Started));
        json.WriteString("end", Words.Of(facts.Finished));
        json.WriteStartObject("reviewed-controls");
        json.WriteStartArray("control-selections");
        json.WriteStartObject();
        json.WriteString("description", "The criteria that the rules give evidence for; see controls.csv.");
        if (controls.Count > 0)
        {
            // The schema takes a selection without them, and it selects nothing.
            json.Objects(
                "include-controls",
                controls,
                control => json.WriteString("control-id", Token($"{control.Key.Framework} {control.Key.Id}"))
            );
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        if (!run.Findings.IsEmpty)
        {
            json.WriteStartArray("observations");
            foreach (var finding in run.Findings.DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal))
            {
                Observation(json, finding, facts, id);
            }

            json.WriteEndArray();
        }

        if (controls.Count > 0)
        {
            json.WriteStartArray("findings");
            foreach (var control in controls)
            {
                Finding(json, run, $"{control.Key.Framework} {control.Key.Id}", [.. control.Select(item => item.Rule)], id);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Observation(Utf8JsonWriter json, Finding finding, PackFacts facts, string id)
    {
        json.WriteStartObject();
        json.WriteString("uuid", Uuid($"{id}/observation/{finding.Fingerprint}"));
        json.WriteString("title", OscalMarkup.Text($"{finding.Rule.Id} {finding.Rule.Name}: {FindingLevel.Of(finding)}"));
        json.WriteString("description", OscalMarkup.Text(finding.Message));
        json.WriteStartArray("methods");
        json.WriteStringValue("EXAMINE");
        json.WriteEndArray();
        json.WriteString("collected", Words.Of(facts.Started));
        json.WriteEndObject();
    }

    private static void Finding(Utf8JsonWriter json, AuditRun run, string control, ImmutableArray<RuleInfo> rules, string id)
    {
        var ids = rules.Select(rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var populations = run.Populations.Where(population => ids.Contains(population.Rule.Id)).ToList();
        var findings = run
            .Findings.Where(finding => ids.Contains(finding.Rule.Id))
            .DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToList();

        // Satisfied is said only where something was judged, all of it is in order, and everything could be read.
        var isSatisfied = run.Gaps.IsEmpty && findings.Count == 0 && populations.Sum(population => population.Pass) > 0;
        json.WriteStartObject();
        json.WriteString("uuid", Uuid($"{id}/finding/{control}"));
        json.WriteString("title", OscalMarkup.Text(control));
        json.WriteString(
            "description",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{populations.Sum(population => population.Subjects - population.NotApplicable)} judged, {populations.Sum(population => population.Pass)} in order, {populations.Sum(population => population.Fail)} wrong, {populations.Sum(population => population.Open + population.NotAssessed)} open or not assessed."
            )
        );
        json.WriteStartObject("target");
        json.WriteString("type", "objective-id");
        json.WriteString("target-id", Token(control));
        json.WriteStartObject("status");
        json.WriteString("state", isSatisfied ? "satisfied" : "not-satisfied");
        json.WriteString(
            "reason",
            isSatisfied ? "pass"
                : findings.Exists(finding => finding.IsLive) ? "fail"
                : "other"
        );
        json.WriteEndObject();
        json.WriteEndObject();
        if (findings.Count > 0)
        {
            json.WriteStartArray("related-observations");
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("observation-uuid", Uuid($"{id}/observation/{finding.Fingerprint}"));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    // A control as OSCAL's token: no blank, no colon, no parenthesis.
    private static string Token(string control) =>
        string.Concat(control.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));

    // Version 5, by name, so that the same run gives the same document. It identifies; nothing is protected by it.
#pragma warning disable CA5350
    private static string Uuid(string name)
    {
        var hash = SHA1.HashData([.. UrlNamespace, .. Encoding.UTF8.GetBytes("urn:auditor:" + name)]);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }
#pragma warning restore CA5350
}
