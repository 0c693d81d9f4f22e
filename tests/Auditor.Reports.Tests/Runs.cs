using System.Collections.Immutable;
using System.Text;
using Auditor.Engine;
using Auditor.Model;
using Auditor.Testing;
using Auditor.Trace;

namespace Auditor.Reports.Tests;

/// <summary>Finished audits to render: real ones, so that reports are tested on what the engine gives.</summary>
internal static class Runs
{
    private const string Proxy = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/";

    private static readonly Lazy<AuditRun> CleanRun = new(() => Audit(Estate.Load("acme"), new AuditOptions()));
    private static readonly Lazy<AuditRun> BadRun = new(() => Audit(BadDay(), new AuditOptions { Exceptions = [Accepted] }));
    private static readonly Lazy<AuditRun> MeridianRun = new(() => Audit(Estate.Load("meridian-bad-day"), new AuditOptions()));
    private static readonly Lazy<AuditRun> BrokenRun = new(() =>
        Audit(BadDay().With("okta/acme.okta.com/api/v1/apps.json", "[not json"), new AuditOptions())
    );

    /// <summary>An estate in order.</summary>
    public static AuditRun Clean => CleanRun.Value;

    /// <summary>Failures with witness, fix and both sides, something open, something accepted; complete.</summary>
    public static AuditRun Bad => BadRun.Value;

    /// <summary>The same with an answer that cannot be read.</summary>
    public static AuditRun Broken => BrokenRun.Value;

    /// <summary>A company's estate on a bad day, with nothing declared about it.</summary>
    public static AuditRun Meridian => MeridianRun.Value;

    /// <summary>
    /// A run with the rules that found something and one that did not, and little of what was read completely: everything that a format can show, and a tenth of it to go through.
    /// </summary>
    public static AuditRun Small(AuditRun run)
    {
        var rules = run.Findings.Select(finding => finding.Rule.Id).Append("AUD-002").ToHashSet(StringComparer.Ordinal);
        return run with
        {
            Rules = [.. run.Rules.Where(rule => rules.Contains(rule.Info.Id))],
            Populations = [.. run.Populations.Where(population => rules.Contains(population.Rule.Id))],
            Evaluations = [.. run.Evaluations.Where(evaluation => rules.Contains(evaluation.Rule.Id))],
            Coverage =
            [
                .. run.Coverage.Where(entry => !entry.Coverage.IsComplete),
                .. run.Coverage.Where(entry => entry.Coverage.IsComplete).Take(5),
            ],
        };
    }

    private static FindingException Accepted =>
        new(
            "weak-or-wide-algorithm",
            "*",
            "The partner gets RS256 only from March on.",
            "ciso@acme.example",
            new DateOnly(2027, 3, 1),
            "SEC-1",
            new SourceLocation("exceptions.yaml", 2, 3)
        );

    /// <summary>An estate with something of everything.</summary>
    private static Estate BadDay() =>
        Estate
            .Load("acme")
            .Replace("apigee/acme/environments/prod/resourcefiles/properties/okta", "acme.example/orders\n", "acme.example/orders/\n")
            .Replace(
                Proxy + "proxies/default.xml",
                "<Step><Name>VJ-Okta</Name></Step>",
                "<Step><Condition>request.header.authorization != null</Condition><Name>VJ-Okta</Name></Step>"
            )
            .Replace(Proxy + "proxies/default.xml", "<Step><Name>VA-Client</Name></Step>", "")
            .Replace(
                Proxy + "proxies/default.xml",
                "<Flow name=\"otherwise\">",
                "<Flow name=\"export\"><Condition>proxy.pathsuffix MatchesPath \"/export\"</Condition></Flow><Flow name=\"otherwise\">"
            )
            .Replace(Proxy + "policies/VJ-Okta.xml", "<Algorithm>RS256</Algorithm>", "<Algorithm>RS256,HS256</Algorithm>")
            .Replace(Proxy + "policies/VJ-Okta.xml", "<Issuer ref=\"propertyset.okta.issuer\"/>", "<Issuer ref=\"flow.issuer\"/>");

    private static AuditRun Audit(Estate estate, AuditOptions options) =>
        estate.Read(input =>
            AuditEngine.Run(
                input.Landscape,
                input.Texts.Find,
                Estate.AllRules,
                options with
                {
                    ToolVersion = "1.2.3",
                    DigestOf = input.Texts.Digest,
                    Inputs =
                    [
                        .. input.Sources.Select(source => new AuditInput(".", source.Kind)
                        {
                            Prefix = source.Prefix,
                            Checkout = new Checkout("estate", "https://git.acme.example/platform/apis.git", new string('a', 40), "main"),
                        }),
                    ],
                },
                DateTimeOffset.UnixEpoch,
                null,
                CancellationToken.None
            )
        );
}
