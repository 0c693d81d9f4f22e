using System.Text.RegularExpressions;
using Auditor.Model.Drift;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Drf;

/// <summary>What is deployed is not what the repository holds.</summary>
public sealed partial class DeployedBundleDiffers : IRule<EntityChange>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "DRF-003",
        Name = "deployed-bundle-differs",
        Title = "What is deployed is not what the repository holds",
        Level = Level.Error,
        SecuritySeverity = 6.7,
        Cwe = 353,
        Fix = FixKind.Manual,
        Subjects = "entities compared with what is declared",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(EntityChange subject, AuditContext context)
    {
        if (
            subject.IsAccess
            || context.Comparison is not { IsDeclared: true } comparison
            || Drift.BundleOf(subject.Key) is not { } bundle
            || subject.Status == EntityStatus.Added
        )
        {
            return Verdict.NotApplicable;
        }

        if (subject.Status is EntityStatus.InSync or EntityStatus.Ignored)
        {
            return Verdict.Pass;
        }

        if (subject.Status == EntityStatus.Modified && subject.Fields.All(IsPutInByABuild))
        {
            return new Verdict.Open(
                $"what a build puts in place of '{subject.Fields[0].Before}' ({subject.Fields[0].Path} of {subject.Title}) is not known",
                "config.json of the build beside the bundle, or the tree as it is after the build",
                subject.Location
            );
        }

        return new Verdict.Fail
        {
            Message =
                subject.Status == EntityStatus.Removed
                    ? $"{Phrase.Sentence(subject.Title)} is declared in {comparison.Before}, and not in what is deployed."
                    : $"{Phrase.Sentence(subject.Title)} is not what {comparison.Before} holds: {Drift.Changes(subject)}.",
            Location = subject.Location,
            Cause = $"{bundle}/{subject.Cause}",
            Facts = Drift.Facts(subject),
            Remedy = "Deploy what was reviewed, or bring what is deployed into review.",
        };
    }

    // What is written there fits what is live, but for the places that a build fills: @name@, ${name}, #{name}#, {{name}}.
    private static bool IsPutInByABuild(FieldChange field)
    {
        if (field is not { Before: { } declared, After: { } live } || !Placeholder().IsMatch(declared))
        {
            return false;
        }

        var at = 0;
        var parts = Placeholder().Split(declared);
        for (var i = 0; i < parts.Length; i++)
        {
            var found =
                i == 0
                    ? (live.StartsWith(parts[0], StringComparison.Ordinal) ? 0 : -1)
                    : live.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + parts[i].Length;
        }

        return parts[^1].Length == 0 || live.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"@[\w.-]{1,80}@|\$\{[\w.-]{1,80}\}|\#\{[\w.-]{1,80}\}\#?|\{\{\s*[\w.-]{1,80}\s*\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();
}
