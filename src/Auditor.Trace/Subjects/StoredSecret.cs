using Auditor.Model;
using Auditor.Model.Apigee;
using Auditor.Model.Findings;

namespace Auditor.Trace;

/// <summary>A secret where it is kept, with the other places that keep the same one.</summary>
/// <param name="Place">The place in words: <c>entry 'client_secret' of key value map 'backend'</c>.</param>
/// <param name="Holder">Whose place it is, by stable names.</param>
/// <param name="Value">What is left of it.</param>
/// <param name="Environment">The environment; null when the place belongs to none.</param>
/// <param name="Location">Where it is written.</param>
public sealed record StoredSecret(string Place, string Holder, Redacted Value, string? Environment, SourceLocation Location) : ISubject
{
    /// <summary>The other places that are known to keep the same value, ordered; the first of all speaks for them.</summary>
    public ImmutableArray<StoredSecret> Twins { get; init; } = [];

    /// <inheritdoc/>
    public string Key => $"{Holder}/{Place}";

    /// <inheritdoc/>
    public string Title => Place + (Environment is null ? "" : $", environment '{Environment}'");

    /// <summary>The secrets of a landscape, ordered by key, each with its twins.</summary>
    internal static ImmutableArray<StoredSecret> Of(Landscape landscape)
    {
        var secrets = landscape
            .Apigee.SelectMany(Of)
            .Where(secret => secret.Value.Length is not ("0" or "1-8"))
            .DistinctBy(secret => secret.Location)
            .OrderBy(secret => secret.Key, StringComparer.Ordinal)
            .ToList();
        var groups = secrets
            .Where(secret => secret.Value.Fingerprint is not null)
            .GroupBy(secret => secret.Value.Fingerprint!, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        return
        [
            .. secrets.Select(secret =>
                secret.Value.Fingerprint is { } fingerprint
                    ? secret with
                    {
                        Twins = [.. groups[fingerprint].Where(other => other.Key != secret.Key)],
                    }
                    : secret
            ),
        ];
    }

    private static IEnumerable<StoredSecret> Of(ApigeeOrganization organization)
    {
        foreach (var secret in Maps(organization.KeyValueMaps, organization.Name, null))
        {
            yield return secret;
        }

        foreach (var environment in organization.Environments)
        {
            var holder = $"{organization.Name}/environments/{environment.Name}";
            foreach (
                var secret in Maps(environment.KeyValueMaps, holder, environment.Name)
                    .Concat(Properties(environment.PropertySets.Items, holder, environment.Name))
            )
            {
                yield return secret;
            }
        }

        foreach (var maps in organization.ProxyKeyValueMaps)
        {
            foreach (var secret in Maps(maps.Maps, $"{organization.Name}/apis/{maps.Proxy}", null))
            {
                yield return secret;
            }
        }

        foreach (var bundle in organization.Proxies.Items.Concat(organization.SharedFlows.Items))
        {
            var holder = Names.Of(bundle, organization);
            foreach (var secret in Properties(bundle.PropertySets, holder, null))
            {
                yield return secret;
            }

            foreach (var credential in bundle.Credentials.Where(credential => !credential.IsPlaceholder))
            {
                yield return new StoredSecret(credential.Place, holder, credential.Value, null, credential.Location);
            }
        }

        foreach (var app in organization.Apps)
        {
            foreach (var credential in app.Credentials)
            {
                if (credential.ConsumerSecret is { } secret)
                {
                    yield return new StoredSecret(
                        $"the consumer secret of app '{app.Name}'",
                        $"{organization.Name}/apps/{app.Id}/{credential.ConsumerKey}",
                        secret,
                        null,
                        credential.Location
                    );
                }
            }
        }
    }

    private static IEnumerable<StoredSecret> Maps(Collected<KeyValueMap> maps, string holder, string? environment)
    {
        foreach (var map in maps.Items)
        {
            foreach (var entry in map.Entries.Items)
            {
                if (entry.Value.Secret is { } secret && (secret.Kind != "value" || SecretNames.IsSecret(entry.Key)))
                {
                    yield return new StoredSecret(
                        $"entry '{entry.Key}' of key value map '{map.Name}'",
                        $"{holder}/keyvaluemaps/{map.Name}",
                        secret,
                        environment,
                        entry.Value.Location
                    );
                }
            }
        }
    }

    private static IEnumerable<StoredSecret> Properties(ImmutableArray<PropertySet> sets, string holder, string? environment)
    {
        foreach (var set in sets)
        {
            foreach (var (key, value) in set.Entries)
            {
                if (value.Secret is { } secret && (secret.Kind != "value" || SecretNames.IsSecret(key)))
                {
                    yield return new StoredSecret(
                        $"property '{set.Name}.{key}'",
                        $"{holder}/properties/{set.Name}",
                        secret,
                        environment,
                        value.Location
                    );
                }
            }
        }
    }
}
