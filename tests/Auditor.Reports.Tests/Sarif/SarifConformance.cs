using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Auditor.Reports.Tests.Sarif;

/// <summary>
/// What a good log must satisfy and neither the JSON schema nor Microsoft's validator finds out, and, so that no gate depends on one tool, most of what they do find:
/// rules of SARIF 2.1.0 and of GitHub code scanning.
/// </summary>
internal static partial class SarifConformance
{
    /// <summary>The defects of a log, a sentence each; empty when there are none.</summary>
    public static ImmutableArray<string> Defects(JsonNode log, bool gitHub)
    {
        var defects = new List<string>();
        if (Text(log["$schema"]) is not { } schema || !schema.EndsWith("sarif-2.1.0.json", StringComparison.Ordinal))
        {
            defects.Add("$schema does not name the final schema");
        }

        foreach (var run in Items(log["runs"]))
        {
            new RunCheck(run, gitHub, defects).All();
        }

        return [.. defects];
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static int? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static JsonNode[] Items(JsonNode? node) => node is JsonArray array ? [.. array.OfType<JsonNode>()] : [];

    private static IEnumerable<(string Name, JsonNode Node)> Descend(JsonNode node, string name = "")
    {
        yield return (name, node);
        var children = node switch
        {
            JsonObject item => item.Where(pair => pair.Value is not null && pair.Key != "properties")
                .Select(pair => (pair.Key, pair.Value!)),
            JsonArray array => array.OfType<JsonNode>().Select(child => (name, child)),
            _ => [],
        };
        foreach (var found in children.SelectMany(child => Descend(child.Item2, child.Item1)))
        {
            yield return found;
        }
    }

    [GeneratedRegex(@"(?<!\\)\[(?:[^\[\]\\]|\\.)*\]\((?<target>[^)]*)\)")]
    private static partial Regex Links();

    [GeneratedRegex("^[A-Z]{1,8}-[0-9]{3}$")]
    private static partial Regex RuleIds();

    [GeneratedRegex("^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", RegexOptions.IgnoreCase)]
    private static partial Regex Guids();

    [GeneratedRegex("^(?:[0-9a-f]{64})$")]
    private static partial Regex Digests();

    private sealed class RunCheck(JsonNode run, bool gitHub, List<string> defects)
    {
        private readonly JsonNode[] rules = Items(run["tool"]?["driver"]?["rules"]);
        private readonly JsonNode[] results = Items(run["results"]);

        public void All()
        {
            Tool();
            Taxonomies();
            Invocations();
            Everywhere();
            foreach (var result in results)
            {
                Result(result);
            }

            var suppressed = results.Count(result => result["suppressions"] is not null);
            Require(suppressed == 0 || suppressed == results.Length, "suppressions are given on some results only");
            Require(!gitHub || suppressed == 0, "code scanning ignores suppressions");
        }

        private void Require(bool holds, string defect)
        {
            if (!holds)
            {
                defects.Add(defect);
            }
        }

        private void Tool()
        {
            var driver = run["tool"]?["driver"];
            Require(Text(driver?["name"]) is { Length: > 0 }, "the tool has no name");
            Require(
                Text(driver?["version"]) is { Length: > 0 } && Text(driver?["informationUri"]) is { Length: > 0 },
                "the tool has no version or address"
            );
            Require(rules.Length > 0, "there are no rules");
            Require(
                rules.Select(rule => Text(rule["id"])).Distinct(StringComparer.Ordinal).Count() == rules.Length,
                "two rules have one id"
            );
            foreach (var rule in rules)
            {
                var id = Text(rule["id"]) ?? "";
                Require(RuleIds().IsMatch(id), $"{id} is no conventional id");
                Require(
                    Text(rule["name"]) is { Length: > 0 and <= 255 } name && name != id,
                    $"{id}: the name is missing, too long, or the id"
                );
                Require(
                    Text(rule["shortDescription"]?["text"]) is { Length: > 0 and <= 1024 } brief && brief.EndsWith('.'),
                    $"{id}: short description"
                );
                Require(Text(rule["fullDescription"]?["text"]) is { Length: > 0 and <= 1024 }, $"{id}: full description");
                Require(Text(rule["help"]?["text"]) is { Length: > 0 }, $"{id}: no help");
                var tags = Items(rule["properties"]?["tags"]).Select(Text).ToList();
                Require(tags.Count <= 10, $"{id}: more than ten tags");
                Require(tags.Distinct(StringComparer.Ordinal).Count() == tags.Count, $"{id}: a tag twice");
                Require(
                    tags.TrueForAll(tag => tag is { Length: > 0 } && tag == tag.ToLowerInvariant()),
                    $"{id}: a tag is not in lower case"
                );
                Require(
                    Text(rule["properties"]?["security-severity"]) is { } severity
                        && double.TryParse(severity, CultureInfo.InvariantCulture, out var value)
                        && value is > 0 and <= 10,
                    $"{id}: security-severity is no text from 0.1 to 10.0"
                );
                Require(tags.Contains("security"), $"{id}: a severity counts only with the tag 'security'");
            }
        }

        private void Taxonomies()
        {
            var taxonomies = Items(run["taxonomies"]);
            foreach (var target in rules.SelectMany(rule => Items(rule["relationships"])).Select(relation => relation["target"]!))
            {
                var component =
                    Number(target["toolComponent"]?["index"]) is { } i && i >= 0 && i < taxonomies.Length ? taxonomies[i] : null;
                Require(
                    component is not null && Text(component["name"]) == Text(target["toolComponent"]?["name"]),
                    "a taxonomy is not where it is said to be"
                );
                var taxa = Items(component?["taxa"]);
                Require(
                    Number(target["index"]) is { } j && j >= 0 && j < taxa.Length && Text(taxa[j]["id"]) == Text(target["id"]),
                    "a taxon is not where it is said to be"
                );
            }
        }

        private void Invocations()
        {
            foreach (var invocation in Items(run["invocations"]))
            {
                var errors = Items(invocation["toolExecutionNotifications"])
                    .Concat(Items(invocation["toolConfigurationNotifications"]))
                    .Any(notification => Text(notification["level"]) == "error");
                Require(
                    invocation["executionSuccessful"] is JsonValue said
                        && said.TryGetValue<bool>(out var successful)
                        && successful != errors,
                    "whether the run succeeded is missing, or is not what its notifications say"
                );
            }
        }

        private void Everywhere()
        {
            foreach (var (name, node) in Descend(run))
            {
                switch (name)
                {
                    case "guid" or "correlationGuid" or "baselineGuid" when Text(node) is { } guid:
                        Require(Guids().IsMatch(guid), "a GUID is of a version that the schema does not know");
                        break;
                    case "startTimeUtc" or "endTimeUtc" or "timeUtc":
                        Require(
                            DateTimeOffset.TryParseExact(
                                Text(node),
                                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                                CultureInfo.InvariantCulture,
                                DateTimeStyles.None,
                                out _
                            ),
                            "a time is none"
                        );
                        break;
                    case "level" when Text(node) is var level:
                        Require(level is "none" or "note" or "warning" or "error", "there is no such level");
                        break;
                    case "artifactLocation" or "location" when node["uri"] is { } uri:
                        Uri(Text(uri) ?? "", node);
                        break;
                    case "region" or "contextRegion" or "deletedRegion" when node is JsonObject region:
                        Region(region);
                        break;
                    case "hashes":
                        Require(Digests().IsMatch(Text(node["sha-256"]) ?? ""), "a digest is none");
                        break;
                    default:
                        break;
                }
            }
        }

        private void Uri(string uri, JsonNode location)
        {
            Require(
                uri.Length > 0
                    && !uri.StartsWith('/')
                    && System.Uri.IsWellFormedUriString(uri, UriKind.Relative)
                    && !uri.Split('/').Any(segment => segment is "." or ".." or "")
                    && !uri.Contains(':', StringComparison.Ordinal),
                $"'{uri}' is no plain relative reference"
            );
            var name = Text(location["uriBaseId"]);
            Require(name is null || run["originalUriBaseIds"]?[name] is not null, "a base of references is not declared");
            var artifacts = Items(run["artifacts"]);
            Require(
                location["index"] is null
                    || (
                        Number(location["index"]) is { } i
                        && i >= 0
                        && i < artifacts.Length
                        && Text(artifacts[i]["location"]?["uri"]) == uri
                    ),
                "an artifact is not where it is said to be"
            );
        }

        private void Region(JsonObject region)
        {
            var (line, column) = (Number(region["startLine"]), Number(region["startColumn"]) ?? 1);
            var endLine = Number(region["endLine"]) ?? line;
            Require(line >= 1 && column >= 1, "a region does not begin in the text");
            Require(
                endLine >= line && (endLine > line || (Number(region["endColumn"]) ?? int.MaxValue) >= column),
                "a region ends before it begins"
            );
        }

        private void Result(JsonNode result)
        {
            var id = Text(result["ruleId"]);
            Require(
                Number(result["ruleIndex"]) is { } index && index >= 0 && index < rules.Length && Text(rules[index]["id"]) == id,
                $"{id}: the rule is not where it is said to be"
            );
            var (kind, level) = (Text(result["kind"]), Text(result["level"]));
            Require(kind is "fail" or "open" or "review" or "pass" or "notApplicable", $"{id}: there is no kind {kind}");
            Require(kind == "fail" == (level != "none"), $"{id}: a level goes with failures only");
            Require(!gitHub || kind == "fail", $"{id}: code scanning takes everything for a failure");
            var message = Text(result["message"]?["text"]) ?? "";
            Require(message.Length > 1 && message.EndsWith('.'), $"{id}: the message is no sentence");
            var locations = Items(result["locations"]);
            Require(locations.Length == 1 || (!gitHub && locations.Length == 0 && kind != "fail"), $"{id}: not one location");
            Require(
                locations.All(location =>
                    location["physicalLocation"]?["artifactLocation"]?["uri"] is not null
                    && location["physicalLocation"]?["region"] is not null
                ),
                $"{id}: code scanning refuses the log for a result that is in no file"
            );
            var related = Items(result["relatedLocations"]).Select(location => Number(location["id"])).ToList();
            Require(
                related.TrueForAll(number => number is >= 0) && related.Distinct().Count() == related.Count,
                $"{id}: related locations share an id"
            );
            foreach (var target in Links().Matches(message).Select(link => link.Groups["target"].Value))
            {
                Require(
                    int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && related.Contains(number),
                    $"{id}: the message links to {target}"
                );
            }

            if (kind == "fail")
            {
                Require(Digests().IsMatch(Text(result["partialFingerprints"]?["auditorFinding/v1"]) ?? ""), $"{id}: no fingerprint");
                Require(Text(result["partialFingerprints"]?["primaryLocationLineHash"]) is { Length: > 2 }, $"{id}: no line hash");
            }

            Require(
                Items(result["suppressions"])
                    .All(item => Text(item["kind"]) is "inSource" or "external" && Text(item["justification"]) is { Length: > 0 }),
                $"{id}: a suppression without a reason"
            );
        }
    }
}
