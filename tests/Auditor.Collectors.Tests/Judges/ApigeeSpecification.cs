using System.Globalization;
using System.Text.Json.Nodes;
using NJsonSchema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Auditor.Collectors.Tests.Judges;

/// <summary>
/// Google's description of the management API, as an OpenAPI file: which answer belongs to which path, and what an answer looks like. Members that it does not know are errors.
/// </summary>
internal sealed class ApigeeSpecification
{
    private readonly (string[] Template, string Schema)[] reads;
    private readonly JsonSchema schemas;

    private ApigeeSpecification((string[], string)[] reads, JsonSchema schemas)
    {
        this.reads = reads;
        this.schemas = schemas;
    }

    /// <summary>Reads the file.</summary>
    public static async Task<ApigeeSpecification> ReadAsync(string file)
    {
        using var reader = File.OpenText(file);
        var yaml = new YamlStream();
        yaml.Load(reader);
        var document = Json(yaml.Documents[0].RootNode)!;
        foreach (var (_, schema) in document["components"]!["schemas"]!.AsObject())
        {
            // Otherwise a misspelled member would be one that happens to be unknown.
            if (schema is JsonObject known && known["properties"] is not null && known["additionalProperties"] is null)
            {
                known["additionalProperties"] = false;
            }
        }

        var described = document["paths"]!
            .AsObject()
            .Select(path =>
                (
                    Template: path.Key.Trim('/').Split('/'),
                    Schema: path.Value!["get"]
                        ?["responses"]?["200"]?["content"]?["application/json"]?["schema"]?["$ref"]?.GetValue<string>()
                )
            )
            .Where(read => read.Schema is not null)
            .Select(read => (read.Template, read.Schema!));
        var definitions = new JsonObject { ["definitions"] = document["components"]!["schemas"]!.DeepClone() };
        return new ApigeeSpecification(
            [.. described],
            await JsonSchema.FromJsonAsync(
                definitions.ToJsonString().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal),
                TestContext.Current.CancellationToken
            )
        );
    }

    /// <summary>The name of the schema of a path's answer; null where the description does not have the path.</summary>
    public string? SchemaOf(string path)
    {
        var segments = path.Trim('/').Split('/');
        return reads
            .Where(read => read.Template.Length == segments.Length)
            .Where(read => read.Template.Zip(segments).All(pair => Matches(pair.First, pair.Second)))
            .Select(read => read.Schema[(read.Schema.LastIndexOf('/') + 1)..])
            .FirstOrDefault();
    }

    /// <summary>What is wrong with an answer.</summary>
    public string[] Errors(string schema, string answer) =>
        [.. schemas.Definitions[schema].Validate(answer).Select(error => error.ToString()!)];

    private static bool Matches(string template, string segment)
    {
        var colon = template.IndexOf("}:", StringComparison.Ordinal);
        return colon > 0 ? segment.EndsWith(template[(colon + 1)..], StringComparison.Ordinal)
            : template is ['{', .., '}'] ? !segment.Contains(':', StringComparison.Ordinal)
            : template == segment;
    }

    private static JsonNode? Json(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Json(pair.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => flag.Value == "true",
            YamlScalarNode { Style: ScalarStyle.Plain } number
                when long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
            YamlScalarNode text => text.Value,
            _ => null,
        };
}
