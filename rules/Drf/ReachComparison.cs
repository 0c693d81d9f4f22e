using Auditor.Model.Drift;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>Whether tokens that got nowhere before get to an operation now, as far as it is known who obtains which.</summary>
internal static class ReachComparison
{
    // What was worked out of who can do what begins with it, as keys and as parts.
    private const string AccessPart = "access/";

    /// <summary>
    /// What is demanded is another thing than before, neither more nor less. Whether that lets anybody in is decided by the tokens that Okta issues: known for the same issuer, as long as
    /// every client's reach is known in both states. What is not known is no proof.
    /// </summary>
    public static bool NobodyGains(EntityChange subject, AuditContext context)
    {
        var comparison = context.Comparison!;
        var operations = OperationsOf(subject, context).ToList();
        if (
            operations.Count == 0
            || comparison.NotAssessed.Any(part => part.Part.StartsWith(AccessPart, StringComparison.Ordinal))
            || !operations.TrueForAll(operation => ReachIsKnown(operation, context))
        )
        {
            return false;
        }

        var gained = subject.Find(AccessFact.Demands)?.Gained ?? [];
        var grants = comparison.Changes.Concat(comparison.Unchanged).Where(change => change.EntityKind == AccessFact.Grant).ToList();
        return grants.Count > 0
            && !gained.Any(demand => demand.StartsWith("iss ", StringComparison.Ordinal))
            && (!gained.Any(demand => demand.StartsWith("aud ", StringComparison.Ordinal)) || operations.TrueForAll(DemandsForeignAudience))
            && operations.TrueForAll(operation => DiffersInScopesOnly(operation, subject))
            && !grants.Exists(grant => Gains(grant, AccessFact.Reaches, subject) || Gains(grant, AccessFact.MayReach, subject));
    }

    /// <summary>
    /// The operations that a change of access is about. Those that share a name share a key, and are told apart by a number: what is said of one must hold for all of them.
    /// </summary>
    public static IEnumerable<Operation> OperationsOf(EntityChange subject, AuditContext context) =>
        context.Traced.Operations.Where(operation =>
            AccessPart + AccessFacts.KeyOf(operation) is var key
            && (subject.Key == key || subject.Key.StartsWith(key + "#", StringComparison.Ordinal))
        );

    // Every token that it takes is of a server whose clients and rules were all read, and is let in or not whatever is not known.
    private static bool ReachIsKnown(Operation operation, AuditContext context)
    {
        var checks = operation.Checks.Where(item => item.Check.IsOfToken).Select(item => item.Check).ToList();
        return checks.Count > 0
            && checks.TrueForAll(check =>
                check.Server is { } server
                && context.Traced.IssuanceOf(server) is { Unread: null, KnowsClients: true } issuance
                && issuance
                    .Grants.Where(grant => grant.IsLive != false)
                    .Select(grant => grant.Scopes)
                    .DistinctBy(scopes => string.Join(' ', scopes), StringComparer.Ordinal)
                    .All(scopes => operation.Admits(TokenContents.WithScopes(scopes)).Answer is not null)
            );
    }

    // Which audience a token has is its server's to say, and not among what clients are known to obtain.
    private static bool DemandsForeignAudience(Operation operation) =>
        operation
            .Checks.Where(item => item.Check.IsOfToken)
            .All(item =>
                item.Check is { Audience: { IsKnown: true } audience, Server: { } server }
                && !audience.Texts.Intersect(server.Audiences, StringComparer.Ordinal).Any()
            );

    // What tokens hold besides their scopes is nobody's to say here: who had it before must be who has it now. A constant that holds an 'and' of its own is taken to differ.
    private static bool DiffersInScopesOnly(Operation operation, EntityChange subject)
    {
        if (subject.Find(AccessFact.Contents) is not { Gained: { IsEmpty: false } gained } change)
        {
            return true;
        }

        if (operation.Requirement is not { IsExact: true } requirement)
        {
            return false;
        }

        var now = requirement.Necessary.Cases.Where(one => gained.Contains(one.Words, StringComparer.Ordinal)).ToList();
        var before = requirement
            .Necessary.Cases.Select(one => one.Words)
            .Where(words => !gained.Contains(words, StringComparer.Ordinal))
            .Concat(change.Lost)
            .Select(words => words.Split(" and ").Where(demand => !IsOfScope(demand)).ToList())
            .ToList();
        return now.Count == gained.Length
            && before.Count > 0
            && now.TrueForAll(one =>
            {
                var demands = one
                    .Demands.Where(demand => !demand.Atom.Claim.IsScope)
                    .Select(demand => demand.Words)
                    .ToHashSet(StringComparer.Ordinal);
                return before.TrueForAll(demands.IsSupersetOf);
            });
    }

    private static bool IsOfScope(string demand) =>
        (demand.StartsWith("not ", StringComparison.Ordinal) ? demand["not ".Length..] : demand).Split(' ')[0] is "scp" or "scope";

    private static bool Gains(EntityChange grant, string path, EntityChange operation) =>
        grant.Status is EntityStatus.Modified or EntityStatus.Added
        && grant.Find(path)?.Gained.Contains(operation.Title, StringComparer.Ordinal) == true;
}
