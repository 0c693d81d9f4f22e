using System.Collections.Immutable;
using Auditor.History.Comparison;
using Auditor.History.Snapshots;
using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Drift;
using Auditor.Model.Okta;
using Auditor.Testing;
using CsCheck;

namespace Auditor.History.Tests;

/// <summary>Estates of this room's tests: the test estates as read, and what can happen to them.</summary>
internal static class Estates
{
    public static Landscape Meridian { get; } = Estate.Load("meridian").Read(input => input.Landscape);

    public static Snapshot Snapshot(Landscape landscape) => SnapshotBuilder.Build(landscape, [], "a state");

    public static EstateComparison Compare(Snapshot before, Snapshot after) =>
        SnapshotComparison.Compare(before, after, ChangeIgnores.None, ChangeLog.None);

    public static EstateComparison Compare(Landscape before, Landscape after) => Compare(Snapshot(before), Snapshot(after));

    /// <summary>A landscape that says the same, written differently: sets in another order, priorities renumbered, everything with new ids.</summary>
    public static Gen<Landscape> Rewritten(Landscape landscape) =>
        Gen.Select(Gen.Int, Gen.Bool).Select((seed, newIds) => new Rewriter(new Random(seed), newIds).Rewrite(landscape));

    private sealed class Rewriter(Random random, bool newIds)
    {
        private readonly Dictionary<string, string> ids = new(StringComparer.Ordinal);

        public Landscape Rewrite(Landscape landscape) =>
            landscape with
            {
                CapturedAt = landscape.CapturedAt?.AddSeconds(random.Next(1, 100_000)),
                Okta = [.. landscape.Okta.Select(Rewrite)],
                Apigee = [.. landscape.Apigee.Select(Rewrite)],
            };

        private OktaOrg Rewrite(OktaOrg org) =>
            org with
            {
                AuthorizationServers = Shuffled(
                    org.AuthorizationServers,
                    server =>
                        server with
                        {
                            Id = Id(server.Id),
                            Created = DateTimeOffset.UnixEpoch.AddDays(random.Next(9000)),
                            Audiences = Shuffled(server.Audiences),
                            Scopes = Shuffled(server.Scopes, scope => scope),
                            Claims = Shuffled(server.Claims, claim => claim with { Scopes = Shuffled(claim.Scopes) }),
                            Policies = Same(server.Policies, Rewrite),
                            TrustedServers = Shuffled(server.TrustedServers, Id),
                        }
                ),
                Apps = Shuffled(
                    org.Apps,
                    app =>
                        app with
                        {
                            LastUpdated = DateTimeOffset.UnixEpoch.AddDays(random.Next(9000)),
                            GrantTypes = Shuffled(app.GrantTypes),
                            ResponseTypes = Shuffled(app.ResponseTypes),
                            Groups = Shuffled(app.Groups, Id),
                            Grants = Shuffled(app.Grants, grant => grant),
                        }
                ),
                Groups = Shuffled(org.Groups, group => group with { Id = Id(group.Id), UsersCount = random.Next(500) }),
                GroupRules = Shuffled(
                    org.GroupRules,
                    rule => rule with { Id = Id(rule.Id), Groups = [.. Shuffled(rule.Groups).Select(Id)] }
                ),
                InlineHooks = Shuffled(org.InlineHooks, hook => hook with { Id = Id(hook.Id) }),
                Zones = Shuffled(org.Zones, zone => zone with { Id = Id(zone.Id) }),
            };

        private AccessPolicy Rewrite(AccessPolicy policy) =>
            policy with
            {
                Id = Id(policy.Id),
                Priority = policy.Priority * 10,
                Clients = Shuffled(policy.Clients),
                Rules = Same(
                    policy.Rules,
                    rule =>
                        rule with
                        {
                            Id = Id(rule.Id),
                            Priority = rule.Priority * 7,
                            GrantTypes = Shuffled(rule.GrantTypes),
                            Scopes = Shuffled(rule.Scopes),
                            Groups = [.. Shuffled(rule.Groups).Select(Id)],
                            ExcludedGroups = [.. Shuffled(rule.ExcludedGroups).Select(Id)],
                            Users = Shuffled(rule.Users),
                            InlineHookId = rule.InlineHookId is { } hook ? Id(hook) : null,
                        }
                ),
            };

        private ApigeeOrganization Rewrite(ApigeeOrganization organization)
        {
            var step = random.Next(1, 9);
            return organization with
            {
                Products = Shuffled(
                    organization.Products,
                    product =>
                        product with
                        {
                            Environments = Shuffled(product.Environments),
                            Proxies = Shuffled(product.Proxies),
                            Scopes = Shuffled(product.Scopes),
                            Operations =
                            [
                                .. Shuffled(product.Operations)
                                    .Select(operation => operation with { Methods = Shuffled(operation.Methods) }),
                            ],
                        }
                ),
                // The same content is deployed again as another revision.
                Deployments = Shuffled(
                    organization.Deployments,
                    deployment =>
                        deployment with
                        {
                            Revision = deployment.Revision + step,
                            DeployedAt = DateTimeOffset.UnixEpoch.AddDays(random.Next(9000)),
                        }
                ),
                Proxies = Shuffled(organization.Proxies, bundle => Rewrite(bundle, step)),
                SharedFlows = Shuffled(organization.SharedFlows, bundle => Rewrite(bundle, step)),
                Environments = Shuffled(
                    organization.Environments,
                    environment =>
                        environment with
                        {
                            TargetServers = Shuffled(environment.TargetServers, server => server),
                            KeyValueMaps = Shuffled(
                                environment.KeyValueMaps,
                                map => map with { Entries = Shuffled(map.Entries, entry => entry) }
                            ),
                            FlowHooks = Shuffled(environment.FlowHooks, hook => hook),
                            Caches = Shuffled(environment.Caches, cache => cache),
                        }
                ),
                Apps = Shuffled(organization.Apps, app => app),
            };
        }

        private Bundle Rewrite(Bundle bundle, int step) =>
            bundle with
            {
                Revision = bundle.Revision + step,
                CreatedAt = DateTimeOffset.UnixEpoch.AddDays(random.Next(9000)),
                Policies = bundle.Policies.ToImmutableSortedDictionary(
                    policy => policy.Key,
                    policy => policy.Value with { Root = Rewrite(policy.Value.Root, isRoot: true) },
                    StringComparer.Ordinal
                ),
            };

        // Other lines, other white space around texts, attributes in another order.
        private Element Rewrite(Element element, bool isRoot) =>
            new(
                element.Name,
                Shuffled(element.Attributes),
                [.. element.Children.Select(child => Rewrite(child, isRoot: false))],
                element.Children.IsEmpty && element.RawText.Trim().Length > 0 ? $"\n  {element.RawText.Trim()} " : element.RawText,
                element.Secret,
                element.Artifact,
                isRoot ? 1 : random.Next(1, 900),
                random.Next(1, 80)
            );

        private string Id(string id) =>
            !newIds || id is AccessRule.Everyone ? id
            : ids.TryGetValue(id, out var other) ? other
            : ids[id] = "new" + id;

        private Collected<T> Shuffled<T>(Collected<T> items, Func<T, T> rewrite) =>
            new([.. Shuffled(items.Items).Select(rewrite)], items.Coverage);

        private static Collected<T> Same<T>(Collected<T> items, Func<T, T> rewrite) =>
            new([.. items.Items.Select(rewrite)], items.Coverage);

        private ImmutableArray<T> Shuffled<T>(ImmutableArray<T> items)
        {
            var array = items.ToArray();
            random.Shuffle(array);
            return [.. array];
        }
    }
}
