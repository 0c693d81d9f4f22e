using Auditor.Model;
using Auditor.Model.Drift;
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

    /// <summary>The orgs and organizations, ordered by kind and name.</summary>
    public ImmutableArray<AuditedSystem> Systems { get; init; } = [];

    /// <summary>What it was limited to.</summary>
    public AuditSelection Selection { get; init; } = new([], [], []);

    /// <summary>What was audited, in numbers, ordered by kind.</summary>
    public ImmutableArray<InventoryLine> Inventory { get; init; } = [];

    /// <summary>How much of every part was read.</summary>
    public ImmutableArray<CoverageEntry> Coverage { get; init; } = [];

    /// <summary>The findings: failures by severity, then what is open, then what could not be assessed.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>One line per rule that ran, in the order of ids.</summary>
    public ImmutableArray<Population> Populations { get; init; } = [];

    /// <summary>What every rule said about every subject, in the order of rules and subjects.</summary>
    public ImmutableArray<Evaluation> Evaluations { get; init; } = [];

    /// <summary>Who vouches for the callers of which proxy.</summary>
    public TrustMap Trust { get; init; } = new();

    /// <summary>The checklist of every connection, ordered by key.</summary>
    public ImmutableArray<Connection> Connections { get; init; } = [];

    /// <summary>The artifacts that findings point at, as they were read, ordered by path.</summary>
    public ImmutableArray<ArtifactDigest> Artifacts { get; init; } = [];

    /// <summary>The rules that ran, with their pages.</summary>
    public ImmutableArray<RuleDescription> Rules { get; init; } = [];

    /// <summary>What was taken for granted, each once, ordered.</summary>
    public ImmutableArray<string> Assumptions { get; init; } = [];

    /// <summary>What was noticed that is no finding: unknown values, unused or void suppressions, ignored files.</summary>
    public ImmutableArray<CollectorNotice> Notices { get; init; } = [];

    /// <summary>Everything by which findings are accepted or not made, ordered by place, with how it stands.</summary>
    public ImmutableArray<WaiverEntry> Waivers { get; init; } = [];

    /// <summary>The rules that crashed, with the kind of exception.</summary>
    public ImmutableArray<RuleCrash> Crashes { get; init; } = [];

    /// <summary>Who can do what, for a store to keep; empty when nothing was to be compared.</summary>
    public ImmutableArray<AccessFact> Access { get; init; } = [];

    /// <summary>What changed since an earlier state; null when there is nothing to compare with.</summary>
    public EstateComparison? Comparison { get; init; }

    /// <summary>Whether only the comparison was asked for, and not an audit of the later state.</summary>
    public bool IsComparison { get; init; }

    /// <summary>Whether any change that nobody accepted counts like a finding at the threshold.</summary>
    public bool FailOnDrift { get; init; }

    /// <summary>Whether only findings that the run before did not have make the audit fail.</summary>
    public bool NewOnly { get; init; }

    /// <summary>The findings of the run before that are gone; null when there is no run before.</summary>
    public ImmutableArray<VanishedFinding>? Vanished { get; init; }

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
        : Findings.Any(Fails) || (FailOnDrift && HasDrift) ? AuditOutcome.Findings
        : AuditOutcome.Clean;

    /// <summary>Whether a change that nobody accepted was found, or the states cannot be compared.</summary>
    public bool HasDrift => Comparison is { } comparison && (comparison.Incomparable is not null || comparison.Live.Any());

    private bool Fails(Finding finding) =>
        finding.IsLive && FailOn is { } threshold && finding.Level >= threshold && (!NewOnly || finding.IsNew != false);

    /// <summary>The failures of a level that count.</summary>
    public int Count(Level level) => Findings.Count(finding => finding.IsLive && finding.Level == level);

    /// <summary>The number of findings that are open.</summary>
    public int OpenCount => Findings.Count(finding => finding.Verdict == "open");

    /// <summary>The number of findings that could not be assessed.</summary>
    public int NotAssessedCount => Findings.Count(finding => finding.Verdict == "notAssessed");

    /// <summary>The input that an artifact belongs to; null where two inputs claim it alike.</summary>
    public AuditInput? InputOf(string artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        var inputs = Inputs
            .Where(input =>
                input.Prefix.Length == 0 || artifact == input.Prefix || artifact.StartsWith(input.Prefix + "/", StringComparison.Ordinal)
            )
            .OrderByDescending(input => input.Prefix.Length)
            .ToList();
        return inputs.Count == 1 || (inputs.Count > 1 && inputs[1].Prefix.Length < inputs[0].Prefix.Length) ? inputs[0] : null;
    }

    /// <summary>
    /// The path of an artifact from the top of the version-controlled tree that it lies in; the artifact itself where it lies in none. Services that annotate
    /// source files know them by this path.
    /// </summary>
    public string PathOf(string artifact)
    {
        if (InputOf(artifact) is not { Checkout: { } checkout } input)
        {
            return artifact;
        }

        var rest = input.Prefix.Length == 0 ? artifact : artifact[input.Prefix.Length..].TrimStart('/');
        return checkout.Path.Length == 0 ? rest
            : rest.Length == 0 ? checkout.Path
            : $"{checkout.Path}/{rest}";
    }

    /// <summary>The number of failures that somebody accepted.</summary>
    public int AcceptedCount => Findings.Count(finding => finding.Accepted is not null);
}

/// <summary>An input.</summary>
/// <param name="Path">The path as given.</param>
/// <param name="Kind">What it turned out to be.</param>
public sealed record AuditInput(string Path, string Kind)
{
    /// <summary>What all of its artifacts begin with; empty for recordings.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Where it lies in a version-controlled tree; null when it lies in none.</summary>
    public Checkout? Checkout { get; init; }
}

/// <summary>An org or organization that was audited.</summary>
/// <param name="Kind"><c>okta</c>, <c>apigee</c>, or <c>bundles</c> for bundles that belong to no organization.</param>
/// <param name="Name">The org's host, the organization's name, or that of the input's folder.</param>
/// <param name="Environments">The environments, ordered.</param>
public sealed record AuditedSystem(string Kind, string Name, ImmutableArray<string> Environments);

/// <summary>What an audit was limited to; nothing where a list is empty.</summary>
/// <param name="Environments">Only these environments.</param>
/// <param name="Rules">Only these rules, as selected.</param>
/// <param name="ExcludedRules">Not these rules, as selected.</param>
public sealed record AuditSelection(
    ImmutableArray<string> Environments,
    ImmutableArray<string> Rules,
    ImmutableArray<string> ExcludedRules
);

/// <summary>An artifact as it was read.</summary>
/// <param name="Artifact">The artifact.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
public sealed record ArtifactDigest(string Artifact, string Sha256);

/// <summary>A number of things.</summary>
/// <param name="Kind">What: <c>proxies</c>.</param>
/// <param name="Count">How many.</param>
public sealed record InventoryLine(string Kind, int Count);

/// <summary>A rule with its page and the controls it gives evidence for.</summary>
/// <param name="Info">The rule.</param>
/// <param name="Page">The page, as Markdown.</param>
/// <param name="Controls">The controls, ordered.</param>
public sealed record RuleDescription(RuleInfo Info, string Page, ImmutableArray<ControlReference> Controls)
{
    /// <summary>The controls whose ids were read in their source, in words: <c>SOC 2 CC6.1, OWASP ASVS 9.2</c>.</summary>
    public string ConfirmedControls =>
        string.Join(", ", Controls.Where(control => control.Confirmed).Select(control => $"{control.Framework} {control.Id}"));
}

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

/// <summary>A finding of the run before that is gone.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Level">error, warning, note, accepted, open or notAssessed.</param>
/// <param name="Message">The message.</param>
/// <param name="Place">Where it was.</param>
public sealed record VanishedFinding(string Rule, string Level, string Message, string Place);

/// <summary>How a waiver stands.</summary>
public enum WaiverState
{
    /// <summary>It covers something.</summary>
    InForce,

    /// <summary>Its day has come; what it covered counts again.</summary>
    Expired,

    /// <summary>It covers nothing.</summary>
    Unmatched,

    /// <summary>It gives no reason, and so covers nothing.</summary>
    Void,

    /// <summary>Nothing was found that it covers, and not everything was looked at.</summary>
    Unknown,
}

/// <summary>Something by which findings are accepted or not made, for those who review it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Rule">The rules it is for, as written; empty where it is for none in particular.</param>
/// <param name="Selector">What it selects, as written.</param>
/// <param name="Reason">Why; empty when not given.</param>
/// <param name="By">Who answers for it; empty when not given.</param>
/// <param name="Created">The day on which it was accepted; null when not given.</param>
/// <param name="Expires">The day from which it no longer counts; null when it has no end.</param>
/// <param name="Ticket">A reference; null when there is none.</param>
/// <param name="Location">Where it is written.</param>
public sealed record WaiverEntry(
    WaiverKind Kind,
    string Rule,
    string Selector,
    string Reason,
    string By,
    DateOnly? Created,
    DateOnly? Expires,
    string? Ticket,
    SourceLocation Location
)
{
    /// <summary>How it stands.</summary>
    public WaiverState State { get; init; }

    /// <summary>The fingerprints of the findings that it covers, ordered; also of those that count again.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];
}
