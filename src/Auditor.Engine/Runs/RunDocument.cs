using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Auditor.Model.Findings;

namespace Auditor.Engine.Runs;

/// <summary>
/// A finished audit as one JSON document from which every report can be made again without checking again: what <c>auditor render</c> reads, what a store keeps and what lies in an
/// evidence pack. Nothing of the run is lost, and the same run gives the same bytes.
/// </summary>
/// <remarks>
/// Rules are written once and referred to by their ids. A property that a later version adds to <see cref="AuditRun"/> is blank in documents that do not have it yet; a change of another
/// kind (a property that is renamed or means something else) needs another <see cref="Format"/>.
/// </remarks>
public static class RunDocument
{
    /// <summary>The form of the documents that are written.</summary>
    public const int Format = 1;

    private const string FormatKey = "auditorRun";
    private const string RulesKey = "rules";
    private const string RunKey = "run";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Writes a run.</summary>
    public static byte[] Write(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var rules = new SortedDictionary<string, RuleInfo>(StringComparer.Ordinal);
        var content = JsonSerializer.SerializeToUtf8Bytes(run, RunJson.WithRules(rules).AuditRun);
        var buffer = new ArrayBufferWriter<byte>(content.Length + (64 * 1024));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber(FormatKey, Format);
            json.WriteStartArray(RulesKey);
            foreach (var rule in rules.Values)
            {
                JsonSerializer.Serialize(json, rule, RunJson.Default.RuleInfo);
            }

            json.WriteEndArray();
            json.WritePropertyName(RunKey);
            json.WriteRawValue(content, skipInputValidation: true);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Whether bytes begin like a document of this kind, whatever its format.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<byte> bytes) => bytes.StartsWith("{\"auditorRun\":"u8);

    /// <summary>Reads a run.</summary>
    /// <exception cref="RunDocumentException">It is not such a document, or not one that this version knows.</exception>
    public static AuditRun Read(ReadOnlyMemory<byte> document)
    {
        try
        {
            using var parsed = JsonDocument.Parse(document, Strict);
            if (
                parsed.RootElement.ValueKind != JsonValueKind.Object
                || !parsed.RootElement.TryGetProperty(FormatKey, out var format)
                || !format.TryGetInt32(out var number)
            )
            {
                throw new RunDocumentException("it is not a stored run");
            }

            if (number != Format)
            {
                throw new RunDocumentException(
                    string.Create(CultureInfo.InvariantCulture, $"it has form {number}, and this version reads form {Format}")
                );
            }

            var rules = new SortedDictionary<string, RuleInfo>(StringComparer.Ordinal);
            foreach (var rule in parsed.RootElement.GetProperty(RulesKey).EnumerateArray())
            {
                var info = Complete(rule, RunJson.Default.RuleInfo).Deserialize(RunJson.Default.RuleInfo)!;
                rules[info.Id] = info;
            }

            var type = RunJson.WithRules(rules).AuditRun;
            var run = Complete(parsed.RootElement.GetProperty(RunKey), type).Deserialize(type)!;
            RunWords.Check(run);
            return run;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // The text of the exception may quote the document.
            throw new RunDocumentException("it is damaged, or was written by another version", e);
        }
    }

    // What is not required and not there is blank. The serializer would leave it null, whatever the type says.
    private static JsonObject Complete(JsonElement element, JsonTypeInfo type)
    {
        var node =
            element.ValueKind == JsonValueKind.Object ? JsonObject.Create(element)! : throw new JsonException("An object is expected.");
        Complete(node, type);
        return node;
    }

    private static void Complete(JsonNode? node, JsonTypeInfo type)
    {
        switch (node)
        {
            case JsonObject members when type.Kind == JsonTypeInfoKind.Object:
                foreach (var property in type.Properties.Where(property => property.Set is not null))
                {
                    var known = type.Options.GetTypeInfo(property.PropertyType);
                    if (members[property.Name] is { } member)
                    {
                        Complete(member, known);
                    }
                    else if (!property.IsRequired && !property.IsSetNullable && Blank(known) is { } blank)
                    {
                        members[property.Name] = blank;
                    }
                }

                break;
            case JsonArray items when type is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element }:
                var item = type.Options.GetTypeInfo(element);
                foreach (var entry in items)
                {
                    Complete(entry, item);
                }

                break;
            default:
                break;
        }
    }

    private static JsonNode? Blank(JsonTypeInfo type)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Enumerable when Nullable.GetUnderlyingType(type.Type) is null:
                return new JsonArray();
            case JsonTypeInfoKind.Object when !type.Type.IsValueType:
                var blank = new JsonObject();
                foreach (var property in type.Properties.Where(property => property is { Set: not null, IsSetNullable: false }))
                {
                    blank[property.Name] = Blank(type.Options.GetTypeInfo(property.PropertyType));
                }

                return blank;
            default:
                return type.Type == typeof(string) ? "" : null;
        }
    }
}

/// <summary>A document is no stored run that this version can read. The message is a clause that follows the document's name.</summary>
public sealed class RunDocumentException : Exception
{
    /// <summary>Says nothing.</summary>
    public RunDocumentException() { }

    /// <summary>Says what is wrong.</summary>
    public RunDocumentException(string message)
        : base(message) { }

    /// <summary>Says what is wrong, and what was noticed first.</summary>
    public RunDocumentException(string message, Exception innerException)
        : base(message, innerException) { }
}
