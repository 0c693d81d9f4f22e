using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Model.Findings;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor audit [PATH…]</c>: read, check, report.</summary>
internal static class AuditCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "A recording, a bundle folder or .zip, a tree that holds any of them. Default: the current folder.",
        };
        var config = new Option<string?>("--config")
        {
            Description = "The configuration. Default: auditor.yaml in PATH, else from the current folder upwards.",
            HelpName = "FILE",
        };
        var reports = new ReportArguments();
        var failOn = Choice.Option(
            "--fail-on",
            "The level from which findings make the audit fail.",
            "error",
            "error",
            "warning",
            "note",
            "never"
        );
        var rules = RuleArguments.Option("--rules", "Only these rules: ids, names, families, core.");
        var exclude = RuleArguments.Option("--exclude-rules", "Not these rules.");
        var environments = new Option<string[]>("--environment") { Description = "Only these Apigee environments.", HelpName = "NAME" };
        var exceptions = new Option<string?>("--exceptions") { Description = "The file of accepted findings.", HelpName = "FILE" };
        var allowIncomplete = new Option<bool>("--allow-incomplete")
        {
            Description = "Let what was found decide the exit code when the audit is incomplete.",
        };
        var strict = new Option<bool>("--strict") { Description = "Count what is open as incomplete." };
        var offline = new Option<bool>("--offline") { Description = "Use no network at all." };
        var deterministic = new Option<bool>("--deterministic") { Description = "Leave out times that are not in the input." };
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
            allowIncomplete,
            strict,
            offline,
            deterministic,
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
                        AllowIncomplete = result.GetValue(allowIncomplete),
                        Strict = result.GetValue(strict),
                        Offline = result.GetValue(offline),
                        Deterministic = result.GetValue(deterministic),
                        Progress = !result.GetValue(noProgress) && !reports.IsQuiet(result),
                        Style = reports.Style(result, environment),
                    },
                    cancellationToken
                )
        );
        return command;
    }

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
        public required bool AllowIncomplete { get; init; }
        public required bool Strict { get; init; }
        public required bool Offline { get; init; }
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
        var sources = SourcesOf(request, configuration, live);
        string[] paths = request.Paths is [] ? ["."] : request.Paths;
        using var progress = new Progress(environment, request.Progress);
        progress.Report("reading", 0, 0);
        using var recording = sources.IsEmpty ? null : new PrivateFolder();
        if (recording is not null)
        {
            await sources.RecordAsync(recording.Path, environment, progress, cancellationToken);
            paths = [recording.Path];
        }

        var input = await new InputReader(new Redactor()).ReadAsync(paths, environment.WorkingFolder, cancellationToken);
        RequireEnvironments(request.Environments, input.Landscape);
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
                Exceptions = configuration.Exceptions,
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
            cancellationToken
        );
        progress.Dispose();
        await ReportArguments.WriteAsync(run, request.Reports, request.Style, environment, cancellationToken);
        if (run.Outcome == AuditOutcome.Nothing)
        {
            await environment.StandardError.WriteLineAsync(
                $"auditor: nothing to audit in {string.Join(", ", paths.Select(path => $"'{Shown(path, environment.WorkingFolder)}'"))}: no bundle folder (apiproxy, sharedflowbundle), archive or recording was found."
            );
        }

        return ExitCode.Of(run, request.AllowIncomplete);
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

    private static string Shown(string path, string workingFolder)
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

    private static Level? LevelOf(string word) =>
        word switch
        {
            "error" => Level.Error,
            "warning" => Level.Warning,
            "note" => Level.Note,
            _ => null,
        };
}
