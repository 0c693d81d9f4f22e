using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Model;

namespace Auditor.Collectors.Secrets;

/// <summary>
/// Takes the credentials out of an answer of a management API before anything else sees it: by the name of the member, by what the object around it is, and by the shape
/// of the value. What is taken out leaves <c>{"redacted":true,…}</c> in its place (recording format 1, rule 8); what was taken out before stays as it is.
/// </summary>
/// <param name="redactor">Makes the fingerprints.</param>
/// <param name="secrets">Members of the vendor's that hold a secret, whatever their value looks like.</param>
/// <param name="dropped">Members of the vendor's that hold nothing an audit needs, left out.</param>
internal sealed class AnswerRedactor(Redactor redactor, IReadOnlySet<string> secrets, IReadOnlySet<string> dropped)
{
    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        IndentSize = 2,
        NewLine = "\n",
        // Recordings are read by people and compared in Git; whoever shows them in a page or a terminal escapes for that.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // RFC 7517, RFC 7518 §6: the private members of a key.
    private static readonly string[] PrivateKeyMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>The document without credentials, written anew with an indentation of two.</summary>
    /// <param name="document">The document.</param>
    /// <param name="keepsEntry">Of a list of entries (<c>name</c>, <c>value</c>): whether one may be kept in clear; null where the document is no such list.</param>
    public byte[] Redact(JsonElement document, Func<string, string, bool>? keepsEntry = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, document, null, keepsEntry);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Write(Utf8JsonWriter writer, JsonElement value, string? name, Func<string, string, bool>? keepsEntry)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when IsRedacted(value):
                value.WriteTo(writer);
                break;
            case JsonValueKind.Object:
                WriteObject(writer, value, keepsEntry);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item, name, keepsEntry);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when name is not null && secrets.Contains(name):
                // Not even a string of ours: its length is all that is looked at.
                WriteRedacted(
                    writer,
                    new Model.Redacted("client-secret", Model.Redacted.LengthClass(JsonMarshal.GetRawUtf8Value(value).Length - 2), null)
                );
                break;
            case JsonValueKind.String:
                WriteText(writer, value.GetString()!, name);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private void WriteObject(Utf8JsonWriter writer, JsonElement value, Func<string, string, bool>? keepsEntry)
    {
        var isKey = value.TryGetProperty("kty", out _);
        // {"key": "Authorization", "value": "…"}: a header that hooks are called with, or an entry of a map. Any of them may be a credential.
        var isHeader = value.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String;
        // {"name": "client_secret", "value": "…"}: an attribute, a property, or an entry of a map.
        var entry = TextOf(value, "name");
        writer.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            if (dropped.Contains(member.Name))
            {
                continue;
            }

            writer.WritePropertyName(member.Name);
            if (entry is not null && member.Name == "value" && member.Value.ValueKind == JsonValueKind.String)
            {
                WriteEntry(writer, entry, member.Value.GetString()!, keepsEntry);
                continue;
            }

            var isPrivate = isKey ? PrivateKeyMembers.Contains(member.Name, StringComparer.Ordinal) : isHeader && member.Name == "value";
            if (isPrivate && member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Object))
            {
                WriteRedacted(writer, isKey ? "private-key" : "value", member.Value.ToString());
            }
            else if (isKey && member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Array)
            {
                member.Value.WriteTo(writer);
            }
            else
            {
                Write(writer, member.Value, member.Name, keepsEntry);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteEntry(Utf8JsonWriter writer, string key, string text, Func<string, string, bool>? keepsEntry)
    {
        // A value of asterisks was masked by the source.
        if (keepsEntry is not null ? keepsEntry(key, text) || text.All(c => c == '*') : !SecretNames.IsSecret(key))
        {
            WriteText(writer, text, null);
        }
        else
        {
            WriteRedacted(writer, SecretShapes.KindOf(text) ?? (SecretNames.IsSecret(key) ? "credential" : "value"), text);
        }
    }

    private static string? TextOf(JsonElement value, string member) =>
        value.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private void WriteText(Utf8JsonWriter writer, string text, string? name)
    {
        if (text.Length == 0)
        {
            writer.WriteStringValue(text);
        }
        else if (name is not null && SecretNames.IsSecret(name))
        {
            WriteRedacted(writer, SecretShapes.KindOf(text) ?? "credential", text);
        }
        else if (WithoutCredentials(text) is { } address)
        {
            writer.WriteStringValue(address);
        }
        else if (SecretShapes.KindOf(text) is { } kind)
        {
            WriteRedacted(writer, kind, text);
        }
        else
        {
            // Notes and descriptions: people write "password=…" into them.
            writer.WriteStringValue(text.AsSpan().ContainsAny('=', ':') ? SecretShapes.MaskText(text) : text);
        }
    }

    private void WriteRedacted(Utf8JsonWriter writer, string kind, string value) => WriteRedacted(writer, redactor.Redact(kind, value));

    private static void WriteRedacted(Utf8JsonWriter writer, Model.Redacted kept)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("redacted", value: true);
        writer.WriteString("kind", kept.Kind);
        writer.WriteString("length", kept.Length);
        writer.WriteString("fingerprint", kept.Fingerprint);
        writer.WriteEndObject();
    }

    // An address keeps its host and path, which audits need, and loses what authenticates: the user, and the values of the query.
    private static string? WithoutCredentials(string text)
    {
        if (
            !(
                text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            )
            || SecretShapes.IsPlainUrl(text)
            || !Uri.TryCreate(text, UriKind.Absolute, out var address)
        )
        {
            return null;
        }

        var query = address.Query.Length == 0 ? "" : "?" + Model.Mask.Text;
        return address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) + query;
    }

    // Strictly the four members that are written here, so that nothing can hide behind the word.
    private static bool IsRedacted(JsonElement value) =>
        value.TryGetProperty("redacted", out var flag)
        && flag.ValueKind == JsonValueKind.True
        && value
            .EnumerateObject()
            .All(member =>
                member.Name switch
                {
                    "redacted" => true,
                    "kind" or "length" => member.Value.ValueKind == JsonValueKind.String
                        && member.Value.GetString() is { Length: <= 30 } word
                        && SecretShapes.KindOf(word) is null,
                    "fingerprint" => member.Value.ValueKind == JsonValueKind.Null
                        || (
                            member.Value.ValueKind == JsonValueKind.String
                            && member.Value.GetString() is { Length: <= 70 } digest
                            && digest.StartsWith("hmac:", StringComparison.Ordinal)
                            && digest.AsSpan(5).IndexOfAnyExcept(HexDigits) < 0
                        ),
                    _ => false,
                }
            );
}
