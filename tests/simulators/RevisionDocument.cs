using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Auditor.Simulators;

/// <summary>What the management API says about a revision beside its archive: the names of what is in it.</summary>
internal static class RevisionDocument
{
    /// <summary>The document.</summary>
    /// <param name="path">The path of the revision, in segments.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="asset">The row of the proxy or shared flow in its list; null where it has none.</param>
    public static JsonObject Of(string[] path, byte[] archive, JsonNode? asset)
    {
        using var zip = new ZipArchive(new MemoryStream(archive), ZipArchiveMode.Read);
        string[][] entries = [.. zip.Entries.Select(entry => entry.FullName.Split('/'))];
        JsonArray Names(string folder) =>
            [
                .. entries
                    .Where(entry => entry is [_, var place, var file] && place == folder && file.EndsWith(".xml", StringComparison.Ordinal))
                    .Select(entry => JsonValue.Create(Path.GetFileNameWithoutExtension(entry[^1]))),
            ];
        string[][] resources = [.. entries.Where(entry => entry is [_, "resources", _, { Length: > 0 }])];
        var document = new JsonObject
        {
            ["name"] = path[1],
            ["revision"] = path[3],
            ["createdAt"] = asset?["metaData"]?["createdAt"]?.DeepClone(),
            ["lastModifiedAt"] = asset?["metaData"]?["lastModifiedAt"]?.DeepClone(),
            ["policies"] = Names("policies"),
            ["resources"] = new JsonArray([.. resources.Select(entry => JsonValue.Create($"{entry[2]}://{entry[3]}"))]),
            ["resourceFiles"] = new JsonObject
            {
                ["resourceFile"] = new JsonArray([
                    .. resources.Select(entry => new JsonObject { ["name"] = entry[3], ["type"] = entry[2] }),
                ]),
            },
        };
        if (path[0] == "apis")
        {
            document["type"] = "Application";
            document["proxies"] = Names("proxies");
            document["proxyEndpoints"] = Names("proxies");
            document["targets"] = Names("targets");
            document["targetEndpoints"] = Names("targets");
        }

        return document;
    }
}
