using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
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
            Description = "The configuration (default: auditor.yaml in PATH, else searched upwards from the current folder).",
        };
        var report = new Option<string[]>("--report")
        {
            Description = $"FORMAT[=FILE], repeatable: {string.Join(", ", ReportFormats.Names)}. Default: text.",
            AllowMultipleArgumentsPerToken = false,
        };
        var profile = new Option<string>("--sarif-profile")
        {
            Description = "full, or github for code scanning.",
            DefaultValueFactory = _ => "full",
        };
        profile.AcceptOnlyFromAmong("full", "github");
        var failOn = new Option<string>("--fail-on")
        {
            Description = "The level from which findings make the audit fail.",
            DefaultValueFactory = _ => "error",
        };
        failOn.AcceptOnlyFromAmong("error", "warning", "note", "never");
        var rules = new Option<string[]>("--rules") { Description = "Only these rules: ids, names, families, core." };
        var exclude = new Option<string[]>("--exclude-rules") { Description = "Not these rules." };
        var environments = new Option<string[]>("--environment") { Description = "Only these Apigee environments." };
        var exceptions = new Option<string?>("--exceptions") { Description = "The file of accepted findings." };
        var allowIncomplete = new Option<bool>("--allow-incomplete") { Description = "Exit code 4 becomes 0, or 1 with findings." };
        var strict = new Option<bool>("--strict") { Description = "What is open makes the audit incomplete." };
        var offline = new Option<bool>("--offline") { Description = "No network at all." };
        var deterministic = new Option<bool>("--deterministic")
        {
            Description = "No times, GUIDs or absolute paths that are not in the input.",
        };
        var color = new Option<string>("--color") { Description = "auto, always or never.", DefaultValueFactory = _ => "auto" };
        color.AcceptOnlyFromAmong("auto", "always", "never");
        var quiet = new Option<bool>("--quiet", "-q") { Description = "One line." };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Everything." };
        var noProgress = new Option<bool>("--no-progress") { Description = "No progress line." };
        var fixPreview = new Option<bool>("--fix-preview") { Description = "Show the proposed changes as diffs. Nothing is written." };
        var command = new Command("audit", "Check an estate and report. The main job.")
        {
            paths,
            config,
            report,
            profile,
            failOn,
            rules,
            exclude,
            environments,
            exceptions,
            allowIncomplete,
            strict,
            offline,
            deterministic,
            color,
            quiet,
            verbose,
            noProgress,
            fixPreview,
        };
        command.SetAction(
            (result, cancellationToken) =>
                RunAsync(
                    environment,
                    new Request
                    {
                        Paths = result.GetValue(paths) ?? [],
                        Config = result.GetValue(config),
                        Reports = ReportRequest.Parse(result.GetValue(report) ?? []),
                        FailOn = result.GetValue(failOn)!,
                        Rules = Selectors(result.GetValue(rules)),
                        Excluded = Selectors(result.GetValue(exclude)),
                        Environments = Selectors(result.GetValue(environments)),
                        Exceptions = result.GetValue(exceptions),
                        AllowIncomplete = result.GetValue(allowIncomplete),
                        Strict = result.GetValue(strict),
                        Progress = !result.GetValue(noProgress) && !result.GetValue(quiet),
                        Style = new ReportStyle(
                            environment.UseColor(result.GetValue(color)!),
                            result.GetValue(quiet),
                            result.GetValue(verbose),
                            result.GetValue(fixPreview),
                            result.GetValue(profile) == "github",
                            result.GetValue(deterministic)
                        ),
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
        public required bool Progress { get; init; }
        public required ReportStyle Style { get; init; }
    }

    private static ImmutableArray<string> Selectors(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static async Task<int> RunAsync(ConsoleEnvironment environment, Request request, CancellationToken cancellationToken)
    {
        foreach (var selector in request.Rules.Concat(request.Excluded))
        {
            RequireRule(selector);
        }

        var configuration = AuditorConfiguration.Read(
            AuditorConfiguration.Find(request.Config, request.Paths, environment.WorkingFolder),
            request.Exceptions,
            environment.WorkingFolder,
            AllRules.Infos
        );
        var paths = request.Paths.Length > 0 ? request.Paths : ["."];
        using var progress = new Progress(environment, request.Progress);
        progress.Report("reading", 0, 0);
        var input = await new InputReader(new Redactor()).ReadAsync(paths, environment.WorkingFolder, cancellationToken);
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
                Deterministic = request.Style.Deterministic,
                ToolVersion = ProductVersion.Text,
                DigestOf = input.Texts.Digest,
                Inputs =
                [
                    .. paths.Select(
                        (path, i) =>
                            new AuditInput(Shown(path, environment.WorkingFolder), input.Sources[i].Kind)
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
        foreach (var report in request.Reports)
        {
            var style = report.File is null ? request.Style : request.Style with { Color = false };
            await ReportWriter.WriteAsync(
                report.File,
                ReportFormats.Render(report.Format, run, style),
                environment.StandardOutput,
                environment.WorkingFolder,
                cancellationToken
            );
        }

        if (run.Outcome == AuditOutcome.Nothing)
        {
            await environment.StandardError.WriteLineAsync(
                $"auditor: nothing to audit in {string.Join(", ", paths.Select(path => $"'{Shown(path, environment.WorkingFolder)}'"))}: no bundle folder (apiproxy, sharedflowbundle), archive or recording was found."
            );
        }

        return ExitCode.Of(run, request.AllowIncomplete);
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

    private static void RequireRule(string selector)
    {
        if (AllRules.Infos.Any(rule => RuleSelector.Selects(selector, rule)))
        {
            return;
        }

        var meant = RuleSelector.Nearest(selector, AllRules.Infos);
        throw new UsageException(
            $"There is no rule '{selector}'" + (meant is null ? "; 'auditor rules' lists them." : $"; did you mean '{meant}'?")
        );
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
