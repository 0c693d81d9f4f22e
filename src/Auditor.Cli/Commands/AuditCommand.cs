using System.CommandLine;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.History.Snapshots;
using Auditor.Model;
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
            Description = "The state to compare with, a path or run:N, instead of the last run of the store.",
            HelpName = "STATE",
        };
        var wait = new Option<string?>("--wait")
        {
            Description = "How long to wait for another audit of the series to end, e.g. 30m. Default: refuse at once.",
            HelpName = "SPAN",
        };
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
                    configuration => live.Sources(result, configuration, environment),
                    new Request
                    {
                        Paths = result.GetValue(paths) ?? [],
                        Config = result.GetValue(config),
                        Reports = reports.Requests(result),
                        FailOn = result.GetValue(failOn)!,
                        Rules = RuleArguments.Words(result.GetValue(rules)),
                        Excluded = RuleArguments.Words(result.GetValue(exclude)),
                        Environments = RuleArguments.Words(result.GetValue(environments)),
                        Exceptions = result.GetValue(exceptions),
                        Baseline = result.GetValue(baseline),
                        AllowIncomplete = result.GetValue(allowIncomplete),
                        Strict = result.GetValue(strict),
                        Offline = result.GetValue(offline),
                        Store = result.GetValue(store),
                        Series = result.GetValue(series),
                        CompareWith = result.GetValue(compareWith),
                        Wait = StoreOptions.Span(result.GetValue(wait), "--wait"),
                        FailOnDrift = result.GetValue(failOnDrift),
                        NewOnly = result.GetValue(newOnly),
                        Deterministic = result.GetValue(deterministic),
                        Progress = !result.GetValue(noProgress) && !reports.IsQuiet(result),
                        Style = reports.Style(result, environment),
                    },
                    cancellationToken
                )
        );
        return command;
    }

    /// <summary><c>--fail-on</c>.</summary>
    public static Option<string> FailOn(string description) =>
        Choice.Option("--fail-on", description, "error", "error", "warning", "note", "never");

    private sealed record Request
    {
        public required string[] Paths { get; init; }
        public required string? Config { get; init; }
        public required ImmutableArray<ReportRequest> Reports { get; init; }
        public required string FailOn { get; init; }
        public required ImmutableArray<string> Rules { get; init; }
        public required ImmutableArray<string> Excluded { get; init; }
        public required ImmutableArray<string> Environments { get; init; }
        public required string? Exceptions { get; init; }
        public required string? Baseline { get; init; }
        public required bool AllowIncomplete { get; init; }
        public required bool Strict { get; init; }
        public required bool Offline { get; init; }
        public required string? Store { get; init; }
        public required string? Series { get; init; }
        public required string? CompareWith { get; init; }
        public required TimeSpan? Wait { get; init; }
        public required bool FailOnDrift { get; init; }
        public required bool NewOnly { get; init; }
        public required bool Deterministic { get; init; }
        public required bool Progress { get; init; }
        public required ReportStyle Style { get; init; }
    }

    private static async Task<int> RunAsync(
        ConsoleEnvironment environment,
        Func<AuditorConfiguration, LiveCollection> live,
        Request request,
        CancellationToken cancellationToken
    )
    {
        if (request.Paths.Contains("", StringComparer.Ordinal))
        {
            throw new UsageException("A PATH is empty; '.' is the current folder.");
        }

        foreach (var selector in request.Rules.Concat(request.Excluded))
        {
            RuleArguments.Require(selector);
        }

        var configuration = AuditorConfiguration.Read(
            AuditorConfiguration.Find(request.Config, request.Paths, environment.WorkingFolder),
            request.Exceptions,
            environment.WorkingFolder,
            AllRules.Infos
        );
        await using var series = await AuditedSeries.BeginAsync(
            request.Store,
            request.Series,
            request.Wait,
            configuration,
            environment,
            cancellationToken
        );
        RequireComparison(request, series);
        var redactor = series?.RedactionKey is { } key ? new Redactor(key.Span) : new Redactor();
        var compareWith = request.CompareWith is { } state
            ? (await ComparedState.ReadAsync(state, redactor, series?.Named, environment, cancellationToken)).Snapshot(
                configuration.Settings,
                cancellationToken
            )
            : null;
        var sources = SourcesOf(request, configuration, live);
        string[] paths = request.Paths is [] ? ["."] : request.Paths;
        using var progress = new Progress(environment, request.Progress);
        progress.Report("reading", 0, 0);
        using var recording = sources.IsEmpty ? null : new PrivateFolder();
        if (recording is not null)
        {
            await sources.RecordAsync(recording.Path, redactor, environment, progress, cancellationToken);
            paths = [recording.Path];
        }

        var input = await new InputReader(redactor).ReadAsync(paths, environment.WorkingFolder, cancellationToken);
        RequireEnvironments(request.Environments, input.Landscape);
        var asked = new AuditSelection(request.Environments, request.Rules, request.Excluded);
        var run = AuditEngine.Run(
            input.Landscape,
            input.Texts.Find,
            AllRules.Described,
            new AuditOptions
            {
                Settings = configuration.Settings with { Environments = request.Environments },
                Rules = request.Rules,
                ExcludedRules = request.Excluded,
                Levels = configuration.Levels,
                Exceptions = configuration.Accepted.Findings,
                AcceptedChanges = configuration.Accepted.Changes,
                Baseline = BaselineFile.Find(request.Baseline, environment.WorkingFolder),
                FailOn = LevelOf(request.FailOn),
                Strict = request.Strict,
                Deterministic = request.Deterministic,
                ToolVersion = ProductVersion.Text,
                DigestOf = input.Texts.Digest,
                Inputs =
                [
                    .. paths.Select(
                        (path, i) =>
                            new AuditInput(
                                recording is null ? Shown(path, environment.WorkingFolder) : string.Join(", ", sources.Names),
                                recording is null ? input.Sources[i].Kind : "live"
                            )
                            {
                                Prefix = input.Sources[i].Prefix,
                                Checkout = input.Sources[i].Checkout,
                            }
                    ),
                ],
            },
            environment.Clock.GetUtcNow(),
            progress.Report,
            cancellationToken,
            (access, chosen) =>
                series is not null ? series.Compare(input.Landscape, access, compareWith, AuditedSeries.DigestOf(chosen, asked))
                : compareWith is not null
                    ? StateComparison.Of(
                        compareWith,
                        SnapshotBuilder.Build(input.Landscape, access, "this run"),
                        input.Landscape,
                        configuration,
                        environment.Clock.GetUtcNow()
                    )
                : null
        ) with
        {
            FailOnDrift = request.FailOnDrift,
            NewOnly = request.NewOnly,
        };
        progress.Dispose();
        if (series is not null)
        {
            run = await KeptAsync(series, run, input.Landscape, request, environment, cancellationToken);
        }

        await ReportArguments.WriteAsync(run, request.Reports, request.Style, environment, cancellationToken);
        if (run.Outcome == AuditOutcome.Nothing)
        {
            await environment.StandardError.WriteLineAsync(
                $"auditor: nothing to audit in {string.Join(", ", paths.Select(path => $"'{Shown(path, environment.WorkingFolder)}'"))}: no bundle folder (apiproxy, sharedflowbundle), archive or recording was found."
            );
        }

        return ExitCode.Of(run, request.AllowIncomplete);
    }

    // A run that cannot be kept is a run all the same: it is told what happened, and the next one is compared with an older one.
    private static async Task<AuditRun> KeptAsync(
        AuditedSeries series,
        AuditRun run,
        Landscape landscape,
        Request request,
        ConsoleEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        run = series.Mark(run);
        if (run.IsEmpty)
        {
            return run;
        }

        var fault =
            series.Fault
            ?? await series.KeepAsync(
                run,
                landscape,
                ExitCode.Of(run, request.AllowIncomplete),
                environment.Clock.GetUtcNow(),
                cancellationToken
            );
        if (fault is null)
        {
            return run;
        }

        await environment.ComplainAsync($"the {fault}.");
        return series.Fault is null ? run with { Gaps = [.. run.Gaps.Append("history: the " + fault).Order(StringComparer.Ordinal)] } : run;
    }

    private static void RequireComparison(Request request, AuditedSeries? series)
    {
        foreach (
            var option in new[] { (request.FailOnDrift, "--fail-on-drift"), (request.NewOnly, "--new-only") }
                .Where(option => option.Item1)
                .Select(option => option.Item2)
        )
        {
            if (series is null && (option == "--new-only" ? request.Baseline is null : request.CompareWith is null))
            {
                throw new UsageException(
                    $"{option} needs something to compare with: name a store with --store, or as 'store' in {AuditorConfiguration.FileName}{(option == "--new-only" ? ", or a baseline with --baseline" : "")}."
                );
            }
        }
    }

    // With no PATH: the sources of auditor.yaml or of the environment; without those, the current folder.
    private static LiveCollection SourcesOf(
        Request request,
        AuditorConfiguration configuration,
        Func<AuditorConfiguration, LiveCollection> live
    )
    {
        var isNamed = !configuration.Okta.IsEmpty || !configuration.Apigee.IsEmpty;
        if (request.Paths is not [] || (request.Offline && !isNamed))
        {
            return LiveCollection.None;
        }

        return request.Offline
            ? throw new UsageException(
                $"--offline: {AuditorConfiguration.FileName} names live sources; give a PATH ('.' is the current folder)."
            )
            : live(configuration);
    }

    /// <summary>A path as reports show it: never absolute.</summary>
    public static string Shown(string path, string workingFolder)
    {
        if (!Path.IsPathRooted(path))
        {
            return path;
        }

        var relative = Path.GetRelativePath(workingFolder, path).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFileName(path.TrimEnd('/')) : relative;
    }

    // A misspelled environment would leave nothing to judge, and nothing is never wrong.
    private static void RequireEnvironments(ImmutableArray<string> wanted, Landscape landscape)
    {
        var known = landscape.Apigee.SelectMany(organization => organization.Environments).Select(environment => environment.Name).ToList();
        foreach (var name in wanted.Where(name => !known.Contains(name, StringComparer.Ordinal)))
        {
            throw new UsageException(
                "--environment: "
                    + CommandLine.Meant(
                        $"there is no environment '{name}'",
                        name,
                        known,
                        known.Count == 0
                            ? "bundles alone belong to none"
                            : $"there are {string.Join(", ", known.Distinct(StringComparer.Ordinal))}"
                    )
            );
        }
    }

    /// <summary>The level that <c>--fail-on</c> names; null: never.</summary>
    public static Level? LevelOf(string word) =>
        word switch
        {
            "error" => Level.Error,
            "warning" => Level.Warning,
            "note" => Level.Note,
            _ => null,
        };
}
