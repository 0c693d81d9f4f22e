using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.History.Tests;

/// <summary>
/// No field of the landscape is forgotten: what changes by itself is listed here, and a change of anything else is a change of the estate. A field that somebody adds to the model is
/// either compared or listed.
/// </summary>
public sealed class EveryField
{
    // What is no change of configuration, and why.
    private static readonly Dictionary<string, string> NoChange = new(StringComparer.Ordinal)
    {
        // What has another id and the same name is the same thing in a copied estate.
        ["AccessPolicy.Id"] = Copied,
        ["AccessRule.Id"] = Copied,
        ["AiAgent.Id"] = Copied,
        ["AuthorizationServer.Id"] = Copied,
        ["DeveloperApp.Id"] = Copied,
        ["OktaGroup.Id"] = Copied,
        ["OktaObject.Id"] = Copied,
        ["OktaOrg.Id"] = Copied,
        // Of another org or organization, nothing is known before.
        ["ApigeeOrganization.Name"] = "not compared",
        ["AuthorizationServer.OrgHost"] = "not compared",
        ["OktaOrg.Host"] = "not compared",
        ["ApigeeOrganization.IsBundlesOnly"] = "how it was read",
        ["ApigeeOrganization.RuntimeType"] = "what it is, and not how it is configured",
        ["AccessPolicy.Priority"] = Renumbered,
        ["AccessRule.Priority"] = Renumbered,
        // Times.
        ["AppCredential.IssuedAt"] = Time,
        ["AuthorizationServer.Created"] = Time,
        ["Bundle.CreatedAt"] = Time,
        ["Deployment.DeployedAt"] = Time,
        ["DeveloperApp.CreatedAt"] = Time,
        ["Landscape.CapturedAt"] = Time,
        ["OktaApp.Created"] = Time,
        ["OktaApp.LastUpdated"] = Time,
        ["OktaObject.Created"] = Time,
        ["OktaObject.LastUpdated"] = Time,
        ["OktaDomain.CertificateExpiresAt"] = "certificates are renewed",
        ["OktaGroup.UsersCount"] = "people come and go",
        // Keys that a server rotates by itself.
        ["SigningKey.Algorithm"] = Rotated,
        ["SigningKey.Kid"] = Rotated,
        ["SigningKey.Status"] = Rotated,
        ["SigningKey.Thumbprint"] = Rotated,
        ["SigningSettings.Kid"] = Rotated,
        ["SigningSettings.LastRotated"] = Rotated,
        ["SigningSettings.NextRotation"] = Rotated,
        ["AuthorizationServer.PublishedIssuer"] = "follows from the issuer and its mode, which are compared",
        ["Bundle.ContentHash"] = "follows from the files, which are compared",
        ["Bundle.Path"] = "where it was read",
        ["FaultRule.Name"] = "a name that nothing refers to",
        ["ProxyKeyValueMaps.Proxy"] = "of a proxy without maps nothing is said",
        // Who did what, and how completely was read what: facts about changes, and none themselves.
        ["AuditLogEntry.At"] = Log,
        ["AuditLogEntry.Method"] = Log,
        ["AuditLogEntry.Principal"] = Log,
        ["AuditLogEntry.Resource"] = Log,
        ["LogEvent.ActorId"] = Log,
        ["LogEvent.ActorName"] = Log,
        ["LogEvent.ActorType"] = Log,
        ["LogEvent.EventType"] = Log,
        ["LogEvent.Id"] = Log,
        ["LogEvent.Outcome"] = Log,
        ["LogEvent.Published"] = Log,
        ["LogEvent.Targets"] = Log,
        ["CoverageEntry.Count"] = Log,
        ["CoverageEntry.Part"] = Log,
    };

    // Flows have names that mean something, and PreFlow and PostFlow have names that do not.
    private static readonly HashSet<string> SometimesNone = new(StringComparer.Ordinal) { "Flow.Name" };

    private const string Copied = "an id";
    private const string Renumbered = "only the order counts";
    private const string Time = "a time";
    private const string Rotated = "keys are rotated";
    private const string Log = "an observation";

    private static readonly Dictionary<string, List<ImmutableArray<object>>> Places = PlacesOf(Estates.Meridian);

    [Fact]
    public void A_change_of_any_field_is_found_or_known_to_be_none()
    {
        var before = Estates.Snapshot(Estates.Meridian);
        var wrong = new List<string>();
        foreach (var (field, places) in Places.OrderBy(place => place.Key, StringComparer.Ordinal))
        {
            var found = places.Count(place =>
                !Estates.Compare(before, Estates.Snapshot((Landscape)Changed(Estates.Meridian, place, 0))).Changes.IsEmpty
            );
            if (!SometimesNone.Contains(field) && found != (NoChange.ContainsKey(field) ? 0 : places.Count))
            {
                wrong.Add($"{field}: {found} of {places.Count}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(NoChange.Keys.Except(Places.Keys));
    }

    // Up to three places of every field that can be set: the way to it, by properties and indexes.
    private static Dictionary<string, List<ImmutableArray<object>>> PlacesOf(object root)
    {
        var places = new Dictionary<string, List<ImmutableArray<object>>>(StringComparer.Ordinal);
        Walk(root, []);
        return places;

        void Walk(object node, ImmutableArray<object> way)
        {
            foreach (var property in PropertiesOf(node.GetType()))
            {
                var value = property.GetValue(node);
                var here = way.Add(property.Name);
                if (Items(value) is { } items)
                {
                    foreach (var (index, item) in items)
                    {
                        if (IsRecord(item.GetType()))
                        {
                            Walk(item, here.Add(index));
                        }
                    }
                }

                if (value is not null && IsRecord(value.GetType()))
                {
                    Walk(value, here);
                }
                else if (IsLeaf(value))
                {
                    var field = $"{node.GetType().Name}.{property.Name}";
                    if (!places.TryGetValue(field, out var known))
                    {
                        places[field] = known = [];
                    }

                    if (known.Count < 3)
                    {
                        known.Add(here);
                    }
                }
            }
        }
    }

    private static bool IsLeaf(object? value) =>
        value is string or bool or int or DateTimeOffset or ImmutableArray<string> { IsEmpty: false } or Collected<string> { Count: > 0 };

    private static bool IsRecord(Type type) =>
        type.Namespace?.StartsWith("Auditor.Model", StringComparison.Ordinal) == true
        && type.GetMethod("<Clone>$") is not null
        && !typeof(Coverage).IsAssignableFrom(type)
        && type != typeof(SourceLocation)
        && type != typeof(Redacted);

    // In other states of the same thing, what is computed of others is computed again.
    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        // What a policy means is read from its XML, which is what is compared.
        (type.IsSubclassOf(typeof(Policy)) ? typeof(Policy) : type)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property is { CanRead: true, CanWrite: true });

    private static IEnumerable<(object Index, object Item)>? Items(object? value) =>
        value switch
        {
            null or string => null,
            IDictionary dictionary => dictionary.Keys.Cast<object>().Select(key => (key, dictionary[key]!)),
            _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Collected<>) => Items(
                type.GetProperty("Items")!.GetValue(value)
            ),
            IList list => list.Cast<object>().Select((item, i) => ((object)i, item)),
            _ => null,
        };

    private static object Changed(object node, ImmutableArray<object> way, int at)
    {
        if (at == way.Length)
        {
            return node switch
            {
                string text => text + "x",
                bool flag => !flag,
                int number => number + 1,
                DateTimeOffset time => time.AddDays(1),
                ImmutableArray<string> texts => texts.SetItem(0, texts[0] + "x"),
                Collected<string> texts => new Collected<string>(texts.Items.SetItem(0, texts.Items[0] + "x"), texts.Coverage),
                _ => throw new InvalidOperationException(node.GetType().Name),
            };
        }

        var type = node.GetType();
        if (IsRecord(type))
        {
            var property = type.GetProperty((string)way[at])!;
            var copy = type.GetMethod("<Clone>$")!.Invoke(node, null)!;
            property.SetValue(copy, Changed(property.GetValue(node)!, way, at + 1));
            return copy;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Collected<>))
        {
            return Activator.CreateInstance(
                type,
                Changed(type.GetProperty("Items")!.GetValue(node)!, way, at),
                type.GetProperty("Coverage")!.GetValue(node)
            )!;
        }

        var item = node is IDictionary dictionary ? dictionary[way[at]]! : ((IList)node)[(int)way[at]]!;
        return type.GetMethod(
                    "SetItem",
                    [way[at].GetType(), item.GetType().IsSubclassOf(ElementOf(type)) ? ElementOf(type) : item.GetType()]
                )!
            .Invoke(node, [way[at], Changed(item, way, at + 1)])!;
    }

    private static Type ElementOf(Type type) => type.GetGenericArguments()[^1];
}
