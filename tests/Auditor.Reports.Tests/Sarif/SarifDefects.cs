using System.Text.Json.Nodes;

namespace Auditor.Reports.Tests.Sarif;

/// <summary>The conformance check can fail: every way in which logs of known tools were refused or misread is put into a good log, and is found.</summary>
public sealed class SarifDefects
{
    private static readonly Dictionary<string, Action<JsonNode>> Variants = new(StringComparer.Ordinal)
    {
        ["a level that does not exist"] = log => Result(log)["level"] = "critical",
        ["a date that is none"] = log => Run(log)["invocations"]![0]!["startTimeUtc"] = "yesterday",
        ["a GUID of version 7"] = log => Run(log)["automationDetails"]!["guid"] = "01890a5d-ac96-774b-bcce-b302099a8057",
        ["a logical location only"] = log => Result(log)["locations"]![0]!.AsObject().Remove("physicalLocation"),
        ["no location"] = log => Result(log)["locations"] = new JsonArray(),
        ["two locations"] = log => Result(log)["locations"]!.AsArray().Add(Result(log)["locations"]![0]!.DeepClone()),
        ["no region"] = log => Physical(log).Remove("region"),
        ["no partial fingerprints"] = log => Result(log).Remove("partialFingerprints"),
        ["suppressions on some results only"] = log => Result(log).Remove("suppressions"),
        ["a suppression without a reason"] = log => Result(log)["suppressions"]!.AsArray().Add(new JsonObject { ["kind"] = "external" }),
        ["a review with a level"] = log => Result(log)["kind"] = "review",
        ["a failure without a level"] = log => Result(log)["level"] = "none",
        ["a kind that does not exist"] = log => Result(log)["kind"] = "violation",
        ["the index of another rule"] = log => Result(log)["ruleIndex"] = (int)Result(log)["ruleIndex"]! + 1,
        ["an index beyond the rules"] = log => Result(log)["ruleIndex"] = 1000,
        ["a hierarchical rule id"] = log => Result(log)["ruleId"] = "AUD-001/slash",
        ["two rules with one id"] = log => Rule(log, 1)["id"] = (string?)Rule(log, 0)["id"],
        ["an id by no convention"] = log => Rule(log, 0)["id"] = "OKTA-JWKS-01",
        ["a name that is the id"] = log => Rule(log, 0)["name"] = (string?)Rule(log, 0)["id"],
        ["no rules"] = log => Run(log)["tool"]!["driver"]!.AsObject().Remove("rules"),
        ["no short description"] = log => Rule(log, 0).Remove("shortDescription"),
        ["an empty full description"] = log => Rule(log, 0)["fullDescription"]!["text"] = "",
        ["a description beyond the limit"] = log => Rule(log, 0)["fullDescription"]!["text"] = new string('x', 1025),
        ["no help"] = log => Rule(log, 0).Remove("help"),
        ["a taxon beyond the taxonomy"] = log => Rule(log, 0)["relationships"]![0]!["target"]!["index"] = 1000,
        ["a taxonomy that is not there"] = log => Rule(log, 0)["relationships"]![0]!["target"]!["toolComponent"]!["index"] = 1000,
        ["25 tags"] = log =>
            Rule(log, 0)["properties"]!["tags"] = new JsonArray([.. Enumerable.Range(0, 25).Select(i => (JsonNode)$"tag{i}")]),
        ["a tag in capitals"] = log => Rule(log, 0)["properties"]!["tags"]!.AsArray().Add("external/cwe/CWE-345"),
        ["no tag 'security'"] = log => Rule(log, 0)["properties"]!["tags"] = new JsonArray("aud"),
        ["a severity as a number"] = log => Rule(log, 0)["properties"]!["security-severity"] = 8.0,
        ["a severity of nothing"] = log => Rule(log, 0)["properties"]!["security-severity"] = "0.0",
        ["an error in a successful run"] = log =>
            Run(log)["invocations"]![0]!["toolExecutionNotifications"]!
                .AsArray()
                .Add(
                    new JsonObject
                    {
                        ["level"] = "error",
                        ["message"] = new JsonObject { ["text"] = "denied." },
                    }
                ),
        ["an unsuccessful run without an error"] = log => Run(log)["invocations"]![0]!["executionSuccessful"] = false,
        ["a message without a period"] = log => Result(log)["message"]!["text"] = "It is wrong",
        ["an empty message"] = log => Result(log)["message"]!["text"] = "",
        ["a link to nothing"] = log => Result(log)["message"]!["text"] = "See [that](99).",
        ["a link elsewhere"] = log => Result(log)["message"]!["text"] = "See [that](https://evil.example).",
        ["related locations with one id"] = log =>
            Result(log)["relatedLocations"]!.AsArray().Add(Result(log)["relatedLocations"]![0]!.DeepClone()),
        ["a reference with a space"] = log => Artifact(log)["uri"] = "a file.xml",
        ["a reference with a backslash"] = log => Artifact(log)["uri"] = "folder\\file.xml",
        ["an absolute path"] = log => Artifact(log)["uri"] = "/home/user/file.xml",
        ["a way out"] = log => Artifact(log)["uri"] = "../../file.xml",
        ["an address"] = log => Artifact(log)["uri"] = "https://acme.okta.com/api/v1/apps",
        ["a scheme of one's own"] = log => Artifact(log)["uri"] = "okta:apps",
        ["a base that is not declared"] = log => Artifact(log)["uriBaseId"] = "ELSEWHERE",
        ["another artifact's index"] = log => Artifact(log)["index"] = 1000,
        ["line 0"] = log => Physical(log)["region"]!["startLine"] = 0,
        ["an end before the start"] = log => Physical(log)["region"]!["endLine"] = 0,
        ["an end column before the start"] = log =>
        {
            Physical(log)["region"]!["startColumn"] = 9;
            Physical(log)["region"]!["endLine"] = (int)Physical(log)["region"]!["startLine"]!;
            Physical(log)["region"]!["endColumn"] = 3;
        },
        ["a digest that is none"] = log => Run(log)["artifacts"]![0]!["hashes"]!["sha-256"] = "abc",
        ["a release candidate of the schema"] = log => log["$schema"] = "https://json.schemastore.org/sarif-2.1.0-rtm.6.json",
        ["a tool without a version"] = log => Run(log)["tool"]!["driver"]!.AsObject().Remove("version"),
    };

    public static TheoryData<string> Names => new(Variants.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_defect_is_found(string variant)
    {
        var log = SarifLogs.Log("small", "full");
        Variants[variant](log);

        Assert.NotEmpty(SarifConformance.Defects(log, gitHub: false));
    }

    [Theory]
    [InlineData("suppressions")]
    [InlineData("kind")]
    public void What_code_scanning_would_misread_is_found(string property)
    {
        var log = SarifLogs.Log("small", "github");
        foreach (var result in Run(log)["results"]!.AsArray())
        {
            result![property] = property == "kind" ? "open" : new JsonArray();
            if (property == "kind")
            {
                result["level"] = "none";
            }
        }

        Assert.NotEmpty(SarifConformance.Defects(log, gitHub: true));
    }

    private static JsonObject Run(JsonNode log) => log["runs"]![0]!.AsObject();

    private static JsonObject Result(JsonNode log) =>
        Run(log)["results"]!
            .AsArray()
            .First(result => result!["relatedLocations"] is not null && (string?)result["kind"] == "fail")!
            .AsObject();

    private static JsonObject Rule(JsonNode log, int index) => Run(log)["tool"]!["driver"]!["rules"]![index]!.AsObject();

    private static JsonObject Physical(JsonNode log) => Result(log)["locations"]![0]!["physicalLocation"]!.AsObject();

    private static JsonObject Artifact(JsonNode log) => Physical(log)["artifactLocation"]!.AsObject();
}
