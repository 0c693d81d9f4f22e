using Auditor.Model;

namespace Auditor.Trace;

/// <summary>How much harm a token with a scope can do.</summary>
public enum Sensitivity
{
    /// <summary>Declared to be of little harm.</summary>
    Low,

    /// <summary>Neither.</summary>
    Normal,

    /// <summary>Declared to be of great harm, or, where nothing is declared, named like a privilege.</summary>
    High,
}

/// <summary>How sensitive scopes are: as <c>sensitivity</c> of the settings declares, otherwise by their names.</summary>
public static class ScopeSensitivity
{
    // The words that make a scope a privilege where nothing is declared.
    private static readonly string[] Privileges = ["admin", "write", "delete", "pay", "transfer", "export"];

    /// <summary>The sensitivity of a scope.</summary>
    public static Sensitivity Of(string scope, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(settings);
        var isDeclared = !settings.HighSensitivity.IsEmpty || !settings.LowSensitivity.IsEmpty;
        return settings.HighSensitivity.Any(pattern => NamePattern.Matches(pattern, scope)) ? Sensitivity.High
            : settings.LowSensitivity.Any(pattern => NamePattern.Matches(pattern, scope)) ? Sensitivity.Low
            : !isDeclared && Privileges.Any(word => scope.Contains(word, StringComparison.OrdinalIgnoreCase)) ? Sensitivity.High
            : Sensitivity.Normal;
    }

    /// <summary>The greatest sensitivity of some scopes, and the first scope that has it; normal and null for none.</summary>
    public static (Sensitivity Sensitivity, string? Scope) Greatest(IEnumerable<string> scopes, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(scopes);
        (Sensitivity Sensitivity, string? Scope) greatest = (Sensitivity.Normal, null);
        foreach (var scope in scopes)
        {
            var sensitivity = Of(scope, settings);
            if (greatest.Scope is null || sensitivity > greatest.Sensitivity)
            {
                greatest = (sensitivity, scope);
            }
        }

        return greatest;
    }
}
