using System.Text;
using System.Text.Json.Nodes;
using Auditor.Engine;
using Auditor.Engine.Runs;
using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Reports.Csv;
using Auditor.Reports.Html;
using Auditor.Reports.Json;
using Auditor.Reports.JUnit;
using Auditor.Reports.Ndjson;
using Auditor.Reports.Sarif;
using Auditor.Reports.Text;

namespace Auditor.Reports.Tests;

/// <summary>A run that is stored and read again is the same run.</summary>
public sealed class StoredRuns
{
    [Fact]
    public void Every_report_of_a_stored_run_is_the_report_of_the_run()
    {
        foreach (var run in new[] { Runs.Clean, Runs.Bad, Runs.Broken })
        {
            var stored = RunDocument.Read(RunDocument.Write(run));
            Assert.Equal(
                TextReport.Render(run, new TextOptions(true, false, true, true)),
                TextReport.Render(stored, new TextOptions(true, false, true, true))
            );
            Assert.Equal(JsonReport.Render(run), JsonReport.Render(stored));
            Assert.Equal(HtmlReport.Render(run), HtmlReport.Render(stored));
            Assert.Equal(CsvReport.Render(run), CsvReport.Render(stored));
            Assert.Equal(NdjsonReport.Render(run), NdjsonReport.Render(stored));
            Assert.Equal(JUnitReport.Render(run), JUnitReport.Render(stored));
            var options = new SarifOptions(SarifProfile.Full, NotApplicable: true);
            Assert.Equal(SarifReport.Render(run, options), SarifReport.Render(stored, options));
            Assert.Equal(RunDocument.Write(run), RunDocument.Write(stored));
        }
    }

    // By reflection, so that a property that is added tomorrow is tested tomorrow.
    [Fact]
    public void No_property_is_lost()
    {
        var run = (AuditRun)Filled.Of(typeof(AuditRun), "");
        var stored = RunDocument.Read(RunDocument.Write(run));
        var before = Filled.Tell(run);
        Assert.Contains("Comparison.Changes[0].Attribution.Actors[0].At", before, StringComparison.Ordinal);
        Assert.Equal(before, Filled.Tell(stored));
    }

    [Fact]
    public void A_document_of_an_earlier_version_leaves_blank_what_it_does_not_have()
    {
        var document = JsonNode.Parse(RunDocument.Write(Runs.Bad))!;
        var run = document["run"]!.AsObject();
        Assert.True(run.Remove("vanished") && run.Remove("trust") && run.Remove("selection") && run.Remove("access"));
        foreach (var finding in run["findings"]!.AsArray())
        {
            Assert.True(finding!.AsObject().Remove("environments"));
        }

        var read = RunDocument.Read(Encoding.UTF8.GetBytes(document.ToJsonString()));
        Assert.Null(read.Vanished);
        Assert.Empty(read.Trust.Nodes);
        Assert.Empty(read.Selection.Rules);
        Assert.Empty(read.Access);
        Assert.All(read.Findings, finding => Assert.Empty(finding.Environments));
        Assert.NotEmpty(HtmlReport.Render(read));
    }

    public static TheoryData<string, string, string> Refused =>
        new()
        {
            { "\"auditorRun\":1", "\"auditorRun\":2", "form 2" },
            { "{\"auditorRun\":1", "{\"auditor\":1", "not a stored run" },
            { "\"toolVersion\":\"1.2.3\"", "\"toolVersion\":\"1.2\\u001b3\"", "damaged" },
            { "\"toolVersion\":\"1.2.3\"", "\"toolVersion\":null", "damaged" },
            { "\"toolVersion\":\"1.2.3\"", "\"toolVersion\":\"1.2.3\",\"unheardOf\":1", "damaged" },
            { "\"toolVersion\":\"1.2.3\"", "\"toolVersion\":\"1.2.3\",\"toolVersion\":\"1.2.4\"", "damaged" },
            { "\"verdict\":\"fail\"", "\"verdict\":\"fail<script>\"", "damaged" },
            { "\"level\":\"Error\"", "\"level\":null", "damaged" },
            { "\"id\":\"POL-001\"", "\"id\":\"::error::\"", "damaged" },
            { "\"name\":\"backend-reachable-without-token\"", "\"name\":\"a b\"", "damaged" },
            { "\"trust\":{", "\"trust\":[{", "damaged" },
            { "\"rule\":\"POL-004\"", "\"rule\":\"POL-999\"", "damaged" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_stored_run_is_refused_in_one_clause(string text, string instead, string says)
    {
        var document = Encoding.UTF8.GetString(RunDocument.Write(Runs.Bad));
        var at = document.IndexOf(text, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the document has no {text}");
        var edited = document[..at] + instead + document[(at + text.Length)..];
        var refusal = Assert.Throws<RunDocumentException>(() => RunDocument.Read(Encoding.UTF8.GetBytes(edited)));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_others_wrote_stays_a_text()
    {
        var stored = RunDocument.Read(RunDocument.Write(Injection.HostileRun));
        Assert.Equal(HtmlReport.Render(Injection.HostileRun), HtmlReport.Render(stored));
    }
}
