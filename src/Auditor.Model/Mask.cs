namespace Auditor.Model;

/// <summary>The text that stands where something was taken out. SARIF's <c>redactionTokens</c> names it.</summary>
public static class Mask
{
    /// <summary>The text.</summary>
    public const string Text = "[REDACTED]";
}
