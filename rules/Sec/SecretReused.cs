using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Rules.Sec;

/// <summary>One secret is kept in several places.</summary>
public sealed class SecretReused : IRule<StoredSecret>
{
    private static readonly RuleInfo Rule = new()
    {
        Id = "SEC-003",
        Name = "secret-reused",
        Title = "One secret is used in several places",
        Level = Level.Warning,
        SecuritySeverity = 7.3,
        Cwe = 522,
        Fix = FixKind.Manual,
        IsCore = true,
        Subjects = "stored secrets",
    };

    /// <inheritdoc/>
    public RuleInfo Info => Rule;

    /// <inheritdoc/>
    public Verdict Judge(StoredSecret subject, AuditContext context)
    {
        if (subject.Value.Fingerprint is null)
        {
            return new Verdict.Open(
                "the values of secrets were withheld without a digest, so whether one is used in several places is not known",
                "a recording that keeps a keyed digest of each withheld value"
            );
        }

        return subject.Twins.IsEmpty ? Verdict.Pass : Fail(subject, context);
    }

    private static Verdict.Fail Fail(StoredSecret subject, AuditContext context)
    {
        // The first place speaks for all of them, so that one secret is one finding.
        var all = subject.Twins.Add(subject).OrderBy(secret => secret.Key, StringComparer.Ordinal).ToList();
        var (first, second) = (all[0], all[1]);
        var environments = all.Select(secret => secret.Environment).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var crosses =
            environments.Exists(one => EnvironmentClass.IsProduction(one, context.Settings))
            && environments.Exists(one => !EnvironmentClass.IsProduction(one, context.Settings));
        return new Verdict.Fail
        {
            Message =
                $"{Upper(first.Title)} and {second.Title}{(all.Count > 2 ? $" and {(all.Count - 2).ToString(CultureInfo.InvariantCulture)} more places" : "")} hold the same secret: "
                + (
                    crosses
                        ? "whoever reads it outside production can use it in production."
                        : "a leak of one opens all, and neither can be rotated alone."
                ),
            Location = first.Location,
            Cause = first.Key,
            Code = crosses ? "across-environments" : null,
            Level = crosses ? Level.Error : Level.Warning,
            SecuritySeverity = crosses ? 7.3 : 6.4,
            Related = [.. all.Skip(1).Take(8).Select(secret => new RelatedPlace(secret.Location, $"the same secret: {secret.Title}"))],
            Remedy = "Issue a secret of its own for each place, switch them one after the other, and revoke the shared one.",
        };
    }

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
