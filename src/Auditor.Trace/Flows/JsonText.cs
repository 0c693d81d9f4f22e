using System.Text.Json;

namespace Auditor.Trace.Flows;

/// <summary>Simple JSONPath over a known text: <c>$.a.b</c>.</summary>
internal static class JsonText
{
    public static string? Select(string json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var current = document.RootElement;
            foreach (var name in path.TrimStart('$').Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                if (current.ValueKind != JsonValueKind.Object || !current.TryGetProperty(name, out current))
                {
                    return null;
                }
            }

            return current.ValueKind switch
            {
                JsonValueKind.String => current.GetString(),
                JsonValueKind.Null or JsonValueKind.Undefined => null,
                _ => current.GetRawText(),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
