using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Auditor.Model.Findings;
using Auditor.Reports.Json;

namespace Auditor.Cli.Commands;

/// <summary>Rules as JSON, schema 1: <c>{"schema":1,"rules":[…]}</c>.</summary>
internal static class RulesJson
{
    // The catalogue is our own text, and it is read by people, too: quotes and dashes stay what they are.
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The document around the rules.</summary>
    public static string Write(Action<Utf8JsonWriter> rules)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            writer.WriteStartArray("rules");
            rules(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>What is known of a rule without running it.</summary>
    public static void Members(Utf8JsonWriter writer, RuleInfo rule)
    {
        writer.WriteString("id", rule.Id);
        writer.WriteString("name", rule.Name);
        writer.WriteString("title", rule.Title);
        writer.WriteString("family", rule.Family);
        writer.WriteString("level", JsonReport.Word(rule.Level));
        writer.WriteNumber("securitySeverity", rule.SecuritySeverity);
        writer.WriteBoolean("core", rule.IsCore);
        writer.WriteString("subjects", rule.Subjects);
        writer.WriteString(
            "fix",
            rule.Fix switch
            {
                FixKind.Automatic => "automatic",
                FixKind.SemiAutomatic => "semiautomatic",
                _ => "manual",
            }
        );
        if (rule.Cwe is { } cwe)
        {
            writer.WriteNumber("cwe", cwe);
        }

        writer.WriteStartArray("yieldsTo");
        foreach (var other in rule.YieldsTo)
        {
            writer.WriteStringValue(other);
        }

        writer.WriteEndArray();
    }
}
