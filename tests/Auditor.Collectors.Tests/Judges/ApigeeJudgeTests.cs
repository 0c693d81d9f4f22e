using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Judges;

/// <summary>The simulator of the management API, judged by Google's own client.</summary>
public sealed class ApigeeJudgeTests
{
    private static readonly string Recording = Path.Combine(Repository.Landscapes, "meridian", "apigee", "meridian");

    [Fact]
    public async Task Google_s_own_client_reads_from_the_simulator_what_the_recording_holds()
    {
        var descriptions = await DebianPackage.FileAsync(
            "golang-google-api-dev",
            "/usr/share/gocode/src/google.golang.org/api/apigee/v1/apigee-gen.go"
        );
        await using var simulator = await ApigeeSimulator.StartAsync(Recording);
        var seen = JsonNode.Parse(
            await Node.RunAsync(
                "google-apis.mjs",
                simulator.Server.Origin.AbsoluteUri.TrimEnd('/'),
                simulator.Organization,
                simulator.Identity.AccessToken!,
                descriptions
            )
        )!;
        var documents = seen["documents"]!.AsObject();
        Assert.True(documents.Count > 40, $"{documents.Count} documents");
        foreach (var (path, document) in documents)
        {
            var recorded = JsonNode.Parse(
                await File.ReadAllTextAsync(Path.Combine(Recording, path + ".json"), TestContext.Current.CancellationToken)
            );
            AssertSame(recorded, document, path);
        }

        var bundles = seen["bundles"]!.AsObject();
        Assert.True(bundles.Count > 5);
        foreach (var (path, archive) in bundles)
        {
            await using var zip = new ZipArchive(new MemoryStream(Convert.FromBase64String(archive!.GetValue<string>())));
            Assert.Equal(
                FilesBelow(path),
                zip.Entries.ToDictionary(
                    entry => entry.FullName,
                    entry =>
                    {
                        using var reader = new StreamReader(entry.Open());
                        return reader.ReadToEnd();
                    },
                    StringComparer.Ordinal
                )
            );
        }

        var files = seen["files"]!.AsObject();
        Assert.NotEmpty(files);
        foreach (var (path, content) in files)
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(Recording, path), TestContext.Current.CancellationToken),
                Convert.FromBase64String(content!.GetValue<string>())
            );
        }

        Assert.Empty(simulator.Writes);
    }

    private static Dictionary<string, string> FilesBelow(string revision) =>
        Directory
            .GetFiles(Path.Combine(Recording, revision), "*", SearchOption.AllDirectories)
            .ToDictionary(
                file => Path.GetRelativePath(Path.Combine(Recording, revision), file).Replace('\\', '/'),
                File.ReadAllText,
                StringComparer.Ordinal
            );

    // What has its default value may be missing, and where the recording is redacted any text will do.
    private static void AssertSame(JsonNode? recorded, JsonNode? seen, string path)
    {
        switch (recorded)
        {
            case JsonObject redacted when redacted.ContainsKey("redacted"):
                Assert.True(seen is JsonValue text && text.GetValueKind() == JsonValueKind.String, path);
                break;
            case JsonObject members:
                Assert.DoesNotContain(seen!.AsObject(), member => member.Key != "totalSize" && !members.ContainsKey(member.Key));
                foreach (var (name, value) in members)
                {
                    if (seen[name] is { } theirs)
                    {
                        AssertSame(value, theirs, path + "." + name);
                    }
                    else
                    {
                        Assert.True(
                            value?.ToJsonString() is null or "false" or "0" or "\"\"" or "[]",
                            $"{path}.{name} is missing and was {value?.ToJsonString()}"
                        );
                    }
                }

                break;
            case JsonArray rows:
                Assert.Equal(rows.Count, seen!.AsArray().Count);
                for (var i = 0; i < rows.Count; i++)
                {
                    AssertSame(rows[i], seen[i], $"{path}[{i}]");
                }

                break;
            default:
                Assert.Equal(recorded?.ToJsonString(), seen?.ToJsonString());
                break;
        }
    }
}
