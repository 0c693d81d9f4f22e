using Auditor.Model.Findings;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules.Env;

/// <summary>The same proxy verifies less in one environment than in another.</summary>
public sealed class AuthPolicyDiffers : IRule<TokenCheck>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "ENV-003",
        Name = "auth-policy-differs",
        Title = "The same proxy verifies less in one environment than in another",
        Level = Level.Warning,
        SecuritySeverity = 6.0,
        Cwe = 1188,
        Fix = FixKind.Manual,
        Subjects = "token checks",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(TokenCheck subject, AuditContext context)
    {
        if (subject is not { Environment: { } environment, Role: TokenRole.Bearer, Jwt: not null })
        {
            return Verdict.NotApplicable;
        }

        var others = context
            .Traced.ChecksOf(subject.Endpoint.Program.Bundle.Name, subject.Policy.Name)
            .Where(other => IsTheSameElsewhere(subject, other))
            .OrderByDescending(other => EnvironmentClass.IsProduction(other.Environment, context.Settings))
            .ThenBy(other => other.Environment, StringComparer.Ordinal)
            .ToList();
        if (others.Count == 0)
        {
            return Verdict.NotApplicable;
        }

        foreach (var other in others)
        {
            var weaker = Weaker(subject, other).ToList();
            if (weaker.Count > 0)
            {
                return Fail(subject, environment, other, weaker, context);
            }
        }

        return Verdict.Pass;
    }

    private static bool IsTheSameElsewhere(TokenCheck one, TokenCheck other) =>
        other is { Environment: not null, Jwt: not null, Role: TokenRole.Bearer }
        && other.Environment != one.Environment
        && other.Owner.Name == one.Owner.Name
        && other.Endpoint.Program.Endpoint?.Name == one.Endpoint.Program.Endpoint?.Name;

    /// <summary>In what one check demands less than another. Values differ between environments on purpose; that one is demanded at all does not.</summary>
    internal static IEnumerable<string> Weaker(TokenCheck here, TokenCheck there)
    {
        if (IsNotDemanded(here.Audience, here) && !IsNotDemanded(there.Audience, there))
        {
            yield return "demands no audience";
        }

        if (IsNotDemanded(here.Issuer, here) && !IsNotDemanded(there.Issuer, there))
        {
            yield return "demands no issuer";
        }

        if (here.Policy.ContinueOnError == true && there.Policy.ContinueOnError != true)
        {
            yield return "goes on when it fails";
        }

        var isWider =
            here.Algorithm.IsKnown
            && there.Algorithm.IsKnown
            && !there.Algorithm.Texts.Except(here.Algorithm.Texts, StringComparer.OrdinalIgnoreCase).Any();
        var more = here.Algorithm.Texts.Except(there.Algorithm.Texts, StringComparer.OrdinalIgnoreCase).ToList();
        if (isWider && more.Count > 0)
        {
            yield return $"also accepts {Phrase.And(more)}";
        }
    }

    // What is not written is not demanded, and neither is what resolves to nothing where that is ignored.
    private static bool IsNotDemanded(Resolution value, TokenCheck check) =>
        value is Resolution.Absent || (value is Resolution.Unresolved && check.Jwt is { IgnoreUnresolvedVariables: true });

    /// <summary>The cause of a finding about a check.</summary>
    internal static string CauseOf(TokenCheck check) =>
        $"{check.Endpoint.Program.Organization.Name}/{check.Environment}/{check.Owner.Name}/{check.Policy.Name}";

    private static Verdict.Fail Fail(TokenCheck subject, string environment, TokenCheck other, List<string> weaker, AuditContext context)
    {
        var isProduction =
            EnvironmentClass.IsProduction(environment, context.Settings)
            && !EnvironmentClass.IsProduction(other.Environment, context.Settings);
        return new Verdict.Fail
        {
            Message =
                $"{subject.Policy.Kind} '{subject.Policy.Name}' {Phrase.And(weaker)} in environment '{environment}'; in '{other.Environment}' it is stricter. What tests show there does not hold here.",
            Location = subject.Location,
            Cause = CauseOf(subject),
            Level = isProduction ? Level.Error : Level.Warning,
            SecuritySeverity = isProduction ? 7.5 : 6.0,
            Related = [new RelatedPlace(other.Location, $"the same policy in '{other.Environment}'")],
            Remedy =
                $"Deploy to '{environment}' what is deployed to '{other.Environment}', and let only values differ between environments.",
        };
    }
}
