using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Terraform;
using Auditor.Collectors.Terraform.Source;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>Sources of Terraform that people use: which resources are read of them, and what of these cannot be known without the values that whoever applies them gives.</summary>
public sealed partial class RealSources
{
    private static readonly Dictionary<string, string> Told = new(StringComparer.Ordinal)
    {
        ["apigee__terraform-modules/modules/sb-psc-attachment"] = """
            google_apigee_endpoint_attachment.endpoint_attachment 1, not known: endpoint_attachment_id location org_id service_attachment
            google_apigee_target_server.target_server 0
            """,
        ["kurtkanaskie__apigeex-terraform-sharedflows-flowhooks"] = """
            google_apigee_flowhook.tf_post_proxy_flow_hook 1, not known: environment org_id
            google_apigee_flowhook.tf_post_target_flow_hook 1, not known: environment org_id
            google_apigee_flowhook.tf_pre_proxy_flow_hook 1, not known: environment org_id
            google_apigee_flowhook.tf_pre_target_flow_hook 1, not known: environment org_id
            google_apigee_sharedflow.tf_cors_any_v1 1, not known: org_id
            google_apigee_sharedflow.tf_log_cloud_logging_sc_v1 1, not known: org_id
            google_apigee_sharedflow.tf_log_set_values_v1 1, not known: org_id
            google_apigee_sharedflow.tf_post_proxy_v1 1, not known: org_id
            google_apigee_sharedflow.tf_post_target_v1 1, not known: org_id
            google_apigee_sharedflow.tf_pre_proxy_v1 1, not known: org_id
            google_apigee_sharedflow.tf_pre_target_v1 1, not known: org_id
            google_apigee_sharedflow_deployment.tf-log-cloud-logging-sc-v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_cors_any_v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_log_set_values_v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_post_proxy_v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_post_target_v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_pre_proxy_v1_deployment 1, not known: environment org_id revision
            google_apigee_sharedflow_deployment.tf_pre_target_v1_deployment 1, not known: environment org_id revision
            """,
        ["tedilabs__terraform-okta-modules/modules/authorization-server"] = """
            okta_auth_server.this 1, not known: audiences name
            okta_auth_server_claim.this 0
            okta_auth_server_policy.this 0
            """,
        ["tedilabs__terraform-okta-modules/modules/oidc-app"] = """
            okta_app_group_assignments.this 1, not known: app_id group
            okta_app_oauth.this 1, not known: groups_claim label type
            okta_app_user.this 0
            """,
    };

    private static readonly Dictionary<string, (string File, string Content)> Given = new(StringComparer.Ordinal)
    {
        ["apigee__terraform-modules/modules/sb-psc-attachment"] = (
            "given.auto.tfvars",
            """
            apigee_organization = "organizations/acme"
            target_servers = {
              orders = { environment_id = "organizations/acme/environments/prod", name = "orders", port = "443" }
            }
            """
        ),
        ["kurtkanaskie__apigeex-terraform-sharedflows-flowhooks"] = ("terraform.tfvars", "project_id = \"acme\"\nenv = \"prod\"\n"),
        ["tedilabs__terraform-okta-modules/modules/authorization-server"] = (
            "terraform.tfvars",
            """
            name      = "Orders"
            audiences = ["api://orders"]
            claims = [
              { token_type = "ACCESS_TOKEN", name = "groups", value_type = "GROUPS", value = ".*" },
            ]
            access_policies = [{ name = "Clients", assigned_clients = ["ALL_CLIENTS"], priority = 1 }]
            """
        ),
    };

    [Fact]
    public void Of_every_real_set_it_is_said_which_resources_are_read_and_what_of_them_is_not_known()
    {
        var root = Repository.Shared("corpus/terraform");
        var folders = Folders(root).ToList();
        Assert.Equal(Told.Keys.Order(StringComparer.Ordinal), folders);
        foreach (var folder in folders)
        {
            Assert.Equal(Told[folder], Said(Path.Combine(root, folder)));
        }
    }

    [Fact]
    public async Task No_resource_of_a_real_set_is_lost()
    {
        var root = Repository.Shared("corpus/terraform");
        foreach (var folder in Folders(root))
        {
            var path = Path.Combine(root, folder);
            var written = Directory
                .GetFiles(path, "*.tf")
                .SelectMany(file => Resource().Matches(File.ReadAllText(file)))
                .Select(match => $"{match.Groups["type"].Value}.{match.Groups["name"].Value}")
                .Where(TerraformSource.IsOurs)
                .Order(StringComparer.Ordinal)
                .ToList();
            Assert.NotEmpty(written);
            Assert.Equal(written, SourceFolder.Of(path).Resources.Keys);
            var input = await new InputReader(new Redactor()).ReadAsync([path], root, TestContext.Current.CancellationToken);
            Assert.Equal("terraform source", Assert.Single(input.Sources).Kind);
            Assert.NotNull(input.Terraform);
        }
    }

    [Fact]
    public async Task What_is_given_to_a_real_set_is_worked_out()
    {
        var root = Repository.Shared("corpus/terraform");
        using var copies = new TemporaryFolder();
        foreach (var (folder, (file, content)) in Given)
        {
            foreach (var source in Directory.GetFiles(Path.Combine(root, folder), "*.tf"))
            {
                copies.Write(
                    $"{folder}/{Path.GetFileName(source)}",
                    await File.ReadAllTextAsync(source, TestContext.Current.CancellationToken)
                );
            }

            copies.Write($"{folder}/{file}", content);
        }

        var hooks = await ReadAsync("kurtkanaskie__apigeex-terraform-sharedflows-flowhooks");
        Assert.Equal(
            [
                "PostProxyFlowHook tf-post-proxy-v1 True",
                "PostTargetFlowHook tf-post-target-v1 True",
                "PreProxyFlowHook tf-pre-proxy-v1 True",
                "PreTargetFlowHook tf-pre-target-v1 True",
            ],
            hooks
                .Landscape.Apigee.Single()
                .FindEnvironment("prod")!
                .FlowHooks.Select(hook => $"{hook.Point} {hook.SharedFlow} {hook.ContinueOnError}")
                .Order(StringComparer.Ordinal)
        );
        var target = Assert.Single(
            (await ReadAsync("apigee__terraform-modules/modules/sb-psc-attachment")).Landscape.Coverage,
            entry => entry.Part.StartsWith("terraform/google_apigee_target_server", StringComparison.Ordinal)
        );
        // Its host is that of an attachment that is to be made: what it is cannot be known, and it is not made up.
        Assert.Equal("terraform/google_apigee_target_server.target_server[\"orders\"]", target.Part);
        var server = Assert.Single(
            Assert
                .Single((await ReadAsync("tedilabs__terraform-okta-modules/modules/authorization-server")).Landscape.Okta)
                .AuthorizationServers
        );
        Assert.Equal(("Orders", "DYNAMIC", "AUTO"), (server.Name, server.IssuerMode, server.Signing!.RotationMode));
        Assert.Equal(
            ("groups", "GROUPS", "REGEX", "RESOURCE"),
            Assert.Single(server.Claims.Select(claim => (claim.Name, claim.ValueType, claim.GroupFilter, claim.ClaimType)))
        );
        Assert.Equal(["ALL_CLIENTS"], Assert.Single(server.Policies).Clients);

        Task<Input> ReadAsync(string folder) =>
            new InputReader(new Redactor()).ReadAsync([folder], copies.Path, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Folders(string root) =>
        Directory
            .GetFiles(root, "*.tf", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/'))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private static string Said(string path)
    {
        var source = SourceFolder.Of(path);
        var unknown = source
            .Document.GetProperty("values")
            .GetProperty("root_module")
            .GetProperty("resources")
            .EnumerateArray()
            .ToDictionary(
                one => one.GetProperty("address").GetString()!,
                one => one.GetProperty("after_unknown").EnumerateObject().Select(member => member.Name).ToList(),
                StringComparer.Ordinal
            );
        var said = new StringBuilder();
        foreach (var (address, count) in source.Resources)
        {
            said.Append(CultureInfo.InvariantCulture, $"{address} {(count is null ? "?" : count)}")
                .Append(unknown.TryGetValue(address, out var names) && names.Count > 0 ? ", not known: " + string.Join(' ', names) : "")
                .Append('\n');
        }

        return said.ToString().TrimEnd('\n');
    }

    [GeneratedRegex(
        "^resource\\s+\"(?<type>[^\"]+)\"\\s+\"(?<name>[^\"]+)\"",
        RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Resource();
}
