using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Engine;

/// <summary>How an audit ended, as the exit code says it.</summary>
public enum AuditOutcome
{
    /// <summary>Nothing at or above the threshold.</summary>
    Clean,

    /// <summary>Findings at or above the threshold.</summary>
    Findings,

    /// <summary>Something that the audit needed could not be read or assessed.</summary>
    Incomplete,

    /// <summary>There was nothing to audit.</summary>
    Nothing,
}

/// <summary>A finished audit: what every report renders.</summary>
public sealed record AuditRun
{
    /// <summary>The version of the program.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>When the landscape was captured, or, where it does not say, when the audit ran. Null in deterministic runs of landscapes that do not say.</summary>
    public required DateTimeOffset? Time { get; init; }

    /// <summary>Whether the time is that of the landscape.</summary>
    public bool TimeIsCaptured { get; init; }

    /// <summary>The inputs as given: paths and what they turned out to be.</summary>
    public ImmutableArray<AuditInput> Inputs { get; init; } = [];

    /// <summary>What was audited, in numbers, ordered by kind.</summary>
    public ImmutableArray<InventoryLine> Inventory { get; init; } = [];

    /// <summary>How much of every part was read.</summary>
    public ImmutableArray<CoverageEntry> Coverage { get; init; } = [];

    /// <summary>The findings: failures by severity, then what is open, then what could not be assessed.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>One line per rule that ran, in the order of ids.</summary>
    public ImmutableArray<Population> Populations { get; init; } = [];

    /// <summary>The rules that ran, with their pages.</summary>
    public ImmutableArray<RuleDescription> Rules { get; init; } = [];

    /// <summary>What was taken for granted, each once, ordered.</summary>
    public ImmutableArray<string> Assumptions { get; init; } = [];

    /// <summary>What was noticed that is no finding: unknown values, unused or void suppressions, ignored files.</summary>
    public ImmutableArray<CollectorNotice> Notices { get; init; } = [];

    /// <summary>The rules that crashed, with the kind of exception.</summary>
    public ImmutableArray<RuleCrash> Crashes { get; init; } = [];

    /// <summary>The level from which findings make the audit fail; null: never.</summary>
    public Level? FailOn { get; init; }

    /// <summary>Whether what is open makes the audit incomplete.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether there was anything to audit.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The reasons why the audit is incomplete, ordered; empty when it is complete.</summary>
    public ImmutableArray<string> Gaps { get; init; } = [];

    /// <summary>How it ended. Incomplete outranks findings, so that neither hides the other: both are printed.</summary>
    public AuditOutcome Outcome =>
        IsEmpty ? AuditOutcome.Nothing
        : !Gaps.IsEmpty ? AuditOutcome.Incomplete
        : Findings.Any(finding => finding.IsLive && FailOn is { } threshold && finding.Level >= threshold) ? AuditOutcome.Findings
        : AuditOutcome.Clean;

    /// <summary>The failures of a level that count.</summary>
    public int Count(Level level) => Findings.Count(finding => finding.IsLive && finding.Level == level);

    /// <summary>The number of findings that are open.</summary>
    public int OpenCount => Findings.Count(finding => finding.Verdict == "open");

    /// <summary>The number of findings that could not be assessed.</summary>
    public int NotAssessedCount => Findings.Count(finding => finding.Verdict == "notAssessed");

    /// <summary>The number of failures that somebody accepted.</summary>
    public int AcceptedCount => Findings.Count(finding => finding.Accepted is not null);
}

/// <summary>An input.</summary>
/// <param name="Path">The path as given.</param>
/// <param name="Kind">What it turned out to be.</param>
public sealed record AuditInput(string Path, string Kind);

/// <summary>A number of things.</summary>
/// <param name="Kind">What: <c>proxies</c>.</param>
/// <param name="Count">How many.</param>
public sealed record InventoryLine(string Kind, int Count);

/// <summary>A rule with its page and the controls it gives evidence for.</summary>
/// <param name="Info">The rule.</param>
/// <param name="Page">The page, as Markdown.</param>
/// <param name="Controls">The controls, ordered.</param>
public sealed record RuleDescription(RuleInfo Info, string Page, ImmutableArray<ControlReference> Controls);

/// <summary>A control of a framework that a rule gives evidence for.</summary>
/// <param name="Framework">The framework: <c>SOC 2</c>.</param>
/// <param name="Id">The control's id: <c>CC6.1</c>.</param>
/// <param name="Confirmed">Whether the id was read in its source; unconfirmed ids are not printed as fact.</param>
public sealed record ControlReference(string Framework, string Id, bool Confirmed);

/// <summary>A rule that crashed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Exception">The type of the exception, without its text: it may quote the subject.</param>
public sealed record RuleCrash(RuleInfo Rule, string Subject, string Exception);
