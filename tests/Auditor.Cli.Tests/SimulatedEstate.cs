using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>
/// A recorded estate on loopback, the Okta orgs and the Apigee organization, and a folder to work in that has its configuration: whose orgs they are, and where. No rate
/// limit is ever reached, so that the world's clock does no harm.
/// </summary>
public sealed class SimulatedEstate : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new(inMemory: true);
    private readonly List<OktaSimulator> orgs = [];

    private SimulatedEstate() { }

    /// <summary>Everything that is left, the work and what the program keeps elsewhere.</summary>
    public string Folder => folder.Path;

    /// <summary>The folder of the work.</summary>
    public string Work => Path.Combine(folder.Path, "work");

    /// <summary>Where bundles are kept.</summary>
    public string Cache => Path.Combine(folder.Path, "cache");

    public IReadOnlyList<OktaSimulator> Okta => orgs;

    public ApigeeSimulator Apigee { get; private set; } = null!;

    /// <summary>The variables that say how much memory a run may take; none for what any run may.</summary>
    public (string Name, string Value)[] Memory { get; set; } = [];

    /// <summary>Everything that was asked of anybody but for tokens.</summary>
    public int Asked => orgs.Sum(org => org.Reads.Count) + Apigee.Reads.Count;

    /// <summary>The sources as reports of a live run name them.</summary>
    public string Sources => string.Join(", ", orgs.Select(org => org.Server.Origin.Authority).Append(Apigee.Organization));

    /// <summary>Starts the simulators of a recording.</summary>
    /// <param name="recording">Its folder.</param>
    /// <param name="configuration">The configuration of the estate, without its sources.</param>
    public static async Task<SimulatedEstate> StartAsync(string recording, string configuration = "")
    {
        var estate = new SimulatedEstate();
        foreach (var org in Directory.GetDirectories(Path.Combine(recording, "okta")).Order(StringComparer.Ordinal))
        {
            var simulator = await OktaSimulator.StartAsync(org);
            foreach (var bucket in simulator.Limits.Sizes.Keys.ToArray())
            {
                simulator.Limits.Sizes[bucket] = 1_000_000;
            }

            estate.orgs.Add(simulator);
        }

        estate.Apigee = await ApigeeSimulator.StartAsync(Directory.GetDirectories(Path.Combine(recording, "apigee")).Single());
        var token = estate.folder.Write("work/token", estate.orgs[0].Tokens.ApiToken!);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Directory.CreateDirectory(Path.Combine(estate.Folder, "tmp"));
        estate.folder.Write(
            "work/auditor.yaml",
            "okta:\n"
                + string.Concat(
                    estate.orgs.Select(org => $"  - url: {org.Server.Origin.GetLeftPart(UriPartial.Authority)}\n    apiTokenFile: token\n")
                )
                + $"apigee:\n  - organization: {estate.Apigee.Organization}\n    endpoint: {estate.Apigee.Server.Origin.GetLeftPart(UriPartial.Authority)}\n"
                + configuration
        );
        return estate;
    }

    /// <summary>Starts a sample estate, with the configuration that it has.</summary>
    public static Task<SimulatedEstate> SampleAsync(string name)
    {
        var recording = Path.Combine(Repository.Landscapes, name);
        var configuration = File.ReadAllText(Path.Combine(recording, "auditor.yaml"));
        return StartAsync(recording, configuration[configuration.IndexOf("environments:", StringComparison.Ordinal)..]);
    }

    /// <summary>The environment of a run: nothing of whoever runs the tests.</summary>
    public Dictionary<string, string> With(params (string Name, string Value)[] more)
    {
        var origin = Apigee.Server.Origin.GetLeftPart(UriPartial.Authority);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = Path.Combine(folder.Path, "home"),
            ["TMPDIR"] = Path.Combine(folder.Path, "tmp"),
            // Its socket is no file that could be read.
            ["DOTNET_EnableDiagnostics"] = "0",
            ["AUDITOR_ALLOW_LOOPBACK_HTTP"] = "1",
            ["AUDITOR_CACHE"] = Cache,
            ["GOOGLE_OAUTH_ACCESS_TOKEN"] = Apigee.Identity.AccessToken!,
            ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"] = origin,
            ["CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING"] = origin,
        };
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }

    /// <summary>Runs the program in the folder of the work.</summary>
    public Task<Run> RunAsync(params string[] arguments) => AuditorProgram.RunAsync(Work, arguments, With(Memory));

    public async ValueTask DisposeAsync()
    {
        foreach (var org in orgs)
        {
            await org.DisposeAsync();
        }

        await Apigee.DisposeAsync();
        folder.Dispose();
    }
}
