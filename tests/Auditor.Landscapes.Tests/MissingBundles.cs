using Auditor.Engine;
using Auditor.Model;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests;

/// <summary>What is deployed is what the gateway runs: an estate without its bundle is not all there, and is not called clean.</summary>
public sealed class MissingBundles
{
    private const string Apigee = "apigee/meridian/";

    public static TheoryData<string, string, string> Removed =>
        new()
        {
            {
                "apis/orders-v1/",
                "apigee/meridian/apis/*/revisions",
                "revision 14 of 'orders-v1' is deployed, and its bundle is not in the input"
            },
            {
                "sharedflows/sf-authn/",
                "apigee/meridian/sharedflows/*/revisions",
                "revision 6 of 'sf-authn' is deployed, and its bundle is not in the input"
            },
        };

    [Theory]
    [MemberData(nameof(Removed))]
    public void What_is_deployed_and_not_in_the_input_is_a_gap_that_names_it(string folder, string part, string why)
    {
        var run = Estate.Load("meridian").Without(Apigee + folder).AuditAsDeclared();

        Assert.Equal(AuditOutcome.Incomplete, run.Outcome);
        Assert.Equal($"{part}: partial ({why})", Assert.Single(run.Gaps, gap => gap.Contains("is deployed", StringComparison.Ordinal)));
    }

    [Fact]
    public void Another_revision_is_not_the_one_that_is_deployed()
    {
        var run = Renamed().AuditAsDeclared();

        Assert.Equal(AuditOutcome.Incomplete, run.Outcome);
        Assert.Contains(
            "apigee/meridian/apis/*/revisions: partial (revision 14 of 'orders-v1' (the input holds revision 13) is deployed, and its bundle is not in the input)",
            run.Gaps
        );
    }

    [Fact]
    public void Several_are_one_line()
    {
        var run = Estate.Load("meridian").Without(Apigee + "apis/orders-v1/").Without(Apigee + "apis/payments-v1/").AuditAsDeclared();

        Assert.EndsWith(
            " are deployed, and their bundles are not in the input)",
            Assert.Single(run.Gaps, gap => gap.StartsWith(Apigee + "apis/*/revisions", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Where_deployments_are_not_known_a_bundle_that_is_not_there_is_nobodys_gap()
    {
        var estate = Estate
            .Load("meridian")
            .Without(Apigee + "deployments.json")
            .Without(Apigee + "deployments@sharedFlows=true.json")
            .Without(Apigee + "apis/orders-v1/");

        Assert.DoesNotContain(
            estate.Read(input => input.Landscape).Coverage,
            entry => entry.Part.EndsWith("/revisions", StringComparison.Ordinal) && entry.Coverage.IsGap
        );
    }

    private static Estate Renamed()
    {
        var estate = Estate.Load("meridian");
        var copy = estate.Copy().Without(Apigee + "apis/orders-v1/revisions/14/");
        foreach (var path in estate.Paths.Where(path => path.StartsWith(Apigee + "apis/orders-v1/revisions/14/", StringComparison.Ordinal)))
        {
            copy.With(path.Replace("/revisions/14/", "/revisions/13/", StringComparison.Ordinal), estate.Text(path));
        }

        return copy;
    }
}
