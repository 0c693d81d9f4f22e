using System.Text.Json;
using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Json;
using Auditor.Reports.Pages;

namespace Auditor.Reports.Sarif;

/// <summary>The tool with every rule that ran, and the taxonomies its rules refer to.</summary>
internal sealed class SarifTool
{
    // GitHub's limits (GitHub docs, "SARIF support for code scanning", 2026-07): ten tags of a rule are kept, and descriptions are cut.
    private const int MaxTags = 10;
    private const int MaxDescription = 1024;

    private readonly Utf8JsonWriter json;
    private readonly AuditRun run;
    private readonly bool isFull;
    private readonly Dictionary<string, int> indexes;
    private readonly ImmutableArray<SarifTaxonomy> taxonomies;

    public SarifTool(Utf8JsonWriter json, AuditRun run, SarifProfile profile)
    {
        this.json = json;
        this.run = run;
        isFull = profile == SarifProfile.Full;
        indexes = run.Rules.Select((rule, i) => (rule.Info.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i, StringComparer.Ordinal);
        taxonomies = isFull ? SarifTaxonomy.Of(run.Rules) : [];
    }

    /// <summary>The place of a rule in the list.</summary>
    public int IndexOf(RuleInfo rule) => indexes[rule.Id];

    /// <summary>The tool, then the taxonomies.</summary>
    public void Write()
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", ReportIdentity.Name);
        json.WriteString("fullName", $"{ReportIdentity.Name} {run.ToolVersion}");
        json.WriteString("version", run.ToolVersion);
        json.WriteString("semanticVersion", run.ToolVersion);
        json.WriteString("informationUri", ReportIdentity.Address);
        if (!taxonomies.IsEmpty)
        {
            json.WriteStartArray("supportedTaxonomies");
            for (var i = 0; i < taxonomies.Length; i++)
            {
                Component(taxonomies[i].Name, i);
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("rules");
        foreach (var rule in run.Rules)
        {
            Rule(rule);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        Taxonomies();
    }

    private void Rule(RuleDescription rule)
    {
        var info = rule.Info;
        var summary = RulePageText.Summary(rule.Page) is { Length: > 0 } text ? text : info.Title;
        json.WriteStartObject();
        json.WriteString("id", info.Id);
        json.WriteString("name", info.PascalName);
        Text("shortDescription", SarifText.Sentence(SarifText.Cut(info.Title, MaxDescription - 1)));
        Text("fullDescription", SarifText.Sentence(SarifText.Cut(summary, MaxDescription - 1)));
        json.WriteStartObject("help");
        json.WriteString("text", RulePageText.Plain(rule.Page) is { Length: > 0 } plain ? plain : SarifText.Sentence(info.Title));
        if (rule.Page.Length > 0)
        {
            json.WriteString("markdown", rule.Page);
        }

        json.WriteEndObject();
        json.WriteStartObject("defaultConfiguration");
        json.WriteString("level", JsonReport.Word(info.Level));
        json.WriteEndObject();
        Relationships(rule);
        json.WriteStartObject("properties");
        json.WriteStartArray("tags");
        foreach (var tag in Tags(rule).Take(MaxTags))
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
        json.WriteString("precision", "high");
        json.WriteString("security-severity", info.SecuritySeverity.ToString("0.0", CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Code scanning reads a weakness only from a tag, in lower case.
    private static IEnumerable<string> Tags(RuleDescription rule)
    {
        yield return "security";
        if (rule.Info.Cwe is { } cwe)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"external/cwe/cwe-{cwe:000}");
        }

        yield return rule.Info.Family.ToLowerInvariant();
        if (rule.Info.IsCore)
        {
            yield return "core";
        }

        foreach (var control in rule.Controls.Where(control => control is { Confirmed: true, Framework: "SOC 2" }))
        {
            yield return "soc2/" + control.Id.ToLowerInvariant();
        }
    }

    private void Relationships(RuleDescription rule)
    {
        var targets = taxonomies.SelectMany((taxonomy, i) => taxonomy.Of(rule).Select(taxon => (taxonomy, i, taxon))).ToList();
        if (targets.Count == 0)
        {
            return;
        }

        json.WriteStartArray("relationships");
        foreach (var (taxonomy, i, taxon) in targets)
        {
            json.WriteStartObject();
            json.WriteStartObject("target");
            json.WriteString("id", taxon);
            json.WriteNumber("index", taxonomy.Taxa.IndexOf(taxon));
            json.WritePropertyName("toolComponent");
            Component(taxonomy.Name, i);
            json.WriteEndObject();
            json.WriteStartArray("kinds");
            json.WriteStringValue("relevant");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Taxonomies()
    {
        if (taxonomies.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("taxonomies");
        foreach (var taxonomy in taxonomies)
        {
            json.WriteStartObject();
            json.WriteString("name", taxonomy.Name);
            json.WriteString("organization", taxonomy.Organization);
            json.WriteString("informationUri", taxonomy.Address);
            json.WriteBoolean("isComprehensive", false);
            Text("shortDescription", taxonomy.Description);
            json.WriteStartArray("taxa");
            foreach (var taxon in taxonomy.Taxa)
            {
                json.WriteStartObject();
                json.WriteString("id", taxon);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Component(string name, int index)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteNumber("index", index);
        json.WriteEndObject();
    }

    private void Text(string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
