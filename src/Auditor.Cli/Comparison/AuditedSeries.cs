using System.Security.Cryptography;
using System.Text;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Cli.Comparison;

/// <summary>
/// An audit as one of a series: what the last finished one looked like and found, and where this one is kept. A store that cannot be used never takes the audit with it: it is a gap of
/// the audit, and is told.
/// </summary>
internal sealed class AuditedSeries : IAsyncDisposable
{
    private readonly OpenedStore? opened;
    private readonly IAsyncDisposable? claim;
    private readonly AuditorConfiguration configuration;
    private readonly DateTimeOffset started;
    private readonly ImmutableArray<StoredFinding> known;
    private readonly PastState? earlier;
    private Snapshot? state;

    private AuditedSeries(
        OpenedStore? opened,
        IAsyncDisposable? claim,
        AuditorConfiguration configuration,
        DateTimeOffset started,
        StoredRun? previous,
        PastState? earlier,
        ImmutableArray<StoredFinding> known,
        string? fault
    )
    {
        this.opened = opened;
        this.claim = claim;
        this.configuration = configuration;
        this.started = started;
        this.earlier = earlier;
        this.known = known;
        Previous = previous;
        Fault = fault;
    }

    /// <summary>The last finished run; null for the first, and when the store cannot be read.</summary>
    public StoredRun? Previous { get; }

    /// <summary>Why the store cannot be used; null when it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>The key of the store's fingerprints; null when there is none.</summary>
    public ReadOnlyMemory<byte>? RedactionKey => opened?.Store.RedactionKey;

    /// <summary>The store and the series; null when the store cannot be used.</summary>
    public (HistoryStore Store, string Series)? Named => opened?.Named;

    /// <summary>Begins an audit of a series; null when no store is configured.</summary>
    /// <param name="store">The store as the command line names it; null for that of the configuration.</param>
    /// <param name="series">The series as the command line names it; null for that of the configuration.</param>
    /// <param name="wait">How long to wait for another run of the series to end; null: not at all.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="environment">The clock, and where to say things.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="SeriesBusyException">Another run of the series is going on.</exception>
    /// <exception cref="UsageException">The location of the store cannot be understood.</exception>
    public static async Task<AuditedSeries?> BeginAsync(
        string? store,
        string? series,
        TimeSpan? wait,
        AuditorConfiguration configuration,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        var begun = environment.Clock.GetUtcNow();
        var location = StoreOptions.LocationOf(store, configuration, environment);
        if (location is null)
        {
            return null;
        }

        OpenedStore? own = null;
        IAsyncDisposable? held = null;
        try
        {
#pragma warning disable CA2000 // The series holds it, and disposes of it.
            own = await OpenedStore.OpenAsync(location, StoreOptions.SeriesOf(series, configuration), environment.Clock, cancellationToken);
#pragma warning restore CA2000
            held = await ClaimAsync(own, wait, environment, cancellationToken);
            var previous = (await own.Store.RunsAsync(own.Series, 1, cancellationToken)).FirstOrDefault();
            return previous is null
                ? new AuditedSeries(own, held, configuration, begun, null, null, [], null)
                : new AuditedSeries(
                    own,
                    held,
                    configuration,
                    begun,
                    previous,
                    await own.Store.PastAsync(previous, cancellationToken),
                    [
                        .. (await own.Store.FindingsAsync(own.Series, previous.Number, cancellationToken)).Where(finding =>
                            finding.UntilRun is null
                        ),
                    ],
                    null
                );
        }
        catch (StoreException e)
        {
            if (held is not null)
            {
                await held.DisposeAsync();
            }

            if (own is not null)
            {
                await own.DisposeAsync();
            }

            return new AuditedSeries(null, null, configuration, begun, null, null, [], e.Message);
        }
        catch (SeriesBusyException)
        {
            await own!.DisposeAsync();
            throw;
        }
    }

    /// <summary>What changed since the last finished run, or since another state; null when there is neither.</summary>
    /// <param name="landscape">The estate.</param>
    /// <param name="access">Who can do what in it.</param>
    /// <param name="other">The state to compare with instead of that of the last run; null for that.</param>
    /// <param name="rules">The digest of what this audit asks.</param>
    public EstateComparison? Compare(Landscape landscape, ImmutableArray<AccessFact> access, Snapshot? other, string rules)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        state = SnapshotBuilder.Build(landscape, access, "this run");
        try
        {
            return (other ?? earlier?.Open(state)) is { } before
                ? StateComparison.Of(before, state, landscape, configuration, started) with
                {
                    Evidence = Previous is null ? null : EvidenceOf(landscape, rules),
                }
                : null;
        }
        catch (StoreException e)
        {
            Fault = e.Message;
            return null;
        }
    }

    private EvidenceState EvidenceOf(Landscape landscape, string rules) =>
        new()
        {
            Series = opened!.Series,
            Previous = Previous!.Time,
            Now = landscape.CapturedAt ?? started,
            Every = configuration.Every,
            PreviousGaps = Previous.Gaps,
            PreviousVersion = Previous.ToolVersion,
            Version = ProductVersion.Text,
            RulesDiffer = Previous.Rules != rules,
            Location = new SourceLocation("recording.json"),
        };

    /// <summary>Marks what is new since the last finished run, and lists what is gone. What is wrong with the store is a gap of the run.</summary>
    public AuditRun Mark(AuditRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (Fault is not null)
        {
            return run with { Gaps = [.. run.Gaps.Append("history: the " + Fault).Order(StringComparer.Ordinal)] };
        }

        if (Previous is null)
        {
            return run;
        }

        var before = known.Select(finding => finding.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var now = run.Findings.Select(finding => finding.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var ran = run.Rules.Select(rule => rule.Info.Id).ToHashSet(StringComparer.Ordinal);
        return run with
        {
            // With a baseline as well, new is what neither of them knows.
            Findings =
            [
                .. run.Findings.Select(finding => finding with { IsNew = finding.IsNew != false && !before.Contains(finding.Fingerprint) }),
            ],
            Vanished =
            [
                .. known
                    .Where(finding => !now.Contains(finding.Fingerprint) && ran.Contains(finding.Rule) && !finding.IsAboutChange)
                    .Select(finding => new VanishedFinding(finding.Rule, finding.Level, finding.Message, finding.Place)),
            ],
        };
    }

    /// <summary>
    /// Keeps a run that is finished and marked. A run that cannot be kept is a run all the same: it is told what happened, and the next one is compared with an older one.
    /// </summary>
    /// <returns>The run as it is to be reported.</returns>
    public async Task<AuditRun> KeepAsync(
        AuditRun run,
        Landscape landscape,
        bool allowIncomplete,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.IsEmpty)
        {
            return run;
        }

        var fault =
            Fault ?? await AddAsync(run, landscape, ExitCode.Of(run, allowIncomplete), environment.Clock.GetUtcNow(), cancellationToken);
        if (fault is null)
        {
            return run;
        }

        await environment.ComplainAsync($"the {fault}.");
        return Fault is null ? run with { Gaps = [.. run.Gaps.Append("history: the " + fault).Order(StringComparer.Ordinal)] } : run;
    }

    /// <summary>Keeps a finished run, and forgets those that are older than the configuration wants.</summary>
    /// <returns>Why it could not be kept; null when it was.</returns>
    private async Task<string?> AddAsync(
        AuditRun run,
        Landscape landscape,
        int exitCode,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (opened is null)
        {
            return null;
        }

        var record = new RunRecord(
            new StoredRun
            {
                Series = opened.Series,
                Number = 0,
                Started = started,
                Finished = now,
                Captured = landscape.CapturedAt,
                ToolVersion = run.ToolVersion,
                Rules = DigestOf(run.Rules.Select(rule => rule.Info), run.Selection),
                ExitCode = exitCode,
                Gaps = run.Gaps,
                Errors = run.Count(Level.Error),
                Warnings = run.Count(Level.Warning),
                Notes = run.Count(Level.Note),
                Open = run.OpenCount,
            },
            state ?? SnapshotBuilder.Build(landscape, run.Access, "this run"),
            [.. run.Findings.Select(StoredFinding.Of)]
        )
        {
            Rules = [.. run.Rules.Select(rule => rule.Info.Id)],
            Document = RunDocument.Write(run),
        };
        try
        {
            await opened.Store.AddAsync(record, cancellationToken);
            if (configuration.Keep is { } keep)
            {
                await opened.Store.ForgetAsync(opened.Series, now - keep, cancellationToken);
            }

            return null;
        }
        catch (StoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>A digest of what an audit asks: two with the same asked the same.</summary>
    public static string DigestOf(IEnumerable<RuleInfo> rules, AuditSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var text =
            string.Join('\n', rules.Select(rule => rule.Id).Order(StringComparer.Ordinal))
            + "\n\n"
            + string.Join('\n', selection.Environments);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (claim is not null)
        {
            await claim.DisposeAsync();
        }

        if (opened is not null)
        {
            await opened.DisposeAsync();
        }
    }

    private static async Task<IAsyncDisposable> ClaimAsync(
        OpenedStore opened,
        TimeSpan? wait,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        var until = environment.Clock.GetUtcNow() + (wait ?? TimeSpan.Zero);
        while (true)
        {
            if (await opened.Store.ClaimAsync(opened.Series, cancellationToken) is { } claim)
            {
                return claim;
            }

            if (environment.Clock.GetUtcNow() >= until)
            {
                throw new SeriesBusyException(
                    $"Another audit of '{opened.Series}' is going on; this one would overlap it. Wait for it, or let this one wait with --wait 30m."
                );
            }

            await Task.Delay(TimeSpan.FromSeconds(1), environment.Clock, cancellationToken);
        }
    }
}

/// <summary>Another audit of the same series is going on.</summary>
internal sealed class SeriesBusyException : Exception
{
    /// <summary>Says which, and what to do.</summary>
    public SeriesBusyException(string message)
        : base(message) { }

    /// <summary>Another audit is going on.</summary>
    public SeriesBusyException() { }

    /// <summary>Another audit is going on.</summary>
    public SeriesBusyException(string message, Exception innerException)
        : base(message, innerException) { }
}
