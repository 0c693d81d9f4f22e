using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform.Source;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>A folder of Terraform's sources, for one test.</summary>
internal sealed class SourceFolder : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Its path.</summary>
    public string Path => System.IO.Path.Combine(folder.Path, "src");

    public void Dispose() => folder.Dispose();

    /// <summary>Writes a file.</summary>
    public SourceFolder With(string file, string content)
    {
        folder.Write("src/" + file, content);
        return this;
    }

    /// <summary>The folder as it is worked out.</summary>
    public TerraformSource Source() => Of(Path);

    /// <summary>A folder as it is worked out.</summary>
    public static TerraformSource Of(string path) =>
        TerraformSource.Read(
            System.IO.Path.GetFileName(path),
            SourceTree.Open(path, CancellationToken.None),
            System.IO.Path.GetFileName(path),
            TestContext.Current.CancellationToken
        );

    /// <summary>The folder as an input.</summary>
    public Task<Input> InputAsync() =>
        new InputReader(new Redactor()).ReadAsync(["src"], folder.Path, TestContext.Current.CancellationToken);

    /// <summary>The line with which it is refused.</summary>
    public string Refusal()
    {
        var line = Assert.Throws<InputException>(Source).Message;
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain("MARKER", line, StringComparison.Ordinal);
        return line;
    }

    /// <summary>What an expression is, as the sources of a folder say it: JSON, <c>?</c> where it is not known as a whole, <c>!</c> before what may not be shown.</summary>
    public string Value(string expression, string more = "")
    {
        With("value.tf", $"resource \"okta_group\" \"value\" {{\n  name = {expression}\n}}\n{more}\n");
        var resource = Source()
            .Document.GetProperty("values")
            .GetProperty("root_module")
            .GetProperty("resources")
            .EnumerateArray()
            .Single(one => one.GetProperty("address").GetString() == "okta_group.value");
        var mark = resource.GetProperty("sensitive_values").TryGetProperty("name", out _) ? "!" : "";
        return resource.GetProperty("after_unknown").TryGetProperty("name", out _)
            ? mark
                + "?"
                + (
                    resource.GetProperty("refers").TryGetProperty("name", out var from)
                        ? " " + string.Join(' ', from.EnumerateArray().Select(one => one.GetString()))
                        : ""
                )
            : mark + (resource.GetProperty("values").TryGetProperty("name", out var value) ? value.GetRawText() : "null");
    }
}
