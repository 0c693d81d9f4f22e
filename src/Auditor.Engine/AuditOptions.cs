using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Trace;

namespace Auditor.Engine;

/// <summary>What an audit is asked to do.</summary>
public sealed record AuditOptions
{
    /// <summary>What is declared about the estate.</summary>
    public AuditSettings Settings { get; init; } = new();

    /// <summary>The rules to run; empty: all.</summary>
    public ImmutableArray<string> Rules { get; init; } = [];

    /// <summary>The rules not to run.</summary>
    public ImmutableArray<string> ExcludedRules { get; init; } = [];

    /// <summary>Levels that differ from the rules' own, by id or name.</summary>
    public ImmutableArray<LevelOverride> Levels { get; init; } = [];

    /// <summary>The accepted findings.</summary>
    public ImmutableArray<FindingException> Exceptions { get; init; } = [];

    /// <summary>The accepted changes of the estate. Whoever compares two states applies them; here they are looked at as waivers.</summary>
    public ImmutableArray<ChangeException> AcceptedChanges { get; init; } = [];

    /// <summary>The findings that are known; null when there is no baseline.</summary>
    public Baseline? Baseline { get; init; }

    /// <summary>Whether only findings that are new decide how the audit ends.</summary>
    public bool NewOnly { get; init; }

    /// <summary>The level from which findings make the audit fail; null: never.</summary>
    public Level? FailOn { get; init; } = Level.Error;

    /// <summary>Whether what is open makes the audit incomplete.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether times that are not in the input are left out.</summary>
    public bool Deterministic { get; init; }

    /// <summary>The version to report.</summary>
    public string ToolVersion { get; init; } = "0.0.0";

    /// <summary>The SHA-256 of an artifact as it was read, in hexadecimal, or null where it is not at hand; null when nobody can say.</summary>
    public Func<string, string?>? DigestOf { get; init; }

    /// <summary>The inputs to report.</summary>
    public ImmutableArray<AuditInput> Inputs { get; init; } = [];
}

/// <summary>A level that differs from a rule's own.</summary>
/// <param name="Rule">The rule's id or name.</param>
/// <param name="Level">The level; null switches the rule off.</param>
public sealed record LevelOverride(string Rule, Level? Level);

/// <summary>A finding that somebody accepted: an entry of the exceptions file.</summary>
/// <param name="Rule">The rule's id or name.</param>
/// <param name="Selector">A pattern over the finding's artifact, subjects or fingerprint; <c>*</c> is any run of characters.</param>
/// <param name="Reason">Why.</param>
/// <param name="Approver">Who accepted it; empty when not given.</param>
/// <param name="Expires">The day from which it no longer counts; null when not given.</param>
/// <param name="Ticket">A reference; null when there is none.</param>
/// <param name="Location">The entry.</param>
public sealed record FindingException(
    string Rule,
    string Selector,
    string Reason,
    string Approver,
    DateOnly? Expires,
    string? Ticket,
    SourceLocation Location
)
{
    /// <summary>The day on which it was accepted; null when not given.</summary>
    public DateOnly? Created { get; init; }
}

/// <summary>A change of the estate that somebody accepted: an entry of the exceptions file.</summary>
/// <param name="Entity">A pattern over the entity's key, of ids or of names; <c>*</c> is any run of characters.</param>
/// <param name="Path">A pattern over the field; null: every field.</param>
/// <param name="Value">The value that is accepted; null: any.</param>
/// <param name="Reason">Why.</param>
/// <param name="Approver">Who accepted it.</param>
/// <param name="Created">The day on which it was accepted; null when not given.</param>
/// <param name="Expires">The day from which it no longer counts.</param>
/// <param name="Ticket">A reference; null when there is none.</param>
/// <param name="Location">The entry.</param>
public sealed record ChangeException(
    string Entity,
    string? Path,
    string? Value,
    string Reason,
    string Approver,
    DateOnly? Created,
    DateOnly Expires,
    string? Ticket,
    SourceLocation Location
);

/// <summary>The findings that were there when a baseline was made: known, and not accepted by anybody in particular.</summary>
/// <param name="Entries">The findings, ordered by fingerprint.</param>
public sealed record Baseline(ImmutableArray<BaselineEntry> Entries)
{
    /// <summary>The entry of a finding; null when it is new.</summary>
    public BaselineEntry? Find(string fingerprint)
    {
        foreach (var entry in Entries)
        {
            if (string.Equals(entry.Fingerprint, fingerprint, StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }
}

/// <summary>A finding of a baseline.</summary>
/// <param name="Fingerprint">The fingerprint.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Since">The day on which it came into the baseline.</param>
/// <param name="Reason">Why it may stay for now.</param>
/// <param name="Approver">Who let it in; null when not given.</param>
/// <param name="Location">The entry.</param>
public sealed record BaselineEntry(
    string Fingerprint,
    string Rule,
    DateOnly Since,
    string Reason,
    string? Approver,
    SourceLocation Location
)
{
    /// <summary>Where it was, as it read when it came in; for readers.</summary>
    public string Place { get; init; } = "";

    /// <summary>Its message, as it read when it came in; for readers.</summary>
    public string Message { get; init; } = "";
}
