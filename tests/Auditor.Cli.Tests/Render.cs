using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Reports of a run that was kept, without checking again.</summary>
public sealed class Render
{
    [Fact]
    public async Task The_reports_of_a_kept_run_are_those_of_the_run()
    {
        using var folder = new TemporaryFolder();
        Inputs.TrailingSlash().WriteTo(folder.Path);
        string[] formats = ["html", "sarif", "junit", "csv"];
        var audit = await AuditorProgram.RunAsync(
            folder.Path,
            [
                "audit",
                ".",
                "--verbose",
                "--report",
                "text",
                "--report",
                "run=kept.json",
                .. formats.SelectMany(format => new[] { "--report", $"{format}=audit.{format}" }),
            ]
        );
        Assert.Equal(1, audit.Code);

        // What was audited is not looked at again.
        Directory.Delete(Path.Combine(folder.Path, "apigee"), recursive: true);
        var render = await AuditorProgram.RunAsync(
            folder.Path,
            [
                "render",
                "kept.json",
                "--verbose",
                "--report",
                "text",
                .. formats.SelectMany(format => new[] { "--report", $"{format}=render.{format}" }),
            ]
        );
        Assert.Equal((0, ""), (render.Code, render.Error));
        Assert.Equal(audit.Output, render.Output);
        foreach (var format in formats)
        {
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(folder.Path, "audit." + format), TestContext.Current.CancellationToken),
                await File.ReadAllTextAsync(Path.Combine(folder.Path, "render." + format), TestContext.Current.CancellationToken)
            );
        }
    }

    [Theory]
    [InlineData("{\"auditorRun\":7}", "'kept.json' cannot be rendered: it has form 7")]
    [InlineData("{\"auditorRun\":1}", "'kept.json' cannot be rendered: it is damaged")]
    [InlineData("{\"schema\":1}", "'kept.json' cannot be rendered: it is not a stored run")]
    [InlineData("", "'kept.json' cannot be rendered")]
    public async Task What_is_no_kept_run_is_refused(string text, string says)
    {
        using var folder = new TemporaryFolder();
        folder.Write("kept.json", text);
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["render", "kept.json"]), 2, says);
    }
}
