using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Auditor.Testing;

/// <summary>
/// What NIST's JSON schema of OSCAL 1.1.3 demands of assessment results, as far as they are written here, and that what refers to something within the document finds it.
/// Read in <c>oscal_complete_schema.json</c> of the release (<c>http://csrc.nist.gov/ns/oscal/1.0/1.1.3/oscal-complete-schema.json</c>). Every object is closed there, and no list is empty.
/// </summary>
public static class OscalConformance
{
    // An object is named by the member that holds it or the list of it: what it must have, and what else it may have.
    private static readonly Dictionary<string, (string Required, string Allowed)> Objects = new(StringComparer.Ordinal)
    {
        [""] = ("assessment-results", "$schema"),
        ["assessment-results"] = ("uuid metadata import-ap results", "local-definitions back-matter"),
        ["metadata"] = (
            "title last-modified version oscal-version",
            "published revisions document-ids props links roles locations parties responsible-parties actions remarks"
        ),
        ["parties"] = (
            "uuid type",
            "name short-name external-ids props links email-addresses telephone-numbers addresses location-uuids member-of-organizations remarks"
        ),
        ["roles"] = ("id title", "short-name description props links remarks"),
        ["props"] = ("name value", "uuid ns class group remarks"),
        ["links"] = ("href", "rel media-type resource-fragment text"),
        ["import-ap"] = ("href", "remarks"),
        ["results"] = (
            "uuid title description start reviewed-controls",
            "end props links local-definitions attestations assessment-log observations risks findings remarks"
        ),
        ["reviewed-controls"] = ("control-selections", "description props links control-objective-selections remarks"),
        ["control-selections"] = ("", "description props links include-all include-controls exclude-controls remarks"),
        ["include-controls"] = ("control-id", "statement-ids"),
        ["observations"] = (
            "uuid description methods collected",
            "title props links types origins subjects relevant-evidence expires remarks"
        ),
        ["origins"] = ("actors", "related-tasks"),
        ["actors"] = ("type actor-uuid", "role-id props links"),
        ["subjects"] = ("subject-uuid type", "title props links remarks"),
        ["relevant-evidence"] = ("description", "href props links remarks"),
        ["findings"] = (
            "uuid title description target",
            "props links origins implementation-statement-uuid related-observations related-risks remarks"
        ),
        ["target"] = ("type target-id status", "title description props links implementation-status remarks"),
        ["target/status"] = ("state", "reason remarks"),
        ["related-observations"] = ("observation-uuid", ""),
        ["related-risks"] = ("risk-uuid", ""),
        ["risks"] = (
            "uuid title description statement status",
            "props links origins threat-ids characterizations mitigating-factors deadline remediations risk-log related-observations"
        ),
        ["back-matter"] = ("", "resources"),
        ["resources"] = ("uuid", "title description props document-ids citation rlinks base64 remarks"),
        ["rlinks"] = ("href", "media-type hashes"),
        ["hashes"] = ("value algorithm", ""),
    };

    private const string Uuid = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}";
    private const string Token = @"[\p{L}_][\p{L}\p{N}._-]*";
    private const string String = @"\S(?:.*\S)?";

    // The schema counts the days of each month and knows every offset; that a time is written in UTC is ours.
    private const string Time =
        "(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]+)?Z";

    // RFC 3986, less what does not matter here: no blank, nothing that would have to be escaped.
    private const string Reference = """[^\s<>"{}|\\^`]+""";

    // Any text; that it is Markdown is looked at elsewhere.
    private const string Markup = "(?s).*";

    // The texts, by the member, or by the object and the member where a name means more than one thing. A list of words is one to which the schema adds none.
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["uuid"] = Uuid,
        ["actor-uuid"] = Uuid,
        ["subject-uuid"] = Uuid,
        ["observation-uuid"] = Uuid,
        ["risk-uuid"] = Uuid,
        ["id"] = Token,
        ["role-id"] = Token,
        ["control-id"] = Token,
        ["statement-ids"] = Token,
        ["target-id"] = Token,
        ["types"] = Token,
        ["class"] = Token,
        ["group"] = Token,
        ["rel"] = Token,
        ["props/name"] = Token,
        ["parties/name"] = String,
        ["short-name"] = String,
        ["version"] = String,
        ["oscal-version"] = @"1\.1\.3",
        ["value"] = String,
        ["media-type"] = String,
        ["resource-fragment"] = String,
        ["algorithm"] = String,
        ["methods"] = String,
        ["ns"] = "[a-zA-Z][a-zA-Z0-9+.-]+:.+",
        ["href"] = Reference,
        ["$schema"] = Reference,
        ["published"] = Time,
        ["last-modified"] = Time,
        ["start"] = Time,
        ["end"] = Time,
        ["collected"] = Time,
        ["expires"] = Time,
        ["deadline"] = Time,
        ["title"] = Markup,
        ["description"] = Markup,
        ["statement"] = Markup,
        ["remarks"] = Markup,
        ["text"] = Markup,
        ["parties/type"] = "person|organization",
        ["actors/type"] = "tool|assessment-platform|party",
        ["subjects/type"] = Token,
        ["target/type"] = "statement-id|objective-id",
        ["target/status/state"] = "satisfied|not-satisfied",
        ["target/status/reason"] = Token,
        ["risks/status"] = Token,
    };

    /// <summary>The defects of a document, a sentence each; empty when there are none.</summary>
    public static ImmutableArray<string> Defects(JsonNode document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var defects = new List<string>();
        Check(document, "", defects);
        var texts = Members(document).ToLookup(member => member.Name, member => (string)member.Value!, StringComparer.Ordinal);
        defects.AddRange(
            texts["uuid"]
                .GroupBy(id => id, StringComparer.OrdinalIgnoreCase)
                .Where(id => id.Count() > 1)
                .Select(id => $"uuid {id.Key} is there twice")
        );
        Resolve("observation-uuid", texts["observation-uuid"], "observations");
        Resolve("risk-uuid", texts["risk-uuid"], "risks");
        Resolve("href", texts["href"].Where(href => href.StartsWith('#')).Select(href => href[1..]), "resources");
        return [.. defects];

        void Resolve(string member, IEnumerable<string> references, string list)
        {
            var there = Lists(document, list).Select(item => (string?)item["uuid"]).ToHashSet(StringComparer.Ordinal);
            defects.AddRange(references.Where(id => !there.Contains(id)).Select(id => $"{member} {id} is none of the {list}"));
        }
    }

    private static void Check(JsonNode node, string name, List<string> defects)
    {
        // An object within an object of which the name alone does not say what it is.
        var kind = Objects.ContainsKey(name) ? name : name[(name.LastIndexOf('/') + 1)..];
        if (node is not JsonObject item || !Objects.TryGetValue(kind, out var members))
        {
            defects.Add($"{name} is not an object that the table knows");
            return;
        }

        var required = members.Required.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        defects.AddRange(required.Where(member => !item.ContainsKey(member)).Select(member => $"{kind} has no {member}"));
        var allowed = required.Concat(members.Allowed.Split(' ')).ToHashSet(StringComparer.Ordinal);
        foreach (var (member, value) in item)
        {
            if (!allowed.Contains(member))
            {
                defects.Add($"{kind} has a member {member}, which the schema does not know");
            }

            var values = value is JsonArray list ? [.. list] : new[] { value };
            if (values.Length == 0)
            {
                defects.Add($"{kind}/{member} is empty");
            }

            foreach (var one in values)
            {
                if (one is JsonValue text && text.TryGetValue<string>(out var content))
                {
                    Text(kind, member, content, defects);
                }
                else
                {
                    Check(one ?? JsonValue.Create(false), kind.Length == 0 ? member : $"{kind}/{member}", defects);
                }
            }
        }
    }

    private static void Text(string kind, string member, string content, List<string> defects)
    {
        if (!Texts.TryGetValue($"{kind}/{member}", out var pattern) && !Texts.TryGetValue(member, out pattern))
        {
            defects.Add($"{kind}/{member} is no text, or one that the table does not know");
        }
        else if (!Regex.IsMatch(content, $@"\A(?:{pattern})\z", RegexOptions.CultureInvariant))
        {
            defects.Add($"{kind}/{member} is '{content}'");
        }
    }

    private static IEnumerable<(string Name, JsonNode Value)> Members(JsonNode node) =>
        node switch
        {
            JsonObject item => item.Where(member => member.Value is not null)
                .SelectMany(member =>
                    member.Value is JsonValue value && value.TryGetValue<string>(out _) ? [(member.Key, value)] : Members(member.Value!)
                ),
            JsonArray list => list.OfType<JsonNode>().SelectMany(Members),
            _ => [],
        };

    private static IEnumerable<JsonObject> Lists(JsonNode node, string name) =>
        node switch
        {
            JsonObject item => item.SelectMany(member =>
                member.Key == name && member.Value is JsonArray list ? list.OfType<JsonObject>()
                : member.Value is { } value ? Lists(value, name)
                : []
            ),
            JsonArray list => list.OfType<JsonNode>().SelectMany(value => Lists(value, name)),
            _ => [],
        };
}
