using System.Text.Json;
using System.Text.Json.Serialization;
using Auditor.Model.Findings;

namespace Auditor.Engine.Runs;

/// <summary>How the parts of a run are written as JSON; generated, so that nothing is looked up while the program runs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(AuditRun))]
[JsonSerializable(typeof(RuleInfo))]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>The same, with rules by their ids: those that are met are added to the table when writing, and looked up in it when reading.</summary>
    public static RunJson WithRules(IDictionary<string, RuleInfo> rules) =>
        new(new JsonSerializerOptions(Default.Options) { Converters = { new RuleReference(rules), new CoverageWords() } });

    private sealed class RuleReference(IDictionary<string, RuleInfo> rules) : JsonConverter<RuleInfo>
    {
        public override RuleInfo Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            rules.TryGetValue(reader.GetString() ?? "", out var rule) ? rule : throw new JsonException("The rule is not in the table.");

        public override void Write(Utf8JsonWriter writer, RuleInfo value, JsonSerializerOptions options)
        {
            rules.TryAdd(value.Id, value);
            writer.WriteStringValue(value.Id);
        }
    }

    // One text: the state, and behind a colon the reason. The states are closed, so that there is nothing to grow into.
    private sealed class CoverageWords : JsonConverter<Model.Coverage>
    {
        public override Model.Coverage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString() ?? "";
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var reason = colon < 0 ? "" : text[(colon + 1)..];
            return (colon < 0 ? text : text[..colon]) switch
            {
                "complete" => Model.Coverage.Complete.Instance,
                "partial" => new Model.Coverage.Partial(reason),
                "denied" => new Model.Coverage.Denied(reason),
                "failed" => new Model.Coverage.Failed(reason),
                "notCollected" => new Model.Coverage.NotCollected(reason),
                _ => throw new JsonException("There is no such state of coverage."),
            };
        }

        public override void Write(Utf8JsonWriter writer, Model.Coverage value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Reason is { } reason ? $"{value.State}:{reason}" : value.State);
    }
}
