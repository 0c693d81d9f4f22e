using Auditor.Engine;
using Auditor.Model;
using Auditor.Testing;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Landscapes.Tests;

/// <summary>The sample estate: what a careful team would have built. No rule may have anything to say about it, now or later.</summary>
public sealed class Meridian
{
    private static readonly Estate Base = Estate.Load("meridian");
    private static readonly AuditRun Run = Base.AuditAsDeclared();

    [Fact]
    public void No_rule_has_anything_to_say()
    {
        Assert.Empty(Run.Findings.Select(finding => $"{finding.Rule.Id} {finding.Verdict} {finding.Place}: {finding.Message}"));
        Assert.Empty(Run.Notices.Select(notice => $"{notice.Location}: {notice.Text}"));
        Assert.Empty(Run.Assumptions);
        Assert.Equal(AuditOutcome.Clean, Run.Outcome);
    }

    [Fact]
    public void Every_part_was_collected()
    {
        Assert.Empty(Run.Gaps);
        Assert.DoesNotContain(Run.Coverage, entry => !entry.Coverage.IsComplete);
        Assert.Equal(
            [("Okta orgs", 2), ("authorization servers", 4), ("clients", 14), ("proxies", 3), ("shared flows", 3)],
            Run.Inventory.Take(5).Select(line => (line.Kind, line.Count))
        );
    }

    [Fact]
    public void Every_check_trusts_the_server_of_its_environment()
    {
        var edges = Base.Read(input =>
            TracedLandscape
                .Build(input.Landscape, new AuditSettings(), null, CancellationToken.None)
                .TokenChecks.Where(check => check.Kind == TokenCheckKind.Jwt)
                .Select(check => $"{check.Endpoint.Program.Key} {check.Server?.Id} {(check.Audience as Resolution.Known)?.Value}")
                .ToArray()
        );
        Assert.Equal(
            [
                "meridian/prod/orders-v1/default aus1ord https://api.meridian.example/orders",
                "meridian/prod/payments-v1/default aus2pay https://api.meridian.example/payments",
                "meridian/staging/orders-v1/default aus3ord https://stg-api.meridian.example/orders",
                "meridian/staging/payments-v1/default aus4pay https://stg-api.meridian.example/payments",
            ],
            edges
        );
    }

    [Fact]
    public void The_scopes_that_are_asked_for_are_seen_through_the_shared_flow_and_its_script()
    {
        var demands = Base.Read(input =>
            TracedLandscape
                .Build(input.Landscape, new AuditSettings(), null, CancellationToken.None)
                .Endpoints.Where(endpoint => endpoint.Program.Environment?.Name == "prod")
                .SelectMany(endpoint => endpoint.Demands)
                .Select(demand => $"{demand.Claim} {demand.Member} {Last(demand.Location)}")
                .Order(StringComparer.Ordinal)
                .ToArray()
        );
        Assert.Equal(
            [
                "groups api-orders-admins default.xml",
                "scp orders.admin FC-Scope-Admin.xml",
                "scp orders.export FC-Scope-Export.xml",
                "scp orders.read FC-Scope-Read.xml",
                "scp orders.write FC-Scope-Write.xml",
                "scp payments.read FC-Scope-Read.xml",
                "scp payments.write FC-Scope-Write.xml",
            ],
            demands
        );
    }

    private static string Last(SourceLocation location) => location.Artifact[(location.Artifact.LastIndexOf('/') + 1)..];
}
