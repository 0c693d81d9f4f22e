using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Grp;

/// <summary>A test for a group is satisfied by other groups, too.</summary>
public sealed class GroupMatchAmbiguous : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "GRP-004",
        Name = "group-match-ambiguous",
        Title = "A test for a group also accepts other groups",
        Level = Level.Warning,
        SecuritySeverity = 6.8,
        Cwe = 185,
        Fix = FixKind.Manual,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(context);
        var tests = (subject.Requirement?.Atoms ?? []).Where(atom => atom.Claim.Name == "groups" && atom.Test is TokenTest.Text).ToList();
        var server = subject.Checks.Select(item => item.Check.Server).FirstOrDefault(candidate => candidate is not null);
        if (tests.Count == 0 || server is null)
        {
            return Verdict.NotApplicable;
        }

        var org = context.Landscape.Okta.First(candidate => candidate.Host == server.OrgHost);
        if (!org.Groups.IsComplete)
        {
            return org.Groups.Coverage.IsGap
                ? new Verdict.NotAssessed($"the groups of '{org.Host}' could not be read ({org.Groups.Coverage.Reason})", subject.Location)
                : new Verdict.Open($"the groups of '{org.Host}' were not collected", "the groups of the org", subject.Location);
        }

        var claims = server.Claims.Items.Where(claim => claim is { IsInAccessTokens: true, Name: "groups" }).ToList();
        var named = org.Groups.Items.Where(group => GroupFilter.Passes(claims, group.Name)).ToList();
        Verdict result = Verdict.Pass;
        foreach (var atom in tests)
        {
            var test = ((TokenTest.Text)atom.Test).Test;
            var wanted = ClaimLiterals.In(test.Pattern).ToHashSet(StringComparer.Ordinal);
            var answers = named.Select(group => (Group: group, Accepts: test.Accepts([group.Name]))).ToList();
            var fitting = answers.Where(item => item.Accepts == true).Select(item => item.Group).ToList();
            var meant = fitting.Where(group => wanted.Contains(group.Name)).ToList();
            var others = fitting.Except(meant).ToList();

            // One group may be meant by a part of its name; several cannot all be.
            if (others.Count > (meant.Count > 0 ? 0 : 1))
            {
                return Fail(subject, server, atom, test, meant, others);
            }

            if (answers.Exists(item => item.Accepts is null && !wanted.Contains(item.Group.Name)))
            {
                result = new Verdict.Open(
                    $"which groups satisfy {atom.Words} is not known: {Reading.LegacyClaimIsJson.Question} is {Reading.LegacyClaimIsJson.Source}",
                    "a test on a live gateway",
                    atom.Places.FirstOrDefault(subject.Location)
                );
            }
        }

        return result;
    }

    private static Verdict.Fail Fail(
        Operation subject,
        AuthorizationServer server,
        TokenAtom atom,
        ClaimText test,
        List<OktaGroup> meant,
        List<OktaGroup> others
    )
    {
        var place = atom.Places.FirstOrDefault(subject.Location);
        var bundle = subject.Endpoint.Program.Bundle;
        return new Verdict.Fail
        {
            Message =
                $"The test {test.Words} of {atom.Claim.Words} is satisfied by {(meant.Count > 0 ? "further groups" : "several groups")} that tokens of {server.Description} can name: "
                + $"{Phrase.List([.. others.Select(group => group.Name)])}. Their members pass {subject.Name} of {bundle.Description}, and so will those of every group that gets such a name.",
            Location = place,
            Cause = $"{Names.Of(bundle, subject.Endpoint.Program.Organization)}/group/{test.Words}",
            Facts =
            [
                new Fact("gateway", "test", test.Words, place),
                new Fact("okta", "groups", string.Join(", ", meant.Concat(others).Select(group => group.Name)), others[0].Location),
            ],
            Related = [.. others.Take(8).Select(group => new RelatedPlace(group.Location, $"group '{group.Name}'"))],
            Remedy =
                "Match the whole name with the delimiters of the list, or look for the member in a script; better, ask for a scope that an access rule grants to the group.",
        };
    }
}
