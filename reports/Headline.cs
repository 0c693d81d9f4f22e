using Auditor.Engine;
using Auditor.Model.Findings;
using Auditor.Reports.Changes;

namespace Auditor.Reports;

/// <summary>The verdict of a run in few words, the same in every format.</summary>
public static class Headline
{
    /// <summary>How it ended: <c>clean</c> only where nothing counts, whatever the threshold was.</summary>
    public static string Word(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Outcome switch
        {
            AuditOutcome.Clean when run.Findings.Any(finding => finding.IsLive) => "passed with findings",
            AuditOutcome.Clean => "clean",
            AuditOutcome.Findings => "failed",
            AuditOutcome.Incomplete => "incomplete",
            _ => "nothing to audit",
        };
    }

    /// <summary>The numbers that are not zero: <c>2 errors, 1 open</c>.</summary>
    public static string Counts(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return string.Join(
            ", ",
            new[]
            {
                Some(run.Count(Level.Error), "errors"),
                Some(run.Count(Level.Warning), "warnings"),
                Some(run.Count(Level.Note), "notes"),
                Bare(run.OpenCount, "open"),
                Bare(run.NotAssessedCount, "not assessed"),
                Bare(run.AcceptedCount, "accepted"),
            }.OfType<string>()
        );
    }

    /// <summary>Word and numbers.</summary>
    public static string Line(AuditRun run) => Counts(run) is { Length: > 0 } counts ? $"{Word(run)}: {counts}" : Word(run);

    /// <summary>What came and went since the run before: <c>2 new, 1 gone, 3 changes of the configuration, 1 of access</c>; changes are counted by cause, as they are listed. Empty where nothing was compared.</summary>
    public static string News(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return string.Join(
            ", ",
            new[]
            {
                run.Vanished is { } vanished
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{run.Findings.Count(finding => finding.IsNew == true)} new, {vanished.Length} gone"
                    )
                    : null,
                run.Comparison is not { } comparison ? null
                : comparison.Incomparable is not null ? "the configuration could not be compared"
                : Nouns.Count(ChangeRow.OfConfiguration(comparison).Length, "changes")
                    + " of the configuration"
                    + (
                        ChangeRow.OfAccess(comparison).Length is > 0 and var access
                            ? string.Create(CultureInfo.InvariantCulture, $", {access} of access")
                            : ""
                    ),
            }.OfType<string>()
        );
    }

    /// <summary>What was audited: <c>1 Okta org, 3 proxies</c>; <c>nothing</c> when there is nothing.</summary>
    public static string Inventory(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var lines = run.Inventory.Where(line => line.Kind is not ("token checks" or "endpoints")).ToList();
        return lines.Count == 0 ? "nothing" : string.Join(", ", lines.Select(line => Nouns.Count(line.Count, line.Kind)));
    }

    /// <summary>The names of the audited systems, for titles.</summary>
    public static string Systems(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var names = run.Systems.Select(system => system.Name).Where(name => name.Length > 0).ToList();
        return names.Count == 0 ? "the input" : string.Join(", ", names);
    }

    private static string? Some(int count, string nouns) => count == 0 ? null : Nouns.Count(count, nouns);

    private static string? Bare(int count, string word) =>
        count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{count} {word}");
}

/// <summary>Nouns after numbers.</summary>
public static class Nouns
{
    /// <summary>A number with its noun, which is given in the plural: <c>1 proxy</c>, <c>2 proxies</c>, <c>1 list of keys</c>.</summary>
    public static string Count(int count, string plural)
    {
        ArgumentNullException.ThrowIfNull(plural);
        return string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? Singular(plural) : plural)}");
    }

    private static string Singular(string plural)
    {
        var end = plural.IndexOf(" of ", StringComparison.Ordinal) is var at and > 0 ? at : plural.Length;
        var head = plural[..end];
        return (
                head.EndsWith("ies", StringComparison.Ordinal) ? head[..^3] + "y"
                : head.EndsWith('s') ? head[..^1]
                : head
            ) + plural[end..];
    }
}
