using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Apigee;
using Auditor.Collectors.Live;
using Auditor.Collectors.Secrets;
using Auditor.Collectors.Tests.Okta;
using Auditor.Model;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Collectors.Tests.Apigee;

/// <summary>A simulated Apigee organization, a way to read it, and what came of that.</summary>
internal sealed class SimulatedOrganization : IAsyncDisposable
{
    private static readonly byte[] Key = new byte[32];

    private readonly TemporaryFolder folder = new(inMemory: true);

    private SimulatedOrganization(ApigeeSimulator simulator, TimeProvider clock)
    {
        Simulator = simulator;
        Clock = clock;
    }

    public ApigeeSimulator Simulator { get; }

    /// <summary>The time, of the program and the organization alike. Another night is another clock.</summary>
    public TimeProvider Clock { get; set; }

    public ConcurrentQueue<SourceStatus> Statuses { get; } = new();

    /// <summary>The folder above the recording and the cache, where nothing else may be.</summary>
    public string Folder => folder.Path;

    public string Recording => Path.Combine(Folder, "recording");

    public string CacheFolder => Path.Combine(Folder, "cache");

    /// <summary>Manners with the deadline that the clock knows as one, and that do not try often.</summary>
    public static Manners Quick { get; } = ApigeeSource.DefaultManners with { Deadline = SwiftClock.Deadline, Attempts = 4 };

    /// <summary>Starts an organization of a recording.</summary>
    public static async Task<SimulatedOrganization> StartAsync(string organizationFolder, string? location = null)
    {
        var clock = new SwiftClock();
        return new SimulatedOrganization(await ApigeeSimulator.StartAsync(organizationFolder, clock, location), clock);
    }

    /// <summary>Starts an organization of files in memory.</summary>
    public static async Task<SimulatedOrganization> StartAsync(string name, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var clock = new SwiftClock();
        return new SimulatedOrganization(await ApigeeSimulator.StartAsync(name, files, clock), clock);
    }

    /// <summary>Starts the organization of a generated estate.</summary>
    public static Task<SimulatedOrganization> StartAsync(GeneratedEstate estate) =>
        StartAsync(GeneratedEstate.Organization, estate.Below("apigee/" + GeneratedEstate.Organization));

    /// <summary>The organization of the test estate without a finding.</summary>
    public static Task<SimulatedOrganization> MeridianAsync() =>
        StartAsync(Path.Combine(Repository.Landscapes, "meridian", "apigee", "meridian"));

    /// <summary>How to read it: everything that can be read, and nothing kept for the next time.</summary>
    public ApigeeConnection Connection() =>
        new()
        {
            Organization = Simulator.Organization,
            Tokens = new ReadyToken(new Secret(Simulator.Identity.AccessToken!), quotaProject: null),
            GlobalEndpoint = Simulator.Server.Origin,
            RegionalEndpoint = _ => Simulator.Region!.Origin,
            LoggingEndpoint = Simulator.Server.Origin,
            ResourceManagerEndpoint = Simulator.Server.Origin,
            KeyValueMapValues = true,
            AppCredentials = true,
            AuditLogSince = new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero),
        };

    /// <summary>The same, with a cache of bundles.</summary>
    public ApigeeConnection Cached() => Connection() with { Cache = BundleCache.Open(CacheFolder) };

    /// <summary>Reads the organization into <see cref="Recording"/>, and reads that.</summary>
    public async Task<Landscape> CollectAsync(ApigeeConnection? connection = null, Manners? manners = null)
    {
        using var source = new ApigeeSource(connection ?? Connection(), manners ?? Quick, Clock, Statuses.Enqueue);
        using (var writer = new RecordingWriter(Recording))
        {
            // The same key every time, so that what did not change is recorded as the same bytes.
            await source.CollectAsync(writer, new Redactor(Key), TestContext.Current.CancellationToken);
            writer.Finish(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));
        }

        return await SimulatedOrg.ReadAsync(Recording);
    }

    /// <summary>The files of the recording by their paths, as what two recordings are compared by.</summary>
    public SortedDictionary<string, string> Recorded()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(Recording, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            files[Path.GetRelativePath(Recording, file).Replace('\\', '/')] = file.EndsWith(".json", StringComparison.Ordinal)
                ? JsonNode.Parse(bytes)?.ToJsonString() ?? "null"
                : Convert.ToBase64String(bytes);
        }

        return files;
    }

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        folder.Dispose();
    }
}
