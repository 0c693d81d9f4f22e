using System.Globalization;
using System.Runtime.InteropServices;
using Auditor.Simulators;

// Serves the Okta orgs of a recording on loopback until it is stopped, for a look at the live commands without an org of one's own.
// Usage: dotnet run --project tests/simulators -- [RECORDING]
var recording = args is [var given, ..] ? given : Path.Combine("tests", "landscapes", "meridian");
var folder = Path.Combine(recording, "okta");
if (!Directory.Exists(folder))
{
    await Console.Error.WriteLineAsync($"'{recording}' is no recording of an Okta org: it has no folder 'okta'.");
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
var orgs = new List<OktaSimulator>();
foreach (var org in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
{
    orgs.Add(await OktaSimulator.StartAsync(org));
    Console.WriteLine($"# {orgs[^1].Host}");
    Console.WriteLine("export AUDITOR_ALLOW_LOOPBACK_HTTP=1");
    Console.WriteLine($"export OKTA_CLIENT_ORGURL={orgs[^1].Server.Origin.GetLeftPart(UriPartial.Authority)}");
    Console.WriteLine($"export OKTA_CLIENT_TOKEN={orgs[^1].Tokens.ApiToken}");
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
}

return 0;
