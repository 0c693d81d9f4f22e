using Auditor.Collectors.Apigee;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>What the documentation says is read, and with which rights, is the table that requests are held against.</summary>
public sealed class ApigeePage
{
    private const string Begin = "<!-- endpoints: tests/Auditor.Collectors.Tests keeps this table; AUDITOR_UPDATE=1 writes it -->\n";
    private const string End = "<!-- /endpoints -->";

    [Fact]
    public async Task The_table_of_what_is_read_is_what_may_be_sent()
    {
        var path = Path.Combine(Repository.Root, "docs", "apigee.md");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin);
        var table =
            "| | right | for |\n|---|---|---|\n"
            + string.Concat(
                new[] { ApigeeEndpoints.Organizations, ApigeeEndpoints.ProjectMapping }
                    .Concat(ApigeeEndpoints.Read)
                    .Append(ApigeeEndpoints.AuditLog)
                    .Append(ApigeeEndpoints.Rights)
                    .Select(endpoint =>
                        $"| {endpoint.Method} `{endpoint.Template}` | {(endpoint.Permission is { } right ? $"`{right}`" : "none")} | {endpoint.Purpose} |\n"
                    )
            );
        if (Environment.GetEnvironmentVariable("AUDITOR_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(path, text[..begin] + table + text[end..], TestContext.Current.CancellationToken);
            return;
        }

        Assert.Equal(table, text[begin..end]);
        Assert.All(ApigeeEndpoints.Read, endpoint => Assert.Equal(HttpMethod.Get, endpoint.Method));
    }
}
