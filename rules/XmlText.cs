using Auditor.Model.Apigee;

namespace Auditor.Rules;

/// <summary>Parts of bundles, written as XML for proposed edits.</summary>
internal static class XmlText
{
    /// <summary>A text as the content of an element.</summary>
    public static string Of(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>A step with its condition.</summary>
    public static string Of(Step step) =>
        step.Condition is { } condition
            ? $"<Step>\n  <Condition>{Of(condition.Text.Trim())}</Condition>\n  <Name>{Of(step.Policy)}</Name>\n</Step>"
            : $"<Step><Name>{Of(step.Policy)}</Name></Step>";
}
