using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Staging of Meridian compared with its production, through the real program.</summary>
public sealed class EnvironmentDifferences : IDisposable
{
    private const string Rules = "okta/meridian.okta.com/api/v1/authorizationServers/aus1ord/policies/00p2ord/rules.json";

    private readonly TemporaryFolder folder = new();
    private readonly Estate meridian = Estate.Load("meridian");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_differs_is_told_in_the_names_of_production_and_what_is_called_otherwise_is_no_difference()
    {
        meridian.WriteTo(Path.Combine(folder.Path, "estate"));
        var all = await ChangesAsync("estate", "--environments", "staging=prod");
        // Ids, hosts, issuers and the names of environments differ everywhere, and say nothing.
        Assert.All(all, change => Assert.DoesNotContain("/staging/", Text(change, "key"), StringComparison.Ordinal));
        Assert.DoesNotContain(
            all,
            change => Text(change, "kind") is "authorization server" or "access rule" or "flow hook" && Text(change, "status") != "modified"
        );
        Assert.DoesNotContain(all, change => Fields(change).Contains("Issuer"));
        var audience = Assert.Single(all, change => Text(change, "title") == "authorization server 'Orders'");
        Assert.Equal(["Audiences", "IssuerMode"], Fields(audience));

        // A name that is declared is no difference any more.
        var before = audience.GetProperty("fields")[0].GetProperty("before").GetString()!;
        var after = audience.GetProperty("fields")[0].GetProperty("after").GetString()!;
        meridian
            .Replace("auditor.yaml", "    class: staging\n", $"    class: staging\n    names:\n      {before}: {after}\n")
            .WriteTo(Path.Combine(folder.Path, "estate"));
        var named = await ChangesAsync("estate", "--environments", "staging=prod");
        Assert.Equal(["IssuerMode"], Fields(Assert.Single(named, change => Text(change, "title") == "authorization server 'Orders'")));
    }

    [Fact]
    public async Task What_only_production_grants_is_told_and_whose_access_that_is()
    {
        var rules = JsonNode.Parse(meridian.Text(Rules))!;
        rules[0]!["conditions"]!["scopes"]!["include"]!.AsArray().Add("orders.admin");
        meridian.With(Rules, rules.ToJsonString()).WriteTo(Path.Combine(folder.Path, "estate"));
        var changes = await ChangesAsync("estate", "estate", "--environments", "staging=prod");
        var rule = Assert.Single(changes, change => Text(change, "kind") == "access rule");
        Assert.Equal(("modified", "weakens"), (Text(rule, "status"), Text(rule, "direction")));
        Assert.Equal(["Scopes"], Fields(rule));
        Assert.Contains(changes, change => change.TryGetProperty("access", out var access) && access.GetString() == "wider");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Names_that_either_environment_declares_or_both_are_read_once(bool first, bool second)
    {
        const string Staging = "https://stg-api.meridian.example/orders";
        const string Prod = "https://api.meridian.example/orders";
        var estate = meridian.Copy();
        if (first)
        {
            estate = estate.Replace(
                "auditor.yaml",
                "    class: staging\n",
                $"    class: staging\n    names: {{ \"{Staging}\": \"{Prod}\" }}\n"
            );
        }

        if (second)
        {
            estate = estate.Replace(
                "auditor.yaml",
                "    class: production\n",
                $"    class: production\n    names: {{ \"{Prod}\": \"{Staging}\" }}\n"
            );
        }

        estate.WriteTo(Path.Combine(folder.Path, "estate"));
        var changes = await ChangesAsync("estate", "--environments", "staging=prod");
        Assert.Equal(["IssuerMode"], Fields(Assert.Single(changes, change => Text(change, "title") == "authorization server 'Orders'")));
    }

    [Fact]
    public async Task In_an_org_of_both_environments_nothing_is_called_otherwise()
    {
        // Of names as of servers: one that stands for another which is there as well.
        meridian
            .Replace(
                "auditor.yaml",
                "okta: meridian-stg.oktapreview.com\n    class: staging\n",
                "okta: meridian.okta.com\n    class: staging\n    names: { Payments: Orders, staff: api-pay-ops, orders.read: orders.write }\n"
            )
            .WriteTo(Path.Combine(folder.Path, "estate"));
        var changes = await ChangesAsync("estate", "--environments", "staging=prod");
        Assert.NotEmpty(changes);
        Assert.All(changes, change => Assert.DoesNotMatch("^(okta/|access/meridian[.]okta[.]com)", Text(change, "key")));
    }

    [Fact]
    public async Task An_environment_is_in_itself_what_it_is()
    {
        meridian.WriteTo(Path.Combine(folder.Path, "estate"));
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", "estate", "--environments", "prod=prod"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("no change\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stagin=prod", "did you mean 'staging'?")]
    [InlineData("staging", "is no pair of environments")]
    public async Task A_pair_that_there_is_not_is_said_to_be_missing(string pair, string says)
    {
        meridian.WriteTo(Path.Combine(folder.Path, "estate"));
        AuditorProgram.EndsWithOneLine(await AuditorProgram.RunAsync(folder.Path, ["diff", "estate", "--environments", pair]), 2, says);
    }

    private async Task<List<JsonElement>> ChangesAsync(params string[] arguments)
    {
        var run = await AuditorProgram.RunAsync(folder.Path, ["diff", .. arguments, "--report", "json"]);
        Assert.Equal("", run.Error);
        using var document = JsonDocument.Parse(run.Output);
        return [.. document.RootElement.Clone().GetProperty("changes").GetProperty("entities").EnumerateArray()];
    }

    private static List<string> Fields(JsonElement change) =>
        [.. change.GetProperty("fields").EnumerateArray().Select(field => Text(field, "path"))];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
