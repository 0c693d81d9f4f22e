using System.CommandLine;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Drift;
using Auditor.Model.Findings;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor audit [PATH…]</c>: read, check, report.</summary>
internal static class AuditCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var paths = AuditArguments.Paths();
        var config = AuditArguments.Config();
        var reports = new ReportArguments();
        var failOn = FailOn("The level from which findings make the audit fail.");
        var rules = RuleArguments.Option("--rules", "Only these rules: ids, names, families, core.");
        var exclude = RuleArguments.Option("--exclude-rules", "Not these rules.");
        var environments = AuditArguments.Environments();
        var exceptions = AuditArguments.Exceptions();
        var baseline = new Option<string?>("--baseline")
        {
            Description = "The file of known findings ('auditor baseline create' writes it): they are told and do not fail.",
            HelpName = "FILE",
        };
        var allowIncomplete = new Option<bool>("--allow-incomplete")
        {
            Description = "Let what was found decide the exit code when the audit is incomplete.",
        };
        var strict = new Option<bool>("--strict") { Description = "Count what is open as incomplete." };
        var offline = new Option<bool>("--offline") { Description = "Use no network at all." };
        var deterministic = new Option<bool>("--deterministic") { Description = "Leave out times that are not in the input." };
        var store = StoreOptions.Store();
        var series = StoreOptions.Series();
        var compareWith = new Option<string?>("--compare-with")
        {
            Description =
                "The state to compare with instead of the last run of the store: a path, run:N, or what is declared (Terraform, a checkout).",
            HelpName = "STATE",
        };
        var wait = StoreOptions.Wait();
        var failOnDrift = new Option<bool>("--fail-on-drift")
        {
            Description = "Let every change that is not accepted make the audit fail.",
        };
        var newOnly = new Option<bool>("--new-only")
        {
            Description = "List and count only findings that are not in the baseline, or that the last run did not have.",
        };
        var noProgress = new Option<bool>("--no-progress") { Description = "Show no progress." };
        var command = new Command("audit", "Check an estate and report. The main job.")
        {
            paths,
            config,
            reports.Report,
            reports.SarifProfile,
            failOn,
            rules,
            exclude,
            environments,
            exceptions,
            baseline,
            allowIncomplete,
            strict,
            offline,
            deterministic,
            store,
            series,
            compareWith,
            wait,
            failOnDrift,
            newOnly,
            noProgress,
        };
        foreach (var option in reports.Looks)
        {
            command.Add(option);
        }

        var live = new LiveOptions();
        live.AddTo(command);
        command.SetAction(
            (result, cancellationToken) =>
                RunAsync(
                    environment,
                    new AuditRequest
                    {
                        Paths = result.GetValue(paths) ?? [],
                        Live = configuration => live.Sources(result, configuration, environment),
                        Config = result.GetValue(config),
                        Exceptions = result.GetValue(exceptions),
                        Baseline = result.GetValue(baseline),
                        FailOn = LevelOf(result.GetValue(failOn)!),
                        Rules = RuleArguments.Words(result.GetValue(rules)),
                        Excluded = RuleArguments.Words(result.GetValue(exclude)),
                        Environments = RuleArguments.Words(result.GetValue(environments)),
                        Strict = result.GetValue(strict),
                        Offline = result.GetValue(offline),
                        Deterministic = result.GetValue(deterministic),
                        FailOnDrift = result.GetValue(failOnDrift),
                        NewOnly = result.GetValue(newOnly),
                        Progress = !result.GetValue(noProgress) && !reports.IsQuiet(result),
                    },
                    new Wishes
                    {
                        Reports = reports.Requests(result),
                        Style = reports.Style(result, environment),
                        AllowIncomplete = result.GetValue(allowIncomplete),
                        Store = result.GetValue(store),
                        Series = result.GetValue(series),
                        CompareWith = result.GetValue(compareWith),
                        Wait = StoreOptions.Span(result.GetValue(wait), "--wait"),
                    },
                    cancellationToken
                )
        );
        return command;
    }

    /// <summary><c>--fail-on</c>.</summary>
    public static Option<string> FailOn(string description) =>
        Choice.Option("--fail-on", description, "error", "error", "warning", "note", "never");

    /// <summary>The level that <c>--fail-on</c> names; null: never.</summary>
    public static Level? LevelOf(string word) =>
        word switch
        {
            "error" => Level.Error,
            "warning" => Level.Warning,
            "note" => Level.Note,
            _ => null,
        };

    // What the command does with the audit, beyond what is audited.
    private sealed record Wishes
    {
        public required ImmutableArray<ReportRequest> Reports { get; init; }
        public required ReportStyle Style { get; init; }
        public required bool AllowIncomplete { get; init; }
        public required string? Store { get; init; }
        public required string? Series { get; init; }
        public required string? CompareWith { get; init; }
        public required TimeSpan? Wait { get; init; }
    }

    private static async Task<int> RunAsync(
        ConsoleEnvironment environment,
        AuditRequest request,
        Wishes wishes,
        CancellationToken cancellationToken
    )
    {
        var configuration = Audit.ConfigurationOf(request, environment);
        await using var series = await AuditedSeries.BeginAsync(
            wishes.Store,
            wishes.Series,
            wishes.Wait,
            configuration,
            environment,
            cancellationToken
        );
        RequireComparison(request, wishes, series);
        var redactor = series?.RedactionKey is { } key ? new Redactor(key.Span) : new Redactor();
        var compared = wishes.CompareWith is { } state
            ? await ComparedState.ReadAsync(state, redactor, series?.Named, environment, cancellationToken)
            : null;
        using var audit = await Audit.ReadAsync(
            environment,
            request with
            {
                // Whoever changed something since the state that is compared with, however many runs ago that was.
                ChangesSince = compared is null ? series?.Previous?.Time : compared.Landscape.CapturedAt,
            },
            configuration,
            redactor,
            cancellationToken
        );
        var landscape = audit.Input.Landscape;
        compared = compared?.Against(audit.Input, redactor.KeyName);
        var compareWith = compared?.Snapshot(configuration.Settings, cancellationToken);
        var asked = new AuditSelection(request.Environments, request.Rules, request.Excluded);
        var run = audit.Run(
            cancellationToken,
            (access, chosen) =>
                Marked(
                    series is not null ? series.Compare(landscape, access, compareWith, AuditedSeries.DigestOf(chosen, asked))
                        : compareWith is not null
                            ? StateComparison.Of(
                                compareWith,
                                SnapshotBuilder.Build(landscape, access, "this run"),
                                landscape,
                                configuration,
                                environment.Clock.GetUtcNow()
                            )
                        : null,
                    compared
                )
        );
        if (series is not null)
        {
            run = await series.KeepAsync(series.Mark(run), landscape, wishes.AllowIncomplete, environment, cancellationToken);
        }

        await ReportArguments.WriteAsync(run, wishes.Reports, wishes.Style, environment, cancellationToken);
        if (run.Outcome == AuditOutcome.Nothing)
        {
            await environment.StandardError.WriteLineAsync(
                $"auditor: nothing to audit in {string.Join(", ", audit.Names.Select(name => $"'{name}'"))}: {(audit.Input.Terraform is null ? "no bundle folder (apiproxy, sharedflowbundle), archive or recording was found." : "of what Terraform declares there nothing can be judged alone: compare it with a recording ('auditor diff').")}"
            );
        }

        return ExitCode.Of(run, wishes.AllowIncomplete);
    }

    // Rules say other things of what differs from what is declared than of what changed.
    private static EstateComparison? Marked(EstateComparison? comparison, ComparedState? compared) =>
        comparison is null ? null : comparison with { IsDeclared = compared?.IsDeclared == true };

    private static void RequireComparison(AuditRequest request, Wishes wishes, AuditedSeries? series)
    {
        foreach (
            var option in new[] { (request.FailOnDrift, "--fail-on-drift"), (request.NewOnly, "--new-only") }
                .Where(option => option.Item1)
                .Select(option => option.Item2)
        )
        {
            if (series is null && (option == "--new-only" ? request.Baseline is null : wishes.CompareWith is null))
            {
                throw new UsageException(
                    $"{option} needs something to compare with: name a store with --store, or as 'store' in {AuditorConfiguration.FileName}{(option == "--new-only" ? ", or a baseline with --baseline" : "")}."
                );
            }
        }
    }
}
