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

/// <summary>A finding that somebody accepted.</summary>
/// <param name="Rule">The rule's id or name.</param>
/// <param name="Match">A pattern over the finding's artifact, subjects or fingerprint; <c>*</c> is any run of characters.</param>
/// <param name="Reason">Why.</param>
/// <param name="ApprovedBy">Who; empty when not given.</param>
/// <param name="Expires">The day from which it no longer counts; null when not given.</param>
/// <param name="Ticket">A reference; null when there is none.</param>
/// <param name="Location">The entry.</param>
public sealed record FindingException(
    string Rule,
    string Match,
    string Reason,
    string ApprovedBy,
    DateOnly? Expires,
    string? Ticket,
    SourceLocation Location
);
