using Auditor.Model.Okta;

namespace Auditor.Rules.Grp;

/// <summary>Which groups a claim of type GROUPS names.</summary>
internal static class GroupFilter
{
    /// <summary>Whether one of the claims can name the group. All filters but regular expressions ignore case (Okta, group claim filters).</summary>
    public static bool Passes(IEnumerable<Claim> claims, string group) =>
        claims.Any(claim =>
            claim.Value is { } value
            && claim.GroupFilter switch
            {
                "STARTS_WITH" => group.StartsWith(value, StringComparison.OrdinalIgnoreCase),
                "EQUALS" => string.Equals(group, value, StringComparison.OrdinalIgnoreCase),
                "CONTAINS" => group.Contains(value, StringComparison.OrdinalIgnoreCase),
                "REGEX" => value is ".*" or ".+",
                _ => false,
            }
        );

    /// <summary>The filter of a claim in words: <c>STARTS_WITH 'api-'</c>.</summary>
    public static string Words(Claim claim) => $"{claim.GroupFilter ?? "a filter"} '{claim.Value}'";
}
