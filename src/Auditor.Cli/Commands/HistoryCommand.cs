using System.CommandLine;
using System.Text;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.History.Series;
using Auditor.History.Store;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor history</c>: past runs, the gaps between them, and how findings came and went.</summary>
internal static class HistoryCommand
{
    private const int DefaultRuns = 30;
    private const string Bars = "▁▂▃▄▅▆▇█";

    public static Command Create(ConsoleEnvironment environment)
    {
        var config = StoreOptions.Config();
        var store = StoreOptions.Store();
        var series = StoreOptions.Series();
        var every = new Option<string?>("--every")
        {
            Description = "How often an audit is due, e.g. 1d; nights without one are told. Default: 'every' of auditor.yaml.",
            HelpName = "SPAN",
        };
        var limit = new Option<int>("--last")
        {
            Description = "How many runs are told about.",
            DefaultValueFactory = _ => DefaultRuns,
            HelpName = "N",
        };
        var format = Choice.Option("--format", "How the history looks.", "text", "text", "json");
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Tell for every run what appeared and vanished." };
        var command = new Command("history", "Tell about past audits: which there were and were not, and how findings came and went.")
        {
            config,
            store,
            series,
            every,
            limit,
            format,
            verbose,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var configuration = AuditorConfiguration.Read(
                    AuditorConfiguration.Find(result.GetValue(config), [], environment.WorkingFolder),
                    null,
                    environment.WorkingFolder,
                    AllRules.Infos
                );
                var location =
                    StoreOptions.LocationOf(result.GetValue(store), configuration, environment)
                    ?? throw new UsageException(
                        $"There is no store: name one with --store, or as 'store' in {AuditorConfiguration.FileName}."
                    );
                var history = await ReadAsync(
                    location,
                    StoreOptions.SeriesOf(result.GetValue(series), configuration),
                    Math.Max(1, result.GetValue(limit)),
                    StoreOptions.Span(result.GetValue(every), "--every") ?? configuration.Every,
                    environment,
                    cancellationToken
                );
                await environment.PrintAsync(
                    result.GetValue(format) == "json" ? HistoryJson.Render(history) : Text(history, result.GetValue(verbose)),
                    cancellationToken
                );
                return ExitCode.Clean;
            }
        );
        return command;
    }

    private static async Task<RunHistory> ReadAsync(
        StoreLocation location,
        string series,
        int limit,
        TimeSpan? every,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // To look is not to make: a misspelled store would otherwise be an empty history.
            location.RequireExisting();
            await using var store = await HistoryStore.LookAsync(location, environment.Clock, cancellationToken);
            var history = await RunHistory.ReadAsync(store, series, limit, every, environment.Clock.GetUtcNow(), cancellationToken);
            if (!history.Runs.IsEmpty)
            {
                return history;
            }

            var known = await store.SeriesAsync(cancellationToken);
            throw new UsageException(
                known.IsEmpty
                    ? $"The {location.Description} holds no audit yet: 'auditor audit --store …' adds one."
                    : CommandLine.Meant(
                        $"The {location.Description} holds no audit of '{series}'",
                        series,
                        known,
                        $"it holds {string.Join(", ", known)} (--series)"
                    )
            );
        }
        catch (StoreException e)
        {
            throw new UsageException(StoreOptions.Sentence(e));
        }
    }

    private static string Text(RunHistory history, bool everything)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(Neutral.Line(line)).Append('\n');
        var runs = history.Runs;
        Line($"{history.Series}: {Nouns.Count(runs.Length, "runs")}, {Time(runs[^1])} to {Time(runs[0])} UTC");
        text.Append('\n');
        Line(" run  time              exit  errors  warnings  notes  open   new  gone  changes");
        foreach (var run in runs)
        {
            Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{run.Run.Number, 4}  {Time(run)}  {run.Run.ExitCode, 4}  {run.Run.Errors, 6}  {run.Run.Warnings, 8}  {run.Run.Notes, 5}  {run.Run.Open, 4}  {run.Appeared.Length, 4}  {run.Vanished.Length, 4}  {run.Changes, 7}{(run.Run.Gaps.IsEmpty ? "" : "  incomplete")}"
                )
            );
        }

        text.Append('\n');
        Line($"errors   {Trend(runs, run => run.Errors)}");
        Line($"warnings {Trend(runs, run => run.Warnings)}");
        foreach (var gap in history.Gaps)
        {
            Line(
                gap.Until is { } until
                    ? $"gap      {Nouns.Count(gap.Missing, "runs")} missing between run {Number(gap.After)} and run {Number(until)}"
                    : $"gap      {Nouns.Count(gap.Missing, "runs")} missing since run {Number(gap.After)}"
            );
        }

        foreach (var run in runs.Take(everything ? runs.Length : 1))
        {
            if (run.Run.Number == 1 && !everything)
            {
                break;
            }

            foreach (var gap in run.Run.Gaps.Take(everything ? int.MaxValue : 5))
            {
                Line($"run {Number(run.Run)}: incomplete: {gap}");
            }

            foreach (var finding in run.Appeared)
            {
                Line($"run {Number(run.Run)}: new   {finding.Level} {finding.Rule} {finding.Place}: {finding.Message}");
            }

            foreach (var finding in run.Vanished)
            {
                Line($"run {Number(run.Run)}: gone  {finding.Level} {finding.Rule} {finding.Place}: {finding.Message}");
            }
        }

        return text.ToString();
    }

    // From the oldest to the latest, each as high as it is bad.
    private static string Trend(ImmutableArray<HistoryRun> runs, Func<StoredRun, int> count)
    {
        var counts = runs.Reverse().Select(run => count(run.Run)).ToArray();
        var most = counts.Max();
        return string.Concat(counts.Select(value => Bars[most == 0 ? 0 : value * (Bars.Length - 1) / most]))
            + string.Create(CultureInfo.InvariantCulture, $"  {counts[0]} → {counts[^1]}");
    }

    private static string Number(StoredRun run) => run.Number.ToString(CultureInfo.InvariantCulture);

    private static string Time(HistoryRun run) =>
        RunHistory.TimeOf(run.Run).UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
