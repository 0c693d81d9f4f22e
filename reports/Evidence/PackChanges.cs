using System.Text.Json;
using Auditor.Engine;
using Auditor.Reports.Json;

namespace Auditor.Reports.Evidence;

/// <summary>What is different from the pack before: objects by their digests, findings by their fingerprints.</summary>
internal static class PackChanges
{
    /// <summary>Writes the differences.</summary>
    public static byte[] Write(AuditRun run, PackFacts facts) =>
        JsonMembers.Document(json =>
        {
            if (facts.Previous is not { } previous)
            {
                json.WriteNull("since");
                json.WriteString("note", "This is the first pack of its chain: there is nothing to compare with.");
                return;
            }

            json.WriteStartObject("since");
            json.WriteString("pack", previous.Name);
            json.WriteNumber("sequence", previous.Sequence);
            json.WriteString("sha256", previous.Sha256);
            json.WriteEndObject();
            Objects(json, facts, previous);
            Findings(json, run, previous);
        });

    private static void Objects(Utf8JsonWriter json, PackFacts facts, PreviousPack previous)
    {
        var now = facts.Population.ToDictionary(item => PopulationRow.KeyOf(item.Type, item.Id), StringComparer.Ordinal);
        json.WriteStartObject("objects");
        Keys(json, "added", now.Keys.Where(key => !previous.Objects.ContainsKey(key)));
        Keys(json, "removed", previous.Objects.Keys.Where(key => !now.ContainsKey(key)));
        Keys(
            json,
            "changed",
            now.Where(item =>
                    previous.Objects.TryGetValue(item.Key, out var before) && before != ChecksumList.Digest(item.Value.Line.AsSpan())
                )
                .Select(item => item.Key)
        );
        json.WriteEndObject();
    }

    private static void Keys(Utf8JsonWriter json, string name, IEnumerable<string> keys)
    {
        json.WriteStartArray(name);
        foreach (var key in keys.Order(StringComparer.Ordinal))
        {
            var at = key.IndexOf('\n', StringComparison.Ordinal);
            json.WriteStartObject();
            json.WriteString("type", key[..at]);
            json.WriteString("id", key[(at + 1)..]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Findings(Utf8JsonWriter json, AuditRun run, PreviousPack previous)
    {
        var now = run
            .Findings.GroupBy(finding => finding.Fingerprint, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        json.WriteStartObject("findings");
        json.WriteStartArray("opened");
        foreach (var finding in run.Findings.Where(finding => !previous.Findings.ContainsKey(finding.Fingerprint)))
        {
            Finding(json, finding.Fingerprint, finding.Rule.Id, FindingLevel.Of(finding), finding.Message);
        }

        json.WriteEndArray();
        json.WriteStartArray("closed");
        foreach (var (fingerprint, finding) in previous.Findings.Where(finding => !now.ContainsKey(finding.Key)))
        {
            Finding(json, fingerprint, finding.Rule, finding.Level, finding.Message);
        }

        json.WriteEndArray();
        json.WriteNumber("unchanged", now.Keys.Count(previous.Findings.ContainsKey));
        json.WriteEndObject();
    }

    private static void Finding(Utf8JsonWriter json, string fingerprint, string rule, string level, string message)
    {
        json.WriteStartObject();
        json.WriteString("fingerprint", fingerprint);
        json.WriteString("rule", rule);
        json.WriteString("level", level);
        json.WriteString("message", message);
        json.WriteEndObject();
    }
}
