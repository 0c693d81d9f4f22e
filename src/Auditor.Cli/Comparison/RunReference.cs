using Auditor.Cli.Output;
using Auditor.History.Store;

namespace Auditor.Cli.Comparison;

/// <summary>A run of a store, as a command line names it: <c>run:12</c> or <c>run:last</c>.</summary>
internal static class RunReference
{
    private const string Prefix = "run:";

    /// <summary>Whether a word names a run; a file or folder of that name comes first.</summary>
    public static bool Is(string given, ConsoleEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(given);
        return given.StartsWith(Prefix, StringComparison.Ordinal) && !Path.Exists(Path.GetFullPath(given, environment.WorkingFolder));
    }

    /// <summary>The run that a word names.</summary>
    /// <param name="given">The word.</param>
    /// <param name="store">The store and the series; null when none is configured.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UsageException">There is no such run, or no store to look in.</exception>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<StoredRun> FindAsync(
        string given,
        (HistoryStore Store, string Series)? store,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(given);
        var (known, series) =
            store
            ?? throw new UsageException($"'{given}' is a run of a store: name the store with --store, or as 'store' in auditor.yaml.");
        var wanted = given[Prefix.Length..];
        var runs = await known.RunsAsync(series, int.MaxValue, cancellationToken);
        var run =
            wanted == "last" ? runs.FirstOrDefault()
            : int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? runs.FirstOrDefault(candidate => candidate.Number == number)
            : throw new UsageException($"'{given}': name a run by its number, like run:12, or as run:last.");
        return run
            ?? throw new UsageException(
                runs.IsEmpty
                    ? $"'{given}': the store holds no run of '{series}'."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{given}': the store holds runs {runs[^1].Number} to {runs[0].Number} of '{series}'."
                    )
            );
    }
}
