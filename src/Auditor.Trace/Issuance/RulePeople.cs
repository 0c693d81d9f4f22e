using Auditor.Model.Okta;

namespace Auditor.Trace.Issuance;

/// <summary>
/// The people a rule matches. Who is a member of a group is not read, so that sets of people are compared by the groups and users they name: a rule covers another when
/// nobody could match the other and not this one, whoever is a member of what.
/// </summary>
internal static class RulePeople
{
    /// <summary>Whether everybody whom a rule matches is matched by one of some earlier rules.</summary>
    /// <param name="earlier">The earlier rules.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="grant">The grant type asked with.</param>
    /// <param name="org">The org, for the group Everyone.</param>
    /// <param name="reading">How the unclear points are read.</param>
    public static bool Covered(IEnumerable<AccessRule> earlier, AccessRule rule, string grant, OktaOrg org, IssuanceReading reading)
    {
        if (!Matches(rule, grant, org, reading))
        {
            return true;
        }

        var left = new HashSet<string>(rule.Groups.Concat(rule.Users), StringComparer.Ordinal);
        var everybody = IsAnybody(rule, grant, org, reading);
        foreach (var other in earlier)
        {
            if (!Matches(other, grant, org, reading))
            {
                continue;
            }

            var excludesNobody = Excluded(other, grant, org, reading)
                .All(name => Excluded(rule, grant, org, reading).Contains(name, StringComparer.Ordinal));
            if (!excludesNobody)
            {
                continue;
            }

            if (IsAnybody(other, grant, org, reading))
            {
                return true;
            }

            left.ExceptWith(other.Groups);
            left.ExceptWith(other.Users);
        }

        return !everybody && left.Count == 0;
    }

    /// <summary>Whether a rule can match anybody at all.</summary>
    public static bool Matches(AccessRule rule, string grant, OktaOrg org, IssuanceReading reading) =>
        IsAnybody(rule, grant, org, reading) || !rule.Groups.IsEmpty || !rule.Users.IsEmpty;

    /// <summary>Whether a rule matches any assigned user, apart from exclusions.</summary>
    public static bool IsAnybody(AccessRule rule, string grant, OktaOrg org, IssuanceReading reading) =>
        (IssuedGrant.IsService(grant) && reading.ServicesIgnorePeople)
        || rule.IsForEveryone
        || NamesEveryone(rule, org)
        || (rule.Groups.IsEmpty && rule.Users.IsEmpty && reading.NoPeopleIsAnybody);

    /// <summary>The groups and users whom a rule leaves out; empty where Okta does not apply exclusions.</summary>
    public static IEnumerable<string> Excluded(AccessRule rule, string grant, OktaOrg org, IssuanceReading reading) =>
        (IssuedGrant.IsService(grant) && reading.ServicesIgnorePeople)
        || rule.IsForEveryone
        || (NamesEveryone(rule, org) && reading.EveryoneByIdVoidsExclusion)
            ? []
            : rule.ExcludedGroups.Concat(rule.ExcludedUsers);

    /// <summary>Whether a rule names the built-in group of all users by its id.</summary>
    public static bool NamesEveryone(AccessRule rule, OktaOrg org) => rule.Groups.Any(id => org.FindGroup(id) is { IsEveryone: true });
}
