using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Scp;

/// <summary>A test for a scope is satisfied by other scopes, too.</summary>
public sealed class ScopeSubstringMatch : IRule<Operation>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SCP-005",
        Name = "scope-substring-match",
        Title = "A test for a scope also accepts other scopes",
        Level = Level.Error,
        SecuritySeverity = 7.7,
        Cwe = 185,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "operations",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(Operation subject, AuditContext context)
    {
        if (subject.Requirement is not { AsksForScopes: true } requirement)
        {
            return Verdict.NotApplicable;
        }

        var server = subject.Checks.Select(item => item.Check.Server).FirstOrDefault(server => server is not null);
        var scopes = server is null ? [] : server.Scopes.Where(scope => scope.IsCustom).Select(scope => scope.Name).ToList();
        Verdict? milder = null;
        foreach (var atom in requirement.Atoms.Where(atom => atom.Claim.IsScope))
        {
            if (atom.Test is not TokenTest.Text { Test: var test })
            {
                continue;
            }

            var wanted = ClaimLiterals.In(test.Pattern).ToList();
            var place = atom.Places.FirstOrDefault(subject.Location);
            foreach (var other in scopes.Where(scope => !wanted.Contains(scope, StringComparer.Ordinal)))
            {
                var accepts = test.Accepts([other]);
                var passes = accepts == false ? false : requirement.Allows(TokenContents.WithScopes([other])).Answer;
                if (accepts == true && passes == true)
                {
                    return Collides(subject, server!, atom, test, wanted, other);
                }

                if (accepts != false && passes != false)
                {
                    milder ??= new Verdict.Open(
                        $"whether a token with scope '{other}' alone satisfies {atom.Words} is not known: {Reading.LegacyClaimIsJson.Question} is {Reading.LegacyClaimIsJson.Source}",
                        "a test on a live gateway",
                        place
                    );
                }
            }

            if (wanted.Exists(name => test.Accepts([name]) == true && Longer(name).Any(longer => test.Accepts([longer]) == true)))
            {
                milder ??= Loose(subject, server, atom, test, wanted);
            }
        }

        return milder ?? Verdict.Pass;
    }

    // Names that hold another name and are none of its parts.
    private static IEnumerable<string> Longer(string name) => [name + ".all", name + "_all", "x-" + name, "my." + name];

    private static Verdict.Fail Collides(
        Operation subject,
        AuthorizationServer server,
        TokenAtom atom,
        ClaimText test,
        List<string> wanted,
        string other
    ) =>
        new()
        {
            Message =
                $"The test {test.Words} of {atom.Claim.Words} is also satisfied by scope '{other}' of {server.Description}: a token with that scope alone passes {subject.Name} of {subject.Endpoint.Program.Bundle.Description}.",
            Location = atom.Places.FirstOrDefault(subject.Location),
            Cause = CauseOf(subject, test),
            Facts =
            [
                new Fact("gateway", "test", test.Words, atom.Places.FirstOrDefault(subject.Location)),
                new Fact("okta", "scope", other, server.FindScope(other)?.Location ?? server.Location),
            ],
            Related = [new RelatedPlace(server.FindScope(other)?.Location ?? server.Location, $"scope '{other}'")],
            Remedy = Remedy(wanted),
        };

    private static Verdict.Fail Loose(
        Operation subject,
        AuthorizationServer? server,
        TokenAtom atom,
        ClaimText test,
        List<string> wanted
    ) =>
        new()
        {
            Message =
                $"The test {test.Words} of {atom.Claim.Words} looks for a part of the text, so any scope whose name holds {Phrase.List(wanted)} satisfies it; "
                + (server is null ? "which scopes there are is not known." : $"{server.Description} has none today."),
            Location = atom.Places.FirstOrDefault(subject.Location),
            Cause = CauseOf(subject, test),
            Code = "loose",
            Level = Level.Note,
            SecuritySeverity = 2.0,
            Facts = [new Fact("gateway", "test", test.Words, atom.Places.FirstOrDefault(subject.Location))],
            Remedy = Remedy(wanted),
        };

    private static string CauseOf(Operation subject, ClaimText test) =>
        $"{Names.Of(subject.Endpoint.Program.Bundle, subject.Endpoint.Program.Organization)}/scope/{test.Words}";

    private static string Remedy(List<string> wanted) =>
        wanted.Count == 0
            ? "Compare whole scope names: a pattern with the delimiters of the list, or a script that looks for the member."
            : $"Match the whole name with its delimiters, such as JavaRegex \".*[^\\w.-]{wanted[0].Replace(".", "\\.", StringComparison.Ordinal)}[^\\w.-].*\", or look for the member in a script.";
}
