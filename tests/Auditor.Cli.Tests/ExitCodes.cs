using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>The exit codes, which pipelines are written against.</summary>
public sealed class ExitCodes
{
    [Fact]
    public async Task An_estate_in_order_ends_with_0()
    {
        var run = await AuditorProgram.AuditAsync(Estate.Load("acme"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.EndsWith("clean\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error", 1)]
    [InlineData("warning", 1)]
    [InlineData("note", 1)]
    [InlineData("never", 0)]
    public async Task An_error_ends_with_1_unless_nothing_is_to_fail(string failOn, int code)
    {
        var run = await AuditorProgram.AuditAsync(Inputs.TrailingSlash(), "--fail-on", failOn);
        Assert.Equal(code, run.Code);
        Assert.Contains("[AUD-001]", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error", 0)]
    [InlineData("warning", 1)]
    [InlineData("note", 1)]
    public async Task A_warning_ends_with_1_only_where_warnings_are_to_fail(string failOn, int code)
    {
        var estate = Inputs.TrailingSlash().With("auditor.yaml", "rules: { audience-mismatch: { level: warning } }");
        var run = await AuditorProgram.AuditAsync(estate, ".", "--fail-on", failOn);
        Assert.Equal(code, run.Code);
        Assert.Contains("warning [AUD-001]", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    [InlineData("sarif")]
    [InlineData("junit")]
    [InlineData("github")]
    [InlineData("csv")]
    public async Task The_format_of_the_report_does_not_change_the_code(string format)
    {
        Assert.Equal(0, (await AuditorProgram.AuditAsync(Estate.Load("acme"), "--report", format)).Code);
        Assert.Equal(1, (await AuditorProgram.AuditAsync(Inputs.TrailingSlash(), "--report", format)).Code);
        Assert.Equal(4, (await AuditorProgram.AuditAsync(Inputs.Unreadable(), "--report", format)).Code);
    }

    [Fact]
    public async Task Incomplete_outranks_findings_and_both_are_printed()
    {
        var estate = Inputs.TrailingSlash().With(Inputs.Policy("ML-Access"), "<MessageLogging name=");
        var run = await AuditorProgram.AuditAsync(estate);
        Assert.Equal(4, run.Code);
        Assert.Contains("[AUD-001]", run.Output, StringComparison.Ordinal);
        Assert.Contains("ML-Access.xml", run.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await AuditorProgram.AuditAsync(estate, "--allow-incomplete")).Code);
        Assert.Equal(0, (await AuditorProgram.AuditAsync(estate, "--allow-incomplete", "--fail-on", "never")).Code);
    }

    [Fact]
    public async Task What_is_open_makes_an_audit_incomplete_only_when_that_is_asked_for()
    {
        var estate = Estate
            .Load("acme")
            .Replace(
                Inputs.Policy("VJ-Okta"),
                """<Audience ref="propertyset.okta.audience"/>""",
                """<Audience ref="request.header.x-audience"/>"""
            );
        var run = await AuditorProgram.AuditAsync(estate, "--rules", "AUD-001");
        Assert.Equal(0, run.Code);
        Assert.Contains("1 open", run.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await AuditorProgram.AuditAsync(estate, "--rules", "AUD-001", "--strict")).Code);
    }

    [Fact]
    public async Task Nothing_to_audit_ends_with_5()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", "no bundle");
        var run = await AuditorProgram.RunAsync(folder.Path, ["audit", "."]);
        Assert.Equal(5, run.Code);
        Assert.Contains("nothing to audit in '.'", Assert.Single(run.Complaints), StringComparison.Ordinal);
        Assert.Equal(5, (await AuditorProgram.RunAsync(folder.Path, ["audit", ".", "--allow-incomplete"])).Code);
    }

    [Fact]
    public async Task A_missing_path_is_wrong_usage_and_not_an_empty_estate()
    {
        using var folder = new TemporaryFolder();
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["audit", "gone"]), 2, "'gone' does not exist");
    }
}
