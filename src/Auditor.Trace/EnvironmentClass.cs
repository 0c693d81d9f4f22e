namespace Auditor.Trace;

/// <summary>Which kind of environment one is: as declared, else as its name says.</summary>
public static class EnvironmentClass
{
    /// <summary>The class: production, staging or development; null when neither a declaration nor the name says.</summary>
    public static string? Of(string? environment, AuditSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (environment is null)
        {
            return null;
        }

        var declared = settings.Pairs.FirstOrDefault(pair => string.Equals(pair.Environment, environment, StringComparison.Ordinal));
        if (declared?.Class is { } word)
        {
            return word;
        }

        var parts = environment.ToLowerInvariant().Split('-', '_', '.');
        return parts.Any(part => part is "prod" or "production" or "live" or "prd") && !parts.Any(part => part is "non" or "pre" or "not")
                ? "production"
            : parts.Any(part =>
                part is "staging" or "stage" or "stg" or "uat" or "qa" or "test" or "preprod" or "nonprod" or "sandbox" or "int"
            )
                ? "staging"
            : parts.Any(part => part is "dev" or "development") ? "development"
            : null;
    }

    /// <summary>Whether the environment serves real users.</summary>
    public static bool IsProduction(string? environment, AuditSettings settings) => Of(environment, settings) == "production";
}
