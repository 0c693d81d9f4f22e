using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Reports;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor doctor</c>: can everything be reached, with which rights, and which rules will not be answerable?</summary>
internal static class DoctorCommand
{
    // What a missing scope leaves open, by the families of the rules that need it.
    private static readonly Dictionary<string, string[]> Families = new(StringComparer.Ordinal)
    {
        ["okta.authorizationServers.read"] = ["AUD", "KEY", "SCP", "CLM", "TOK", "POL"],
        ["okta.apps.read"] = ["APP", "SCP", "TOK", "GOV"],
        ["okta.appGrants.read"] = ["APP"],
        ["okta.groups.read"] = ["GRP"],
        ["okta.domains.read"] = ["AUD"],
        ["okta.inlineHooks.read"] = ["CLM", "TOK"],
    };

    public static Command Create(ConsoleEnvironment environment)
    {
        var vendor = Choice.Argument("SOURCE", "Only this vendor: okta.", "okta");
        vendor.Arity = ArgumentArity.ZeroOrOne;
        var config = new Option<string?>("--config") { Description = "The configuration (default: auditor.yaml, searched upwards)." };
        var command = new Command("doctor", "Check access: hosts, credentials, rights, limits, and what will stay open. Reads only.")
        {
            vendor,
            config,
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
                var connections = OktaConnections.Read(configuration, environment);
                if (connections.IsEmpty)
                {
                    throw new UsageException(
                        "There is no source to examine: name an Okta org in auditor.yaml (okta: [{ url: https://acme.okta.com }]) or in OKTA_CLIENT_ORGURL."
                    );
                }

                var isSick = false;
                await using var output = new StreamWriter(environment.StandardOutput, leaveOpen: true);
                foreach (var connection in connections)
                {
                    isSick |= await ExamineAsync(connection, environment, output, cancellationToken);
                }

                return isSick ? ExitCode.Incomplete : ExitCode.Clean;
            }
        );
        return command;
    }

    private static async Task<bool> ExamineAsync(
        OktaConnection connection,
        ConsoleEnvironment environment,
        StreamWriter output,
        CancellationToken cancellationToken
    )
    {
        var symptoms = await OktaSource.ExamineAsync(connection, new Manners(), environment.Clock, cancellationToken);
        await output.WriteLineAsync(Neutral.Line($"Okta {connection.Url.Authority}"));
        foreach (var symptom in symptoms)
        {
            var word = symptom.Health switch
            {
                Health.Good => "ok  ",
                Health.Doubtful => "warn",
                _ => "FAIL",
            };
            await output.WriteLineAsync(Neutral.Line($"  {word}  {symptom.Topic, -10}  {symptom.Text}"));
        }

        foreach (var scope in symptoms.Select(symptom => symptom.Scope).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var open = AllRules
                .Infos.Where(rule => Families.GetValueOrDefault(scope, []).Contains(rule.Family, StringComparer.Ordinal))
                .Select(rule => rule.Id)
                .ToArray();
            if (open.Length > 0)
            {
                await output.WriteLineAsync($"  Without {scope}, these rules may stay open: {string.Join(", ", open)}");
            }
        }

        return symptoms.Any(symptom => symptom.Health == Health.Bad);
    }
}
