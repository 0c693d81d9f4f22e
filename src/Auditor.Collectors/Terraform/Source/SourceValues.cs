using System.Text.Json;

namespace Auditor.Collectors.Terraform.Source;

/// <summary>Writes values as Terraform prints them: what is known, the mask of what is not, the mask of what may not be shown, and which resources a value will come from.</summary>
internal sealed class SourceValues(Utf8JsonWriter writer, HclEvaluator evaluator)
{
    private const int MaxDepth = 30;

    /// <summary>Writes the attributes of a resource, with their masks.</summary>
    public void Write(SortedDictionary<string, HclValue> attributes)
    {
        writer.WriteStartObject("values");
        // Null is what a provider is not told, and fills in.
        foreach (var (name, value) in attributes.Where(one => one.Value is { IsKnown: true, Kind: not HclKind.Null }))
        {
            evaluator.Spend(value.Size);
            writer.WritePropertyName(name);
            Write(value);
        }

        writer.WriteEndObject();
        Mask("after_unknown", attributes, value => !value.IsWhollyKnown || IsTooDeep(value, 0));
        Mask("sensitive_values", attributes, value => value.HoldsMark);
        writer.WriteStartObject("refers");
        foreach (var (name, value) in attributes.Where(one => !one.Value.Refers.IsEmpty))
        {
            writer.WriteStartArray(name);
            foreach (var address in value.Refers)
            {
                writer.WriteStringValue(address);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes a value; what is not known is null.</summary>
    public void Write(HclValue value) => Write(value, 0);

    // A value of which a part is not known, or may not be shown, is that as a whole: nobody asks for its parts.
    private void Mask(string name, SortedDictionary<string, HclValue> attributes, Func<HclValue, bool> isMasked)
    {
        writer.WriteStartObject(name);
        foreach (var attribute in attributes.Where(one => isMasked(one.Value)))
        {
            writer.WriteBoolean(attribute.Key, true);
        }

        writer.WriteEndObject();
    }

    private static bool IsTooDeep(HclValue value, int depth) =>
        depth > MaxDepth
        || value.Items.Any(item => IsTooDeep(item, depth + 1))
        || value.Members.Values.Any(member => IsTooDeep(member, depth + 1));

    private void Write(HclValue value, int depth)
    {
        switch (value.Kind)
        {
            case HclKind.Bool:
                writer.WriteBooleanValue(value.IsTrue);
                break;
            case HclKind.Number:
                writer.WriteRawValue(HclValue.Written(value.Number));
                break;
            case HclKind.Text:
                writer.WriteStringValue(value.Text);
                break;
            case HclKind.List when depth <= MaxDepth:
                writer.WriteStartArray();
                foreach (var item in value.Items)
                {
                    Write(item, depth + 1);
                }

                writer.WriteEndArray();
                break;
            case HclKind.Object when depth <= MaxDepth:
                writer.WriteStartObject();
                foreach (var (name, member) in value.Members)
                {
                    writer.WritePropertyName(name);
                    Write(member, depth + 1);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
