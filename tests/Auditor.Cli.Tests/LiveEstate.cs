using System.Security.Cryptography;
using System.Text;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Cli.Tests;

/// <summary>Meridian as it runs: its organization and one of its orgs over HTTP, with a secret in every place that can hold one, and what was left and said of it.</summary>
public sealed class LiveEstate : IAsyncLifetime
{
    private readonly SimulatedGoogle google = new();
    private readonly StringBuilder said = new();
    private readonly List<string> markers = [];
    private OktaSimulator org = null!;

    /// <summary>The current folder of every run.</summary>
    public TemporaryFolder Folder { get; } = new();

    /// <summary>The org.</summary>
    public OktaSimulator Org => org;

    /// <summary>The organization.</summary>
    public ApigeeSimulator Apigee => google.Apigee;

    /// <summary>The secrets that were planted, and our own.</summary>
    public IReadOnlyList<string> Markers => markers;

    /// <summary>Everything that was printed.</summary>
    public string Said => said.ToString();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await google.InitializeAsync();
        org = await OktaSimulator.StartAsync(Path.Combine(Repository.Landscapes, "meridian", "okta", "meridian.okta.com"));
        foreach (var bucket in org.Limits.Sizes.Keys.ToArray())
        {
            org.Limits.Sizes[bucket] = 1_000_000;
        }

        Plant();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportPkcs8PrivateKeyPem();
        Environment = google.Environment(
            ("GOOGLE_OAUTH_ACCESS_TOKEN", google.Apigee.Identity.AccessToken!),
            ("OKTA_CLIENT_ORGURL", org.Server.Origin.AbsoluteUri.TrimEnd('/')),
            ("OKTA_CLIENT_TOKEN", org.Tokens.ApiToken!),
            ("AUDITOR_EVIDENCE_KEY", pem),
            ("AUDITOR_DEBUG", "1"),
            ("TMPDIR", Directory.CreateDirectory(Path.Combine(Folder.Path, "tmp")).FullName),
            // Its socket is no file that could be read for secrets.
            ("DOTNET_EnableDiagnostics", "0")
        );
        markers.AddRange([org.Tokens.ApiToken!, google.Apigee.Identity.AccessToken!, pem.Split('\n')[1]]);
    }

    /// <summary>The environment of the runs.</summary>
    public Dictionary<string, string> Environment { get; private set; } = [];

    /// <summary>Puts new secrets in the place of those that are there.</summary>
    public void Plant()
    {
        org.Server.Faults.Clear();
        google.Apigee.Server.Faults.Clear();

        // What may get better is asked for again and again, which takes the world's time; a refusal says as much. The first plan that fits is the one that counts.
        google.Apigee.Server.Faults.Add(
            "/v1/organizations/meridian/environments/staging/caches",
            Fault.Body("page", 403, $"<html>{org.Tokens.ApiToken}</html>", "text/html")
        );
        org.PageSize = 3;
        google.Apigee.PageSize = 3;
        var first = markers.Count;
        markers.AddRange(PlantedSecrets.In(org, first));
        markers.AddRange(PlantedSecrets.In(google.Apigee, first));
    }

    /// <summary>Runs the program.</summary>
    public async Task<Run> RunAsync(params string[] arguments)
    {
        var run = await AuditorProgram.RunAsync(Folder.Path, arguments, Environment);
        said.Append(run.Output).Append(run.Error);
        return run;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await org.DisposeAsync();
        await google.DisposeAsync();
        Folder.Dispose();
    }
}
