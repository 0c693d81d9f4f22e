using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Secrets;
using Auditor.Engine;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor baseline create|update|prune</c>: the findings that are known, so that a pipeline fails on new ones only.</summary>
internal static class BaselineCommand
{
    private const string KnownReason = "was there when the baseline was made";

    public static Command Create(ConsoleEnvironment environment) =>
        new("baseline", "Keep the findings that are known in a reviewed file, so that only new ones fail.")
        {
            Make(environment, "create", "Write a baseline of everything that fails now.", Change.Create),
            Make(environment, "update", "Take in what is new and take out what is gone.", Change.Update),
            Make(environment, "prune", "Take out what is gone, and nothing in.", Change.Prune),
        };

    private enum Change
    {
        Create,
        Update,
        Prune,
    }

    private static Command Make(ConsoleEnvironment environment, string name, string description, Change change)
    {
        var paths = AuditArguments.Paths();
        var config = AuditArguments.Config();
        var exceptions = AuditArguments.Exceptions();
        var file = new Option<string>("--baseline")
        {
            Description = "The file.",
            HelpName = "FILE",
            DefaultValueFactory = _ => BaselineFile.DefaultName,
        };
        var reason = new Option<string?>("--reason") { Description = "Why what comes in may stay for now.", HelpName = "TEXT" };
        var approver = new Option<string?>("--approver") { Description = "Who lets it in.", HelpName = "NAME" };
        var force = new Option<bool>("--force") { Description = "Overwrite a baseline that is there." };
        var noProgress = new Option<bool>("--no-progress") { Description = "Show no progress." };
        var command = new Command(name, description) { paths, config, exceptions, file };
        if (change != Change.Prune)
        {
            command.Add(reason);
            command.Add(approver);
        }

        if (change == Change.Create)
        {
            command.Add(force);
        }

        command.Add(noProgress);
        var live = new LiveOptions();
        live.AddTo(command);
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var target = result.GetValue(file)!;
                var full = Path.GetFullPath(target, environment.WorkingFolder);
                if (change == Change.Create && File.Exists(full) && !result.GetValue(force))
                {
                    throw new UsageException(
                        $"There is a '{target}'; 'auditor baseline update' brings it up to date, --force overwrites it."
                    );
                }

                var before = change == Change.Create ? new Baseline([]) : BaselineFile.Read(full, target);
                var request = new AuditRequest
                {
                    Paths = result.GetValue(paths) ?? [],
                    Live = configuration => live.Sources(result, configuration, environment),
                    Config = result.GetValue(config),
                    Exceptions = result.GetValue(exceptions),
                    Progress = !result.GetValue(noProgress),
                };
                using var audit = await Audit.ReadAsync(
                    environment,
                    request,
                    Audit.ConfigurationOf(request, environment),
                    new Redactor(),
                    cancellationToken
                );
                var run = audit.Run(cancellationToken);
                if (run.Outcome == AuditOutcome.Nothing)
                {
                    throw new UsageException($"There is nothing to audit in {string.Join(", ", audit.Names.Select(name => $"'{name}'"))}.");
                }

                var today = DateOnly.FromDateTime((run.Time ?? environment.Clock.GetUtcNow()).UtcDateTime);
                var entries = Entries(
                    before,
                    run,
                    change,
                    today,
                    change == Change.Prune ? null : result.GetValue(reason),
                    change == Change.Prune ? null : result.GetValue(approver)
                );
                await OutputFile.WriteAsync(
                    target,
                    BaselineFile.Write(entries),
                    OutputFile.Reader.Everyone,
                    environment,
                    cancellationToken
                );
                var kept = entries.Count(entry => before.Entries.Any(old => old.Fingerprint == entry.Fingerprint));
                await environment.StandardError.WriteLineAsync(
                    Neutral.Line(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"auditor: {target}: {entries.Length - kept} taken in, {before.Entries.Length - kept} taken out, {kept} kept."
                        )
                    )
                );
                if (run.Outcome != AuditOutcome.Incomplete)
                {
                    return ExitCode.Clean;
                }

                await environment.ComplainAsync(
                    "the audit is incomplete, so that nothing was taken out: 'auditor audit' says what could not be read."
                );
                return ExitCode.Incomplete;
            }
        );
        return command;
    }

    private static ImmutableArray<BaselineEntry> Entries(
        Baseline before,
        AuditRun run,
        Change change,
        DateOnly today,
        string? reason,
        string? approver
    )
    {
        // What an exception accepts has its reason there, and what is said about exceptions cannot be accepted.
        var failing = run.Findings.Where(finding => finding.IsLive && finding.Rule.Id != "GOV-006").ToList();
        var there = failing.Select(finding => finding.Fingerprint).ToHashSet(StringComparer.Ordinal);

        // What was not found in an audit that could not read everything may still be there.
        var kept = before.Entries.Where(entry => there.Contains(entry.Fingerprint) || run.Outcome == AuditOutcome.Incomplete).ToList();
        if (change == Change.Prune)
        {
            return [.. kept];
        }

        var known = kept.Select(entry => entry.Fingerprint).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. kept,
            .. failing
                .Where(finding => !known.Contains(finding.Fingerprint))
                .DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal)
                .Select(finding => new BaselineEntry(
                    finding.Fingerprint,
                    finding.Rule.Id,
                    today,
                    reason ?? KnownReason,
                    approver,
                    new Model.SourceLocation("")
                )
                {
                    Place = finding.Place.ToString(),
                    Message = finding.Message,
                }),
        ];
    }
}
