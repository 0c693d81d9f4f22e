using System.Text;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>What is taken for a document of Terraform, what is refused, and with which line.</summary>
public sealed class TerraformDocuments : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{", "is not valid JSON")]
    [InlineData("{}", "no 'format_version'")]
    [InlineData("{\"format_version\":\"2.0\"}", "does not know")]
    [InlineData("{\"format_version\":\"MARKER\"}", "does not know")]
    [InlineData("{\"format_version\":7}", "does not know")]
    [InlineData("{\"format_version\":\"1.0\",\"format_version\":\"1.0\"}", "names a member twice")]
    [InlineData("{\"format_version\":\"1.0\",\"values\":\"\\ud800\"}", "half a surrogate pair")]
    [InlineData("{\"version\":4,\"lineage\":\"MARKER\",\"resources\":[]}", "a state as Terraform keeps it")]
    public async Task What_cannot_be_used_is_refused_without_quoting_it(string content, string says)
    {
        folder.Write("given.json", content);
        var refusal = await Assert.ThrowsAsync<InputException>(() => ReadAsync("given.json"));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'given.json'", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MARKER", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("main.tf", "resource \"okta_group\" \"staff\" { name = \"staff\" }", "one file")]
    [InlineData("sources/main.tf.json", "{}", "in JSON")]
    [InlineData("sources/modules/a/main.tf", "variable \"env\" {}", "('modules/a')")]
    public async Task Sources_that_are_not_read_are_refused_with_what_to_give_instead(string file, string content, string says)
    {
        folder.Write(file, content);
        var refusal = await Assert.ThrowsAsync<InputException>(() => ReadAsync(file.Split('/')[0]));
        Assert.Contains("'terraform show -json'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"format_version\":\"1.0\"}")]
    [InlineData("{\"format_version\":\"1.0\",\"values\":null}")]
    [InlineData("{\"format_version\":\"1.0\",\"values\":{\"root_module\":[1,\"x\",null]}}")]
    [InlineData(
        "{\"format_version\":\"1.0\",\"values\":{\"root_module\":{\"resources\":[{\"mode\":\"data\",\"address\":\"a\",\"type\":\"okta_group\"}]}}}"
    )]
    [InlineData(
        "{\"format_version\":\"1.2\",\"planned_values\":{},\"resource_changes\":[{\"mode\":\"managed\",\"address\":\"a\",\"type\":\"okta_auth_server\",\"change\":7}]}"
    )]
    public async Task What_holds_nothing_of_ours_is_an_empty_estate(string content)
    {
        folder.Write("given.json", content);
        var input = await ReadAsync("given.json");
        Assert.Empty(input.Landscape.Okta);
        Assert.Empty(input.Landscape.Apigee);
        Assert.NotNull(input.Terraform);
    }

    [Fact]
    public async Task Resources_without_any_value_are_read_as_far_as_they_go()
    {
        string[] types =
        [
            "okta_auth_server",
            "okta_auth_server_scope",
            "okta_auth_server_policy",
            "okta_auth_server_policy_rule",
            "okta_auth_server_claim",
            "okta_app_oauth",
            "okta_app_group_assignments",
            "okta_group",
            "okta_group_rule",
            "okta_inline_hook",
            "okta_trusted_origin",
            "okta_domain",
            "google_apigee_flowhook",
            "google_apigee_target_server",
            "google_apigee_environment",
            "google_apigee_environment_keyvaluemaps",
            "google_apigee_environment_keyvaluemaps_entries",
            "google_apigee_api_product",
            "google_apigee_envgroup",
            "google_apigee_api_deployment",
        ];
        string[] values =
        [
            "null",
            "{}",
            "7",
            "[]",
            "{\"name\":[],\"id\":{},\"org_id\":\"organizations/acme\",\"env_id\":\"organizations/acme/environments/prod\"}",
        ];
        foreach (var value in values)
        {
            var resources = string.Join(
                ',',
                types.Select(type =>
                    $$"""{"address":"{{type}}.a","mode":"managed","type":"{{type}}","name":"a","values":{{value}},"sensitive_values":true}"""
                )
            );
            folder.Write("given.json", """{"format_version":"1.0","values":{"root_module":{"resources":[""" + resources + "]}}}");
            var input = await ReadAsync("given.json");
            Assert.All(input.Landscape.Okta, org => Assert.Equal("okta", org.Host));
        }
    }

    [Fact]
    public async Task A_resource_of_every_depth_and_instance_is_found_and_its_parts_with_it()
    {
        var document = new StringBuilder("""{"format_version":"1.0","values":{"root_module":""");
        for (var depth = 0; depth < 20; depth++)
        {
            document.Append("""{"child_modules":[""");
        }

        document.Append(
            """
            {"address":"module.a[\"x.y\"].module.b[1]","resources":[
              {"address":"module.a[\"x.y\"].module.b[1].okta_auth_server.s[\"eu.west\"]","mode":"managed","type":"okta_auth_server","name":"s","index":"eu.west",
               "values":{"id":"aus1","name":"Orders","issuer":"https://acme.okta.com/oauth2/aus1","issuer_mode":"ORG_URL","audiences":["api://orders"]}},
              {"address":"module.a[\"x.y\"].module.b[1].okta_auth_server_scope.s[0]","mode":"managed","type":"okta_auth_server_scope","name":"s","index":0,
               "values":{"id":"scp1","auth_server_id":"aus1","name":"orders.read"}}]}
            """
        );
        document.Append(string.Concat(Enumerable.Repeat("]}", 20))).Append("}}");
        folder.Write("given.json", document.ToString());
        var org = Assert.Single((await ReadAsync("given.json")).Landscape.Okta);
        Assert.Equal("acme.okta.com", org.Host);
        var server = Assert.Single(org.AuthorizationServers);
        Assert.Equal("orders.read", Assert.Single(server.Scopes).Name);
        // More may be there: of a list of which only a part is known, nothing is known not to be there.
        Assert.False(org.AuthorizationServers.IsComplete);
        Assert.False(server.Scopes.IsComplete);
    }

    [Fact]
    public async Task The_ids_of_what_is_yet_to_be_made_are_found_in_the_sources()
    {
        var plan = await ReadAsync(Path.Combine(Repository.Root, "tests", "terraform", "acme-change.plan.json"));
        var payments = plan.Landscape.Okta.Single().AuthorizationServers.Items.Single(server => server.Name == "Payments");
        Assert.Equal("payments.read", Assert.Single(payments.Scopes).Name);
        Assert.Empty(payments.Policies);
        Assert.Contains(plan.Landscape.Coverage, entry => entry.Part == "terraform/okta_auth_server_policy.payments");
    }

    [Fact]
    public async Task Another_estate_stays_as_it_is()
    {
        var plan = await ReadAsync(Path.Combine(Repository.Root, "tests", "terraform", "acme-change.plan.json"));
        var other = await new InputReader(new Redactor()).ReadAsync(["meridian"], Repository.Landscapes, CancellationToken.None);
        foreach (var others in Enum.GetValues<TerraformOthers>())
        {
            var laid = plan.Terraform!.Over(TerraformView.Planned, other.Landscape, others);
            Assert.Equal(other.Landscape.Okta, laid.Okta);
            Assert.Equal(other.Landscape.Apigee, laid.Apigee);
            Assert.Contains(laid.Coverage, entry => entry.Coverage.Reason == "it is in the org 'acme.okta.com'");
        }
    }

    [Fact]
    public async Task No_text_of_a_document_is_shown_wherever_it_lies()
    {
        const string Content = """{"format_version":"1.0","terraform_version":"1.12.2","values":{"x":"MARKER of nothing in particular"}}""";
        folder.Write("tree/deep/given.json", Content);
        folder.Write("tree/other.json", """{"a":1}""");
        var reader = new InputReader(new Redactor());
        var both = await reader.ReadAsync(["tree", "tree/deep/given.json"], folder.Path, TestContext.Current.CancellationToken);
        Assert.Equal("""{"a":1}""", both.Texts.Find("tree/other.json"));
        Assert.Null(both.Texts.Find("tree/deep/given.json"));
        Assert.NotNull(both.Texts.Digest("tree/deep/given.json"));
        // One that was not given itself, but lies in a tree that was.
        var tree = await ReadAsync("tree");
        var document = await ReadAsync("tree/deep/given.json");
        Assert.Null(tree.Texts.Find("tree/deep/given.json"));
        Assert.Equal(document.Texts.Digest("tree/deep/given.json"), tree.Texts.Digest("tree/deep/given.json"));
        // One that was written once more after it was read is none of what was read.
        folder.Write("tree/deep/given.json", """{"b":"MARKER"}""");
        Assert.Null(tree.Texts.WithUnseenOf(document.Texts).Find("tree/deep/given.json"));
        Assert.Null(both.Texts.Find("tree/deep/given.json"));
        Assert.Equal(document.Texts.Digest("tree/deep/given.json"), tree.Texts.WithUnseenOf(document.Texts).Digest("tree/deep/given.json"));
    }

    private Task<Input> ReadAsync(string path) =>
        new InputReader(new Redactor()).ReadAsync([path], folder.Path, TestContext.Current.CancellationToken);
}
