using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.History.Store;

namespace Auditor.Cli.Comparison;

/// <summary>The options by which commands find a store, and the series of runs within it.</summary>
internal static class StoreOptions
{
    /// <summary>The series when nothing names another.</summary>
    public const string DefaultSeries = "default";

    /// <summary><c>--config</c> of commands that look into a store.</summary>
    public static Option<string?> Config() =>
        new("--config") { Description = "The configuration. Default: auditor.yaml, from the current folder upwards.", HelpName = "FILE" };

    public static Option<string?> Store() =>
        new("--store")
        {
            Description = "The store of past runs: a file, or postgresql://user@host/database. Default: 'store' of auditor.yaml.",
            HelpName = "LOCATION",
        };

    public static Option<string?> Series() =>
        new("--series") { Description = "The estate within the store, when it holds several.", HelpName = "NAME" };

    /// <summary><c>--wait</c>.</summary>
    public static Option<string?> Wait() =>
        new("--wait")
        {
            Description = "How long to wait for another audit of the series to end, e.g. 30m. Default: refuse at once.",
            HelpName = "SPAN",
        };

    /// <summary><c>--every</c> and the like: a number of hours or days.</summary>
    /// <exception cref="UsageException">It is no such span.</exception>
    public static TimeSpan? Span(string? text, string where) =>
        text is null ? null
        : int.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and < 10_000
            ? text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => throw NoSpan(text, where),
            }
        : throw NoSpan(text, where);

    /// <summary>Where the store is; null when none is named.</summary>
    /// <exception cref="UsageException">The location cannot be understood.</exception>
    public static StoreLocation? LocationOf(string? store, AuditorConfiguration configuration, ConsoleEnvironment environment)
    {
        // A location on the command line is relative to the current folder, one in a configuration to the configuration.
        var (location, folder) = store is not null
            ? (store, environment.WorkingFolder)
            : (configuration.Store, configuration.File is { } file ? Path.GetDirectoryName(file)! : environment.WorkingFolder);
        try
        {
            return location is null ? null : StoreLocation.Parse(location, folder);
        }
        catch (StoreException e)
        {
            throw new UsageException(Sentence(e));
        }
    }

    /// <summary>The series that a command is about.</summary>
    public static string SeriesOf(string? series, AuditorConfiguration configuration) => series ?? configuration.Series ?? DefaultSeries;

    /// <summary>Opens the store that is named, to look into it; null when none is.</summary>
    /// <exception cref="UsageException">The store cannot be used.</exception>
    public static async Task<OpenedStore?> LookAsync(
        string? store,
        string? series,
        AuditorConfiguration configuration,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        if (LocationOf(store, configuration, environment) is not { } location)
        {
            return null;
        }

        try
        {
            return new OpenedStore(
                await HistoryStore.LookAsync(location, environment.Clock, cancellationToken),
                SeriesOf(series, configuration)
            );
        }
        catch (StoreException e)
        {
            throw new UsageException(Sentence(e));
        }
    }

    /// <summary>A run of a store, whole.</summary>
    /// <exception cref="UsageException">There is no such run, or only what it found is kept of it.</exception>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<AuditRun> RunAsync(
        string given,
        string? store,
        string? series,
        AuditorConfiguration configuration,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        // To look is not to make: a misspelled store would otherwise be an empty one.
        LocationOf(store, configuration, environment)?.RequireExisting();
        await using var opened = await LookAsync(store, series, configuration, environment, cancellationToken);
        var run = await RunReference.FindAsync(given, opened?.Named, cancellationToken);
        var document =
            await opened!.Store.DocumentAsync(run, cancellationToken)
            ?? throw new UsageException($"'{given}' was kept by a version of auditor that kept no documents: there is nothing to render.");
        try
        {
            return RunDocument.Read(document);
        }
        catch (RunDocumentException e)
        {
            throw new UsageException($"'{given}' cannot be rendered: {e.Message}.");
        }
    }

    /// <summary>What is wrong with a store, as a sentence.</summary>
    public static string Sentence(StoreException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var text = exception.Message;
        return text.StartsWith("store", StringComparison.Ordinal) ? $"The {text}." : char.ToUpperInvariant(text[0]) + text[1..] + ".";
    }

    private static UsageException NoSpan(string text, string where) => new($"{where}: '{text}' is no span like 30m, 12h or 7d.");
}

/// <summary>A store that is open, and the series that the command is about.</summary>
/// <param name="Store">The store.</param>
/// <param name="Series">The series.</param>
internal sealed record OpenedStore(HistoryStore Store, string Series) : IAsyncDisposable
{
    /// <summary>Opens a store.</summary>
    /// <exception cref="StoreException">It cannot be used.</exception>
    public static async Task<OpenedStore> OpenAsync(
        StoreLocation location,
        string series,
        TimeProvider clock,
        CancellationToken cancellationToken
    ) => new(await HistoryStore.OpenAsync(location, clock, cancellationToken), series);

    /// <summary>Store and series.</summary>
    public (HistoryStore Store, string Series) Named => (Store, Series);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
