using Auditor.Collectors.Answers;
using Auditor.Model;
using Auditor.Model.Okta;

namespace Auditor.Collectors.Okta;

/// <summary>
/// Whether a list shows everything there is. An administrator role that sees only some apps or groups gets a shorter list and status 200, so what the org itself names
/// elsewhere is looked for: a client of a policy that the list lacks and that can still be read by its id was hidden, not deleted.
/// </summary>
internal sealed class OktaVisibility(Listing listing, OktaScope scope)
{
    /// <summary>The coverage of the list of apps, given what policies name.</summary>
    public async Task<Coverage> OfClientsAsync(
        Coverage listed,
        IReadOnlySet<string> visible,
        IEnumerable<AuthorizationServer> servers,
        CancellationToken cancellationToken
    )
    {
        if (!listed.IsComplete)
        {
            return listed;
        }

        if (scope.MustSee.FirstOrDefault(id => !visible.Contains(id)) is { } missing)
        {
            return new Coverage.Partial($"the client '{missing}', which must be visible, is not in the list: the role sees only some apps");
        }

        if (scope.OwnClientId is { } own && visible.Count == 1 && visible.Contains(own))
        {
            return new Coverage.Partial("only the program's own app is in the list: its administrator role sees no other");
        }

        var named = servers
            .SelectMany(server => server.Policies.Items)
            .SelectMany(policy => policy.Clients)
            .Where(id => id != "ALL_CLIENTS" && !visible.Contains(id));
        return await HiddenAsync(named, "api/v1/apps/", "app", cancellationToken) ?? listed;
    }

    /// <summary>The coverage of the list of groups, given what rules name.</summary>
    public async Task<Coverage> OfGroupsAsync(
        Collected<OktaGroup> listed,
        IEnumerable<AuthorizationServer> servers,
        CancellationToken cancellationToken
    )
    {
        if (!listed.Coverage.IsComplete)
        {
            return listed.Coverage;
        }

        var visible = listed.Select(group => group.Id).ToHashSet(StringComparer.Ordinal);
        var named = servers
            .SelectMany(server => server.Policies.Items)
            .SelectMany(policy => policy.Rules.Items)
            .SelectMany(rule => rule.Groups.Concat(rule.ExcludedGroups))
            .Where(id => id != "EVERYONE" && !visible.Contains(id));
        return await HiddenAsync(named, "api/v1/groups/", "group", cancellationToken) ?? listed.Coverage;
    }

    private async Task<Coverage?> HiddenAsync(IEnumerable<string> ids, string path, string what, CancellationToken cancellationToken)
    {
        foreach (var id in ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var answer = await listing.TryGetAsync(path + Uri.EscapeDataString(id), Recorded.Always, cancellationToken);
            if (answer.HasDocument)
            {
                return new Coverage.Partial(
                    $"the {what} '{id}', which a policy names, exists and is not in the list: the role sees only some {what}s"
                );
            }

            if (answer.Status != 404 && answer.Coverage.IsGap)
            {
                return new Coverage.Partial(
                    $"whether the {what} '{id}', which a policy names, is hidden or deleted is not known: {answer.Coverage.Reason}"
                );
            }
        }

        return null;
    }
}
