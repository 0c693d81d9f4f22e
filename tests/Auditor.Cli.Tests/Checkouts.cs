using System.Text.Json.Nodes;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>A checkout whose bundles are built with values of their environments, compared with what is live, through the real program.</summary>
public sealed class Checkouts : IDisposable
{
    private const string Bundle = "apigee/acme/apis/orders-v1/revisions/1/apiproxy/";
    private const string Refusal = "orders-v1/apiproxy/policies/RF-Scope.xml";

    private readonly TemporaryFolder folder = new();
    private readonly Estate checkout = Estate.Empty();

    public Checkouts()
    {
        var acme = Estate.Load("acme");
        acme.WriteTo(Path.Combine(folder.Path, "live"));
        foreach (var path in acme.Paths.Where(path => path.StartsWith(Bundle, StringComparison.Ordinal)))
        {
            checkout.With("orders-v1/apiproxy/" + path[Bundle.Length..], acme.Text(path));
        }

        checkout
            .Replace(Refusal, "<StatusCode>403</StatusCode>", "<StatusCode>@status@</StatusCode>")
            .Replace("orders-v1/apiproxy/proxies/default.xml", "<BasePath>/orders/v1</BasePath>", "<BasePath>/local</BasePath>");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_the_build_puts_in_for_the_environment_is_no_drift()
    {
        var run = await DiffAsync(Configuration("prod", "/RaiseFault/FaultResponse/Set/StatusCode", "403"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("no change\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_value_than_the_build_puts_in_is_drift()
    {
        var run = await DiffAsync(Configuration("prod", "//Set/StatusCode", "401"));
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.Contains("RaiseFault/FaultResponse/Set/StatusCode: '401' → '403'", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("BasePath", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test", "/RaiseFault/FaultResponse/Set/StatusCode", "has no configuration 'prod'")]
    [InlineData("prod", "count(//StatusCode)", "an XPath that is not evaluated here")]
    public async Task What_a_build_makes_for_an_environment_and_nobody_knows_is_not_compared(string name, string path, string says)
    {
        var run = await DiffAsync(Configuration(name, path, "403"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        var text = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(says, text, StringComparison.Ordinal);
        Assert.Contains("1 not compared", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("{\"configurations\":[],\"configurations\":[]}", "names a member twice")]
    [InlineData("{\"configurations\":{\"name\":\"prod\"}}", "'configurations' is no list")]
    public async Task Of_builds_whose_configuration_cannot_be_read_nothing_is_compared(string configuration, string says)
    {
        var run = await DiffAsync(configuration);
        var text = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((4, ""), (run.Code, run.Error));
        Assert.Contains(says, text, StringComparison.Ordinal);
        Assert.Contains("1 not compared", text, StringComparison.Ordinal);
        Assert.DoesNotContain("BasePath", text, StringComparison.Ordinal);
        Assert.DoesNotContain("StatusCode", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_more_builds_and_places_than_any_estate_has_nothing_is_compared()
    {
        var many = string.Join(',', Enumerable.Range(0, 64).Select(i => $$"""{"name":"e{{i}}","policies":[]}"""));
        var last = Configuration("prod", "/RaiseFault/FaultResponse/Set/StatusCode", "403")["{\"configurations\":[".Length..];
        Assert.Contains(
            "more than 64 configurations",
            (await DiffAsync($"{{\"configurations\":[{many},{last}")).Output,
            StringComparison.Ordinal
        );
        var tokens = string.Join(',', Enumerable.Repeat("""{"xpath":"//StatusCode","value":"403"}""", 1001));
        Assert.Contains(
            "more than 1000 places",
            (
                await DiffAsync($$"""{"configurations":[{"name":"prod","policies":[{"name":"RF-Scope.xml","tokens":[{{tokens}}]}]}]}""")
            ).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Two_bundles_of_one_name_are_refused_where_a_build_makes_one_of_them()
    {
        foreach (var path in checkout.Paths.ToList())
        {
            checkout.With("attic/" + path, checkout.Text(path));
        }

        checkout.With("attic/orders-v1/config.json", Configuration("prod", "//Set/StatusCode", "401"));
        AuditorProgram.EndsWithOneLine(
            await DiffAsync(Configuration("prod", "//Set/StatusCode", "403")),
            2,
            "'checkout': proxy 'orders-v1' is declared twice, in 'checkout/attic/orders-v1/apiproxy' and in 'checkout/orders-v1/apiproxy'"
        );
    }

    [Fact]
    public async Task A_place_that_some_build_fills_is_open_and_no_drift()
    {
        checkout.Replace("orders-v1/apiproxy/proxies/default.xml", "<BasePath>/local</BasePath>", "<BasePath>/orders/v1</BasePath>");
        var run = await DiffAsync(null, "--report", "json");
        Assert.Equal(0, run.Code);
        Assert.Contains("what a build puts in place of \\u0027@status@\\u0027", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"verdict\": \"fail\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_of_the_configuration_plug_in_is_compared_with_what_is_live_of_its_kinds()
    {
        const string Prod = "apigee/acme/environments/prod/";
        var acme = Estate.Load("acme");
        var products = JsonNode.Parse(acme.Text("apigee/acme/apiproducts.json"))!["apiProduct"]!.ToJsonString();
        var references = string.Join(
            ',',
            acme.Paths.Where(path => path.StartsWith(Prod + "references/", StringComparison.Ordinal)).Select(acme.Text)
        );
        folder.Write("tree/resources/edge/org/apiProducts.json", products);
        folder.Write("tree/resources/edge/env/prod/references.json", $"[{references}]");
        folder.Write("tree/resources/edge/env/prod/kvms.json", """[{"name":"backend","entry":[{"name":"timeout","value":"30"}]}]""");
        folder.Write("tree/resources/edge/env/prod/targetServers.json", $"[{acme.Text(Prod + "targetservers/orders.json")}]");
        var same = await AuditorProgram.RunAsync(folder.Path, ["diff", "tree", "live", "--declared"]);
        Assert.Equal((0, ""), (same.Code, same.Error));
        Assert.Contains("no change\n", same.Output, StringComparison.Ordinal);
        folder.Write("tree/resources/edge/env/prod/kvms.json", """[{"name":"backend","entry":[{"name":"timeout","value":"60"}]}]""");
        folder.Write(
            "tree/resources/edge/env/prod/targetServers.json",
            $"[{acme.Text(Prod + "targetservers/orders.json").Replace("orders.internal", "orders.old", StringComparison.Ordinal)}]"
        );
        var other = await AuditorProgram.RunAsync(folder.Path, ["diff", "tree", "live", "--declared", "--fail-on", "note"]);
        Assert.Equal((1, ""), (other.Code, other.Error));
        Assert.Contains("Host: 'orders.old.acme.example' → 'orders.internal.acme.example'", other.Output, StringComparison.Ordinal);
        Assert.Contains("key value map 'backend' of environment 'prod' has changed", other.Output, StringComparison.Ordinal);
    }

    private Task<Run> DiffAsync(string? configuration, params string[] options)
    {
        if (configuration is not null)
        {
            checkout.With("orders-v1/config.json", configuration);
        }

        checkout.WriteTo(Path.Combine(folder.Path, "checkout"));
        return AuditorProgram.RunAsync(folder.Path, ["diff", "checkout", "live", "--declared", .. options]);
    }

    private static string Configuration(string name, string path, string status) =>
        $$"""
            {"configurations":[{"name":"{{name}}",
              "policies":[{"name":"RF-Scope.xml","tokens":[{"xpath":"{{path}}","value":"{{status}}"}]}],
              "proxies":[{"name":"default.xml","tokens":[{"xpath":"/ProxyEndpoint/HTTPProxyConnection/BasePath","value":"/orders/v1"}]}],
              "targets":[]}]}
            """;
}
