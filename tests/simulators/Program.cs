using System.Globalization;
using System.Runtime.InteropServices;
using Auditor.Simulators;

// Serves the Okta orgs and the Apigee organizations of a recording on loopback until it is stopped, for a look at the live commands without any of one's own. What it
// prints, a shell understands; where the recording has several of a kind, the last one counts there.
// Usage: dotnet run --project tests/simulators -- [RECORDING]
var recording = args is [var given, ..] ? given : Path.Combine("tests", "landscapes", "meridian");
string[] Folders(string vendor) =>
    Path.Combine(recording, vendor) is var folder && Directory.Exists(folder)
        ? [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)]
        : [];
if (Folders("okta") is [] && Folders("apigee") is [])
{
    await Console.Error.WriteLineAsync(
        $"'{recording}' is no recording: it has neither a folder 'okta' nor a folder 'apigee' with something in it."
    );
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
Console.WriteLine("export AUDITOR_ALLOW_LOOPBACK_HTTP=1");
var orgs = new List<OktaSimulator>();
foreach (var org in Folders("okta"))
{
    orgs.Add(await OktaSimulator.StartAsync(org));
    Console.WriteLine($"# {orgs[^1].Host}");
    Console.WriteLine($"export OKTA_CLIENT_ORGURL={orgs[^1].Server.Origin.GetLeftPart(UriPartial.Authority)}");
    Console.WriteLine($"export OKTA_CLIENT_TOKEN={orgs[^1].Tokens.ApiToken}");
}

var organizations = new List<ApigeeSimulator>();
foreach (var organization in Folders("apigee"))
{
    organizations.Add(await ApigeeSimulator.StartAsync(organization));
    var origin = organizations[^1].Server.Origin.GetLeftPart(UriPartial.Authority);
    Console.WriteLine($"# {organizations[^1].Organization}");
    Console.WriteLine($"export APIGEE_ORG={organizations[^1].Organization} APIGEE_ENDPOINT={origin}");
    Console.WriteLine($"export GOOGLE_OAUTH_ACCESS_TOKEN={organizations[^1].Identity.AccessToken}");
    Console.WriteLine(
        $"export CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER={origin} CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING={origin}"
    );
}

try
{
    await Task.Delay(Timeout.Infinite, stop.Token);
}
catch (OperationCanceledException)
{
    foreach (var org in orgs)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {org.Host} was asked {org.Server.Requests.Count} times"));
        await org.DisposeAsync();
    }

    foreach (var organization in organizations)
    {
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"# {organization.Organization} was asked {organization.Reads.Count} times")
        );
        await organization.DisposeAsync();
    }
}

return 0;
