using Auditor.Model.Findings;
using Auditor.Reports.Text;

namespace Auditor.Reports.Tests;

public sealed class Headlines
{
    [Fact]
    public void A_run_with_errors_is_not_called_clean_because_nothing_makes_it_fail() =>
        Assert.StartsWith("passed with findings: ", Headline.Line(Runs.Bad with { FailOn = null }), StringComparison.Ordinal);

    [Fact]
    public void A_run_without_a_finding_is_clean() => Assert.Equal("clean", Headline.Line(Runs.Clean));

    [Theory]
    [InlineData(1, "Okta orgs", "1 Okta org")]
    [InlineData(2, "Okta orgs", "2 Okta orgs")]
    [InlineData(0, "errors", "0 errors")]
    [InlineData(1, "policies", "1 policy")]
    [InlineData(1, "proxies", "1 proxy")]
    [InlineData(1, "lists of keys", "1 list of keys")]
    public void A_noun_agrees_with_its_number(int count, string plural, string expected) =>
        Assert.Equal(expected, Nouns.Count(count, plural));

    [Fact]
    public void A_quiet_report_is_one_line() =>
        Assert.Equal(
            Headline.Line(Runs.Bad) + "\n",
            TextReport.Render(Runs.Bad with { FailOn = Level.Error }, new TextOptions(Color: false, Quiet: true))
        );
}
