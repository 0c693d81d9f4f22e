using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>Something to tell: a failure, something open, or something that could not be assessed. One root cause is one finding.</summary>
public sealed record Finding
{
    /// <summary>The rule.</summary>
    public required RuleInfo Rule { get; init; }

    /// <summary>fail, open or notAssessed.</summary>
    public required string Verdict { get; init; }

    /// <summary>The level; null unless it is a failure.</summary>
    public required Level? Level { get; init; }

    /// <summary>The severity, 0.1 to 10; null unless it is a failure.</summary>
    public double? SecuritySeverity { get; init; }

    /// <summary>What is wrong, where, and the way out. For an open finding: what is not known.</summary>
    public required string Message { get; init; }

    /// <summary>The subjects it is about, in words, ordered.</summary>
    public required ImmutableArray<string> Subjects { get; init; }

    /// <summary>The environments it is about, ordered; empty when it belongs to none.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>Where the fix most likely goes.</summary>
    public required Place Place { get; init; }

    /// <summary>The other places that matter.</summary>
    public ImmutableArray<RelatedPlaceText> Related { get; init; } = [];

    /// <summary>What each side says.</summary>
    public ImmutableArray<Fact> Facts { get; init; } = [];

    /// <summary>A request that shows it; null when none is needed.</summary>
    public Witness? Witness { get; init; }

    /// <summary>How to repair it, or, for an open finding, the one thing that would close it; null when there is nothing to say.</summary>
    public string? Remedy { get; init; }

    /// <summary>The edits that repair it, worked out against the text.</summary>
    public ImmutableArray<FileFix> Fixes { get; init; } = [];

    /// <summary>The variant of the defect; null when there is only one.</summary>
    public string? Code { get; init; }

    /// <summary>A stable digest of the rule and the culprit's names: not of lines, revisions, messages or values.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Whether the run before did not have it; null when there is no run before.</summary>
    public bool? IsNew { get; init; }

    /// <summary>Who accepted it and why; null when nobody did.</summary>
    public Acceptance? Accepted { get; init; }

    /// <summary>Further rules that fail for the same reason.</summary>
    public ImmutableArray<string> Also { get; init; } = [];

    /// <summary>Whether it counts: a failure that nobody accepted.</summary>
    public bool IsLive => Verdict == "fail" && Accepted is null;

    /// <summary>The other places that matter and that neither the witness passes nor the finding itself is at: what is left to show where both are shown.</summary>
    public IEnumerable<RelatedPlaceText> Beside =>
        Related.Where(related =>
            !(related.Place.Artifact == Place.Artifact && related.Place.Line == Place.Line && related.Place.Pointer == Place.Pointer)
            && !(
                Witness is { } witness
                && witness.Steps.Any(step => step.Location.Artifact == related.Place.Artifact && step.Location.Line == related.Place.Line)
            )
        );
}

/// <summary>A place, worked out against the text.</summary>
/// <param name="Artifact">The artifact.</param>
/// <param name="Line">The line, from 1; 0 when the text is not at hand.</param>
/// <param name="Column">The column, from 1; 0 when unknown.</param>
/// <param name="EndLine">The last line.</param>
/// <param name="EndColumn">The column after the last character.</param>
/// <param name="Pointer">The JSON pointer; null when there is none.</param>
/// <param name="Excerpt">The first line of the place, with credentials masked; null when the text is not at hand.</param>
public sealed record Place(string Artifact, int Line, int Column, int EndLine, int EndColumn, string? Pointer, string? Excerpt)
{
    /// <summary>
    /// The hash of the line and what follows it, as GitHub code scanning computes it; of the masked text, so that a credential near the line makes it differ. Null
    /// when the text is not at hand, and for places other than that of a failure.
    /// </summary>
    public string? LineHash { get; init; }

    /// <summary>The lines after the first, where the first says little: it only opens a JSON object or array. Credentials are masked; empty otherwise.</summary>
    public ImmutableArray<string> MoreLines { get; init; } = [];

    /// <summary>The form used in messages.</summary>
    public override string ToString() =>
        Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Artifact}:{Line}:{Math.Max(Column, 1)}")
        : Pointer is { Length: > 0 } ? $"{Artifact}#{Pointer}"
        : Artifact;
}

/// <summary>A further place with its sentence.</summary>
/// <param name="Place">The place.</param>
/// <param name="Text">The sentence.</param>
public sealed record RelatedPlaceText(Place Place, string Text);

/// <summary>Why a finding is accepted.</summary>
/// <param name="Kind">inSource for a comment in the bundle, external for an entry of the exceptions or the baseline.</param>
/// <param name="Reason">The reason.</param>
/// <param name="By">Who accepted it; null for comments.</param>
/// <param name="Expires">Until when; null: without end.</param>
/// <param name="Place">The comment or entry.</param>
public sealed record Acceptance(string Kind, string Reason, string? By, DateOnly? Expires, Place Place)
{
    /// <summary>The day on which it was accepted; null when not given.</summary>
    public DateOnly? Created { get; init; }

    /// <summary>A reference; null when there is none.</summary>
    public string? Ticket { get; init; }
}

/// <summary>A proposed change of one file.</summary>
/// <param name="Artifact">The file.</param>
/// <param name="Replacements">The replacements, in order of the text, not overlapping.</param>
/// <param name="Diff">The change as a unified diff.</param>
public sealed record FileFix(string Artifact, ImmutableArray<Replacement> Replacements, string Diff);

/// <summary>A replacement of a region of a text.</summary>
/// <param name="Line">The first line, from 1.</param>
/// <param name="Column">The first column, from 1.</param>
/// <param name="EndLine">The last line.</param>
/// <param name="EndColumn">The column after the last character.</param>
/// <param name="NewText">What stands there afterwards.</param>
public sealed record Replacement(int Line, int Column, int EndLine, int EndColumn, string NewText);

/// <summary>How many subjects a rule judged, and how.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subjects">All of them.</param>
/// <param name="Pass">Known and in order.</param>
/// <param name="Fail">Known and wrong.</param>
/// <param name="Open">Not to be said from configuration.</param>
/// <param name="NotApplicable">Nothing to say.</param>
/// <param name="NotAssessed">Could not be looked at.</param>
public sealed record Population(RuleInfo Rule, int Subjects, int Pass, int Fail, int Open, int NotApplicable, int NotAssessed);
