using System.CommandLine;
using Auditor.Cli.Comparison;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Engine;
using Auditor.Model.Drift;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor diff A B</c>: what changed between two states of an estate, and what that does to access.</summary>
internal static class DiffCommand
{
    public static Command Create(ConsoleEnvironment environment)
    {
        var before = new Argument<string>("A")
        {
            Description =
                "The earlier or declared state: a recording, a bundle folder or .zip, an export, what 'terraform show -json' prints, a folder of Terraform's sources, or run:N of a store.",
        };
        var after = new Argument<string?>("B")
        {
            Description =
                "The later or live state. Without it, and without --environments, A is a plan of Terraform: what is, compared with what it plans.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var config = new Option<string?>("--config")
        {
            Description = "The configuration. Default: auditor.yaml in A or B, else from the current folder upwards.",
            HelpName = "FILE",
        };
        var reports = new ReportArguments();
        var store = StoreOptions.Store();
        var series = StoreOptions.Series();
        var failOn = AuditCommand.FailOn("The level of drift from which the exit code is 1.");
        var exceptions = new Option<string?>("--exceptions") { Description = "The file of accepted changes.", HelpName = "FILE" };
        var allowIncomplete = new Option<bool>("--allow-incomplete")
        {
            Description = "Let what was found decide the exit code when something could not be compared.",
        };
        var declared = new Option<bool>("--declared")
        {
            Description = "A is what is declared, e.g. a checkout: what it does not declare is not compared.",
        };
        var environments = new Option<string?>("--environments")
        {
            Description =
                "Compare environment FROM of A with environment TO of B, or of A where B is left out, in the names of the second.",
            HelpName = "FROM=TO",
        };
        var deterministic = new Option<bool>("--deterministic") { Description = "Leave out times that are not in the input." };
        var command = new Command("diff", "Say what changed between two states of an estate, and what that does to access.")
        {
            before,
            after,
            config,
            reports.Report,
            reports.SarifProfile,
            store,
            series,
            failOn,
            exceptions,
            allowIncomplete,
            declared,
            environments,
            deterministic,
        };
        foreach (var option in reports.Looks)
        {
            command.Add(option);
        }

        command.SetAction(
            async (result, cancellationToken) =>
            {
                string[] sides = [result.GetValue(before)!, .. result.GetValue(after) is { } later ? [later] : Array.Empty<string>()];
                var configuration = AuditorConfiguration.Read(
                    AuditorConfiguration.Find(result.GetValue(config), [.. sides.Reverse()], environment.WorkingFolder),
                    result.GetValue(exceptions),
                    environment.WorkingFolder,
                    AllRules.Infos
                );
                await using var opened = await StoreOptions.LookAsync(
                    result.GetValue(store),
                    result.GetValue(series),
                    configuration,
                    environment,
                    cancellationToken
                );
                var redactor = opened is null ? new Redactor() : new Redactor(opened.Store.RedactionKey.Span);
                var read = new List<ComparedState>();
                foreach (var side in sides)
                {
                    read.Add(await ComparedState.ReadAsync(side, redactor, opened?.Named, environment, cancellationToken));
                }

                var pairing = EnvironmentPairing.Parse(result.GetValue(environments));
                if (read is [var only])
                {
                    read = pairing is null ? [only.At(TerraformView.Refreshed), only.At(TerraformView.Planned)] : [only, only];
                }

                var (from, to) = ComparedState.Paired(read[0], read[1], result.GetValue(declared), redactor.KeyName);
                var run = Compare(
                    from,
                    to,
                    pairing,
                    configuration,
                    new AuditOptions
                    {
                        Settings = configuration.Settings,
                        Rules = ["DRF"],
                        Levels = configuration.Levels,
                        Exceptions = configuration.Accepted.Findings,
                        AcceptedChanges = configuration.Accepted.Changes,
                        FailOn = AuditCommand.LevelOf(result.GetValue(failOn)!),
                        Deterministic = result.GetValue(deterministic),
                        ToolVersion = ProductVersion.Text,
                        DigestOf = artifact => to.Input?.Texts.Digest(artifact),
                        Inputs = [.. read.Select(side => new AuditInput(side.Given, side.Kind))],
                    },
                    environment.Clock.GetUtcNow(),
                    cancellationToken
                );
                await ReportArguments.WriteAsync(
                    run,
                    reports.Requests(result),
                    reports.Style(result, environment),
                    environment,
                    cancellationToken
                );
                return ExitCode.Of(run, result.GetValue(allowIncomplete));
            }
        );
        return command;
    }

    /// <summary>Compares two states, and judges the differences.</summary>
    private static AuditRun Compare(
        ComparedState before,
        ComparedState after,
        EnvironmentPairing? pairing,
        AuditorConfiguration configuration,
        AuditOptions options,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var earlier = before.Snapshot(configuration.Settings, cancellationToken);
        var run = AuditEngine.Run(
            after.Landscape,
            artifact => after.Input?.Texts.Find(artifact),
            AllRules.Described,
            options,
            now,
            null,
            cancellationToken,
            (access, _) =>
            {
                var (left, right) = pairing is null
                    ? (earlier, after.Snapshot(access))
                    : pairing.Of(earlier, after.Snapshot(access), configuration.Settings);
                var becameIt = pairing is null && !after.IsPlanned;
                return StateComparison.Of(left, right, after.Landscape, configuration, now, becameIt) with
                {
                    IsDeclared = before.IsDeclared,
                };
            }
        );
        return run with
        {
            IsComparison = true,
            IsEmpty = run.Comparison is { Changes.IsEmpty: true, Unchanged.IsEmpty: true, NotAssessed.IsEmpty: true, Incomparable: null },
            Gaps =
            [
                .. run
                    .Gaps.Concat(before.Gaps)
                    .Concat(after.Input is null ? after.Gaps : [])
                    .Concat(GapsOf(run.Comparison!, before, after))
                    .Order(StringComparer.Ordinal),
            ],
        };
    }

    // What nobody asked for is told and is no gap; what could not be read, or not be compared, is one.
    private static IEnumerable<string> GapsOf(EstateComparison comparison, ComparedState before, ComparedState after)
    {
        if (comparison.Incomparable is { } why)
        {
            yield return "the states are not comparable: " + why;
        }

        if (comparison.ComparedNothing)
        {
            var checkout = before.IsCheckout ? before : after;
            yield return "nothing could be compared: nothing that the one state holds is known to be in the other"
                + (
                    before.IsCheckout != after.IsCheckout && !before.IsDeclared
                        ? $"; if '{checkout.Given}' is what is declared, give it first, with --declared"
                        : ""
                );
        }
    }
}
