using Auditor.Collectors.Terraform;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Tests.Terraform;

/// <summary>A small estate that plans are laid over: one org with a server and a client, one organization with an environment.</summary>
internal static class PlannedEstate
{
    private static readonly SourceLocation Live = new("live");

    /// <summary>The estate.</summary>
    public static Landscape Whole => new() { Okta = [Org], Apigee = [Organization] };

    /// <summary>The org.</summary>
    public static OktaOrg Org { get; } =
        new()
        {
            Host = "acme.okta.com",
            AuthorizationServers = Collected<AuthorizationServer>.Of([Server("aus1", "Orders"), Server("aus2", "Payments")]),
            Apps = Collected<OktaApp>.Of([
                new OktaApp
                {
                    Id = "0oa1",
                    Label = "Shop",
                    Groups = Collected<string>.Of(["00g1", "00g2"]),
                    Grants = Collected<string>.Of(["okta.users.read", "okta.apps.read"]),
                    Location = Live,
                },
            ]),
            Groups = Collected<OktaGroup>.Of([new OktaGroup("00g1", "staff", "OKTA_GROUP", null, Live)]),
            GroupRules = Collected<GroupRule>.Of([]),
            Domains = Collected<OktaDomain>.Of([new OktaDomain("id.acme.example", "VERIFIED", null, Live)]),
            Location = Live,
        };

    /// <summary>The organization.</summary>
    public static ApigeeOrganization Organization { get; } =
        new()
        {
            Name = "acme",
            Environments = Collected<ApigeeEnvironment>.Of([
                new ApigeeEnvironment
                {
                    Name = "prod",
                    FlowHooks = Collected<FlowHook>.Of([new FlowHook("PreProxyFlowHook", "guard", false, Live)]),
                    TargetServers = Collected<TargetServer>.Of([new TargetServer("orders", "orders.acme.example", 443, true, null, Live)]),
                    KeyValueMaps = Collected<KeyValueMap>.Of([
                        new KeyValueMap("backend", true, Collected<KeyValueEntry>.Of([Entry("password"), Entry("timeout")]), Live),
                    ]),
                    References = Collected<KeystoreReference>.Of([]),
                    Location = Live,
                },
            ]),
            EnvironmentGroups = Collected<EnvironmentGroup>.Of([
                new EnvironmentGroup("public", ["api.acme.example"], Collected<string>.Of(["prod", "eu"]), Live),
            ]),
            Products = Collected<ApiProduct>.Of([]),
            Deployments = Collected<Deployment>.Of([new Deployment("prod", BundleKind.Proxy, "orders-v1", 3, null, Live)]),
            Location = Live,
        };

    /// <summary>The estate with what a plan says.</summary>
    public static Landscape With(PlanText plan, TerraformOthers others = TerraformOthers.Stay) =>
        plan.Read().Over(TerraformView.Planned, Whole, others);

    /// <summary>What is said not to be compared.</summary>
    public static string[] Notes(Landscape landscape) => [.. landscape.Coverage.Select(entry => $"{entry.Part}: {entry.Coverage.Reason}")];

    private static AuthorizationServer Server(string id, string name) =>
        new()
        {
            OrgHost = "acme.okta.com",
            Id = id,
            Name = name,
            Issuer = "https://acme.okta.com/oauth2/" + id,
            Scopes = Collected<Scope>.Of([new Scope("orders.read", "IMPLICIT", false, false, Live)]),
            Claims = Collected<Claim>.Of([]),
            TrustedServers = Collected<string>.Of(["aus7", "aus8"]),
            Policies = Collected<AccessPolicy>.Of([
                new AccessPolicy
                {
                    Id = "00p-" + id,
                    Name = "Clients",
                    Rules = Collected<AccessRule>.Of([
                        new AccessRule
                        {
                            Id = "0pr-" + id,
                            Name = "Staff",
                            Location = Live,
                        },
                    ]),
                    Location = Live,
                },
            ]),
            Location = Live,
        };

    private static KeyValueEntry Entry(string key) => new(key, new ConfigurationValue("x", null, Live));
}
