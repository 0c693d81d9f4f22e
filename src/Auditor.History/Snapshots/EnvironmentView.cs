using Auditor.Model.Drift;

namespace Auditor.History.Snapshots;

/// <summary>One environment of an estate: where it is, and which Okta org serves it.</summary>
/// <param name="Name">The Apigee environment.</param>
/// <param name="Organization">The Apigee organization.</param>
/// <param name="OktaHost">The host of the Okta org; null when nobody says which it is.</param>
/// <param name="Names">What has another name here, as it is called in the other environment.</param>
public sealed record EnvironmentSide(string Name, string Organization, string? OktaHost, ImmutableSortedDictionary<string, string> Names);

/// <summary>
/// Two environments as two states of one, so that they can be compared: of each what belongs to it, by names instead of ids, and what is called otherwise here called as it is there.
/// </summary>
public static class EnvironmentView
{
    /// <summary>The state of an environment, in the names of another one.</summary>
    /// <param name="snapshot">The state of its estate.</param>
    /// <param name="own">The environment.</param>
    /// <param name="other">The one whose names are taken; the same for the one that is compared with.</param>
    /// <param name="description">The environment in words.</param>
    /// <param name="issuers">The issuers of the servers of both, by the name of the server: the same server of two environments has two.</param>
    public static Snapshot Of(
        Snapshot snapshot,
        EnvironmentSide own,
        EnvironmentSide other,
        string description,
        ImmutableArray<(string Own, string Other)> issuers
    )
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(other);
        var view = new View(own, other, own.Organization != other.Organization, issuers);
        var entities = new EntityList();
        foreach (var entity in snapshot.Entities.Where(view.Holds))
        {
            entities.Add(view.Renamed(entity));
        }

        return snapshot with
        {
            Description = description,
            // What differs between environments was changed by nobody in between.
            CapturedAt = null,
            Entities = entities.Build(),
            Parts = snapshot
                .Parts.Where(part => view.HoldsPart(part.Key))
                .ToImmutableSortedDictionary(part => view.Key(part.Key), part => part.Value, StringComparer.Ordinal),
            Unsaid =
            [
                .. snapshot.Unsaid,
                .. own.OktaHost is null
                    ? new[]
                    {
                        new NotAssessedPart(
                            "okta",
                            $"which Okta org serves environment '{own.Name}' is not declared ('environments' in auditor.yaml)",
                            1
                        ),
                    }
                    : [],
            ],
        };
    }

    /// <summary>The issuers of the authorization servers of an environment's org, by the name of the server.</summary>
    public static ImmutableSortedDictionary<string, string> Issuers(Snapshot snapshot, EnvironmentSide side)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(side);
        return snapshot
            .Entities.Where(entity =>
                entity.Kind == "authorization server"
                && side.OktaHost is not null
                && entity.Key.StartsWith($"okta/{side.OktaHost}/", StringComparison.Ordinal)
            )
            .Select(entity => (Name: Text(entity, "Name"), Issuer: Text(entity, "Issuer")))
            .Where(server => server is { Name: not null, Issuer: not null })
            // In an org of both environments the server that is declared to be the other one's stands beside that one.
            .OrderByDescending(server => side.Names.ContainsKey(server.Name!))
            .Select(server => (Name: side.Names.GetValueOrDefault(server.Name!, server.Name!), Issuer: server.Issuer!))
            .DistinctBy(server => server.Name, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(server => server.Name, server => server.Issuer, StringComparer.Ordinal);
    }

    private static string? Text(Entity entity, string path) =>
        entity.Fields.FirstOrDefault(field => field.Path == path) is { Items: [var item] } ? item.Text : null;

    private sealed class View(
        EnvironmentSide own,
        EnvironmentSide other,
        bool withOrganization,
        ImmutableArray<(string Own, string Other)> issuers
    )
    {
        private readonly (string Own, string Other)[] prefixes =
        [
            ($"apigee/{own.Organization}/environments/{own.Name}", $"apigee/{other.Organization}/environments/{other.Name}"),
            (
                $"apigee/{own.Organization}/deployments/environments/{own.Name}",
                $"apigee/{other.Organization}/deployments/environments/{other.Name}"
            ),
            ($"access/{own.Organization}/{own.Name}", $"access/{other.Organization}/{other.Name}"),
            ($"access/{own.Organization}", $"access/{other.Organization}"),
            ($"apigee/{own.Organization}", $"apigee/{other.Organization}"),
            ($"okta/{own.OktaHost}", $"okta/{other.OktaHost}"),
            ($"access/{own.OktaHost}", $"access/{other.OktaHost}"),
        ];

        public bool Holds(Entity entity) =>
            entity.Environment is { } environment
                ? environment == own.Name && Begins(entity.Key, "apigee/" + own.Organization, "access/" + own.Organization)
            : Begins(entity.Key, "apigee/" + own.Organization) ? withOrganization
            : own.OktaHost is not null
                && other.OktaHost is not null
                && Begins(entity.Key, "okta/" + own.OktaHost, "access/" + own.OktaHost);

        public bool HoldsPart(string part) =>
            Begins(part, "apigee/" + own.Organization, "access/" + own.Organization)
            || (own.OktaHost is not null && Begins(part, "okta/" + own.OktaHost, "access/" + own.OktaHost));

        // What has an id there has another one here: the names are what both have. An org that serves both is the same one, and nothing in it is called otherwise.
        public Entity Renamed(Entity entity)
        {
            var isShared = own.OktaHost == other.OktaHost && Begins(entity.Key, "okta/" + own.OktaHost, "access/" + own.OktaHost);
            var key = isShared ? entity.NaturalKey : Named(Key(entity.NaturalKey));
            return entity with
            {
                Key = key,
                NaturalKey = key,
                Part = Key(entity.Part),
                Environment = entity.Environment is null ? null : other.Name,
                Fields = [.. entity.Fields.Select(field => Renamed(field, isShared))],
            };
        }

        public string Key(string key)
        {
            foreach (var (from, to) in prefixes)
            {
                if (Begins(key, from))
                {
                    return to + key[from.Length..];
                }
            }

            return key;
        }

        private EntityField Renamed(EntityField field, bool isShared)
        {
            var items = field.Items.Select(item =>
                item.IsSecret ? new FieldItem("secret", null, true)
                : isShared ? new FieldItem(item.Text)
                : new FieldItem(Value(item.Text))
            );
            return field with
            {
                Items =
                    field.Semantics == FieldSemantics.Set
                        ? [.. items.Distinct().OrderBy(item => item.Text, StringComparer.Ordinal)]
                        : [.. items],
            };
        }

        // The last segment of a key is a name of its own.
        private string Named(string key) =>
            string.Join('/', key.Split('/').Select(segment => own.Names.GetValueOrDefault(segment, segment)));

        private string Value(string text)
        {
            if (own.Names.TryGetValue(text, out var name))
            {
                return name;
            }

            foreach (var (issuer, there) in issuers)
            {
                if (text.StartsWith(issuer, StringComparison.Ordinal))
                {
                    return there + text[issuer.Length..];
                }
            }

            return text == own.Name
                ? other.Name
                : text.Replace($"environment '{own.Name}'", $"environment '{other.Name}'", StringComparison.Ordinal);
        }

        private static bool Begins(string key, params ReadOnlySpan<string> prefixes)
        {
            foreach (var prefix in prefixes)
            {
                if (key.StartsWith(prefix, StringComparison.Ordinal) && (key.Length == prefix.Length || key[prefix.Length] == '/'))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
