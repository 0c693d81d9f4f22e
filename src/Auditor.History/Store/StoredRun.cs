using Auditor.Engine;
using Auditor.History.Snapshots;

namespace Auditor.History.Store;

/// <summary>A finished run, as a store knows it. Runs that did not finish are not there.</summary>
public sealed record StoredRun
{
    /// <summary>The series: the estate that is audited again and again.</summary>
    public required string Series { get; init; }

    /// <summary>The number within the series, from 1, without gaps.</summary>
    public required int Number { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it finished.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>When the landscape was captured; null when it does not say.</summary>
    public DateTimeOffset? Captured { get; init; }

    /// <summary>The version of the program.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>A digest of the rules that ran: two runs with the same digest asked the same questions.</summary>
    public required string Rules { get; init; }

    /// <summary>The exit code.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The reasons why it was incomplete; empty when it was complete.</summary>
    public ImmutableArray<string> Gaps { get; init; } = [];

    /// <summary>The number of errors.</summary>
    public int Errors { get; init; }

    /// <summary>The number of warnings.</summary>
    public int Warnings { get; init; }

    /// <summary>The number of notes.</summary>
    public int Notes { get; init; }

    /// <summary>The number of open questions.</summary>
    public int Open { get; init; }

    /// <summary>The form that its entities are written in.</summary>
    public int Form { get; init; }

    /// <summary>The name of the key by which its secrets were fingerprinted; null when that is not known.</summary>
    public string? RedactionKey { get; init; }

    /// <summary>When it belongs to: when the estate was captured, else when it finished.</summary>
    public DateTimeOffset Time => Captured ?? Finished;

    /// <summary>The run in words.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"run {Number} of {Time.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
}

/// <summary>A finding, as a store knows it.</summary>
/// <param name="Fingerprint">The fingerprint, by which it is the same finding from night to night.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Level">error, warning or note; the verdict for what is no failure.</param>
/// <param name="Message">The message.</param>
/// <param name="Place">The place.</param>
/// <param name="FirstRun">The run in which it appeared.</param>
/// <param name="UntilRun">The first run in which it was no longer there; null while it is.</param>
public sealed record StoredFinding(string Fingerprint, string Rule, string Level, string Message, string Place, int FirstRun, int? UntilRun)
{
    /// <summary>Whether it tells of a change. A change is told in the run that finds it: that the next one does not tell it again is no repair.</summary>
    public bool IsAboutChange => Rule.StartsWith("DRF-", StringComparison.Ordinal);

    /// <summary>A finding of a run.</summary>
    public static StoredFinding Of(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        var level =
            finding.Accepted is not null ? "accepted"
            : finding.Level is { } known ? known.ToString().ToLowerInvariant()
            : finding.Verdict;
        return new StoredFinding(finding.Fingerprint, finding.Rule.Id, level, finding.Message, finding.Place.ToString(), 0, null);
    }
}

/// <summary>What a run leaves behind.</summary>
/// <param name="Run">The run; its number is given by the store.</param>
/// <param name="State">The state of the estate.</param>
/// <param name="Findings">The findings.</param>
public sealed record RunRecord(StoredRun Run, Snapshot State, ImmutableArray<StoredFinding> Findings)
{
    /// <summary>The ids of the rules that ran; default: all. What another rule found before is not known to be gone.</summary>
    public ImmutableArray<string> Rules { get; init; }

    /// <summary>The whole run as a document, from which reports can be made again; null when it is not to be kept.</summary>
    public ReadOnlyMemory<byte>? Document { get; init; }
}
