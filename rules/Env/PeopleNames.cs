using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Env;

/// <summary>A group or a user, as the other environment calls them.</summary>
/// <param name="Name">The name; the id where the name is not known.</param>
/// <param name="Unnamed">Why it is not known what they are called there; null when it is.</param>
internal sealed record Person(string Name, UnknownPart? Unnamed)
{
    public bool IsSame(Person other, bool mayBe) =>
        string.Equals(Name, other.Name, StringComparison.Ordinal) || (mayBe && (Unnamed ?? other.Unnamed) is not null);
}

/// <summary>What the people of two servers are called. Ids mean something in their own org only.</summary>
internal sealed class PeopleNames(AuthorizationServer own, Counterpart other, AuditContext context)
{
    private readonly bool isOneOrg = own.OrgHost == other.Server.OrgHost;
    private readonly bool hasNames = context.Settings.Pairs.Any(pair =>
        !pair.Names.IsEmpty && (pair.Environment == other.Environment || pair.Environment == other.OwnEnvironment)
    );

    public Person Group(string id, OktaOrg? org, string environment)
    {
        var name = org?.FindGroup(id)?.Name;
        var called = context.Settings.CalledElsewhere(environment, name ?? id);
        var isNamed =
            name is not null
            || id == AccessRule.Everyone
            || called != id
            || org is null or { Groups.IsComplete: true }
            || (isOneOrg && !hasNames);
        return new Person(
            called,
            isNamed
                ? null
                : new UnknownPart(
                    $"the groups of '{org!.Host}' were not all read",
                    $"the groups of the org ({org.Groups.Coverage.Reason})",
                    $"{org.Host}/groups"
                )
        );
    }

    public Person User(string id, string environment)
    {
        var called = context.Settings.CalledElsewhere(environment, id);
        return new Person(
            called,
            isOneOrg || called != id
                ? null
                : new UnknownPart(
                    $"who user '{id}' of environment '{environment}' is in the other org is not declared",
                    $"the user's id in the other org, among 'names' of the environment in auditor.yaml",
                    null
                )
        );
    }
}
