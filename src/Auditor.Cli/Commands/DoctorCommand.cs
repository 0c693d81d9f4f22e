using System.CommandLine;
using Auditor.Cli.Configuration;
using Auditor.Cli.Output;
using Auditor.Collectors.Apigee;
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
        ["apigee.organizations.get"] = ["AUD", "SCP", "KEY", "POL", "TOK", "INT", "SHD", "GRP", "APP", "ENV", "SEC"],
        ["apigee.proxies.list"] = ["AUD", "SCP", "POL", "SEC", "SHD"],
        ["apigee.proxyrevisions.get"] = ["AUD", "SCP", "KEY", "POL", "TOK", "INT", "SHD", "GRP", "SEC"],
        ["apigee.sharedflows.list"] = ["AUD", "SCP", "POL"],
        ["apigee.sharedflowrevisions.get"] = ["AUD", "SCP", "KEY", "POL", "TOK", "INT", "SHD", "GRP", "SEC"],
        ["apigee.deployments.list"] = ["AUD", "SCP", "POL", "ENV"],
        ["apigee.flowhooks.list"] = ["POL"],
        ["apigee.flowhooks.getSharedFlow"] = ["POL"],
        ["apigee.resourcefiles.list"] = ["AUD", "KEY", "ENV"],
        ["apigee.resourcefiles.get"] = ["AUD", "KEY", "ENV"],
        ["apigee.targetservers.list"] = ["TOK", "ENV"],
        ["apigee.targetservers.get"] = ["TOK", "ENV"],
        ["apigee.keyvaluemaps.list"] = ["AUD", "SEC", "ENV"],
        ["apigee.keyvaluemaps.get"] = ["SEC"],
        ["apigee.keyvaluemapentries.list"] = ["AUD", "KEY", "SEC", "ENV"],
        ["apigee.apiproducts.list"] = ["APP", "SCP"],
        ["apigee.apps.list"] = ["APP"],
        ["apigee.appkeys.get"] = ["APP"],
        ["apigee.developers.list"] = ["APP"],
    };

    public static Command Create(ConsoleEnvironment environment)
    {
        var vendor = Choice.Argument("SOURCE", "Only this vendor: okta or apigee.", "okta", "apigee");
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
                var only = result.GetValue(vendor);
                var orgs = only == "apigee" ? [] : OktaConnections.Read(configuration, environment);
                var organizations = only == "okta" ? [] : ApigeeConnections.Read(configuration, environment);
                if (orgs.IsEmpty && organizations.IsEmpty)
                {
                    throw new UsageException(
                        "There is no source to examine: name an Okta org or an Apigee organization in auditor.yaml ('auditor init'), or in OKTA_CLIENT_ORGURL and APIGEE_ORG."
                    );
                }

                // All at once; told in order.
                var examinations = orgs.Select(org =>
                        (
                            Name: $"Okta {org.Url.Authority}",
                            Symptoms: OktaSource.ExamineAsync(org, new Manners(), environment.Clock, cancellationToken)
                        )
                    )
                    .Concat(
                        organizations.Select(organization =>
                            (
                                Name: $"Apigee {organization.Organization}",
                                Symptoms: ApigeeSource.ExamineAsync(
                                    organization,
                                    ApigeeSource.DefaultManners,
                                    environment.Clock,
                                    cancellationToken
                                )
                            )
                        )
                    )
                    .ToArray();
                var isSick = false;
                await using var output = new StreamWriter(environment.StandardOutput, leaveOpen: true);
                foreach (var (name, symptoms) in examinations)
                {
                    isSick |= await TellAsync(name, await symptoms, output);
                }

                return isSick ? ExitCode.Incomplete : ExitCode.Clean;
            }
        );
        return command;
    }

    private static async Task<bool> TellAsync(string name, ImmutableArray<Symptom> symptoms, StreamWriter output)
    {
        await output.WriteLineAsync(Neutral.Line(name));
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
