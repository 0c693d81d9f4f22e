using Auditor.History.Store;

namespace Auditor.History.Series;

/// <summary>A run among the others of its series.</summary>
/// <param name="Run">The run.</param>
/// <param name="Appeared">The findings that the run before did not have; in the first run all that it has.</param>
/// <param name="Vanished">The findings that the run before had and this one has not.</param>
/// <param name="Changes">How many entities of the estate came, went or changed since the run before.</param>
public sealed record HistoryRun(StoredRun Run, ImmutableArray<StoredFinding> Appeared, ImmutableArray<StoredFinding> Vanished, int Changes);

/// <summary>A time without a run where there should have been one.</summary>
/// <param name="After">The run before it.</param>
/// <param name="Until">The run after it; null when the next one is overdue.</param>
/// <param name="Missing">How many runs are missing.</param>
public sealed record HistoryGap(StoredRun After, StoredRun? Until, int Missing);

/// <summary>What a store tells about the runs of a series: which there were, which were missed, and how findings came and went.</summary>
public sealed record RunHistory
{
    /// <summary>The series.</summary>
    public required string Series { get; init; }

    /// <summary>The runs, the latest first.</summary>
    public required ImmutableArray<HistoryRun> Runs { get; init; }

    /// <summary>The times without a run, the latest first; empty when nobody says how often one is due.</summary>
    public required ImmutableArray<HistoryGap> Gaps { get; init; }

    /// <summary>How often a run is due; null when nobody says.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Reads the history of a series.</summary>
    /// <param name="store">The store.</param>
    /// <param name="series">The series.</param>
    /// <param name="limit">The most runs to tell about.</param>
    /// <param name="every">How often a run is due; null when nobody says.</param>
    /// <param name="now">The time, to tell whether the next run is overdue.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<RunHistory> ReadAsync(
        HistoryStore store,
        string series,
        int limit,
        TimeSpan? every,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(store);
        var runs = await store.RunsAsync(series, limit, cancellationToken);
        if (runs.IsEmpty)
        {
            return new RunHistory
            {
                Series = series,
                Runs = [],
                Gaps = [],
                Every = every,
            };
        }

        var findings = await store.FindingsAsync(series, runs[^1].Number, cancellationToken);
        var changes = await store.ChangesAsync(series, cancellationToken);
        var appeared = findings.ToLookup(finding => finding.FirstRun);
        var vanished = findings
            .Where(finding => finding is { UntilRun: not null, IsAboutChange: false })
            .ToLookup(finding => finding.UntilRun!.Value);
        return new RunHistory
        {
            Series = series,
            Runs =
            [
                .. runs.Select(run => new HistoryRun(
                    run,
                    [.. Ordered(appeared[run.Number])],
                    [.. Ordered(vanished[run.Number])],
                    changes.GetValueOrDefault(run.Number)
                )),
            ],
            Gaps = every is { } due ? [.. GapsOf(runs, due, now)] : [],
            Every = every,
        };
    }

    /// <summary>When a run belongs to: when the estate was captured, else when it finished.</summary>
    public static DateTimeOffset TimeOf(StoredRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Captured ?? run.Finished;
    }

    // As evidence-incomplete (DRF-006) judges it: late is more than half an interval.
    private static IEnumerable<HistoryGap> GapsOf(ImmutableArray<StoredRun> runs, TimeSpan every, DateTimeOffset now)
    {
        if (Missing(TimeOf(runs[0]), now, every) is > 0 and var overdue)
        {
            yield return new HistoryGap(runs[0], null, overdue);
        }

        for (var i = 0; i + 1 < runs.Length; i++)
        {
            if (Missing(TimeOf(runs[i + 1]), TimeOf(runs[i]), every) is > 0 and var missing)
            {
                yield return new HistoryGap(runs[i + 1], runs[i], missing);
            }
        }
    }

    private static int Missing(DateTimeOffset from, DateTimeOffset to, TimeSpan every) =>
        to - from > every + (every / 2) ? Math.Max(1, (int)Math.Round((to - from) / every) - 1) : 0;

    private static IEnumerable<StoredFinding> Ordered(IEnumerable<StoredFinding> findings) =>
        findings
            .OrderBy(finding =>
                finding.Level switch
                {
                    "error" => 0,
                    "warning" => 1,
                    "note" => 2,
                    "open" => 3,
                    _ => 4,
                }
            )
            .ThenBy(finding => finding.Rule, StringComparer.Ordinal)
            .ThenBy(finding => finding.Fingerprint, StringComparer.Ordinal);
}
