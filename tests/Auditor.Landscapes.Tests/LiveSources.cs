using Auditor.Collectors.Answers;
using Auditor.Collectors.Live;
using Auditor.Collectors.Okta;
using Auditor.Collectors.Secrets;
using Auditor.Landscapes.Tests.Mutations;
using Auditor.Simulators;
using Auditor.Testing;

namespace Auditor.Landscapes.Tests;

/// <summary>M11: an Okta org that is read live gives the answers of the files it is served from. Terraform as a source is in a class of its own.</summary>
public sealed class LiveSources
{
    private const string Org = MeridianFiles.OktaHost;

    [Theory]
    [InlineData("")]
    [InlineData("16E")]
    [InlineData("44E")]
    [InlineData("76E")]
    public async Task M11_a_live_org_gives_the_answers_of_its_files(string probe)
    {
        var estate = Estate.Load("meridian");
        if (probe.Length > 0)
        {
            MutationTable.All.Single(mutation => mutation.Name == probe).Apply(estate);
        }

        using var folder = new TemporaryFolder();
        estate.WriteTo(folder.Path);
        var clock = new SwiftClock();
        await using var simulator = await OktaSimulator.StartAsync(Path.Combine(folder.Path, Org.TrimEnd('/')), clock);
        var connection = new OktaConnection
        {
            Url = OktaConnection.Address(simulator.Server.Origin.AbsoluteUri.TrimEnd('/'), allowLoopback: true),
            Credential = new OktaCredential.ApiToken(new Secret("00simulated-api-token")),
            EveryApp = true,
        };
        var recording = Path.Combine(folder.Path, "recorded");
        using (var source = new OktaSource(connection, new Manners { Deadline = SwiftClock.Deadline }, clock, null))
        using (var writer = new RecordingWriter(recording))
        {
            await source.CollectAsync(writer, new Redactor(), TestContext.Current.CancellationToken);
            writer.Finish(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));
        }

        var live = estate.Copy().Without(Org);
        var read = Estate.LoadFolder(recording);
        foreach (var path in read.Paths.Where(path => path.StartsWith(Org, StringComparison.Ordinal)))
        {
            live.With(path, read.Text(path));
        }

        Assert.Equal(Outcome.Keys(estate.AuditAsDeclared()), Outcome.Keys(live.AuditAsDeclared()));
    }
}
