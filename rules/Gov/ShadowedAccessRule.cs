using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Issuance;

namespace Auditor.Rules.Gov;

/// <summary>An access rule that can never match, or whose exclusion a later rule undoes.</summary>
public sealed class ShadowedAccessRule : IRule<ServerRule>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GOV-003",
        Name = "shadowed-access-rule",
        Title = "An access rule can never match, or excludes people whom another rule lets in",
        Level = Level.Warning,
        SecuritySeverity = 6.5,
        Cwe = 561,
        Fix = FixKind.Manual,
        Subjects = "access rules",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ServerRule subject, AuditContext context)
    {
        if (!subject.IsInForce)
        {
            return Verdict.NotApplicable;
        }

        var (shadowed, by, points) = context.Traced.IssuanceOf(subject.Server).Shadow(subject.Policy, subject.Rule);
        if (shadowed == true)
        {
            return Shadowed(subject, by);
        }

        if (shadowed is null)
        {
            return new Verdict.Open(
                $"rule '{subject.Rule.Name}' of access policy '{subject.Policy.Name}' may never match because of {Phrase.Listed("rule", [.. by.Select(rule => rule.Name)])}: {string.Join("; ", points.Select(point => point.Question))}",
                "a test in the org",
                subject.Location
            );
        }

        return Exclusion(subject) ?? ServerTrust.Unread(subject.Server, context) ?? Verdict.Pass;
    }

    private static Verdict Shadowed(ServerRule subject, ImmutableArray<AccessRule> by)
    {
        var rule = subject.Rule;
        if (by.All(other => SameTokens(other, rule)) && by.Any(other => other.InlineHookId != rule.InlineHookId))
        {
            // The hook of the earlier rule sees the same requests: which of two hooks runs is a choice of order, not a mistake that shows here.
            return Verdict.Pass;
        }

        var stricter = by.Any(other => Minutes(rule) < Minutes(other));
        return new Verdict.Fail
        {
            Message =
                $"Rule '{rule.Name}' of access policy '{subject.Policy.Name}' never matches: {Phrase.Listed("rule", [.. by.Select(other => other.Name)])} before it {(by.Length == 1 ? "accepts" : "accept")} every request it would accept"
                + (stricter ? $", and {(by.Length == 1 ? "issues" : "issue")} tokens that live longer." : "."),
            Location = subject.Location,
            Cause = subject.Key,
            Code = "shadowed",
            SecuritySeverity = stricter ? 6.2 : 4.7,
            Related = [.. by.Select(other => new RelatedPlace(other.Location, $"rule '{other.Name}' matches first"))],
            Remedy = "Move the rule up, narrow the one before it, or delete it.",
        };
    }

    private static int Minutes(AccessRule rule) => rule.AccessTokenMinutes ?? 60;

    private static bool SameTokens(AccessRule left, AccessRule right) => Minutes(left) == Minutes(right);

    // Okta has no rule that forbids: whoever an exclusion leaves out goes on to the next rule.
    private static Verdict? Exclusion(ServerRule subject)
    {
        var rule = subject.Rule;
        var excluded = rule.ExcludedGroups.Concat(rule.ExcludedUsers).ToList();
        if (excluded.Count == 0 || rule.GrantTypes.All(grant => IssuedGrant.IsService(grant) || grant == "refresh_token"))
        {
            return null;
        }

        var names = excluded.Select(id => subject.Org.FindGroup(id)?.Name ?? id).ToList();
        var place = rule.Location.At("conditions").At("people");
        if (rule.IsForEveryone)
        {
            return Void(
                subject,
                $"Rule '{rule.Name}' of access policy '{subject.Policy.Name}' excludes {Phrase.List(names)}, but also includes EVERYONE: Okta then applies no exclusion.",
                "everyone",
                [],
                "Include the groups that are meant instead of EVERYONE."
            );
        }

        var server = subject.Server;
        var later = server
            .Policies.Items.Where(policy => policy.IsActive && SharesClients(policy, subject.Policy))
            .SelectMany(policy => policy.Rules.Items.Where(other => other.IsActive).Select(other => (Policy: policy, Rule: other)))
            .SkipWhile(entry => !ReferenceEquals(entry.Rule, rule))
            .Skip(1)
            .FirstOrDefault(entry => LetsIn(entry.Rule, rule, excluded, subject.Org));
        if (later.Rule is not { } letsIn)
        {
            return null;
        }

        if (letsIn.InlineHookId is not null)
        {
            return new Verdict.Open(
                $"rule '{rule.Name}' excludes {Phrase.List(names)}; the later rule '{letsIn.Name}' lets them in unless its inline hook refuses",
                "what the hook answers",
                place
            );
        }

        return Void(
            subject,
            $"Rule '{rule.Name}' of access policy '{subject.Policy.Name}' excludes {Phrase.List(names)}, but rule '{letsIn.Name}' of access policy '{later.Policy.Name}' after it lets them have the same scopes.",
            "let-in-later",
            [new RelatedPlace(letsIn.Location, $"rule '{letsIn.Name}' lets them in")],
            "Exclude them in the later rule as well, or narrow it: there is no rule that forbids."
        );
    }

    private static Verdict.Fail Void(
        ServerRule subject,
        string message,
        string code,
        ImmutableArray<RelatedPlace> related,
        string remedy
    ) =>
        new()
        {
            Message = message,
            Location = subject.Rule.Location.At("conditions").At("people"),
            Cause = subject.Key + "/exclusion",
            Code = code,
            SecuritySeverity = 6.5,
            Related = related,
            Remedy = remedy,
        };

    private static bool SharesClients(AccessPolicy left, AccessPolicy right) =>
        left.IsForAllClients || right.IsForAllClients || left.Clients.Intersect(right.Clients, StringComparer.Ordinal).Any();

    private static bool LetsIn(AccessRule later, AccessRule rule, List<string> excluded, OktaOrg org) =>
        later
            .GrantTypes.Intersect(rule.GrantTypes, StringComparer.Ordinal)
            .Any(grant => !IssuedGrant.IsService(grant) && grant != "refresh_token")
        && (later.GrantsAnyScope || rule.GrantsAnyScope || later.Scopes.Intersect(rule.Scopes, StringComparer.Ordinal).Any())
        && (
            later.IsForEveryone
            || later.Groups.Concat(later.Users).Any(id => excluded.Contains(id) || org.FindGroup(id) is { IsEveryone: true })
            || (later.Groups.IsEmpty && later.Users.IsEmpty)
        )
        && !excluded.TrueForAll(id =>
            !later.IsForEveryone && later.ExcludedGroups.Concat(later.ExcludedUsers).Contains(id, StringComparer.Ordinal)
        );
}
