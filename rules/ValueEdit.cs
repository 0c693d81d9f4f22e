using System.Text.Json;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;
using Auditor.Trace.Flows;

namespace Auditor.Rules;

/// <summary>The edit that changes a value where it is written: in the element, in a property file, in a key value map.</summary>
internal static class ValueEdit
{
    /// <summary>Names as a JSON array of strings.</summary>
    public static string Array(IEnumerable<string> names) =>
        $"[{string.Join(", ", names.Select(name => $"\"{JsonEncodedText.Encode(name)}\""))}]";

    /// <summary>The edit, or none when the place is not one that can be changed with certainty.</summary>
    public static ImmutableArray<Edit> At(Resolution.Known value, Setting setting, string replacement)
    {
        var origin = value.Origin ?? setting.Location;
        if (origin == setting.Location)
        {
            return [new Edit(EditKind.SetElementText, setting.Location, null, replacement)];
        }

        if (origin.Artifact.EndsWith(".json", StringComparison.Ordinal))
        {
            return
            [
                new Edit(
                    EditKind.SetJsonValue,
                    origin,
                    null,
                    "\""
                        + replacement.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                        + "\""
                ),
            ];
        }

        return origin.Artifact.Contains("properties", StringComparison.Ordinal)
            ? [new Edit(EditKind.SetProperty, origin, null, replacement)]
            : [];
    }
}
