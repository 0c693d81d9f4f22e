using Auditor.Model;
using Auditor.Model.Findings;
using Auditor.Model.Okta;
using Auditor.Trace;
using Auditor.Trace.Flows;

namespace Auditor.Rules;

/// <summary>The edge from a token check to the authorization server it trusts, or why there is none to speak of.</summary>
internal readonly record struct Trust(AuthorizationServer? Server, Verdict? Instead)
{
    /// <summary>The trust edge of a bearer check. Rules that compare two sides need one; what they answer without it is <see cref="Instead"/>.</summary>
    public static Trust Of(TokenCheck check, AuditContext context)
    {
        if (check.Kind != TokenCheckKind.Jwt || check.Role != TokenRole.Bearer)
        {
            return new Trust(null, Verdict.NotApplicable);
        }

        if (check.Server is { } server)
        {
            return new Trust(server, null);
        }

        if (context.Landscape.Okta.IsEmpty)
        {
            return new Trust(
                null,
                new Verdict.Open(
                    "no Okta org is part of the input, so there is nothing to compare with",
                    "a recording of the Okta org, or its URL in auditor.yaml"
                )
            );
        }

        var named = check
            .Issuer.Texts.Concat(check.Keys.SelectMany(key => key.Value.Texts))
            .Select(text => OktaUrl.Read(text, context.Landscape))
            .OfType<OktaUrl>()
            .ToList();
        if (named.Find(url => url is { ServerId: not null, Org.AuthorizationServers.IsComplete: false }) is { Org: { } org })
        {
            return new Trust(null, ServersUnknown(org));
        }

        if (named.Count > 0)
        {
            // An Okta URL that belongs to no server that was collected: other rules say what is wrong with it.
            return new Trust(null, Verdict.NotApplicable);
        }

        if (check.Issuer.IsKnown || check.Keys.Any(key => key.Value.IsKnown && key.Form == Model.Apigee.JwtKeyForm.JwksUri))
        {
            // Tokens of somebody else.
            return new Trust(null, Verdict.NotApplicable);
        }

        return new Trust(null, Unresolved(check));
    }

    /// <summary>The verdict on a check of tokens of an org whose servers could not be read.</summary>
    public static Verdict ServersUnknown(OktaOrg org)
    {
        ArgumentNullException.ThrowIfNull(org);
        var coverage = org.AuthorizationServers.Coverage;
        return coverage.IsGap
            ? new Verdict.NotAssessed($"the authorization servers of '{org.Host}' could not be read ({coverage.Reason})")
            : new Verdict.Open(
                $"the authorization servers of '{org.Host}' were not collected",
                $"the authorization servers of '{org.Host}'"
            );
    }

    private static Verdict.Open Unresolved(TokenCheck check)
    {
        var value = check.Issuer is Resolution.Absent && !check.Keys.IsEmpty ? check.Keys[0].Value : check.Issuer;
        var what = check.Issuer is Resolution.Absent ? "key source" : "issuer";
        return new Verdict.Open(
            $"which authorization server {check.Policy.Kind} '{check.Policy.Name}' trusts is not known: its {what} is {value.Words}",
            value is Resolution.Opaque opaque ? opaque.Closes : "a known issuer or key set",
            check.Location
        );
    }

    /// <summary>The token inline hook that may rewrite tokens of a server; null when no active rule has one.</summary>
    public static (AccessRule Rule, string Hook)? HookOf(AuthorizationServer server, Landscape landscape)
    {
        ArgumentNullException.ThrowIfNull(server);
        foreach (
            var rule in server.Policies.Where(policy => policy.IsActive).SelectMany(policy => policy.Rules.Where(rule => rule.IsActive))
        )
        {
            if (rule.InlineHookId is not { } id)
            {
                continue;
            }

            var org = landscape.Okta.FirstOrDefault(candidate => candidate.Host == server.OrgHost);
            var hook = org?.InlineHooks.Items.FirstOrDefault(candidate => candidate.Id == id);
            return (rule, hook?.Name ?? id);
        }

        return null;
    }

    /// <summary>The verdict that a value is not known, with what would close it.</summary>
    public static Verdict.Open NotKnown(string what, Resolution value, SourceLocation location) =>
        new(
            $"{what} is {value.Words}",
            value is Resolution.Opaque opaque ? opaque.Closes : "a value that configuration fixes",
            value.Origin ?? location
        )
        {
            Cause = value is Resolution.Opaque { Source: var source } ? source : null,
        };

    /// <summary>The way a value came, as related places.</summary>
    public static ImmutableArray<RelatedPlace> Way(Resolution value) =>
        [.. value.Provenance.Skip(1).Select(place => new RelatedPlace(place.Location, place.Text))];
}
