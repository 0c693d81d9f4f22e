using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>Whether a waiver covers anything.</summary>
public enum WaiverUse
{
    /// <summary>It does.</summary>
    Used,

    /// <summary>It does not, and everything that it could cover was looked at.</summary>
    Unused,

    /// <summary>Nothing was found that it covers, and not everything could be looked at.</summary>
    Unknown,

    /// <summary>The audit was asked about less than the waiver is for.</summary>
    NotAsked,
}

/// <summary>Something by which findings are accepted or not made in the first place: an exception, a declaration, a comment.</summary>
public sealed record Waiver : ISubject
{
    /// <summary>What it is.</summary>
    public required WaiverKind Kind { get; init; }

    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <inheritdoc/>
    public required string Title { get; init; }

    /// <summary>The parts that somebody who reads it later would miss: owner, reason, end. Empty when it has all of them.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>The day from which it no longer counts; null when it has no end.</summary>
    public DateOnly? Expires { get; init; }

    /// <summary>Whether it covers anything.</summary>
    public required WaiverUse Use { get; init; }

    /// <summary>Why it covers nothing, or why that is not known: a clause that follows the title.</summary>
    public string Why { get; init; } = "";

    /// <inheritdoc/>
    public required SourceLocation Location { get; init; }

    /// <inheritdoc/>
    public string? Environment => null;
}
