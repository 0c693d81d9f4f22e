using System.Collections.Immutable;
using Auditor.Model.Okta;
using static Auditor.Trace.Tests.Issuance.Org;

namespace Auditor.Trace.Tests.Issuance;

/// <summary>
/// A second opinion: every user (any membership in any groups), every set of scopes, every reading, evaluated request by request as Okta describes it. It shares no code
/// with the analysis.
/// </summary>
public sealed class ServerIssuanceAgainstEnumeration
{
    private static readonly string[] Groups = ["gA", "gB", "gC"];
    private static readonly string?[] Users = [null, "u1", "u2"];

    // A scope that no rule names stands for all that only a star grants.
    private static readonly string[] Scopes = ["read", "write", "another"];

    private sealed record Readings(bool ServicesIgnorePeople, bool EveryoneByIdVoids, bool NoPeopleIsAnybody, bool NoScopesIsNone);

    private static readonly Readings[] All =
    [
        .. from a in new[] { true, false }
        from b in new[] { true, false }
        from c in new[] { true, false }
        from d in new[] { true, false }
        select new Readings(a, b, c, d),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Both_agree_on_random_orgs(int seed)
    {
#pragma warning disable CA5394 // A fixed seed: the same orgs in every run.
        var random = new Random(seed);
        for (var round = 0; round < 150; round++)
        {
            var apps = new[] { App("c1", "authorization_code", "client_credentials"), App("c2", "authorization_code") };
            var policies = Enumerable.Range(0, random.Next(1, 3)).Select(i => RandomPolicy(random, i)).ToArray();
#pragma warning restore CA5394
            var issuance = Issues(apps, policies);
            var order = policies.SelectMany(policy => policy.Rules.Items.Select(rule => (Policy: policy, Rule: rule))).ToArray();
            var told = string.Join(
                '\n',
                order.Select(entry => $"{entry.Policy.Name} [{string.Join(',', entry.Policy.Clients)}] {Told(entry.Rule)}")
            );
            foreach (var grant in issuance.Grants)
            {
                foreach (var client in grant.Clients)
                {
                    var expected = Agreed(reading => IsFirst(order, grant.Rule, client.Id, grant.Grant, reading));
                    Assert.True(
                        expected == grant.IsLive,
                        $"{grant.Rule.Name} for {client.Id} by {grant.Grant}: {grant.IsLive}, not {expected}\n{told}"
                    );
                }
            }

            foreach (var scopes in new string[][] { ["read"], ["write"], ["read", "write"] })
            {
                var expected = Agreed(reading =>
                    apps.Any(app =>
                        app.GrantTypes.Any(grant =>
                            order.Any(entry =>
                                entry.Policy.Admits(app.Id)
                                && entry.Rule.GrantTypes.Contains(grant)
                                && Holds(entry.Rule, scopes, reading)
                                && Everybody().Any(user => Matches(entry.Rule, grant, user.Id, user.Groups, reading))
                            )
                        )
                    )
                );
                var answer = issuance.CanObtain(scopes, _ => true).Answer;
                Assert.True(expected == answer, $"{string.Join(' ', scopes)}: {answer}, not {expected}\n{told}");
            }
        }
    }

    private static bool? Agreed(Func<Readings, bool> question)
    {
        var answers = All.Select(question).Distinct().ToArray();
        return answers.Length == 1 ? answers[0] : null;
    }

    private static IEnumerable<(string? Id, HashSet<string> Groups)> Everybody() =>
        from id in Users
        from bits in Enumerable.Range(0, 1 << Groups.Length)
        select (id, Groups.Where((_, i) => (bits & (1 << i)) != 0).ToHashSet());

    // Whether some request of some user meets this rule first.
    private static bool IsFirst(
        (AccessPolicy Policy, AccessRule Rule)[] order,
        AccessRule rule,
        string client,
        string grant,
        Readings reading
    ) =>
        Everybody()
            .Any(user =>
                Enumerable
                    .Range(0, 1 << Scopes.Length)
                    .Select(bits => Scopes.Where((_, i) => (bits & (1 << i)) != 0).ToArray())
                    .Any(scopes =>
                        ReferenceEquals(
                            rule,
                            order
                                .Where(entry =>
                                    entry.Policy.Admits(client)
                                    && entry.Rule.GrantTypes.Contains(grant)
                                    && Holds(entry.Rule, scopes, reading)
                                    && Matches(entry.Rule, grant, user.Id, user.Groups, reading)
                                )
                                .Select(entry => entry.Rule)
                                .FirstOrDefault()
                        )
                    )
            );

    private static bool Holds(AccessRule rule, string[] scopes, Readings reading) =>
        rule.Scopes.Contains("*") || (rule.Scopes.IsEmpty && !reading.NoScopesIsNone) || scopes.All(scope => rule.Scopes.Contains(scope));

    private static bool Matches(AccessRule rule, string grant, string? id, HashSet<string> groups, Readings reading)
    {
        if (grant == "client_credentials" && reading.ServicesIgnorePeople)
        {
            return true;
        }

        var byWord = rule.Groups.Contains("EVERYONE");
        var byId = rule.Groups.Contains("gAll");
        var isExcluded =
            rule.ExcludedGroups.Any(groups.Contains)
            || rule.ExcludedGroups.Contains("gAll")
            || (id is not null && rule.ExcludedUsers.Contains(id));
        if (byWord || (byId && reading.EveryoneByIdVoids))
        {
            return true;
        }

        return !isExcluded
            && (
                byId
                || rule.Groups.Any(groups.Contains)
                || (id is not null && rule.Users.Contains(id))
                || (rule.Groups.IsEmpty && rule.Users.IsEmpty && reading.NoPeopleIsAnybody)
            );
    }

#pragma warning disable CA5394
    private static AccessPolicy RandomPolicy(Random random, int index) =>
        Policy(
            $"p{index}",
            random.Next(4) switch
            {
                0 => [AccessPolicy.AllClients],
                1 => ["c1"],
                2 => ["c2"],
                _ => ["c1", "c2"],
            },
            [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => RandomRule(random, $"p{index}r{i}"))]
        );

    private static AccessRule RandomRule(Random random, string name) =>
        Rule(name, random.Next(6) == 0 ? ["*"] : Some(random, ["read", "write"], 2)) with
        {
            GrantTypes = random.Next(3) switch
            {
                0 => ["authorization_code"],
                1 => ["client_credentials"],
                _ => ["authorization_code", "client_credentials"],
            },
            Groups = random.Next(6) switch
            {
                0 => ["EVERYONE"],
                1 => ["gAll"],
                _ => Some(random, Groups, 3),
            },
            Users = Some(random, ["u1", "u2"], 5),
            ExcludedGroups = Some(random, [.. Groups, "gAll"], 5),
            ExcludedUsers = Some(random, ["u1", "u2"], 5),
        };

    private static ImmutableArray<string> Some(Random random, string[] from, int oneIn) => [.. from.Where(_ => random.Next(oneIn) == 0)];
#pragma warning restore CA5394

    private static string Told(AccessRule rule) =>
        $"{rule.Name} grants [{string.Join(',', rule.GrantTypes)}] scopes [{string.Join(',', rule.Scopes)}] groups [{string.Join(',', rule.Groups)}] users [{string.Join(',', rule.Users)}] "
        + $"but [{string.Join(',', rule.ExcludedGroups)}] [{string.Join(',', rule.ExcludedUsers)}]";
}
