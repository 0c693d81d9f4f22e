using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Auditor.Collectors.Answers;
using Auditor.Collectors.Inputs;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Model;
using Auditor.Simulators;
using Auditor.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Auditor.Collectors.Tests.Okta;

/// <summary>A simulated org, a way to read it, and what came of that.</summary>
internal sealed class SimulatedOrg : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new(inMemory: true);

    private SimulatedOrg(OktaSimulator simulator, SwiftClock clock)
    {
        Simulator = simulator;
        Clock = clock;
    }

    public const string ApiToken = "00simulated-api-token";

    public OktaSimulator Simulator { get; }

    public SwiftClock Clock { get; }

    public ConcurrentQueue<SourceStatus> Statuses { get; } = new();

    /// <summary>The folder above the recordings, where nothing else may be.</summary>
    public string Folder => folder.Path;

    public string Recording => Path.Combine(folder.Path, "recording");

    /// <summary>Manners with the deadline that the clock knows as one, and that do not try often.</summary>
    public static Manners Quick { get; } = new() { Deadline = SwiftClock.Deadline, Attempts = 4 };

    public static async Task<SimulatedOrg> StartAsync(string orgFolder)
    {
        var clock = new SwiftClock();
        return new SimulatedOrg(await OktaSimulator.StartAsync(orgFolder, clock), clock);
    }

    /// <summary>The production org of the test estate without a finding.</summary>
    public static Task<SimulatedOrg> MeridianAsync() =>
        StartAsync(Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com"));

    public OktaConnection Connection(OktaCredential? credential = null) =>
        new()
        {
            Url = OktaConnection.Address(Simulator.Server.Origin.AbsoluteUri.TrimEnd('/'), allowLoopback: true),
            Credential = credential ?? new OktaCredential.ApiToken(new Secret(ApiToken)),
            EveryApp = true,
        };

    /// <summary>A service app with an RSA key that the simulator knows.</summary>
    public OktaCredential.ServiceApp ServiceApp(bool dpop = true)
    {
        var key = RSA.Create(2048);
        Simulator.Tokens.ClientId = "0oaAUDITOR";
        Simulator.Tokens.ClientKey = new RsaSecurityKey(key);
        Simulator.Tokens.RequiresDpop = dpop;
        return new OktaCredential.ServiceApp("0oaAUDITOR", ClientKey.Parse(key.ExportPkcs8PrivateKeyPem(), "k1"));
    }

    /// <summary>Reads the org into <see cref="Recording"/>, and reads that.</summary>
    public async Task<Landscape> CollectAsync(OktaConnection? connection = null, Manners? manners = null, Redactor? redactor = null)
    {
        using var source = new OktaSource(connection ?? Connection(), manners ?? Quick, Clock, Statuses.Enqueue);
        using (var writer = new RecordingWriter(Recording))
        {
            var used = redactor ?? new Redactor();
            await source.CollectAsync(writer, used, TestContext.Current.CancellationToken);
            writer.Finish(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero), used.KeyName);
        }

        return await ReadAsync(Recording);
    }

    public static async Task<Landscape> ReadAsync(string recording) =>
        (await new InputReader(new Redactor()).ReadAsync([recording], recording, TestContext.Current.CancellationToken)).Landscape;

    /// <summary>The files of a recording's org by path, as canonical JSON: what two recordings are compared by.</summary>
    public static SortedDictionary<string, string> Files(string orgFolder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(orgFolder, "*.json", SearchOption.AllDirectories))
        {
            files[Path.GetRelativePath(orgFolder, file).Replace('\\', '/')] =
                JsonNode.Parse(File.ReadAllBytes(file))?.ToJsonString() ?? "null";
        }

        return files;
    }

    /// <summary>What a recording of the served files holds after redaction.</summary>
    public static string Redacted(byte[] json, Redactor redactor)
    {
        using var document = JsonDocument.Parse(json);
        return JsonNode
            .Parse(new AnswerRedactor(redactor, OktaEndpoints.SecretMembers, OktaEndpoints.DroppedMembers).Redact(document.RootElement))!
            .ToJsonString();
    }

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        folder.Dispose();
    }
}
