using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.History.Snapshots;
using Auditor.History.Store;
using Auditor.Model;
using Auditor.Trace;

namespace Auditor.Cli.Comparison;

/// <summary>One side of a comparison: what a path holds, or a run of a store.</summary>
internal sealed record ComparedState
{
    /// <summary>How a run of a store is named on a command line.</summary>
    private const string RunPrefix = "run:";

    /// <summary>As it was given.</summary>
    public required string Given { get; init; }

    /// <summary>What it turned out to be: <c>recording</c>, <c>bundles</c>, <c>run</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The state in words.</summary>
    public required string Description { get; init; }

    /// <summary>What was read; null for a run, of which the state is kept and not the estate.</summary>
    public Input? Input { get; init; }

    /// <summary>The state of a run; null for what was read from a path.</summary>
    public Snapshot? Kept { get; init; }

    /// <summary>Whether it is what is declared, laid over what is live.</summary>
    public bool IsDeclared { get; private init; }

    /// <summary>What could not be read of it, ordered.</summary>
    public ImmutableArray<string> Gaps { get; init; } = [];

    /// <summary>The estate; an empty one for a run.</summary>
    public Landscape Landscape => Input?.Landscape ?? new Landscape { CapturedAt = Kept?.CapturedAt };

    /// <summary>Reads a side.</summary>
    /// <param name="given">A path, <c>run:N</c> or <c>run:last</c>.</param>
    /// <param name="redactor">The same for both sides, so that a secret that did not change shows as that.</param>
    /// <param name="store">The store of runs; null when none is configured.</param>
    /// <param name="environment">Where relative paths begin.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UsageException">There is no such run, or no store to look in.</exception>
    public static async Task<ComparedState> ReadAsync(
        string given,
        Redactor redactor,
        (HistoryStore Store, string Series)? store,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        if (given.StartsWith(RunPrefix, StringComparison.Ordinal) && !Path.Exists(Path.GetFullPath(given, environment.WorkingFolder)))
        {
            return store is { } known
                ? await ReadRunAsync(given, known.Store, known.Series, cancellationToken)
                : throw new UsageException($"'{given}' is a run of a store: name the store with --store, or as 'store' in auditor.yaml.");
        }

        var input = await new InputReader(redactor).ReadAsync([given], environment.WorkingFolder, cancellationToken);
        given = Audit.Shown(given, environment.WorkingFolder);
        return new ComparedState
        {
            Given = given,
            Kind = input.Sources[0].Kind,
            Description = input.Landscape.CapturedAt is { } time
                ? string.Create(CultureInfo.InvariantCulture, $"{given} of {time.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
                : given,
            Input = input,
            Gaps =
            [
                .. input
                    .Landscape.Coverage.Where(entry => entry.Coverage.IsGap)
                    .Select(entry => $"{given}: {entry.Part}: {entry.Coverage.State} ({entry.Coverage.Reason})"),
            ],
        };
    }

    /// <summary>What is declared here, in the place of what is live there.</summary>
    /// <param name="live">The live state.</param>
    /// <param name="redactionKey">The name of the key by which what was read here was fingerprinted.</param>
    /// <exception cref="UsageException">One of the two is a run, of which only the state is kept.</exception>
    public ComparedState Over(ComparedState live, string redactionKey) =>
        Input is { } own && live.Input is not null
            ? this with
            {
                IsDeclared = true,
                Input = own with { Landscape = DeclaredEstate.Of(own.Landscape, live.Landscape, redactionKey) },
            }
            : throw new UsageException("--declared compares what was read from paths; a run of a store is neither declared nor live.");

    /// <summary>The state, with who can do what in it.</summary>
    public Snapshot Snapshot(AuditSettings settings, CancellationToken cancellationToken) =>
        Kept
        ?? SnapshotBuilder.Build(
            Landscape,
            AccessFacts.Of(TracedLandscape.Build(Landscape, settings, null, cancellationToken)),
            Description
        );

    private static async Task<ComparedState> ReadRunAsync(
        string given,
        HistoryStore store,
        string series,
        CancellationToken cancellationToken
    )
    {
        var wanted = given[RunPrefix.Length..];
        var runs = await store.RunsAsync(series, int.MaxValue, cancellationToken);
        var run =
            wanted == "last" ? runs.FirstOrDefault()
            : int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? runs.FirstOrDefault(candidate => candidate.Number == number)
            : throw new UsageException($"'{given}': name a run by its number, like run:12, or as run:last.");
        return run is null
            ? throw new UsageException(
                runs.IsEmpty
                    ? $"'{given}': the store holds no run of '{series}'."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{given}': the store holds runs {runs[^1].Number} to {runs[0].Number} of '{series}'."
                    )
            )
            : new ComparedState
            {
                Given = given,
                Kind = "run",
                Description = run.Description,
                Kept = await store.StateAsync(run, cancellationToken),
                Gaps = [.. run.Gaps.Select(gap => $"{run.Description}: {gap}")],
            };
    }
}
