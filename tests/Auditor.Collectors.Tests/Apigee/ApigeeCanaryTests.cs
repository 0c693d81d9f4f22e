using System.IO.Compression;
using Auditor.Simulators;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>Secrets do not travel: a marker in every place of Apigee's answers and bundles that can hold one, looked for in everything that is written.</summary>
public sealed class ApigeeCanaryTests
{
    [Fact]
    public async Task No_secret_of_an_answer_or_a_bundle_is_written_anywhere()
    {
        await using var organization = await SimulatedOrganization.MeridianAsync();
        var simulator = organization.Simulator;
        var markers = PlantedSecrets.In(simulator).ToList();

        var landscape = await organization.CollectAsync(organization.Cached());

        // Reading went well: what is not found was taken out, and not missed.
        Assert.Equal(
            ["caches", "keystores", "references"],
            landscape.Coverage.Where(entry => entry.Coverage.IsGap).Select(entry => entry.Part.Split('/')[^1])
        );
        Assert.Contains(landscape.Apigee[0].Proxies, bundle => bundle.Policies.ContainsKey("AM-Marked"));
        Assert.Equal(7, landscape.Apigee[0].KeyValueMaps.Single().Entries.Count);
        Assert.Contains(landscape.Apigee[0].Apps, entry => entry.Id == "ag-1");

        // Our own secret, too.
        markers.Add(simulator.Identity.AccessToken!);
        var written = Directory
            .GetFiles(organization.Folder, "*", SearchOption.AllDirectories)
            .SelectMany(Texts)
            .Append((Where: "status", Text: string.Join('\n', organization.Statuses)))
            .Append((Where: "coverage", Text: string.Join('\n', landscape.Coverage)))
            .Append((Where: "notices", Text: string.Join('\n', landscape.Notices)))
            .Append((Where: "organization", Text: landscape.Apigee[0].ToString()!))
            .ToArray();
        Assert.Contains(written, place => place.Where.Contains("cache", StringComparison.Ordinal));
        Assert.True(markers.Count > 50);
        var found = markers.SelectMany(marker =>
            PlantedSecrets
                .Forms(marker)
                .SelectMany(form => written.Where(place => place.Text.Contains(form, StringComparison.OrdinalIgnoreCase)))
                .Select(place => $"{marker} is in {place.Where}")
        );
        Assert.True(!found.Any(), string.Join('\n', found.Distinct(StringComparer.Ordinal)));
        Assert.Empty(simulator.Writes);
    }

    // A file as text, and of an archive everything that is in it.
    private static IEnumerable<(string Where, string Text)> Texts(string file)
    {
        yield return (file, File.ReadAllText(file) + file);
        if (!file.EndsWith(".zip", StringComparison.Ordinal))
        {
            yield break;
        }

        using var zip = ZipFile.OpenRead(file);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(entry.Open());
            yield return (file + "/" + entry.FullName, entry.FullName + reader.ReadToEnd());
        }
    }
}
