using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Inputs;
using Auditor.Model;

namespace Auditor.Collectors.Exports;

/// <summary>JSON files of an offline export, read like answers of the API: what is missing was not collected, what is malformed failed.</summary>
internal sealed class OfflineFiles(SourceTree tree, string label, CollectorLog log)
{
    /// <summary>The place of a file.</summary>
    public SourceLocation Place(string path) => new(SourceTree.Join(label, path));

    /// <summary>A document, or null with its coverage.</summary>
    public (Json? Document, Coverage Coverage) Read(string path, string part)
    {
        if (!tree.Has(path))
        {
            return (null, new Coverage.NotCollected("the export does not hold it"));
        }

        try
        {
            using var document = StrictJson.Parse(tree.Read(path, ManagementApi.MaxBody));
            return (new Json(document.RootElement.Clone(), Place(path), log), Coverage.Complete.Instance);
        }
        catch (JsonException e)
        {
            return Failed(part, path + ": " + ManagementApi.Why(e));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(part, path + ": " + Reason.Of(e));
        }
    }

    /// <summary>The rows of several files as one list: of arrays, or of the given member.</summary>
    public Collected<T> List<T>(IEnumerable<string> paths, string part, string? member, Func<Json, T?> map)
        where T : class
    {
        var items = ImmutableArray.CreateBuilder<T>();
        Coverage coverage = new Coverage.NotCollected("the export does not hold it");
        foreach (var path in paths)
        {
            var (document, state) = Read(path, part);
            coverage = coverage is Coverage.NotCollected ? state : Coverage.Worst(coverage, state);
            if (document is not { } json)
            {
                continue;
            }

            var rows = member is not null && json.IsObject ? json[member] : json;
            foreach (var row in rows.Items())
            {
                // appgroupsapp.json is an array of arrays.
                foreach (var inner in row.IsArray ? row.Items() : [row])
                {
                    if (map(inner) is { } item)
                    {
                        items.Add(item);
                    }
                }
            }
        }

        log.Cover(part, coverage, items.Count);
        return new Collected<T>(items.DrainToImmutable(), coverage);
    }

    private (Json? Document, Coverage Coverage) Failed(string part, string why)
    {
        var coverage = new Coverage.Failed(why);
        log.Cover(part, coverage, 0);
        return (null, coverage);
    }
}
