using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>
/// What Google's servers do to every message: fields that have their default value are left out, 64-bit numbers are strings. Of a redacted value, which no server sends, a
/// stand-in of the same length and kind is made, equal where the fingerprints are equal.
/// </summary>
internal static class ProtoJson
{
    // Where the documentation gives true as the default, false is a value of its own and is sent.
    private static readonly HashSet<string> SentWhenFalse = new(StringComparer.Ordinal) { "isEnabled", "continueOnError" };

    private static readonly HashSet<string> Int64 = new(StringComparer.Ordinal)
    {
        "createdAt",
        "lastModifiedAt",
        "expiresAt",
        "issuedAt",
        "deployStartTime",
        "expireTimeMillis",
        "validFrom",
        "expiryDate",
        "keyExpiresIn",
    };

    /// <summary>The message as a server sends it.</summary>
    /// <param name="message">An object, or an array of them.</param>
    /// <param name="omitsDefaults">Whether fields with default values are left out.</param>
    public static JsonNode? Sent(JsonNode? message, bool omitsDefaults)
    {
        switch (message)
        {
            case JsonObject record when record["redacted"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True:
                return StandIn(record);
            case JsonObject record:
                var sent = new JsonObject();
                foreach (var (name, value) in record)
                {
                    if (!omitsDefaults || !IsDefault(name, value))
                    {
                        sent[name] =
                            Int64.Contains(name) && value?.GetValueKind() == JsonValueKind.Number
                                ? value.ToJsonString()
                                : Sent(value, omitsDefaults);
                    }
                }

                return sent;
            case JsonArray list:
                return new JsonArray([.. list.Select(item => Sent(item, omitsDefaults))]);
            default:
                return message?.DeepClone();
        }
    }

    private static bool IsDefault(string name, JsonNode? value) =>
        value switch
        {
            null => true,
            JsonArray list => list.Count == 0,
            JsonObject => false,
            _ => value.GetValueKind() switch
            {
                JsonValueKind.False => !SentWhenFalse.Contains(name),
                JsonValueKind.String => value.GetValue<string>().Length == 0,
                JsonValueKind.Number => value.ToJsonString() == "0",
                _ => false,
            },
        };

    private static JsonValue StandIn(JsonObject redacted)
    {
        var text = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(redacted["fingerprint"]?.ToJsonString() ?? redacted.ToJsonString()))
        );
        var length = redacted["length"]?.GetValue<string>() switch
        {
            "1-8" => 8,
            "9-16" => 16,
            "17-32" => 32,
            "33-64" => 64,
            _ => 96,
        };
        var value = string.Concat(text, text)[..length];
        return JsonValue.Create(
            redacted["kind"]?.GetValue<string>() == "private-key"
                ? $"-----BEGIN PRIVATE KEY-----\n{value}\n-----END PRIVATE KEY-----\n"
                : value
        );
    }
}
