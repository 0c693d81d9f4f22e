using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;

namespace Auditor.Rules.Grp;

/// <summary>The gateway asks for a group that no token names.</summary>
public sealed class UnknownGroupRequired : IRule<ClaimDemand>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GRP-002",
        Name = "unknown-group-required",
        Title = "The gateway asks for a group that no token names",
        Level = Level.Error,
        SecuritySeverity = 6.1,
        Cwe = 863,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "required groups",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(ClaimDemand subject, AuditContext context)
    {
        if (subject.Claim != "groups" || subject.Check is null)
        {
            return Verdict.NotApplicable;
        }

        var trust = Trust.Of(subject.Check, context);
        if (trust.Server is not { } server)
        {
            return trust.Instead!;
        }

        var claims = server.Claims.Items.Where(claim => claim.IsInAccessTokens && claim.Name == subject.Claim).ToList();
        if (claims.Count == 0)
        {
            // Tokens have no such claim at all: another rule says so.
            return Verdict.NotApplicable;
        }

        var org = context.Landscape.Okta.First(candidate => candidate.Host == server.OrgHost);
        if (!org.Groups.IsComplete)
        {
            return org.Groups.Coverage.IsGap
                ? new Verdict.NotAssessed($"the groups of '{org.Host}' could not be read ({org.Groups.Coverage.Reason})")
                : new Verdict.Open($"the groups of '{org.Host}' were not collected", "the groups of the org", subject.Location);
        }

        if (claims.Find(claim => claim.ValueType != "GROUPS") is { } computed)
        {
            return new Verdict.Open(
                $"whether claim '{subject.Claim}' can name '{subject.Member}' depends on an expression that is evaluated for each user",
                "the value of the claim for a user",
                computed.Location
            );
        }

        var named = org.Groups.Items.FirstOrDefault(group => string.Equals(group.Name, subject.Member, StringComparison.Ordinal));
        if (named is not null)
        {
            return Named(subject, server, claims, named);
        }

        // Part of the name of a group that exists: a pattern looks for it.
        return org.Groups.Items.Any(group =>
            group.Name.Contains(subject.Member, StringComparison.Ordinal) && GroupFilter.Passes(claims, group.Name)
        )
            ? Verdict.NotApplicable
            : Unknown(subject, server, claims, org, context);
    }

    private static Verdict Named(ClaimDemand subject, AuthorizationServer server, List<Claim> claims, OktaGroup group)
    {
        if (GroupFilter.Passes(claims, group.Name))
        {
            // The filter of a claim is for groups that Okta masters (Okta, group functions, 2026-08).
            return group.Type == "APP_GROUP"
                ? new Verdict.Open(
                    $"whether claim '{subject.Claim}' can name '{group.Name}' is not known: the group comes from a directory, and filters are for groups of Okta",
                    "a token of a member of the group",
                    group.Location
                )
                : Verdict.Pass;
        }

        return claims.Exists(claim => claim.GroupFilter == "REGEX")
            ? new Verdict.Open(
                $"whether the regular expression of claim '{subject.Claim}' admits '{group.Name}' is not known",
                "a token of a member of the group",
                claims[0].Location
            )
            : Fail(
                subject,
                server,
                claims,
                $"the filter of the claim ({GroupFilter.Words(claims[0])}) leaves it out",
                "Let the filter of the claim admit the group."
            );
    }

    private static Verdict.Fail Unknown(
        ClaimDemand subject,
        AuthorizationServer server,
        List<Claim> claims,
        OktaOrg org,
        AuditContext context
    )
    {
        var nearest = NearMiss.Nearest(subject.Member, [.. org.Groups.Items.Select(group => group.Name)]);
        var fail = Fail(
            subject,
            server,
            claims,
            $"'{org.Host}' has no such group" + (nearest is null ? "" : $"; the nearest it has is '{nearest}'"),
            nearest is null ? "Create the group, or ask for one that exists." : $"Ask for '{nearest}', or create '{subject.Member}'."
        );

        // A test that lets everybody through who is not in the group.
        var passes = context
            .Traced.Operations.Where(operation => operation.Endpoint == subject.Endpoint)
            .SelectMany(operation => operation.Requirement?.Necessary.Cases ?? [])
            .SelectMany(one => one.Demands)
            .Any(demand => !demand.IsPositive && demand.Atom.Claim.Name == subject.Claim && demand.Atom.Places.Contains(subject.Location));
        return passes
            ? fail with
            {
                Message = $"{fail.Message.TrimEnd('.')}. The test refuses its members, so it refuses nobody.",
                SecuritySeverity = 7.6,
                Code = "never-refuses",
            }
            : fail;
    }

    private static Verdict.Fail Fail(ClaimDemand subject, AuthorizationServer server, List<Claim> claims, string why, string remedy) =>
        new()
        {
            Message =
                $"{char.ToUpperInvariant(subject.Endpoint.Program.Bundle.Description[0])}{subject.Endpoint.Program.Bundle.Description[1..]} asks for '{subject.Member}' in claim '{subject.Claim}', which tokens of {server.Description} never name: {why}.",
            Location = subject.Location,
            Cause = $"{Names.Of(subject.Endpoint.Program.Bundle, subject.Endpoint.Program.Organization)}/group/{subject.Member}",
            Facts =
            [
                new Fact("gateway", "required group", subject.Member, subject.Location),
                new Fact("okta", "claim", GroupFilter.Words(claims[0]), claims[0].Location),
            ],
            Related = [new RelatedPlace(claims[0].Location, $"claim '{subject.Claim}' of {server.Description}")],
            Remedy = remedy,
        };
}
