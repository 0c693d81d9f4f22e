using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Engine;

namespace Auditor.Reports.Chat;

/// <summary>
/// The payload of a Slack incoming webhook (Slack docs, "Block Kit", 2026-07). Every text is a <c>plain_text</c> object: no name can mention anybody or make a link.
/// </summary>
public static class SlackReport
{
    /// <summary>Renders a run.</summary>
    public static byte[] Render(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var message = ChatMessage.Of(run);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();

            // Shown in notifications, and the one place where Slack reads markup.
            json.WriteString("text", Escape($"auditor: {message.Title}"));
            json.WriteStartArray("blocks");
            Block(json, "header", $"auditor: {message.Title}");
            foreach (var line in message.Lines)
            {
                Block(json, "section", line);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Block(Utf8JsonWriter json, string type, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteStartObject("text");
        json.WriteString("type", "plain_text");
        json.WriteBoolean("emoji", false);
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}
