using Auditor.Model.Okta;

namespace Auditor.Trace.Issuance;

/// <summary>
/// The people a rule matches. Who is a member of a group is not read, so that any user may be a member of any groups: a rule is covered by earlier ones when no user
/// whatsoever could match it and none of them.
/// </summary>
/// <param name="grant">The grant type asked with.</param>
/// <param name="org">The org, for the group Everyone.</param>
/// <param name="reading">How the unclear points are read.</param>
internal sealed class RulePeople(string grant, OktaOrg org, IssuanceReading reading)
{
    // The users that are tried before a rule counts as having its turn: rules of real orgs need a handful.
    private const int MaxTried = 4096;

    private readonly bool ignored = IssuedGrant.IsService(grant) && reading.ServicesIgnorePeople;

    /// <summary>Whether a rule can match anybody at all.</summary>
    public bool CanMatch(AccessRule rule) => HasOwn(rule, []);

    /// <summary>Whether somebody whom a rule matches is matched by none of some earlier rules.</summary>
    public bool HasOwn(AccessRule rule, IReadOnlyList<AccessRule> earlier)
    {
        var tried = new HashSet<string>(StringComparer.Ordinal);
        return Candidates(rule).Any(user => Slips(user, rule, earlier, tried));
    }

    // A user for every reason for which the rule can match. Whatever else they are members of is added only to slip past an earlier rule.
    private static IEnumerable<User> Candidates(AccessRule rule) =>
        rule
            .Groups.Select(group => User.Nobody with { Groups = User.Nobody.Groups.Add(group) })
            .Concat(rule.Users.Select(id => User.Nobody with { Id = id }))
            .Append(User.Nobody);

    private bool Slips(User user, AccessRule rule, IReadOnlyList<AccessRule> earlier, HashSet<string> tried)
    {
        if (!tried.Add(user.Key) || !Matches(rule, user))
        {
            return false;
        }

        if (tried.Count > MaxTried || earlier.FirstOrDefault(other => Matches(other, user)) is not { } stopping)
        {
            return true;
        }

        // Only an exclusion lets a user pass a rule that includes them.
        return AppliesExclusions(stopping)
            && (
                stopping.ExcludedGroups.Any(group => Slips(user with { Groups = user.Groups.Add(group) }, rule, earlier, tried))
                || (user.Id is null && stopping.ExcludedUsers.Any(id => Slips(user with { Id = id }, rule, earlier, tried)))
            );
    }

    private bool AppliesExclusions(AccessRule rule) =>
        !ignored && !rule.IsForEveryone && !(reading.EveryoneByIdVoidsExclusion && rule.Groups.Any(IsEveryone));

    private bool Matches(AccessRule rule, User user)
    {
        if (!AppliesExclusions(rule))
        {
            return true;
        }

        var excluded =
            rule.ExcludedGroups.Any(id => user.Groups.Contains(id) || IsEveryone(id))
            || (user.Id is { } self && rule.ExcludedUsers.Contains(self, StringComparer.Ordinal));
        return !excluded
            && (
                rule.Groups.Any(IsEveryone)
                || (rule.Groups.IsEmpty && rule.Users.IsEmpty && reading.NoPeopleIsAnybody)
                || rule.Groups.Any(user.Groups.Contains)
                || (user.Id is { } id && rule.Users.Contains(id, StringComparer.Ordinal))
            );
    }

    private bool IsEveryone(string id) => org.FindGroup(id) is { IsEveryone: true };

    /// <summary>A user.</summary>
    /// <param name="Id">The id; null for one whom no rule names.</param>
    /// <param name="Groups">The groups, besides Everyone.</param>
    private sealed record User(string? Id, ImmutableSortedSet<string> Groups)
    {
        /// <summary>A user whom no rule names and no group holds.</summary>
        public static User Nobody { get; } = new(null, ImmutableSortedSet<string>.Empty.WithComparer(StringComparer.Ordinal));

        /// <summary>The same for the same user.</summary>
        public string Key => $"{Id}\n{string.Join('\n', Groups)}";
    }
}
