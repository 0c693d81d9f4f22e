using Auditor.Reports.Csv;
using Auditor.Reports.Html;
using Auditor.Rules;
using Auditor.Testing;

namespace Auditor.Reports.Tests;

public sealed class Controls
{
    private static readonly HashSet<string> Families = new(
        ["AUD", "SCP", "KEY", "POL", "TOK", "SEC", "SHD", "INT", "GRP", "APP", "ENV", "DRF", "TLS", "GOV"],
        StringComparer.Ordinal
    );

    [Fact]
    public void Every_line_of_the_data_names_a_rule_a_control_how_sure_it_is_and_its_source()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Rules, "Controls"), "*.tsv");

        Assert.Equal(7, files.Length);
        Assert.All(
            files,
            file =>
            {
                var lines = File.ReadAllLines(file);
                Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
                Assert.All(
                    lines[1..],
                    line =>
                    {
                        var parts = line.Split('\t');
                        Assert.Equal(4, parts.Length);
                        Assert.Contains(parts[0].Split('-')[0], Families);
                        Assert.True(parts[2] is "read" or "believed");
                        Assert.All(parts, part => Assert.NotEmpty(part));
                    }
                );
            }
        );
    }

    [Fact]
    public void A_rule_has_the_controls_of_its_id_of_its_family_and_of_the_ranges_it_lies_in()
    {
        var controls = ControlMapping.Of(RuleCatalog.All.Single(rule => rule.Info.Id == "POL-001").Info);

        Assert.Contains(controls, control => control is { Framework: "SOC 2", Id: "CC6.1", IsRead: true });
        Assert.Contains(controls, control => control is { Framework: "SOC 2", Id: "CC6.6", IsRead: false });
        Assert.Contains(controls, control => control is { Framework: "OWASP ASVS", Id: "8.3", IsRead: true });
        Assert.DoesNotContain(controls, control => control.Id == "CC6.3");
    }

    [Fact]
    public void A_control_that_nobody_confirmed_is_printed_as_a_proposal_only()
    {
        var page = System.Text.Encoding.UTF8.GetString(HtmlReport.Render(Runs.Bad));
        var proposals = page.IndexOf("Proposed mappings that nobody has confirmed", StringComparison.Ordinal);

        Assert.True(proposals > 0);
        Assert.Equal(-1, page[..proposals].IndexOf("CC6.6", StringComparison.Ordinal));
        Assert.True(page.IndexOf("CC6.6", proposals, StringComparison.Ordinal) > 0);
        Assert.DoesNotContain("CC6.6", System.Text.Encoding.UTF8.GetString(CsvReport.Render(Runs.Bad)), StringComparison.Ordinal);
    }
}
