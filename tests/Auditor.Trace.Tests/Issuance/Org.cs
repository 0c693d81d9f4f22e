using System.Collections.Immutable;
using Auditor.Model;
using Auditor.Model.Okta;
using Auditor.Trace.Issuance;

namespace Auditor.Trace.Tests.Issuance;

/// <summary>Builds orgs with one authorization server, whose scopes are <c>read</c> and <c>write</c>.</summary>
internal static class Org
{
    public static readonly SourceLocation Here = new("test.json", 1, 1);

    public static ServerIssuance Issues(IEnumerable<OktaApp> apps, params IEnumerable<AccessPolicy> policies) =>
        Issues(Collected<OktaApp>.Of([.. apps]), Collected<AccessPolicy>.Of([.. policies]));

    public static ServerIssuance Issues(Collected<OktaApp> apps, Collected<AccessPolicy> policies, string status = "ACTIVE")
    {
        var server = new AuthorizationServer
        {
            OrgHost = "acme.okta.com",
            Id = "aus1",
            Name = "Orders",
            Issuer = "https://acme.okta.com/oauth2/aus1",
            Status = status,
            Scopes = Collected<Scope>.Of([
                new Scope("read", "IMPLICIT", false, false, Here),
                new Scope("write", "IMPLICIT", false, false, Here),
                new Scope("ask", "REQUIRED", false, false, Here),
                new Scope("openid", "IMPLICIT", false, true, Here),
            ]),
            Policies = policies,
            Location = Here,
        };
        var org = new OktaOrg
        {
            Host = "acme.okta.com",
            Apps = apps,
            Groups = Collected<OktaGroup>.Of([
                new OktaGroup("gAll", "Everyone", "BUILT_IN", null, Here),
                new OktaGroup("gA", "a", "OKTA_GROUP", null, Here),
            ]),
            Location = Here,
        };
        return ServerIssuance.Of(org, server);
    }

    public static OktaApp App(string id, params ImmutableArray<string> grants) =>
        new()
        {
            Id = id,
            ClientId = id,
            Label = id,
            GrantTypes = grants,
            Location = Here,
        };

    public static AccessPolicy Policy(string name, ImmutableArray<string> clients, params ImmutableArray<AccessRule> rules) =>
        new()
        {
            Id = name,
            Name = name,
            Clients = clients,
            Rules = Collected<AccessRule>.Of(rules),
            Location = Here,
        };

    /// <summary>A rule for the members of group gA with the authorization code grant, unless said otherwise.</summary>
    public static AccessRule Rule(string name, params ImmutableArray<string> scopes) =>
        new()
        {
            Id = name,
            Name = name,
            GrantTypes = ["authorization_code"],
            Scopes = scopes,
            Groups = ["gA"],
            Location = Here,
        };
}
