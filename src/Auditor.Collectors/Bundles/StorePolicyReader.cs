using Auditor.Model.Apigee;
using static Auditor.Collectors.Bundles.ElementValues;

namespace Auditor.Collectors.Bundles;

/// <summary>Reads the policies that keep values: key value maps and caches.</summary>
internal static class StorePolicyReader
{
    /// <summary>Reads KeyValueMapOperations.</summary>
    public static KeyValueMapOperationsPolicy KeyValueMap(Element root, string name) =>
        new()
        {
            Name = name,
            Root = root,
            Map = root.Attribute("mapIdentifier") is { Length: > 0 } map
                ? new Setting(map, null, root.Location)
                : Setting(root.Child("MapName")),
            Scope = Text(root.Child("Scope")) ?? "environment",
            Gets =
            [
                .. root.ChildrenNamed("Get").Select(get => new KeyValueMapGet(get.Attribute("assignTo") ?? "", Key(get), get.Location)),
            ],
            Puts = [.. root.ChildrenNamed("Put").Select(Put)],
            InitialEntries = [.. root.Child("InitialEntries")?.ChildrenNamed("Entry").Select(Put) ?? []],
        };

    private static KeyValueMapPut Put(Element element) =>
        new(Key(element), [.. element.ChildrenNamed("Value").Select(value => Setting(value)!)], element.Location);

    private static ImmutableArray<Setting> Key(Element element) =>
        [.. element.Child("Key")?.ChildrenNamed("Parameter").Select(parameter => Setting(parameter)!) ?? []];

    /// <summary>The policy with the elements that all cache policies have.</summary>
    public static T Cache<T>(Element root, T policy)
        where T : CachePolicy
    {
        var expiry = root.Child("ExpirySettings");
        return policy with
        {
            Key = root.Child("CacheKey") is { } key
                ? new CacheKey(
                    Text(key.Child("Prefix")),
                    [.. key.ChildrenNamed("KeyFragment").Select(fragment => Setting(fragment)!)],
                    key.Location
                )
                : null,
            Scope = Text(root.Child("Scope")),
            CacheResource = Text(root.Child("CacheResource")),
            TimeToLive = Setting(expiry?.Child("TimeoutInSeconds") ?? expiry?.Child("TimeoutInSec")),
        };
    }
}
