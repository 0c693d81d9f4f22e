using System.Collections.Concurrent;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Okta;
using Auditor.Trace.Conditions;
using Auditor.Trace.Scripts;

namespace Auditor.Trace.Flows;

/// <summary>
/// What all interpretations of one landscape share: parsed conditions and scripts, the proxies that can call each other, and what Okta says about tokens. Thread-safe.
/// </summary>
internal sealed class TraceKnowledge(Landscape landscape, ImmutableArray<FlowProgram> programs)
{
    private readonly ConcurrentDictionary<string, ParsedCondition> conditions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Script> scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ScriptPolicy, TokenCode> codes = new(ReferenceEqualityComparer.Instance);

    // Every access token of a custom authorization server can carry these (Okta, concepts and archived reference, 2026-08).
    private static readonly string[] StandardClaims =
    [
        "ver",
        "jti",
        "iss",
        "aud",
        "sub",
        "iat",
        "exp",
        "nbf",
        "cid",
        "uid",
        "scp",
        "auth_time",
        "cnf",
        "act",
        "client_id",
        "sub_profile",
    ];

    /// <summary>The landscape.</summary>
    public Landscape Landscape => landscape;

    /// <summary>The custom scopes that any authorization server defines, ordered.</summary>
    public ImmutableArray<string> Scopes { get; } =
    [
        .. landscape
            .Okta.SelectMany(org => org.AuthorizationServers.Items)
            .SelectMany(server => server.Scopes.Items)
            .Where(scope => scope.IsCustom)
            .Select(scope => scope.Name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The groups of all orgs, ordered by name; empty unless they were collected.</summary>
    public ImmutableArray<string> Groups { get; } =
    [
        .. landscape
            .Okta.SelectMany(org => org.Groups.Items)
            .Select(group => group.Name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    public TokenCode Code(ScriptPolicy policy, Func<TokenCode> read) => codes.GetOrAdd(policy, _ => read());

    public ParsedCondition Parse(string text) => conditions.GetOrAdd(text, static key => ConditionParser.Parse(key));

    public Script Parse(string key, Func<Script> read) => scripts.GetOrAdd(key, _ => read());

    /// <summary>The endpoints that a LocalTargetConnection may mean: of the same organization and environment, the longest base path that begins the path.</summary>
    public ImmutableArray<FlowProgram> Called(FlowProgram from, TargetConnection.Local target)
    {
        var near = programs.Where(program =>
            ReferenceEquals(program.Organization, from.Organization)
            && ReferenceEquals(program.Environment, from.Environment)
            && program.Endpoint is not null
        );
        if (target.Proxy is { } proxy)
        {
            return
            [
                .. near.Where(program =>
                    string.Equals(program.Bundle.Name, proxy, StringComparison.Ordinal)
                    && (target.Endpoint is null || string.Equals(program.Endpoint!.Name, target.Endpoint, StringComparison.Ordinal))
                ),
            ];
        }

        return near.Select(program => (Program: program, Suffix: target.Path is { } path ? program.SuffixOf(path) : null))
                .Where(pair => pair.Suffix is not null)
                .GroupBy(pair => pair.Suffix!.Length)
                .MinBy(group => group.Key)
                ?.Select(pair => pair.Program)
                .ToImmutableArray()
            ?? [];
    }

    /// <summary>The server with that issuer, or whose key set has that address; null when none is known.</summary>
    public AuthorizationServer? FindServer(string? issuer, string? jwksUri)
    {
        foreach (var org in landscape.Okta)
        {
            foreach (var server in org.AuthorizationServers)
            {
                if (
                    string.Equals(server.Issuer, issuer, StringComparison.Ordinal)
                    || (jwksUri is not null && string.Equals(server.Issuer + "/v1/keys", jwksUri, StringComparison.Ordinal))
                )
                {
                    return server;
                }
            }
        }

        return null;
    }

    /// <summary>Whether a server puts the list of granted scopes into a claim of its own (Okta, <i>Expression Language in Identity Engine</i>: <c>access.scope</c>).</summary>
    public static bool IsScopeList(AuthorizationServer? server, string claim) =>
        server?.Claims.Items.Any(defined =>
            defined is { IsInAccessTokens: true, ValueType: "EXPRESSION" }
            && string.Equals(defined.Name, claim, StringComparison.Ordinal)
            && string.Equals(defined.Value?.Trim(), "access.scope", StringComparison.Ordinal)
        ) == true;

    /// <summary>Whether tokens of a server carry a claim: true, false, or not known.</summary>
    public static bool? Carries(AuthorizationServer? server, string claim)
    {
        if (server is null)
        {
            return null;
        }

        if (StandardClaims.Contains(claim, StringComparer.Ordinal))
        {
            return true;
        }

        foreach (var defined in server.Claims)
        {
            if (defined.IsInAccessTokens && string.Equals(defined.Name, claim, StringComparison.Ordinal))
            {
                return true;
            }
        }

        // A hook may put anything into a token, and which rules have one is known where all rules are.
        var unhooked =
            server.Policies.IsComplete
            && server.Policies.Items.All(policy => policy.Rules.IsComplete && policy.Rules.Items.All(rule => rule.InlineHookId is null));
        return server.Claims.IsComplete && unhooked ? false : null;
    }
}
