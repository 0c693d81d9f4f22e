using System.Text;
using System.Text.Json.Nodes;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>Writes a plan as <c>terraform show -json</c> prints it.</summary>
internal sealed class PlanText
{
    private readonly JsonArray prior = [];
    private readonly JsonArray planned = [];
    private readonly JsonArray changes = [];
    private readonly SortedDictionary<string, JsonObject> sources = new(StringComparer.Ordinal);

    /// <summary>A resource that stays as it is.</summary>
    public PlanText Has(string address, string values) => Add(address, values, values, [], "no-op");

    /// <summary>A resource that is made; some attributes are known only after the apply.</summary>
    public PlanText Makes(string address, string values, params string[] unknown) => Add(address, null, values, unknown, "create");

    /// <summary>A resource that is changed in place.</summary>
    public PlanText Changes(string address, string before, string after, params string[] unknown) =>
        Add(address, before, after, unknown, "update");

    /// <summary>A resource that is replaced.</summary>
    public PlanText Replaces(string address, string before, string after, params string[] unknown) =>
        Add(address, before, after, unknown, "delete", "create");

    /// <summary>A resource of which everything is marked as sensitive.</summary>
    public PlanText Hides(string address, string before, string after)
    {
        Changes(address, before, after);
        planned[^1]!["sensitive_values"] = true;
        changes[^1]!["change"]!["before_sensitive"] = true;
        changes[^1]!["change"]!["after_sensitive"] = true;
        return this;
    }

    /// <summary>A resource that goes.</summary>
    public PlanText Removes(string address, string values) => Add(address, values, null, [], "delete");

    /// <summary>A resource that is no longer managed, and stays.</summary>
    public PlanText Forgets(string address, string values) => Add(address, values, null, [], "forget");

    /// <summary>What an attribute refers to in the sources.</summary>
    public PlanText Refers(string address, string attribute, params string[] references)
    {
        if (!sources.TryGetValue(address, out var source))
        {
            sources.Add(address, source = Head(address));
            source["expressions"] = new JsonObject();
        }

        source["expressions"]![attribute] = new JsonObject { ["references"] = new JsonArray([.. references.Select(one => (JsonNode)one)]) };
        return this;
    }

    /// <summary>The plan as it is read.</summary>
    public TerraformDocument Read() => TerraformDocument.Parse("plan.json", Encoding.UTF8.GetBytes(Text()), "plan.json", new Redactor());

    /// <summary>The plan as it is printed.</summary>
    public string Text() =>
        new JsonObject
        {
            ["format_version"] = "1.2",
            ["planned_values"] = Module(planned),
            ["resource_changes"] = changes.DeepClone(),
            ["prior_state"] = new JsonObject { ["format_version"] = "1.0", ["values"] = Module(prior) },
            ["configuration"] = new JsonObject
            {
                ["root_module"] = new JsonObject { ["resources"] = new JsonArray([.. sources.Values.Select(one => one.DeepClone())]) },
            },
        }.ToJsonString();

    private PlanText Add(string address, string? before, string? after, string[] unknown, params string[] actions)
    {
        if (before is not null)
        {
            prior.Add(With(address, before));
        }

        if (after is not null)
        {
            planned.Add(With(address, after));
        }

        var change = Head(address);
        change["change"] = new JsonObject
        {
            ["actions"] = new JsonArray([.. actions.Select(one => (JsonNode)one)]),
            ["before"] = before is null ? null : JsonNode.Parse(before),
            ["after"] = after is null ? null : JsonNode.Parse(after),
            ["after_unknown"] = new JsonObject([.. unknown.Select(name => KeyValuePair.Create(name, (JsonNode?)true))]),
        };
        changes.Add((JsonNode)change);
        return this;
    }

    private static JsonNode With(string address, string values)
    {
        var resource = Head(address);
        resource["values"] = JsonNode.Parse(values);
        return resource;
    }

    private static JsonObject Module(JsonArray resources) =>
        new() { ["root_module"] = new JsonObject { ["resources"] = resources.DeepClone() } };

    // okta_group.staff["eu"]
    private static JsonObject Head(string address)
    {
        var own = address.Split('[')[0].Split('.');
        var head = new JsonObject
        {
            ["address"] = address,
            ["mode"] = "managed",
            ["type"] = own[0],
            ["name"] = own[1],
        };
        if (address.Contains('['))
        {
            head["index"] = JsonNode.Parse(address[(address.IndexOf('[') + 1)..^1]);
        }

        return head;
    }
}
