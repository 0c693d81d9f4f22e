using System.Text.Json;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Inputs;
using Auditor.Model;
using Auditor.Model.Apigee;

namespace Auditor.Collectors.Bundles;

/// <summary>
/// What the Apigee deploy Maven plugin puts into a bundle when it builds it for an environment: <c>config.json</c> beside the bundle, with values for elements and attributes of policies,
/// proxy and target endpoints (format read in its sources: <c>PackageConfigurer</c>, 2.x). An expression that this program does not evaluate makes that build unknown, and nothing else.
/// </summary>
internal sealed class BuildConfiguration
{
    private const string FileName = "config.json";
    private const string List = "configurations";
    private const int MaxSize = 4 * 1024 * 1024;

    // A bundle is read once more for every build, and a document copied for every place.
    private const int MaxBuilds = 64;
    private const int MaxPlaces = 1000;

    private static readonly string[] Folders = ["policies", "proxies", "targets"];

    private readonly SortedDictionary<string, Build> builds = new(StringComparer.Ordinal);

    /// <summary>What is put into the files of a bundle for one environment.</summary>
    private sealed record Build(Dictionary<string, List<(ElementPath Path, string Value)>> Files, string? Unknown);

    // Why nothing of it is known; null when it was read.
    private readonly string? unreadable;

    private BuildConfiguration(string? unreadable) => this.unreadable = unreadable;

    /// <summary>The configuration beside a bundle's folder; null when there is none.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="folder">The bundle's folder.</param>
    /// <param name="log">Gets the coverage.</param>
    /// <param name="label">What the artifacts of the tree are called.</param>
    public static BuildConfiguration? Beside(SourceTree tree, string folder, CollectorLog log, string label)
    {
        if (folder.Length == 0)
        {
            return null;
        }

        var parent = folder.LastIndexOf('/') is > 0 and var slash ? folder[..slash] : "";
        var path = SourceTree.Join(parent, FileName);
        if (!tree.Has(path))
        {
            return null;
        }

        var artifact = SourceTree.Join(label, path);
        string why;
        try
        {
            using var document = StrictJson.Parse(tree.Read(path, MaxSize));
            var content = new Json(document.RootElement, new SourceLocation(artifact), log);
            if (!content.Has(List) || content[List].IsArray)
            {
                return Read(content, artifact);
            }

            why = $"'{List}' is no list";
        }
        catch (JsonException e)
        {
            why = ManagementApi.Why(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = Reason.Of(e);
        }

        // What is deployed may be anything then: the bundle as it lies there is compared with nothing.
        log.Cover("builds/" + artifact, new Coverage.Failed(why), 0);
        return new BuildConfiguration($"{artifact}: {why}");
    }

    /// <summary>Whether no build changes anything.</summary>
    public bool IsEmpty => unreadable is null && builds.Values.All(build => build.Files.Count == 0 && build.Unknown is null);

    /// <summary>The bundle with what its builds make of it.</summary>
    /// <param name="bundle">The bundle as it lies there.</param>
    /// <param name="read">Reads it once more, with every document changed as it is told.</param>
    public Bundle Applied(Bundle bundle, Func<Func<string, Element, Element>, Bundle> read) =>
        IsEmpty
            ? bundle
            : bundle with
            {
                Builds = builds
                    .Where(build => build.Value.Unknown is null)
                    .ToImmutableSortedDictionary(
                        build => build.Key,
                        build => read((path, root) => Changed(build.Value, path, root)),
                        StringComparer.Ordinal
                    ),
                UnknownBuilds = builds
                    .Where(build => build.Value.Unknown is not null)
                    .ToImmutableSortedDictionary(build => build.Key, build => build.Value.Unknown!, StringComparer.Ordinal),
                UnreadableBuilds = unreadable,
            };

    private static Element Changed(Build build, string path, Element root) =>
        build.Files.TryGetValue(path, out var values) ? values.Aggregate(root, (changed, one) => one.Path.Set(changed, one.Value)) : root;

    private static BuildConfiguration Read(Json document, string artifact)
    {
        var configuration = new BuildConfiguration(null);
        foreach (var one in document.Objects(List))
        {
            if (one.Text("name") is { Length: > 0 } name)
            {
                configuration.builds[name] =
                    configuration.builds.Count < MaxBuilds || configuration.builds.ContainsKey(name)
                        ? ReadBuild(one, artifact)
                        : new Build([], string.Create(CultureInfo.InvariantCulture, $"{artifact}: more than {MaxBuilds} configurations"));
            }
        }

        return configuration;
    }

    private static Build ReadBuild(Json configuration, string artifact)
    {
        var places = 0;
        var files = new Dictionary<string, List<(ElementPath, string)>>(StringComparer.Ordinal);
        string? unknown = null;
        foreach (var folder in Folders)
        {
            foreach (var file in configuration.Objects(folder))
            {
                foreach (var token in file.Objects("tokens"))
                {
                    if (++places > MaxPlaces)
                    {
                        return new Build(
                            [],
                            string.Create(CultureInfo.InvariantCulture, $"{artifact}: more than {MaxPlaces} places for one build")
                        );
                    }

                    if (ElementPath.Parse(token.Text("xpath", "")) is { } path)
                    {
                        var key = $"{folder}/{file.Text("name", "")}";
                        if (!files.TryGetValue(key, out var values))
                        {
                            files.Add(key, values = []);
                        }

                        values.Add((path, token.Text("value", "")));
                    }
                    else
                    {
                        unknown ??= $"{token.Location}: an XPath that is not evaluated here";
                    }
                }
            }
        }

        return new Build(files, unknown);
    }
}
